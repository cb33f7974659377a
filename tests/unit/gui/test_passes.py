"""Passes that are kept: what they depend on, and how much room they take."""

import numpy as np
import pytest

from core.inference import RestorationResult, Step
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui import wording
from dfpir_gui.passes import PassCache, blended, pass_keys, run_passes, suffices
from dfpir_gui.tasks import Progress


def made(value: float, side: int = 4) -> RestorationResult:
    photo = Photo.from_array(np.full((side, side, 3), value, np.float32))
    return RestorationResult(photo, (Step("haze"),), "tiny", "cpu", "float32", "full", 1.5)


def test_a_pass_depends_on_the_steps_before_it_that_change_something() -> None:
    steps = (Step("noise15", 0.5), Step("rain", 0.0), Step("haze", 0.2))
    assert pass_keys(steps) == [((), "noise15"), ((steps[0],), "rain"), ((steps[0],), "haze")]


def test_the_blend_is_that_of_one_step_after_the_other() -> None:
    photo = Photo.from_array(np.full((4, 4, 3), 0.2, np.float32))
    steps = (Step("noise15", 0.5), Step("haze", 0.25))
    passes = dict(zip(pass_keys(steps), (made(0.6), made(0.8)), strict=True))
    assert suffices(passes, steps)
    assert not suffices(passes, (Step("noise15", 0.4), steps[1]))
    result = blended(photo, steps, passes)
    assert result.photo.pixels == pytest.approx(0.75 * 0.4 + 0.25 * 0.8)
    assert (result.steps, result.seconds) == (steps, 3.0)


def test_the_passes_that_were_not_used_for_longest_go_first() -> None:
    size = made(0.1).photo.pixels.nbytes
    cache = PassCache(2 * size)
    for owner in "ab":
        cache.put(owner, {((), "haze"): made(0.1)})
    assert cache.of("a")
    cache.put("c", {((), "haze"): made(0.1)})
    assert [bool(cache.of(owner)) for owner in "abc"] == [True, False, True]
    cache.put("c", {((), "rain"): made(0.1), ((), "blur"): made(0.1)})  # with the one before they would be too many
    assert set(cache.of("c")) == {((), "rain"), ((), "blur")}
    assert not cache.of("a")


def test_the_rest_is_told_once_the_pace_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    now = iter([100.0, 100.0, 100.5, 104.0, 109.0])
    monkeypatch.setattr("dfpir_gui.passes.time.perf_counter", lambda: next(now))

    class Restorer:
        def restore(self, photo, steps, *, progress, cancel) -> RestorationResult:
            for fraction in (0.05, 0.4, 0.9):
                progress(fraction)
            return made(0.5)

    told = []
    photo = Photo.from_array(np.zeros((4, 4, 3), np.float32))
    run_passes(Restorer(), photo, (Step("haze"),), {}, told.append, CancelToken())
    assert [progress.fraction for progress in told] == [0.0, 0.05, 0.4, 0.9]
    assert [progress.seconds_left for progress in told] == [None, None, pytest.approx(6.0), pytest.approx(1.0)]
    assert wording.progress_line(told[2]) == "Restoring 40 %, 6 s left"
    assert wording.progress_line(told[0]) == "Restoring 0 %"
    assert wording.progress_line(Progress("Restoring", 0.1, 300.0)) == "Restoring 10 %, 5 min left"
