"""Results that may be worse than their photos: warned of, or left for the user's decision."""

import csv
import errno
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from core.batch import Batch, BatchSettings, Control, Layout, State, Summary
from core.batch.batch import Decision
from core.batch.journal import known_rows
from core.batch.kept_pixels import pixels_beside
from core.batch.report import Report, write_report
from core.batch.results import REVIEW as REVIEW_FOLDER
from core.batch.results import withheld_file
from core.errors import PhotoError
from core.quality.limits import LIMITS
from core.steps import Step

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig

WRITE = BatchSettings(steps=(Step("haze"),))
REVIEW = replace(WRITE, review_harm=True)


@pytest.fixture
def photos(source: Path) -> None:
    """The negative, which the stand-in for the network makes, is darker than the first one and like the second one."""
    for name, grey in (("harmed.png", 138), ("fine.png", 128)):
        cv2.imwrite(str(source / name), np.full((60, 80, 3), grey, np.uint8))


@pytest.fixture
def run(
    source: Path, target: Path, config: "FakeConfig", photos: None
) -> Callable[[BatchSettings, Decision | None], Summary]:
    def carry_out(settings: BatchSettings, decision: Decision | None = None) -> Summary:
        with Batch(Layout(source, target), settings, config) as batch:
            if decision is not None:
                batch.decide(["harmed.png", "fine.png", "unknown.png"], decision)
            return batch.run(batch.plan())

    return carry_out


def level(file: Path) -> int:
    return int(cv2.imread(str(file))[30, 40, 0])


def test_a_harmful_result_is_written_with_a_warning(run, target: Path) -> None:
    assert run(WRITE).lines == [("restored", 2)]
    rows = known_rows(target)
    assert rows["fine.png"].warnings == () and rows["fine.png"].suggested is None
    (warning,) = rows["harmed.png"].warnings
    (step,) = rows["harmed.png"].suggested
    assert step.degradation == "haze" and 0.3 <= step.strength < 1
    assert warning == f"Dull: nothing is bright any more: try {100 * step.strength:.0f} %."
    assert not rows["harmed.png"].may_be_accepted


def test_a_harmful_result_waits_for_a_decision_and_is_not_written(run, target: Path, tree) -> None:
    assert run(REVIEW).lines == [("restored", 1), ("to review", 1)]
    assert set(tree(target)) == {"fine.png"}
    row = known_rows(target)["harmed.png"]
    assert row.state is State.REVIEW and row.may_be_accepted
    assert row.steps == (Step("haze"),) and row.warnings
    assert row.error.startswith("The result may be worse than the photo, so it was not written: Dull")
    assert run(REVIEW).lines == [("skipped, done before", 2)]  # no decision, no work


def test_several_warnings_make_one_reason(run, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "bright_halos", -1.0)  # everything exceeds it
    run(REVIEW)
    row = known_rows(target)["harmed.png"]
    first, second = row.warnings
    problem, advice = first.split(": try")[0].split(": better")[0], second
    assert row.error.endswith(f"not written: {problem}, {advice}")


def test_an_accepted_result_is_restored_and_written(run, target: Path) -> None:
    run(REVIEW)
    assert ("restored", 1) in run(REVIEW, "accept").lines
    row = known_rows(target)["harmed.png"]
    assert (row.state, row.steps, row.override) == (State.RESTORED, (Step("haze"),), (Step("haze"),))
    assert row.warnings and level(target / "harmed.png") == 255 - 138
    assert known_rows(target)["fine.png"].override is None  # was not withheld


def test_the_suggestion_is_restored_and_written(run, target: Path) -> None:
    run(REVIEW)
    suggested = known_rows(target)["harmed.png"].suggested
    assert ("restored", 1) in run(REVIEW, "suggested").lines
    assert known_rows(target)["harmed.png"].steps == suggested


@pytest.mark.parametrize(("clean", "state"), [("copy", State.COPIED), ("leave", State.LEFT)])
def test_a_dismissed_result_is_not_made(run, target: Path, clean, state: State) -> None:
    settings = replace(REVIEW, clean=clean)
    run(settings)
    lines = run(settings, "dismiss").lines
    assert (f"left unchanged, {'copied' if clean == 'copy' else 'left out'}", 1) in lines
    assert not any(label.startswith("clean") for label, _ in lines)
    row = known_rows(target)["harmed.png"]
    assert row.state is state and row.warnings == ()
    assert (target / "harmed.png").exists() == (clean == "copy")
    if clean == "copy":
        assert level(target / "harmed.png") == 138


