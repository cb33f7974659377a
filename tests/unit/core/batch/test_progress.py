"""Progress by work, and estimated sizes of results."""

import pytest

from core.batch import BatchSettings, Row
from core.batch.plan import estimated_bytes, estimated_pixels
from core.batch.progress import Meter
from core.steps import Step

RAIN_AND_HAZE = (Step("rain"), Step("haze"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [0.0]
    monkeypatch.setattr("core.batch.progress.time.monotonic", lambda: now[0])
    return now


def test_work_of_a_photo_is_its_pixels_times_its_steps(clock: list[float]) -> None:
    rows = [Row("a.jpg", pixels=100), Row("b.jpg", pixels=700), Row("c.jpg", pixels=100, override=RAIN_AND_HAZE)]
    meter = Meter(rows, BatchSettings(steps=(Step("haze"),)), lambda: 0.0)
    clock[0] = 10.0
    progress = meter.finish("a.jpg")
    assert (progress.done, progress.total, progress.fraction, progress.seconds_left) == (1, 3, 0.1, pytest.approx(90.0))
    assert meter.update("b.jpg", 0.5).fraction == pytest.approx(0.45)
    assert meter.update("b.jpg", 0.2).fraction == pytest.approx(0.45)  # it starts again in smaller tiles
    assert meter.finish("b.jpg").fraction == pytest.approx(0.8)
    assert meter.finish("c.jpg").fraction == 1.0


def test_pauses_do_not_lengthen_the_estimate(clock: list[float]) -> None:
    paused = [0.0]
    meter = Meter([Row("a.jpg", pixels=1), Row("b.jpg", pixels=1)], BatchSettings(), lambda: paused[0])
    clock[0], paused[0] = 3610.0, 3600.0
    assert meter.finish("a.jpg").seconds_left == pytest.approx(10.0)


def test_remaining_time_of_a_batch_follows_a_change_within_a_tenth_of_its_work(clock: list[float]) -> None:
    meter = Meter([Row(f"{number}.jpg", pixels=1) for number in range(200)], BatchSettings(), lambda: 0.0)
    left = []
    for number in range(200):
        clock[0] += 2.0 if number < 100 else 4.0  # another program begins
        left.append(meter.finish(f"{number}.jpg").seconds_left)
    assert left[99] == pytest.approx(200.0)
    assert [left[number] for number in (125, 150, 190)] == [pytest.approx(4.0 * rest) for rest in (74, 49, 9)]


def test_progress_without_photos_is_complete() -> None:
    progress = Meter([], BatchSettings(), lambda: 0.0).update("", 0.0)
    assert (progress.fraction, progress.done, progress.total) == (1.0, 0, 0)


def test_unknown_pixels_are_estimated_from_bytes_and_format() -> None:
    assert estimated_pixels("a.jpg", 10**6) > 3 * estimated_pixels("a.tif", 10**6)
    assert estimated_pixels("a.bmp", 3 * 10**6) == 10**6  # three bytes a pixel, nothing else


def test_lossless_results_of_lossy_photos_need_more_space() -> None:
    same, png = estimated_bytes("a.jpg", 10**6, "a.jpg"), estimated_bytes("a.jpg", 10**6, "a.png")
    assert png > 2 * same > 10**6
