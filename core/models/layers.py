"""The layers of Restormer that DFPIR consists of (Restormer, sections 3.1 and 3.2).

Feature maps are (B, C, H, W) floats. Convolutions have no bias unless stated otherwise. 3x3 convolutions pad with zeros
(published) or replicate the outermost pixels, see :class:`core.models.config.DFPIRConfig`.
"""

from typing import Any

import torch
import torch.nn.functional as F
from einops import rearrange
from torch import Tensor, nn
from torch.nn.grad import conv2d_weight

from core.models.config import Borders


@torch.library.custom_op("dfpir::replicate_pad", mutates_args=())
def replicate_pad(x: Tensor) -> Tensor:
    """Pad by replicating the outermost pixels: (B, C, H, W) -> (B, C, H + 2, W + 2) in channels-last memory.

    A custom operator because ``torch.compile`` (2.14) fails on the gradient of PyTorch's own in that memory format.
    """
    # By slices: PyTorch's own takes five times as long for bfloat16 in channels-last memory.
    inner = x.permute(0, 2, 3, 1)  # (B, H, W, C)
    batch, height, width, channels = inner.shape
    padded = x.new_empty(batch, height + 2, width + 2, channels)
    padded[:, 1:-1, 1:-1] = inner
    padded[:, 1:-1, 0] = inner[:, :, 0]
    padded[:, 1:-1, -1] = inner[:, :, -1]
    padded[:, 0] = padded[:, 1]
    padded[:, -1] = padded[:, -2]
    return padded.permute(0, 3, 1, 2)


@torch.library.custom_op("dfpir::replicate_pad_backward", mutates_args=())
def _replicate_pad_backward(gradient: Tensor) -> Tensor:
    # Slices are three times as fast as PyTorch's own gradient in channels-last memory.
    outer = gradient.contiguous(memory_format=torch.channels_last).permute(0, 2, 3, 1)  # (B, H + 2, W + 2, C)
    rows = outer[:, 1:-1].clone()
    rows[:, 0] += outer[:, 0]
    rows[:, -1] += outer[:, -1]
    inner = rows[:, :, 1:-1].contiguous()
    inner[:, :, 0] += rows[:, :, 0]
    inner[:, :, -1] += rows[:, :, -1]
    return inner.permute(0, 3, 1, 2)


@replicate_pad.register_fake
def _(x: Tensor) -> Tensor:
    batch, channels, height, width = x.shape
    return x.new_empty(batch, channels, height + 2, width + 2).contiguous(memory_format=torch.channels_last)


@_replicate_pad_backward.register_fake
def _inner(gradient: Tensor) -> Tensor:
    batch, channels, height, width = gradient.shape
    return gradient.new_empty(batch, channels, height - 2, width - 2).contiguous(memory_format=torch.channels_last)


replicate_pad.register_autograd(lambda context, gradient: _replicate_pad_backward(gradient))


