"""The sky and ranges select the same places before and after rotation and crop."""

import numpy as np
import pytest

from core.errors import MaskError
from core.geometry import Geometry, relative_matrix
from core.inference.result import mask_renderer
from core.masks import Component, LuminanceRange, Mask, Sky
from core.masks.files import mask_from_dict, mask_to_dict
from core.masks.transforms import FrameChange, transformed
from core.photo import Photo
from core.photo.transform import transformed as transformed_photo

HEIGHT, WIDTH = 120, 160


@pytest.fixture(scope="module")
def photo() -> Photo:
    """Blue sky in the upper 50 rows, and rough grass with a smooth, bright road at the lower edge."""
    noise = np.random.default_rng(3).normal(0, 14, (HEIGHT, WIDTH, 3))
    picture = np.empty((HEIGHT, WIDTH, 3))
    picture[:50] = (150, 190, 235)
    picture[50:] = np.array((60, 110, 40)) + noise[50:]
    picture[105:] = (150, 150, 150)
    return Photo.from_array(np.clip(picture, 0, 255).astype(np.uint8))


def moved(mask: Mask, before: Geometry, after: Geometry) -> Mask:
    (a, b, x), (c, d, y) = relative_matrix(before, after, WIDTH, HEIGHT)
    sizes = before.result_size(WIDTH, HEIGHT), after.result_size(WIDTH, HEIGHT)
    return transformed(mask, FrameChange(*sizes, (a, b, c, d), (float(x), float(y))))


def part(values: np.ndarray, geometry: Geometry) -> np.ndarray:
    left, top, width, height = geometry.box(WIDTH, HEIGHT)
    return np.rot90(values, -geometry.quarters)[top : top + height, left : left + width]


@pytest.mark.parametrize(
    "geometry",
    [
        *(Geometry(quarters) for quarters in (1, 2, 3)),
        Geometry(0, (0, 60, 160, 60)),
        Geometry(0, (20, 30, 100, 60)),
        Geometry(1, (10, 10, 90, 100)),
        Geometry(2, (30, 0, 100, 100)),
    ],
)
@pytest.mark.parametrize("shape", [Sky(), Sky(0.7), LuminanceRange(0.6, 1.0, 0.1)])
def test_the_same_places_are_selected_after_rotation_and_crop(
    photo: Photo, geometry: Geometry, shape: Sky | LuminanceRange
) -> None:
    mask = Mask((Component(shape),), inverted=True)  # everywhere except the sky
    before = mask_renderer(photo).render(mask)
    if isinstance(shape, Sky):
        assert before[:45].max() < 0.1 and before[55:].min() > 0.9
    changed = moved(mask, Geometry(), geometry)
    renderer = mask_renderer(transformed_photo(photo, geometry))
    after = renderer.render(changed)
    assert np.abs(after - part(before, geometry)).max() < 0.02
    rows = renderer.rows(changed, 0, after.shape[0])
    assert np.abs(rows - after).max() < 0.02
    quick = renderer.render_quickly(changed, (after.shape[1], after.shape[0]))
    assert np.abs(quick - part(before, geometry)).mean() < 0.05


def test_a_sky_selected_in_a_scan_that_was_turned_upright_is_at_its_top(photo: Photo) -> None:
    scan = Photo.from_array(np.rot90((photo.pixels * 255).round().astype(np.uint8), 1))  # one turn to the left
    upright = transformed_photo(scan, Geometry(1))
    values = mask_renderer(upright).render(Mask.from_shape(Sky()))
    assert values[:45].min() > 0.9 and values[55:].max() < 0.1


def test_turning_on_and_back_and_mirroring_keep_up(photo: Photo) -> None:
    turned = moved(Mask.from_shape(Sky()), Geometry(), Geometry(1))
    assert turned.components[0].shape == Sky(turns=1)
    assert moved(turned, Geometry(1), Geometry()) == Mask.from_shape(Sky())
    assert transformed(turned, FrameChange.reflection((HEIGHT, WIDTH))).components[0].shape == Sky(turns=3)
    upside_down = FrameChange.rotation((WIDTH, HEIGHT), 170)
    assert transformed(Mask.from_shape(Sky()), upside_down).components[0].shape == Sky(turns=2)


def test_turns_are_stored_and_masks_without_them_are_written_as_before() -> None:
    turned = Mask.from_shape(Sky(0.4, 3))
    assert mask_from_dict(mask_to_dict(turned)) == turned
    assert mask_to_dict(turned)["version"] == 2
    plain = {"kind": "sky", "mode": "add", "inverted": False, "sensitivity": 0.4}
    stored = {"version": 1, "inverted": False, "feather": 0.0, "components": [plain]}
    assert mask_to_dict(Mask.from_shape(Sky(0.4))) == stored
    assert mask_from_dict(stored) == Mask.from_shape(Sky(0.4))


@pytest.mark.parametrize("turns", [4, -1, 0.5, True, "1", None, [1]])
def test_other_numbers_of_turns_are_refused(turns: object) -> None:
    entry = {"kind": "sky", "mode": "add", "inverted": False, "sensitivity": 0.4, "turns": turns}
    with pytest.raises(MaskError):
        mask_from_dict({"version": 2, "inverted": False, "feather": 0.0, "components": [entry]})
