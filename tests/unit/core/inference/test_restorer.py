from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.checkpoints import Checkpoint
from core.degradations import KEYS, network_runs, text_key
from core.errors import Cancelled, CheckpointError, PromptError, RestorationError
from core.inference import Restorer, Step
from core.inference.memory_plan import Plan, candidate_plans
from core.inference.restorer import orientations
from core.inference.streaming import CompiledDFPIR, NonFiniteError
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
def test_any_size_gives_the_networks_output_for_the_reflected_image(
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


def test_strength_blends_and_0_leaves_every_pixel_unchanged(restorer: Restorer) -> None:
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


def test_the_source_photo_and_its_metadata_are_not_changed(restorer: Restorer) -> None:
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
def test_colours_beneath_transparency_have_no_effect_and_are_preserved(restorer: Restorer, steps: str) -> None:
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
def test_a_photo_without_colour_stays_without_colour(restorer: Restorer, channels: int) -> None:
    """Also one stored in three channels, and one whose hidden pixels are coloured."""
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
    assert np.ptp(answer, axis=-1).max() > 0.01  # the network's own output
    alike = restorer.restore(photos[0], "haze").photo.pixels
    assert np.abs(alike[..., 0] - answer.mean(axis=2)).mean() < 0.02


def test_the_networks_input_does_not_depend_on_the_profile(restorer: Restorer, tmp_path: Path) -> None:
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
    assert seen == sorted(seen) and seen[-1] == 1.0
    assert any(abs(fraction - 0.5) < 1e-9 for fraction in seen)


def test_cancel_stops_within_a_band_and_the_restorer_can_be_used_again(restorer: Restorer) -> None:
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


def test_overflow_in_reduced_precision_is_retried_in_float32(tiny_checkpoint: Checkpoint) -> None:
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


def fitting(restorer: Restorer, *, averaged: bool = False) -> list[Plan]:
    return restorer._fitting_plans(restorer._candidate_plans(520, 500, averaged=averaged))


def test_the_best_plan_that_fits_is_used(tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch) -> None:
    photo, config = Photo.from_array(picture(520, 500)), tiny_checkpoint.config
    candidates = list(candidate_plans(config, 520, 500, ["float32", "bfloat16"]))
    assert [(plan.precision, plan.tile) for plan in candidates[:4]] == [("float32", None)] * 2 + [
        ("bfloat16", None)
    ] * 2
    assert [plan.tile for plan in candidates[4:]] == [512, 512, 256, 256]

    def used(**options: Any) -> tuple[str, str]:
        result = Restorer(tiny_checkpoint, device="cpu", threads=1, **options).restore(photo, "haze")
        return result.path, result.precision

    assert used(memory_limit=candidates[0].needed) == ("bands", "float32")
    assert used(memory_limit=candidates[3].needed) == ("bands", "bfloat16")
    assert used(memory_limit=candidates[6].needed, precision="float32") == ("tiled", "float32")
    monkeypatch.setattr("core.inference.restorer.free_bytes", lambda device: candidates[3].needed / 0.6 + 1)
    assert used() == ("bands", "bfloat16")
    free = 1.02 * candidates[0].needed / 0.6
    monkeypatch.setattr("core.inference.restorer.free_bytes", lambda device: free)
    restorer = Restorer(tiny_checkpoint, device="cpu", threads=1)
    assert fitting(restorer)[0] == candidates[0]
    free = 0.98 * candidates[0].needed / 0.6  # plans may not use all free memory
    assert fitting(restorer)[0].needed <= 0.6 * free < candidates[0].needed
    monkeypatch.setattr("core.inference.restorer.free_bytes", lambda device: 0)
    smallest = min(candidates, key=lambda plan: plan.needed)
    assert used() == ("tiled" if smallest.tile else "bands", smallest.precision)  # the estimate may be too high
    with pytest.raises(RestorationError, match=r"within 1M of memory.*at least about \d+M"):
        used(memory_limit=1 << 20)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        MemoryError(),
        RuntimeError("DefaultCPUAllocator: can't allocate memory"),
    ],
)
def test_out_of_memory_during_a_run_falls_back_to_a_smaller_plan(
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


def test_too_little_memory_for_small_tiles_is_an_error_and_other_errors_are_raised(
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


def test_a_missing_prompt_is_encoded_once(tiny_checkpoint: Checkpoint) -> None:
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


def test_models_with_random_codes_refuse_new_prompts(tiny_checkpoint: Checkpoint) -> None:
    bank = PromptBank(tiny_checkpoint.prompts.encoder, {"haze": tiny_checkpoint.prompts.prompts["haze"]})
    restorer = Restorer(replace(tiny_checkpoint, prompts=bank), device="cpu")
    assert restorer.removable == ("haze",)
    with pytest.raises(PromptError, match="rain"):
        restorer.restore(Photo.from_array(picture(8, 8)), "rain")


def test_model_by_file_and_by_unknown_name(tiny_model_file: Path) -> None:
    assert Restorer(tiny_model_file, device="cpu").model_name == "tiny"
    with pytest.raises(CheckpointError, match=r"no model 'nonesuch'.*dfpir-compact"):
        Restorer("nonesuch")


def test_a_free_text_prompt_is_encoded(tiny_checkpoint: Checkpoint) -> None:
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


def test_why_a_model_takes_no_free_text(
    tiny_checkpoint: Checkpoint, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def reason(bank: PromptBank) -> str:
        return Restorer(replace(tiny_checkpoint, prompts=bank), device="cpu").why_no_text

    prompts = tiny_checkpoint.prompts.prompts
    monkeypatch.setattr("core.prompts.preparing.encoder_folder", lambda: tmp_path)
    assert "without a text encoder" in reason(tiny_checkpoint.prompts)
    assert "mine, which is not available" in reason(PromptBank("mine", prompts))
    assert "not on this computer" in reason(PromptBank(CLIP, prompts))
    (tmp_path / "ViT-B-32.pt").touch()
    assert reason(PromptBank(CLIP, prompts)) == ""


def test_a_memory_limit_leads_to_tiles(tiny_checkpoint: Checkpoint) -> None:
    photo = Photo.from_array(np.random.default_rng(0).random((520, 500, 3), np.float32))
    limit = min(plan.needed for plan in candidate_plans(tiny_checkpoint.config, 520, 500, ["float32"]) if plan.tile) + 1
    restorer = Restorer(tiny_checkpoint, device="cpu", precision="float32", memory_limit=limit, threads=1)
    assert Restorer(tiny_checkpoint, device="cpu").restore(photo, "haze").path == "bands"
    assert restorer.restore(photo, "haze").path == "tiled"


def low_contrast(height: int = 19, width: int = 32) -> np.ndarray:
    return 0.3 + 0.4 * np.random.default_rng(1).random((height, width, 3), np.float32)


def oriented(pixels: np.ndarray, symmetry: int) -> np.ndarray:
    """The eight symmetries by transposition and reversal alone."""
    pixels = pixels.transpose(1, 0, 2) if symmetry & 4 else pixels
    return np.ascontiguousarray(pixels[:: -1 if symmetry & 2 else 1, :: -1 if symmetry & 1 else 1])


def undone(pixels: np.ndarray, symmetry: int) -> np.ndarray:
    pixels = pixels[:: -1 if symmetry & 2 else 1, :: -1 if symmetry & 1 else 1]
    return pixels.transpose(1, 0, 2) if symmetry & 4 else pixels


@pytest.mark.parametrize(
    ("key", "symmetries"), [("noise25", range(8)), ("blur", range(8)), ("low-light", range(8)), ("rain", [0, 1])]
)
def test_best_quality_is_the_mean_over_the_orientations_that_the_degradation_allows(
    restorer: Restorer, key: str, symmetries: Any
) -> None:
    pixels = low_contrast()
    each = [
        undone(restorer.restore(Photo.from_array(oriented(pixels, number)), key).photo.pixels, number)
        for number in symmetries
    ]
    assert np.min(each) > 0.0 and np.max(each) < 1.0  # so that clipping has no effect
    result = restorer.restore(Photo.from_array(pixels), key, quality_mode="best")
    np.testing.assert_allclose(result.photo.pixels, np.mean(each, 0), atol=1e-6)
    assert result.quality_mode == "best"
    assert np.abs(result.photo.pixels - each[0]).max() > 1e-4


def test_every_orientation_is_undone_and_none_is_repeated() -> None:
    pixels = low_contrast(2, 3)
    for key in KEYS:
        chosen = orientations(key, "best")
        assert len(chosen) == network_runs(key, "best") == (2 if key in ("rain", "haze") else 8)
        assert len({orientation.apply(pixels).tobytes() for orientation in chosen}) == len(chosen)
        assert all(np.array_equal(orientation.undo(orientation.apply(pixels)), pixels) for orientation in chosen)
        assert np.array_equal(orientations(key, "standard")[0].apply(pixels), pixels)


def test_the_quality_mode_can_be_set_for_a_single_photo(tiny_checkpoint: Checkpoint) -> None:
    photo = Photo.from_array(low_contrast())
    best = Restorer(tiny_checkpoint, device="cpu", quality_mode="best")
    standard = best.restore(photo, "haze", quality_mode="standard")
    assert (best.restore(photo, "haze").quality_mode, standard.quality_mode) == ("best", "standard")
    with pytest.raises(RestorationError, match=r"'finest'.*standard or best"):
        Restorer(tiny_checkpoint, quality_mode="finest")


def test_progress_covers_all_network_runs_and_a_later_one_can_be_cancelled(restorer: Restorer) -> None:
    photo, seen = Photo.from_array(low_contrast()), list[float]()
    restorer.restore(photo, "haze,blur", quality_mode="best", progress=seen.append)
    assert seen == sorted(seen) and seen[-1] == 1.0
    assert any(abs(share - 0.2) < 1e-9 for share in seen)  # two of ten passes are the haze's
    token, seen = CancelToken(), list[float]()

    def progress(share: float) -> None:
        seen.append(share)
        if share > 0.3:
            token.cancel()

    with pytest.raises(Cancelled):
        restorer.restore(photo, "blur", quality_mode="best", progress=progress, cancel=token)
    assert sum(share > 0.3 for share in seen) == 1


def test_all_runs_of_a_pass_that_overflows_are_retried_in_float32(
    tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, dtypes = CompiledDFPIR.restore, list[torch.dtype]()

    def restore(self: CompiledDFPIR, *arguments: Any, **options: Any) -> torch.Tensor:
        dtypes.append(self.dtype)
        if self.dtype == torch.float16 and len(dtypes) == 2:
            raise NonFiniteError
        return run(self, *arguments, **options)

    monkeypatch.setattr(CompiledDFPIR, "restore", restore)
    photo = Photo.from_array(low_contrast())
    result = Restorer(tiny_checkpoint, device="cpu", precision="float16").restore(photo, "haze", quality_mode="best")
    assert result.precision == "float32"
    assert dtypes == [torch.float16, torch.float16, torch.float32, torch.float32]
    expected = Restorer(tiny_checkpoint, device="cpu", precision="float32").restore(photo, "haze", quality_mode="best")
    np.testing.assert_array_equal(result.photo.pixels, expected.photo.pixels)


def test_the_memory_of_the_sum_and_the_rotated_copy_is_planned(tiny_checkpoint: Checkpoint) -> None:
    free = Restorer(tiny_checkpoint, device="cpu", precision="float32")
    once, often = (fitting(free, averaged=averaged)[0].needed for averaged in (False, True))
    assert often - once >= 2 * 520 * 500 * 3 * 4
    limited = Restorer(tiny_checkpoint, device="cpu", precision="float32", memory_limit=once)
    assert fitting(limited)[0].needed == once
    assert all(plan.needed < once for plan in fitting(limited, averaged=True))
