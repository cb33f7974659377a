"""Memory of maps in pages of their own, and rows that are given back."""

import gc
import mmap
import sys
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch

from core.errors import Cancelled
from core.inference.streaming import CompiledDFPIR, compiled
from core.inference.streaming.buffers import FeatureMap, RowRelease, empty
from core.inference.streaming.workers import RowWorkers
from core.models import DFPIR, DFPIRConfig
from core.progress import CancelToken

CPU = torch.device("cpu")
ROW = mmap.PAGESIZE  # bytes


def filled(rows: int, row: int = ROW) -> FeatureMap:
    feature_map = FeatureMap((rows, row // 4, 1), torch.float32, CPU)
    feature_map.tensor.copy_(torch.arange(1, rows + 1).view(-1, 1, 1))
    return feature_map


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("shape", [(1, 1, 1), (300, 70, 3)])
def test_a_map_holds_what_is_written(shape: tuple[int, int, int], dtype: torch.dtype) -> None:
    made, values = empty(shape, dtype, CPU), torch.rand(shape).to(dtype)
    made.copy_(values)
    assert made.is_contiguous() and made.dtype == dtype
    assert torch.equal(made, values)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems may keep what was given back")
def test_rows_that_are_given_back_leave_the_others_and_can_be_written_again() -> None:
    feature_map = filled(64)
    feature_map.release(10, 20)
    rows = feature_map.tensor[:, 0, 0]
    assert rows[:10].tolist() == list(range(1, 11)) and rows[20:].tolist() == list(range(21, 65))
    assert rows[10:20].tolist() == [0] * 10
    feature_map.tensor[10:20] = 7
    assert rows[10:20].tolist() == [7] * 10


def test_pages_that_hold_other_rows_too_are_kept() -> None:
    feature_map = filled(256, ROW // 4 * 3)
    feature_map.release(2, 3)
    feature_map.release(5, 5)
    assert feature_map.tensor[:, 0, 0].tolist() == list(range(1, 257))


def test_rows_that_the_neighbours_of_a_part_read_are_kept() -> None:
    feature_map = filled(64)
    release = RowRelease(feature_map, start=16)
    for stop in (17, 24, 32):
        release.until(stop)
    rows = feature_map.tensor[:, 0, 0]
    assert rows[:17].tolist() == list(range(1, 18)) and rows[31:].tolist() == list(range(32, 65))


def work_on(tensor: torch.Tensor) -> None:
    """Take all rows of a map of 64 rows, as if overwriting them."""
    with RowWorkers(2, torch.float32, CPU) as workers:
        workers.lead(
            lambda check: workers.run(
                64, 8, 8, lambda part, *_: list(part.bands()), lambda rows: None, overwritten=tensor
            ),
            lambda: None,
        )


def test_memory_is_freed_with_the_last_reference_without_a_collection() -> None:
    feature_map = filled(64)
    gone = weakref.ref(feature_map.tensor)
    gc.disable()
    try:
        work_on(feature_map.tensor)
        del feature_map
        assert gone() is None
    finally:
        gc.enable()


def restore_until_cancelled(network: CompiledDFPIR, pixels: torch.Tensor, at: float) -> None:
    token = CancelToken()
    with pytest.raises(Cancelled):
        network.restore(
            pixels,
            torch.ones(6),
            band=256,
            progress=lambda fraction: token.cancel() if fraction > at else None,
            cancel=token,
        )


def restore_until_memory_is_short(network: CompiledDFPIR, pixels: torch.Tensor, at: float) -> None:
    apply: Callable[..., None] = compiled.apply
    calls: list[int] = []

    def failing(*arguments: Any, **options: Any) -> None:
        calls.append(len(calls))
        if len(calls) > 12 * at:
            raise MemoryError("no more")
        apply(*arguments, **options)

    with pytest.MonkeyPatch.context() as patch, pytest.raises(MemoryError):
        patch.setattr(compiled, "apply", failing)
        network.restore(pixels, torch.ones(6), band=256)


@pytest.mark.parametrize("workers", [None, 1, 2, 3])
@pytest.mark.parametrize("stop", [restore_until_cancelled, restore_until_memory_is_short])
@pytest.mark.parametrize("at", [0.1, 0.5, 0.9])
def test_a_stopped_restoration_frees_its_maps_without_a_collection(
    monkeypatch: pytest.MonkeyPatch, workers: int | None, stop: Callable[..., None], at: float
) -> None:
    """Otherwise a retry with less memory, or the next photo, would start beside the maps of the stopped one."""
    maps: weakref.WeakSet[FeatureMap] = weakref.WeakSet()
    made: list[int] = []

    class Watched(FeatureMap):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments)
            maps.add(self)
            made.append(1)

    monkeypatch.setattr(compiled, "FeatureMap", Watched)
    config = DFPIRConfig(
        dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.3, prompt_dim=6, keep=1.0
    )
    network = CompiledDFPIR(DFPIR(config).eval(), torch.float32, workers=workers)
    gc.disable()
    try:
        stop(network, torch.rand(136, 128, 3), at)
        assert made and not list(maps)
    finally:
        gc.enable()
