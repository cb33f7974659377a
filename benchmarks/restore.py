"""Time and memory of one restoration: ``python benchmarks/restore.py --megapixels 1``.

Prints seconds (the best of the repeats), peak resident memory before and during the work, and the estimated memory.
One configuration per run, since the peak memory of a process never decreases.
"""

import argparse
import resource
import sys

import numpy as np
import torch

from core import Photo, Restorer
from core.checkpoints.builtin import DEFAULT_MODEL
from core.inference.memory_plan import candidate_plans


def peak_mib() -> float:
    """Peak resident memory of this process so far, MiB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def main() -> None:
    """Measure and print one line."""
    parser = argparse.ArgumentParser(description="Time and memory of one restoration.")
    parser.add_argument("--megapixels", type=float, default=1.0)
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--degradation", default="noise25")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--precision", default="auto")
    parser.add_argument("--tile", type=int)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()

    restorer = Restorer(options.model, device=options.device, precision=options.precision, tile=options.tile)
    height = round((options.megapixels * 1e6 / 1.5) ** 0.5)
    photo = Photo.from_array(np.random.default_rng(0).random((height, round(height * 1.5), 3), np.float32))
    before = peak_mib()
    results = [restorer.restore(photo, options.degradation) for _ in range(options.repeats)]
    plans = candidate_plans(restorer.checkpoint.config, photo.height, photo.width, [results[0].precision], options.tile)
    estimate = next(plan.needed for plan in plans if (plan.tile is not None) == (results[0].path == "tiled")) / 2**20
    print(
        f"{photo.width}x{photo.height}  {restorer.model_name}  {results[0].device} {results[0].precision}  "
        f"{results[0].path}  {torch.get_num_threads()} threads: {min(result.seconds for result in results):.2f} s, "
        f"peak {peak_mib():.0f} MiB of which {peak_mib() - before:.0f} for the work (estimated {estimate:.0f})"
    )


if __name__ == "__main__":
    main()
