"""Reports as CSV, JSON and HTML."""

import csv
import html
import json
import os
import re
import stat
import struct
import sys
import time
import zlib
from html.parser import HTMLParser
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes

import cv2
import numpy as np
import psutil
import pytest

from core.batch import Batch, BatchSettings, Layout, Row, State, Summary
from core.batch.report import Report, thumbnail, write_report
from core.batch.scan import PassedOver
from core.errors import BatchError, Cancelled
from core.messages import verbatim
from core.progress import CancelToken

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig


@pytest.fixture
def report(source: Path, target: Path, config: "FakeConfig", make) -> Report:
    make("haze <b>.png", side=400), make("sub/clean.png")
    (source / "broken.png").write_bytes(b"?")
    config.found = {"haze <b>.png": ("haze",)}
    with Batch(Layout(source, target), BatchSettings(strength=0.5), config) as batch:
        plan = batch.plan()
        return Report.from_plan(source, target, plan, batch.run(plan), batch.journal.rows())


def test_json_lists_every_photo_and_its_counts_add_up(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path / "r.json")
    content = json.loads((tmp_path / "r.json").read_text("utf-8"))
    counts = content["summary"]
    assert counts["restored"] + counts["clean, copied"] + counts["failed"] == counts["total"] == 3
    photos = {photo["source"]: photo for photo in content["photos"]}
    assert photos["haze <b>.png"]["steps"] == "haze:0.5" and photos["haze <b>.png"]["confidence"] == 0.9
    assert "broken.png" in photos["broken.png"]["reason"] and photos["broken.png"]["output"] is None
    assert photos["sub/clean.png"]["state"] == "copied" and photos["sub/clean.png"]["output"] == "sub/clean.png"


def test_csv_lists_every_photo(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["source"], row["state"]) for row in rows} == {
        ("haze <b>.png", "restored"),
        ("sub/clean.png", "copied"),
        ("broken.png", "failed"),
    }


def test_page_shows_thumbnails_before_and_after(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path / "my report.html")
    text = (tmp_path / "my report.html").read_text("utf-8")
    assert "haze &lt;b&gt;.png" in text and "<b>" not in text and "photos in all</dt><dd>3</dd>" in text
    assert text.index("Failed</th>") < text.index("Clean</th>") < text.index("Haze</th>")
    pictures = re.findall(r'src="my%20report-files/([^"]+)"', text)
    assert len(pictures) == 4  # before and after of two photos; none of the broken one
    shapes = [cv2.imread(str(tmp_path / "my report-files" / name)).shape for name in pictures]
    assert all(max(shape) <= 160 for shape in shapes) and max(map(max, shapes)) == 160
    before, after = (cv2.imread(str(tmp_path / "my report-files" / name)) for name in pictures[2:])
    assert np.abs((255 - before.astype(int)) * 0.5 + before * 0.5 - after).mean() < 40


@pytest.mark.parametrize("name", ["r.pdf", "missing/r.csv"])
def test_report_that_cannot_be_written_is_refused(report: Report, tmp_path: Path, name: str) -> None:
    with pytest.raises(BatchError):
        write_report(report, tmp_path / name)


def odd(tmp_path: Path) -> Report:
    """Rows and files with names and texts that are special in spreadsheets, HTML or encodings."""
    rows = [
        Row(name, state=State.FAILED, error=verbatim(reason), seconds=-1.5, pixels=3).with_notes(
            ("@note", "Only the first was read.")
        )
        for name, reason in (
            ("=1+1.jpg", "+SUM(A1)"),
            ("-x.png", "\tleads"),
            (os.fsdecode(b"caf\xe9.jpg"), "\rleads"),
            ("plain.jpg", "a = b"),
        )
    ]
    animation = verbatim("It is a GIF animation, which cannot be restored.")
    over = [PassedOver("=gif", animation), PassedOver("\udce9", verbatim("-"))]
    unreadable = [os.fsdecode(b"f\xe9: Permission denied")]
    summary = Summary(4, unreadable=unreadable, passed_over=over)
    summary.counts[State.FAILED] = 4
    return Report(tmp_path / os.fsdecode(b"s\xe9"), tmp_path / "out", summary, rows, {})


