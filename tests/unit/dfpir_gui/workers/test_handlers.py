"""Progress of a restoration as it is shown to the user."""

import pytest

from core.inference import Step
from core.inference.passes import Engine
from dfpir_gui.session import wording
from dfpir_gui.workers.handlers import step_progress
from dfpir_gui.workers.worker_thread import Progress

ENGINE = Engine("tiny", "ab" * 32, "cpu", "float32")


def test_remaining_time_is_reported_once_the_speed_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    for name in ("perf_counter", "process_time"):
        monkeypatch.setattr(f"core.progress.time.{name}", lambda: now[0])
    reported: list[Progress] = []
    on_progress = step_progress(reported.append, (Step("haze"),), {}, ENGINE)
    for now[0], fraction in ((100.5, 0.05), (104.0, 0.4), (109.0, 0.9)):
        on_progress(fraction)
    assert [progress.fraction for progress in reported] == [0.0, 0.05, 0.4, 0.9]
    assert [progress.seconds_left for progress in reported] == [None, None, pytest.approx(6.0), pytest.approx(1.0)]
    assert wording.progress_line(reported[2]) == "Restoring 40 %, 6 s left"
    assert wording.progress_line(reported[0]) == "Restoring 0 %"
    assert wording.progress_line(Progress("Restoring", 0.1, 300.0)) == "Restoring 10 %, 5 min left"


def test_progress_names_the_running_step() -> None:
    reported: list[Progress] = []
    on_progress = step_progress(
        reported.append, (Step("haze"), Step("rain", 0.0), Step("noise25"), Step("blur")), {}, ENGINE
    )
    for share in (1 / 3, 2 / 3, 1.0):
        on_progress(share)
    assert [progress.phase for progress in reported] == [
        "Step 1 of 3, Haze",
        "Step 2 of 3, Noise (σ 25)",
        "Step 3 of 3, Motion blur",
        "Step 3 of 3, Motion blur",
    ]
