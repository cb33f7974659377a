"""The map of sky and ground, on scenes whose sky is known."""

import cv2
import numpy as np
import pytest

from training.synthesis.sky import FARTHEST, SKY, UNKNOWN, find_sky, scene_map


def view(sky: tuple[int, int, int] = (150, 185, 225)) -> tuple[np.ndarray, np.ndarray]:
    """A sky with a cloud over a rough meadow, a tower before it; (240, 320, 3) uint8, and where the sky is."""
    rng = np.random.default_rng(3)
    picture = np.empty((240, 320, 3), np.float32)
    picture[:] = sky
    cloud = cv2.GaussianBlur((np.indices((240, 320))[0] < 30).astype(np.float32), (0, 0), 8)
    picture += 25 * cloud[:, :, None]
    is_sky = np.zeros((240, 320), bool)
    is_sky[:100] = True
    picture[100:] = np.array([70, 95, 50]) + rng.normal(0, 25, (140, 320, 1))
    picture[40:100, 200:230] = np.array([110, 80, 60]) + rng.normal(0, 12, (60, 30, 1))
    is_sky[40:100, 200:230] = False
    return np.clip(picture, 0, 255).astype(np.uint8), is_sky


@pytest.mark.parametrize("sky", [(150, 185, 225), (205, 208, 210), (40, 80, 150), (250, 215, 180)])
def test_the_sky_is_detected_up_to_the_edges_of_objects(sky: tuple[int, int, int]) -> None:
    picture, is_sky = view(sky)
    found = find_sky(picture)
    assert (found & is_sky).sum() > 0.98 * is_sky.sum()
    assert not found[103:].any() and not found[43:97, 203:227].any()


def test_bright_walls_and_grass_are_not_sky() -> None:
    rng = np.random.default_rng(1)
    grass = np.clip(np.array([120, 170, 60]) + rng.normal(0, 20, (120, 160, 1)), 0, 255).astype(np.uint8)
    assert not find_sky(grass).any()
    picture, _ = view()
    upside_down = np.ascontiguousarray(picture[::-1])
    assert not find_sky(upside_down).any()  # not joined to the upper edge
    assert (scene_map(upside_down) == UNKNOWN).all()


def test_the_map_has_the_sky_farthest_and_ground_that_recedes() -> None:
    picture, is_sky = view()
    found = scene_map(picture)
    assert found.dtype == np.uint8 and found.shape == (240, 320)
    assert (found[is_sky] == SKY).mean() > 0.98
    assert found[60, 215] == FARTHEST  # the tower stands above the horizon
    column = found[105:, 50].astype(int)
    assert (np.diff(column) <= 0).all() and found[110, 50] > 225 and found[-1, 50] == 1
    assert found[170, 50] == pytest.approx(FARTHEST - (FARTHEST - 1) * 70 / 139, abs=4)
