"""Each measure on a photo that is damaged in one way, and on changes that do no harm."""

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from core.quality import LIMITS, Comparison, Measures, measure

Damage = Callable[[np.ndarray], np.ndarray]


def scene(side: int = 360) -> np.ndarray:
    """A bright even sky above a ground with texture, and a dark pole before both."""
    rng = np.random.default_rng(5)
    photo = np.full((side, side, 3), (0.66, 0.7, 0.74), np.float32)
    ground = cv2.GaussianBlur(rng.random((side // 2, side, 3)).astype(np.float32), (0, 0), 1.0)
    photo[side // 2 :] = 0.45 + 1.6 * (ground - 0.5)
    photo[:, side // 2 - 12 : side // 2 + 12] = 0.12
    return photo.clip(0, 1)


def kinds(after: Damage, before: np.ndarray | None = None) -> set[str]:
    """The measures of the damage that exceed their limits."""
    photo = scene() if before is None else before
    found = measure(photo, after(photo.copy()).clip(0, 1).astype(np.float32))
    return {name for name, limit in LIMITS.items() if getattr(found, name) > limit}


def half_dark(photo: np.ndarray) -> np.ndarray:
    return photo * 0.35


def grey_sky(photo: np.ndarray) -> np.ndarray:
    photo[:150, :150] *= 0.6
    return photo


def bright_halo(photo: np.ndarray) -> np.ndarray:
    middle = photo.shape[1] // 2
    for at in range(12, 22):
        photo[:, [middle - at - 1, middle + at]] += 0.25 * (22 - at) / 10
    return photo


def frame(photo: np.ndarray) -> np.ndarray:
    photo[8:13] *= 0.2
    return photo


def blotches(photo: np.ndarray) -> np.ndarray:
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, photo.shape[:2]), (0, 0), 7)
    return photo + (0.14 * noise / noise.std())[..., None]


def colour_blotches(photo: np.ndarray) -> np.ndarray:
    noise = cv2.GaussianBlur(np.random.default_rng(1).normal(0, 1, photo.shape), (0, 0), 7)
    noise -= noise.mean(axis=2, keepdims=True)
    return photo + 0.12 * noise / noise.std()


def blocks(photo: np.ndarray) -> np.ndarray:
    return np.kron(np.random.default_rng(2).random((45, 45, 3)), np.ones((8, 8, 1))) * 0.5


def brown(photo: np.ndarray) -> np.ndarray:
    return photo * np.array([1.0, 0.75, 0.35])


def noise(photo: np.ndarray) -> np.ndarray:
    return photo + np.random.default_rng(3).normal(0, 0.03, photo.shape)


def smeared(photo: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(photo, (0, 0), 3)


@pytest.mark.parametrize(
    ("kind", "damage"),
    [
        ("darkening", half_dark),
        ("dulled_lights", half_dark),
        ("dark_areas", grey_sky),
        ("bright_halos", bright_halo),
        ("border_band", frame),
        ("blotches", blotches),
        ("colour_blotches", colour_blotches),
        ("noise", noise),
    ],
)
def test_a_damage_is_found_by_its_measure(kind: str, damage: Damage) -> None:
    assert kind in kinds(damage)


def test_lights_outside_a_mask_are_lights_of_the_photo() -> None:
    photo = scene()
    masked = photo.copy()
    masked[180:] *= 0.6  # the sky is kept
    assert measure(photo, masked).dulled_lights == 0
    assert measure(photo, photo * 0.6).dulled_lights > LIMITS["dulled_lights"]


def test_blocks_where_a_photo_was_black_are_found() -> None:
    assert "blocks" in kinds(blocks, np.full((360, 360, 3), 0.01, np.float32))


def test_grey_that_becomes_brown_is_found() -> None:
    assert "new_colour" in kinds(brown, np.full((360, 360, 3), 0.6, np.float32))


def test_skin_that_becomes_brick_red_is_found() -> None:
    skin = np.full((300, 300, 3), (0.86, 0.67, 0.57), np.float32)
    assert "skin" in kinds(lambda photo: np.full_like(photo, (0.8, 0.3, 0.15)), skin)
    assert "skin" not in kinds(lambda photo: photo * 1.1, skin)


def test_lost_lights_shadows_and_texture_are_found() -> None:
    texture = (0.5 + np.random.default_rng(4).normal(0, 0.02, (360, 360, 3))).astype(np.float32)
    texture[:60] = 0.5
    assert "texture_lost" in kinds(smeared, texture)
    ramp = np.tile(np.linspace(0.05, 0.95, 360, dtype=np.float32)[None, :, None], (360, 1, 3))
    assert "clipped_lights" in kinds(lambda photo: photo * 2.2, ramp)
    assert "clipped_shadows" in kinds(lambda photo: photo - 0.3, ramp)


@pytest.mark.parametrize(
    "change",
    [
        lambda photo: photo,
        lambda photo: photo**0.9,
        lambda photo: photo * 0.97,
        lambda photo: photo + np.random.default_rng(3).normal(0, 0.002, photo.shape),
    ],
    ids=["none", "brighter", "slightly darker", "rounding"],
)
def test_a_small_or_even_change_does_no_harm(change: Damage) -> None:
    assert kinds(change) == set()


def test_a_dark_photo_that_is_brightened_is_not_harmed() -> None:
    dark = scene() * 0.15
    assert kinds(lambda photo: photo / 0.15 * 0.8, dark) == set()


def test_removed_noise_is_not_lost_texture() -> None:
    noisy = (scene() + np.random.default_rng(6).normal(0, 0.06, (360, 360, 3))).clip(0, 1).astype(np.float32)
    assert kinds(lambda photo: scene(), noisy) == set()


def test_identical_photos_have_no_measures() -> None:
    assert measure(scene(), scene()) == Measures()


def test_the_harm_is_the_same_at_99_percent_and_less_at_half_strength() -> None:
    photo = scene()
    comparison = Comparison(photo, half_dark(photo.copy()))
    full, almost, half = (comparison.measures(strength) for strength in (1.0, 0.99, 0.5))
    assert almost.darkening == pytest.approx(full.darkening, rel=0.05)
    assert half.darkening < 0.6 * full.darkening
    blended = photo + np.float32(0.5) * (half_dark(photo.copy()) - photo)
    assert half.darkening == pytest.approx(measure(photo, blended).darkening, abs=0.05)


def test_harm_within_a_mask_counts_as_much_as_in_the_whole_photo() -> None:
    photo = scene()
    masked = photo.copy()
    masked[:, 240:] = half_dark(photo)[:, 240:]
    assert measure(photo, masked).darkening > LIMITS["darkening"]


def test_a_large_photo_gives_about_the_same_measures_as_a_small_one() -> None:
    small = scene()
    large = small.repeat(4, axis=0).repeat(4, axis=1)
    for damage in (half_dark, grey_sky):
        of_small = measure(small, damage(small.copy()))
        of_large = measure(large, damage(small.copy()).repeat(4, axis=0).repeat(4, axis=1))
        for name in ("darkening", "dulled_lights", "dark_areas"):
            assert getattr(of_large, name) == pytest.approx(getattr(of_small, name), rel=0.15, abs=0.5)


@pytest.mark.parametrize("size", [(1, 1), (1, 40), (7, 3), (35, 35), (36, 400)])
def test_small_photos_are_measured_too(size: tuple[int, int]) -> None:
    photo = np.random.default_rng(0).random((*size, 3), np.float32)
    found = measure(photo, 1 - photo)
    assert all(np.isfinite(getattr(found, name)) for name in Measures.names())
