"""The streaming engine against the plain forward pass: ``python benchmarks/streaming.py``.

One row for each size, network and precision: seconds (wall, and processor time, which other programs affect less),
memory in addition to weights and image, and the largest difference and PSNR against the plain pass in float32. The
floor is the processor time of the arithmetic at the rate of a large matrix product, measured in the same process; the
ratio to it hardly depends on other programs. The published
network has random weights, the compact one the bundled ones; ``--networks thin`` has the published maps with one block
per level: the same memory in a fifth of the time. Every run has its own process, since the peak memory of a process
never decreases; ``--repeats`` alternates both passes in one process to measure times only. Large rows of the plain pass
need much memory and time: ``--plain-up-to`` leaves them out.

``--tiles`` prints PSNRs of tiles instead, ``--progress`` the error of the time estimated along the way.
"""

import argparse
import itertools
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import psutil
import torch

from core import Photo, Restorer
from core.checkpoints import load_checkpoint
from core.checkpoints.builtin import DEFAULT_MODEL, find_model
from core.inference.external import run_tiled
from core.inference.memory_plan import frame_bytes
from core.inference.streaming import CompiledDFPIR
from core.inference.streaming.compiled import BAND_POSITIONS
from core.inference.streaming.tiles import restore_in_tiles
from core.models import DFPIR, DFPIRConfig
from core.progress import CancelToken, RemainingTime, no_progress
from core.system.devices import PRECISIONS

SIZES = {
    "64": (64, 64),
    "256": (256, 256),
    "512": (512, 512),
    "1024": (1024, 1024),
    "6MP": (2000, 3000),
    "12MP": (3000, 4000),
    "24MP": (4000, 6000),
}
PLAIN = "plain"


def network(name: str) -> DFPIR:
    """The plain network: ``published`` or ``thin`` with random weights, or the bundled compact one."""
    if name == "compact":
        return load_checkpoint(find_model(DEFAULT_MODEL)).build()
    torch.manual_seed(0)
    return DFPIR(DFPIRConfig(blocks=(1, 1, 1, 1), refinement_blocks=0) if name == "thin" else None).eval()


def gigaflops(config: DFPIRConfig, height: int, width: int) -> float:
    """Arithmetic of the plain pass, 2 per multiply-add, in 1e9."""
    from torch.utils.flop_counter import FlopCounterMode  # not before the memory is measured: it takes 75 MB itself

    side = 4 * config.multiple
    with torch.inference_mode(), FlopCounterMode(display=False) as counter:
        DFPIR(config)(torch.empty(1, 3, side, side), torch.empty(1, config.prompt_dim))
    return counter.get_total_flops() / 1e9 * height * width / side**2


def matrix_rate(dtype: torch.dtype) -> float:
    """GFLOP of a matrix product of the network's size, per second of processor time."""
    a, b = torch.rand(8192, 192).to(dtype), torch.rand(192, 512).to(dtype)
    best = min(_timed(lambda: torch.mm(a, b))[1] for _ in range(50))
    return 2 * 8192 * 192 * 512 / best / 1e9


def _timed(run: Any) -> tuple[float, float]:
    wall, cpu = time.perf_counter(), time.process_time()
    run()
    return time.perf_counter() - wall, time.process_time() - cpu


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """In the child process: run the given passes alternately; times are the best of the repeats."""
    torch.set_num_threads(options.threads)
    model = network(options.network)
    height, width = SIZES[options.size]
    pixels = torch.from_numpy(np.random.default_rng(0).random((height, width, 3), np.float32))
    prompt = torch.from_numpy(np.random.default_rng(1).standard_normal(model.config.prompt_dim, np.float32))

    def plain() -> torch.Tensor:
        below, right = -height % model.config.multiple, -width % model.config.multiple
        image = torch.nn.functional.pad(pixels.permute(2, 0, 1)[None], (0, right, 0, below), mode="reflect")
        with torch.inference_mode():
            return model(image, prompt[None])[0, :, :height, :width].permute(1, 2, 0)

    def ours(precision: str) -> Any:
        compiled = CompiledDFPIR(model, PRECISIONS[precision], options.workers or None)
        return lambda: compiled.restore(pixels, prompt, band=options.band)

    passes = {name: plain if name == PLAIN else ours(name) for name in options.passes}
    config = model.config
    if PLAIN not in passes:
        del model  # as the programs do
    before = psutil.Process().memory_info().rss
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in passes}
    for _ in range(options.repeats):
        for name, run in passes.items():
            kept: list[torch.Tensor] = []
            times[name].append(_timed(lambda run=run, kept=kept: kept.append(run())))
            if options.keep:
                np.save(options.keep, kept[0].numpy())
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    rates = {name: matrix_rate(PRECISIONS["float32" if name == PLAIN else name]) for name in passes}
    return {
        "wall": {name: min(wall for wall, _ in taken) for name, taken in times.items()},
        "cpu": {name: min(cpu for _, cpu in taken) for name, taken in times.items()},
        "memory": peak - before,
        "peak": peak,
        "floor": {name: gigaflops(config, height, width) / rate for name, rate in rates.items()},
    }


