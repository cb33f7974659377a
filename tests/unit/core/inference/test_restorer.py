from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.checkpoints import Checkpoint
from core.degradations import KEYS, text_key
from core.errors import Cancelled, CheckpointError, PromptError, RestorationError
from core.inference import Restorer, Step
from core.inference.memory_plan import plans
from core.inference.streaming import CompiledDFPIR
from core.photo import Photo
from core.progress import CancelToken
from core.prompts import CLIP, PromptBank


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).random((height, width, 3), np.float32)


@pytest.fixture(scope="module")
def restorer(tiny_checkpoint: Checkpoint) -> Restorer:
    return Restorer(tiny_checkpoint, device="cpu")


def with_weights(checkpoint: Checkpoint, factor: float) -> Checkpoint:
    state = {key: value.clone() for key, value in checkpoint.state.items()}
    state["stem.weight"] *= factor
    return replace(checkpoint, state=state)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (1, 40), (3, 2), (16, 16), (17, 31), (50, 33)])
def test_any_size_gives_the_network_s_answer_to_the_reflected_picture(
    restorer: Restorer, tiny_checkpoint: Checkpoint, height: int, width: int
) -> None:
    pixels = picture(height, width)
    result = restorer.restore(Photo.from_array(pixels), "haze")

    rows = [min(i % (2 * height - 2), -i % (2 * height - 2)) if height > 1 else 0 for i in range(-(-height // 16) * 16)]
    columns = [min(i % (2 * width - 2), -i % (2 * width - 2)) if width > 1 else 0 for i in range(-(-width // 16) * 16)]
    image = torch.tensor(pixels[rows][:, columns]).permute(2, 0, 1)[None]
    prompt = torch.tensor(tiny_checkpoint.prompts.embedding("haze"))[None]
    with torch.no_grad():
        expected = tiny_checkpoint.build()(image, prompt).clamp(0, 1)[0, :, :height, :width]
    np.testing.assert_allclose(result.photo.pixels, expected.permute(1, 2, 0).numpy(), atol=2e-5)
    assert (result.path, result.device, result.precision, result.model) == ("bands", "cpu", "float32", "tiny")


def test_strength_blends_and_zero_leaves_every_pixel_as_it_is(restorer: Restorer) -> None:
    photo = Photo.from_array(picture(20, 24))
    full = restorer.restore(photo, "rain").photo.pixels
    assert not np.array_equal(full, photo.pixels)
    for strength in (0.2, 0.5, 0.9):
        blended = restorer.restore(photo, "rain", strength=strength).photo.pixels
        np.testing.assert_allclose(blended, strength * full + (1 - strength) * photo.pixels, atol=1e-6)
    np.testing.assert_array_equal(restorer.restore(photo, Step("rain", 0.0)).photo.pixels, photo.pixels)


def test_steps_are_applied_one_after_the_other(restorer: Restorer) -> None:
    photo = Photo.from_array(picture(20, 24))
    result = restorer.restore(photo, "rain,blur:0.5")
    by_hand = restorer.restore(restorer.restore(photo, "rain").photo, Step("blur", 0.5))
    np.testing.assert_array_equal(result.photo.pixels, by_hand.photo.pixels)
    assert result.steps == (Step("rain"), Step("blur", 0.5))


def test_prompts_make_a_difference(restorer: Restorer) -> None:
    photo = Photo.from_array(picture(16, 16))
    results = [restorer.restore(photo, key).photo.pixels for key in restorer.degradations]
    assert len({result.tobytes() for result in results}) == 7


def test_source_photo_and_what_it_preserves_are_left_alone(restorer: Restorer) -> None:
    alpha = picture(16, 20)[..., 0]
    photo = Photo.from_array(picture(16, 20), alpha)
    before = photo.pixels.copy()
    result = restorer.restore(photo, "haze").photo
    np.testing.assert_array_equal(photo.pixels, before)
    assert result.alpha is photo.alpha and result.preserved is photo.preserved


def disc(height: int, width: int) -> np.ndarray:
    """(height, width) float32: an opaque disc with a soft edge on transparency."""
    down, across = np.mgrid[:height, :width]
    inside = min(height, width) / 3 - np.hypot(down - height / 2, across - width / 2)
    return np.clip(inside / 3, 0, 1).astype(np.float32)


@pytest.mark.parametrize("steps", ["low-light", "haze:0.4,rain"])
def test_colours_beneath_transparency_decide_nothing_and_come_back(restorer: Restorer, steps: str) -> None:
    pixels, alpha = picture(40, 48), disc(40, 48)
    hidden = alpha == 0
    results = []
    for beneath in (pixels, np.ones_like(pixels), np.zeros_like(pixels), np.full_like(pixels, (1, 0, 1))):
        photo = Photo.from_array(np.where(hidden[..., None], beneath, pixels), alpha)
        result = restorer.restore(photo, steps).photo
        np.testing.assert_array_equal(result.pixels[hidden], photo.pixels[hidden])
        np.testing.assert_array_equal(result.alpha, alpha)
        results.append(result.pixels[~hidden])
    assert np.abs(results[0] - pixels[~hidden]).max() > 0.1
    for other in results[1:]:
        np.testing.assert_array_equal(other, results[0])


def test_a_selection_is_no_transparency(restorer: Restorer) -> None:
    pixels, alpha = picture(24, 24), disc(24, 24)
    plain = restorer.restore(Photo.from_array(pixels), "haze").photo.pixels
    photo = Photo.from_array(pixels, alpha)
    selected = replace(photo, preserved=replace(photo.preserved, mask=True))
    np.testing.assert_array_equal(restorer.restore(selected, "haze").photo.pixels, plain)


@pytest.mark.parametrize("channels", [1, 3])
def test_a_picture_without_colour_stays_without(restorer: Restorer, channels: int) -> None:
    """Also one that is kept in three channels, and one whose hidden pixels are coloured."""
    grey, alpha = picture(32, 40)[..., 0], disc(32, 40)
    coloured = np.where((alpha == 0)[..., None], np.float32([1, 0, 1]), grey[..., None])
    photos = [Photo.from_array(grey if channels == 1 else np.repeat(grey[..., None], 3, axis=2))]
    photos += [Photo.from_array(coloured, alpha)] if channels == 3 else []
    for photo in photos:
        made = restorer.restore(photo, "rain:0.7,haze").photo.pixels
        visible = made if photo.alpha is None else made[photo.alpha > 0]
        assert np.ptp(visible, axis=-1).max() == 0
    untouched = Photo.from_array(np.clip(photos[0].pixels + np.float32([1e-3, 0, 0]), 0, 1))
    answer = restorer.restore(untouched, "haze").photo.pixels
    assert np.ptp(answer, axis=-1).max() > 0.01  # what the network itself makes of it
    alike = restorer.restore(photos[0], "haze").photo.pixels
    assert np.abs(alike[..., 0] - answer.mean(axis=2)).mean() < 0.02


def test_what_the_network_is_given_does_not_depend_on_the_profile(restorer: Restorer, tmp_path: Path) -> None:
    """Display P3 has the tone curve of sRGB: the same numbers give the same result, noise and all."""
    import pyvips

    icc = bytes(pyvips.Operation.call("profile_load", "p3"))
    photo = Photo.from_array(np.rint(picture(24, 30) * 255).astype(np.uint8))
    tagged = replace(photo, preserved=replace(photo.preserved, profile=icc))
    one, other = (restorer.restore(each, "noise25:0.6").photo for each in (photo, tagged))
    np.testing.assert_array_equal(one.pixels, other.pixels)
    saved = Photo.open(other.save(tmp_path / "a.png", bit_depth=16))
    assert saved.preserved.profile == icc
    np.testing.assert_allclose(saved.pixels, one.pixels, atol=1 / 65535)


def test_progress_rises_to_one_over_all_steps(restorer: Restorer) -> None:
    seen: list[float] = []
    restorer.restore(Photo.from_array(picture(32, 32)), "haze,rain", progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 1.0 and len(seen) > 20
    assert any(abs(fraction - 0.5) < 1e-9 for fraction in seen)


def test_cancel_ends_within_a_band_and_the_restorer_can_be_used_again(restorer: Restorer) -> None:
    token, seen = CancelToken(), []

    def progress(fraction: float) -> None:
        seen.append(fraction)
        token.cancel()

    with pytest.raises(Cancelled):
        restorer.restore(Photo.from_array(picture(32, 32)), "haze", progress=progress, cancel=token)
    assert len(seen) == 1
    restorer.restore(Photo.from_array(picture(16, 16)), "haze")


@pytest.mark.parametrize("precision", ["bfloat16", "float16"])
def test_reduced_precision_is_near_full_precision(
    tiny_checkpoint: Checkpoint, restorer: Restorer, precision: str
) -> None:
    photo = Photo.from_array(picture(32, 48))
    reduced = Restorer(tiny_checkpoint, device="cpu", precision=precision).restore(photo, "haze")
    full = restorer.restore(photo, "haze")
    assert reduced.precision == precision
    assert not np.array_equal(reduced.photo.pixels, full.photo.pixels)
    assert np.abs(reduced.photo.pixels - full.photo.pixels).mean() < 0.02


def test_overflow_in_reduced_precision_is_repeated_in_float32(tiny_checkpoint: Checkpoint) -> None:
    loud = with_weights(tiny_checkpoint, 1e6)  # beyond float16's 65504, well within float32
    photo = Photo.from_array(picture(16, 16))
    result = Restorer(loud, device="cpu", precision="float16").restore(photo, "haze")
    assert result.precision == "float32"
    np.testing.assert_array_equal(
        result.photo.pixels, Restorer(loud, device="cpu", precision="float32").restore(photo, "haze").photo.pixels
    )


def test_weights_that_overflow_even_in_float32_are_named(tiny_checkpoint: Checkpoint) -> None:
    broken = Restorer(with_weights(tiny_checkpoint, 1e39), device="cpu")
    with pytest.raises(RestorationError, match=r"'tiny'.*not finite"):
        broken.restore(Photo.from_array(picture(16, 16)), "haze")


def test_forced_tiles_are_reported_and_agree_with_the_full_frame(
    restorer: Restorer, tiny_checkpoint: Checkpoint
) -> None:
    photo = Photo.from_array(picture(40, 300))
    tiled = Restorer(tiny_checkpoint, device="cpu", tile=160).restore(photo, "haze")
    full = restorer.restore(photo, "haze")
    assert (tiled.path, full.path) == ("tiled", "bands")
    difference = np.abs(tiled.photo.pixels - full.photo.pixels)
    assert 0 < difference.mean() < 0.01


def test_the_best_way_that_fits_is_taken(tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, config = Photo.from_array(picture(520, 500)), tiny_checkpoint.config
    ways = list(plans(config, 520, 500, ["float32", "bfloat16"]))
    assert [(way.precision, way.tile) for way in ways[:4]] == [("float32", None)] * 2 + [("bfloat16", None)] * 2
    assert [way.tile for way in ways[4:]] == [512, 512, 256, 256]

    def taken(**options: Any) -> tuple[str, str]:
        result = Restorer(tiny_checkpoint, device="cpu", threads=1, **options).restore(photo, "haze")
        return result.path, result.precision

    assert taken(memory_limit=ways[0].needed) == ("bands", "float32")
    assert taken(memory_limit=ways[3].needed) == ("bands", "bfloat16")
    assert taken(memory_limit=ways[6].needed, precision="float32") == ("tiled", "float32")
    monkeypatch.setattr("core.inference.restorer.free_bytes", lambda device: ways[3].needed / 0.6 + 1)
    assert taken() == ("bands", "bfloat16")
    free = 1.02 * ways[0].needed / 0.6
    monkeypatch.setattr("core.inference.restorer.free_bytes", lambda device: free)
    restorer = Restorer(tiny_checkpoint, device="cpu", threads=1)
    assert restorer._plans(520, 500, 1)[0] == ways[0]
    free = 0.98 * ways[0].needed / 0.6  # the rest of what is free is not for plans
    assert restorer._plans(520, 500, 1)[0].needed <= 0.6 * free < ways[0].needed
    monkeypatch.setattr("core.inference.restorer.free_bytes", lambda device: 0)
    least = min(ways, key=lambda way: way.needed)
    assert taken() == ("tiled" if least.tile else "bands", least.precision)  # the estimate may be wrong
    with pytest.raises(RestorationError, match=r"within 1M of memory.*needs about \d+M"):
        taken(memory_limit=1 << 20)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_out_of_memory_during_a_run_steps_down_to_what_needs_less(
    tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    restore, tried = CompiledDFPIR.restore, []

    def small_only(self: CompiledDFPIR, pixels: torch.Tensor, prompt: torch.Tensor, **options: Any) -> torch.Tensor:
        tried.append((len(pixels), self.dtype))
        if len(pixels) > 300:
            options["progress"](0.3)
            raise error
        return restore(self, pixels, prompt, **options)

    monkeypatch.setattr(CompiledDFPIR, "restore", small_only)
    seen: list[float] = []
    result = Restorer(tiny_checkpoint, device="cpu").restore(
        Photo.from_array(picture(1100, 24)), "haze", progress=seen.append
    )
    assert result.path == "tiled" and result.photo.pixels.shape == (1100, 24, 3)
    assert tried[0] == (1100, torch.float32) and (1100, torch.bfloat16) in tried and 240 < tried[-1][0] <= 256
    assert seen == sorted(seen) and seen[-1] == 1.0


def test_no_memory_even_for_small_tiles_is_an_error_and_others_pass_through(
    tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(error: Exception) -> None:
        def restore(self: CompiledDFPIR, *arguments: Any, **options: Any) -> torch.Tensor:
            raise error

        monkeypatch.setattr(CompiledDFPIR, "restore", restore)

    photo = Photo.from_array(picture(64, 64))
    fail(MemoryError())
    with pytest.raises(RestorationError, match="not enough memory on cpu"):
        Restorer(tiny_checkpoint, device="cpu").restore(photo, "haze")
    fail(RuntimeError("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        Restorer(tiny_checkpoint, device="cpu").restore(photo, "haze")


def test_tile_too_small_for_its_overlap_is_refused(tiny_checkpoint: Checkpoint) -> None:
    with pytest.raises(RestorationError, match="100 pixels"):
        Restorer(tiny_checkpoint, tile=100)


def test_missing_prompt_is_made_by_the_text_encoder_once(tiny_checkpoint: Checkpoint) -> None:
    calls: list[list[str]] = []

    class Encoder:
        identity = CLIP

        def encode(self, texts: list[str]) -> np.ndarray:
            calls.append(list(texts))
            return np.ones((len(texts), 32), np.float32)

    bare = replace(tiny_checkpoint, prompts=PromptBank(CLIP, {}))
    restorer = Restorer(bare, device="cpu", text_encoder=Encoder)
    photo = Photo.from_array(picture(16, 16))
    restorer.restore(photo, "haze")
    restorer.restore(photo, "haze")
    assert calls == [["Hazy degradation with normal haze"]]
    assert restorer.degradations == ("haze",)
    assert restorer.removable == KEYS


def test_random_code_models_cannot_learn_new_prompts(tiny_checkpoint: Checkpoint) -> None:
    bank = PromptBank(tiny_checkpoint.prompts.encoder, {"haze": tiny_checkpoint.prompts.prompts["haze"]})
    restorer = Restorer(replace(tiny_checkpoint, prompts=bank), device="cpu")
    assert restorer.removable == ("haze",)
    with pytest.raises(PromptError, match="rain"):
        restorer.restore(Photo.from_array(picture(8, 8)), "rain")


def test_model_by_file_and_by_unknown_name(tiny_model_file: Path) -> None:
    assert Restorer(tiny_model_file, device="cpu").model_name == "tiny"
    with pytest.raises(CheckpointError, match=r"no model 'nonesuch'.*dfpir-compact"):
        Restorer("nonesuch")


def test_a_prompt_in_other_words_is_encoded(tiny_checkpoint: Checkpoint) -> None:
    asked: list[str] = []

    class Encoder:
        identity = CLIP

        def encode(self, texts: Sequence[str]) -> np.ndarray:
            asked.extend(texts)
            return np.full((len(texts), 32), 0.1, np.float32)

    bank = PromptBank(CLIP, tiny_checkpoint.prompts.prompts)
    restorer = Restorer(replace(tiny_checkpoint, prompts=bank), device="cpu", text_encoder=Encoder)
    photo = Photo.from_array(np.random.default_rng(0).random((16, 16, 3), np.float32))
    result = restorer.restore(photo, Step(text_key("remove the fog")))
    assert asked == ["remove the fog"]
    assert not np.array_equal(result.photo.pixels, restorer.restore(photo, "haze").photo.pixels)


def test_why_a_model_takes_no_other_words(
    tiny_checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reason(bank: PromptBank) -> str:
        return Restorer(replace(tiny_checkpoint, prompts=bank), device="cpu").why_no_text

    prompts = tiny_checkpoint.prompts.prompts
    monkeypatch.setattr("core.prompts.preparing.encoder_folder", lambda: tmp_path)
    assert "without a text encoder" in reason(tiny_checkpoint.prompts)
    assert "mine, which is not at hand" in reason(PromptBank("mine", prompts))
    assert "not on this computer" in reason(PromptBank(CLIP, prompts))
    (tmp_path / "ViT-B-32.pt").touch()
    assert reason(PromptBank(CLIP, prompts)) == ""
