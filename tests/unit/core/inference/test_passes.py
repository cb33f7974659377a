"""Kept passes: what they depend on, how they are blended, and how much memory they take."""

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
    mix,
    pass_keys,
    passes_of_engine,
    run_steps,
    running_step,
    suffices,
)
from core.inference.restorer import blended
from core.photo import Photo
from core.progress import no_progress

ENGINE = Engine("tiny", "ab" * 32, "cpu", "float32")
OTHER = replace(ENGINE, model="other", sha256="cd" * 32)


def grey(value: float, side: int = 4) -> np.ndarray:
    return np.full((side, side, 3), value, np.float32)


def a_pass(value: float, precision: str = "float32", route: str = "bands") -> Pass:
    return Pass(grey(value), precision, route, 1.5)


def keyed(*degradations: str, engine: Engine = ENGINE) -> dict[PassKey, Pass]:
    return {PassKey(engine, (), name): a_pass(0.1) for name in degradations}


def test_a_pass_depends_on_the_engine_and_on_earlier_steps_with_a_strength() -> None:
    steps = (Step("noise15", 0.5), Step("rain", 0.0), Step("haze", 0.2))
    assert pass_keys(ENGINE, steps) == [
        PassKey(ENGINE, (), "noise15"),
        PassKey(ENGINE, (steps[0],), "rain"),
        PassKey(ENGINE, (steps[0],), "haze"),
    ]
    for changes in ({"sha256": "0" * 64}, {"device": "cuda"}, {"precision": "bfloat16"}, {"tile": 256}):
        assert not set(pass_keys(replace(ENGINE, **changes), steps)) & set(pass_keys(ENGINE, steps))


def test_steps_are_blended_one_after_the_other() -> None:
    steps = (Step("noise15", 0.5), Step("haze", 0.25))
    passes = dict(zip(pass_keys(ENGINE, steps), (a_pass(0.6), a_pass(0.8)), strict=True))
    assert suffices(passes, ENGINE, steps)
    assert not suffices(passes, ENGINE, (Step("noise15", 0.4), steps[1]))
    result = blend(grey(0.2), ENGINE, steps, passes)
    assert result.pixels == pytest.approx(0.75 * 0.4 + 0.25 * 0.8)
    assert (result.precision, result.route, result.seconds) == ("float32", "bands", 3.0)


def test_the_precision_and_route_of_the_passes_are_reported() -> None:
    steps = (Step("noise15"), Step("haze"), Step("rain"))
    values = (a_pass(0.6), a_pass(0.8, "bfloat16", "tiled"), a_pass(0.5))
    passes = dict(zip(pass_keys(ENGINE, steps), values, strict=True))
    result = blend(grey(0.2), ENGINE, steps, passes)
    assert (result.precision, result.route) == ("bfloat16", "tiled")


def test_only_missing_passes_run_and_passes_of_other_engines_are_not_used() -> None:
    ran: list[tuple[str, float]] = []

    def run(pixels: np.ndarray, key: str, progress: object) -> Pass:
        ran.append((key, float(pixels[0, 0, 0])))
        return a_pass(0.8)

    steps = (Step("noise15"), Step("haze", 0.5))
    first, second = pass_keys(ENGINE, steps)
    passes = {first: a_pass(0.4), pass_keys(OTHER, steps)[1]: a_pass(0.9)}
    assert missing_steps(passes, ENGINE, steps) == [steps[1]]
    shares: list[float] = []
    result = run_steps(grey(0.2), ENGINE, steps, run, shares.append, passes)
    assert ran == [("haze", pytest.approx(0.4))]
    assert result.pixels == pytest.approx(0.6)
    assert second in passes and shares == [1.0]
    ran.clear()
    run_steps(grey(0.2), ENGINE, steps, run, shares.append, passes)
    assert ran == []


def test_the_least_recently_used_passes_are_removed_first() -> None:
    size = grey(0.1).nbytes
    cache = PassCache(2 * size)
    for photo in "ab":
        cache.put(photo, keyed("haze"))
    assert cache.of("a")
    cache.put("c", keyed("haze"))
    assert [bool(cache.of(photo)) for photo in "abc"] == [True, False, True]
    cache.put("c", keyed("rain", "blur"))  # with the earlier one they would exceed the limit
    assert set(cache.of("c")) == set(keyed("rain", "blur"))
    assert not cache.of("a")


def test_passes_of_other_engines_are_replaced() -> None:
    cache = PassCache()
    cache.put("a", keyed("haze"))
    cache.put("a", keyed("rain"))
    assert set(cache.of("a")) == set(keyed("haze", "rain"))
    cache.put("a", keyed("haze", engine=OTHER))
    assert set(cache.of("a")) == set(keyed("haze", engine=OTHER))


def test_a_restorer_runs_no_pass_twice_and_blends_to_identical_pixels(tiny_model_file: Path) -> None:
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


def test_engines_of_models_without_a_file_differ(tiny_model_file: Path) -> None:
    restorer = Restorer(tiny_model_file, device="cpu")
    unsaved = replace(restorer.checkpoint, sha256="")
    assert Restorer(unsaved, device="cpu").engine != Restorer(unsaved, device="cpu").engine
    assert Restorer(tiny_model_file, device="cpu").engine == restorer.engine


@pytest.mark.parametrize("shape", [(1, 1, 3), (7, 5, 3), (301, 257, 3), (3, 90_000, 3)])
@pytest.mark.parametrize("strength", [0.01, 0.37, 0.999])
def test_mixing_in_bands_is_bit_identical_to_the_formula(shape: tuple[int, ...], strength: float) -> None:
    pixels, restored = np.random.default_rng(0).random((2, *shape), np.float32)
    before = pixels.copy(), restored.copy()
    expected = pixels + np.float32(strength) * (restored - pixels)
    np.testing.assert_array_equal(mix(pixels, restored, strength), expected)
    np.testing.assert_array_equal((pixels, restored), before)


def test_mixing_with_strength_0_or_1_returns_the_inputs() -> None:
    pixels, restored = np.random.default_rng(0).random((2, 4, 4, 3), np.float32)
    assert mix(pixels, restored, 0.0) is pixels and mix(pixels, restored, 1.0) is restored


def test_only_passes_of_the_engine_are_selected() -> None:
    own = keyed("haze", "rain")
    assert passes_of_engine({**own, **keyed("haze", engine=OTHER)}, ENGINE) == own


@pytest.mark.parametrize(
    ("mode", "shares", "expected"),
    [
        ("standard", (0.0, 0.49, 0.5, 0.99, 1.0), (0, 0, 1, 1, 1)),
        ("best", (0.0, 0.19, 0.2, 0.5, 1.0), (0, 0, 1, 1, 1)),  # 2 runs for haze, 8 for blur
    ],
)
def test_the_running_step_is_found_by_the_work_that_is_done(
    mode: str, shares: tuple[float, ...], expected: tuple[int, ...]
) -> None:
    steps = [Step("haze"), Step("blur")]
    assert tuple(running_step(steps, mode, share) for share in shares) == expected
    thirds = [Step("haze"), Step("rain"), Step("blur")]
    assert [running_step(thirds, "standard", number / 3) for number in range(3)] == [0, 1, 2]
