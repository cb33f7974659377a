"""Quality mode ``"best"``: the mean over the turns and reflections that a degradation allows."""

from typing import Any

import numpy as np
import pytest
import torch

from core.checkpoints import Checkpoint
from core.degradations import KEYS, passes
from core.errors import Cancelled, RestorationError
from core.inference import Restorer
from core.inference.orientations import orientations
from core.inference.streaming import CompiledDFPIR, NotFinite
from core.photo import Photo
from core.progress import CancelToken


@pytest.fixture(scope="module")
def restorer(tiny_checkpoint: Checkpoint) -> Restorer:
    return Restorer(tiny_checkpoint, device="cpu", precision="float32")


def picture(height: int = 19, width: int = 32) -> np.ndarray:
    return 0.3 + 0.4 * np.random.default_rng(1).random((height, width, 3), np.float32)


def turned(pixels: np.ndarray, way: int) -> np.ndarray:
    """The eight symmetries by transposition and reversal alone."""
    pixels = pixels.transpose(1, 0, 2) if way & 4 else pixels
    return np.ascontiguousarray(pixels[:: -1 if way & 2 else 1, :: -1 if way & 1 else 1])


def turned_back(pixels: np.ndarray, way: int) -> np.ndarray:
    pixels = pixels[:: -1 if way & 2 else 1, :: -1 if way & 1 else 1]
    return pixels.transpose(1, 0, 2) if way & 4 else pixels


@pytest.mark.parametrize(
    ("key", "ways"), [("noise25", range(8)), ("blur", range(8)), ("low-light", range(8)), ("rain", [0, 1])]
)
def test_the_mean_is_taken_over_the_orientations_that_the_degradation_allows(
    restorer: Restorer, key: str, ways: Any
) -> None:
    pixels = picture()
    each = [turned_back(restorer.restore(Photo.from_array(turned(pixels, way)), key).photo.pixels, way) for way in ways]
    assert np.min(each) > 0.0 and np.max(each) < 1.0  # so that clipping tells nothing
    result = restorer.restore(Photo.from_array(pixels), key, quality_mode="best")
    np.testing.assert_allclose(result.photo.pixels, np.mean(each, 0), atol=1e-6)
    assert result.quality_mode == "best"
    assert np.abs(result.photo.pixels - each[0]).max() > 1e-4


def test_every_orientation_is_undone_and_none_comes_twice() -> None:
    pixels = picture(2, 3)
    for key in KEYS:
        chosen = orientations(key, "best")
        assert len(chosen) == passes(key, "best") == (2 if key in ("rain", "haze") else 8)
        assert len({way.apply(pixels).tobytes() for way in chosen}) == len(chosen)
        assert all(np.array_equal(way.undo(way.apply(pixels)), pixels) for way in chosen)
        assert np.array_equal(orientations(key, "standard")[0].apply(pixels), pixels)


def test_the_restorer_s_own_mode_holds_unless_a_photo_has_another(tiny_checkpoint: Checkpoint) -> None:
    photo = Photo.from_array(picture())
    best = Restorer(tiny_checkpoint, device="cpu", quality_mode="best")
    standard = best.restore(photo, "haze", quality_mode="standard")
    assert (best.restore(photo, "haze").quality_mode, standard.quality_mode) == ("best", "standard")
    with pytest.raises(RestorationError, match=r"'finest'.*standard or best"):
        Restorer(tiny_checkpoint, quality_mode="finest")


def test_progress_counts_all_passes_and_a_later_one_can_be_stopped(restorer: Restorer) -> None:
    photo, seen = Photo.from_array(picture()), list[float]()
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


def test_one_pass_that_overflows_is_repeated_in_float32_as_a_whole(
    tiny_checkpoint: Checkpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, dtypes = CompiledDFPIR.restore, list[torch.dtype]()

    def restore(self: CompiledDFPIR, *arguments: Any, **options: Any) -> torch.Tensor:
        dtypes.append(self.dtype)
        if self.dtype == torch.float16 and len(dtypes) == 2:
            raise NotFinite
        return run(self, *arguments, **options)

    monkeypatch.setattr(CompiledDFPIR, "restore", restore)
    photo = Photo.from_array(picture())
    result = Restorer(tiny_checkpoint, device="cpu", precision="float16").restore(photo, "haze", quality_mode="best")
    assert result.precision == "float32"
    assert dtypes == [torch.float16, torch.float16, torch.float32, torch.float32]
    expected = Restorer(tiny_checkpoint, device="cpu", precision="float32").restore(photo, "haze", quality_mode="best")
    np.testing.assert_array_equal(result.photo.pixels, expected.photo.pixels)


def test_sum_and_turned_copy_are_planned_for(tiny_checkpoint: Checkpoint) -> None:
    free = Restorer(tiny_checkpoint, device="cpu", precision="float32")
    once, often = (free._plans(520, 500, count)[0].needed for count in (1, 8))
    assert often - once >= 2 * 520 * 500 * 3 * 4
    limited = Restorer(tiny_checkpoint, device="cpu", precision="float32", memory_limit=once)
    assert limited._plans(520, 500, 1)[0].needed == once
    assert all(plan.needed < once for plan in limited._plans(520, 500, 2))
