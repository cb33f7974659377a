import itertools

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.checkpoints import Checkpoint
from core.errors import Cancelled
from core.inference.streaming import CompiledDFPIR
from core.inference.streaming.tiles import (
    MIN_OVERLAP,
    _blend_weights,
    cut_into_tiles,
    mosaic,
    restore_in_tiles,
    tile_starts,
)
from core.progress import CancelToken, no_progress


@given(
    length=st.integers(1, 5000), overlap=st.integers(0, 100), extra=st.integers(1, 60), multiple=st.sampled_from([1, 8])
)
def test_tiles_cover_the_side_and_overlap_sufficiently(length: int, overlap: int, extra: int, multiple: int) -> None:
    tile = multiple * (-(-overlap // multiple) + extra)
    starts = tile_starts(length, tile, overlap, multiple)
    assert starts[0] == 0 and all(start % multiple == 0 for start in starts)
    for left, right in itertools.pairwise(starts):
        assert left < right <= left + tile - overlap
    if length > tile:
        assert length <= starts[-1] + tile < length + multiple
    else:
        assert len(starts) == 1


@given(
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    tile=st.sampled_from([128, 144, 256]),
    multiple=st.sampled_from([8, 16]),
)
def test_interiors_cover_the_padded_image_once(height: int, width: int, tile: int, multiple: int) -> None:
    covered = np.zeros((height + -height % multiple, width + -width % multiple), int)
    for part in cut_into_tiles(height, width, tile, MIN_OVERLAP, multiple):
        rows, columns = part.area
        interior = part.interior
        assert rows.stop <= height and columns.stop <= width
        assert not (interior.top % multiple or interior.left % multiple)
        rows = slice(part.top + interior.top, part.top + interior.bottom)
        columns = slice(part.left + interior.left, part.left + interior.right)
        covered[rows, columns] += 1
    assert (covered == 1).all()


def test_the_margin_of_a_tile_is_not_used() -> None:
    overlap = 64
    inner = _blend_weights(96, 160, 400, overlap)  # between two neighbours
    assert (inner[: overlap // 4] == 0).all() and (inner[-overlap // 4 :] == 0).all()
    assert inner[overlap // 4 + 1] > 0 and (inner[overlap : 160 - overlap] == 1).all()
    # Where two tiles overlap, their weights add up to 1.
    before = _blend_weights(0, 160, 400, overlap)
    assert (before[:96] == 1).all()
    torch.testing.assert_close(before[96:] + inner[:overlap], torch.ones(overlap))


def test_a_mosaic_has_patches_from_corner_to_corner_and_small_images_are_unchanged() -> None:
    rows, columns = torch.meshgrid(torch.arange(300.0), torch.arange(200.0), indexing="ij")
    pixels = torch.stack([rows, columns, rows], 2)
    small = mosaic(pixels, 128)
    assert small.shape == (128, 128, 3)
    assert small[0, 0].tolist() == [0, 0, 0] and small[-1, -1].tolist() == [299, 199, 299]
    assert (small[1:64, :, 0] - small[:63, :, 0] == 1).all()  # a patch is contiguous
    torch.testing.assert_close(mosaic(pixels, 500), pixels)


@pytest.fixture(scope="module")
def network(tiny_checkpoint: Checkpoint) -> CompiledDFPIR:
    return CompiledDFPIR(tiny_checkpoint.build())


@pytest.fixture(scope="module")
def prompt(tiny_checkpoint: Checkpoint) -> torch.Tensor:
    return torch.tensor(tiny_checkpoint.prompts.embedding("haze"))


def halves(height: int, width: int) -> torch.Tensor:
    """Dark and smooth on the left, bright and noisy on the right: the tiles' statistics differ."""
    pixels = torch.from_numpy(np.random.default_rng(0).random((height, width, 3), np.float32))
    pixels[:, : width // 2] *= 0.1
    return pixels


def test_tiles_share_the_attention_of_the_frame(network: CompiledDFPIR, prompt: torch.Tensor) -> None:
    pixels = halves(32, 272)
    full = network.restore(pixels, prompt)
    tiled = restore_in_tiles(network, prompt, pixels, 144, 2000, no_progress, CancelToken())
    alone = torch.cat([network.restore(part.contiguous(), prompt) for part in pixels.split(136, dim=1)], dim=1)
    assert (tiled - full).square().mean() < 0.1 * (alone - full).square().mean()


def test_one_tile_is_the_frame(network: CompiledDFPIR, prompt: torch.Tensor) -> None:
    pixels = halves(40, 70)
    torch.testing.assert_close(
        restore_in_tiles(network, prompt, pixels, 128, 2000, no_progress, CancelToken()),
        network.restore(pixels, prompt),
    )


def test_progress_covers_all_rounds_and_cancel_is_checked_within_them(
    network: CompiledDFPIR, prompt: torch.Tensor
) -> None:
    token, seen = CancelToken(), []

    def progress(fraction: float) -> None:
        seen.append(fraction)
        if fraction >= 0.5:
            token.cancel()

    with pytest.raises(Cancelled):
        restore_in_tiles(network, prompt, halves(32, 144), 128, 2000, progress, token)
    assert seen == sorted(seen) and 0.5 <= seen[-1] < 0.55
    seen.clear()
    restore_in_tiles(network, prompt, halves(32, 144), 128, 2000, seen.append, CancelToken())
    assert seen == sorted(seen) and abs(seen[-1] - 1) < 1e-6
