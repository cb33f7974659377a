"""The inspected part of a photo."""

from collections.abc import Callable

import numpy as np
import pytest

from core.errors import RestorationError
from core.inspection import describe_region, region_of


def test_small_photo_is_not_reduced(picture: Callable) -> None:
    pixels = picture(30, 40)
    region = region_of(pixels)
    np.testing.assert_array_equal(region.pixels, pixels)
    assert region.is_whole and region.scale == 1.0
    assert region.description == "whole photo 40×30, at full size"


def test_large_photo_is_reduced(picture: Callable) -> None:
    region = region_of(picture(120, 200), longest=50)
    assert region.pixels.shape == (30, 50, 3)
    assert region.scale == 0.25
    assert region.description == "whole photo 200×120, reduced to 50×30"
    assert region.pixels.mean() == pytest.approx(0.5, abs=0.02)


def test_crop_keeps_its_pixels(picture: Callable) -> None:
    pixels = picture(120, 200)
    region = region_of(pixels, (10, 20, 64, 32))
    np.testing.assert_array_equal(region.pixels, pixels[20:52, 10:74])
    assert region.description == "crop 64×32 at (10, 20), at full size"
    assert region.pixels.flags.c_contiguous


def test_crop_is_limited_to_the_photo(picture: Callable) -> None:
    region = region_of(picture(120, 200), (-10, 100, 64, 64))
    assert region.crop == (0, 100, 54, 20)


@pytest.mark.parametrize("crop", [(200, 0, 10, 10), (0, 0, 0, 10), (-20, -20, 10, 10)])
def test_crop_outside_the_photo_is_refused(picture: Callable, crop: tuple[int, int, int, int]) -> None:
    with pytest.raises(RestorationError, match="200×120"):
        region_of(picture(120, 200), crop)


def test_narrow_strip_keeps_at_least_one_pixel(picture: Callable) -> None:
    assert region_of(picture(1, 900), longest=100).pixels.shape == (1, 100, 3)


def test_too_small_size_is_refused(picture: Callable) -> None:
    with pytest.raises(ValueError, match="longest"):
        region_of(picture(), longest=8)


@pytest.mark.parametrize("crop", [None, (0, 0, 60, 40), (10, 5, 20, 30), (-5, -5, 400, 20), (30, 20, 999, 999)])
@pytest.mark.parametrize("longest", [16, 40, 512])
def test_a_region_is_described_without_its_pixels(crop, longest: int) -> None:
    region = region_of(np.zeros((40, 60, 3), np.float32), crop, longest)
    assert str(describe_region((60, 40), crop, longest)) == str(region.description)
