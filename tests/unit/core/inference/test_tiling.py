import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import Cancelled
from core.inference.tiling import run_tiled, tile_starts
from core.progress import CancelToken, no_progress


@given(
    length=st.integers(1, 5000), overlap=st.integers(0, 100), extra=st.integers(1, 60), multiple=st.sampled_from([1, 8])
)
def test_tiles_cover_the_side_and_overlap_enough(length: int, overlap: int, extra: int, multiple: int) -> None:
    tile = multiple * (-(-overlap // multiple) + extra)
    starts = tile_starts(length, tile, overlap, multiple)
    assert starts[0] == 0 and all(start % multiple == 0 for start in starts)
    for left, right in itertools.pairwise(starts):
        assert left < right <= left + tile - overlap
    if length > tile:
        assert length <= starts[-1] + tile < length + multiple
    else:
        assert len(starts) == 1


@given(height=st.integers(1, 90), width=st.integers(1, 90), seed=st.integers(0, 99))
def test_tiles_that_change_nothing_give_the_picture_back(height: int, width: int, seed: int) -> None:
    picture = np.random.default_rng(seed).random((height, width, 3), np.float32)
    out = run_tiled(picture, 32, 8, np.copy, no_progress, CancelToken())
    np.testing.assert_allclose(out, picture, atol=1e-6)


def test_tones_of_neighbouring_tiles_fade_into_each_other() -> None:
    numbers = iter([0.0, 1.0])
    out = run_tiled(
        np.zeros((8, 56, 3), np.float32), 32, 8, lambda t: np.full_like(t, next(numbers)), no_progress, CancelToken()
    )
    row = out[4, :, 0]
    assert (row[:24] == 0).all() and (row[32:] == 1).all()
    assert (np.diff(row[23:33]) > 0).all() and np.diff(row).max() < 0.2


def test_progress_reaches_one_and_cancel_is_asked_before_each_tile() -> None:
    token, seen = CancelToken(), []

    def progress(fraction: float) -> None:
        seen.append(fraction)
        if fraction >= 0.5:
            token.cancel()

    with pytest.raises(Cancelled):
        run_tiled(np.zeros((64, 64, 3), np.float32), 40, 16, np.copy, progress, token)
    assert seen == [0.25, 0.5]
    seen.clear()
    run_tiled(np.zeros((64, 64, 3), np.float32), 40, 16, np.copy, seen.append, CancelToken())
    assert seen == [0.25, 0.5, 0.75, 1.0]
