"""The devices of this machine, and the precision and memory that the network has on them."""

import contextlib
import logging
import platform
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import get_args

import torch

from core.errors import DeviceError, RestorationError
from core.messages import Message, message
from core.system.cores import usable_cores
from core.system.device_info import DeviceInfo, Precision
from core.system.memory import free_memory, out_of_memory

PRECISIONS: dict[str, torch.dtype] = {
    "float32": torch.float32,
    "bfloat16": torch.bfloat16,
    "float16": torch.float16,
}

_log = logging.getLogger(__name__)


def available_devices() -> tuple[DeviceInfo, ...]:
    """The devices that can be chosen, GPUs first; GPUs that do not respond are left out.

    Querying a GPU's memory initialises it, which takes a moment.
    """
    devices = []
    for index in range(torch.cuda.device_count()):
        try:
            devices.append(_gpu_info(index))
        except RuntimeError as error:  # its driver does not respond, or does not fit torch
            _log.warning("GPU %d cannot be used: %s", index, error)
    if torch.backends.mps.is_available():
        devices.append(DeviceInfo("mps", "Apple", free_bytes(torch.device("mps")), ("float32", "float16")))
    devices.append(DeviceInfo("cpu", _cpu_name(), free_bytes(torch.device("cpu")), ("float32", "bfloat16")))
    return tuple(devices)


def choose_device(name: str = "auto") -> torch.device:
    """The device called ``name``; ``"auto"`` is a CUDA GPU if there is one, else Apple's GPU, else the CPU.

    Raises:
        RestorationError: the device does not exist on this machine, or is not supported.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise RestorationError(
            message("There is no device called {name!r}. Choose auto, cpu, cuda, cuda:N or mps.", name=name)
        ) from error
    if device.type == "cuda" and (device.index or 0) >= torch.cuda.device_count():
        raise RestorationError(
            message(
                "Device {name!r} does not exist: torch sees {count} CUDA devices. Choose cpu, or install a GPU driver "
                "and a torch build that match.",
                name=name,
                count=torch.cuda.device_count(),
            )
        )
    if device.type == "mps" and not torch.backends.mps.is_available():
        raise RestorationError(message("Device 'mps' does not exist: it needs a Mac with Apple's GPU. Choose cpu."))
    if device.type not in ("cpu", "cuda", "mps"):
        raise RestorationError(
            message("Device {name!r} is not supported. Choose auto, cpu, cuda, cuda:N or mps.", name=name)
        )
    return device


def choose_precision(name: str, device: torch.device) -> Precision:
    """The precision called ``name``; ``"auto"`` is half precision on GPUs and on CPUs that compute in bfloat16.

    On the CPU, the PSNR between the results of bfloat16 and float32 is 50 dB or more for every bundled sample photo.

    Raises:
        RestorationError: there is no such precision.
    """
    if name == "auto":
        if device.type == "cuda":
            return "bfloat16" if torch.cuda.is_bf16_supported() else "float16"
        if device.type == "cpu":
            return "bfloat16" if native_bfloat16() else "float32"
        return "float16"
    precisions: tuple[Precision, ...] = get_args(Precision)
    for precision in precisions:
        if name == precision:
            return precision
    raise RestorationError(
        message("There is no precision {name!r}. Choose auto, {known}.", name=name, known=list(PRECISIONS))
    )


def explain_precision(device: torch.device) -> Message:
    """Why ``"auto"`` chooses its precision on this device, in a few words."""
    if device.type != "cpu":
        return message("half precision suits GPUs")
    if native_bfloat16():
        return message("this processor computes in bfloat16")
    return message("this processor has no instructions for bfloat16")


def default_threads() -> int:
    """Default number of threads that share a photo on the CPU: one per free core, at most as many as PyTorch uses."""
    return min(usable_cores(), torch.get_num_threads())


def native_bfloat16() -> bool:
    """Whether the processor has instructions for bfloat16 products (AVX512-BF16, AMX, or ARM's extension)."""
    if platform.machine().lower() in ("arm64", "aarch64"):
        return bool(_cpu_capabilities().get("bf16", False))
    # torch has no public function for it.
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def free_bytes(device: torch.device) -> int:
    """Free memory of a device, in bytes."""
    if device.type == "cuda":
        # Memory that PyTorch keeps of earlier photos can be used again, though the driver does not count it as free.
        cached = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
        return int(torch.cuda.mem_get_info(device)[0]) + cached
    return free_memory()


@contextlib.contextmanager
def exact_convolutions(device: torch.device, precision: Precision) -> Iterator[None]:
    """Make CUDA's float32 convolutions exact within the block: by default PyTorch keeps 10 mantissa bits (TF32).

    The setting is the process's; it is reset afterwards.
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
    """Turn an accelerator's errors within the block into a :class:`DeviceError`, except that it is out of memory.

    After most of its errors CUDA cannot be used any more in this process, so the advice is to start again.

    Raises:
        DeviceError: the device failed.
    """
    try:
        yield
    except RuntimeError as error:
        if out_of_memory(error) or (device.type == "cpu" and not isinstance(error, torch.AcceleratorError)):
            raise
        first_line = str(error).strip().partition("\n")[0].rstrip(".")
        raise DeviceError(
            message(
                "Device {name!r} failed: {reason}. Start the program again; if it fails again, choose cpu, or update "
                "the driver.",
                name=str(device),
                reason=first_line,
            )
        ) from error


def _gpu_info(index: int) -> DeviceInfo:
    device = torch.device("cuda", index)
    halves = ("bfloat16", "float16") if torch.cuda.is_bf16_supported() else ("float16",)
    return DeviceInfo(f"cuda:{index}", torch.cuda.get_device_name(index), free_bytes(device), ("float32", *halves))


def _cpu_name() -> str:
    if sys.platform.startswith("linux"):
        try:
            lines = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            lines = []
        names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        return next(names, platform.machine())
    return platform.processor() or platform.machine()


def _cpu_capabilities() -> Mapping[str, object]:
    capabilities = getattr(torch.cpu, "get_capabilities", None)  # torch 2.10 and later
    return capabilities() if capabilities is not None else {}
