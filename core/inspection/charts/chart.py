"""A chart: picture, caption and data. Drawn on matplotlib's Figure objects, so that no display is needed."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.inspection.labels import prompt_label
from core.inspection.region import Region
from core.io.output_files import write_output
from core.messages import Message, message

if TYPE_CHECKING:  # slow to import; needed only when a chart is exported
    from matplotlib.axes import Axes
    from matplotlib.colorbar import Colorbar
    from matplotlib.figure import Figure

PICTURES = (".png", ".svg", ".pdf")
"""Suffixes of the formats that are pictures; the others are data."""

FORMATS = (*PICTURES, ".csv", ".npz")
"""Suffixes of the formats in which a chart can be saved."""

DPI = 110
_FONT_SIZE = 9.0
_SMALLEST_FONT = 5.0
_MM_PER_INCH = 25.4
_MARGIN = 0.015
"""Share of width and height that is left free on each side of a figure."""


@dataclass(frozen=True)
class FigureSize:
    """Size of a picture for print. Its height follows from the proportions of the chart.

    Attributes:
        width: millimetres, 40 to 1200.
        dpi: resolution of PNG files and of pictures within the others, 50 to 1200.

    Raises:
        ValueError: one is out of range.
    """

    width: float
    dpi: int = 300

    def __post_init__(self) -> None:
        if not 40 <= self.width <= 1200:
            raise ValueError(f"a figure is 40 to 1200 mm wide, not {self.width:g}")
        if not 50 <= self.dpi <= 1200:
            raise ValueError(f"a figure has 50 to 1200 dpi, not {self.dpi}")


FIGURE_SIZES: Mapping[str, FigureSize] = {
    "column": FigureSize(85),
    "page": FigureSize(180),
    "landscape": FigureSize(260),
    "poster": FigureSize(500),
}
"""Usual sizes: one column of a journal, its full width, a landscape page, and a poster."""

_STYLE: Any = {
    "font.size": _FONT_SIZE,
    "axes.titlesize": _FONT_SIZE,
    "figure.titlesize": 11.0,
    "axes.titlepad": 6.0,
    "axes.labelpad": 4.0,
    "axes.linewidth": 0.8,
    "xtick.major.pad": 3.5,
    "ytick.major.pad": 3.5,
    "xtick.major.size": 3.5,
    "ytick.major.size": 3.5,
    "figure.constrained_layout.w_pad": 0.04167,
    "figure.constrained_layout.h_pad": 0.04167,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "svg.fonttype": "none",  # text stays text
    "svg.hashsalt": "dfpir",  # the same chart is the same file
    "pdf.fonttype": 42,  # text stays text here as well
}


@dataclass(frozen=True)
class Layout:
    """An arrangement of a chart for narrow figures: fewer plots side by side.

    Attributes:
        size: width and height in inches.
        draw: draws it on an empty figure.
    """

    size: tuple[float, float]
    draw: Callable[[Figure], None]


_SCALED = frozenset(name for name, value in _STYLE.items() if isinstance(value, float))
"""Sizes in the style that shrink with the figure."""


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
        subtitle: what it was computed of: photo, region, prompt and model, as far as they matter; or None.
        narrow: arrangements for widths in which the text would need more space than the plots, the widest first.
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
    narrow: tuple[Layout, ...] = ()

    @property
    def heading(self) -> str:
        """Title and subtitle in English, on two lines."""
        return str(self.title) if self.subtitle is None else f"{self.title}\n{self.subtitle}"

    def render(self, *suffixes: str, size: FigureSize | None = None) -> dict[str, bytes]:
        """Return the bytes of the chart's files by their suffixes.

        Args:
            suffixes: suffixes of :data:`FORMATS`; the first three are pictures, the others data.
            size: of the pictures in print; by default as on the screen.

        Raises:
            ValueError: a suffix is none of them.
        """
        if unknown := set(suffixes) - set(FORMATS):
            raise ValueError(f"a chart cannot be saved as {unknown.pop()!r}; must be one of {FORMATS}")
        files = self._pictures([suffix for suffix in suffixes if suffix in PICTURES], size)
        for suffix in suffixes:
            if suffix not in PICTURES:
                files[suffix] = self._table() if suffix == ".csv" else self._archive()
        return files

    def layout_for(self, size: FigureSize | None) -> tuple[Layout, float]:
        """Return the arrangement for a size in print, or as on the screen, and the factor by which it is drawn larger.

        It is the first one whose text is not too small, or else the last one.
        """
        layouts = (Layout(self.size, self.draw), *self.narrow)
        if size is None:
            return layouts[0], 1.0
        scales = [size.width / _MM_PER_INCH / layout.size[0] for layout in layouts]
        fitting = (number for number, scale in enumerate(scales) if scale >= _SMALLEST_FONT / _FONT_SIZE)
        chosen = next(fitting, len(layouts) - 1)
        return layouts[chosen], scales[chosen]

    def _pictures(self, suffixes: Sequence[str], size: FigureSize | None) -> dict[str, bytes]:
        files: dict[str, bytes] = {}
        if not suffixes:
            return files
        from matplotlib import rc_context
        from matplotlib.figure import Figure

        layout, scale = self.layout_for(size)
        dpi = DPI if size is None else size.dpi
        # Text keeps its size in print, but shrinks with figures that are narrower than on the screen: it would overlap.
        text = min(scale, 1.0)
        style = _STYLE | {name: value * text for name, value in _STYLE.items() if name in _SCALED}
        style["font.family"] = _fonts()
        with rc_context(style):
            width, height = layout.size
            figure = Figure(figsize=(width * scale, height * scale))
            # The layout does not know the overhang of numbers at the ends of axes exactly.
            figure.set_layout_engine("constrained", rect=(_MARGIN, _MARGIN, 1 - 2 * _MARGIN, 1 - 2 * _MARGIN))
            figure.suptitle(_wrapped(self.heading, width * scale, _STYLE["figure.titlesize"] * text))
            layout.draw(figure)
            for suffix in suffixes:
                buffer = io.BytesIO()
                metadata = {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix)
                figure.savefig(buffer, format=suffix[1:], dpi=dpi, metadata=metadata)
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

    def save(
        self, path: Path, *, overwrite: bool = False, source: Path | None = None, size: FigureSize | None = None
    ) -> Path:
        """Write the chart to ``path``, whose suffix determines the format; ``size`` is that of a picture in print.

        If it was made from a photo ``source``, the file gets no wider read permissions than that photo.

        Raises:
            PhotoError: the file exists and may not be replaced, or cannot be written.
            ValueError: the suffix is not in :data:`FORMATS`.
        """
        suffix = path.suffix.lower()
        write_output(self.render(suffix, size=size)[suffix], path, overwrite, source)
        return path


_CHINESE_FONTS = (
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "Microsoft YaHei",
    "SimHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "Noto Sans CJK JP",
    "Arial Unicode MS",
)
"""Families with Chinese characters on usual systems, for the names of photos and folders."""


def _fonts() -> list[str]:
    """The font of charts and, for the characters that it lacks, a Chinese one if there is any."""
    from matplotlib import font_manager

    installed = {font.name for font in font_manager.fontManager.ttflist}
    return ["DejaVu Sans", *[name for name in _CHINESE_FONTS if name in installed][:1]]


def _wrapped(text: str, width: float, size: float) -> str:
    """Break the lines of a title of ``size`` points where they would not fit into ``width`` inches."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    fonts = FontProperties()

    def fits(line: str) -> bool:
        return (
            TextPath((0, 0), line.replace("$", r"\$"), size=size, prop=fonts).get_extents().width
            <= (0.95 * width - 0.1) * 72
        )

    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if line and not fits(longer):
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return "\n".join(lines)


