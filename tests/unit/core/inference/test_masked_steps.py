"""Steps with masks: what they change, what they leave, and which passes they need."""

from dataclasses import replace

import numpy as np
import pytest

from core.checkpoints import Checkpoint
from core.inference import Restorer, Step
from core.inference.passes import Engine, Pass, PassKey, missing_steps, run_steps
from core.inference.restorer import blended
from core.masks import Component, LinearGradient, Mask, RadialGradient, Sky
from core.masks.rendering import MaskRenderer
from core.photo import Photo
from core.progress import no_progress

LEFT = Mask.from_shape(LinearGradient((0.4, 0.5), (0.6, 0.5)))
ENGINE = Engine("tiny", "ab" * 32, "cpu", "float32")


@pytest.fixture(scope="module")
def restorer(tiny_checkpoint: Checkpoint) -> Restorer:
    return Restorer(tiny_checkpoint, device="cpu", precision="float32")


def photo(bits: int = 8, *, grey: bool = False, alpha: bool = False, side: int = 48) -> Photo:
    rng = np.random.default_rng(0)
    dtype = np.uint8 if bits == 8 else np.uint16
    shape = (side, side * 2) if grey else (side, side * 2, 3)
    opacity = None
    if alpha:
        opacity = np.full((side, side * 2), np.iinfo(dtype).max, dtype)
        opacity[:8] = 0
    return Photo.from_array(rng.integers(0, np.iinfo(dtype).max, shape, dtype), opacity)


@pytest.mark.parametrize(
    "options", [{}, {"bits": 16}, {"grey": True}, {"alpha": True}, {"grey": True, "alpha": True, "bits": 16}]
)
@pytest.mark.parametrize("strength", [1.0, 0.4])
def test_outside_the_mask_pixels_are_exactly_those_before_and_inside_those_of_the_step(
    restorer: Restorer, options: dict, strength: float
) -> None:
    source = photo(**options)
    everywhere = restorer.restore(source, [Step("haze", strength)]).photo
    masked = restorer.restore(source, [Step("haze", strength, LEFT)]).photo
    assert np.array_equal(masked.pixels[:, 60:], source.pixels[:, 60:])
    if strength == 1:
        assert np.array_equal(masked.pixels[:, :36], everywhere.pixels[:, :36])
    assert np.abs(masked.pixels[:, :36] - everywhere.pixels[:, :36]).max() < 1e-6
    assert not np.array_equal(everywhere.pixels[8:, 60:], source.pixels[8:, 60:])
    weights = MaskRenderer(source.pixels).render(LEFT)[..., None]
    expected = source.pixels + weights * (everywhere.pixels - source.pixels)
    assert np.abs(masked.pixels - expected).max() < 1e-6
    assert (masked.alpha is None) == (source.alpha is None)
    if options.get("grey"):
        assert np.array_equal(masked.pixels[..., 0], masked.pixels[..., 2])


def test_the_network_sees_the_whole_photo_and_later_steps_the_masked_result(restorer: Restorer) -> None:
    source = photo()
    first, second = Step("noise25", 1.0, LEFT), Step("haze", 0.5)
    one = restorer.restore(source, [first])
    both = restorer.restore(source, [first, second])
    assert np.array_equal(both.photo.pixels, restorer.restore(one.photo, [second]).photo.pixels)
    assert both.recipe.steps == (first, second)


@pytest.mark.parametrize("options", [{"tile": 256}, {"quality_mode": "best"}])
def test_masks_work_in_tiles_and_in_best_quality(tiny_checkpoint: Checkpoint, options: dict) -> None:
    source = photo(side=150)
    made = Restorer(tiny_checkpoint, device="cpu", precision="float32", **options)
    masked = made.restore(source, [Step("rain", 1.0, LEFT)]).photo
    everywhere = made.restore(source, "rain").photo
    assert np.array_equal(masked.pixels[:, 185:], source.pixels[:, 185:])
    assert np.array_equal(masked.pixels[:, :115], everywhere.pixels[:, :115])


def test_a_changed_mask_does_not_run_the_network_again(restorer: Restorer) -> None:
    source, passes = photo(), {}
    restorer.restore(source, [Step("haze", 1.0, LEFT)], passes=passes)
    other = (Step("haze", 0.7, replace(LEFT, inverted=True)),)
    assert missing_steps(passes, restorer.engine, other) == []
    known = blended(source, restorer.engine, other, passes)
    assert np.array_equal(known.photo.pixels, restorer.restore(source, other).photo.pixels)
    assert known.steps == other


def test_a_step_after_a_changed_mask_runs_again() -> None:
    steps = (Step("noise25", 1.0, LEFT), Step("haze"))
    ran: list[str] = []

    def run(pixels: np.ndarray, key: str, progress: object) -> Pass:
        ran.append(key)
        return Pass(1 - pixels, "float32", "bands", 0.1)

    passes: dict[PassKey, Pass] = {}
    pixels = photo().pixels
    run_steps(pixels, ENGINE, steps, run, no_progress, passes)
    run_steps(pixels, ENGINE, (replace(steps[0], mask=None), steps[1]), run, no_progress, passes)
    assert ran == ["noise25", "haze", "haze"]


def test_masks_refer_to_the_photo_before_all_steps() -> None:
    pixels = np.full((64, 64, 3), 0.2, np.float32)
    pixels[:32] = 0.9  # a sky, which the first step blackens
    sky = Mask.from_shape(Sky())

    def run(pixels: np.ndarray, key: str, progress: object) -> Pass:
        return Pass(np.full_like(pixels, 0.0 if key == "haze" else 0.5), "float32", "bands", 0.1)

    steps = (Step("haze"), Step("rain", 1.0, sky))
    result = run_steps(pixels, ENGINE, steps, run, no_progress)
    assert (result.pixels[:28] == 0.5).all() and (result.pixels[36:] == 0).all()


def test_a_part_of_a_photo_is_masked_as_in_the_whole(restorer: Restorer) -> None:
    source = photo(side=64)
    mask = Mask((Component(RadialGradient((0.5, 0.5), (0.2, 0.3))),))
    part = replace(source, pixels=np.ascontiguousarray(source.pixels[10:50, 30:100]))
    masks = MaskRenderer(source.pixels).within((30, 10, 100, 50))
    masked = restorer.restore(part, [Step("haze", 1.0, mask)], masks=masks).photo.pixels
    everywhere = restorer.restore(part, "haze").photo.pixels
    weights = MaskRenderer(source.pixels).render(mask)[10:50, 30:100, None]
    assert np.abs(masked - (part.pixels + weights * (everywhere - part.pixels))).max() < 1e-6


def test_colour_ranges_see_the_colours_of_a_profile_as_the_screen_does(restorer: Restorer) -> None:
    from PIL import ImageCms

    from core.masks import ColourRange

    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = photo()
    tagged = replace(source, preserved=replace(source.preserved, profile=profile))
    step = Step("haze", 1.0, Mask.from_shape(ColourRange((0.5, 0.2, 0.2))))
    same = restorer.restore(tagged, [step]).photo.pixels, restorer.restore(source, [step]).photo.pixels
    assert np.abs(same[0] - same[1]).max() < 1e-3
