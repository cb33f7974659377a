import json
import threading
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from core.errors import Cancelled
from core.progress import LOAD_SECONDS, CancelToken, RemainingTime

RECORDED = Path(__file__).parents[2] / "data" / "progress" / "load_comes_and_goes.json"

Report = tuple[float, float, float]
"""Share of the work, wall time and processor time in seconds."""


def test_a_token_can_be_cancelled_from_another_thread() -> None:
    token = CancelToken()
    token.check()
    thread = threading.Thread(target=token.cancel)
    thread.start()
    thread.join()
    assert token.cancelled
    with pytest.raises(Cancelled):
        token.check()


# Remaining time


def estimates(reports: list[Report], *, by_processor_time: bool = True) -> list[float | None]:
    """The estimate after each report."""
    clock = {"wall": 0.0, "processor": 0.0}
    effort = "processor" if by_processor_time else "wall"
    remaining = RemainingTime(lambda: clock[effort], lambda: clock["wall"])
    found = []
    for share, wall, processor in reports:
        clock.update(wall=wall, processor=processor)
        found.append(remaining.update(share))
    return found


def simulated(
    cores: Callable[[float], float], cost: Callable[[float], float] = lambda share: 40.0, band: float = 0.002
) -> list[Report]:
    """The reports of a task, one after each ``band`` of the work.

    Args:
        cores: that it gets at a time in seconds.
        cost: processor time of the work in seconds, if all of it cost as much as that at a share.
        band: share of the work.
    """
    reports = [(0.0, 0.0, 0.0)]
    while (share := reports[-1][0]) < 1 - band / 2:
        _, wall, processor = reports[-1]
        seconds = cost(share) * band
        reports.append((share + band, wall + seconds / cores(wall), processor + seconds))
    return reports


def errors(reports: list[Report], left: list[float | None], cores: Callable[[float], float]) -> Iterator[float]:
    """Relative errors against the time that the rest takes if the load stays, where a tenth to nine tenths are done."""
    total = reports[-1][2]
    for (share, wall, processor), seconds in zip(reports, left, strict=True):
        if 0.1 <= share <= 0.9:
            assert seconds is not None
            yield seconds * cores(wall) / (total - processor) - 1


def test_remaining_time_is_unknown_in_the_first_second() -> None:
    assert estimates([(0.01, 0.5, 1.0), (0.04, 0.9, 1.8), (0.06, 1.2, 2.4)])[:2] == [None, None]
    assert estimates([(0.0, 5.0, 0.0)]) == [None]  # nothing is done yet
    assert estimates([(0.2, 2.0, 4.0)]) == [pytest.approx(8.0)]


@pytest.mark.parametrize("by_processor_time", [True, False])
def test_remaining_time_is_exact_while_nothing_changes(by_processor_time: bool) -> None:
    reports = simulated(lambda wall: 1.6)
    left = estimates(reports, by_processor_time=by_processor_time)
    assert max(map(abs, errors(reports, left, lambda wall: 1.6))) < 0.01
    assert left[-1] == pytest.approx(0.0, abs=0.1)


@pytest.mark.parametrize(("before", "after"), [(2.0, 1.0), (1.0, 2.0), (8.0, 4.0), (2.0, 0.3), (0.3, 2.0)])
def test_remaining_time_follows_other_programs_at_once_and_in_one_direction(before: float, after: float) -> None:
    changed = 200.0 / before * 0.4

    def cores(wall: float) -> float:
        return before if wall < changed else after

    reports = simulated(cores, lambda share: 200.0, band=0.0002)
    left = estimates(reports)
    settled = [
        (report, seconds)
        for report, seconds in zip(reports, left, strict=True)
        if report[1] < changed or report[1] > changed + LOAD_SECONDS + 0.6
    ]
    assert max(map(abs, errors(*map(list, zip(*settled, strict=True)), cores))) < 0.05  # type: ignore[arg-type]
    # The time at which it expects the end moves only towards the true one.
    ends = [wall + seconds for (_, wall, _), seconds in zip(reports, left, strict=True) if seconds and wall > changed]
    steps = [later - earlier for earlier, later in pairwise(ends)]
    wrong = [step for step in steps if step * (ends[-1] - ends[0]) < 0]
    assert sum(map(abs, wrong)) < 0.03 * reports[-1][1]


def test_a_single_slow_band_hardly_changes_the_remaining_time() -> None:
    def cores(wall: float) -> float:
        return 0.04 if 8.0 <= wall < 8.05 else 2.0  # a band of 80 ms takes 2 s

    reports = simulated(cores)
    assert max(after - before for (_, before, _), (_, after, _) in pairwise(reports)) > 1.9
    found = list(errors(reports, estimates(reports), lambda wall: 2.0))
    assert max(map(abs, found)) < 0.15
    assert found[-1] < 0.12


def test_a_load_that_varies_from_moment_to_moment_is_averaged() -> None:
    def cores(wall: float) -> float:
        return 2.0 if wall % 1.0 < 0.5 else 1.0

    reports = simulated(cores)
    found = list(errors(reports, estimates(reports), lambda wall: 4 / 3))  # the work, not the time, is half at each
    assert max(found) - min(found) < 0.2


def test_parts_of_the_work_may_cost_more_and_less_than_assumed() -> None:
    def cost(share: float) -> float:
        return 40.0 * (1.2 if share * 10 % 1 < 0.4 else 0.85)

    reports = simulated(lambda wall: 2.0, cost)
    assert max(map(abs, errors(reports, estimates(reports), lambda wall: 2.0))) < 0.15


def test_an_expensive_beginning_is_forgotten_after_a_twentieth() -> None:
    reports = simulated(lambda wall: 2.0, lambda share: 120.0 if share < 0.02 else 40.0)
    assert max(map(abs, errors(reports, estimates(reports), lambda wall: 2.0))) < 0.02


def test_remaining_time_follows_cores_that_became_slower_within_a_tenth() -> None:
    reports = simulated(lambda wall: 2.0, lambda share: 40.0 if share < 0.4 else 68.0)  # e.g. a core shared by threads
    late = [
        seconds / (reports[-1][1] - wall) - 1
        for (share, wall, _), seconds in zip(reports, estimates(reports), strict=True)
        if seconds is not None and 0.52 < share < 0.9
    ]
    assert late and max(map(abs, late)) < 0.05


def test_remaining_time_of_a_recorded_restoration_beside_programs_that_come_and_go() -> None:
    recorded = json.loads(RECORDED.read_text(encoding="utf-8"))
    reports = [(0.0, 0.0, 0.0), *map(tuple, recorded["reports"]), (1.0, *_end(recorded))]
    edges = [0.0, recorded["busy"], recorded["idle"], recorded["seconds"]]
    found = []
    for (share, wall, processor), seconds in zip(reports, estimates(reports), strict=True):
        period = sum(wall >= edge for edge in edges[1:3])
        settled = wall > edges[period] + (LOAD_SECONDS + 1 if period else 0)
        if not 0.1 <= share <= 0.9 or not settled:
            continue
        within = [report for report in reports if edges[period] + 0.3 <= report[1] < edges[period + 1]]
        cores = (within[-1][2] - within[0][2]) / (within[-1][1] - within[0][1])
        assert seconds is not None
        found.append(seconds * cores / (recorded["processor_seconds"] - processor) - 1)
    assert len(found) > 25
    assert max(map(abs, found)) < 0.15


def _end(recorded: dict[str, float]) -> tuple[float, float]:
    return recorded["seconds"], recorded["processor_seconds"]
