"""Notes about masks that lack their sky or select nothing, and blending that is cancelled."""

import numpy as np
import pytest

from core.checkpoints import Checkpoint
from core.errors import Cancelled
from core.inference import Restorer, Step
from core.inference.mask_notes import Extent, lacks_sky, mask_extent, mask_notes, selects_nothing
from core.inference.passes import Engine, Pass, apply_pass, blend, pass_keys
from core.masks import Brush, Component, LinearGradient, LuminanceRange, Mask, Mode, Sky, Stroke
from core.masks.rendering import MaskRenderer
from core.photo import Photo
from core.progress import CancelToken

SKY, NOT_SKY = Mask((Component(Sky()),)), Mask((Component(Sky(), Mode.SUBTRACT),))
GRADIENT = Component(LinearGradient((0.5, 0.2), (0.5, 0.6)))


def indoors() -> np.ndarray:
    return np.full((60, 90, 3), 0.2, np.float32)


def landscape() -> np.ndarray:
    pixels = np.full((60, 90, 3), (0.24, 0.27, 0.2), np.float32)
    pixels[:30] = (0.75, 0.82, 0.92)
    return pixels


@pytest.mark.parametrize(
    ("mask", "expected"),
    [
        (SKY, "no sky was found in this photo, so the step changes nothing"),
        (Mask(SKY.components, inverted=True), "so the step applies everywhere"),
        (Mask((Component(Sky(), inverted=True),)), "so the step applies everywhere"),
        (NOT_SKY, "so the step applies everywhere"),
        (Mask((Component(Sky()), GRADIENT)), "so its mask is without one"),
        (Mask((Component(LuminanceRange(0.9, 1.0, 0.01)),)), "its mask selects nothing in this photo"),
        (Mask((GRADIENT,)), None),
        (None, None),
    ],
)
def test_a_mask_that_does_not_do_what_its_name_promises_is_noted(mask: Mask | None, expected: str | None) -> None:
    notes = [str(note) for note in mask_notes(MaskRenderer(indoors()), [Step("haze", 0.5, mask)])]
    assert len(notes) == (expected is not None)
    assert expected is None or (expected in notes[0] and notes[0].startswith("Step Haze: "))
    assert mask_notes(MaskRenderer(indoors()), [Step("haze", 0.0, mask)]) == ()  # without effect anyway


def test_a_sky_that_is_there_needs_no_note() -> None:
    masks = MaskRenderer(landscape())
    for mask in (SKY, NOT_SKY, Mask(SKY.components, inverted=True)):
        assert mask_notes(masks, [Step("haze", 1.0, mask)]) == ()
        assert not lacks_sky(masks, mask) and not selects_nothing(masks, mask)
    assert masks.render(NOT_SKY)[10].max() == 0 and masks.render(NOT_SKY)[50].min() == 1


def dot(pixels: float, width: int) -> Mask:
    return Mask.from_shape(Brush((Stroke(((0.25, 10 / 19),), pixels / width, 1.0),)))


@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_a_mask_of_a_few_pixels_is_neither_empty_nor_everything(pixels: float) -> None:
    masks = MaskRenderer(np.broadcast_to(np.float32(0.2), (300, 4000, 3)))
    few = dot(pixels, 4000)
    assert masks.render(few, (256, 19)).max() <= 1 / 510  # lost when it is reduced
    assert 1 <= (masks.render(few) > 1 / 510).sum() <= (pixels + 2) ** 2
    assert mask_notes(masks, [Step("haze", 1.0, few)]) == () and not selects_nothing(masks, few)
    all_but_few = Mask(few.components, inverted=True)
    assert mask_extent(masks, all_but_few) == Extent(False, False)


def test_what_is_outside_of_the_photo_selects_nothing_and_its_opposite_everything() -> None:
    masks = MaskRenderer(np.broadcast_to(np.float32(0.2), (300, 4000, 3)))
    outside = Mask.from_shape(Brush((Stroke(((3.0, 3.0),), 0.01, 1.0),)))
    assert mask_extent(masks, outside) == Extent(True, False)
    assert mask_extent(masks, Mask(outside.components, inverted=True)) == Extent(False, True)


def test_judging_a_large_mask_can_be_given_up() -> None:
    masks = MaskRenderer(np.broadcast_to(np.float32(0.2), (3000, 4000, 3)))
    outside = Mask.from_shape(Brush((Stroke(((3.0, 3.0),), 0.01, 1.0),)))
    checks: list[int] = []

    def check() -> None:
        checks.append(1)
        if len(checks) == 3:
            raise Cancelled

    with pytest.raises(Cancelled):
        mask_extent(masks, outside, check)
    assert len(checks) == 3


def test_a_result_carries_the_notes_of_its_masks(tiny_checkpoint: Checkpoint) -> None:
    restorer = Restorer(tiny_checkpoint, device="cpu", precision="float32")
    photo = Photo.from_array((indoors() * 255).astype(np.uint8))
    result = restorer.restore(photo, [Step("haze", 1.0, SKY)])
    assert ["changes nothing" in str(note) for note in result.notes] == [True]
    assert np.array_equal(result.photo.pixels, photo.pixels)
    assert restorer.restore(photo, "haze").notes == ()


def test_blending_stops_when_it_is_cancelled() -> None:
    rendered: list[int] = []

    class Masks(MaskRenderer):
        def rows(self, mask: Mask, top: int, bottom: int) -> np.ndarray:
            rendered.append(top)
            cancel.cancel()
            return super().rows(mask, top, bottom)

    pixels = np.zeros((4, 2**19, 3), np.float32)  # bands of two rows
    cancel, step = CancelToken(), Step("haze", 1.0, Mask((GRADIENT,)))
    with pytest.raises(Cancelled):
        apply_pass(pixels, pixels, step, Masks(pixels), cancel)
    assert rendered == [0]
    engine = Engine("tiny", "ab" * 32, "cpu", "float32")
    (key,) = pass_keys(engine, [step])
    with pytest.raises(Cancelled):
        blend(pixels, engine, [step], {key: Pass(pixels, "float32", "bands", 1.0)}, Masks(pixels), cancel)
    assert rendered == [0]