def child(options: argparse.Namespace, passes: list[str], repeats: int, keep: Path | None = None) -> dict[str, Any]:
    """Measure in a fresh process."""
    command = [sys.executable, __file__, "--child", "--passes", *passes, "--repeats", str(repeats)]
    for name in ("size", "network", "threads", "band", "workers"):
        command += [f"--{name}", str(getattr(options, name))]
    if keep:
        command += ["--keep", str(keep)]
    result: dict[str, Any] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout)
    return result


def row(options: argparse.Namespace, folder: Path, with_plain: bool) -> None:
    """Measure and print one size of one network."""
    height, width = SIZES[options.size]
    config = network(options.network).config
    names = [PLAIN, *options.precisions] if with_plain else options.precisions
    outputs = {name: folder / f"{name}.npy" for name in names}
    found = {name: child(options, [name], 1, outputs[name]) for name in names}
    together = child(options, names, options.repeats) if options.repeats > 1 else None
    wall, cpu = ({name: (together or found[name])[key][name] for name in names} for key in ("wall", "cpu"))
    reference = np.load(outputs[names[0]])
    for name in names:
        memory = found[name]["memory"] / 2**20
        line = f"{options.network:9} {options.size:>5} {name:8} {wall[name]:8.2f} s {cpu[name]:8.2f} s CPU"
        floor = (together or found[name])["floor"][name]
        line += f" {memory:7.0f} MiB  x{cpu[name] / floor:.2f} of the floor of {floor:.2f} s CPU"
        if name != PLAIN:
            planned = frame_bytes(config, height, width, name, options.band) / 2**20
            line += f"  {memory / planned:4.2f} of planned"
        if name != names[0]:
            difference = np.abs(np.load(outputs[name]) - reference)
            psnr = -10 * np.log10(np.square(difference, dtype=np.float64).mean())
            line += f"  x{wall[names[0]] / wall[name]:.2f} wall x{cpu[names[0]] / cpu[name]:.2f} CPU"
            line += f"  {difference.max() / np.ptp(reference):.1e} of the range, {psnr:.1f} dB"
        print(line, flush=True)


def print_tiles(tile: int) -> None:
    """PSNR against the full frame, of independent tiles and of tiles with shared attention, for the sample photos."""
    restorer = Restorer(device="cpu", precision="float32")
    checkpoint = restorer.checkpoint
    compiled = CompiledDFPIR(checkpoint.build())
    for file in sorted((Path(__file__).parents[1] / "resources" / "samples").glob("*.jpg")):
        pixels = torch.from_numpy(Photo.open(file).pixels)
        prompt = torch.tensor(checkpoint.prompts.embedding(file.stem))
        full = compiled.restore(pixels, prompt).clamp(0, 1)

        def independent(part: np.ndarray, prompt: torch.Tensor = prompt) -> np.ndarray:
            return compiled.restore(torch.from_numpy(np.ascontiguousarray(part)), prompt).clamp(0, 1).numpy()

        plain = run_tiled(pixels.numpy(), tile, 64, independent, no_progress, CancelToken())
        ours = restore_in_tiles(compiled, prompt, pixels, tile, BAND_POSITIONS, no_progress, CancelToken()).clamp(0, 1)
        psnrs = [
            -10 * np.log10(np.square(result - full.numpy(), dtype=np.float64).mean())
            for result in (plain, ours.numpy())
        ]
        print(
            f"{file.stem:10} tiles of {tile}: independent {psnrs[0]:5.1f} dB, shared attention {psnrs[1]:5.1f} dB",
            flush=True,
        )


class Report(NamedTuple):
    """A report of progress: share of the work, seconds of wall and processor time since the start, estimated rest."""

    share: float
    wall: float
    processor: float
    left: float | None = None


