"""Passes that are kept: what they depend on, how they are blended, and how much room they take."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.inference import Restorer, Step
from core.inference.passes import (
    Engine,
    Pass,
    PassCache,
    PassKey,
    blend,
    missing_steps,
    pass_keys,
    run_steps,
    suffices,
)
from core.inference.restorer import blended
from core.photo import Photo
from core.progress import no_progress

ENGINE = Engine("tiny", "ab" * 32, "cpu", "float32")
OTHER = replace(ENGINE, model="other", sha256="cd" * 32)


def grey(value: float, side: int = 4) -> np.ndarray:
    return np.full((side, side, 3), value, np.float32)


def made(value: float, precision: str = "float32", route: str = "bands") -> Pass:
    return Pass(grey(value), precision, route, 1.5)


def keyed(*degradations: str, engine: Engine = ENGINE) -> dict[PassKey, Pass]:
    return {PassKey(engine, (), name): made(0.1) for name in degradations}


def test_a_pass_depends_on_the_engine_and_on_the_steps_before_it_that_change_something() -> None:
    steps = (Step("noise15", 0.5), Step("rain", 0.0), Step("haze", 0.2))
    assert pass_keys(ENGINE, steps) == [
        PassKey(ENGINE, (), "noise15"),
        PassKey(ENGINE, (steps[0],), "rain"),
        PassKey(ENGINE, (steps[0],), "haze"),
    ]
    for changes in ({"sha256": "0" * 64}, {"device": "cuda"}, {"precision": "bfloat16"}, {"tile": 256}):
        assert not set(pass_keys(replace(ENGINE, **changes), steps)) & set(pass_keys(ENGINE, steps))


def test_the_blend_is_that_of_one_step_after_the_other() -> None:
    steps = (Step("noise15", 0.5), Step("haze", 0.25))
    passes = dict(zip(pass_keys(ENGINE, steps), (made(0.6), made(0.8)), strict=True))
    assert suffices(passes, ENGINE, steps)
    assert not suffices(passes, ENGINE, (Step("noise15", 0.4), steps[1]))
    result = blend(grey(0.2), ENGINE, steps, passes)
    assert result.pixels == pytest.approx(0.75 * 0.4 + 0.25 * 0.8)
    assert (result.precision, result.route, result.seconds) == ("float32", "bands", 3.0)


def test_what_really_made_the_passes_is_reported() -> None:
    steps = (Step("noise15"), Step("haze"), Step("rain"))
    values = (made(0.6), made(0.8, "bfloat16", "tiled"), made(0.5))
    passes = dict(zip(pass_keys(ENGINE, steps), values, strict=True))
    result = blend(grey(0.2), ENGINE, steps, passes)
    assert (result.precision, result.route) == ("bfloat16", "tiled")


def test_only_what_is_missing_runs_and_nothing_of_another_engine_is_used() -> None:
    ran: list[tuple[str, float]] = []

    def run(pixels: np.ndarray, key: str, progress: object) -> Pass:
        ran.append((key, float(pixels[0, 0, 0])))
        return made(0.8)

    steps = (Step("noise15"), Step("haze", 0.5))
    first, second = pass_keys(ENGINE, steps)
    passes = {first: made(0.4), pass_keys(OTHER, steps)[1]: made(0.9)}
    assert missing_steps(passes, ENGINE, steps) == [steps[1]]
    shares: list[float] = []
    result = run_steps(grey(0.2), ENGINE, steps, run, shares.append, passes)
    assert ran == [("haze", pytest.approx(0.4))]
    assert result.pixels == pytest.approx(0.6)
    assert second in passes and shares == [1.0]
    ran.clear()
    run_steps(grey(0.2), ENGINE, steps, run, shares.append, passes)
    assert ran == []


def test_the_passes_that_were_not_used_for_longest_go_first() -> None:
    size = grey(0.1).nbytes
    cache = PassCache(2 * size)
    for photo in "ab":
        cache.put(photo, keyed("haze"))
    assert cache.of("a")
    cache.put("c", keyed("haze"))
    assert [bool(cache.of(photo)) for photo in "abc"] == [True, False, True]
    cache.put("c", keyed("rain", "blur"))  # with the one before they would be too many
    assert set(cache.of("c")) == set(keyed("rain", "blur"))
    assert not cache.of("a")


def test_passes_of_another_engine_are_not_kept_beside_new_ones() -> None:
    cache = PassCache()
    cache.put("a", keyed("haze"))
    cache.put("a", keyed("rain"))
    assert set(cache.of("a")) == set(keyed("haze", "rain"))
    cache.put("a", keyed("haze", engine=OTHER))
    assert set(cache.of("a")) == set(keyed("haze", engine=OTHER))


def test_a_restorer_runs_no_pass_twice_and_blends_to_the_same_pixels(tiny_model_file: Path) -> None:
    restorer = Restorer(tiny_model_file, device="cpu")
    photo = Photo.from_array(np.random.default_rng(3).random((24, 32, 3), np.float32))
    passes: dict[PassKey, Pass] = {}
    restorer.restore(photo, (Step("haze", 0.5), Step("rain")), passes=passes)
    kept = dict(passes)
    steps = (Step("haze", 0.5), Step("rain", 0.25))
    shares: list[float] = []
    again = restorer.restore(photo, steps, passes=passes, progress=shares.append)
    assert passes == kept and shares == [1.0]  # nothing had to run
    plain = restorer.restore(photo, steps, progress=no_progress)
    assert np.array_equal(again.photo.pixels, plain.photo.pixels)
    assert np.array_equal(blended(photo, restorer.engine, steps, kept).photo.pixels, plain.photo.pixels)
    assert again.model_sha256 == plain.model_sha256 == restorer.model_sha256 != ""


def test_models_that_were_not_read_from_a_file_are_told_apart(tiny_model_file: Path) -> None:
    restorer = Restorer(tiny_model_file, device="cpu")
    unsaved = replace(restorer.checkpoint, sha256="")
    assert Restorer(unsaved, device="cpu").engine != Restorer(unsaved, device="cpu").engine
    assert Restorer(tiny_model_file, device="cpu").engine == restorer.engine
