"""Transformer blocks and DGPBs over a whole map, band by band and in place.

A block goes over its map twice. The first pass gathers the sums over pixels that its attention needs; the second
applies the attention, now a C x C matrix, and the GDFN, whose depthwise convolution lags one row behind that of the
values. No expanded map ever exists for more than a band.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.inference.streaming.attention import ChannelSums
from core.inference.streaming.bands import Band, Scratch, Window, bands, flat
from core.inference.streaming.weights import Branch, GatedFFN, Mixer, Norm, Reordering


@dataclass(frozen=True)
class Core:
    """The part of a map that counts in the sums: a tile leaves to its neighbours what they have in common."""

    top: int
    bottom: int
    left: int
    right: int

    def of(self, rows: Tensor, start: int) -> Tensor:
        """What counts of rows (n, W, C) that begin at row ``start``: (n', W', C), possibly empty."""
        inside = rows[max(self.top - start, 0) : max(self.bottom - start, 0)]
        return inside[:, self.left : self.right]

    def at_level(self, shrink: int) -> "Core":
        """The same part of a map ``shrink`` times smaller."""
        return Core(self.top // shrink, self.bottom // shrink, self.left // shrink, self.right // shrink)


Finished = Callable[[int], None]
"""Called with the number of rows after each band."""


def gather(
    mixer: Mixer,
    reordering: Reordering | None,
    feature_map: Tensor,
    sums: ChannelSums,
    core: Core,
    rows: int,
    scratch: Scratch,
    finished: Finished,
) -> None:
    """First pass: the sums over pixels that the attention needs.

    Args:
        mixer: the block.
        reordering: DGCPM's, if it makes the query's input.
        feature_map: (H, W, C); it stays as it is.
        sums: to be added to.
        core: rows and columns that count.
        rows: of a band.
        scratch: lends buffers.
        finished: called after each band.
    """
    height, width, channels = feature_map.shape
    window = _window(scratch, "first", rows, width, mixer.query_key)
    top = 0
    for band in bands(height, rows):
        pixels = flat(feature_map[band.start : band.stop])
        into = window.fresh(band.rows)
        if mixer.query_norm is None:
            torch.mm(mixer.norm(pixels), mixer.query_key.matrix, out=into)
        else:
            query = torch.addmm(reordering.bias, pixels, reordering.matrix) if reordering else pixels  # Q
            matrix = mixer.query_key.matrix
            into[:, :channels] = mixer.query_norm(query) @ matrix[:, :channels]
            into[:, channels:] = mixer.norm(pixels) @ matrix[:, channels:]
        query_key = window.convolve(band.rows, band.last)
        if query_key is not None:
            picture_rows = query_key.view(-1, width, 2 * channels)
            sums.add(core.of(picture_rows, top))
            top += len(picture_rows)
        finished(band.rows)


def apply(
    mixer: Mixer, mixing: Tensor, feature_map: Tensor, keep_input: bool, rows: int, scratch: Scratch, finished: Finished
) -> None:
    """Second pass, in place: attention with its matrix, then the GDFN.

    A Transformer block adds the attended values to its input and feeds the sum to the GDFN. A CAAPM feeds the attended
    values F_a alone to it, and only the DGPB around it may add the input.

    Args:
        mixer: the block.
        mixing: (C, C), the attention's matrix.
        feature_map: (H, W, C); overwritten by the result.
        keep_input: whether the input is added to the output. A Transformer block always does.
        rows: of a band.
        scratch: lends buffers.
        finished: called after each band.
    """
    height, width, _ = feature_map.shape
    values = _window(scratch, "first", rows, width, mixer.value)
    ffn = _FFN(mixer.ffn, feature_map, rows, scratch)
    attended_rows = 0
    for band in bands(height, rows):
        _into(mixer.norm, mixer.value, flat(feature_map[band.start : band.stop]), values.fresh(band.rows))
        mixed = values.convolve(band.rows, band.last)
        if mixed is not None:
            ready = Band(attended_rows, attended_rows + len(mixed) // width, band.last)
            attended_rows = ready.stop
            target = flat(feature_map[ready.start : ready.stop])
            if mixer.query_norm is None:
                target.addmm_(mixed, mixing)
                ffn.advance(target, ready)
            else:
                attended = mixed @ mixing  # F_a
                torch.add(target, attended, out=target) if keep_input else target.copy_(attended)
                ffn.advance(attended, ready)
        finished(band.rows)


def reorder(reordering: Reordering, feature_map: Tensor, keep_input: bool, rows: int, finished: Finished) -> None:
    """A DGPB of DGCPM alone (an ablation), in place. Arguments as for :func:`apply`."""
    for band in bands(len(feature_map), rows):
        pixels = flat(feature_map[band.start : band.stop])
        query = torch.addmm(reordering.bias, pixels, reordering.matrix)
        torch.add(pixels, query, out=pixels) if keep_input else pixels.copy_(query)
        finished(band.rows)


class _FFN:
    # Adds GDFN(LN(x)) to a map whose rows become known from the top down, one row behind them.

    def __init__(self, ffn: GatedFFN, feature_map: Tensor, rows: int, scratch: Scratch) -> None:
        width = feature_map.shape[1]
        self._ffn = ffn
        self._map = feature_map
        # The attention's last band is one row longer than what it was given.
        self._gate = _window(scratch, "gate", rows + 1, width, ffn.gate)
        self._value = _window(scratch, "value", rows + 1, width, ffn.value)
        self._done = 0

    def advance(self, pixels: Tensor, band: Band) -> None:
        """Take the rows of ``band`` as (n*W, C), before the norm, and add to the map what they complete."""
        normed = self._ffn.norm(pixels)
        torch.mm(normed, self._ffn.gate.matrix, out=self._gate.fresh(band.rows))
        torch.mm(normed, self._ffn.value.matrix, out=self._value.fresh(band.rows))
        gate = self._gate.convolve(band.rows, band.last)
        value = self._value.convolve(band.rows, band.last)
        if gate is not None and value is not None:
            gated = F.gelu(gate).mul_(value)
            stop = self._done + len(gated) // self._map.shape[1]
            flat(self._map[self._done : stop]).addmm_(gated, self._ffn.out)
            self._done = stop


def _window(scratch: Scratch, name: str, rows: int, width: int, branch: Branch) -> Window:
    return Window(scratch, name, rows, width, branch.depthwise, branch.replicate)


def _into(norm: Norm, branch: Branch, pixels: Tensor, out: Tensor) -> None:
    torch.mm(norm(pixels), branch.matrix, out=out)
