"""Masks of rotated, mirrored and cropped photos."""

import cv2
import numpy as np
import pytest
from hypothesis import given, settings

from core.masks import Brush, Component, LinearGradient, Mask, RadialGradient, Shape, Sky, Stroke
from core.masks.rendering import MaskRenderer
from core.masks.transforms import FrameChange, transformed
from tests.unit.core.masks.shapes_for_tests import geometry, masks, picture

SIZE = (96, 60)
PHOTO = np.zeros((60, 96, 3), np.float32)


def rendered(mask: Mask, photo: np.ndarray) -> np.ndarray:
    return MaskRenderer(np.ascontiguousarray(photo)).render(mask)


@settings(max_examples=60, deadline=None)
@given(masks(geometry))
def test_quarter_turns_and_reflections_move_the_mask_with_the_photo(mask: Mask) -> None:
    mask = Mask(mask.components, mask.inverted)  # blurring at the edges depends on what is outside
    before = rendered(mask, PHOTO)
    turned = rendered(transformed(mask, FrameChange.rotation(SIZE, 90)), np.rot90(PHOTO, -1))
    mirrored = rendered(transformed(mask, FrameChange.reflection(SIZE)), PHOTO)
    # Hard edges may move by rounded positions, so that a few pixels on them differ.
    assert np.abs(turned - np.rot90(before, -1)).mean() < 2e-3
    assert np.abs(mirrored - before[:, ::-1]).mean() < 2e-3


@settings(max_examples=60, deadline=None)
@given(masks(geometry))
def test_a_crop_shows_the_same_part_of_the_mask(mask: Mask) -> None:
    mask = Mask(mask.components, mask.inverted)
    cropped = transformed(mask, FrameChange.crop(SIZE, (10, 5, 80, 50)))
    part = rendered(cropped, PHOTO[5:50, 10:80])
    assert np.abs(part - rendered(mask, PHOTO)[5:50, 10:80]).mean() < 2e-3


def test_any_angle_and_several_changes_one_after_the_other() -> None:
    mask = Mask.from_shape(RadialGradient((0.4, 0.45), (0.2, 0.1), 20, 0.5))
    change = FrameChange.rotation(SIZE, 10).then(FrameChange.crop(SIZE, (10, 10, 90, 55)))
    matrix = cv2.getRotationMatrix2D((47.5, 29.5), -10, 1)  # OpenCV turns anticlockwise about pixel centres
    expected = cv2.warpAffine(rendered(mask, PHOTO), matrix, SIZE)[10:55, 10:90]
    assert np.abs(rendered(transformed(mask, change), PHOTO[10:55, 10:90]) - expected).max() < 0.03


def test_a_picture_is_resampled() -> None:
    mask = Mask.from_shape(picture(60, 96))
    before = rendered(mask, PHOTO)
    turned = transformed(mask, FrameChange.rotation(SIZE, 90))
    assert np.abs(rendered(turned, np.rot90(PHOTO, -1)) - np.rot90(before, -1)).max() < 0.01
    part = transformed(mask, FrameChange.crop(SIZE, (10, 5, 80, 50)))
    assert np.abs(rendered(part, PHOTO[5:50, 10:80]) - before[5:50, 10:80]).max() < 0.01


def test_four_quarter_turns_change_nothing() -> None:
    mask = Mask((Component(RadialGradient((0.3, 0.2), (0.2, 0.1), 30)), Component(Sky())), feather=0.01)
    size, moved = SIZE, mask
    for _ in range(4):
        moved = transformed(moved, FrameChange.rotation(size, 90))
        size = (size[1], size[0])
    ellipse, first = moved.components[0].shape, mask.components[0].shape
    assert isinstance(ellipse, RadialGradient) and isinstance(first, RadialGradient)
    assert ellipse.centre == pytest.approx(first.centre, abs=1e-4) and ellipse.angle % 360 == pytest.approx(30)
    assert moved.components[1] == mask.components[1] and moved.feather == mask.feather


LARGE = np.zeros((600, 960, 3), np.float32)


@pytest.mark.parametrize("quarters", range(4))
@pytest.mark.parametrize(
    "shape",
    [
        LinearGradient((0.02, 0.1), (0.97, 0.9)),
        RadialGradient((0.1, 0.2), (0.55, 0.5), 20, 0.3),
        RadialGradient((0.9, 0.1), (0.2, 0.1)),  # far from the crop
        Brush((Stroke(((0.05, 0.1), (0.95, 0.9)), 0.05),)),
    ],
)
def test_a_small_crop_shows_the_same_part_of_large_and_far_shapes(shape: Shape, quarters: int) -> None:
    mask = Mask((Component(shape),), inverted=True)
    left, top, right, bottom = region = (470, 290, 530, 340)  # a sixteenth of the width
    size = (right - left, bottom - top)
    change = FrameChange.crop((960, 600), region).then(FrameChange.rotation(size, 90 * quarters))
    part = np.rot90(LARGE[top:bottom, left:right], -quarters)
    expected = np.rot90(rendered(mask, LARGE)[top:bottom, left:right], -quarters)
    assert np.abs(rendered(transformed(mask, change), part) - expected).max() < 0.03


def test_a_shape_that_is_tiny_in_the_whole_photo_is_kept() -> None:
    mask = Mask.from_shape(RadialGradient((0.5, 0.5), (0.01, 0.01)))
    crop = FrameChange.crop((960, 600), (470, 290, 490, 300))
    values = rendered(transformed(mask, crop.inverse), LARGE)
    assert values.mean() < 1e-4  # not everywhere, as without a mask
