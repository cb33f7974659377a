"""All figures of the engine against their marks, in one command of about seven minutes: ``python benchmarks/marks.py``.

Meant for an idle machine with two cores; the load is printed first and last, since every figure depends on it. Each
line gives what was measured, the mark, and whether it is met. The ratios to the matrix floor compare processor times;
the ratios of workers compare wall times. ``--only`` chooses parts; ``--dry-run`` runs all of them at the smallest size,
which shows that they work and nothing else. The other modules of this folder measure; their own commands print more.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # before torch is imported, as the programs do

import start
import streaming
import workers

from core.progress import LOAD_SECONDS

PRECISIONS = ("float32", "bfloat16")
NETWORK = "compact"

FLOORS = {"float32": 1.4, "bfloat16": 2.2}
SPEED_UP, LOADED_WALL, LOADED_CPU, ESTIMATE = 1.85, 2.4, 1.15, 0.15
LARGE_SECONDS, LARGE_BYTES = 40.0, 2.5e9
LOADED_SHARES = 0.3, 0.6  # of the work, while others come and go
SETTLED_SECONDS = LOAD_SECONDS + 1
WINDOW_SECONDS, COMMAND_SECONDS, STRENGTH_SECONDS = 2.5, 4.0, 0.2


class Figure(NamedTuple):
    """A measured value and the mark that it is to reach; ``at_least`` if larger is better."""

    name: str
    value: float
    mark: float | None
    unit: str = ""
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether the mark is reached; a figure without a mark always is."""
        if self.mark is None:
            return True
        return self.value >= self.mark if self.at_least else self.value <= self.mark

    def __str__(self) -> str:
        line = f"{self.name:54} {self.value:8.2f}{self.unit:3}"
        if self.mark is None:
            return line
        return f"{line} {'≥' if self.at_least else '≤'} {self.mark:.2f}{self.unit:3} {'met' if self.met else 'MISSED'}"


class Sizes(NamedTuple):
    """Sizes of pictures, numbers of repeats, and megapixels of the changed strength."""

    floor: str
    workers: str
    large: str
    progress: str
    changing: str
    repeats: int
    megapixels: float


FULL = Sizes("512", "1024", "24MP", "6MP", "12MP", 3, 24.0)
DRY = Sizes("64", "64", "64", "64", "64", 1, 0.1)


def options(size: str, repeats: int, workers: int) -> argparse.Namespace:
    """The options that :mod:`streaming` and :mod:`workers` take."""
    band = streaming.BAND_POSITIONS
    return argparse.Namespace(
        network=NETWORK, size=size, repeats=repeats, workers=workers, threads=1, band=band, without_operations=True
    )


def floors(sizes: Sizes, count: int) -> Iterator[Figure]:
    """Processor time of one worker over that of its arithmetic at the rate of a large matrix product; speed-ups."""
    chosen = options(sizes.floor, 2 * sizes.repeats, 1)
    passes = [streaming.PLAIN, *PRECISIONS]
    found = streaming.child(chosen, passes, chosen.repeats)
    for precision in PRECISIONS:
        ratio = found["cpu"][precision] / found["floor"][precision]
        yield Figure(f"{precision}: times the matrix floor, {sizes.floor}²", ratio, FLOORS[precision])
        gain = found["cpu"][streaming.PLAIN] / found["cpu"][precision]
        yield Figure(f"{precision}: faster than the plain pass", gain, None)


def worker_ratios(sizes: Sizes, count: int) -> Iterator[Figure]:
    """Several workers against one, the ceiling of that, and the same beside two busy processes."""
    chosen = options(sizes.workers, sizes.repeats, count)
    several = f"{count} workers"
    for precision in PRECISIONS:
        idle = workers.measure(chosen, precision)
        yield Figure(f"{precision}: {several} over one", idle["1 worker"][0] / idle[several][0], SPEED_UP, "", True)
        alone, together = (workers.together(chosen, precision, number) for number in (1, count))
        yield Figure(f"{precision}: ceiling, {count} processes", count * alone / together, None)
        with workers.load(2):
            busy = workers.measure(chosen, precision, [several])
        for name, number, mark in (("wall", 0, LOADED_WALL), ("processor", 1, LOADED_CPU)):
            ratio = busy[several][number] / idle[several][number]
            yield Figure(f"{precision}: {name} time beside two busy processes", ratio, mark)