def test_what_was_withheld_is_written_once_nothing_is_withheld_any_more(run, target: Path) -> None:
    run(REVIEW)
    assert run(WRITE).lines == [("restored", 1), ("skipped, done before", 1)]
    assert level(target / "harmed.png") == 255 - 138


def test_an_earlier_result_of_the_photo_is_kept_while_a_decision_waits(run, source: Path, target: Path) -> None:
    run(WRITE)
    before = (target / "harmed.png").read_bytes()
    cv2.imwrite(str(source / "harmed.png"), np.full((64, 80, 3), 138, np.uint8))
    run(REVIEW)
    row = known_rows(target)["harmed.png"]
    assert row.may_be_accepted and row.outdated == ("harmed.png",)
    assert (target / "harmed.png").read_bytes() == before


def withheld(target: Path) -> list[Path]:
    folder = target / REVIEW_FOLDER
    return sorted(file for file in folder.iterdir() if file.suffix != ".pixels") if folder.is_dir() else []


def test_a_withheld_result_can_be_looked_at_and_is_written_without_restoring_again(
    run, source: Path, target: Path, config: "FakeConfig"
) -> None:
    run(REVIEW)
    (file,) = withheld(target)
    assert file == withheld_file(target, known_rows(target)["harmed.png"])
    assert level(file) == 255 - 138
    calls = len(config.calls)
    with Batch(Layout(source, target), REVIEW, config) as batch:
        batch.decide(["harmed.png"], "accept")
        plan = batch.accepted(batch.plan())
        assert [item.row.path for item in plan.items] == ["harmed.png"]
        batch.run(plan)
    assert len(config.calls) == calls and withheld(target) == []
    assert level(target / "harmed.png") == 255 - 138
    row = known_rows(target)["harmed.png"]
    assert (row.state, row.steps, row.device) == (State.RESTORED, (Step("haze"),), "cpu") and row.warnings


def test_a_dismissed_result_is_settled_without_a_model(
    run, source: Path, target: Path, config: "FakeConfig", monkeypatch: pytest.MonkeyPatch
) -> None:
    run(REVIEW)
    calls = len(config.calls)
    monkeypatch.setattr("core.batch.batch.create_backend", lambda *_: pytest.fail("a model was asked for"))
    with Batch(Layout(source, target), REVIEW, config) as batch:
        batch.decide(["harmed.png"], "dismiss")
        plan = batch.decided(batch.plan(), ["harmed.png"])
        assert [item.row.path for item in plan.items] == ["harmed.png"]
        batch.run(plan)
    assert len(config.calls) == calls and withheld(target) == []
    assert (target / "harmed.png").read_bytes() == (source / "harmed.png").read_bytes()
    assert known_rows(target)["harmed.png"].state is State.COPIED


def test_suggestions_and_photos_of_no_decision_wait_for_the_next_run(
    run, source: Path, target: Path, config: "FakeConfig"
) -> None:
    run(REVIEW)
    with Batch(Layout(source, target), REVIEW, config) as batch:
        batch.decide(["harmed.png"], "suggested")
        assert batch.decided(batch.plan(), ["harmed.png"]).items == []
        batch.set_steps(["harmed.png"], ())
        assert batch.decided(batch.plan(), ["other.png"]).items == []


def test_a_weaker_suggestion_follows_from_the_withheld_result_without_a_model(
    run, source: Path, target: Path, config: "FakeConfig", monkeypatch: pytest.MonkeyPatch
) -> None:
    noise = np.random.default_rng(2).integers(-30, 30, (60, 80, 3))
    cv2.imwrite(str(source / "harmed.png"), (138 + noise).astype(np.uint8))
    run(REVIEW)
    calls, (step,) = len(config.calls), known_rows(target)["harmed.png"].suggested
    with monkeypatch.context() as patch:
        patch.setattr("core.batch.batch.create_backend", lambda *_: pytest.fail("a model was asked for"))
        run(REVIEW, "suggested")
    row, written = known_rows(target)["harmed.png"], cv2.imread(str(target / "harmed.png"))
    assert (row.state, row.steps, row.device) == (State.RESTORED, (step,), "cpu") and not row.warnings
    assert len(config.calls) == calls and not (target / REVIEW_FOLDER).exists()
    photo = cv2.imread(str(source / "harmed.png")).astype(float)
    assert np.abs(written - (photo + step.strength * (255 - 2 * photo))).max() <= 0.51


