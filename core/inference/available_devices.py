"""The devices of this machine, with what people want to know before they choose one."""

import logging
import platform
import sys
from dataclasses import dataclass
from pathlib import Path

import torch

from core.inference.memory_plan import free_bytes

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeviceInfo:
    """One device.

    Attributes:
        key: as :class:`core.inference.Restorer` takes it, e.g. ``"cuda:0"``.
        name: of the maker, e.g. ``"NVIDIA GeForce RTX 4070"``; may be empty.
        free: memory that can still be had, bytes.
        precisions: that make sense there, the exact one first.
    """

    key: str
    name: str
    free: int
    precisions: tuple[str, ...]


def available_devices() -> tuple[DeviceInfo, ...]:
    """The devices that can be chosen, GPUs first, without those that do not answer.

    Asking a GPU for its memory starts it, which takes a moment.
    """
    found = []
    for index in range(torch.cuda.device_count()):
        try:
            found.append(_gpu(index))
        except RuntimeError as error:  # its driver does not answer, or does not fit torch
            _log.warning("GPU %d cannot be used: %s", index, error)
    if torch.backends.mps.is_available():
        found.append(DeviceInfo("mps", "Apple", free_bytes(torch.device("mps")), ("float32", "float16")))
    found.append(DeviceInfo("cpu", _cpu_name(), free_bytes(torch.device("cpu")), ("float32", "bfloat16")))
    return tuple(found)


def _gpu(index: int) -> DeviceInfo:
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