class _ReplicatedDepthwise(torch.autograd.Function):
    """A depthwise 3x3 convolution with replicated borders whose two gradients are computed separately.

    Computed together by PyTorch they take 50 % longer for bfloat16 maps on a CPU.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:
        """(B, C, H, W) and (C, 1, 3, 3), both of one float type -> (B, C, H, W)."""
        padded = replicate_pad(x)
        ctx.save_for_backward(padded, weight)
        return F.conv2d(padded, weight, groups=weight.shape[0])

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor]:
        """(B, C, H, W) -> the same shape, and (C, 1, 3, 3)."""
        padded, weight = ctx.saved_tensors
        channels = weight.shape[0]
        outer = F.conv2d(gradient, weight.flip(2, 3), padding=2, groups=channels)  # (B, C, H + 2, W + 2)
        return _replicate_pad_backward(outer), conv2d_weight(padded, weight.shape, gradient, groups=channels)  # type: ignore[no-untyped-call]


_SMALLEST_NORM = 1e-12


class Conv2d(nn.Conv2d):
    """3x3 convolution; with ``padding_mode="replicate"`` it pads by :func:`replicate_pad`."""

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        if self.padding_mode != "replicate":
            out: Tensor = super()._conv_forward(input, weight, bias)
            return out
        if self.groups > 1 and bias is None:
            kind = input.device.type
            if torch.is_autocast_enabled(kind):
                input, weight = (part.to(torch.get_autocast_dtype(kind)) for part in (input, weight))
            output: Tensor = _ReplicatedDepthwise.apply(input, weight)
            return output
        return F.conv2d(replicate_pad(input), weight, bias, groups=self.groups)


def pointwise(channels_in: int, channels_out: int, *, bias: bool = False) -> nn.Conv2d:
    """1x1 convolution (B, channels_in, H, W) -> (B, channels_out, H, W)."""
    return nn.Conv2d(channels_in, channels_out, kernel_size=1, bias=bias)


def depthwise(channels: int, borders: Borders = "zeros") -> nn.Conv2d:
    """Depthwise 3x3 convolution: (B, C, H, W) -> the same shape."""
    return Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False, padding_mode=borders)


def conv3x3(channels_in: int, channels_out: int, borders: Borders = "zeros") -> nn.Conv2d:
    """3x3 convolution (B, channels_in, H, W) -> (B, channels_out, H, W)."""
    return Conv2d(channels_in, channels_out, kernel_size=3, padding=1, bias=False, padding_mode=borders)


class LayerNorm(nn.LayerNorm):
    """Layer normalisation over the channels of each pixel, with weight and bias; ε 1e-5, biased variance.

    (B, C, H, W) -> the same shape.
    """

    def __init__(self, channels: int) -> None:
        super().__init__(channels, eps=1e-5)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        # (B, C, H, W) -> (B, H, W, C): no copy when x is channels-last, and then the fast kernel applies.
        x = x.permute(0, 2, 3, 1)
        x = F.layer_norm(x, self.normalized_shape, self.weight, self.bias, self.eps)
        return x.permute(0, 3, 1, 2)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """(B, heads*c, H, W) -> (B, heads, c, H*W); heads are contiguous blocks of channels."""
    return rearrange(x, "b (head c) h w -> b head c (h w)", head=heads)


def merge_heads(x: Tensor, height: int) -> Tensor:
    """Inverse of :func:`split_heads`: (B, heads, c, H*W) -> (B, heads*c, H, W)."""
    return rearrange(x, "b head c (h w) -> b (head c) h w", h=height)


def channel_logits(query: Tensor, key: Tensor, temperature: Tensor) -> Tensor:
    """Attention logits between channels: cosine similarity over all pixels, times a temperature.

    Args:
        query: (B, heads, c, H*W).
        key: (B, heads, c, H*W).
        temperature: (heads, 1, 1).

    Returns:
        (B, heads, c, c), float32 or better; row = query channel, column = key channel.
    """
    # The products are divided by the norms, not the factors: torch 2.14 compiles F.normalize on channels-last maps of
    # one head to code that gives NaN.
    exact = torch.promote_types(query.dtype, torch.float32)
    norms = [
        torch.linalg.vector_norm(part.to(exact), dim=-1).clamp_min(_SMALLEST_NORM) for part in (query, key)
    ]  # (B, heads, c)
    dots = (query @ key.transpose(-2, -1)).to(exact)  # (B, heads, c, c)
    logits: Tensor = dots / (norms[0][..., :, None] * norms[1][..., None, :]) * temperature
    return logits


class MDTA(nn.Module):
    """Multi-Dconv head transposed attention, attention between channels (Restormer, section 3.1, Eq. 1).

    (B, C, H, W) -> the same shape, without the residual connection.
    """

    def __init__(self, channels: int, heads: int, borders: Borders = "zeros") -> None:
        super().__init__()
        self.heads = heads
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.qkv = pointwise(channels, 3 * channels)
        self.qkv_depthwise = depthwise(3 * channels, borders)
        self.project_out = pointwise(channels, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        qkv = self.qkv_depthwise(self.qkv(x))  # (B, 3C, H, W)
        query, key, value = (split_heads(part, self.heads) for part in qkv.chunk(3, dim=1))  # (B, heads, c, HW)
        attention = channel_logits(query, key, self.temperature).softmax(dim=-1).to(value.dtype)  # (B, heads, c, c)
        out: Tensor = self.project_out(merge_heads(attention @ value, x.shape[-2]))
        return out


class GDFN(nn.Module):
    """Gated-Dconv feed-forward network with the exact GELU (Restormer, section 3.2, Eq. 2).

    (B, C, H, W) -> the same shape, without the residual connection.
    """

    def __init__(self, channels: int, expansion: float, borders: Borders = "zeros") -> None:
        super().__init__()
        hidden = int(channels * expansion)
        self.project_in = pointwise(channels, 2 * hidden)
        self.depthwise = depthwise(2 * hidden, borders)
        self.project_out = pointwise(hidden, channels)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        gate, value = self.depthwise(self.project_in(x)).chunk(2, dim=1)  # (B, hidden, H, W) each
        out: Tensor = self.project_out(F.gelu(gate) * value)
        return out


class TransformerBlock(nn.Module):
    """Restormer's Transformer block: x + MDTA(LN(x)), then x + GDFN(LN(x)). (B, C, H, W) -> the same shape."""

    def __init__(self, channels: int, heads: int, expansion: float, borders: Borders = "zeros") -> None:
        super().__init__()
        self.norm1 = LayerNorm(channels)
        self.attn = MDTA(channels, heads, borders)
        self.norm2 = LayerNorm(channels)
        self.ffn = GDFN(channels, expansion, borders)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> the same shape."""
        x = x + self.attn(self.norm1(x))
        out: Tensor = x + self.ffn(self.norm2(x))
        return out


class Downsample(nn.Module):
    """3x3 convolution to half the channels, then pixel-unshuffle: (B, C, H, W) -> (B, 2C, H/2, W/2)."""

    def __init__(self, channels: int, borders: Borders = "zeros") -> None:
        super().__init__()
        self.conv = conv3x3(channels, channels // 2, borders)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, 2C, H/2, W/2)."""
        return F.pixel_unshuffle(self.conv(x), 2)


class Upsample(nn.Module):
    """3x3 convolution to twice the channels, then pixel-shuffle: (B, C, H, W) -> (B, C/2, 2H, 2W)."""

    def __init__(self, channels: int, borders: Borders = "zeros") -> None:
        super().__init__()
        self.conv = conv3x3(channels, 2 * channels, borders)

    def forward(self, x: Tensor) -> Tensor:
        """(B, C, H, W) -> (B, C/2, 2H, 2W)."""
        return F.pixel_shuffle(self.conv(x), 2)
