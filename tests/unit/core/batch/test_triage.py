"""Looking first, deciding next, restoring last."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.batch import Batch, BatchSettings, Control, Layout, State, Why
from core.errors import Cancelled

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeBackend


@pytest.fixture
def batch(source: Path, target: Path, machine: "FakeBackend", make):
    for name in ("clean.png", "haze1.png", "haze2.png", "night.png"):
        make(name)
    (source / "broken.png").write_bytes(b"?")
    machine.found = {"haze1.png": ("haze",), "haze2.png": ("haze",), "night.png": ("low-light", "noise")}
    with Batch(Layout(source, target), BatchSettings(), machine) as batch:
        yield batch


def test_photos_are_grouped_by_what_is_found_and_nothing_is_restored(batch: Batch, machine: "FakeBackend") -> None:
    groups = batch.triage(batch.plan())
    assert [(group.name, [row.path for row in group.rows]) for group in groups] == [
        ("haze", ["haze1.png", "haze2.png"]),
        ("", ["broken.png"]),
        ("clean", ["clean.png"]),
        ("noise+low-light", ["night.png"]),
    ]
    assert groups[0].least == 0.9 and groups[0].unsure == 0 and "broken.png" in groups[1].rows[0].error
    assert machine.calls == [] and batch.journal.counts()[State.WAITING] == 5


def test_run_after_triage_looks_at_no_photo_again(batch: Batch, machine: "FakeBackend") -> None:
    batch.triage(batch.plan())
    looked = list(machine.looked)
    summary = batch.run(batch.plan())
    assert machine.looked == looked and len(looked) == 4
    assert summary.lines == [("restored", 3), ("clean, copied", 1), ("failed", 1)]


def test_verdicts_of_another_detector_do_not_count(source: Path, target: Path, machine: "FakeBackend", make) -> None:
    make("haze.png")
    for detector in ("one", "one", "two"):
        machine.detector_hash = lambda detector=detector: detector  # type: ignore[method-assign]
        with Batch(Layout(source, target), BatchSettings(), machine) as batch:
            batch.triage(batch.plan())
    assert machine.looked == ["haze.png", "haze.png"]


def test_stopped_triage_keeps_what_it_found(batch: Batch, machine: "FakeBackend") -> None:
    control = Control()
    with pytest.raises(Cancelled):
        batch.triage(batch.plan(), control, on_row=lambda row: control.cancel() if row.verdict else None)
    found = [row.path for row in batch.journal.rows() if row.verdict]
    assert found == ["clean.png"]
    batch.triage(batch.plan())
    assert machine.looked.count("clean.png") == 1


def test_steps_set_for_single_photos_win_over_what_is_found(batch: Batch, machine: "FakeBackend") -> None:
    batch.run(batch.plan())
    machine.calls.clear()
    batch.set_steps(["haze1.png", "clean.png"], (("rain", 0.5),))
    batch.set_steps(["night.png"], ())
    plan = batch.plan()
    assert {item.row.path for item in plan.to_run} == {"haze1.png", "clean.png", "night.png"}
    summary = batch.run(plan)
    assert [(name, steps[0].degradation, steps[0].strength) for name, steps, _ in machine.calls] == [
        ("clean.png", "rain", 0.5),
        ("haze1.png", "rain", 0.5),
    ]
    assert summary.before[Why.DONE] == 1 and dict(summary.lines)["clean, copied"] == 1
    row = batch.journal.row("haze1.png")
    assert row is not None and json.loads(row.steps) == [{"degradation": "rain", "strength": 0.5}]

    batch.set_steps(["haze1.png"], None)
    assert [item.row.path for item in batch.plan().to_run] == ["haze1.png"]


def test_low_confidence_is_counted_in_its_group(source: Path, target: Path, machine: "FakeBackend", make) -> None:
    make("haze.png")
    machine.found, machine.certainty = {"haze.png": ("haze",)}, 0.7
    with Batch(Layout(source, target), BatchSettings(threshold=0.8), machine) as batch:
        (group,) = batch.triage(batch.plan())
    assert (group.unsure, group.least) == (1, 0.7)
