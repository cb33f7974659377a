"""Tests for the expected time of a restoration."""

from pathlib import Path

import numpy as np
import pytest

from core.inference import Step
from dfpir_gui.session import State, wording
from dfpir_gui.session.speed import SpeedLog, count_runs
from dfpir_gui.settings.engine_settings import EngineSettings
from tests.unit.dfpir_gui.stand_ins import SessionHarness


def test_the_time_grows_with_pixels_and_runs() -> None:
    log = SpeedLog()
    log.add("cpu", 1_000_000, 1, 3.0)
    assert log.seconds("cpu", 24_000_000, 2) == pytest.approx(144.0)
    assert log.seconds("gpu", 24_000_000, 2) is None
    assert log.seconds("cpu", 24_000_000, 0) == 0


def test_photos_of_similar_size_count() -> None:
    log = SpeedLog()
    log.add("cpu", 100_000, 1, 1.0)  # mostly overhead: 10 s a megapixel
    log.add("cpu", 20_000_000, 1, 40.0)
    assert log.seconds("cpu", 24_000_000, 1) == pytest.approx(48.0)
    assert log.seconds("cpu", 150_000, 1) == pytest.approx(1.5)


def test_the_measurements_survive_and_damage_is_ignored() -> None:
    kept: list[str] = []
    SpeedLog("", kept.append).add("cpu", 2_000_000, 2, 8.0)
    assert SpeedLog(kept[-1]).seconds("cpu", 1_000_000, 1) == pytest.approx(2.0)
    for damaged in ("{", "[]", '{"cpu": [[1]]}', '{"cpu": [[0, 1]]}', '{"cpu": [["nan", 1]]}', '{"cpu": 3}'):
        assert SpeedLog(damaged).seconds("cpu", 1_000_000, 1) is None


def test_best_quality_counts_its_orientations() -> None:
    assert count_runs([Step("noise25"), Step("haze"), Step("rain", 0.0)], "best") == 10
    assert count_runs([Step("noise25"), Step("haze")], "standard") == 2


def test_restoring_measures_and_known_passes_take_no_time(
    make_harness, restorer, write_png, monkeypatch: pytest.MonkeyPatch
) -> None:
    harness: SessionHarness = make_harness()
    session = harness.session
    factory = EngineSettings().factory()
    monkeypatch.setattr(type(factory), "__call__", lambda self: restorer)
    session.use_restorer(factory)
    path: Path = write_png("large.png", np.full((400, 500, 3), 90, np.uint8))
    harness.open(path)
    session.choose("haze")
    assert session.expected_seconds is None
    session.restore()
    restorer.finish()
    harness.until(lambda: session.state is State.RESTORED)
    session.editor.add("rain")
    assert session.expected_seconds == pytest.approx(7.94)  # what the stand-in says that a pass took
    session.choose("rain")
    session.editor.add("noise25")
    assert session.expected_seconds == pytest.approx(2 * 7.94)


def test_the_line_says_what_is_known(harness: SessionHarness, photo_path: Path) -> None:
    harness.open(photo_path)
    small = harness.session.photo
    large = small.from_array(np.zeros((2000, 2000, 3), np.uint8))
    assert wording.estimate_line(small, None) == ""
    assert "not known" in wording.estimate_line(large, None)
    assert wording.estimate_line(large, 9.0) == ""
    assert wording.estimate_line(large, 43.0) == "Takes about 45 s on this computer"
    assert wording.estimate_line(large, 400.0) == "Takes about 7 min on this computer"
