import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from core.checkpoints import Checkpoint
from core.errors import Cancelled
from core.inference.streaming import CompiledDFPIR
from core.inference.streaming.tiles import LEAST_OVERLAP, _ramp, mosaic, restore_in_tiles, tiles_of
from core.progress import CancelToken, no_progress


@given(
    height=st.integers(1, 700),
    width=st.integers(1, 700),
    tile=st.sampled_from([128, 144, 256]),
    multiple=st.sampled_from([8, 16]),
)
def test_cores_cover_the_padded_picture_once(height: int, width: int, tile: int, multiple: int) -> None:
    covered = np.zeros((height + -height % multiple, width + -width % multiple), int)
    for part in tiles_of(height, width, tile, LEAST_OVERLAP, multiple):
        rows, columns = part.area
        core = part.core
        assert rows.stop <= height and columns.stop <= width
        assert not (core.top % multiple or core.left % multiple)
        covered[part.top + core.top : part.top + core.bottom, part.left + core.left : part.left + core.right] += 1
    assert (covered == 1).all()


def test_what_a_tiles_own_edge_has_spoilt_is_not_used() -> None:
    overlap = 64
    inner = _ramp(96, 160, 400, overlap)  # between two neighbours
    assert (inner[: overlap // 4] == 0).all() and (inner[-overlap // 4 :] == 0).all()
    assert inner[overlap // 4 + 1] > 0 and (inner[overlap : 160 - overlap] == 1).all()
    # Where two tiles overlap, they fade into each other and together weigh as much as one.
    before = _ramp(0, 160, 400, overlap)
    assert (before[:96] == 1).all()
    torch.testing.assert_close(before[96:] + inner[:overlap], torch.ones(overlap))


def test_a_mosaic_has_patches_from_corner_to_corner_and_keeps_small_pictures() -> None:
    rows, columns = torch.meshgrid(torch.arange(300.0), torch.arange(200.0), indexing="ij")
    pixels = torch.stack([rows, columns, rows], 2)
    small = mosaic(pixels, 128)
    assert small.shape == (128, 128, 3)
    assert small[0, 0].tolist() == [0, 0, 0] and small[-1, -1].tolist() == [299, 199, 299]
    assert (small[1:64, :, 0] - small[:63, :, 0] == 1).all()  # within a patch nothing is left out
    torch.testing.assert_close(mosaic(pixels, 500), pixels)


@pytest.fixture(scope="module")
def network(tiny_checkpoint: Checkpoint) -> CompiledDFPIR:
    return CompiledDFPIR(tiny_checkpoint.build())


@pytest.fixture(scope="module")
def prompt(tiny_checkpoint: Checkpoint) -> torch.Tensor:
    return torch.tensor(tiny_checkpoint.prompts.embedding("haze"))


def halves(height: int, width: int) -> torch.Tensor:
    """Dark and calm on the left, bright and noisy on the right: tiles see unlike statistics."""
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


def test_progress_is_of_all_rounds_and_cancel_is_asked_within(network: CompiledDFPIR, prompt: torch.Tensor) -> None:
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
