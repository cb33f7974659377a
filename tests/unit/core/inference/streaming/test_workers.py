"""Workers that share the rows of an image: the same result, ordered progress, and prompt cancellation."""

import threading
import weakref
from typing import Any

import pytest
import torch

from core.errors import Cancelled
from core.inference.streaming import CompiledDFPIR
from core.inference.streaming.bands import Scratch
from core.inference.streaming.buffers import empty
from core.inference.streaming.workers import MIN_PART_ROWS, RowPart, RowsDone, RowWorkers, SharedRows
from core.models import DFPIR, DFPIRConfig
from core.progress import CancelToken

SMALL: dict[str, Any] = {
    "dim": 8,
    "blocks": (1, 1, 1, 1),
    "refinement_blocks": 1,
    "heads": (1, 1, 2, 2),
    "expansion": 1.3,
    "prompt_dim": 6,
    "keep": 1.0,  # near ties of the mask may be resolved differently
}


def network(**changes: Any) -> DFPIR:
    torch.manual_seed(3)
    return DFPIR(DFPIRConfig(**SMALL | changes)).double().eval().requires_grad_(False)


def picture(height: int, width: int) -> torch.Tensor:
    return torch.rand(height, width, 3, generator=torch.Generator().manual_seed(height), dtype=torch.float64)


PROMPT = torch.linspace(-1, 1, 6, dtype=torch.float64)


@pytest.mark.parametrize("count", [1, 2, 3, 7])
@pytest.mark.parametrize(("height", "width", "band"), [(200, 24, 40), (136, 30, 4000), (67, 9, 16), (8, 64, 64)])
@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"borders": "replicate", "stem": 2},
        {"dgpb_residual": True, "perturbation": "caapm"},
        {"perturbation": "dgcpm"},
    ],
    ids=["published", "replicate", "residual", "dgcpm"],
)
def test_parts_have_no_visible_seams(count: int, height: int, width: int, band: int, changes: dict[str, Any]) -> None:
    model, pixels = network(**changes), picture(height, width)
    alone = CompiledDFPIR(model, torch.float64).restore(pixels, PROMPT, band=band)
    shared = CompiledDFPIR(model, torch.float64, workers=count).restore(pixels, PROMPT, band=band)
    torch.testing.assert_close(shared, alone, rtol=0, atol=1e-12)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("changes", [{}, {"borders": "replicate", "stem": 2}], ids=["published", "replicate"])
def test_any_number_of_workers_gives_identical_results(dtype: torch.dtype, changes: dict[str, Any]) -> None:
    """Also with bands that are taken over from other workers, at different rows in each run."""
    model, pixels = network(**changes).float(), picture(264, 272).float()
    alone = CompiledDFPIR(model, dtype, workers=1).restore(pixels, PROMPT.float(), band=4000)
    for count in (2, 3, 5):
        compiled = CompiledDFPIR(model, dtype, workers=count)
        for _ in range(2):
            assert torch.equal(compiled.restore(pixels, PROMPT.float(), band=4000), alone)


def test_progress_is_called_in_the_calling_thread_up_to_1() -> None:
    seen: list[float] = []
    callers: set[int] = set()

    def progress(fraction: float) -> None:
        seen.append(fraction)
        callers.add(threading.get_ident())

    CompiledDFPIR(network(), torch.float64, workers=3).restore(picture(128, 32), PROMPT, band=256, progress=progress)
    assert callers == {threading.get_ident()}
    assert seen == sorted(seen) and seen[-1] == pytest.approx(1.0)


def test_cancel_stops_every_worker_and_they_can_be_used_again() -> None:
    token = CancelToken()
    compiled, pixels = CompiledDFPIR(network(), torch.float64, workers=2), picture(128, 32)
    expected = compiled.restore(pixels, PROMPT, band=128)

    def progress(fraction: float) -> None:
        if fraction > 0.3:
            token.cancel()

    with pytest.raises(Cancelled):
        compiled.restore(pixels, PROMPT, band=128, progress=progress, cancel=token)
    assert torch.equal(compiled.restore(pixels, PROMPT, band=128), expected)


