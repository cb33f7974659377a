"""Transformer blocks and DGPBs over a whole map, band by band and in place.

A block processes its map in two passes. The first gathers the sums over pixels that its attention needs; the second
applies the attention, now a C x C matrix, and the GDFN, whose depthwise convolution lags one row behind that of the
values. No expanded map is ever held for more than a band.

Several workers process parts of the rows. The rows of a neighbouring part that a part's first and last rows depend on
are computed by both: the first pass reads them from the map, the second, which overwrites the map, from copies. Sums
are added up band by band in an order of their own. So the result does not depend on the parts.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from core.inference.streaming.attention import ChannelSums, SumTree
from core.inference.streaming.bands import Band, RollingWindow, Scratch, flat
from core.inference.streaming.weights import AttentionBlock, Branch, GatedFFN, Reordering
from core.inference.streaming.workers import RowPart, RowsDone, RowWorkers


@dataclass(frozen=True)
class TileInterior:
    """The rectangle of a map that counts in the sums; a tile leaves the overlap to its neighbours."""

    top: int
    bottom: int
    left: int
    right: int

    def part_of(self, rows: Tensor, start: int) -> Tensor:
        """The interior of rows (n, W, C) that begin at row ``start``: (n', W', C), possibly empty."""
        inside = rows[max(self.top - start, 0) : max(self.bottom - start, 0)]
        return inside[:, self.left : self.right]

    def at_level(self, shrink: int) -> "TileInterior":
        """The same rectangle of a map ``shrink`` times smaller."""
        return TileInterior(self.top // shrink, self.bottom // shrink, self.left // shrink, self.right // shrink)


def gather(
    block: AttentionBlock,
    reordering: Reordering | None,
    feature_map: Tensor,
    sums: ChannelSums,
    interior: TileInterior,
    band_height: int,
    workers: RowWorkers,
    rows_done: RowsDone,
) -> None:
    """First pass: the sums over pixels that the attention needs.

    Args:
        block: its weights.
        reordering: DGCPM's, if it computes the query's input.
        feature_map: (H, W, C); not changed.
        sums: added to.
        interior: rows and columns that count.
        band_height: rows of a band.
        workers: share the rows.
        rows_done: called after each band.
    """
    height, width, channels = feature_map.shape

    def gather_part(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> SumTree:
        own = SumTree()
        window = _window(scratch, "attention", band_height, width, block.query_key, top=part.start == 0)
        top = 0
        if part.start:  # the last row of the band above is summed here, with the first ones of the part
            top = part.start - 1
            convolve(window, Band(top - 1, part.start, False))
        for band in part.bands():
            query_key = convolve(window, band)
            of_band = sums.empty()
            if query_key is not None:
                map_rows = query_key.view(-1, width, 2 * channels)
                of_band.add(interior.part_of(map_rows, top))
                top += len(map_rows)
            own.add(band.start // band_height, of_band)
            rows_done(band.rows)
        return own

    def convolve(window: RollingWindow, band: Band) -> Tensor | None:
        pixels = flat(feature_map[band.start : band.stop])
        into = window.fresh(band.rows)
        if block.query_norm is None:
            torch.mm(block.norm(pixels), block.query_key.matrix, out=into)
        else:
            query = torch.addmm(reordering.bias, pixels, reordering.matrix) if reordering else pixels  # Q
            matrix = block.query_key.matrix
            into[:, :channels] = block.query_norm(query) @ matrix[:, :channels]
            into[:, channels:] = block.norm(pixels) @ matrix[:, channels:]
        return window.convolve(band.rows, band.last)

    tree = SumTree()
    for own in workers.run(height, width, band_height, gather_part, rows_done):
        tree.update(own)
    sums.merge(tree.total())


def apply(
    block: AttentionBlock,
    attention_matrix: Tensor,
    feature_map: Tensor,
    residual: bool,
    band_height: int,
    workers: RowWorkers,
    rows_done: RowsDone,
) -> None:
    """Second pass, in place: attention with its matrix, then the GDFN.

    A Transformer block adds the attended values to its input and feeds the sum to the GDFN. A CAAPM feeds the attended
    values F_a alone to it, and only the DGPB around it may add the input.

    Args:
        block: its weights.
        attention_matrix: (C, C).
        feature_map: (H, W, C); overwritten by the result.
        residual: whether the input is added to the output; a Transformer block always adds it.
        band_height: rows of a band.
        workers: share the rows.
        rows_done: called after each band.
    """
    height, width, _ = feature_map.shape

    def apply_part(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> None:
        above = part.above
        values = _window(scratch, "attention", band_height, width, block.value, top=part.start == 0)
        ffn = _StreamedFFN(block.ffn, feature_map, part.start, band_height, scratch)
        attended_rows = part.start if above is None else part.start - 1
        for source, band in _sources(feature_map, part):
            torch.mm(block.norm(flat(source)), block.value.matrix, out=values.fresh(band.rows))
            convolved = values.convolve(band.rows, band.last)
            ready = Band(
                attended_rows, attended_rows + (0 if convolved is None else len(convolved) // width), band.last
            )
            for piece, own in _pieces(ready, part.taken):
                assert convolved is not None
                value = convolved[(piece.start - ready.start) * width : (piece.stop - ready.start) * width]
                if own:
                    target = flat(feature_map[piece.start : piece.stop])
                else:  # a neighbour's row, which the neighbour writes itself
                    copy = above if piece.start < part.start else part.below
                    assert copy is not None
                    target = flat(copy[-1:] if piece.start < part.start else copy[:1])
                if block.query_norm is None:
                    target.addmm_(value, attention_matrix)
                    ffn.advance(target, piece)
                else:
                    attended = value @ attention_matrix  # F_a
                    torch.add(target, attended, out=target) if residual else target.copy_(attended)
                    ffn.advance(attended, piece)
            attended_rows = ready.stop
            rows_done(band.common(part.taken).rows)

    workers.run(height, width, band_height, apply_part, rows_done, overwritten=feature_map)


def reorder(
    reordering: Reordering,
    feature_map: Tensor,
    residual: bool,
    band_height: int,
    workers: RowWorkers,
    rows_done: RowsDone,
) -> None:
    """A DGPB of DGCPM alone (an ablation), in place. Arguments as for :func:`apply`."""
    height, width, _ = feature_map.shape

    def reorder_part(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> None:
        for band in part.bands():
            pixels = flat(feature_map[band.start : band.stop])
            query = torch.addmm(reordering.bias, pixels, reordering.matrix)
            torch.add(pixels, query, out=pixels) if residual else pixels.copy_(query)
            rows_done(band.rows)

    workers.run(height, width, band_height, reorder_part, rows_done)


class _StreamedFFN:
    """Adds GDFN(LN(x)) to the rows of a map from ``first`` on, one row behind its input.

    Unless ``first`` is the map's first row, the row above it has to be passed first.
    """

    def __init__(self, ffn: GatedFFN, feature_map: Tensor, first: int, band_height: int, scratch: Scratch) -> None:
        width = feature_map.shape[1]
        self._ffn = ffn
        self._map = feature_map
        # The attention's last band is one row longer than its input.
        self._gate = _window(scratch, "gate", band_height + 1, width, ffn.gate, top=first == 0)
        self._value = _window(scratch, "value", band_height + 1, width, ffn.value, top=first == 0)
        self._done = first

    def advance(self, pixels: Tensor, band: Band) -> None:
        """Process the rows of ``band``, (n*W, C) before the norm; update the rows whose neighbours are now known."""
        normed = self._ffn.norm(pixels)
        torch.mm(normed, self._ffn.gate.matrix, out=self._gate.fresh(band.rows))
        torch.mm(normed, self._ffn.value.matrix, out=self._value.fresh(band.rows))
        del normed
        gate = self._gate.convolve(band.rows, band.last, "gelu")
        gated = self._value.convolve(band.rows, band.last, gate)
        if gated is not None:
            stop = self._done + len(gated) // self._map.shape[1]
            flat(self._map[self._done : stop]).addmm_(gated, self._ffn.out)
            self._done = stop


def _sources(feature_map: Tensor, part: RowPart) -> Iterator[tuple[Tensor, Band]]:
    # The rows of a part in bands, preceded and followed by the copies of its neighbours' rows.
    if part.above is not None:
        yield part.above, Band(part.start - len(part.above), part.start, False)
    for band in part.bands():
        yield feature_map[band.start : band.stop], band
    if part.below is not None:
        yield part.below, Band(part.end, part.end + len(part.below), False)


def _pieces(ready: Band, part: Band) -> Iterator[tuple[Band, bool]]:
    # Cut at the ends of a part: rows above it, its own rows, rows below it.
    below = Band(part.stop, max(part.stop, ready.stop), False)
    for limits, own in ((Band(0, part.start, False), False), (part, True), (below, False)):
        piece = ready.common(limits)
        if piece.rows:
            yield piece, own


def _window(scratch: Scratch, name: str, rows: int, width: int, branch: Branch, *, top: bool) -> RollingWindow:
    return RollingWindow(scratch, name, rows, width, branch.depthwise, branch.replicate, top)
