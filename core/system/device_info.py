"""What is known of a device and its precisions without torch, which takes seconds to import."""

from dataclasses import dataclass
from typing import Literal

Precision = Literal["float32", "bfloat16", "float16"]


@dataclass(frozen=True)
class DeviceInfo:
    """A device that can be chosen.

    Attributes:
        key: as :class:`core.inference.Restorer` takes it, e.g. ``"cuda:0"``.
        name: the manufacturer's, e.g. ``"NVIDIA GeForce RTX 4070"``; may be empty.
        free: free memory in bytes.
        precisions: useful on this device, float32 first.
    """

    key: str
    name: str
    free: int
    precisions: tuple[str, ...]
