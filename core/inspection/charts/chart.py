"""One chart: its picture, its words and its numbers. matplotlib's Figure objects only, so no display is needed."""

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from core.io.output_files import write_output

PICTURES = (".png", ".svg")
FORMATS = (*PICTURES, ".csv", ".npz")
"""What a chart can be saved as."""

DPI = 110
_STYLE: Any = {
    "font.size": 9,
    "axes.titlesize": 9,
    "figure.titlesize": 11,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "dfpir",  # the same chart is the same file
}


@dataclass(frozen=True, eq=False)
class Chart:
    """A chart that can be shown or saved.

    Attributes:
        name: of its files, without a suffix: ``"latent-order"``.
        title: what it is.
        words: what it shows and what it does not, in whole sentences.
        draw: fills an empty figure.
        size: width and height in inches.
        columns: heads of the table.
        rows: the table; each row has as many values as there are columns.
        arrays: the same data, or more of it, as arrays.
    """

    name: str
    title: str
    words: str
    draw: Callable[[Figure], None]
    size: tuple[float, float]
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Sequence[Any]]]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)

    def render(self, *suffixes: str) -> dict[str, bytes]:
        """The chart as files' bytes, by their suffixes.

        Args:
            suffixes: of :data:`FORMATS`; pictures for the first two, data for the others.

        Raises:
            ValueError: another suffix.
        """
        if unknown := set(suffixes) - set(FORMATS):
            raise ValueError(f"a chart cannot be saved as {unknown.pop()!r}; wanted one of {FORMATS}")
        made = self._pictures([suffix for suffix in suffixes if suffix in PICTURES])
        for suffix in suffixes:
            if suffix not in PICTURES:
                made[suffix] = self._table() if suffix == ".csv" else self._archive()
        return made

    def _pictures(self, suffixes: Sequence[str]) -> dict[str, bytes]:
        made: dict[str, bytes] = {}
        if not suffixes:
            return made
        with rc_context(_STYLE):
            figure = Figure(figsize=self.size, layout="constrained")
            figure.suptitle(self.title)
            self.draw(figure)
            for suffix in suffixes:
                buffer = io.BytesIO()
                metadata = {"Date": None} if suffix == ".svg" else None
                figure.savefig(buffer, format=suffix[1:], dpi=DPI, metadata=metadata)
                made[suffix] = buffer.getvalue()
                figure.set_layout_engine("none")  # what takes longest is done; the next format keeps the places
        return made

    def _table(self) -> bytes:
        text = io.StringIO(newline="")
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows(self.rows())
        return text.getvalue().encode()

    def _archive(self) -> bytes:
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **dict(self.arrays))
        return buffer.getvalue()

    def save(self, path: Path, *, overwrite: bool = False, source: Path | None = None) -> Path:
        """Write the chart to ``path``, whose suffix decides what of it.

        What is made from ``source``, a photo, is readable by nobody who could not read that.

        Raises:
            PhotoError: the file exists and may not be replaced, or cannot be written.
            ValueError: the suffix is none of :data:`FORMATS`.
        """
        suffix = path.suffix.lower()
        write_output(self.render(suffix)[suffix], path, overwrite, source)
        return path


def plain(axes: Axes) -> None:
    """Take ticks and frame from a picture."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def heatmap(
    figure: Figure,
    axes: Axes,
    values: NDArray[Any],
    *,
    colours: str,
    low: float,
    high: float,
    bar: str | None = None,
    beside: Sequence[Axes] | None = None,
) -> None:
    """A matrix as a picture, with a colour bar called ``bar``, if it has a name, right of ``beside`` or ``axes``."""
    image = axes.imshow(values, cmap=colours, vmin=low, vmax=high, interpolation="nearest", aspect="auto")
    axes.spines[:].set_visible(False)
    if bar is not None:
        figure.colorbar(image, ax=beside or axes, label=bar, shrink=0.9)


def extent(values: NDArray[Any]) -> float:
    """The largest absolute value, or 1 where all are 0: symmetric limits for differences."""
    return float(np.abs(values).max()) or 1.0


def entries(values: NDArray[Any]) -> Iterator[tuple[int, ...]]:
    """All indices of an array, the last running fastest."""
    return np.ndindex(*values.shape)