def number_text(value: float, form: str) -> str:
    """Format a number with a true minus sign, and without a sign if it is rounded to zero: ``"−0.05"``, ``"0.00"``."""
    text = format(value, form)
    return (text.lstrip("+-") if float(text) == 0 else text).replace("-", "−")


def small(points: float) -> float:
    """Font size of a text that has ``points`` points on the screen; called while a chart is drawn."""
    from matplotlib import rcParams

    return points / _FONT_SIZE * float(rcParams["font.size"])


def subtitle(photo: str, region: Region | Message, prompt: str | None, model: str = "") -> Message:
    """Make the subtitle of a chart that depends on a photo.

    Args:
        photo: its name.
        region: the inspected region, or its description.
        prompt: key of the prompt, or None if the chart compares several.
        model: name of the model; empty leaves it out.
    """
    parts = {"name": photo, "region": region.description if isinstance(region, Region) else region}
    if prompt is None:
        return message("{name}, {region}, model {model}", model=model, **parts)
    parts["prompt"] = prompt_label(prompt)
    if not model:
        return message("{name}, {region}, prompt {prompt}", **parts)
    return message("{name}, {region}, prompt {prompt}, model {model}", model=model, **parts)


def pair_subtitle(
    first: tuple[str, Region | Message], second: tuple[str, Region | Message], prompt: str, model: str
) -> Message:
    """Make the subtitle of a chart that compares two photos, by their names and regions; see :func:`subtitle`."""
    (one, region), (two, other) = first, second
    return message(
        "{first}, {first_region}; {second}, {second_region}; prompt {prompt}, model {model}",
        first=one,
        first_region=region.description if isinstance(region, Region) else region,
        second=two,
        second_region=other.description if isinstance(other, Region) else other,
        prompt=prompt_label(prompt),
        model=model,
    )