def test_csv_cells_are_no_formulas_and_numbers_stay_numbers(tmp_path: Path) -> None:
    write_report(odd(tmp_path), tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    cells = [cell for row in rows for cell in row.values()]
    assert [cell for cell in cells if cell[:1] in ("=", "+", "-", "@", "\t", "\r") and cell != "-1.5"] == []
    assert [row["source"] for row in rows] == ["'=1+1.jpg", "'-x.png", "caf\ufffd.jpg", "plain.jpg", "'=gif", "\ufffd"]
    assert rows[0]["reason"] == "'+SUM(A1)" and rows[3]["reason"] == "a = b" and rows[0]["seconds"] == "-1.5"
    assert rows[0]["notes"] == "'@note; Only the first was read."
    assert rows[4]["state"] == "passed over" and rows[4]["reason"].startswith("It is a GIF")


def test_json_and_page_accept_any_name_and_list_notes_and_passed_over_pictures(tmp_path: Path) -> None:
    report = odd(tmp_path)
    (tmp_path / "s").mkdir()
    write_report(report, tmp_path / "r.json")
    content = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert content["photos"][0]["notes"] == ["@note", "Only the first was read."]
    assert content["passed_over"][0]["source"] == "=gif" and content["summary"]["passed over"] == 2
    page = tmp_path / os.fsdecode(b"p\xe9ge.html")
    write_report(report, page)
    text = page.read_text("utf-8")
    assert "caf\ufffd.jpg" in text and "Only the first was read." in text and "GIF animation" in text
    assert "passed over, not counted below</dt><dd>2</dd>" in text and "f?: Permission denied" in text


def test_thumbnails_of_a_page_whose_name_is_not_valid_text_are_found(
    report: Report, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = tmp_path / os.fsdecode(b"p\xe9ge.html")
    write_report(report, page)
    pictures = re.findall(r'src="([^"]+)"', page.read_text("utf-8"))
    assert len(pictures) == 4 and pictures[0].startswith("p%E9ge-files/")
    assert all((tmp_path / os.fsdecode(unquote_to_bytes(name))).is_file() for name in pictures)


def test_cancelled_report_leaves_the_earlier_one(report: Report, tmp_path: Path) -> None:
    file, cancel, shares = tmp_path / "r.html", CancelToken(), []
    file.write_text("earlier")

    def progress(share: float) -> None:
        shares.append(share)
        cancel.cancel()

    with pytest.raises(Cancelled):
        write_report(report, file, progress=progress, cancel=cancel)
    assert file.read_text() == "earlier" and shares
    shares.clear()
    write_report(report, file, progress=shares.append)
    assert shares[-1] == 1.0 and all(0 < share <= 1 for share in shares)


def hostile(name: str) -> bytes:
    """Files that take a decoder much time or memory."""
    if name == "svg.jpg":  # every use doubles the drawing
        uses = "".join(f'<g id="g{n}"><use href="#g{n - 1}"/><use href="#g{n - 1}"/></g>' for n in range(1, 30))
        return f'<svg xmlns="http://www.w3.org/2000/svg"><rect id="g0" width="9" height="9"/>{uses}</svg>'.encode()

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    side = 22000  # with Adam7 the whole picture, 1.4 GB, would be in memory
    packer = zlib.compressobj(9)
    rows = b"".join(packer.compress(bytes(3 * side)) for _ in range(9)) + packer.flush()
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 1))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("name", ["svg.jpg", "interlaced.png"])
def test_thumbnails_of_hostile_files_take_little_time_and_memory(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / name).write_bytes(hostile(name))
    before = psutil.Process().memory_info().rss
    begun = time.process_time()
    assert thumbnail(tmp_path / name, 160) is None
    assert time.process_time() - begun < 5 and psutil.Process().memory_info().rss - before < 300 * 2**20


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_thumbnails_of_private_photos_are_private(report: Report, source: Path, tmp_path: Path) -> None:
    def modes() -> list[int]:
        text = (tmp_path / "r.html").read_text("utf-8")
        pictures = [tmp_path / name for name in re.findall(r'src="([^"]+)"', text)]
        return sorted(stat.S_IMODE(picture.stat().st_mode) for picture in pictures)

    write_report(report, tmp_path / "r.html")
    assert modes() == [0o644] * 4
    (source / "haze <b>.png").chmod(0o600)
    write_report(report, tmp_path / "r.html")
    assert modes() == [0o600, 0o600, 0o644, 0o644]
    assert [file.name for file in (tmp_path / "r-files").iterdir() if file.name.startswith(".")] == []


@pytest.mark.parametrize("parting", [",", ";", "\t"])
def test_no_cell_is_a_formula_with_any_separator(tmp_path: Path, parting: str) -> None:
    names = ["a;=1+1.jpg", "a\t@b.jpg", ";-1.jpg", "a\n+1.jpg", "＝a;＝b.jpg", "a-b=c.jpg", "\t\t=x.jpg"]
    rows = [Row(name, state=State.FAILED, error=verbatim("no = sign")) for name in names]
    report = Report(tmp_path / "s", tmp_path / "out", Summary(len(rows)), rows, {})
    write_report(report, tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        cells = [cell for row in csv.reader(file, delimiter=parting) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "＝", "\r"))] == []
    assert "a-b=c.jpg" in "".join(cells)


class TagCollector(HTMLParser):
    """Names of all elements and attributes of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}


@pytest.mark.parametrize(
    "text", ["<script>alert(1)</script>", "\"><img src=x onerror='y'>", "{{ 7 * 6 }}", "</table>&lt;"]
)
def test_page_shows_any_text_as_text(tmp_path: Path, text: str) -> None:
    message = verbatim(text)
    row = Row(text, state=State.FAILED, device=text, error=message, outdated=(text,)).with_notes((text,))
    summary = Summary(1, unreadable=[text], passed_over=[PassedOver(text, message)], outdated=1)
    name = text.replace("/", "")
    report = Report(tmp_path / name, tmp_path / name, summary, [row], {})
    write_report(report, tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text("utf-8")
    tags = TagCollector()
    tags.feed(page)
    assert tags.found <= {
        *("html", "lang", "meta", "charset", "title", "style", "h1", "h2", "dl", "dt", "dd", "p", "table", "thead"),
        *("tbody", "tr", "class", "th", "colspan", "td", "br"),
    }
    assert page.count(html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")) >= 6
