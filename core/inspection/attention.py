"""CAAPM's attention in a pass: logits, the kept entries, and the map after the softmax.

All maps are channel×channel: row = query channel, column = key channel of the same head. They have no position in the
photo and must not be drawn over it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from core.models import CAAPM
from core.models.config import MaskMode
from core.models.dgpb import kept_entries, masked_softmax
from core.models.layers import channel_logits, split_heads


@dataclass(frozen=True, eq=False)
class Attention:
    """CAAPM's attention in one block, for one photo and one prompt (paper, Eq. 3).

    Attributes:
        block: one of :data:`core.inspection.BLOCKS`.
        logits: (heads, c, c) float32: cosine similarity of query and key channel over all pixels, times the head's
            temperature.
        kept: (heads, c, c) bool: the ``int(keep * c)`` largest of each row.
        weights: (heads, c, c) float32: the map that multiplies the values.
        keep: γ, the share that is kept.
        mode: how the other entries are dropped.
    """

    block: str
    logits: NDArray[np.float32]
    kept: NDArray[np.bool_]
    weights: NDArray[np.float32]
    keep: float
    mode: MaskMode

    @property
    def heads(self) -> int:
        """Number of heads."""
        return len(self.logits)


def recompute_attention(block: str, caapm: CAAPM, query: Tensor, key_value: Tensor) -> Attention:
    """Recompute the attention map as in :meth:`core.models.CAAPM.attend`.

    Args:
        block: name of the block.
        caapm: the module, for its temperature, γ and mask mode.
        query: (1, C, H, W), output of ``query_depthwise``.
        key_value: (1, 2C, H, W), output of ``key_value_depthwise``.
    """
    key, _ = key_value.chunk(2, dim=1)
    logits = channel_logits(split_heads(query, caapm.heads), split_heads(key, caapm.heads), caapm.temperature)
    if logits.dtype.itemsize < 4:
        logits = logits.float()
    kept = kept_entries(logits, caapm.keep)
    weights = masked_softmax(logits, kept, caapm.mask_mode)
    return Attention(
        block=block,
        logits=logits[0].float().cpu().numpy(),
        kept=kept[0].cpu().numpy(),
        weights=weights[0].float().cpu().numpy(),
        keep=caapm.keep,
        mode=caapm.mask_mode,
    )


@dataclass(frozen=True, eq=False)
class AttentionDifference:
    """Second minus first attention of the same block, for two prompts or two photos.

    Attributes:
        block: one of :data:`core.inspection.BLOCKS`.
        logits: (heads, c, c) float32.
        weights: (heads, c, c) float32.
        kept: (heads, c, c) int8: 1 kept only by the second, -1 only by the first, 0 by both or by neither.
    """

    block: str
    logits: NDArray[np.float32]
    weights: NDArray[np.float32]
    kept: NDArray[np.int8]

    @property
    def changed(self) -> float:
        """Share of entries that only one of them keeps, 0 to 1."""
        return float(np.mean(self.kept != 0))


def difference(first: Attention, second: Attention) -> AttentionDifference:
    """Subtract the first attention from the second.

    Raises:
        ValueError: they have different blocks or shapes.
    """
    if first.block != second.block or first.logits.shape != second.logits.shape:
        raise ValueError(f"cannot compare {first.block} {first.logits.shape} with {second.block} {second.logits.shape}")
    return AttentionDifference(
        block=first.block,
        logits=second.logits - first.logits,
        weights=second.weights - first.weights,
        kept=second.kept.astype(np.int8) - first.kept.astype(np.int8),
    )


@dataclass(frozen=True, eq=False)
class DropRates:
    """How often each entry of a block's attention is dropped over several photos.

    Attributes:
        block: one of :data:`core.inspection.BLOCKS`.
        photos: number of photos.
        rates: (heads, c, c) float32, 0 (never dropped) to 1 (always).
        expected: the share of each row that is dropped by definition, ``1 - int(keep * c) / c``: the rate of every
            entry if all were dropped equally often.
    """

    block: str
    photos: int
    rates: NDArray[np.float32]
    expected: float

    @property
    def settled(self) -> float:
        """Share of entries that are always or never dropped, 0 to 1."""
        return float(np.mean((self.rates == 0) | (self.rates == 1)))


def drop_rates(attentions: Iterable[Sequence[Attention]]) -> tuple[DropRates, ...]:
    """Count how often each entry is dropped over photos. One photo's attentions are in memory at a time.

    Args:
        attentions: for each photo the attentions of its blocks, always in the same order.

    Returns:
        One :class:`DropRates` per block; empty without photos.

    Raises:
        ValueError: photos have different blocks.
    """
    counts: dict[str, NDArray[np.int64]] = {}
    photos, expected = 0, {}
    for photo in attentions:
        photos += 1
        names = [attention.block for attention in photo]
        if photos > 1 and names != list(counts):
            raise ValueError(f"photos have different blocks: {list(counts)} and {names}")
        for attention in photo:
            dropped = (~attention.kept).astype(np.int64)
            counts[attention.block] = counts.get(attention.block, 0) + dropped
            expected[attention.block] = float(dropped.mean())
    return tuple(
        DropRates(block, photos, (count / photos).astype(np.float32), expected[block])
        for block, count in counts.items()
    )