@pytest.mark.parametrize("damage", ["cut short", "of another size", "removed"])
def test_without_the_pixels_of_the_withheld_result_the_network_makes_the_suggestion(
    run, target: Path, config: "FakeConfig", damage: str
) -> None:
    run(REVIEW)
    (pixels,) = (target / REVIEW_FOLDER).glob("*.pixels")
    if damage == "removed":
        pixels.unlink()
    elif damage == "cut short":
        pixels.write_bytes(pixels.read_bytes()[:100])
    else:
        pixels.write_bytes(cv2.imencode(".png", np.zeros((10, 10, 3), np.uint16))[1].tobytes())
    calls = len(config.calls)
    run(REVIEW, "suggested")
    assert len(config.calls) == calls + 1
    assert level(target / "harmed.png") == 255 - 138  # the stand-in knows no strength


def test_withheld_results_stay_valid_while_other_settings_are_looked_at(
    run, source: Path, target: Path, config: "FakeConfig"
) -> None:
    cv2.imwrite(str(source / "other.png"), np.full((60, 80, 3), 139, np.uint8))
    run(REVIEW)
    files, calls = withheld(target), len(config.calls)
    assert len(files) == 2
    with Batch(Layout(source, target), replace(REVIEW, quality_mode="best"), config) as batch:
        plan = batch.plan()
        assert sorted(item.row.path for item in plan.to_run) == ["fine.png", "harmed.png", "other.png"]
        batch.triage(plan)
        batch.remember(plan)  # as when steps are set for one of them
        batch.set_steps(["other.png"], (Step("rain"),))
    assert withheld(target) == files
    with Batch(Layout(source, target), REVIEW, config) as batch:  # the settings are changed back
        batch.set_steps(["other.png"], None)
        assert [item.row.path for item in batch.plan().to_run] == ["fine.png"]
        batch.decide(["harmed.png", "other.png"], "accept")
        batch.run(batch.accepted(batch.plan()))
    assert len(config.calls) == calls
    assert level(target / "harmed.png") == 255 - 138 and level(target / "other.png") == 255 - 139


def test_a_run_that_is_stopped_keeps_the_withheld_results_that_it_has_not_reached(
    run, source: Path, target: Path, config: "FakeConfig"
) -> None:
    run(REVIEW)
    files = withheld(target)
    control = Control()
    control.cancel()
    with Batch(Layout(source, target), replace(REVIEW, quality_mode="best"), config) as batch:
        batch.run(batch.plan(), control)
    assert withheld(target) == files
    assert known_rows(target)["harmed.png"].may_be_accepted


@pytest.mark.parametrize("change", ["photo", "settings", "lost"])
def test_a_withheld_result_of_something_else_is_not_taken(
    run, source: Path, target: Path, config: "FakeConfig", change: str
) -> None:
    run(REVIEW)
    (file,) = withheld(target)
    settings = REVIEW
    if change == "photo":
        cv2.imwrite(str(source / "harmed.png"), np.full((64, 80, 3), 139, np.uint8))
    elif change == "settings":
        settings = replace(REVIEW, quality_mode="best")
    else:
        file.unlink()
        pixels_beside(file).unlink()
    calls = len(config.calls)
    run(settings, "accept")
    assert "harmed.png" in [name for name, _, _ in config.calls[calls:]]
    assert known_rows(target)["harmed.png"].state is State.RESTORED and withheld(target) == []


@pytest.mark.parametrize("decision", ["accept", "suggested", "dismiss"])
def test_nothing_withheld_stays_after_a_decision(run, target: Path, decision: Decision) -> None:
    run(REVIEW)
    run(REVIEW, decision)
    assert not (target / REVIEW_FOLDER).exists()


@pytest.mark.parametrize("share", [0.0, 0.6])
def test_a_withheld_result_that_was_cut_short_is_restored_again(run, target: Path, share: float) -> None:
    run(REVIEW)
    (file,) = withheld(target)
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    run(REVIEW, "accept")
    assert level(target / "harmed.png") == 255 - 138
    assert known_rows(target)["harmed.png"].state is State.RESTORED


