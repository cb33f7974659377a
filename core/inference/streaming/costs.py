"""What a stage costs, so that progress can be told in work done and not in stages.

Nanoseconds of one core for a position of a map, from measured rates of the kernels. Only the ratios matter.
"""

from dataclasses import dataclass

import torch

from core.inference.streaming.weights import Mixer


@dataclass(frozen=True)
class Rates:
    """Nanoseconds for one operation of a matrix product, and for one channel in the other kernels.

    ``store`` is for a channel that a product writes: narrow products are slower than their arithmetic.
    """

    product: float
    convolution: float
    norm: float
    gate: float
    square: float
    copy: float
    store: float


_SINGLE = Rates(product=0.008, convolution=0.72, norm=0.46, gate=0.6, square=0.45, copy=0.15, store=0.2)
_HALF = Rates(product=0.001, convolution=0.4, norm=0.75, gate=0.7, square=0.6, copy=0.1, store=0.15)


def rates(dtype: torch.dtype) -> Rates:
    """The rates for a precision."""
    return _HALF if dtype.itemsize < 4 else _SINGLE


def gather_cost(mixer: Mixer, dtype: torch.dtype) -> float:
    """The first pass of a block."""
    rate, c = rates(dtype), mixer.channels
    flops = 2 * c * (2 * c + c / mixer.heads) + (2 * c * c if mixer.query_norm else 0)
    norms = 2 * c if mixer.query_norm else c
    return rate.product * flops + rate.norm * norms + 2 * c * (rate.convolution + rate.square + rate.store)


def apply_cost(mixer: Mixer, dtype: torch.dtype) -> float:
    """The second pass of a block."""
    rate, c, hidden = rates(dtype), mixer.channels, len(mixer.ffn.out)
    flops = 2 * c * 2 * c + 2 * c * 3 * hidden
    channels = c + 2 * hidden
    stored = channels + 2 * c
    return (
        rate.product * flops
        + rate.norm * 2 * c
        + rate.convolution * channels
        + rate.gate * hidden
        + rate.store * stored
    )


def convolution_cost(channels_in: int, channels_out: int, dtype: torch.dtype) -> float:
    """A dense 3x3 convolution and the copy behind it."""
    rate = rates(dtype)
    return rate.product * 18 * channels_in * channels_out + rate.copy * (channels_in + channels_out)


def product_cost(channels: int, dtype: torch.dtype) -> float:
    """A C x C product."""
    rate = rates(dtype)
    return rate.product * 2 * channels**2 + rate.copy * 2 * channels
