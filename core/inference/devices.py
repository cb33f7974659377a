"""Where and how precisely the network runs."""

import contextlib
import platform
from collections.abc import Iterator, Mapping
from typing import Any, Literal

import torch

from core.errors import DeviceError, RestorationError
from core.system.cores import usable_cores
from core.system.memory import out_of_memory

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
    """The precision called ``name``; ``"auto"`` is half precision on GPUs and on CPUs that compute in bfloat16.

    The result of bfloat16 on the CPU is 50 dB or more from that of float32 for every sample photo that ships.

    Raises:
        RestorationError: there is no such precision.
    """
    if name == "auto":
        if device.type == "cuda":
            return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        if device.type == "cpu":
            return "bfloat16" if native_bfloat16() else "float32"
        return "float16"
    for precision in ("float32", "bfloat16", "float16"):
        if name == precision:
            return precision
    raise RestorationError(f"There is no precision {name!r}. Choose auto, {', '.join(PRECISIONS)}.")


def explain_precision(device: torch.device) -> str:
    """Why ``"auto"`` is what it is on this device, in a few words."""
    if device.type == "cpu":
        able = "computes in bfloat16" if native_bfloat16() else "has no instructions for bfloat16"
        return f"this processor {able}"
    return "half precision suits GPUs"


def usual_threads() -> int:
    """How many threads share a photo on the CPU by default: one a free core, at most as many as PyTorch uses."""
    return min(usable_cores(), torch.get_num_threads())


def native_bfloat16() -> bool:
    """Whether the processor multiplies bfloat16 itself (AVX512-BF16, AMX, or ARM's extension)."""
    if platform.machine().lower() in ("arm64", "aarch64"):
        return bool(_capabilities().get("bf16", False))
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _capabilities() -> Mapping[str, Any]:
    ask = getattr(torch.cpu, "get_capabilities", None)  # torch 2.10 and later
    return ask() if ask is not None else {}


@contextlib.contextmanager
def exact_convolutions(device: torch.device, precision: Precision) -> Iterator[None]:
    """Let CUDA's convolutions in float32 meanwhile be exact: PyTorch's default keeps 10 bits of the mantissa (TF32).

    The setting is the process's, and is put back afterwards.
    """
    if device.type != "cuda" or precision != "float32":
        yield
        return
    convolutions = torch.backends.cudnn.conv  # type: ignore[attr-defined]
    before = convolutions.fp32_precision
    convolutions.fp32_precision = "ieee"
    try:
        yield
    finally:
        convolutions.fp32_precision = before


@contextlib.contextmanager
def translate_device_errors(device: torch.device) -> Iterator[None]:
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
