"""Restoration of noise in JPEG files: ``python benchmarks/jpeg_noise.py --data DATA/eval/cbsd68 [--model FILE ...]``.

Most noisy photographs are JPEG files, which store colours at half the resolution, so that their noise is not white.
Prints the mean PSNR in dB (RGB, centre cropped to multiples of 16, clipped) of the noisy and of the restored pictures.
"""

import argparse
from pathlib import Path

import numpy as np

from core import Photo, Restorer
from core.checkpoints.builtin import DEFAULT_MODEL
from core.evaluation.protocols import PAPER, PROTOCOLS
from training.evaluation.sets import find_sets
from training.synthesis import jpeg

STORED = ((0, ""), (95, "4:2:0"), (90, "4:4:4"), (90, "4:2:0"), (75, "4:2:0"))
"""JPEG quality (0 for no JPEG) and chroma subsampling."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="PSNR of noise in JPEG files.")
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="a clean set, or a folder of sets")
    parser.add_argument("--every", type=int, default=6, metavar="N", help="use every Nth picture")
    parser.add_argument("--model", nargs="+", default=[DEFAULT_MODEL], metavar="NAME|FILE")
    options = parser.parse_args()
    sets = [found for found in find_sets(options.data) if found.degradation.startswith("noise")]
    restorers = [Restorer(model, device="cpu", precision="float32") for model in options.model]
    print("| set | pictures | JPEG | noisy |" + " restored |" * len(restorers))
    print("|---" * (4 + len(restorers)) + "|")
    for noisy_set in sets:
        samples = [noisy_set.load(index) for index in range(0, len(noisy_set.names), options.every)]
        for quality, subsampling in STORED:
            rows = []
            for sample in samples:
                noisy = jpeg(sample.degraded, quality, subsampling=subsampling) if quality else sample.degraded
                photo = Photo.from_array(noisy)
                restored = (one.restore(photo, noisy_set.degradation).photo.pixels for one in restorers)
                rows.append([PROTOCOLS[PAPER].score(pixels, sample.clean).psnr for pixels in (noisy, *restored)])
            stored = f"{quality}, {subsampling}" if quality else "none"
            means = " | ".join(f"{mean:.2f}" for mean in np.mean(rows, 0))
            print(f"| {noisy_set.name} | {len(samples)} | {stored} | {means} |", flush=True)


if __name__ == "__main__":
    main()
