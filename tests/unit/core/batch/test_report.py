"""What reports tell."""

import csv
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from core.batch import Batch, Layout, Treatment
from core.batch.report import Report, write_report
from core.errors import BatchError

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeMachine


@pytest.fixture
def report(source: Path, target: Path, machine: "FakeMachine", make) -> Report:
    make("haze <b>.png", side=400), make("sub/clean.png")
    (source / "broken.png").write_bytes(b"?")
    machine.found = {"haze <b>.png": ("haze",)}
    with Batch(Layout(source, target), Treatment(strength=0.5), machine) as batch:
        plan = batch.plan()
        return Report.of(source, target, plan, batch.run(plan), batch.journal.rows())


def test_json_counts_add_up_and_every_photo_is_there(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path / "r.json")
    told = json.loads((tmp_path / "r.json").read_text("utf-8"))
    counts = told["summary"]
    assert counts["restored"] + counts["clean, copied"] + counts["failed"] == counts["total"] == 3
    photos = {photo["source"]: photo for photo in told["photos"]}
    assert photos["haze <b>.png"]["steps"] == "haze:0.5" and photos["haze <b>.png"]["confidence"] == 0.9
    assert "broken.png" in photos["broken.png"]["reason"] and photos["broken.png"]["output"] is None
    assert photos["sub/clean.png"]["state"] == "copied" and photos["sub/clean.png"]["output"] == "sub/clean.png"


def test_csv_is_what_a_spreadsheet_reads(report: Report, tmp_path: Path) -> None:
    write_report(report, tmp_path / "r.csv")
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {(row["source"], row["state"]) for row in rows} == {
        ("haze <b>.png", "restored"),
        ("sub/clean.png", "copied"),
        ("broken.png", "failed"),
    }


def test_page_shows_small_pictures_of_before_and_after(report: Report, tmp_path: Path) -> None:
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
