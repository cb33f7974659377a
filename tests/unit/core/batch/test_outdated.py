"""Earlier results that do not belong to the photo as it is now are marked as outdated."""

import csv
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.batch import Batch, BatchSettings, Layout, State, Summary
from core.batch.journal import known_rows
from core.batch.report import Report, write_report
from core.steps import Step

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig

HAZE = BatchSettings(steps=(Step("haze"),))


def run(
    source: Path, target: Path, config: "FakeConfig", settings: BatchSettings = HAZE, **options: object
) -> tuple[Summary, Report]:
    with Batch(Layout(source, target, **options), settings, config) as batch:  # type: ignore[arg-type]
        plan = batch.plan()
        summary = batch.run(plan)
        return summary, Report.from_plan(source, target, plan, summary, batch.journal.rows())


def listed(target: Path, path: str = "a.png") -> tuple[str, ...]:
    return known_rows(target)[path].outdated


def test_earlier_result_of_a_changed_photo_that_fails_is_kept_and_reported_as_outdated(
    source: Path, target: Path, make, config: "FakeConfig", tree, tmp_path: Path
) -> None:
    make("a.png"), make("b.png")
    run(source, target, config)
    before = tree(target)
    (source / "a.png").write_bytes(b"no photo any more")
    summary, report = run(source, target, config)
    assert tree(target) == before and listed(target) == ("a.png",) and listed(target, "b.png") == ()
    assert (summary.outdated, summary.failed, summary.exit_code, summary.adds_up) == (1, 1, 1, True)
    for name in ("r.csv", "r.json", "r.html"):
        write_report(report, tmp_path / name)
    with (tmp_path / "r.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [(row["source"], row["output"], row["out_of_date"]) for row in csv.DictReader(file)] == [
            ("a.png", "", "a.png"),
            ("b.png", "b.png", ""),
        ]
    content = json.loads((tmp_path / "r.json").read_text("utf-8"))
    assert content["summary"]["out_of_date"] == 1 and content["photos"][0]["out_of_date"] == ["a.png"]
    page = (tmp_path / "r.html").read_text("utf-8")
    assert "Out of date: a.png is of an earlier version" in page and "out of date: 1" in page
    summary, report = run(source, target, config)  # nothing to do, and still reported
    assert summary.outdated == 1 and report.records()[0]["out_of_date"] == ["a.png"]


def test_next_result_replaces_the_outdated_one(source: Path, target: Path, make, config: "FakeConfig", tree) -> None:
    make("a.png")
    run(source, target, config)
    (source / "a.png").write_bytes(b"?")
    run(source, target, config)
    make("a.png", side=40)
    summary, _ = run(source, target, config)
    assert set(tree(target)) == {"a.png"} and listed(target) == () and summary.outdated == 0
    assert known_rows(target)["a.png"].state is State.RESTORED


def test_removed_outdated_result_is_no_longer_reported(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("a.png")
    run(source, target, config)
    (source / "a.png").write_bytes(b"?")
    _, report = run(source, target, config)
    (target / "a.png").unlink()
    summary, report = run(source, target, config)
    assert summary.outdated == 0 and report.records()[0]["out_of_date"] == []


@pytest.mark.parametrize(
    ("settings", "state"), [(BatchSettings(threshold=0.95), State.REVIEW), (BatchSettings(clean="leave"), State.LEFT)]
)
def test_earlier_result_of_a_changed_photo_without_a_new_one_is_outdated(
    source: Path, target: Path, make, config: "FakeConfig", settings: BatchSettings, state: State
) -> None:
    make("a.png")
    run(source, target, config)
    make("a.png", side=40)
    summary, _ = run(source, target, config, settings)
    assert known_rows(target)["a.png"].state is state and listed(target) == ("a.png",) and summary.outdated == 1


def test_stopped_run_counts_outdated_results(source: Path, target: Path, make, config: "FakeConfig") -> None:
    from core.batch import Control

    make("a.png")
    run(source, target, config)
    make("a.png", side=40)
    control = Control()
    control.cancel()
    with Batch(Layout(source, target), HAZE, config) as batch:
        summary = batch.run(batch.plan(), control)
    assert summary.stopped and summary.outdated == 1 and listed(target) == ("a.png",)


def test_result_under_a_new_name_makes_the_earlier_one_outdated(
    source: Path, target: Path, make, config: "FakeConfig", tree
) -> None:
    make("a.png")
    run(source, target, config)
    summary, _ = run(source, target, config, format="webp")
    assert set(tree(target)) == {"a.png", "a.webp"} and listed(target) == ("a.png",) and summary.outdated == 1
    run(source, target, config, format="tiff")
    assert listed(target) == ("a.png", "a.webp")
    run(source, target, config)  # it is unknown whether a.png is unchanged, so it is not replaced
    assert listed(target) == ("a.png", "a.webp", "a.tif") and known_rows(target)["a.png"].output == "a-2.png"
