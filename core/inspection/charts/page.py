"""A folder of charts, and a page with all of them that opens in a browser: one file, nothing fetched."""

import base64
from collections.abc import Sequence
from html import escape
from pathlib import Path

from core.errors import PhotoError
from core.inspection.charts.chart import FORMATS, Chart
from core.io.os_errors import write_failure
from core.io.output_files import write_output
from core.system.version import program_version

PAGE = "index.html"

_STYLE = """
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
"""


class Album:
    """Charts in a folder, each as PNG, SVG, CSV and NPZ, and a page with their pictures inside.

    Args:
        folder: made if it does not exist.
        overwrite: whether files of an earlier album may be replaced.
        sources: photos that charts are made from. The files are readable by nobody who could not read these.

    Raises:
        PhotoError: the folder cannot be made, or it holds a page that may not be replaced.
    """

    def __init__(self, folder: Path, *, overwrite: bool = False, sources: Sequence[Path] = ()) -> None:
        if (folder / PAGE).exists() and not overwrite:
            raise PhotoError(f"{folder / PAGE} already exists. Choose another folder, or allow overwriting.")
        self.folder, self._overwrite, self._sources = folder, overwrite, tuple(sources)
        self._sections: dict[str, list[str]] = {}
        self._make(folder)

    def add(self, section: str, group: str, chart: Chart) -> None:
        """Save a chart and put it on the page.

        Args:
            section: heading that it stands under.
            group: folder within the album for its files.
            chart: what to save; it is not kept.

        Raises:
            PhotoError: a file cannot be written.
        """
        place = self.folder / group
        self._make(place)
        files = chart.render(*FORMATS)
        for suffix, data in files.items():
            write_output(data, place / f"{chart.name}{suffix}", self._overwrite, *self._sources)
        self._sections.setdefault(section, []).append(_figure(f"{group}/{chart.name}", chart, files[".png"]))

    def finish(self, title: str, facts: Sequence[str]) -> Path:
        """Write the page.

        Args:
            title: its heading.
            facts: paragraphs below it: model, prompts, what decides the order.

        Raises:
            PhotoError: it cannot be written.
        """
        parts = [
            '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><h1>{escape(title)}</h1>",
            *(f"<p>{escape(fact)}</p>" for fact in facts),
        ]
        for heading, figures in self._sections.items():
            parts += [f"<h2>{escape(heading)}</h2>", *figures]
        parts.append(f'<p class="files">dfpir {escape(program_version())}</p></body></html>\n')
        write_output("\n".join(parts).encode(), self.folder / PAGE, self._overwrite, *self._sources)
        return self.folder / PAGE

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise PhotoError(write_failure(error, folder)) from error


def _figure(stem: str, chart: Chart, png: bytes) -> str:
    picture = base64.b64encode(png).decode()
    return (
        f'<figure><img alt="{escape(chart.title)}" src="data:image/png;base64,{picture}">'
        f"<figcaption>{escape(chart.words)}"
        f'<div class="files">{escape(stem)}.png · .svg · .csv · .npz</div></figcaption></figure>'
    )
