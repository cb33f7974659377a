"""Masks as pixels: against formulas, at several sizes, in parts, and in memory."""

import math
import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.masks import (
    Brush,
    ColourRange,
    Component,
    LinearGradient,
    LuminanceRange,
    Mask,
    Mode,
    RadialGradient,
    Sky,
    Stroke,
)
from core.masks.rendering import MaskRenderer
from core.masks.selection import _Moments
from tests.unit.core.masks.shapes_for_tests import geometry, landscape, masks, picture, shapes

HEIGHT, WIDTH = 60, 96
PHOTO = landscape(240, 384)


def blank(height: int = HEIGHT, width: int = WIDTH) -> MaskRenderer:
    return MaskRenderer(np.zeros((height, width, 3), np.float32))


def smoothstep(value: float) -> float:
    value = min(max(value, 0.0), 1.0)
    return value * value * (3 - 2 * value)


def test_a_stroke_covers_by_the_distance_to_its_path() -> None:
    stroke = Stroke(((0.25, 0.5), (0.75, 0.5)), size=0.25, hardness=0.5)
    rendered = blank().render(Mask.from_shape(Brush((stroke,))))
    for row, column in [(30, 48), (34, 20), (22, 48), (38, 70), (30, 15), (5, 5), (40, 80)]:
        x, y = (column + 0.5) / WIDTH, (row + 0.5) / WIDTH  # shares of the longer side
        nearest = min(max(x, 0.25), 0.75)
        distance = math.hypot(x - nearest, y - 0.5 * HEIGHT / WIDTH)
        assert rendered[row, column] == pytest.approx(smoothstep((0.125 - distance) / 0.0625), abs=0.02)


def test_a_linear_gradient_falls_from_start_to_end() -> None:
    rendered = blank().render(Mask.from_shape(LinearGradient((0.5, 0.25), (0.5, 0.75))))
    assert (rendered[:15] == 1).all() and (rendered[45:] == 0).all()
    for row in (20, 30, 40):
        assert rendered[row] == pytest.approx(smoothstep(1 - ((row + 0.5) / HEIGHT - 0.25) / 0.5), abs=1e-5)


def test_a_radial_gradient_is_an_ellipse_in_pixels_of_equal_sides() -> None:
    ellipse = RadialGradient((0.5, 0.5), (0.25, 0.125), angle=90, feather=0)
    rendered = blank().render(Mask.from_shape(ellipse))
    column = np.flatnonzero(rendered[:, 48] > 0.5)
    row = np.flatnonzero(rendered[30] > 0.5)
    assert len(column) == pytest.approx(0.5 * WIDTH, abs=2)  # turned by 90°, the long axis is vertical
    assert len(row) == pytest.approx(0.25 * WIDTH, abs=2)


def test_components_are_united_subtracted_and_intersected() -> None:
    top, left = LinearGradient((0.5, 0.2), (0.5, 0.8)), LinearGradient((0.2, 0.5), (0.8, 0.5))
    a, b = (blank().render(Mask.from_shape(shape)) for shape in (top, left))

    def combined(mode: Mode, *, inverted: bool = False) -> np.ndarray:
        return blank().render(Mask((Component(top), Component(left, mode, inverted))))

    assert np.array_equal(combined(Mode.ADD), np.maximum(a, b))
    assert np.array_equal(combined(Mode.SUBTRACT), np.minimum(a, 1 - b))
    assert np.array_equal(combined(Mode.INTERSECT), np.minimum(a, b))
    assert np.array_equal(combined(Mode.SUBTRACT, inverted=True), combined(Mode.INTERSECT))
    everything_but = blank().render(Mask((Component(left, Mode.SUBTRACT),)))
    assert np.array_equal(everything_but, 1 - b)


def test_erasing_removes_from_what_is_below_the_brush() -> None:
    eraser = Stroke(((0.5, 0.1),), 0.1, hardness=1, erase=True)
    mask = Mask((Component(LinearGradient((0.5, 0.5), (0.5, 0.9))), Component(Brush((eraser,)))))
    rendered = blank().render(mask)
    assert rendered[6, 48] == 0 and rendered[6, 10] == 1


def test_strokes_act_in_their_order() -> None:
    spot = ((0.5, 0.5),)
    paint, erase = Stroke(spot, 0.2, 0.3), Stroke(spot, 0.1, 0.3, erase=True)
    erased = blank().render(Mask.from_shape(Brush((paint, erase))))
    painted = blank().render(Mask.from_shape(Brush((erase, paint))))
    assert erased[30, 48] < 0.05 and erased[30, 54] > 0.4
    assert painted[30, 48] > 0.95


