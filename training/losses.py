"""Training losses."""

import torch
import torch.nn.functional as F
from torch import Tensor


def restoration_loss(output: Tensor, clean: Tensor, frequency_weight: float = 0.0) -> Tensor:
    """L1 distance, as in the paper, plus optionally the L1 distance of the spectra.

    The spectral term weighs all frequencies alike and so brings back detail that blur took away (Cho et al.,
    *Rethinking coarse-to-fine approach in single image deblurring*, ICCV 2021, Eq. 3).

    Args:
        output: (B, 3, H, W) float.
        clean: (B, 3, H, W) float.
        frequency_weight: factor of the spectral term; 0 leaves it out.

    Returns:
        () float32.
    """
    output, clean = output.float(), clean.float()
    loss = F.l1_loss(output, clean)
    if frequency_weight:
        spectrum = torch.fft.rfft2(output - clean, norm="ortho")
        loss = loss + frequency_weight * (spectrum.real.abs() + spectrum.imag.abs()).mean()
    return loss
