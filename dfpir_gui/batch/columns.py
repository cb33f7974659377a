"""The widths of the table's columns, by their texts."""

from collections.abc import Iterable, Mapping
from enum import IntEnum

from dfpir_gui.settings.theme import GRID


class Column(IntEnum):
    """The columns of the table."""

    PHOTO = 0
    FOUND = 1
    STEPS = 2
    STATE = 3
    SECONDS = 4
    WARNINGS = 5
    REASON = 6


_NARROWEST = {
    Column.PHOTO: 18 * GRID,
    Column.FOUND: 9 * GRID,
    Column.STEPS: 10 * GRID,
    Column.STATE: 9 * GRID,
    Column.SECONDS: 9 * GRID,
    Column.WARNINGS: 11 * GRID,
    Column.REASON: 9 * GRID,
}
"""Widths down to which columns shrink so that all stay visible in a small window."""

_USUAL = {
    Column.PHOTO: 28 * GRID,
    Column.FOUND: 18 * GRID,
    Column.STEPS: 16 * GRID,
    Column.STATE: 14 * GRID,
    Column.SECONDS: 9 * GRID,
    Column.WARNINGS: 24 * GRID,
    Column.REASON: 24 * GRID,
}
"""Widths that all columns get before one gets more, if their texts need as much."""

_WIDEST = 48 * GRID
"""Of a column of :data:`_SHORT`; longer texts are broken into lines."""

_SHORT = (Column.PHOTO, Column.FOUND, Column.STEPS, Column.STATE, Column.SECONDS)
"""Columns that get as much as their texts need before the sentences of the others are given more."""

_LEFT_OUT_FIRST = Column.SECONDS
"""Left out where the columns would have to shrink."""


def column_widths(needed: Mapping[Column, int], available: int) -> dict[Column, int]:
    """Share a width among the columns.

    Args:
        needed: pixels in which the longest text of each column, and its heading, fit on one line.
        available: pixels for all together.

    Returns:
        Pixels of each column of ``needed``; a column that is to be hidden is left out. If nothing more is needed,
        their sum is less than ``available``. It is more only where the narrowest widths do not fit.
    """
    usual = {column: min(_USUAL[column], width) for column, width in needed.items()}
    if sum(usual.values()) > available:
        usual.pop(_LEFT_OUT_FIRST, None)
    widths = {column: min(_NARROWEST[column], width) for column, width in usual.items()}
    short = {column: min(needed[column], _WIDEST) for column in usual if column in _SHORT}
    for wanted in (usual, short, {column: needed[column] for column in usual if column not in _SHORT}):
        _grow(widths, wanted, available)
    return widths


def _grow(widths: dict[Column, int], wanted: Mapping[Column, int], available: int) -> None:
    """Enlarge widths to those wanted; if ``available`` pixels are too few, all by the same amount at most."""
    missing = {column: max(width - widths[column], 0) for column, width in wanted.items()}
    spare = max(available - sum(widths.values()), 0)
    for number, column in enumerate(sorted(missing, key=lambda column: missing[column])):
        added = min(missing[column], spare // (len(missing) - number))
        widths[column] += added
        spare -= added


class NeededWidths:
    """Collects what the texts of the columns need, in steps of the grid so that small differences change nothing."""

    def __init__(self) -> None:
        self._widths: dict[Column, int] = {}

    def clear(self) -> None:
        """Forget all texts."""
        self._widths.clear()

    def add(self, widths: Iterable[tuple[Column, int]]) -> bool:
        """Note the widths of texts, in pixels; returns whether a column needs more than before."""
        before = dict(self._widths)
        for column, width in widths:
            self._widths[column] = max(self._widths.get(column, 0), -(-width // GRID) * GRID)
        return self._widths != before

    def get(self, column: Column) -> int:
        """What the texts of a column need, in pixels; 0 without any."""
        return self._widths.get(column, 0)
