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
    what PSNR rewards is the mean of all answers that fit, where L1 asks for their median. Its logarithm has no end: to
    leave a clean picture exactly as it is earns more than to get a hazy one right. ``psnr_ceiling`` bounds that.

    The spectral term weighs all frequencies alike and so brings back detail that blur took away (Cho et al.,
    *Rethinking coarse-to-fine approach in single image deblurring*, ICCV 2021, Eq. 3). It grows with the error without
    end, so that one sample whose output is far out of range would decide a step alone; with ``frequency_bound`` it
    grows with the logarithm from there on, as ``"psnr"`` does.

    Args:
        output: (B, 3, H, W) float.
        clean: (B, 3, H, W) float.
        frequency_weight: factor of the spectral term; 0 leaves it out.
        name: ``"l1"`` or ``"psnr"``.
        psnr_ceiling: dB that ``"psnr"`` counts a faultless output for.
        spectral: (B,) bool, the samples that the spectral term counts; None for all. A sample weighs the same whether
            others are counted or not.
        frequency_bound: distance of one sample's spectra beyond which it grows with the logarithm; 0 for none.

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
