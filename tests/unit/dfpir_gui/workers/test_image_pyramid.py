"""The image pyramid, compared with plain numpy."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dfpir_gui.workers.image_pyramid import MixedPyramid, Pyramid

LOADED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
"""How long it takes tells how busy the machine is, and nothing about the code."""


def test_8_bit_values_are_unchanged() -> None:
    values = np.arange(256, dtype=np.uint8)
    pixels = np.repeat(values.astype(np.float32)[None, :, None] / np.float32(255), 3, axis=2)
    shown = Pyramid.from_pixels(np.ascontiguousarray(pixels)).levels[0]
    assert shown.dtype == np.uint8
    assert (shown[0, :, 0] == values).all()
    assert (shown == shown[..., :1]).all()


def test_other_values_are_rounded_to_the_nearest() -> None:
    pixels = np.full((1, 2, 3), 0, np.float32)
    pixels[0, 0], pixels[0, 1] = 100.4 / 255, 100.6 / 255
    assert Pyramid.from_pixels(pixels).levels[0][0, :, 0].tolist() == [100, 101]


def test_each_level_is_the_mean_of_two_by_two_pixels() -> None:
    rng = np.random.default_rng(3)
    full = rng.integers(0, 256, (1024, 1536, 3)).astype(np.uint8)
    levels = Pyramid.from_pixels(full.astype(np.float32) / np.float32(255)).levels
    assert [level.shape for level in levels] == [(1024, 1536, 3), (512, 768, 3), (256, 384, 3)]
    for larger, smaller in pairwise(levels):
        height, width = smaller.shape[:2]
        means = larger.reshape(height, 2, width, 2, 3).astype(float).mean(axis=(1, 3))
        assert np.abs(smaller - means).max() <= 0.5 + 1e-9


@LOADED
@given(st.integers(1, 2100), st.integers(1, 40))
def test_odd_sides_are_rounded_up_and_small_photos_have_one_level(width: int, height: int) -> None:
    levels = Pyramid.from_pixels(np.zeros((height, width, 3), np.float32)).levels
    for larger, smaller in pairwise(levels):
        assert smaller.shape == ((larger.shape[0] + 1) // 2, (larger.shape[1] + 1) // 2, 3)
    assert (len(levels) == 1) == (max(width, height) < 512)
    assert levels[-1].shape[1] < 512


def test_the_mean_grey_is_equal_on_every_level() -> None:
    levels = Pyramid.from_pixels(np.full((777, 1301, 3), 77 / 255, np.float32)).levels
    assert all((level == 77).all() for level in levels)


@pytest.mark.parametrize(
    ("zoom", "level"), [(8.0, 0), (1.0, 0), (0.75, 0), (0.5001, 0), (0.5, 1), (0.3, 1), (0.25, 2), (0.01, 2)]
)
def test_level_for_returns_the_smallest_sufficient_level(zoom: float, level: int) -> None:
    pyramid = Pyramid.from_pixels(np.zeros((1000, 1400, 3), np.float32))
    assert [entry.shape[1] for entry in pyramid.levels] == [1400, 700, 350]
    assert pyramid.level_for(zoom) == level


def test_transparent_pixels_are_blended_with_grey() -> None:
    pixels = np.ones((1, 3, 3), np.float32)
    alpha = np.array([[1.0, 0.5, 0.0]], np.float32)
    opaque, half, clear = Pyramid.from_pixels(pixels, alpha).levels[0][0, :, 0].tolist()
    assert opaque == 255
    assert 50 < clear < 80
    assert half == pytest.approx((255 + clear) / 2, abs=1)


def test_the_photo_is_unchanged_and_levels_are_read_only() -> None:
    pixels = np.full((4, 4, 3), 0.5, np.float32)
    pixels.flags.writeable = False
    pyramid = Pyramid.from_pixels(pixels, np.full((4, 4), 0.5, np.float32))
    assert (pixels == 0.5).all()
    with pytest.raises(ValueError, match="read-only"):
        pyramid.levels[0][0, 0] = 0


def test_a_blend_is_computed_where_it_is_needed() -> None:
    rng = np.random.default_rng(5)
    base, full = (Pyramid.from_pixels(rng.random((600, 900, 3), np.float32)) for _ in range(2))
    mixed = MixedPyramid(base, full, 0.3)
    for index in range(len(base.levels)):
        expected = 0.3 * full.levels[index].astype(float) + 0.7 * base.levels[index]
        part = mixed.part(index, 10, 20, 110, 90)
        assert part.shape == (70, 100, 3)
        assert np.abs(part - expected[20:90, 10:110]).max() <= 0.51
        assert np.abs(mixed.levels[index] - expected).max() <= 0.51
    assert [mixed.level_for(zoom) for zoom in (1.0, 0.5, 0.1)] == [base.level_for(zoom) for zoom in (1.0, 0.5, 0.1)]


@pytest.mark.parametrize(("strength", "source"), [(0.0, 0), (1.0, 1)])
def test_the_ends_of_a_blend_are_its_pictures(strength: float, source: int) -> None:
    rng = np.random.default_rng(5)
    pictures = [Pyramid.from_pixels(rng.random((30, 40, 3), np.float32)) for _ in range(2)]
    assert (MixedPyramid(*pictures, strength).levels[0] == pictures[source].levels[0]).all()


def test_a_blend_follows_a_mask_of_any_size() -> None:
    rng = np.random.default_rng(5)
    base, full = (Pyramid.from_pixels(rng.random((600, 900, 3), np.float32)) for _ in range(2))
    y, x = np.mgrid[0:600, 0:900]
    for shape in ((600, 900), (200, 300)):
        down, across = (np.arange(count) + 0.5 for count in shape)
        mask = ((across / shape[1])[None] * (down / shape[0])[:, None]).astype(np.float32)
        mixed = MixedPyramid(base, full, 0.8, mask)
        weights = (0.8 * (x + 0.5) / 900 * (y + 0.5) / 600)[..., None]
        expected = weights * full.levels[0] + (1 - weights) * base.levels[0]
        assert np.abs(mixed.levels[0] - expected)[2:-2, 2:-2].max() <= 1.5  # positions are rounded to 1/32 pixels
        assert np.array_equal(mixed.part(0, 100, 50, 300, 250), mixed.levels[0][50:250, 100:300])


def test_a_mask_of_0_and_1_takes_the_pictures_themselves() -> None:
    rng = np.random.default_rng(5)
    base, full = (Pyramid.from_pixels(rng.random((30, 40, 3), np.float32)) for _ in range(2))
    mask = np.zeros((30, 40), np.float32)
    mask[:, 20:] = 1
    shown = MixedPyramid(base, full, 1.0, mask).levels[0]
    assert (shown[:, :20] == base.levels[0][:, :20]).all() and (shown[:, 20:] == full.levels[0][:, 20:]).all()
