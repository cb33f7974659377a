"""Speed-up by workers, on idle and on busy cores: ``python benchmarks/workers.py``.

One row for each precision and load: seconds of wall and processor time with one worker, with several, and with
PyTorch's own threads for single operations, alternately in one process; the ratios compare medians. The load is a
number of processes that multiply matrices endlessly, at the same priority. A last row for each precision gives the
ceiling of the speed-up: how many times as much several processes with one worker each do together as one does alone.
"""

import argparse
import contextlib
import multiprocessing
import statistics
import time
from collections.abc import Collection, Iterator
from typing import Any

import numpy as np
import torch
from streaming import SIZES, network

from core.inference.streaming import CompiledDFPIR
from core.system.cores import usable_cores
from core.system.devices import PRECISIONS

_OPERATIONS = "threads of operations"


def _multiply_while(busy: Any) -> None:
    matrix = np.random.default_rng(0).random((300, 300))
    while True:
        busy.wait()
        matrix @ matrix


@contextlib.contextmanager
def load(count: int, *, at_once: bool = True) -> Iterator[Any]:
    """Other processes within the block that are busy as long as the event that it gives is set.

    Args:
        count: of processes.
        at_once: whether the event is set at the beginning.
    """
    context = multiprocessing.get_context("spawn")
    busy = context.Event()
    if at_once:
        busy.set()
    processes = [context.Process(target=_multiply_while, args=(busy,), daemon=True) for _ in range(count)]
    for process in processes:
        process.start()
    if processes:
        time.sleep(1.0)  # until they have begun
    try:
        yield busy
    finally:
        for process in processes:
            process.terminate()


def measure(
    options: argparse.Namespace, precision: str, only: Collection[str] | None = None
) -> dict[str, tuple[float, float]]:
    """Medians of wall and processor time, by the kind of workers; only the kinds in ``only`` if given."""
    model = network(options.network)
    height, width = SIZES[options.size]
    pixels = torch.from_numpy(np.random.default_rng(0).random((height, width, 3), np.float32))
    prompt = torch.from_numpy(np.random.default_rng(1).standard_normal(model.config.prompt_dim, np.float32))
    counts = {"1 worker": 1, f"{options.workers} workers": options.workers, _OPERATIONS: None}
    if options.without_operations:
        del counts[_OPERATIONS]
    variants = {
        name: CompiledDFPIR(model, PRECISIONS[precision], count)
        for name, count in counts.items()
        if only is None or name in only
    }
    taken: dict[str, list[tuple[float, float]]] = {name: [] for name in variants}
    for _ in range(options.repeats + 1):  # the first warms up
        for name, compiled in variants.items():
            wall, cpu = time.perf_counter(), time.process_time()
            compiled.restore(pixels, prompt)
            taken[name].append((time.perf_counter() - wall, time.process_time() - cpu))
    return {
        name: (statistics.median(wall for wall, _ in times[1:]), statistics.median(cpu for _, cpu in times[1:]))
        for name, times in taken.items()
    }


def _median_alone(options: argparse.Namespace, precision: str, start: Any, times: Any) -> None:
    torch.set_num_threads(1)
    compiled = CompiledDFPIR(network(options.network), PRECISIONS[precision], 1)
    height, width = SIZES[options.size]
    pixels, prompt = torch.rand(height, width, 3), torch.rand(compiled.config.prompt_dim)
    compiled.restore(pixels, prompt)  # warms up
    start.wait()
    taken = []
    for _ in range(options.repeats):
        wall = time.perf_counter()
        compiled.restore(pixels, prompt)
        taken.append(time.perf_counter() - wall)
    times.put(statistics.median(taken))


def together(options: argparse.Namespace, precision: str, count: int) -> float:
    """Mean of the medians of wall time in ``count`` processes with one worker each that run at the same time."""
    context = multiprocessing.get_context("spawn")
    start, times = context.Barrier(count), context.Queue()
    processes = [
        context.Process(target=_median_alone, args=(options, precision, start, times), daemon=True)
        for _ in range(count)
    ]
    for process in processes:
        process.start()
    medians = [times.get() for _ in processes]
    for process in processes:
        process.join()
    return statistics.fmean(medians)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="Speed-up by workers, on idle and on busy cores.")
    parser.add_argument("--size", default="1024", choices=SIZES)
    parser.add_argument("--network", default="compact")
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"], choices=PRECISIONS)
    parser.add_argument("--workers", type=int, default=usable_cores())
    parser.add_argument("--loads", type=int, nargs="+", default=[0, 2], help="numbers of other busy processes")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--without-operations", action="store_true", help="leave PyTorch's own threads out")
    options = parser.parse_args()
    for precision in options.precisions:
        idle: dict[str, tuple[float, float]] = {}
        for count in options.loads:
            with load(count):
                found = measure(options, precision)
            idle = idle or found
            one = found["1 worker"][0]
            for name, (wall, cpu) in found.items():
                line = f"{options.network} {options.size} {precision:8} {count} others  {name:22}"
                line += f" {wall:6.2f} s {cpu:6.2f} s CPU  x{one / wall:.2f} of one worker"
                if count:
                    line += f"  idle x{wall / idle[name][0]:.2f} wall x{cpu / idle[name][1]:.2f} CPU"
                print(line, flush=True)
        ceiling = options.workers * together(options, precision, 1) / together(options, precision, options.workers)
        print(f"{options.network} {options.size} {precision:8} ceiling x{ceiling:.2f}", flush=True)


if __name__ == "__main__":
    main()