def test_a_link_in_place_of_the_folder_for_review_is_not_followed(run, target: Path, tmp_path: Path) -> None:
    run(REVIEW)
    (file,) = withheld(target)
    elsewhere = tmp_path / "elsewhere"
    file.parent.rename(elsewhere)
    file.parent.symlink_to(elsewhere, target_is_directory=True)
    (elsewhere / "of the user.png").write_bytes(b"photo")
    run(REVIEW)
    run(REVIEW, "accept")
    assert {entry.name for entry in elsewhere.iterdir()} == {
        file.name,
        pixels_beside(file).name,
        "of the user.png",
    }
    assert level(target / "harmed.png") == 255 - 138


def test_what_a_killed_run_has_left_is_removed_and_what_waits_stays(run, target: Path) -> None:
    run(REVIEW)
    (kept,) = withheld(target)
    (target / REVIEW_FOLDER / "left by a killed run.png").write_bytes(b"half")
    run(REVIEW)
    assert withheld(target) == [kept]


def test_a_withheld_result_that_cannot_be_written_still_waits_for_a_decision(
    run, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.batch import job

    whole = job.write_with_options

    def full_disk(photo, path, *rest, **options):
        if level(photo.source) == 138:
            path.write_bytes(b"half")
            raise PhotoError("the disk is full") from OSError(errno.ENOSPC, "full")
        return whole(photo, path, *rest, **options)

    monkeypatch.setattr(job, "write_with_options", full_disk)
    assert run(REVIEW).lines == [("restored", 1), ("to review", 1)]
    assert known_rows(target)["harmed.png"].may_be_accepted and withheld(target) == []
    monkeypatch.undo()
    run(REVIEW, "accept")
    assert level(target / "harmed.png") == 255 - 138


def test_a_written_result_is_replaced_by_the_suggested_one(run, target: Path, tree) -> None:
    run(WRITE)
    suggested = known_rows(target)["harmed.png"].suggested
    assert ("restored", 1) in run(WRITE, "suggested").lines
    row = known_rows(target)["harmed.png"]
    assert row.steps == suggested and set(tree(target)) == {"harmed.png", "fine.png"}


@pytest.mark.parametrize("collision", ["number", "replace"])
def test_a_written_result_that_someone_has_changed_is_not_replaced(
    source: Path, target: Path, config: "FakeConfig", photos: None, collision
) -> None:
    layout = Layout(source, target, collision=collision)
    with Batch(layout, WRITE, config) as batch:
        batch.run(batch.plan())
        (target / "harmed.png").write_bytes(b"edited by the user")
        batch.decide(["harmed.png"], "suggested")
        batch.run(batch.plan())
    assert (target / "harmed.png").read_bytes() == b"edited by the user"
    assert known_rows(target)["harmed.png"].output == "harmed-2.png"


def test_a_written_result_that_is_changed_during_the_run_is_not_replaced(
    run, target: Path, config: "FakeConfig"
) -> None:
    run(WRITE)
    config.meanwhile["harmed.png"] = lambda: (target / "harmed.png").write_bytes(b"edited by the user") and None
    assert ("failed", 1) in run(WRITE, "suggested").lines
    assert (target / "harmed.png").read_bytes() == b"edited by the user"
    assert "was changed meanwhile" in known_rows(target)["harmed.png"].error


def test_the_warning_of_a_written_result_can_be_dismissed(run, target: Path) -> None:
    run(WRITE)
    before = (target / "harmed.png").read_bytes()
    assert run(WRITE, "keep").lines == [("skipped, done before", 2)]
    row = known_rows(target)["harmed.png"]
    assert (row.state, row.warnings, row.suggested) == (State.RESTORED, (), None)
    assert (target / "harmed.png").read_bytes() == before


def test_reports_have_the_warnings(run, source: Path, target: Path, config: "FakeConfig", tmp_path: Path) -> None:
    run(WRITE)
    with Batch(Layout(source, target), WRITE, config) as batch:
        plan = batch.plan()
        report = Report.from_plan(source, target, plan, Summary.from_plan(plan), batch.journal.rows())
        for ending in ("csv", "json", "html"):
            write_report(report, tmp_path / f"report.{ending}")
        (warning,) = batch.journal.row("harmed.png").warnings
    table = list(csv.DictReader((tmp_path / "report.csv").read_text("utf-8-sig").splitlines()))
    assert {row["source"]: row["warnings"] for row in table} == {"fine.png": "", "harmed.png": warning}
    listed = json.loads((tmp_path / "report.json").read_text())["photos"]
    assert [photo["warnings"] for photo in listed] == [[], [warning]]
    assert str(warning) in (tmp_path / "report.html").read_text()
