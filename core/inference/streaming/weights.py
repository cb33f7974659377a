"""The weights of a DFPIR repacked for bands: channels-last matrices, queries and keys separate from values.

A 1x1 convolution becomes a matrix that rows of pixels are multiplied by, so it is the transposed weight. GDFN's halves
are two matrices, with their channels padded with zeros to a multiple of 16 (published: 127 to 128), for which
matrix products and convolutions are faster; gelu(0) * 0 adds nothing. LayerNorm keeps its affine weights: its kernel
applies them at no cost; folded into the product that follows they would need another pass for the bias.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.inference.streaming.attention import Attention
from core.inference.streaming.bands import for_products
from core.models import CAAPM, DGCPM, DGPB, GDFN, LayerNorm, TransformerBlock

_CHANNEL_MULTIPLE = 16


@dataclass(frozen=True)
class Norm:
    """LayerNorm over channels: weight and bias (C,), and ε."""

    weight: Tensor
    bias: Tensor
    epsilon: float

    @classmethod
    def from_layer(cls, norm: LayerNorm, dtype: torch.dtype) -> "Norm":
        """Repack the plain layer."""
        return cls(norm.weight.to(dtype), norm.bias.to(dtype), norm.eps)

    def __call__(self, pixels: Tensor) -> Tensor:
        """(N, C) -> (N, C)."""
        return F.layer_norm(pixels, self.weight.shape, self.weight, self.bias, self.epsilon)


@dataclass(frozen=True)
class Branch:
    """A 1x1 convolution and the depthwise one that follows it.

    Attributes:
        matrix: (in, out) of the 1x1 convolution.
        depthwise: (out, 1, 3, 3).
        replicate: whether the depthwise convolution pads with the outermost pixels instead of zeros.
    """

    matrix: Tensor
    depthwise: Tensor
    replicate: bool = False

    @classmethod
    def from_weights(
        cls, pointwise: Tensor, depthwise: Tensor, dtype: torch.dtype, replicate: bool, fill: int = 0
    ) -> "Branch":
        """Repack weights (out, in, 1, 1) and (out, 1, 3, 3), with ``fill`` channels of zeros appended."""
        matrix = F.pad(matrix_of(pointwise), (0, fill))
        filled = F.pad(depthwise, (0, 0) * 3 + (0, fill))
        return cls(for_products(matrix, dtype), filled.to(dtype).contiguous(), replicate)


@dataclass(frozen=True)
class GatedFFN:
    """GDFN with its norm: gate and value branches, and the output matrix (hidden, C)."""

    norm: Norm
    gate: Branch
    value: Branch
    out: Tensor

    @classmethod
    def from_layers(cls, norm: LayerNorm, ffn: GDFN, dtype: torch.dtype) -> "GatedFFN":
        """Repack the plain layers."""
        hidden = ffn.project_out.in_channels
        fill = -hidden % _CHANNEL_MULTIPLE
        gate, value = (
            Branch.from_weights(
                ffn.project_in.weight[part], ffn.depthwise.weight[part], dtype, replicates(ffn.depthwise), fill
            )
            for part in (slice(hidden), slice(hidden, None))
        )
        out = F.pad(matrix_of(ffn.project_out.weight), (0, 0, 0, fill))
        return cls(Norm.from_layer(norm, dtype), gate, value, for_products(out, dtype))


@dataclass(frozen=True)
class AttentionBlock:
    """Attention between channels and the GDFN that follows it: a Transformer block, or the CAAPM of a DGPB.

    Attributes:
        channels: C.
        heads: of the attention.
        norm: of keys and values.
        query_key: queries, then keys. In CAAPM they have different inputs, so its matrix is used in two halves.
        value: of the attention.
        attention: turns sums over pixels into a C x C matrix.
        ffn: the GDFN.
        query_norm: CAAPM's norm of Q; None in a Transformer block, whose queries use ``norm``.
    """

    channels: int
    heads: int
    norm: Norm
    query_key: Branch
    value: Branch
    attention: Attention
    ffn: GatedFFN
    query_norm: Norm | None = None

    @classmethod
    def from_transformer_block(cls, block: TransformerBlock, dtype: torch.dtype) -> "AttentionBlock":
        """Repack a plain Transformer block."""
        attn = block.attn
        channels = attn.project_out.in_channels
        first, last = slice(2 * channels), slice(2 * channels, None)
        replicate = replicates(attn.qkv_depthwise)
        return cls(
            channels,
            attn.heads,
            Norm.from_layer(block.norm1, dtype),
            Branch.from_weights(attn.qkv.weight[first], attn.qkv_depthwise.weight[first], dtype, replicate),
            Branch.from_weights(attn.qkv.weight[last], attn.qkv_depthwise.weight[last], dtype, replicate),
            Attention(exact(attn.temperature, dtype), _by_head(attn.project_out, attn.heads, dtype)),
            GatedFFN.from_layers(block.norm2, block.ffn, dtype),
        )

    @classmethod
    def from_caapm(cls, caapm: CAAPM, dtype: torch.dtype) -> "AttentionBlock":
        """Repack a plain CAAPM."""
        channels = caapm.project_out.in_channels
        key_value, depthwise = caapm.key_value.weight, caapm.key_value_depthwise.weight
        query_key = torch.cat([caapm.query.weight, key_value[:channels]])
        query_key_depthwise = torch.cat([caapm.query_depthwise.weight, depthwise[:channels]])
        project = _by_head(caapm.project_out, caapm.heads, dtype) * exact(caapm.scale, dtype)
        replicate = replicates(caapm.query_depthwise)
        return cls(
            channels,
            caapm.heads,
            Norm.from_layer(caapm.norm_input, dtype),
            Branch.from_weights(query_key, query_key_depthwise, dtype, replicate),
            Branch.from_weights(key_value[channels:], depthwise[channels:], dtype, replicate),
            Attention(exact(caapm.temperature, dtype), project, caapm.keep, caapm.mask_mode),
            GatedFFN.from_layers(caapm.norm_ffn, caapm.ffn, dtype),
            Norm.from_layer(caapm.norm_query, dtype),
        )


@dataclass(frozen=True)
class Reordering:
    """DGCPM for one prompt: Q = F_n @ matrix + bias, (C, C) and (C,)."""

    matrix: Tensor
    bias: Tensor

    @classmethod
    def from_dgcpm(cls, dgcpm: DGCPM, prompt: Tensor, dtype: torch.dtype) -> "Reordering":
        """Fold both 1x1 convolutions and the reordering between them, in float64 on the CPU (Apple's GPUs lack it).

        Args:
            dgcpm: the plain module; its DGM computes the order in float32 or better.
            prompt: (1, prompt_dim).
            dtype: of the result.
        """
        order = dgcpm.dgm(prompt)[0].cpu()
        reduce = in_double(matrix_of(dgcpm.reduce.weight))  # (fC, C)
        matrix = in_double(matrix_of(dgcpm.expand.weight))[:, order] @ reduce
        bias = _bias(dgcpm.expand)[order] @ reduce + _bias(dgcpm.reduce)
        return cls(for_products(matrix.to(prompt.device, dtype), dtype), bias.to(prompt.device, dtype))


@dataclass(frozen=True)
class Perturbation:
    """A DGPB; either half may be missing (the paper's ablations). ``residual``: its input is added to its output."""

    dgcpm: DGCPM | None
    caapm: AttentionBlock | None
    residual: bool

    @classmethod
    def from_dgpb(cls, dgpb: DGPB, dtype: torch.dtype) -> "Perturbation":
        """Repack the plain block, except DGCPM, whose matrix depends on the prompt."""
        return cls(dgpb.dgcpm, AttentionBlock.from_caapm(dgpb.caapm, dtype) if dgpb.caapm else None, dgpb.residual)

    def reordering(self, prompt: Tensor, dtype: torch.dtype) -> Reordering | None:
        """DGCPM for a prompt (1, prompt_dim); None if there is no DGCPM."""
        return Reordering.from_dgcpm(self.dgcpm, prompt, dtype) if self.dgcpm else None


def replicates(convolution: nn.Conv2d) -> bool:
    """Whether the convolution pads with the outermost pixels instead of zeros."""
    return convolution.padding_mode == "replicate"


def matrix_of(weight: Tensor) -> Tensor:
    """The weight (out, in, 1, 1) of a 1x1 convolution as a matrix (in, out) for row vectors."""
    return weight.flatten(1).t()


def in_double(tensor: Tensor) -> Tensor:
    """The tensor in float64 on the CPU."""
    return tensor.detach().cpu().double()


def exact(tensor: Tensor, dtype: torch.dtype) -> Tensor:
    """The tensor in the precision of the attention: float32, or float64 if that is used throughout."""
    return tensor.detach().to(torch.float64 if dtype == torch.float64 else torch.float32)


def _by_head(project: nn.Conv2d, heads: int, dtype: torch.dtype) -> Tensor:
    matrix = exact(matrix_of(project.weight), dtype)
    return matrix.reshape(heads, -1, matrix.shape[1])  # (heads, c, C)


def _bias(convolution: nn.Conv2d) -> Tensor:
    assert convolution.bias is not None  # as all of DGCPM's convolutions have
    return in_double(convolution.bias)
