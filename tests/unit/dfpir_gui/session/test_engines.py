"""Another model is chosen while photos run: no result mixes two of them, and each says what really made it."""

from pathlib import Path

import numpy as np
import pytest

from core.inference import Step
from core.inference.passes import Engine
from core.recipes import Recipe
from dfpir_gui.session import State, wording
from dfpir_gui.workers.handlers import step_progress
from dfpir_gui.workers.worker_thread import Progress
from tests.unit.dfpir_gui.stand_ins import Bench, FakeRestorer

ENGINE = Engine("tiny", "ab" * 32, "cpu", "float32")


@pytest.fixture
def second() -> FakeRestorer:
    return FakeRestorer("second", "7c" * 32)


def start(bench: Bench, restorer: FakeRestorer, path: Path) -> None:
    bench.open(path)
    bench.session.choose("noise25")
    bench.session.restore()
    bench.until(lambda: len(restorer.calls) == 1)


def test_a_photo_that_runs_while_the_model_changes_mixes_no_passes(bench, restorer, second, photo_path: Path) -> None:
    session = bench.session
    start(bench, restorer, photo_path)
    session.use_restorer(lambda: second)
    restorer.finish()
    bench.until(lambda: session.state is State.RESTORED)
    assert (session.result.model, Recipe.of(session.result).model_sha256) == ("fake", "5a" * 32)
    session.editor.add("haze")
    session.restore()
    second.finish()
    second.finish()
    bench.rest()
    assert [steps[0].degradation for _, steps in second.calls] == ["noise25", "haze"]  # none was taken over
    assert len(restorer.calls) == 1
    assert (session.result.model, Recipe.of(session.result).model_sha256) == ("second", "7c" * 32)


def test_a_photo_that_waits_while_the_model_changes_uses_no_pass_of_the_one_before(
    bench, restorer, second, photo_path: Path, write_png
) -> None:
    session = bench.session
    start(bench, restorer, photo_path)
    restorer.finish()
    bench.rest()
    done = session.current
    session.open(write_png("other.png", np.full((20, 30, 3), 90, np.uint8)), (Step("rain"),))
    bench.until(lambda: session.current is not done and session.state is State.READY)
    session.restore()
    bench.until(lambda: len(restorer.calls) == 2)
    session.show(done)
    session.editor.add("haze")
    session.restore()  # waits, with the pass of the first model at hand
    session.use_restorer(lambda: second)
    restorer.finish()
    second.finish()
    second.finish()
    bench.rest()
    assert [steps[0].degradation for _, steps in second.calls] == ["noise25", "haze"]
    assert done.result.model == "second"


def test_the_photo_can_be_restored_anew_with_the_model_that_was_chosen(bench, restorer, second, photo_path) -> None:
    session = bench.session
    start(bench, restorer, photo_path)
    restorer.finish()
    bench.rest()
    assert not session.can_restore
    session.use_restorer(lambda: second)
    assert session.can_restore and session.current.other_engine
    assert not session.can_restore_all  # nothing lacks a result
    session.restore()
    second.finish()
    bench.rest()
    assert session.result.model == "second"
    assert not session.can_restore and not session.current.other_engine


def test_the_panel_says_that_the_result_is_of_another_model(restored, second) -> None:
    panel = restored.studio.panel.result
    session = restored.session
    assert "another model" not in panel.text.text()
    session.use_restorer(lambda: second)
    assert "Made with another model" in panel.text.text()
    assert restored.actions_.restore.isEnabled()


def test_the_rest_is_told_once_the_pace_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([100.0, 100.0, 100.5, 104.0, 109.0])
    monkeypatch.setattr("dfpir_gui.workers.handlers.time.perf_counter", lambda: next(now))
    told: list[Progress] = []
    tell = step_progress(told.append, (Step("haze"),), {}, ENGINE)
    for fraction in (0.05, 0.4, 0.9):
        tell(fraction)
    assert [progress.fraction for progress in told] == [0.0, 0.05, 0.4, 0.9]
    assert [progress.seconds_left for progress in told] == [None, None, pytest.approx(6.0), pytest.approx(1.0)]
    assert wording.progress_line(told[2]) == "Restoring 40 %, 6 s left"
    assert wording.progress_line(told[0]) == "Restoring 0 %"
    assert wording.progress_line(Progress("Restoring", 0.1, 300.0)) == "Restoring 10 %, 5 min left"


def test_the_step_that_runs_is_named() -> None:
    told: list[Progress] = []
    tell = step_progress(told.append, (Step("haze"), Step("rain", 0.0), Step("noise25"), Step("blur")), {}, ENGINE)
    for share in (1 / 3, 2 / 3, 1.0):
        tell(share)
    assert [progress.phase for progress in told] == [
        "Step 1 of 3, Haze",
        "Step 2 of 3, Noise (σ 25)",
        "Step 3 of 3, Motion blur",
        "Step 3 of 3, Motion blur",
    ]
