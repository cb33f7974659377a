"""Values of masks: they survive a file, and files from strangers are checked."""

import copy
import json
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import MaskError
from core.masks import Brush, Component, LinearGradient, Mask, Mode, Picture, RadialGradient, Sky, Stroke
from core.masks.files import mask_from_dict, mask_to_dict
from tests.unit.core.masks.shapes_for_tests import masks, picture

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def stored(mask: Mask) -> dict[str, Any]:
    return json.loads(json.dumps(mask_to_dict(mask)))


@settings(max_examples=150, deadline=None)
@given(masks())
def test_masks_survive_a_file(mask: Mask) -> None:
    assert mask_from_dict(stored(mask)) == mask


@settings(max_examples=300, deadline=None)
@given(masks(), st.data())
def test_a_damaged_mask_is_refused_or_valid_but_never_another_error(mask: Mask, data: st.DataObject) -> None:
    values: Any = stored(mask)
    place: Any = values
    for _ in range(data.draw(st.integers(0, 4))):  # any entry, at any depth
        keys = list(place) if isinstance(place, dict) else list(range(len(place)))
        inner = [key for key in keys if isinstance(place[key], dict | list) and place[key]]
        if not inner:
            break
        place = place[data.draw(st.sampled_from(inner))]
    key = data.draw(st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place)))))
    place[key] = data.draw(json_values)
    try:
        read = mask_from_dict(values)
    except MaskError as error:
        assert str(error)
    else:
        assert mask_from_dict(stored(read)) == read


@given(json_values)
def test_other_values_are_no_mask(values: object) -> None:
    with pytest.raises(MaskError):
        mask_from_dict(values)


def sample() -> dict[str, Any]:
    return stored(Mask((Component(Brush((Stroke(((0.5, 0.5), (0.6, 0.5)), 0.1),))), Component(Sky(), Mode.SUBTRACT))))


@pytest.mark.parametrize(
    ("path", "value", "words"),
    [
        (("version",), 3, "newer program"),
        (("version",), 0, '"version"'),
        (("components",), [], '"components"'),
        (("feather",), 0.5, "feather"),
        (("feather",), float("nan"), "feather"),
        (("components", 0, "kind"), "lasso", "lasso"),
        (("components", 0, "mode"), "xor", '"mode"'),
        (("components", 0, "strokes", 0, "points"), "0.5", '"points"'),
        (("components", 0, "strokes", 0, "points"), "0.5,nan", "position"),
        (("components", 0, "strokes", 0, "points"), "0.5,1e9", "position"),
        (("components", 0, "strokes", 0, "size"), 0, "brush size"),
        (("components", 0, "strokes", 0, "erase"), 1, '"erase"'),
        (("components", 1, "sensitivity"), True, "sensitivity"),
        (("components", 1, "more"), 1, '"more"'),
        (("components", 0, "strokes"), [{}] * 5000, '"strokes"'),
    ],
)
def test_what_is_wrong_is_named(path: tuple[Any, ...], value: object, words: str) -> None:
    values = sample()
    place: Any = values
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    with pytest.raises(MaskError) as caught:
        mask_from_dict(values)
    assert words in str(caught.value)


def test_a_mask_picture_is_checked_before_it_is_decoded() -> None:
    good = picture(4, 6)
    values = stored(Mask.from_shape(good))
    huge = bytearray(good.png)
    huge[16:24] = (100_000).to_bytes(4, "big") * 2
    coloured = cv2.imencode(".png", np.zeros((2, 2, 3), np.uint8))[1].tobytes()
    for png in (bytes(huge), coloured, good.png[:20], b"GIF89a", b""):
        with pytest.raises(MaskError):
            Mask.from_shape(Picture(png)) and mask_from_dict(_with_png(values, png))


def _with_png(values: dict[str, Any], png: bytes) -> dict[str, Any]:
    import base64

    changed = copy.deepcopy(values)
    changed["components"][0]["png"] = base64.b64encode(png).decode()
    return changed


def test_values_out_of_range_are_refused_when_they_are_made() -> None:
    for wrong in (
        lambda: Stroke((), 0.1),
        lambda: Stroke(((0.5, 9.0),), 0.1),
        lambda: LinearGradient((0.5, 0.5), (0.5, 0.5)),
        lambda: RadialGradient((0.5, 0.5), (0.0, 0.1)),
        lambda: Mask(()),
    ):
        with pytest.raises(MaskError):
            wrong()


def test_gradients_ranges_and_sky_fit_other_photos_and_strokes_and_pictures_do_not() -> None:
    brush, sky = Component(Brush((Stroke(((0, 0),), 0.1),))), Component(Sky(), inverted=True)
    assert Mask((sky, brush), inverted=True).for_other_photo() == Mask((sky,), inverted=True)
    assert Mask((brush, Component(picture(2, 2)))).for_other_photo() is None