@settings(max_examples=60, deadline=None)
@given(masks(geometry))
def test_values_lie_between_0_and_1_and_inverting_gives_the_complement(mask: Mask) -> None:
    rendered = blank().render(mask)
    opposite = blank().render(Mask(mask.components, not mask.inverted, mask.feather))
    assert rendered.shape == (HEIGHT, WIDTH) and rendered.dtype == np.float32
    assert rendered.min() >= 0 and rendered.max() <= 1
    assert np.abs(rendered + opposite - 1).max() < 1e-5


@settings(max_examples=40, deadline=None)
@given(masks(), st.integers(0, 200), st.integers(0, 300))
def test_a_part_equals_the_crop_of_the_whole(mask: Mask, top: int, left: int) -> None:
    renderer = MaskRenderer(PHOTO)
    whole = renderer.render(mask)
    bottom, right = min(top + 50, 240), min(left + 70, 384)
    part = renderer.render(mask, region=(left, top, right, bottom))
    rows = MaskRenderer(PHOTO).within((left, top, right, bottom)).rows(mask, 0, bottom - top)
    assert np.abs(part - whole[top:bottom, left:right]).max() < 1e-5
    assert np.abs(rows - part).max() < 1e-5


SOFT = [
    Brush((Stroke(((0.2, 0.3), (0.7, 0.6)), 0.2, 0.3), Stroke(((0.5, 0.5),), 0.1, 0.2, erase=True))),
    LinearGradient((0.1, 0.2), (0.7, 0.8)),
    RadialGradient((0.4, 0.5), (0.3, 0.2), 30, 0.6),
    picture(120, 192),
]


@pytest.mark.parametrize("shape", SOFT, ids=lambda shape: type(shape).__name__)
@pytest.mark.parametrize("feather", [0, 0.02])
def test_half_the_size_equals_the_reduced_whole(shape: object, feather: float) -> None:
    mask = Mask((Component(shape),), feather=feather)  # type: ignore[arg-type]
    renderer = MaskRenderer(PHOTO)
    whole, half = renderer.render(mask), renderer.render(mask, (192, 120))
    reduced = cv2.resize(whole, (192, 120), interpolation=cv2.INTER_AREA)
    assert np.abs(reduced - half).max() < 0.03 and np.abs(reduced - half).mean() < 0.001
    small_photo = cv2.resize(PHOTO, (192, 120), interpolation=cv2.INTER_AREA)
    assert np.abs(MaskRenderer(small_photo).render(mask) - half).max() < 0.02


@pytest.mark.parametrize("shape", [LuminanceRange(0.6, 1), ColourRange((0.1, 0.2, 0.8)), Sky()])
def test_ranges_follow_the_photo_at_any_size(shape: LuminanceRange | ColourRange | Sky) -> None:
    mask = Mask.from_shape(shape)
    large = MaskRenderer(landscape(480, 768))
    whole, half = large.render(mask), large.render(mask, (384, 240))
    reduced = cv2.resize(whole, (384, 240), interpolation=cv2.INTER_AREA)
    assert np.abs(reduced - half).mean() < 0.01
    own = MaskRenderer(cv2.resize(landscape(480, 768), (384, 240), interpolation=cv2.INTER_AREA)).render(mask)
    assert np.abs(own - half).mean() < 0.02


def test_the_sky_is_found_down_to_the_horizon() -> None:
    sky = MaskRenderer(PHOTO).render(Mask.from_shape(Sky()))
    assert (sky[:110] == 1).all()
    assert (sky[130:] == 0).all()


def test_there_is_no_sky_in_a_dark_even_or_upside_down_photo() -> None:
    for photo in (np.full((100, 150, 3), 0.5, np.float32), np.ascontiguousarray(PHOTO[::-1]), PHOTO[130:150]):
        assert (MaskRenderer(photo).render(Mask.from_shape(Sky())) == 0).all()


def test_ranges_select_lightness_and_colour() -> None:
    renderer = MaskRenderer(PHOTO)
    dark = renderer.render(Mask.from_shape(LuminanceRange(0, 0.5, 0.05)))
    assert dark[:100].max() == 0 and np.median(dark[190:]) == 1
    house = renderer.render(Mask.from_shape(ColourRange((0.1, 0.2, 0.8), 20, 5)))
    assert house[155:175, 105:185].min() == 1
    assert house[:100].max() == 0 and house[200:].max() == 0


def test_colours_are_those_that_the_screen_shows() -> None:
    def exchanged(pixels: np.ndarray) -> np.ndarray:  # a colour space with red and blue exchanged
        return pixels[..., ::-1]

    blue = Mask.from_shape(ColourRange((0.1, 0.2, 0.8), 20, 5))
    renderer = MaskRenderer(np.ascontiguousarray(PHOTO[..., ::-1]), exchanged)
    assert np.abs(renderer.render(blue) - MaskRenderer(PHOTO).render(blue)).max() < 1e-3


