"""What a stage costs, so that progress can be told in work done and not in stages.

Nanoseconds for a position of a map. Only the ratios matter.
"""

from dataclasses import dataclass

import torch

from core.inference.streaming.weights import AttentionBlock


@dataclass(frozen=True)
class Rates:
    """Nanoseconds of what a stage does to a position, fitted to the times of all stages together.

    Attributes:
        product: for an operation of a matrix product.
        channel: for a channel that a depthwise convolution, a gate or a square goes over, or a product writes.
        norm: for a channel that is normalised, with what else the arithmetic of a product does not tell.
        copy: for a channel that is moved.
        position: however few channels there are.
    """

    product: float
    channel: float
    norm: float
    copy: float
    position: float


# Non-negative least squares over 7 restorations on 2 cores: published maps at 0.26 and 1 megapixels, compact ones at 4
# and 24. A channel costs nothing in half precision because its kernels are as fast as the norms before them are slow.
_SINGLE = Rates(product=0.0029, channel=0.20, norm=1.23, copy=0.54, position=82.0)
_HALF = Rates(product=0.0004, channel=0.0, norm=2.49, copy=0.34, position=98.0)


def rates(dtype: torch.dtype) -> Rates:
    """The rates for a precision."""
    return _HALF if dtype.itemsize < 4 else _SINGLE


def gather_cost(mixer: AttentionBlock, dtype: torch.dtype) -> float:
    """The first pass of a block."""
    rate, c = rates(dtype), mixer.channels
    flops = 2 * c * (2 * c + c / mixer.heads) + (2 * c * c if mixer.query_norm else 0)
    norms = 2 * c if mixer.query_norm else c
    # Queries and keys are written, convolved and squared.
    return rate.product * flops + rate.norm * norms + rate.channel * 6 * c + rate.position


def apply_cost(mixer: AttentionBlock, dtype: torch.dtype) -> float:
    """The second pass of a block."""
    rate, c, hidden = rates(dtype), mixer.channels, len(mixer.ffn.out)
    flops = 2 * c * 2 * c + 2 * c * 3 * hidden
    convolved = c + 2 * hidden
    written = convolved + 2 * c
    return rate.product * flops + rate.norm * 2 * c + rate.channel * (convolved + hidden + written) + rate.position


def convolution_cost(channels_in: int, channels_out: int, dtype: torch.dtype) -> float:
    """A dense 3x3 convolution and the copy behind it."""
    rate = rates(dtype)
    return rate.product * 18 * channels_in * channels_out + rate.copy * (channels_in + channels_out) + rate.position


def product_cost(channels: int, dtype: torch.dtype) -> float:
    """A C x C product."""
    rate = rates(dtype)
    return rate.product * 2 * channels**2 + rate.copy * 2 * channels + rate.position
