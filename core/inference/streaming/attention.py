"""Channel attention from sums over pixels: all that a block depends on of the whole image.

With a head's q and k as (N, c) matrices over all N pixels, its logits are ``qᵀk / (|q| |k|) · temperature``: sums over
pixels, which can be added up band by band. The attention's product, the scale and the projection that follow are linear
in each pixel's value and become one C x C matrix.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.inference.streaming.bands import for_products
from core.models.config import MaskMode
from core.models.dgpb import kept_entries, masked_softmax

_MIN_NORM = 1e-12  # the smallest divisor of F.normalize

_SQUARED_AT_ONCE = 1024
"""Pixels that are squared at a time on the CPU, so that the squares stay in the cache."""

_CHANNELS_TOGETHER = 128
"""Query channels that are multiplied with each other and with the keys at once, also where the heads are narrower."""

_MIN_ROUNDED = 4096
"""Pixels from which squares in bfloat16 are rounded: the errors of many groups cancel, those of a few would not."""

_GROUP_PIXELS = 256
"""Pixels at least, if there are as many, that are summed before rounding to bfloat16."""


@dataclass(frozen=True)
class Attention:
    """The parameters that turn sums over pixels into the attention's C x C matrix.

    Attributes:
        temperature: (heads, 1, 1) float32 or float64.
        project: (heads, c, C) the same dtype: project_out's transposed matrix, by head, times CAAPM's scale.
        keep: share of entries that CAAPM keeps, or None for MDTA.
        mask_mode: how CAAPM drops the others.
    """

    temperature: Tensor
    project: Tensor
    keep: float | None = None
    mask_mode: MaskMode = "before_softmax"

    def matrix(self, sums: "ChannelSums", dtype: torch.dtype) -> Tensor:
        """(C, C): what the values of a pixel (a row vector) are multiplied by. The mask is computed in full precision.

        Args:
            sums: over all pixels.
            dtype: of the result.
        """
        logits = sums.cosines() * self.temperature  # (heads, c, c); row = query, column = key
        if self.keep is None:
            weights = logits.softmax(dim=-1)
        else:
            weights = masked_softmax(logits, kept_entries(logits, self.keep), self.mask_mode)
        return for_products(torch.bmm(weights.transpose(1, 2), self.project).flatten(0, 1), dtype)


class ChannelSums:
    """qᵀk, q² and k², summed over pixels in float32 or better.

    Args:
        heads: of the attention.
        channels: C, of all heads together.
        dtype: of queries and keys.
        device: of all tensors.
    """

    def __init__(self, heads: int, channels: int, dtype: torch.dtype, device: torch.device) -> None:
        exact = torch.float64 if dtype == torch.float64 else torch.float32
        self._arguments = heads, channels, dtype, device
        self._heads = heads
        self._dots = torch.zeros(heads, channels // heads, channels // heads, dtype=exact, device=device)
        self._squares = torch.zeros(1, 2 * channels, dtype=exact, device=device)

    def empty(self) -> "ChannelSums":
        """Sums of the same shape over no pixels."""
        return ChannelSums(*self._arguments)

    def merge(self, other: "ChannelSums") -> None:
        """Add the sums over other pixels."""
        self._dots += other._dots
        self._squares += other._squares

    def add(self, query_key: Tensor) -> None:
        """Add the sums over more pixels.

        Args:
            query_key: (n, W, 2C): queries, then keys; n may be 0.
        """
        if not query_key.numel():
            return
        by_matrix_unit = query_key.dtype == torch.bfloat16 and query_key.device.type == "cpu"
        if by_matrix_unit and query_key.shape[0] * query_key.shape[1] >= _MIN_ROUNDED:
            self._add_by_matrix_unit(query_key)
            return
        exact = query_key.to(self._dots.dtype).flatten(0, 1)  # (N, 2C)
        at_once = min(_SQUARED_AT_ONCE, len(exact)) if exact.device.type == "cpu" else len(exact)
        ones, squares = exact.new_ones(1, at_once), exact.new_empty(at_once, exact.shape[1])
        for pixels in torch.split(exact, at_once):
            count = len(pixels)
            torch.square(pixels, out=squares[:count])
            self._squares.addmm_(ones[:, :count], squares[:count])
        if by_matrix_unit:
            for head, (query, key) in enumerate(zip(*self._by_head(query_key), strict=True)):
                self._dots[head] += torch.bmm(query.transpose(1, 2), key).sum(0, dtype=self._dots.dtype)
        else:
            queries, keys = (part[:, 0] for part in self._by_head(exact[None]))  # (heads, N, c)
            torch.baddbmm(self._dots, queries.transpose(1, 2), keys, out=self._dots)

    def _by_head(self, query_key: Tensor) -> tuple[Tensor, Tensor]:
        # (n, W, 2C) -> twice (heads, n, W, c), without a copy
        parts = query_key.view(*query_key.shape[:2], 2 * self._heads, -1).permute(2, 0, 1, 3)
        return parts[: self._heads], parts[self._heads :]

    def _add_by_matrix_unit(self, query_key: Tensor) -> None:
        # Squares in full precision, and products by head, take several times as long as all products of queries and
        # keys with each other, of which those needed are the diagonal and a block for each head. The matrix unit sums
        # a group of pixels in float32 and rounds it once; the groups are added in float32.
        heads, channels = self._heads, query_key.shape[-1] // 2
        c = channels // heads
        together = max(_CHANNELS_TOGETHER // c, 1)  # heads
        for first in range(0, heads, together):
            count = min(together, heads - first)
            low, high = first * c, (first + count) * c
            part = query_key
            if count < heads:
                part = torch.cat([query_key[..., low:high], query_key[..., channels + low : channels + high]], dim=-1)
            products = self._dots.new_zeros(2 * count * c, 2 * count * c)
            for group in _pixel_groups(part):
                products += torch.bmm(group.transpose(1, 2), group).sum(0, dtype=products.dtype)
            across = products[: count * c, count * c :].view(count, c, count, c)  # query channel, key channel
            self._dots[first : first + count] += across.diagonal(dim1=0, dim2=2).permute(2, 0, 1)
            squares = products.diagonal().view(2, count * c)
            self._squares.view(2, channels)[:, low:high] += squares

    def cosines(self) -> Tensor:
        """(heads, c, c): cosine similarity of each query channel with each key channel."""
        norms = self._squares.sqrt().clamp_min(_MIN_NORM).view(2, self._heads, -1)
        return self._dots / (norms[0, :, :, None] * norms[1, :, None, :])


class SumTree:
    """Sums of numbered bands, added up in an order that does not depend on the order in which they come.

    Neighbours are added as soon as both are there, as in a binary tree, so that few are held at a time.
    """

    def __init__(self) -> None:
        self._nodes: dict[tuple[int, int], ChannelSums] = {}  # by level and number: 2 ** level bands each

    def add(self, number: int, sums: ChannelSums, level: int = 0) -> None:
        """Add the sums of ``2 ** level`` bands, the ``number``-th ones of this size."""
        while (sibling := self._nodes.pop((level, number ^ 1), None)) is not None:
            left, right = (sums, sibling) if number % 2 == 0 else (sibling, sums)
            left.merge(right)
            level, number, sums = level + 1, number // 2, left
        self._nodes[level, number] = sums

    def update(self, other: "SumTree") -> None:
        """Add all sums of another tree, of other bands of the same map."""
        for (level, number), sums in other._nodes.items():
            self.add(number, sums, level)

    def total(self) -> ChannelSums:
        """The sums of all bands; there must be at least one."""
        first, *others = (self._nodes[key] for key in sorted(self._nodes, key=lambda key: key[1] << key[0]))
        for sums in others:
            first.merge(sums)
        return first


def _pixel_groups(rows: Tensor) -> list[Tensor]:
    # Rows (n, W, C) as batches of groups of pixels (groups, pixels, C); short rows are put together.
    together = max(_GROUP_PIXELS // rows.shape[1], 1)
    if together == 1 or not rows.is_contiguous():
        return [rows]
    whole = len(rows) // together * together
    groups = [rows[:whole].view(-1, together * rows.shape[1], rows.shape[2]), rows[whole:].view(1, -1, rows.shape[2])]
    return [group for group in groups if group.numel()]


class GlobalSums:
    """The sums of all attentions of a network, in the order of its blocks.

    Args:
        dtype: of the network's maps.
        device: of its tensors.
    """

    def __init__(self, dtype: torch.dtype, device: torch.device) -> None:
        self._dtype = dtype
        self._device = device
        self._entries: list[tuple[Attention, ChannelSums]] = []

    def of_block(self, index: int, attention: Attention) -> ChannelSums:
        """The sums of block number ``index``, to be added to; created by the first call."""
        if index == len(self._entries):
            heads, _, channels = attention.project.shape
            self._entries.append((attention, ChannelSums(heads, channels, self._dtype, self._device)))
        return self._entries[index][1]

    def matrices(self) -> list[Tensor]:
        """The matrices (C, C) of all attentions."""
        return [attention.matrix(sums, self._dtype) for attention, sums in self._entries]
