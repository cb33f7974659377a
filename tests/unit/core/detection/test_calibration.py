"""Calibration: from logits to probabilities."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.detection.calibration import Calibration, Platt, clean_logit, sigmoid
from core.detection.detection import CLASSES, FAMILIES

logits_of_one = st.lists(st.floats(-40, 40), min_size=5, max_size=5)


@given(logits_of_one)
def test_without_calibration_families_are_logistic_and_clean_is_the_product_of_complements(logits: list[float]) -> None:
    values = Calibration().probabilities(np.array([logits]))[0]
    families = 1 / (1 + np.exp(-np.array(logits)))
    np.testing.assert_allclose(values[:5], families, atol=1e-12)
    assert values[5] == pytest.approx(np.prod(1 - families), abs=2e-6)


@given(logits_of_one, st.integers(0, 4), st.floats(0.01, 5))
def test_clean_probability_never_increases_with_that_of_a_family(logits: list[float], index: int, more: float) -> None:
    curves = {name: Platt(1.3, -0.4) for name in CLASSES}
    calibration = Calibration(curves)
    worse = list(logits)
    worse[index] += more
    before, after = calibration.probabilities(np.array([logits, worse]))
    assert after[index] >= before[index] and after[5] <= before[5]


def test_curve_scales_and_shifts_the_logit() -> None:
    assert Platt(2.0, -1.0)(np.array([0.5]))[0] == pytest.approx(0.5)
    assert Platt(2.0, -1.0)(np.array([1.0]))[0] == pytest.approx(1 / (1 + np.exp(-1)))


def test_extreme_values_stay_finite() -> None:
    extreme = np.array([[1e6] * 5, [-1e6] * 5])
    assert np.isfinite(Calibration().probabilities(extreme)).all()
    assert np.isfinite(clean_logit(np.array([[0.0] * 5, [1.0] * 5]))).all()
    np.testing.assert_array_equal(sigmoid(np.array([-1e9, 1e9])), [0.0, 1.0])


def test_calibration_round_trip_through_json() -> None:
    calibration = Calibration(
        {name: Platt(0.5 + i, 0.1 * i) for i, name in enumerate(CLASSES)},
        {name: 0.4 + 0.05 * i for i, name in enumerate(FAMILIES)},
    )
    assert Calibration.from_dict(json.loads(json.dumps(calibration.to_dict()))) == calibration


@pytest.mark.parametrize("scale", [0.0, -1.0, float("nan"), float("inf")])
def test_curve_that_reverses_the_order_is_refused(scale: float) -> None:
    with pytest.raises(ValueError):
        Platt(scale, 0.0)


def test_missing_class_or_threshold_out_of_range_is_refused() -> None:
    good = Calibration().to_dict()
    with pytest.raises(ValueError):
        Calibration.from_dict({**good, "curves": {"noise": [1, 0]}})
    with pytest.raises(ValueError):
        Calibration.from_dict({**good, "thresholds": {**good["thresholds"], "haze": 1.0}})
