"""Accelerators that fail. Most test machines have none, so the errors of torch are simulated."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from core import Photo, Restorer
from core.batch import Batch, BatchSettings, Layout, State
from core.checkpoints import Checkpoint
from core.cli import main
from core.errors import DeviceError, RestorationError
from core.inference.streaming import CompiledDFPIR
from core.steps import Step
from core.system.devices import available_devices, translate_device_errors
from tests.unit.core.batch.conftest import FakeConfig

ILLEGAL = (
    "CUDA error: an illegal memory access was encountered\n"
    "CUDA kernel errors might be asynchronously reported at some other API call.\n"
    "For debugging consider passing CUDA_LAUNCH_BLOCKING=1\n"
)
GPU = torch.device("cuda")


@pytest.fixture
def photo() -> Photo:
    return Photo.from_array(np.random.default_rng(0).random((20, 24, 3), np.float32))


def failing(patch: pytest.MonkeyPatch, error: Exception, times: int = 1) -> None:
    """Let the network raise ``error`` the given number of times, and work afterwards."""
    restore, left = CompiledDFPIR.restore, [error] * times

    def fails(self: CompiledDFPIR, *arguments: Any, **options: Any) -> torch.Tensor:
        options["progress"](0.3)
        if left:
            raise left.pop()
        return restore(self, *arguments, **options)

    patch.setattr(CompiledDFPIR, "restore", fails)


def test_device_error_gives_one_sentence_and_the_restorer_stays_usable(
    tiny_checkpoint: Checkpoint, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, torch.AcceleratorError(ILLEGAL))
    restorer = Restorer(tiny_checkpoint, device="cpu")
    with pytest.raises(DeviceError) as caught:
        restorer.restore(photo, "haze")
    words = "Device 'cpu' failed: CUDA error: an illegal memory access was encountered. Start the program again;"
    assert str(caught.value).startswith(words) and "\n" not in str(caught.value)
    assert restorer.restore(photo, "haze").photo.width == photo.width


@pytest.mark.parametrize("text", ["cuDNN error: CUDNN_STATUS_EXECUTION_FAILED", ILLEGAL, "CUBLAS_STATUS_ALLOC_FAILED"])
def test_any_error_on_a_gpu_is_a_device_error(text: str) -> None:
    with pytest.raises(DeviceError, match="Device 'cuda' failed"), translate_device_errors(GPU):
        raise RuntimeError(text)


@pytest.mark.parametrize(
    ("device", "error"),
    [
        (GPU, torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")),
        (GPU, torch.AcceleratorError("CUDA error: out of memory")),
        (torch.device("cpu"), RuntimeError("a mistake of ours")),
        (GPU, RestorationError("said already")),
    ],
)
def test_errors_handled_elsewhere_are_not_changed(device: torch.device, error: Exception) -> None:
    with pytest.raises(type(error)) as caught, translate_device_errors(device):
        raise error
    assert caught.value is error


def test_out_of_memory_error_of_the_driver_leads_to_a_smaller_plan(
    tiny_checkpoint: Checkpoint, photo: Photo, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(monkeypatch, torch.AcceleratorError("CUDA error: out of memory"))
    restorer = Restorer(tiny_checkpoint, device="cpu")
    assert restorer.restore(photo, "haze").photo.width == photo.width


def test_device_that_cannot_load_the_model_gives_an_error(
    tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise torch.AcceleratorError("CUDA error: no kernel image is available for execution on the device")

    monkeypatch.setattr(torch.nn.Module, "to", refuse)
    with pytest.raises(DeviceError, match=r"no kernel image.*choose cpu"):
        Restorer(tiny_checkpoint, device="cpu")


def test_command_names_the_device_and_continues(
    tmp_path: Path, tiny_model_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("a.png", "b.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / name)
    failing(monkeypatch, torch.AcceleratorError(ILLEGAL))
    photos = [str(tmp_path / name) for name in ("a.png", "b.png")]
    code = main(
        ["restore", *photos, "--output-dir", str(tmp_path / "out"), "--model", str(tiny_model_file), "-d", "haze"]
    )
    err = capsys.readouterr().err
    assert code == 1 and "Device 'cpu' failed" in err and "Traceback" not in err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["b.png"]


def test_batch_retries_photos_of_a_failed_device_alone_and_carefully(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    for name in ("a.png", "b.png", "c.png"):
        Image.new("RGB", (8, 8)).save(tmp_path / "photos" / name)
    config = FakeConfig()

    def fail() -> None:
        raise DeviceError("Device 'cuda' failed: CUDA error.")

    config.meanwhile["b.png"] = fail
    layout = Layout(tmp_path / "photos", tmp_path / "out")
    with Batch(layout, BatchSettings(steps=(Step("haze"),)), config) as batch:
        summary = batch.run(batch.plan())
    assert summary.counts[State.RESTORED] == 3
    assert [(name, careful) for name, _, careful in config.calls][-1] == ("b.png", True)


def test_without_a_driver_the_cpu_is_used_and_a_requested_gpu_is_refused(
    tmp_path: Path, tiny_model_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    Image.new("RGB", (8, 8)).save(tmp_path / "a.png")
    options = ["restore", str(tmp_path / "a.png"), "--model", str(tiny_model_file), "-d", "haze"]
    assert main([*options, "--device", "cuda"]) == 2
    err = capsys.readouterr().err
    assert "install a GPU driver" in err and "Traceback" not in err
    assert main(options) == 0 and "cpu" in capsys.readouterr().out
    assert [entry.key for entry in available_devices()] == ["cpu"]


def test_gpu_whose_driver_does_not_answer_is_not_listed(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def name(index: int) -> str:
        if index == 0:
            raise torch.AcceleratorError("CUDA error: unknown error")
        return f"Card {index}"

    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", name)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (1000, 9000))
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda: True)
    assert [entry.key for entry in available_devices()][:1] == ["cuda:1"]
    assert "GPU 0 cannot be used" in caplog.text
