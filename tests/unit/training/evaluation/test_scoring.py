import math
from collections.abc import Callable

import numpy as np
import pytest

from core.evaluation import PAPER, PROTOCOLS
from training.evaluation.scoring import Comparison, Method, Outcome, measure, spread
from training.evaluation.sets import EvaluationSet, Sample

GreySet = Callable[..., EvaluationSet]
ERRORS = (0.1, 0.01, 0.2, 0.05, 0.02, 0.03, 0.04)


def _adding(value: float, name: str = "method") -> Method:
    return Method(name, lambda sample: Outcome(sample.degraded + np.float32(value), ("rain",)))


def _db(error: float) -> float:
    return -20 * math.log10(abs(error))


def test_scores_are_of_the_degraded_and_of_the_restored_pictures(grey_set: GreySet) -> None:
    (result,) = measure(grey_set(ERRORS), [_adding(0.005)], PROTOCOLS[PAPER])
    assert [score.psnr for score in result.before] == pytest.approx([_db(e) for e in ERRORS], abs=1e-3)
    after = [_db(e - 0.005) for e in ERRORS]
    assert [score.psnr for score in result.after] == pytest.approx(after, abs=1e-3)
    summary = result.summary()
    assert summary["psnr"] == pytest.approx(np.mean(after), abs=1e-3)
    assert summary["median_psnr"] == pytest.approx(np.median(after), abs=1e-3)
    assert summary["input_psnr"] == pytest.approx(np.mean([_db(e) for e in ERRORS]), abs=1e-3)
    # A shift of 0.005 takes most from the smallest error: 0.2 gains least.
    assert [entry["picture"] for entry in summary["worst"]] == ["2.png", "0.png", "3.png", "6.png", "5.png"]
    assert summary["worst"][0]["gain"] == pytest.approx(_db(0.195) - _db(0.2), abs=1e-3)
    assert result.steps == (("rain",),) * 7


def test_every_method_sees_the_same_picture_and_it_is_loaded_once(grey_set: GreySet) -> None:
    loaded: list[int] = []
    inner = grey_set(ERRORS)

    def load(index: int) -> Sample:
        loaded.append(index)
        return inner.load(index)

    pictures = EvaluationSet("greys", "rain", inner.names, load)
    seen: list[Comparison] = []
    first, second = measure(
        pictures, [_adding(0.0, "a"), _adding(0.001, "b")], PROTOCOLS[PAPER], chosen=[5, 1], seen=seen.append
    )
    assert loaded == [5, 1] and first.names == second.names == ("5.png", "1.png")
    assert first.before == first.after == second.before and second.after != second.before
    assert [(entry.method, entry.name) for entry in seen] == [(m, n) for n in first.names for m in ("a", "b")]
    assert seen[1].gain == pytest.approx(_db(0.029) - _db(0.03), abs=1e-3) and seen[0].gain == 0
    assert first.seconds >= 0


def test_results_can_be_restricted_to_common_pictures(grey_set: GreySet) -> None:
    (whole,) = measure(grey_set(ERRORS), [_adding(0.0)], PROTOCOLS[PAPER])
    (part,) = measure(grey_set(ERRORS), [_adding(0.0)], PROTOCOLS[PAPER], chosen=[0, 6])
    narrowed = whole.on(["0.png", "6.png"])
    assert (narrowed.names, narrowed.before, narrowed.after) == (part.names, part.before, part.after)


def test_an_additional_distance_is_averaged(grey_set: GreySet) -> None:
    def distance(a: np.ndarray, b: np.ndarray) -> float:
        return float(np.abs(a - b).max())

    (result,) = measure(grey_set((0.1, 0.3)), [_adding(0.1)], PROTOCOLS[PAPER], perceptual=distance)
    summary = result.summary()
    assert summary["input_lpips"] == pytest.approx(0.2, abs=1e-5) and summary["lpips"] == pytest.approx(0.1, abs=1e-5)


def test_equal_pictures_gain_nothing(grey_set: GreySet) -> None:
    (result,) = measure(grey_set((0.0,)), [_adding(0.0)], PROTOCOLS[PAPER])
    assert result.summary()["worst"][0]["gain"] == 0.0 and result.psnr == math.inf


@pytest.mark.parametrize(
    ("count", "limit", "chosen"),
    [(5, None, [0, 1, 2, 3, 4]), (5, 2, [0, 4]), (5, 3, [0, 2, 4]), (3, 9, [0, 1, 2]), (4, 1, [0])],
)
def test_pictures_are_spread_over_the_set(count: int, limit: int | None, chosen: list[int]) -> None:
    assert spread(count, limit) == chosen
