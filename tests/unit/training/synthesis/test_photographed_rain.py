"""Streaks compared with measurements and with the parameters of layers."""

import cv2
import numpy as np
import pytest

from core.evaluation.metrics import psnr
from training import synthesis
from training.synthesis.photographed_rain import streaks
from training.synthesis.physical_rain import StreakLayer, coverage, streak_map


def test_streaks_cover_as_much_as_the_streak_map() -> None:
    layer = StreakLayer(length=16.0, width=0.8, density=2e-3, opacity=0.3)
    maps = [
        np.mean([draw(120, 160, layer, angle=10.0, rng=np.random.default_rng(seed)).mean() for seed in range(12)])
        for draw in (streaks, streak_map)
    ]
    assert maps[0] == pytest.approx(maps[1], rel=0.12)
    assert 0.1 * coverage([layer]) < maps[0] / layer.opacity < coverage([layer])


def test_streaks_have_the_given_direction() -> None:
    for angle in (-25.0, 0.0, 25.0):
        layer = StreakLayer(length=24.0, width=0.7, density=1e-3, opacity=1.0)
        cover = streaks(160, 160, layer, angle=angle, rng=np.random.default_rng(1), disorder=0.0)
        cover = cv2.GaussianBlur(cover, (0, 0), 1.5)  # differences of neighbours bend the angles of thin lines
        across, down = np.gradient(cover, axis=1), np.gradient(cover, axis=0)
        # The gradient stands across the streaks: its mean tensor gives their direction.
        tensor = np.array([[np.sum(across**2), np.sum(across * down)], [np.sum(across * down), np.sum(down**2)]])
        normal = np.linalg.eigh(tensor)[1][:, 1]
        lean = np.degrees(np.arctan2(-normal[1], normal[0]))
        assert (lean + 90) % 180 - 90 == pytest.approx(angle, abs=3)


def test_rain_grows_with_its_strength_and_brightens(scene: np.ndarray) -> None:
    for strengths in ((0.0, 0.5), (0.5, 1.0)):
        weak, strong = (
            np.mean([psnr(synthesis.photographed_rain(scene, s, np.random.default_rng(i)), scene) for i in range(10)])
            for s in strengths
        )
        assert weak > strong + 1.0
    one, two = (synthesis.photographed_rain(scene, 0.6, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert one.dtype == np.float32 and one.min() >= 0 and one.max() <= 1
    dark = scene * np.float32(0.3)
    assert synthesis.photographed_rain(dark, 0.6, np.random.default_rng(3)).mean() > dark.mean()


def test_a_strength_out_of_range_is_rejected(scene: np.ndarray) -> None:
    with pytest.raises(ValueError, match=r"1\.5"):
        synthesis.photographed_rain(scene, 1.5, np.random.default_rng(0))
