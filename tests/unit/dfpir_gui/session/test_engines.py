"""The model changes while photos are restored: no result mixes two models, and each names the one that made it."""

from pathlib import Path

import numpy as np
import pytest

from core.inference import Step
from core.inference.passes import Engine
from dfpir_gui.session import State
from tests.unit.dfpir_gui.stand_ins import FakeRestorer, SessionHarness

ENGINE = Engine("tiny", "ab" * 32, "cpu", "float32")


@pytest.fixture
def second() -> FakeRestorer:
    return FakeRestorer("second", "7c" * 32)


def start(harness: SessionHarness, restorer: FakeRestorer, path: Path) -> None:
    harness.open(path)
    harness.session.choose("noise25")
    harness.session.restore()
    harness.until(lambda: len(restorer.calls) == 1)


def test_a_run_during_a_change_of_model_mixes_no_passes(harness, restorer, second, photo_path: Path) -> None:
    session = harness.session
    start(harness, restorer, photo_path)
    session.use_restorer(lambda: second)
    restorer.finish()
    harness.until(lambda: session.state is State.RESTORED)
    assert (session.result.model, session.result.recipe.model_sha256) == ("fake", "5a" * 32)
    session.editor.add("haze")
    session.restore()
    second.finish()
    second.finish()
    harness.rest()
    assert [steps[0].degradation for _, steps in second.calls] == ["noise25", "haze"]  # none was taken over
    assert len(restorer.calls) == 1
    assert (session.result.model, session.result.recipe.model_sha256) == ("second", "7c" * 32)


def test_a_queued_photo_uses_no_pass_of_the_previous_model(
    harness, restorer, second, photo_path: Path, write_png
) -> None:
    session = harness.session
    start(harness, restorer, photo_path)
    restorer.finish()
    harness.rest()
    done = session.current
    session.open(write_png("other.png", np.full((20, 30, 3), 90, np.uint8)), (Step("rain"),))
    harness.until(lambda: session.current is not done and session.state is State.READY)
    session.restore()
    harness.until(lambda: len(restorer.calls) == 2)
    session.show(done)
    session.editor.add("haze")
    session.restore()  # waits, with the pass of the first model at hand
    session.use_restorer(lambda: second)
    restorer.finish()
    second.finish()
    second.finish()
    harness.rest()
    assert [steps[0].degradation for _, steps in second.calls] == ["noise25", "haze"]
    assert done.result.model == "second"


def test_the_photo_can_be_restored_again_with_the_new_model(harness, restorer, second, photo_path) -> None:
    session = harness.session
    start(harness, restorer, photo_path)
    restorer.finish()
    harness.rest()
    assert not session.can_restore
    session.use_restorer(lambda: second)
    assert session.can_restore and session.current.other_engine
    assert not session.can_restore_all  # nothing lacks a result
    session.restore()
    second.finish()
    harness.rest()
    assert session.result.model == "second"
    assert not session.can_restore and not session.current.other_engine


def test_the_panel_names_the_model_that_made_the_result(restored, second) -> None:
    panel = restored.studio.panel.result
    session = restored.session
    assert "another model" not in panel.text.text()
    session.use_restorer(lambda: second)
    assert "Model or settings changed" in panel.text.text()
    assert restored.actions_.restore.isEnabled()
