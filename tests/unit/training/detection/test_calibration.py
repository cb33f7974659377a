"""Fitting and measuring probabilities."""

import numpy as np
import pytest

from core.detection import CLASSES, FAMILIES
from core.detection.calibration import sigmoid
from training.detection.calibration import calibration_error, fit_calibration, fit_platt


def test_true_curve_is_recovered() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0, 3, 20_000)
    truth = (rng.random(20_000) < sigmoid(0.6 * logits - 1.0)).astype(float)
    curve = fit_platt(logits, truth)
    assert curve.scale == pytest.approx(0.6, abs=0.03) and curve.shift == pytest.approx(-1.0, abs=0.06)


def test_separable_logits_give_a_finite_curve() -> None:
    logits = np.array([-5.0, -4.0, 4.0, 5.0])
    curve = fit_platt(logits, np.array([0.0, 0.0, 1.0, 1.0]))
    assert 0.5 < curve.scale < 20 and abs(curve.shift) < 5
    assert fit_platt(logits, np.array([1.0, 1.0, 0.0, 0.0])).scale >= 1e-3  # order is never reversed


def test_calibration_improves_overconfident_logits_and_ignores_ambiguous_families() -> None:
    rng = np.random.default_rng(1)
    true_logits = rng.normal(-1.5, 2, (3000, 5))
    present = (rng.random((3000, 5)) < sigmoid(true_logits)).astype(np.float32)
    counts = np.ones_like(present)
    counts[:500, 0] = 0
    spoilt = present.copy()
    spoilt[:500, 0] = 1 - spoilt[:500, 0]
    calibration = fit_calibration(4 * true_logits + 1, spoilt, counts)
    values = calibration.probabilities(4 * true_logits + 1)
    for index in range(5):
        raw = calibration_error(sigmoid(4 * true_logits + 1)[:, index], present[:, index])
        assert calibration_error(values[:, index], present[:, index]) < 0.3 * raw
    clean = (present.max(axis=1) == 0).astype(float)
    assert calibration_error(values[:, CLASSES.index("clean")], clean) < 0.03
    assert set(calibration.thresholds) == set(FAMILIES)


def test_calibration_error_of_known_cases() -> None:
    assert calibration_error(np.array([0.0, 1.0]), np.array([0.0, 1.0])) == 0
    assert calibration_error(np.array([0.0, 1.0]), np.array([1.0, 0.0])) == 1
    # 10 said to be 0.75, 5 true: |0.75 - 0.5| in their bin, weighted by 10 of 40; the others are exact
    said = np.concatenate([np.full(10, 0.75), np.zeros(30)])
    true = np.concatenate([np.ones(5), np.zeros(35)])
    assert calibration_error(said, true) == pytest.approx(0.25 * 10 / 40)
