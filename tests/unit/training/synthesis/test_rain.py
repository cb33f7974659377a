"""Rain: direction, number and light of streaks."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from training import synthesis
from training.synthesis.light import to_encoded, to_linear
from training.synthesis.physical_rain import StreakLayer, coverage, streak_map


def direction(streaks: np.ndarray) -> float:
    """Degrees from the vertical, positive from upper left to lower right, by the structure tensor."""
    streaks = cv2.GaussianBlur(streaks, (0, 0), 1.5)
    across, down = cv2.Sobel(streaks, cv2.CV_64F, 1, 0), cv2.Sobel(streaks, cv2.CV_64F, 0, 1)
    steepest = 0.5 * np.arctan2(2 * (across * down).sum(), (across**2 - down**2).sum())
    return float(np.rad2deg(-steepest))


def fall(angle: float) -> np.ndarray:
    black = np.zeros((200, 200, 3), np.float32)
    return synthesis.rain(
        black, angle=angle, length=31, width=0.5, density=0.001, strength=0.8, rng=np.random.default_rng(3)
    )[..., 0]


def layer_map(angle: float = 0.0, **changes: float) -> np.ndarray:
    layer = StreakLayer(**({"length": 30.0, "width": 0.8, "density": 5e-4, "opacity": 0.5} | changes))
    return streak_map(300, 400, layer, angle=angle, rng=np.random.default_rng(1), disorder=0.0)


@pytest.mark.parametrize("angle", [-40.0, -10.0, 0.0, 25.0, 45.0])
def test_added_streaks_have_the_given_direction(angle: float) -> None:
    assert direction(fall(angle)) == pytest.approx(angle, abs=3.0)
    assert direction(layer_map(angle)) == pytest.approx(angle, abs=1.5)


def test_rain_only_brightens(random_picture: Callable[..., np.ndarray]) -> None:
    clean = random_picture()
    wet = synthesis.rain(clean, angle=0, length=9, width=0.5, density=0.01, strength=0.5, rng=np.random.default_rng(0))
    assert (wet >= clean).all() and (wet > clean).any()


@pytest.mark.parametrize("density", [1e-4, 4e-4])
def test_the_number_of_streaks_is_their_density(density: float) -> None:
    counts = []
    for seed in range(10):
        layer = StreakLayer(length=8.0, width=0.6, density=density, opacity=1.0)
        streaks = streak_map(300, 400, layer, angle=10.0, rng=np.random.default_rng(seed))
        counts.append(cv2.connectedComponents((streaks > 0.2).astype(np.uint8))[0] - 1)
    # Streaks that reach in from outside count as well: those of the frame that is half a streak wide.
    expected = density * (300 + 8) * (400 + 3)
    assert np.mean(counts) == pytest.approx(expected, rel=0.12)


def test_streaks_have_their_length_width_and_opacity() -> None:
    mapped = layer_map(density=1.5e-4, length=40.0, width=1.2, opacity=0.7)
    count, labels, boxes, _ = cv2.connectedComponentsWithStats((mapped > 0.01).astype(np.uint8))
    whole = [i for i in range(1, count) if boxes[i, 1] > 0 and boxes[i, 1] + boxes[i, 3] < 300 and boxes[i, 2] < 11]
    crests = np.array([mapped[labels == i].max() for i in whole])
    lengths = [
        np.ptp(np.nonzero((labels == i) & (mapped > crest / 2))[0]) for i, crest in zip(whole, crests, strict=True)
    ]
    widths = [((labels == i) & (mapped > crest / 2)).any(0).sum() for i, crest in zip(whole, crests, strict=True)]
    assert len(whole) >= 3
    assert np.exp(np.mean(np.log(lengths))) == pytest.approx(40.0, rel=0.35)
    assert np.median(widths) == 3  # full width at half height of a Gaussian: 2.355 * 1.2
    assert crests.min() >= 0.35 * 0.7 - 1e-3 and np.median(crests) <= 0.7  # two may overlap


def test_layers_follow_the_pinhole_camera() -> None:
    near = StreakLayer(length=80.0, width=2.0, density=1e-5, opacity=0.4)
    layers = synthesis.depth_layers(near, 4)
    assert [layer.length for layer in layers] == [80.0, 40.0, 20.0, 10.0]
    assert [layer.density for layer in layers] == pytest.approx([1e-5, 8e-5, 64e-5, 512e-5])
    assert [layer.opacity for layer in layers[:3]] == [0.4] * 3
    # Below the size of a pixel a streak grows fainter instead of thinner, so its light is what its size says.
    assert layers[3].width * layers[3].opacity == pytest.approx(0.25 * 0.4)
    assert coverage(layers[:2]) > 2 * coverage(layers[:1])


def test_drops_have_the_light_of_the_scene_on_any_background() -> None:
    layer, drop_light = StreakLayer(length=20.0, width=1.0, density=2e-3, opacity=0.6), 0.5
    levels = np.array([0.0, 0.1, 0.5, 0.9], np.float32)  # linear
    cover = streak_map(200, 200, layer, angle=5.0, rng=np.random.default_rng(7))[..., None]
    for level in levels:
        flat = np.full((200, 200, 3), to_encoded(level), np.float32)
        wet = synthesis.layered_rain(flat, [layer], angle=5.0, drop_light=drop_light, rng=np.random.default_rng(7))
        np.testing.assert_allclose(
            to_linear(wet), np.broadcast_to((1 - cover) * level + cover * drop_light, wet.shape), atol=2e-5
        )


def test_far_layers_are_behind_near_ones() -> None:
    flat = np.zeros((60, 60, 3), np.float32)
    opaque = StreakLayer(length=40.0, width=6.0, density=0.1, opacity=1.0)  # covers everything
    thin = StreakLayer(length=10.0, width=0.6, density=0.01, opacity=0.9)
    rng = np.random.default_rng
    covered = synthesis.layered_rain(flat, [opaque, thin], angle=0.0, drop_light=0.3, rng=rng(0))
    np.testing.assert_allclose(to_linear(covered), 0.3, atol=1e-4)


def test_veil_moves_the_mean_to_the_airlight_and_reduces_contrast(scene: np.ndarray) -> None:
    depth, air = np.full(scene.shape[:2], 0.5, np.float32), np.full(3, 0.9, np.float32)
    layers = synthesis.depth_layers(StreakLayer(length=30.0, width=1.0, density=1e-3, opacity=0.3), 2)
    settings = {"angle": 10.0, "drop_light": 0.6}
    wet = synthesis.layered_rain(scene, layers, **settings, rng=np.random.default_rng(2))
    veiled = synthesis.heavy_rain(
        scene, layers, depth, beta=1.0, airlight=air, **settings, rng=np.random.default_rng(2)
    )
    passed = np.exp(-0.5)
    assert veiled.mean() == pytest.approx(passed * wet.mean() + (1 - passed) * 0.9, abs=1e-4)
    assert veiled.std() == pytest.approx(passed * wet.std(), rel=0.05)
    np.testing.assert_allclose(veiled.std((0, 1)), passed * wet.std((0, 1)), rtol=1e-3)


def test_environment_light_is_that_of_the_brightest_tenth() -> None:
    picture = np.zeros((100, 10, 3), np.float32)
    picture[:20] = to_encoded(np.float32(0.7))
    assert synthesis.environment_light(picture) == pytest.approx(0.7, abs=1e-3)
    assert synthesis.environment_light(np.zeros((8, 8, 3), np.float32)) == pytest.approx(0.1)
