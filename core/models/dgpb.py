"""The degradation-guided perturbation block, DGPB (Tian et al., CVPR 2025, section 3.2 and Fig. 2).

A DGPB is DGCPM, which reorders channels as the prompt says, followed by CAAPM, an attention between channels in
which each row keeps only its largest entries. Names in the docstrings are the paper's: input F_n, Q from DGCPM,
F_a from the attention, F_b the block's output.
"""

import torch
from torch import Tensor, nn

from core.models.channel_order import LearnedDGM, channel_order, reorder, soft_permutation
from core.models.config import DFPIRConfig, MaskMode, Order
from core.models.layers import GDFN, LayerNorm, channel_logits, depthwise, merge_heads, pointwise, split_heads


class DGCPM(nn.Module):
    """Degradation-guided channel perturbation module (paper, Eq. 1-2): F_n -> Q.

    A 1x1 convolution widens C to ``shuffle_factor * C`` channels, these are reordered, and a second one narrows
    them to C again. (B, C, H, W) -> the same shape.

    Whatever decides the order is called ``dgm``: (B, prompt_dim) -> (B, fC) int64. The learned order gives the same
    output as the prompt's would with the same weights; only what training does to the DGM differs.
    """

    def __init__(self, channels: int, prompt_dim: int, shuffle_factor: int, order: Order = "prompt") -> None:
        super().__init__()
        self.dgm = channel_order(order, prompt_dim, shuffle_factor * channels)
        self.expand = pointwise(channels, shuffle_factor * channels, bias=True)
        self.reduce = pointwise(shuffle_factor * channels, channels, bias=True)

    def forward(self, x: Tensor, prompt: Tensor) -> Tensor:
        """F_n (B, C, H, W) and prompt (B, prompt_dim) -> Q (B, C, H, W)."""
        order = self.dgm(prompt)  # (B, fC)
        wide = self.expand(x)  # (B, fC, H, W)
        soft = None
        if isinstance(self.dgm, LearnedDGM) and torch.is_grad_enabled():  # in use, nothing soft is computed
            soft = soft_permutation(self.dgm.scores(prompt))
        return self.reduce(reorder(wide, order, soft))


def kept_entries(logits: Tensor, keep: float) -> Tensor:
    """Which entries of each row stay: the ``int(keep * c)`` largest.

    Args:
        logits: (..., c, c) float, decided in float32 or better.
        keep: share γ in (0, 1]; at least one entry is kept.

    Returns:
        (..., c, c) bool.
    """
    count = max(1, int(keep * logits.shape[-1]))
    largest = logits.topk(count, dim=-1).indices
    return torch.zeros_like(logits, dtype=torch.bool).scatter(-1, largest, True)


def masked_softmax(logits: Tensor, kept: Tensor, mode: MaskMode) -> Tensor:
    """Softmax over the last axis with entries dropped in one of the three ways that descriptions of DFPIR give.

    Args:
        logits: (..., c, c) float.
        kept: (..., c, c) bool.
        mode: ``"before_softmax"``: dropped logits become -∞ (the released program; published checkpoints need it).
            ``"multiply_logits"``: dropped logits become 0 (the paper's Eq. 3).
            ``"after_softmax"``: dropped weights become 0 and rows no longer sum to 1 (the paper's Fig. 2).

    Returns:
        (..., c, c) float, the attention map.
    """
    if mode == "before_softmax":
        return logits.masked_fill(~kept, float("-inf")).softmax(dim=-1)
    if mode == "multiply_logits":
        return (logits * kept).softmax(dim=-1)
    return logits.softmax(dim=-1) * kept


class CAAPM(nn.Module):
    """Channel-adapted attention perturbation module (paper, Eq. 3-5): Q and F_n -> F_b.

    The attention is between channels: its map is (c, c) per head, not a picture. F_a has no residual from the
    module's inputs; F_b = F_a + GDFN(LN(F_a)). (B, C, H, W) twice -> the same shape.
    """

    def __init__(self, channels: int, heads: int, config: DFPIRConfig) -> None:
        super().__init__()
        self.heads = heads
        self.keep = config.keep
        self.mask_mode: MaskMode = config.mask_mode
        self.norm_query = LayerNorm(channels)
        self.norm_input = LayerNorm(channels)
        self.query = pointwise(channels, channels)
        self.query_depthwise = depthwise(channels, config.borders)
        self.key_value = pointwise(channels, 2 * channels)
        self.key_value_depthwise = depthwise(2 * channels, config.borders)
        self.temperature = nn.Parameter(torch.ones(heads, 1, 1))
        self.scale = nn.Parameter(torch.full((1,), 0.2))
        self.project_out = pointwise(channels, channels)
        self.norm_ffn = LayerNorm(channels)
        self.ffn = GDFN(channels, config.expansion, config.borders)

    def attend(self, q: Tensor, x: Tensor) -> Tensor:
        """Q and F_n -> F_a."""
        query = split_heads(self.query_depthwise(self.query(self.norm_query(q))), self.heads)  # (B, heads, c, HW)
        key_value = self.key_value_depthwise(self.key_value(self.norm_input(x)))  # (B, 2C, H, W)
        key, value = (split_heads(part, self.heads) for part in key_value.chunk(2, dim=1))
        logits = channel_logits(query, key, self.temperature)  # (B, heads, c, c)
        if logits.dtype.itemsize < 4:
            logits = logits.float()
        attention = masked_softmax(logits, kept_entries(logits, self.keep), self.mask_mode).to(value.dtype)
        return self.project_out(merge_heads(attention @ value, x.shape[-2]) * self.scale)

    def forward(self, q: Tensor, x: Tensor) -> Tensor:
        """Q and F_n -> F_b, all (B, C, H, W)."""
        attended = self.attend(q, x)  # F_a
        return attended + self.ffn(self.norm_ffn(attended))


class DGPB(nn.Module):
    """DGCPM followed by CAAPM: F_n -> F_b. (B, C, H, W) -> the same shape.

    With ``perturbation="dgcpm"`` the block returns Q; with ``"caapm"`` the attention's query comes from F_n itself
    (the paper's ablations). With ``dgpb_residual`` the input is added to the output.
    """

    def __init__(self, channels: int, heads: int, config: DFPIRConfig) -> None:
        super().__init__()
        self.residual = config.dgpb_residual
        self.dgcpm = (
            DGCPM(channels, config.prompt_dim, config.shuffle_factor, config.order)
            if config.perturbation != "caapm"
            else None
        )
        self.caapm = CAAPM(channels, heads, config) if config.perturbation != "dgcpm" else None

    def forward(self, x: Tensor, prompt: Tensor) -> Tensor:
        """F_n (B, C, H, W) and prompt (B, prompt_dim) -> F_b (B, C, H, W)."""
        out = self.dgcpm(x, prompt) if self.dgcpm is not None else x  # Q
        if self.caapm is not None:
            out = self.caapm(out, x)  # F_b
        return x + out if self.residual else out
