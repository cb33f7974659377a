"""The degradation-guided perturbation block, DGPB (paper, section 3.2 and Fig. 2).

    F_n ──┬── DGCPM (Eq. 1-2) ── Q ──┐
          │         prompt           │
          └───────────────────── CAAPM (Eq. 3-5): attention ── F_a ── + GDFN(LN(F_a)) ── F_b

DGCPM reorders channels as the prompt determines. CAAPM is an attention between channels of which each row keeps only
its largest entries. The docstrings use the paper's names: F_n enters the block, Q leaves DGCPM, F_a leaves the
attention and F_b the block.
"""

import torch
from torch import Tensor, nn

from core.models.channel_order import LearnedDGM, channel_order, reorder, soft_permutation
from core.models.config import DFPIRConfig, MaskMode, Order
from core.models.layers import GDFN, LayerNorm, channel_logits, depthwise, merge_heads, pointwise, split_heads


class DGCPM(nn.Module):
    """Degradation-guided channel perturbation module (paper, Eq. 1-2): F_n (B, C, H, W) -> Q (B, C, H, W).

    A 1x1 convolution expands C to fC channels, the order of the prompt is applied to them, and a second 1x1 convolution
    reduces them to C.

    ``dgm`` maps (B, prompt_dim) to an order (B, fC) int64, see :mod:`core.models.channel_order`. With equal weights the
    learned order equals the prompt's; only the training of the DGM differs.
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
        if isinstance(self.dgm, LearnedDGM) and torch.is_grad_enabled():  # needed for the gradient only
            soft = soft_permutation(self.dgm.scores(prompt))  # (B, fC, fC)
        q: Tensor = self.reduce(reorder(wide, order, soft))
        return q


def kept_entries(logits: Tensor, keep: float) -> Tensor:
    """CAAPM's mask: the ``int(keep * c)`` largest entries of each row are kept (paper, Eq. 3).

    Args:
        logits: (..., c, c) float32 or float64.
        keep: γ, a share in (0, 1]; at least one entry is kept.

    Returns:
        (..., c, c) bool, True where an entry is kept.
    """
    count = max(1, int(keep * logits.shape[-1]))
    largest = logits.topk(count, dim=-1).indices
    return torch.zeros_like(logits, dtype=torch.bool).scatter(-1, largest, True)


def masked_softmax(logits: Tensor, kept: Tensor, mode: MaskMode) -> Tensor:
    """Softmax over the last axis with entries dropped, in one of the three ways in which DFPIR is described.

    Args:
        logits: (..., c, c) float.
        kept: (..., c, c) bool.
        mode: ``"before_softmax"``: dropped logits become -∞ (the released program; published checkpoints need it).
            ``"multiply_logits"``: dropped logits become 0 (paper, Eq. 3).
            ``"after_softmax"``: dropped weights become 0 and rows no longer sum to 1 (paper, Fig. 2).

    Returns:
        (..., c, c) float, the attention map.
    """
    if mode == "before_softmax":
        return logits.masked_fill(~kept, float("-inf")).softmax(dim=-1)
    if mode == "multiply_logits":
        return (logits * kept).softmax(dim=-1)
    return logits.softmax(dim=-1) * kept


class CAAPM(nn.Module):
    """Channel-adapted attention perturbation module (paper, Eq. 3-5): Q and F_n -> F_b, all (B, C, H, W).

    An MDTA whose query comes from Q, whose key and value come from F_n, and whose attention map, (c, c) per head, is
    masked by :func:`kept_entries`. F_a has no residual connection from the inputs; F_b = F_a + GDFN(LN(F_a)).
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
        """Q and F_n -> F_a, all (B, C, H, W)."""
        query = split_heads(self.query_depthwise(self.query(self.norm_query(q))), self.heads)  # (B, heads, c, HW)
        key_value = self.key_value_depthwise(self.key_value(self.norm_input(x)))  # (B, 2C, H, W)
        key, value = (split_heads(part, self.heads) for part in key_value.chunk(2, dim=1))  # (B, heads, c, HW) each
        logits = channel_logits(query, key, self.temperature)  # (B, heads, c, c)
        if logits.dtype.itemsize < 4:
            logits = logits.float()
        attention = masked_softmax(logits, kept_entries(logits, self.keep), self.mask_mode).to(value.dtype)
        f_a: Tensor = self.project_out(merge_heads(attention @ value, x.shape[-2]) * self.scale)
        return f_a

    def forward(self, q: Tensor, x: Tensor) -> Tensor:
        """Q and F_n -> F_b, all (B, C, H, W)."""
        f_a = self.attend(q, x)
        f_b: Tensor = f_a + self.ffn(self.norm_ffn(f_a))
        return f_b


class DGPB(nn.Module):
    """Degradation-guided perturbation block: F_n -> F_b, both (B, C, H, W); DGCPM followed by CAAPM.

    With ``perturbation="dgcpm"`` the block returns Q; with ``"caapm"`` the attention's query comes from F_n
    (the paper's ablations). With ``dgpb_residual`` F_n is added to the output.
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
