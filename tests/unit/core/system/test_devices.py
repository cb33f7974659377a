from collections.abc import Callable

import psutil
import pytest
import torch

from core.errors import RestorationError
from core.system import devices
from core.system.devices import (
    Precision,
    available_devices,
    choose_device,
    choose_precision,
    exact_convolutions,
    explain_precision,
    free_bytes,
)

CPU = torch.device("cpu")


def test_auto_chooses_a_gpu_if_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert choose_device("auto").type == "cuda"
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    assert choose_device("auto").type == "mps"
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert choose_device("auto") == CPU


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "meta", "", "cpu cpu"])
def test_missing_devices_are_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.parametrize(("native", "expected"), [(True, "bfloat16"), (False, "float32")])
def test_auto_precision_on_the_cpu_depends_on_its_instructions(
    native: bool, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(devices, "native_bfloat16", lambda: native)
    assert choose_precision("auto", CPU) == expected
    assert "bfloat16" in explain_precision(CPU) and ("no instructions" in explain_precision(CPU)) == (not native)


@pytest.mark.parametrize(
    ("machine", "avx", "amx", "arm", "expected"),
    [
        ("x86_64", False, False, True, False),
        ("x86_64", True, False, False, True),
        ("AMD64", False, True, False, True),
        ("arm64", True, True, False, False),
        ("aarch64", False, False, True, True),
    ],
)
def test_native_bfloat16_depends_on_the_processor(
    machine: str,
    avx: bool,
    amx: bool,
    arm: bool,
    expected: bool,
    monkeypatch: pytest.MonkeyPatch,
    real_native_bfloat16: Callable[[], bool],
) -> None:
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: avx)
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: amx)
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"bf16": arm}, raising=False)
    assert real_native_bfloat16() is expected


def test_auto_precision_is_half_on_gpus(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_precision("auto", torch.device("mps")) == "float16"
    for supported, expected in ((True, "bfloat16"), (False, "float16")):
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda answer=supported: answer)
        assert choose_precision("auto", torch.device("cuda")) == expected


def test_unknown_precision_is_refused() -> None:
    with pytest.raises(RestorationError, match="float64"):
        choose_precision("float64", CPU)


def test_free_memory_of_a_gpu_includes_torchs_cache(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (123, 456))
    assert free_bytes(torch.device("cuda")) == 123
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 50)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 30)
    assert free_bytes(torch.device("cuda")) == 143
    assert free_bytes(CPU) > 0


def test_gpu_convolutions_are_exact_in_float32_within_the_block_only() -> None:
    def convolutions(device: torch.device, precision: Precision) -> str:
        with exact_convolutions(device, precision):
            return torch.backends.cudnn.conv.fp32_precision

    before = torch.backends.cudnn.conv.fp32_precision
    assert before != "ieee"
    assert convolutions(torch.device("cuda"), "float32") == "ieee"
    assert convolutions(torch.device("cuda"), "bfloat16") == before
    assert convolutions(CPU, "float32") == before
    assert torch.backends.cudnn.conv.fp32_precision == before


def test_the_cpu_is_always_available_with_its_name_and_free_memory() -> None:
    cpu = available_devices()[-1]
    assert cpu.key == "cpu"
    assert cpu.name
    assert 0 < cpu.free <= psutil.virtual_memory().total


def test_every_offered_device_and_precision_can_be_chosen() -> None:
    for entry in available_devices():
        device = choose_device(entry.key)
        for precision in entry.precisions:
            assert choose_precision(precision, device) == precision


def test_gpus_are_listed_first_with_their_own_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda index: f"Card {index}")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000 + torch.device(device).index, 9000))
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: False)
    first, second, *_ = available_devices()
    assert (first.key, first.name, first.free) == ("cuda:0", "Card 0", 1000)
    assert (second.key, second.free, second.precisions) == ("cuda:1", 1001, ("float32", "float16"))
