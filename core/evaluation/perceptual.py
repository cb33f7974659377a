"""LPIPS, an optional metric. It needs the package ``lpips`` and weights that are downloaded once."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.errors import DFPIRError

if TYPE_CHECKING:
    from torch import Tensor

SMALLEST = 32
"""Minimum side in pixels: with less, AlexNet's strides leave an empty map."""

ALEXNET = "https://download.pytorch.org/models/alexnet-owt-7be5be79.pth"
"""URL of AlexNet's weights in torchvision, which the package ``lpips`` uses."""

Network = Callable[["Tensor", "Tensor"], "Tensor"]
"""Two pictures (1, 3, H, W) float32 in [-1, 1] -> their distance, a tensor with one element."""


class MetricError(DFPIRError):
    """A metric is not available; the message says what is missing and how to get it."""


class Lpips:
    """Learned perceptual image patch similarity (Zhang et al., CVPR 2018), version 0.1 on AlexNet; 0 is equal.

    Args:
        device: torch device name.
        network: makes the network; the default is that of the authors' package.

    Raises:
        MetricError: the package is not installed, or AlexNet's weights are missing and cannot be downloaded.
    """

    def __init__(self, device: str = "cpu", network: Callable[[str], Network] | None = None) -> None:
        self._device = device
        self._network = (network or _published)(device)

    def __call__(self, a: NDArray[np.floating], b: NDArray[np.floating]) -> float:
        """Compute the distance of two RGB pictures (H, W, 3) float in [0, 1].

        Raises:
            ValueError: the shapes differ, or a side is shorter than :data:`SMALLEST`.
        """
        if a.shape != b.shape:
            raise ValueError(f"shapes differ: {a.shape} and {b.shape}")
        if min(a.shape[:2]) < SMALLEST:
            raise ValueError(f"LPIPS needs sides of {SMALLEST} pixels or more, not {a.shape[1]}x{a.shape[0]}")
        import torch

        with torch.inference_mode():
            return float(self._network(self._tensor(a), self._tensor(b)))

    def _tensor(self, picture: NDArray[np.floating]) -> "Tensor":
        import torch

        signed = torch.from_numpy(np.ascontiguousarray(picture, np.float32)).to(self._device) * 2 - 1
        return signed.permute(2, 0, 1)[None]  # (1, 3, H, W)


def _published(device: str) -> Network:
    try:
        from lpips import LPIPS
    except ImportError as error:
        raise MetricError("LPIPS needs a package. Run: pip install 'dfpir-studio[lpips]'") from error
    try:
        # verbose=False: no message on standard output.
        network: Network = LPIPS(net="alex", verbose=False).to(device)
    except (OSError, RuntimeError) as error:  # no network, or an incomplete download
        import torch

        raise MetricError(
            f"LPIPS needs AlexNet's weights, which cannot be downloaded ({error}). Put {ALEXNET} into "
            f"{torch.hub.get_dir()}/checkpoints, or measure without LPIPS."
        ) from error
    return network
