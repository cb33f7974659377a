"""A chart: picture, caption and data. Drawn on matplotlib's Figure objects, so that no display is needed."""

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

from core.inspection.labels import prompt_label
from core.inspection.region import Region
from core.io.output_files import write_output
from core.messages import Message, message

PICTURES = (".png", ".svg")
"""Suffixes of the formats that are pictures; the others are data."""

FORMATS = (*PICTURES, ".csv", ".npz")
"""Suffixes of the formats in which a chart can be saved."""

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
    """A chart that can be shown or saved. Saved files are in English.

    Attributes:
        name: name of its files without a suffix, e.g. ``"latent-order"``.
        title: its title.
        caption: what it shows and what it does not show, in sentences.
        draw: draws it on an empty figure.
        size: width and height in inches.
        columns: headings of the table.
        rows: rows of the table, with one value per column.
        arrays: the data as arrays, possibly in more detail.
        subtitle: photo, region and prompt, or None if it does not depend on a photo.
    """

    name: str
    title: Message
    caption: Message
    draw: Callable[[Figure], None]
    size: tuple[float, float]
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Sequence[Any]]]
    arrays: Mapping[str, NDArray[Any]] = field(default_factory=dict)
    subtitle: Message | None = None

    @property
    def heading(self) -> str:
        """Title and subtitle in English, on two lines."""
        return str(self.title) if self.subtitle is None else f"{self.title}\n{self.subtitle}"

    def render(self, *suffixes: str) -> dict[str, bytes]:
        """Return the bytes of the chart's files by their suffixes.

        Args:
            suffixes: suffixes of :data:`FORMATS`; the first two are pictures, the others data.

        Raises:
            ValueError: a suffix is none of them.
        """
        if unknown := set(suffixes) - set(FORMATS):
            raise ValueError(f"a chart cannot be saved as {unknown.pop()!r}; must be one of {FORMATS}")
        files = self._pictures([suffix for suffix in suffixes if suffix in PICTURES])
        for suffix in suffixes:
            if suffix not in PICTURES:
                files[suffix] = self._table() if suffix == ".csv" else self._archive()
        return files

    def _pictures(self, suffixes: Sequence[str]) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        if not suffixes:
            return files
        with rc_context(_STYLE):
            figure = Figure(figsize=self.size, layout="constrained")
            figure.suptitle(self.heading)
            self.draw(figure)
            for suffix in suffixes:
                buffer = io.BytesIO()
                metadata = {"Date": None} if suffix == ".svg" else None
                figure.savefig(buffer, format=suffix[1:], dpi=DPI, metadata=metadata)
                files[suffix] = buffer.getvalue()
                figure.set_layout_engine("none")  # the slow layout is done; the next format reuses it
        return files

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
        """Write the chart to ``path``, whose suffix determines the format.

        If it was made from a photo ``source``, the file gets no wider read permissions than that photo.

        Raises:
            PhotoError: the file exists and may not be replaced, or cannot be written.
            ValueError: the suffix is not in :data:`FORMATS`.
        """
        suffix = path.suffix.lower()
        write_output(self.render(suffix)[suffix], path, overwrite, source)
        return path


def subtitle(photo: str, region: Region, prompt: str) -> Message:
    """Make the subtitle of a chart: name of the photo, region, and prompt by its key."""
    return message(
        "{name}, {region}, prompt {prompt}", name=photo, region=region.description, prompt=prompt_label(prompt)
    )


def plain(axes: Axes) -> None:
    """Remove ticks and frame of a picture."""
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
    """Draw a matrix as a picture; with ``bar``, a colour bar with that label right of ``beside`` or ``axes``."""
    image = axes.imshow(values, cmap=colours, vmin=low, vmax=high, interpolation="nearest", aspect="auto")
    axes.spines[:].set_visible(False)
    if bar is not None:
        figure.colorbar(image, ax=beside or axes, label=bar, shrink=0.9)


def extent(values: NDArray[Any]) -> float:
    """Return the largest absolute value, or 1 if all are 0: symmetric limits for differences."""
    return float(np.abs(values).max()) or 1.0


def entries(values: NDArray[Any]) -> Iterator[tuple[int, ...]]:
    """Iterate over all indices of an array, the last one fastest."""
    return np.ndindex(*values.shape)
