"""Transformer blocks and DGPBs over a whole map, band by band and in place.

A block goes over its map twice. The first pass gathers the sums over pixels that its attention needs; the second
applies the attention, now a C x C matrix, and the GDFN, whose depthwise convolution lags one row behind that of the
values. No expanded map ever exists for more than a band.

Several workers take parts of the rows. What a part's first and last rows need of its neighbours is computed by both:
the first pass reads it from the map, the second, which overwrites the map, from copies made before.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from core.inference.streaming.attention import ChannelSums
from core.inference.streaming.bands import Band, Scratch, Window, bands, flat
from core.inference.streaming.weights import AttentionBlock, Branch, GatedFFN, Norm, Reordering
from core.inference.streaming.workers import Finished, RowWorkers


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


_SEAM = 2
"""Rows on each side of a seam that the second pass needs: one for each of its two depthwise convolutions."""


def gather(
    mixer: AttentionBlock,
    reordering: Reordering | None,
    feature_map: Tensor,
    sums: ChannelSums,
    core: Core,
    rows: int,
    workers: RowWorkers,
    finished: Finished,
) -> None:
    """First pass: the sums over pixels that the attention needs.

    Args:
        mixer: the block.
        reordering: DGCPM's, if it makes the query's input.
        feature_map: (H, W, C); it stays as it is.
        sums: to be added to, part by part, so that rounding depends on the number of workers.
        core: rows and columns that count.
        rows: of a band.
        workers: share the rows.
        finished: called after each band.
    """
    height, width, channels = feature_map.shape

    def gather_part(part: Band, scratch: Scratch, finished: Finished) -> ChannelSums:
        own = sums.empty()
        window = _window(scratch, "first", rows, width, mixer.query_key, top=part.start == 0)
        top = part.start
        for band in bands(_widened(part, 1, height), rows):
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
                own.add(core.of(picture_rows, top))
                top += len(picture_rows)
            finished(band.common(part).rows)
        return own

    for own in workers.run(workers.parts(height), width, gather_part, finished):
        sums.merge(own)


def apply(
    mixer: AttentionBlock,
    mixing: Tensor,
    feature_map: Tensor,
    keep_input: bool,
    rows: int,
    workers: RowWorkers,
    finished: Finished,
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
        workers: share the rows.
        finished: called after each band.
    """
    height, width, _ = feature_map.shape
    parts = workers.parts(height)
    seams = {part.stop: feature_map[part.stop - _SEAM : part.stop + _SEAM].clone() for part in parts[:-1]}

    def apply_part(part: Band, scratch: Scratch, finished: Finished) -> None:
        above = seams[part.start][:_SEAM] if part.start else None
        below = None if part.last else seams[part.stop][_SEAM:]
        values = _window(scratch, "first", rows, width, mixer.value, top=part.start == 0)
        ffn = _FFN(mixer.ffn, feature_map, part.start, rows, scratch)
        attended_rows = part.start if above is None else part.start - 1
        for source, band in _sources(feature_map, part, above, below, rows):
            _into(mixer.norm, mixer.value, flat(source), values.fresh(band.rows))
            mixed = values.convolve(band.rows, band.last)
            ready = Band(attended_rows, attended_rows + (0 if mixed is None else len(mixed) // width), band.last)
            for piece, own in _pieces(ready, part):
                assert mixed is not None
                mixed_piece = mixed[(piece.start - ready.start) * width : (piece.stop - ready.start) * width]
                if own:
                    target = flat(feature_map[piece.start : piece.stop])
                else:  # a neighbour's row, which it writes itself
                    copy = above if piece.start < part.start else below
                    assert copy is not None
                    target = flat(copy[-1:] if piece.start < part.start else copy[:1])
                if mixer.query_norm is None:
                    target.addmm_(mixed_piece, mixing)
                    ffn.advance(target, piece)
                else:
                    attended = mixed_piece @ mixing  # F_a
                    torch.add(target, attended, out=target) if keep_input else target.copy_(attended)
                    ffn.advance(attended, piece)
            attended_rows = ready.stop
            finished(band.common(part).rows)

    workers.run(parts, width, apply_part, finished)


def reorder(
    reordering: Reordering, feature_map: Tensor, keep_input: bool, rows: int, workers: RowWorkers, finished: Finished
) -> None:
    """A DGPB of DGCPM alone (an ablation), in place. Arguments as for :func:`apply`."""
    height, width, _ = feature_map.shape

    def reorder_part(part: Band, scratch: Scratch, finished: Finished) -> None:
        for band in bands(part, rows):
            pixels = flat(feature_map[band.start : band.stop])
            query = torch.addmm(reordering.bias, pixels, reordering.matrix)
            torch.add(pixels, query, out=pixels) if keep_input else pixels.copy_(query)
            finished(band.rows)

    workers.run(workers.parts(height), width, reorder_part, finished)


class _FFN:
    # Adds GDFN(LN(x)) to the rows of a map from ``first`` on, as they become known from the top down, one row behind
    # them. Unless they are the picture's first, the row above comes before them.

    def __init__(self, ffn: GatedFFN, feature_map: Tensor, first: int, rows: int, scratch: Scratch) -> None:
        width = feature_map.shape[1]
        self._ffn = ffn
        self._map = feature_map
        # The attention's last band is one row longer than what it was given.
        self._gate = _window(scratch, "gate", rows + 1, width, ffn.gate, top=first == 0)
        self._value = _window(scratch, "value", rows + 1, width, ffn.value, top=first == 0)
        self._done = first

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


def _widened(part: Band, by: int, height: int) -> Band:
    return Band(max(part.start - by, 0), min(part.stop + by, height), part.last)


def _sources(
    feature_map: Tensor, part: Band, above: Tensor | None, below: Tensor | None, rows: int
) -> Iterator[tuple[Tensor, Band]]:
    # The rows of a part in bands, with copies of what lies above and below it.
    if above is not None:
        yield above, Band(part.start - len(above), part.start, False)
    for band in bands(part, rows):
        yield feature_map[band.start : band.stop], band
    if below is not None:
        yield below, Band(part.stop, part.stop + len(below), False)


def _pieces(ready: Band, part: Band) -> Iterator[tuple[Band, bool]]:
    # Cut where a part begins and ends: what lies above, its own rows, and what lies below.
    below = Band(part.stop, max(part.stop, ready.stop), False)
    for limits, own in ((Band(0, part.start, False), False), (part, True), (below, False)):
        piece = ready.common(limits)
        if piece.rows:
            yield piece, own


def _window(scratch: Scratch, name: str, rows: int, width: int, branch: Branch, *, top: bool) -> Window:
    return Window(scratch, name, rows, width, branch.depthwise, branch.replicate, top)


def _into(norm: Norm, branch: Branch, pixels: Tensor, out: Tensor) -> None:
    torch.mm(norm(pixels), branch.matrix, out=out)
