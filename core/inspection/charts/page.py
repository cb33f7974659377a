"""A folder of charts, and an HTML page with all of them in one file without external resources."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from core.errors import PhotoError
from core.inspection.charts.chart import FORMATS, Chart, FigureSize
from core.io.os_errors import write_failure
from core.io.output_files import write_output
from core.messages import message
from core.system.version import program_version

PAGE = "index.html"

_TEMPLATE = """\
<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title><style>
:root { color-scheme: light; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 1100px; margin: 2rem auto; padding: 0 1rem; color: #222;
       background: #fff; }
h1 { font-size: 1.6rem; }
h2 { font-size: 1.2rem; margin-top: 2.5rem; border-top: 1px solid #ddd; padding-top: 1rem; }
figure { margin: 1.5rem 0; }
img { max-width: 100%; height: auto; }
figcaption, p { max-width: 75ch; }
figcaption { color: #444; font-size: .95rem; }
.files { font-size: .85rem; color: #666; }
</style></head><body><h1>{{ title }}</h1>
{%- for fact in facts %}
<p>{{ fact }}</p>
{%- endfor %}
{%- for heading, figures in sections.items() %}
<h2>{{ heading }}</h2>
{%- for figure in figures %}
<figure><img alt="{{ figure.heading }}" src="data:image/png;base64,{{ figure.png }}"><figcaption>{{ figure.caption }}\
<div class="files">{{ figure.stem }}.png · .svg · .pdf · .csv · .npz</div></figcaption></figure>
{%- endfor %}
{%- endfor %}
<p class="files">dfpir {{ version }}</p></body></html>
"""


@dataclass(frozen=True)
class _Figure:
    """A chart on the page.

    Attributes:
        heading: title and subtitle.
        caption: what it shows.
        stem: path of its files within the folder, without a suffix.
        png: the picture in base64.
    """

    heading: str
    caption: str
    stem: str
    png: str


class Album:
    """A folder with charts as PNG, SVG, PDF, CSV and NPZ files, and an HTML page with all pictures.

    Args:
        folder: created if it does not exist.
        overwrite: whether files of an earlier album may be replaced.
        sources: photos from which charts are made. The files get no wider read permissions than these.
        size: of the pictures in print; by default as on the screen.

    Raises:
        PhotoError: the folder cannot be created, or has a page that may not be replaced.
    """

    def __init__(
        self,
        folder: Path,
        *,
        overwrite: bool = False,
        sources: Sequence[Path] = (),
        size: FigureSize | None = None,
    ) -> None:
        if (folder / PAGE).exists() and not overwrite:
            raise PhotoError(
                message("{file} already exists. Choose another folder, or allow overwriting.", file=folder / PAGE)
            )
        self.folder, self._overwrite, self._sources, self._size = folder, overwrite, tuple(sources), size
        self._sections: dict[str, list[_Figure]] = {}
        self._make(folder)

    def add(self, section: str, group: str, chart: Chart) -> None:
        """Save a chart and add it to the page.

        Args:
            section: heading of its section.
            group: folder within the album for its files.
            chart: the chart; it is not kept.

        Raises:
            PhotoError: a file cannot be written.
        """
        place = self.folder / group
        self._make(place)
        files = chart.render(*FORMATS, size=self._size)
        for suffix, data in files.items():
            write_output(data, place / f"{chart.name}{suffix}", self._overwrite, *self._sources)
        png = base64.b64encode(files[".png"]).decode()
        figure = _Figure(chart.heading, chart.caption, f"{group}/{chart.name}", png)
        self._sections.setdefault(section, []).append(figure)

    def finish(self, title: str, facts: Sequence[str]) -> Path:
        """Write the page.

        Args:
            title: its heading.
            facts: paragraphs below the heading: model, prompts, origin of the order.

        Raises:
            PhotoError: it cannot be written.
        """
        from jinja2 import Environment

        template = Environment(autoescape=True, keep_trailing_newline=True).from_string(_TEMPLATE)
        page = template.render(title=title, facts=facts, sections=self._sections, version=program_version())
        write_output(page.encode(), self.folder / PAGE, self._overwrite, *self._sources)
        return self.folder / PAGE

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PhotoError(write_failure(error, folder)) from error
