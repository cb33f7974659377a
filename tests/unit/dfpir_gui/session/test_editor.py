"""Changes of the steps: what follows without the network, and undo."""

from pathlib import Path

import numpy as np
import pytest

from core.inference import Step
from dfpir_gui.session import StackStep


def restored(harness, restorer, path: Path, *steps: Step) -> None:
    harness.open(path)
    harness.session.editor.replace(steps)
    harness.session.restore()
    for _ in steps:
        restorer.finish()
    harness.rest()


def test_a_changed_strength_is_blended_without_the_network(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    restored(harness, restorer, photo_path, Step("haze"))
    before = session.photo.pixels
    session.editor.set_strength(0, 0.25)
    harness.rest()
    np.testing.assert_allclose(session.result.photo.pixels, 0.75 * before + 0.25 * (1 - before), atol=1e-6)
    assert session.result.steps == (Step("haze", 0.25),)
    assert len(restorer.calls) == 1


@pytest.mark.parametrize("steps", [(Step("haze"),), (Step("haze", 0.6),), (Step("noise25", 0.5), Step("haze"))])
def test_a_changed_strength_is_on_the_screen_at_once(harness, restorer, photo_path: Path, steps) -> None:
    session = harness.session
    restored(harness, restorer, photo_path, *steps)
    exact = session.after
    for strength in (0.25, 0.0, 0.8):
        session.editor.set_strength(len(steps) - 1, strength)
        quick = session.after
        assert quick is not exact  # nothing was delivered yet
        assert not session.can_save
        base = session.before.levels[0].astype(float)
        for step in (*steps[:-1], Step("haze", strength)):
            base += step.strength * (255 - 2 * base)
        assert np.abs(quick.levels[0] - base).max() <= 1.01
    harness.rest()
    exact = session.after
    assert exact is not quick
    assert np.abs(exact.levels[0] - base).max() <= 0.51
    assert session.result.steps[-1] == Step("haze", 0.8)
    assert session.can_save


def test_changing_the_second_step_does_not_run_the_first_again(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    restored(harness, restorer, photo_path, Step("noise25"), Step("haze", 0.5))
    assert [steps[0].degradation for _, steps in restorer.calls] == ["noise25", "haze"]
    session.editor.set_degradation(1, "rain")
    assert session.current.outdated
    session.restore()
    restorer.finish()
    harness.rest()
    assert [steps[0].degradation for _, steps in restorer.calls] == ["noise25", "haze", "rain"]
    session.editor.enable(1, False)
    harness.rest()
    np.testing.assert_allclose(session.result.photo.pixels, 1 - session.photo.pixels, atol=1e-6)
    assert len(restorer.calls) == 3


def test_changing_the_first_step_makes_the_result_outdated(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    restored(harness, restorer, photo_path, Step("noise25"), Step("haze", 0.5))
    earlier = session.result
    session.editor.set_strength(0, 0.9)
    harness.rest()
    assert session.result is earlier
    assert session.current.outdated
    assert session.can_restore


def test_undo_and_redo_of_every_change(harness, restorer, photo_path: Path) -> None:
    session, editing = harness.session, harness.session.editor
    harness.open(photo_path)
    seen = [session.current.edit]
    for change in (
        lambda: editing.add("haze"),
        lambda: editing.add("noise15", 0.5),
        lambda: editing.move(1, 0),
        lambda: editing.enable(0, False),
        lambda: editing.set_strength(1, 0.3),
        lambda: editing.set_degradation(0, "noise50"),
        lambda: editing.remove(0),
    ):
        change()
        seen.append(session.current.edit)
    session.restore()
    restorer.finish()
    harness.rest()
    made = session.result
    assert [entry.stack for entry in seen[-2:]] == [
        (StackStep("noise50", 0.5, False), StackStep("haze", 0.3)),
        (StackStep("haze", 0.3),),
    ]
    for expected in reversed(seen):
        editing.undo()
        assert session.current.edit == expected
        assert session.result is None
    for expected in seen[1:]:
        editing.redo()
        assert session.current.edit == expected
    editing.redo()
    harness.rest()
    assert session.result.steps == made.steps
    np.testing.assert_array_equal(session.result.photo.pixels, made.photo.pixels)
    assert len(restorer.calls) == 1


def test_one_drag_of_a_slider_is_undone_at_once(harness, photo_path: Path) -> None:
    editing = harness.session.editor
    harness.open(photo_path)
    editing.add("haze")
    for strength in (0.9, 0.8, 0.7):
        editing.set_strength(0, strength)
    editing.finish_drag()
    editing.set_strength(0, 0.1)
    editing.undo()
    assert harness.session.steps == (Step("haze", 0.7),)
    editing.undo()
    assert harness.session.steps == (Step("haze"),)


def test_another_model_uses_no_passes_of_the_previous_one(harness, restorer, photo_path: Path) -> None:
    restored(harness, restorer, photo_path, Step("haze"))
    harness.session.use_restorer(lambda: restorer)
    harness.session.editor.set_strength(0, 0.5)
    assert harness.session.current.outdated
    harness.session.restore()
    restorer.finish()
    harness.rest()
    assert len(restorer.calls) == 2
