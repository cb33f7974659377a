import pytest
import torch

from core.errors import RestorationError
from core.inference.device import choose_device, choose_precision
from core.inference.memory import free_bytes

CPU = torch.device("cpu")


def test_auto_takes_a_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto") == CPU


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "meta", "", "cpu cpu"])
def test_devices_that_are_not_there_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    with pytest.raises(RestorationError, match=r"Choose|choose"):
        choose_device(name)


def test_missing_gpu_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    with pytest.raises(RestorationError, match="0 CUDA devices"):
        choose_device("cuda")
    with pytest.raises(RestorationError, match="Mac"):
        choose_device("mps")


def test_auto_precision_is_full_on_the_cpu_and_half_on_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_precision("auto", CPU) == "float32"
    assert choose_precision("auto", torch.device("mps")) == "float16"
    for supported, expected in ((True, "bfloat16"), (False, "float16")):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda answer=supported: answer)
        assert choose_precision("auto", torch.device("cuda")) == expected


def test_unknown_precision_is_refused() -> None:
    with pytest.raises(RestorationError, match="float64"):
        choose_precision("float64", CPU)


def test_free_memory_of_a_gpu_is_asked_of_its_driver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (123, 456))
    assert free_bytes(torch.device("cuda")) == 123
    assert free_bytes(CPU) > 0
