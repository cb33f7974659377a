"""Workers that share the rows of an image: the same result, ordered progress, and prompt cancellation."""

import threading
from typing import Any

import pytest
import torch

from core.errors import Cancelled
from core.inference.streaming import CompiledDFPIR
from core.inference.streaming.bands import Band, Scratch
from core.inference.streaming.workers import RowsDone, RowWorkers
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


def test_the_same_number_of_workers_gives_identical_results() -> None:
    compiled, pixels = CompiledDFPIR(network().float(), workers=2), picture(96, 40).float()
    first = compiled.restore(pixels, PROMPT.float(), band=100)
    assert all(torch.equal(compiled.restore(pixels, PROMPT.float(), band=100), first) for _ in range(3))


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

    def work(part: Band, scratch: Scratch, rows_done: RowsDone) -> None:
        started.wait(timeout=30)
        if part.start:
            raise MemoryError("no more")
        for _ in range(1_000_000):  # would never end
            rows_done(1)
            bands.append(1)

    with RowWorkers(2, torch.float32, torch.device("cpu")) as workers:
        with pytest.raises(MemoryError, match="no more"):
            workers.run(workers.parts(64), 8, work, lambda rows: None)
        assert len(bands) < 1_000_000
        rows = workers.run(workers.parts(64), 8, lambda part, scratch, rows_done: part.rows, lambda rows: None)
        assert rows == [32, 32]


def test_operations_of_a_worker_have_one_thread_and_those_of_the_caller_are_unaffected() -> None:
    before = torch.get_num_threads()
    with RowWorkers(2, torch.float32, torch.device("cpu")) as workers:
        assert workers.run(workers.parts(64), 8, lambda *_: torch.get_num_threads(), lambda rows: None) == [1, 1]
    assert torch.get_num_threads() == before


def test_parts_cover_the_rows_once_and_are_not_too_low() -> None:
    workers = RowWorkers(4, torch.float32, torch.device("cpu"))
    for height in (1, 7, 8, 15, 31, 32, 33, 1000):
        parts = workers.parts(height)
        assert [row for part in parts for row in range(part.start, part.stop)] == list(range(height))
        assert [part.last for part in parts] == [False] * (len(parts) - 1) + [True]
        assert len(parts) == 1 or min(part.rows for part in parts) >= 8