def folder_subtitle(folder: str, model: str) -> Message:
    """Make the subtitle of a chart of the photos of a folder, by the names of the folder and of the model."""
    return message("folder {folder}, model {model}", folder=folder, model=model)


def model_subtitle(model: str) -> Message:
    """Make the subtitle of a chart that depends only on the model, by its name."""
    return message("model {model}", model=model)


def plain(axes: Axes) -> None:
    """Remove ticks and frame of a picture."""
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def heatmap(
    figure: Figure,
    axes: Axes,
    values: NDArray[Any],
    colours: str,
    levels: tuple[float, float],
    steps: int = 0,
    *,
    bar: str | None = None,
    beside: Sequence[Axes] | None = None,
) -> None:
    """Draw a matrix as a picture; with ``bar``, a colour bar with that label right of ``beside`` or ``axes``.

    With ``steps`` there are only so many values, evenly between the ``levels``, and as many colours.
    """
    from matplotlib import colormaps

    low, high = levels
    colour_map = colormaps[colours].resampled(steps) if steps else colormaps[colours]
    image = axes.imshow(values, cmap=colour_map, vmin=low, vmax=high, interpolation="nearest", aspect="auto")
    axes.spines[:].set_visible(False)
    if bar is not None:
        made = figure.colorbar(image, ax=beside or axes, label=bar, shrink=0.9)
        if steps:
            label_steps(made, levels, steps)


def label_steps(bar: Colorbar, levels: tuple[float, float], steps: int) -> None:
    """Label the parts of a colour bar with so many colours by the values that they stand for."""
    low, high = levels
    width = (high - low) / steps
    labels = [number_text(value, "g") for value in np.linspace(low, high, steps).tolist()]
    bar.set_ticks([low + (number + 0.5) * width for number in range(steps)], labels=labels)


def extent(values: NDArray[Any]) -> float:
    """Return the largest absolute value, or 1 if all are 0: symmetric limits for differences."""
    return float(np.abs(values).max()) or 1.0


def entries(values: NDArray[Any]) -> Iterator[tuple[int, ...]]:
    """Iterate over all indices of an array, the last one fastest."""
    return np.ndindex(*values.shape)
