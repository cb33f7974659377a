"""What counts as sky: clouds and haze do; what merely is bright, or shows through fog, does not."""

import cv2
import numpy as np
import pytest

from core.evaluation.golden import samples
from core.masks.selection import select_sky
from core.photo import Photo

HEIGHT, WIDTH = 160, 240
HORIZON = 90
BLUE, GREEN, WHITE = (120, 170, 230), (60, 100, 45), (245, 246, 250)


def scene(sky: tuple[int, ...] = BLUE, ground: tuple[int, ...] = GREEN, roughness: float = 14) -> np.ndarray:
    """An even sky over rough ground, (H, W, 3) uint8 sRGB."""
    noise = np.random.default_rng(5).normal(0, roughness, (HEIGHT, WIDTH, 1))
    picture = np.clip(np.full((HEIGHT, WIDTH, 3), ground) + noise, 0, 255).astype(np.uint8)
    picture[:HORIZON] = sky
    return picture


def shares(picture: np.ndarray, *parts: tuple[slice, slice]) -> list[float]:
    selected = select_sky(picture.astype(np.float32) / 255, 0.5)
    return [float(selected[part].mean()) for part in parts]


def test_a_white_cloud_with_sharp_edges_is_sky() -> None:
    picture = scene()
    cv2.ellipse(picture, (90, 55), (50, 22), 0, 0, 360, WHITE, -1)
    cloud, sky, ground = shares(picture, np.s_[45:65, 60:120], np.s_[:25], np.s_[HORIZON + 3 :])
    assert cloud > 0.95 and sky > 0.95 and ground < 0.02


def test_snow_and_pale_rock_below_the_sky_are_not_clouds() -> None:
    picture = scene(ground=WHITE, roughness=45)  # rough
    cv2.fillPoly(picture, [np.array([[0, HORIZON], [120, 30], [240, HORIZON]])], (150, 150, 152))  # grey, and smooth
    rock, snow = shares(picture, np.s_[65 : HORIZON - 5, 95:145], np.s_[HORIZON + 5 :])
    assert rock < 0.05 and snow < 0.05


def test_a_sky_may_be_darker_than_the_beach_below() -> None:
    sky, beach = shares(scene(ground=(225, 205, 165)), np.s_[: HORIZON - 3], np.s_[HORIZON + 3 :])
    assert sky > 0.95 and beach < 0.02


def test_the_sky_on_the_other_side_of_a_cable_belongs_to_it() -> None:
    picture = scene()
    cv2.line(picture, (0, 20), (WIDTH, 70), (60, 60, 62), 5)
    above, below = shares(picture, np.s_[:15, 60:], np.s_[75 : HORIZON - 3])
    assert above > 0.95 and below > 0.95


def test_a_building_in_fog_is_not_sky() -> None:
    picture = scene(sky=(214, 210, 196), ground=(110, 104, 90), roughness=40)
    picture[25:HORIZON, 60:100] = (170, 166, 154)
    building, fog = shares(picture, np.s_[35 : HORIZON - 5, 66:94], np.s_[:HORIZON, 120:])
    assert building < 0.1 and fog > 0.95


def test_what_is_rough_all_over_or_green_has_no_sky() -> None:
    waterfall = np.random.default_rng(1).normal(140, 60, (HEIGHT, WIDTH, 1)).clip(0, 255).astype(np.uint8)
    waterfall = cv2.GaussianBlur(np.repeat(waterfall, 3, axis=2), (0, 0), 1.5)
    assert shares(waterfall, np.s_[:])[0] < 0.1
    assert shares(scene(sky=(90, 170, 70)), np.s_[:]) == [0]


@pytest.fixture(scope="module")
def mountains() -> np.ndarray:
    """The shipped sample with haze: blue sky, a large cloud, bright grey rock."""
    pixels = Photo.open(samples()["haze"]).pixels
    return cv2.resize(pixels, (320, 213), interpolation=cv2.INTER_AREA)


def test_the_cloud_of_the_shipped_sample_is_sky_and_its_rock_is_not(mountains: np.ndarray) -> None:
    selected = select_sky(mountains, 0.5)
    assert selected[5:20, 150:300].mean() > 0.98
    assert selected[40:60, 55:75].mean() > 0.95  # the cloud
    assert selected[86:92, 100:112].mean() > 0.95  # its end between the mountains, far below the blue
    assert selected[60:, 150:].mean() < 0.02
    assert selected[75:].mean() < 0.06