def test_an_error_in_one_part_is_raised_after_the_others_have_stopped() -> None:
    started, bands = threading.Barrier(2), []

    def work(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> None:
        started.wait(timeout=30)
        if part.start:
            raise MemoryError("no more")
        for _ in range(1_000_000):  # would never end
            rows_done(1)
            bands.append(1)

    with RowWorkers(2, torch.float32, torch.device("cpu")) as workers:
        with pytest.raises(MemoryError, match="no more"):
            run(workers, 32, work)
        assert len(bands) < 1_000_000
        rows = run(workers, 32, take_all)
        assert [row for part in rows for row in part] == list(range(64))


def run(workers: RowWorkers, band_height: int, work: Any) -> list[Any]:
    """The results of ``work`` on a map of 64 x 8 positions."""
    return workers.lead(lambda check: workers.run(64, 8, band_height, work, lambda rows: None), lambda: None)


def count_threads(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> int:
    take_all(part, scratch, rows_done)
    return torch.get_num_threads()


def test_operations_of_a_worker_have_one_thread_and_those_of_the_caller_are_unaffected() -> None:
    before = torch.get_num_threads()
    with RowWorkers(2, torch.float32, torch.device("cpu")) as workers:
        numbers = run(workers, 8, count_threads)
    assert set(numbers) == {1}
    assert torch.get_num_threads() == before


def take_all(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> list[int]:
    return [row for band in part.bands() for row in range(band.start, band.stop)]


@pytest.mark.parametrize("band_height", [4, 8, 16, 100])
def test_parts_cover_the_rows_once_and_are_not_too_low(band_height: int) -> None:
    for height in (1, 7, 8, 15, 31, 32, 33, 1000):
        parts = SharedRows(height, min(band_height, height), 4).parts
        assert [row for part in parts for row in range(part.start, part.end)] == list(range(height))
        assert len(parts) == 1 or min(part.end - part.start for part in parts) >= MIN_PART_ROWS
        bands = [band for part in parts for band in part.bands()]
        assert [band.last for band in bands] == [False] * (len(bands) - 1) + [True]
        assert all(band.start % min(band_height, height) == 0 for band in bands)


def test_a_worker_that_has_finished_takes_over_rows_of_the_slower_one() -> None:
    """The slow one stops in its first band until the other has processed all rows that it can."""
    begun, done = threading.Event(), threading.Event()
    taken: dict[str, list[int]] = {}

    def work(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> None:
        for band in part.bands():
            name = threading.current_thread().name
            if part.start == 0:
                begun.set()
                assert done.wait(timeout=30)
            assert begun.wait(timeout=30)  # otherwise the other could take over all of the rows
            taken.setdefault(name, []).extend(range(band.start, band.stop))
            if sum(len(rows) for rows in taken.values()) >= 64 - 8:
                done.set()

    with RowWorkers(2, torch.float32, torch.device("cpu")) as workers:
        run(workers, 8, work)
    assert sorted(len(rows) for rows in taken.values()) == [8, 56]
    assert sorted(row for rows in taken.values() for row in rows) == list(range(64))


def test_rows_beside_a_seam_are_copied_before_they_are_overwritten() -> None:
    feature_map = torch.arange(64.0).view(64, 1, 1).clone()
    shared = SharedRows(64, 8, 2, feature_map)
    upper, lower = shared.parts
    next(lower.bands())
    feature_map[32:40] = -1  # what the second worker does to the rows that it has taken
    assert upper.below is not None and lower.above is not None
    assert upper.below.flatten().tolist() == [32, 33] and lower.above.flatten().tolist() == [30, 31]
    next(upper.bands())
    feature_map[:8] = -1
    third = shared.take_over()
    assert third is not None and third.above is not None and upper.below is not None
    assert upper.end == third.start and third.end in (32, 64)
    assert third.above.flatten().tolist() == [third.start - 2, third.start - 1]
    assert upper.below.flatten().tolist() == [third.start, third.start + 1]


def test_a_part_of_a_few_rows_is_left_to_its_worker() -> None:
    shared = SharedRows(16, 8, 2, torch.zeros(16, 1, 1))
    assert shared.take_over() is None  # each has a single band: taking it would leave none
    for part in shared.parts:
        list(part.bands())
    assert shared.take_over() is None


def test_scratch_buffers_can_be_given_back_between_two_stages(monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[weakref.ref[torch.Tensor]] = []

    def recorded(shape: tuple[int, ...], dtype: torch.dtype, device: torch.device) -> torch.Tensor:
        buffer = empty(shape, dtype, device)
        taken.append(weakref.ref(buffer))
        return buffer

    def work(part: RowPart, scratch: Scratch, rows_done: RowsDone) -> None:
        for band in part.bands():
            scratch.take("rows", band.rows, 4, 8).zero_()
            rows_done(band.rows)

    monkeypatch.setattr("core.inference.streaming.bands.empty", recorded)
    with RowWorkers(2, torch.float32, torch.device("cpu")) as workers:
        workers.lead(lambda check: workers.run(64, 4, 8, work, lambda rows: check()), lambda: None)
        assert taken and all(buffer() is not None for buffer in taken)  # kept for the next stage
        workers.free_scratch()
        assert all(buffer() is None for buffer in taken)
