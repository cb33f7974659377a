"""Detecting degradations before anything is restored."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.batch import Batch, BatchSettings, Control, Layout, State, Why
from core.errors import Cancelled
from core.steps import Step

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig


@pytest.fixture
def batch(source: Path, target: Path, config: "FakeConfig", make):
    for name in ("clean.png", "haze1.png", "haze2.png", "night.png"):
        make(name)
    (source / "broken.png").write_bytes(b"?")
    config.found = {"haze1.png": ("haze",), "haze2.png": ("haze",), "night.png": ("low-light", "noise")}
    with Batch(Layout(source, target), BatchSettings(), config) as batch:
        yield batch


def test_triage_groups_photos_and_restores_nothing(batch: Batch, config: "FakeConfig") -> None:
    groups = batch.triage(batch.plan())
    assert [(group.name, [row.path for row in group.rows]) for group in groups] == [
        ("haze", ["haze1.png", "haze2.png"]),
        ("", ["broken.png"]),
        ("clean", ["clean.png"]),
        ("noise+low-light", ["night.png"]),
    ]
    assert groups[0].least == 0.9 and groups[0].unsure == 0 and "broken.png" in groups[1].rows[0].error
    assert config.calls == [] and batch.journal.counts()[State.WAITING] == 5


def test_run_after_triage_uses_its_verdicts(batch: Batch, config: "FakeConfig") -> None:
    batch.triage(batch.plan())
    looked = list(config.looked)
    summary = batch.run(batch.plan())
    assert config.looked == looked and len(looked) == 4
    assert summary.lines == [("restored", 3), ("clean, copied", 1), ("failed", 1)]


def test_verdicts_of_another_detector_are_not_used(source: Path, target: Path, config: "FakeConfig", make) -> None:
    make("haze.png")
    for detector in ("one", "one", "two"):
        config.detector_hash = lambda detector=detector: detector  # type: ignore[method-assign]
        with Batch(Layout(source, target), BatchSettings(), config) as batch:
            batch.triage(batch.plan())
    assert config.looked == ["haze.png", "haze.png"]


def test_stopped_triage_keeps_its_verdicts(batch: Batch, config: "FakeConfig") -> None:
    control = Control()
    with pytest.raises(Cancelled):
        batch.triage(batch.plan(), control, on_row=lambda row: control.cancel() if row.verdict else None)
    found = [row.path for row in batch.journal.rows() if row.verdict]
    assert found == ["clean.png"]
    batch.triage(batch.plan())
    assert config.looked.count("clean.png") == 1


def test_steps_set_for_single_photos_override_the_verdict(batch: Batch, config: "FakeConfig") -> None:
    batch.run(batch.plan())
    config.calls.clear()
    batch.set_steps(["haze1.png", "clean.png"], (Step("rain", 0.5),))
    batch.set_steps(["night.png"], ())
    plan = batch.plan()
    assert {item.row.path for item in plan.to_run} == {"haze1.png", "clean.png", "night.png"}
    summary = batch.run(plan)
    assert [(name, steps[0].degradation, steps[0].strength) for name, steps, _ in config.calls] == [
        ("clean.png", "rain", 0.5),
        ("haze1.png", "rain", 0.5),
    ]
    assert summary.before[Why.DONE] == 1 and dict(summary.lines)["left unchanged, copied"] == 1
    row = batch.journal.row("haze1.png")
    assert row is not None and row.steps == (Step("rain", 0.5),)

    batch.set_steps(["haze1.png"], None)
    assert [item.row.path for item in batch.plan().to_run] == ["haze1.png"]


def test_low_confidence_is_counted_in_its_group(source: Path, target: Path, config: "FakeConfig", make) -> None:
    make("haze.png")
    config.found, config.certainty = {"haze.png": ("haze",)}, 0.7
    with Batch(Layout(source, target), BatchSettings(threshold=0.8), config) as batch:
        (group,) = batch.triage(batch.plan())
    assert (group.unsure, group.least) == (1, 0.7)