def test_a_picture_of_the_same_size_is_taken_pixel_by_pixel() -> None:
    from core.masks.pictures import encode_picture

    values = np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH)).astype(np.float32) / 255
    rendered = blank().render(Mask.from_shape(encode_picture(values)))
    assert np.abs(rendered - values).max() < 1e-6
    assert (rendered[values == 0] == 0).all() and (rendered[values == 1] == 1).all()


@settings(max_examples=25, deadline=None)
@given(st.lists(shapes, min_size=1, max_size=2), st.integers(1, 5), st.integers(1, 5))
def test_tiny_photos_have_masks(some: list, height: int, width: int) -> None:
    mask = Mask(tuple(map(Component, some)), feather=0.02)
    assert MaskRenderer(np.zeros((height, width, 3), np.float32)).rows(mask, 0, height).shape == (height, width)


def test_one_more_stroke_gives_the_same_as_painting_all_again() -> None:
    strokes = tuple(Stroke(((0.1 * n, 0.2), (0.1 * n, 0.8)), 0.3, 0.2, erase=n % 3 == 2) for n in range(1, 8))
    renderer = MaskRenderer(landscape(480, 768))
    for count in range(1, len(strokes) + 1):
        step_by_step = renderer.render(Mask.from_shape(Brush(strokes[:count])))
    fresh = MaskRenderer(landscape(480, 768)).render(Mask.from_shape(Brush(strokes)))
    assert np.array_equal(step_by_step, fresh)


def test_a_large_photo_is_rendered_in_bands_of_little_memory() -> None:
    pixels = np.broadcast_to(np.float32(0.5), (4000, 6000, 3))  # 24 megapixels that take no memory themselves
    renderer = MaskRenderer(pixels)
    mask = Mask((Component(SOFT[0]), Component(SOFT[2], Mode.INTERSECT)), feather=0.004)
    tracemalloc.start()
    for top in range(0, 4000, 500):
        renderer.rows(mask, top, top + 500)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 300 * 2**20


@pytest.mark.parametrize("feather", [0.0, 0.03])
@pytest.mark.parametrize(
    "shape",
    [
        LinearGradient((0.3, 0.2), (0.6, 0.8)),
        RadialGradient((0.4, 0.6), (0.3, 0.2), 30),
        Brush((Stroke(((0.1, 0.2), (0.8, 0.7)), 0.2), Stroke(((0.5, 0.5),), 0.1, erase=True))),
        LuminanceRange(0.6, 1.0, 0.1),
        ColourRange((0.7, 0.8, 0.9)),
        Sky(),
        picture(40, 60),
    ],
)
def test_a_quick_rendering_resembles_the_exact_one(shape: object, feather: float) -> None:
    photo = MaskRenderer(landscape(600, 900))
    for inverted in (False, True):
        mask = Mask((Component(shape),), inverted, feather)
        quick, exact = photo.render_quickly(mask, (450, 300)), photo.render(mask, (450, 300))
        assert quick.dtype == np.float32 and quick.shape == (300, 450)
        assert np.abs(quick - exact).mean() < 0.01


@given(masks())
@settings(max_examples=30, deadline=None)
def test_any_mask_is_rendered_quickly(mask: Mask) -> None:
    for height, width in ((1, 1), (60, 90), (3, 200)):
        values = MaskRenderer(landscape(height, width)).render_quickly(mask, (width, height))
        assert values.shape == (height, width) and values.min() >= 0 and values.max() <= 1


def test_covariances_of_regions_are_those_of_their_pixels() -> None:
    rng = np.random.default_rng(1)
    pixels = rng.random((20, 30, 3), np.float32)
    moments = _Moments(pixels)
    for share in (0.1, 0.5, 0.9):
        region = rng.random((20, 30)) < share
        for found, part in zip(moments.covariances(region), (pixels[region], pixels[~region]), strict=True):
            assert found == pytest.approx(np.cov(part.T.astype(np.float64) * 255), rel=1e-9, abs=1e-6)


def test_what_a_photo_lacks_is_not_found() -> None:
    photo, dark = MaskRenderer(landscape(60, 90)), MaskRenderer(np.full((60, 90, 3), 0.2, np.float32))
    assert photo.finds(Sky()) and not dark.finds(Sky())
    assert dark.finds(LuminanceRange(0.0, 0.5)) and not dark.finds(LuminanceRange(0.8, 1.0, 0.01))
