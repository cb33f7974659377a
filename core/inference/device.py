"""Where and how precisely the network runs."""

import contextlib
from collections.abc import Iterator
from typing import Literal

import torch

from core.errors import DeviceError, RestorationError
from core.memory import out_of_memory

Precision = Literal["float32", "bfloat16", "float16"]

PRECISIONS: dict[str, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}


def choose_device(name: str = "auto") -> torch.device:
    """The device called ``name``; ``"auto"`` is a CUDA GPU if there is one, else Apple's GPU, else the CPU.

    Raises:
        RestorationError: the device does not exist on this machine, or is none that this program supports.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise RestorationError(f"There is no device called {name!r}. Choose auto, cpu, cuda, cuda:N or mps.") from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RestorationError(
            f"Device {name!r} is not there: torch sees {torch.cuda.device_count()} CUDA devices. "
            "Choose cpu, or install a GPU driver and a torch build that match."
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise RestorationError("Device 'mps' is not there: it needs a Mac with Apple's GPU. Choose cpu.")
    if device.type not in ("cpu", "cuda", "mps"):
        raise RestorationError(f"Device {name!r} is not supported. Choose auto, cpu, cuda, cuda:N or mps.")
    return device


def choose_precision(name: str, device: torch.device) -> Precision:
    """The precision called ``name``; ``"auto"`` is float32 on the CPU and half precision on GPUs.

    Raises:
        RestorationError: there is no such precision.
    """
    if name == "auto":
        if device.type == "cuda":
            return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        return "float32" if device.type == "cpu" else "float16"
    for precision in ("float32", "bfloat16", "float16"):
        if name == precision:
            return precision
    raise RestorationError(f"There is no precision {name!r}. Choose auto, {', '.join(PRECISIONS)}.")


@contextlib.contextmanager
def faults_in_words(device: torch.device) -> Iterator[None]:
    """Turn what an accelerator reports inside into an error for people. That it is out of memory passes as it is.

    After most of its errors CUDA does nothing more in this process, so that the advice is to start again.

    Raises:
        DeviceError: the device failed.
    """
    try:
        yield
    except RuntimeError as error:
        if out_of_memory(error) or (device.type == "cpu" and not isinstance(error, torch.AcceleratorError)):
            raise
        first = str(error).strip().partition("\n")[0].rstrip(".")
        raise DeviceError(
            f"Device {str(device)!r} failed: {first}. Start the program again; if it fails again, choose cpu, or "
            "update the driver."
        ) from error
