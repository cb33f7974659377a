"""Training losses."""

from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

LossName = Literal["l1", "psnr"]

PSNR_CEILING = 80.0
"""Default of ``psnr_ceiling`` in dB, higher than any output reaches in training."""


def restoration_loss(
    output: Tensor,
    clean: Tensor,
    frequency_weight: float = 0.0,
    name: LossName = "l1",
    psnr_ceiling: float = PSNR_CEILING,
    spectral: Tensor | None = None,
    frequency_bound: float = 0.0,
) -> Tensor:
    """L1 distance, as in the paper, or negative PSNR; plus optionally the L1 distance of the spectra.

    ``"psnr"`` is the mean over pictures of ``log10`` of the squared error (Chen et al., *HINet*, CVPR Workshops 2021):
    its optimum is the mean of the plausible outputs, that of L1 their median. The logarithm is unbounded, so that
    leaving a clean picture unchanged is rewarded more than restoring a hazy one; ``psnr_ceiling`` bounds it.

    The spectral term weights all frequencies equally and so helps to restore detail lost to blur (Cho et al.,
    *Rethinking coarse-to-fine approach in single image deblurring*, ICCV 2021, Eq. 3). It grows with
    the error without limit, so one sample whose output is far out of range would dominate a step; with
    ``frequency_bound`` it grows with the logarithm beyond that distance, as ``"psnr"`` does.

    Args:
        output: (B, 3, H, W) float.
        clean: (B, 3, H, W) float.
        frequency_weight: factor of the spectral term; 0 leaves it out.
        name: ``"l1"`` or ``"psnr"``.
        psnr_ceiling: dB that ``"psnr"`` counts a faultless output for.
        spectral: (B,) bool, the samples to which the spectral term applies; None for all. The weight of a sample does
            not depend on the others.
        frequency_bound: distance of one sample's spectra beyond which the term grows with the logarithm; 0 for none.

    Returns:
        () float32.
    """
    output, clean = output.float(), clean.float()
    if name == "psnr":
        loss = ((output - clean).square().mean(dim=(1, 2, 3)) + 10 ** (-psnr_ceiling / 10)).log10().mean()
    else:
        loss = F.l1_loss(output, clean)
    if frequency_weight:
        spectrum = torch.fft.rfft2(output - clean, norm="ortho")
        distance = (spectrum.real.abs() + spectrum.imag.abs()).mean(dim=(1, 2, 3))  # (B,)
        if frequency_bound:
            beyond = distance.clamp_min(frequency_bound) / frequency_bound
            distance = distance.clamp_max(frequency_bound) + frequency_bound * beyond.log()
        if spectral is not None:
            distance = distance * spectral
        loss = loss + frequency_weight * distance.mean()
    return loss
