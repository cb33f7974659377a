"""Channel attention from sums over pixels: all that a block depends on of the whole image.

With a head's q and k as (N, c) matrices over all N pixels, its logits are ``qᵀk / (|q| |k|) · temperature``: sums over
pixels, which can be added up band by band. The attention's product, the scale and the projection that follow are linear
in each pixel's value and become one C x C matrix.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from core.models.config import MaskMode
from core.models.dgpb import kept_entries, masked_softmax

_MIN_NORM = 1e-12  # the smallest divisor of F.normalize


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
        return torch.bmm(weights.transpose(1, 2), self.project).flatten(0, 1).to(dtype)


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
        exact = query_key.to(self._dots.dtype).flatten(0, 1)  # (N, 2C)
        torch.addmm(self._squares, exact.new_ones(1, len(exact)), exact.square(), out=self._squares)
        if query_key.dtype == torch.bfloat16 and query_key.device.type == "cpu":
            # Full-precision products would take several times as long. The matrix unit sums each row in float32 and
            # rounds it once; the rows are added in float32.
            for head, (query, key) in enumerate(zip(*self._by_head(query_key), strict=True)):
                self._dots[head] += torch.bmm(query.transpose(1, 2), key).sum(0, dtype=self._dots.dtype)
        else:
            queries, keys = (part[:, 0] for part in self._by_head(exact[None]))  # (heads, N, c)
            torch.baddbmm(self._dots, queries.transpose(1, 2), keys, out=self._dots)

    def _by_head(self, query_key: Tensor) -> tuple[Tensor, Tensor]:
        # (n, W, 2C) -> twice (heads, n, W, c), without a copy
        parts = query_key.view(*query_key.shape[:2], 2 * self._heads, -1).permute(2, 0, 1, 3)
        return parts[: self._heads], parts[self._heads :]

    def cosines(self) -> Tensor:
        """(heads, c, c): cosine similarity of each query channel with each key channel."""
        norms = self._squares.sqrt().clamp_min(_MIN_NORM).view(2, self._heads, -1)
        return self._dots / (norms[0, :, :, None] * norms[1, :, None, :])


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