def large(sizes: Sizes, count: int) -> Iterator[Figure]:
    """A photo of 24 megapixels: seconds and all memory of the process."""
    for precision in PRECISIONS:
        found = streaming.child(options(sizes.large, 1, count), [precision], 1)
        yield Figure(f"{precision}: {sizes.large}", found["wall"][precision], LARGE_SECONDS, " s")
        yield Figure(f"{precision}: {sizes.large}, memory", found["peak"] / 1e9, LARGE_BYTES / 1e9, " GB")


def progress(sizes: Sizes, count: int) -> Iterator[Figure]:
    """The worst error of estimated times from a tenth of the work on: idle, under load, while the load changes."""
    for others in (0, 2):
        with workers.load(others):
            for precision in PRECISIONS:
                seen = streaming.record_progress(options(sizes.progress, 1, count), NETWORK, sizes.progress, precision)
                worst = 100 * abs(streaming.worst_estimate(seen))
                name = f"{precision}: estimated time, worst error, {others} others"
                yield Figure(name, worst, 100 * ESTIMATE, " %")
    for precision in PRECISIONS:
        seen, changes = record_changing_load(options(sizes.changing, 1, count), sizes.changing, precision)
        worst = 100 * abs(streaming.worst_remaining(seen, changes, SETTLED_SECONDS))
        yield Figure(f"{precision}: remaining time, 2 others come and go", worst, 100 * ESTIMATE, " %")


def record_changing_load(
    chosen: argparse.Namespace, size: str, precision: str
) -> tuple[list[streaming.Report], list[float]]:
    """All reports of a restoration beside two processes that come and go, and the seconds at which they do."""
    begin, end = LOADED_SHARES
    changes: list[float] = []
    with workers.load(2, at_once=False) as busy:

        def switch(report: streaming.Report) -> None:
            loaded = begin <= report.share < end
            if loaded != busy.is_set():
                (busy.set if loaded else busy.clear)()
                changes.append(report.wall)

        return streaming.record_progress(chosen, NETWORK, size, precision, switch), changes


def starts(sizes: Sizes, count: int) -> Iterator[Figure]:
    """The window until it is drawn, and ``dfpir restore`` of a sample."""
    with start.new_user():
        found = start.command_times(sizes.repeats, [start.RESTORE])
        yield Figure("dfpir restore of a sample", found[start.RESTORE][0], COMMAND_SECONDS, " s")
        yield Figure("dfpir restore of a sample, processor time", found[start.RESTORE][1], None, " s")
        rows, freeze = start.window_times(sizes.repeats)
        yield Figure("window drawn", rows[start.DRAWN][0], WINDOW_SECONDS, " s")
        yield Figure("window, longest freeze", freeze, None, " s")


def strengths(sizes: Sizes, count: int) -> Iterator[Figure]:
    """Time until a changed strength is on the screen, at three zooms."""
    command = [sys.executable, str(Path(__file__).with_name("strength.py")), "--json", "--steps", "2"]
    command += ["--megapixels", str(sizes.megapixels), "--changes", str(sizes.repeats)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    for zoom, milliseconds in json.loads(output).items():
        yield Figure(f"changed strength at {zoom} %", milliseconds / 1000, STRENGTH_SECONDS, " s")


PARTS: dict[str, Callable[[Sizes, int], Iterator[Figure]]] = {
    "floors": floors,
    "workers": worker_ratios,
    "large": large,
    "progress": progress,
    "start": starts,
    "strength": strengths,
}


def main() -> int:
    """Print the table. Returns the number of marks that are missed; a dry run has no marks."""
    parser = argparse.ArgumentParser(description="All figures of the engine against their marks.")
    parser.add_argument("--only", nargs="+", default=list(PARTS), choices=PARTS)
    parser.add_argument("--workers", type=int, default=workers.usable_cores())
    parser.add_argument("--dry-run", action="store_true", help="the smallest sizes: shows that all parts work")
    chosen = parser.parse_args()
    sizes = DRY if chosen.dry_run else FULL
    begun, missed = time.monotonic(), 0
    print(f"load of {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores, {chosen.workers} workers", flush=True)
    for part in chosen.only:
        for figure in PARTS[part](sizes, chosen.workers):
            if chosen.dry_run:
                figure = figure._replace(mark=None)
            missed += not figure.met
            print(figure, flush=True)
    print(f"{missed} missed; {time.monotonic() - begun:.0f} s; load of {os.getloadavg()[0]:.1f} at the end", flush=True)
    return missed


if __name__ == "__main__":
    sys.exit(main())
