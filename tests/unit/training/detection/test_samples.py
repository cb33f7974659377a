"""Training samples of the detector."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.detection import FAMILIES
from training.data.data_errors import DataError
from training.detection import DetectorTraining
from training.detection.config import families_of
from training.detection.pictures import Gallery, Scene, open_galleries
from training.detection.samples import Sample, Sampler
from training.synthesis import load_kernels

Draw = Callable[[str, int], Sample]


def drawn(sampler: Sampler, kind: str, gallery: Gallery, seed: int, counts: tuple[int, int] = (2, 2)) -> Sample:
    rng = np.random.default_rng(seed)
    return sampler.draw(kind, sampler.draw_scene(kind, gallery, rng), counts, rng)


@pytest.fixture
def galleries(config: DetectorTraining, data: Path) -> tuple[Gallery, Gallery]:
    return open_galleries(config, data)


@pytest.fixture
def draw(config: DetectorTraining, data: Path, galleries: tuple[Gallery, Gallery]) -> Draw:
    sampler = Sampler(config, load_kernels(data / "kernels.npz", ["a"]))
    return lambda kind, seed: drawn(sampler, kind, galleries[0], seed, (2, 3))


def test_no_picture_is_both_for_training_and_held_out(galleries: tuple[Gallery, Gallery]) -> None:
    training, held_out = galleries
    for seen, unseen in zip(training.scenes, held_out.scenes, strict=True):
        assert len(seen) == 3 and len(unseen) == 1
        assert not any(np.array_equal(scene.clean, other.clean) for scene in seen for other in unseen)


def test_pairs_and_depths_belong_to_their_pictures(galleries: tuple[Gallery, Gallery]) -> None:
    _, rain, indoor = galleries[0].scenes
    assert all(scene.family == "rain" and scene.degraded is not None for scene in rain)
    assert all(scene.depth is not None and scene.depth.shape == scene.clean.shape[:2] for scene in indoor)


def test_too_few_or_missing_pictures_are_named(config: DetectorTraining, data: Path) -> None:
    with pytest.raises(DataError, match="clean"):
        open_galleries(replace(config, holdout=0.9), data)
    (data / "depth" / "2.png").unlink()
    with pytest.raises(DataError, match=r"2\.png"):
        open_galleries(config, data)


@pytest.mark.parametrize("kind", ["clean", *FAMILIES, "low-light+noise", "rain+haze"])
def test_sample_has_the_labels_of_its_kind_and_is_a_function_of_the_generator(draw: Draw, kind: str) -> None:
    for seed in range(8):
        sample, again = draw(kind, seed), draw(kind, seed)
        assert sample.native.shape == (2, 3, 32, 32) and sample.reduced.shape == (3, 3, 32, 32)
        assert sample.view.shape == (3, 32, 32)
        for part in ("native", "reduced", "view", "numbers"):
            assert getattr(sample, part).dtype == (np.float32 if part == "numbers" else np.uint8)
            np.testing.assert_array_equal(getattr(sample, part), getattr(again, part))
        named = {name for name, there in zip(FAMILIES, sample.answer.present, strict=True) if there}
        assert named == set(families_of(kind))
        ignored = {name for name, counted in zip(FAMILIES, sample.answer.counts, strict=True) if not counted}
        assert ignored <= {"noise", "haze"} and "clean" not in (kind if ignored else "")
        assert ("noise" in named) or sample.answer.sigma == 0
    assert not np.array_equal(draw(kind, 1).native, draw(kind, 2).native)


def test_sigma_is_that_of_the_noise_in_full_resolution(config: DetectorTraining) -> None:
    grey = np.full((120, 150, 3), 128, np.uint8)
    gallery = Gallery(config.sources[:1], ((Scene(grey),),))
    sampler = Sampler(config, [])
    ratios = []
    for seed in range(60):
        sample = drawn(sampler, "noise", gallery, seed)
        if sample.answer.sigma:
            noise = sample.native - np.median(sample.native, axis=(2, 3), keepdims=True)
            ratios.append(np.median(np.abs(noise)) / 0.6745 / sample.answer.sigma)
    assert len(ratios) > 20
    # Darker corners and borders add to a few, and the median is whole levels.
    assert np.median(ratios) == pytest.approx(1.0, abs=0.1)
    assert np.mean(np.abs(np.log(ratios)) < 0.3) > 0.85


def test_clean_samples_of_a_flat_picture_stay_almost_flat(config: DetectorTraining) -> None:
    grey = np.full((120, 150, 3), 128, np.uint8)
    gallery = Gallery(config.sources[:1], ((Scene(grey),),))
    for seed in range(30):
        sample = drawn(Sampler(config, []), "clean", gallery, seed)
        fine = np.diff(np.diff(sample.native.astype(float), axis=2), axis=3) / 2  # of white noise: its own σ
        assert np.median(np.abs(fine)) / 0.6745 <= 2.0  # grain of σ 1.3 at most, a little sharpened