def record_progress(
    options: argparse.Namespace,
    name: str,
    size: str,
    precision: str,
    watch: Callable[[Report], None] = lambda report: None,
) -> list[Report]:
    """All reports of a restoration, each also passed to ``watch``; the last one is its end."""
    torch.set_num_threads(options.threads)
    model = network(name)
    compiled = CompiledDFPIR(model, PRECISIONS[precision], options.workers or None)
    pixels = torch.from_numpy(np.random.default_rng(0).random((*SIZES[size], 3), np.float32))
    prompt = torch.from_numpy(np.random.default_rng(1).standard_normal(model.config.prompt_dim, np.float32))
    seen: list[Report] = []
    remaining, wall, processor = RemainingTime.on_device("cpu"), time.perf_counter(), time.process_time()

    def record(share: float) -> None:
        left = remaining.update(share)
        seen.append(Report(share, time.perf_counter() - wall, time.process_time() - processor, left))
        watch(seen[-1])

    compiled.restore(pixels, prompt, band=options.band, progress=record)
    return [*seen, Report(1.0, time.perf_counter() - wall, time.process_time() - processor, 0.0)]


def worst_estimate(seen: list[Report], first: float = 0.1) -> float:
    """The largest relative error, with its sign, of the total time that is estimated; 0 without estimates.

    Args:
        seen: all reports.
        first: share of the work from which estimates count.
    """
    total, found = seen[-1].wall, [0.0]
    found += [
        (report.wall + report.left) / total - 1 for report in seen if report.share >= first and report.left is not None
    ]
    return max(found, key=abs)


def worst_remaining(
    seen: list[Report], changes: Sequence[float], settled: float, first: float = 0.1, last: float = 0.9
) -> float:
    """The largest relative error, with its sign, of the remaining time, given that the load stays; 0 without estimates.

    How long the rest would take under the present load follows from the processor time that it takes in the end, and
    from the share of the processor that the process gets between two changes.

    Args:
        seen: all reports.
        changes: seconds of wall time at which the load changes.
        settled: seconds after a change from which estimates count.
        first: share of the work from which they count.
        last: share of the work to which they count.
    """
    found = [0.0]
    for start, stop in itertools.pairwise([0.0, *changes, seen[-1].wall]):
        within = [report for report in seen if start <= report.wall <= stop]
        begin, end = within[0], within[-1]
        for report in within:
            counts = report.wall >= start + settled if start else True
            if counts and first <= report.share <= last and report.left is not None:
                speed = (end.processor - begin.processor) / (end.wall - begin.wall)
                found.append(report.left * speed / (seen[-1].processor - report.processor) - 1)
    return max(found, key=abs)


def print_progress(options: argparse.Namespace, name: str, size: str, precision: str) -> None:
    """Error of the total time estimated from the reported progress, along the way."""
    seen = record_progress(options, name, size, precision)
    total, off = seen[-1].wall, ""
    for share in (0.1, 0.3, 0.5, 0.8):
        report = next(report for report in seen if report.share >= share)
        error = "?" if report.left is None else f"{(report.wall + report.left) / total - 1:+.0%}"
        off += f"at {share:.0%} {error:>4}  "
    longest = max(after.wall - before.wall for before, after in itertools.pairwise(seen))
    line = f"{name:9} {size:>5} {precision:8} {total:8.2f} s, estimated {off}worst {worst_estimate(seen):+4.0%}"
    print(f"{line}; longest band {longest:.2f} s", flush=True)


def main() -> None:
    """Print the table, or the measurement of one process."""
    parser = argparse.ArgumentParser(description="The streaming engine against the plain forward pass.")
    parser.add_argument("--sizes", nargs="+", default=["256", "512", "1024", "12MP", "24MP"], choices=SIZES)
    parser.add_argument("--networks", nargs="+", default=["published", "compact"])
    parser.add_argument("--precisions", nargs="+", default=["float32", "bfloat16"], choices=PRECISIONS)
    parser.add_argument("--plain-up-to", default="1024", choices=SIZES, help="largest size of the plain pass")
    parser.add_argument("--repeats", type=int, default=1)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    parser.add_argument("--band", type=int, default=BAND_POSITIONS)
    parser.add_argument("--workers", type=int, default=0, help="that share the rows; 0 divides single operations")
    parser.add_argument("--tiles", type=int, metavar="PIXELS", help="print the quality of tiles of this side")
    parser.add_argument("--progress", action="store_true", help="print the error of time estimates instead")
    for hidden in ("--size", "--network", "--keep"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    parser.add_argument("--passes", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        print(json.dumps(measure(options)))
    elif options.tiles:
        print_tiles(options.tiles)
    elif options.progress:
        for name in options.networks:
            for size in options.sizes:
                for precision in options.precisions:
                    print_progress(options, name, size, precision)
    else:
        largest = list(SIZES).index(options.plain_up_to)
        for name in options.networks:
            for size in options.sizes:
                options.network, options.size = name, size
                with tempfile.TemporaryDirectory() as folder:
                    row(options, Path(folder), list(SIZES).index(options.size) <= largest)


if __name__ == "__main__":
    main()
