"""Noise that was stored as JPEG: ``python benchmarks/jpeg_noise.py --clean DATA/eval/cbsd68/clean [--model FILE ...]``.

Most noisy photographs are JPEG files, whose colours are kept at half the resolution: their grain is no longer white.
Prints the mean PSNR in dB (RGB, centre cropped to multiples of 16, clipped) of the noisy and of the restored pictures.
"""

import argparse
import zlib
from pathlib import Path

import numpy as np

from core import Photo, Restorer
from core.evaluation.protocols import PAPER, PROTOCOLS
from core.naming import DEFAULT_MODEL
from training.layouts import list_pictures
from training.pictures import read_picture
from training.synthesis import gaussian_noise, jpeg

STORED = ((0, ""), (95, "4:2:0"), (90, "4:4:4"), (90, "4:2:0"), (75, "4:2:0"))
"""JPEG quality (0: not stored as JPEG) and chroma subsampling."""


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description="PSNR for noise that was stored as JPEG.")
    parser.add_argument("--clean", type=Path, required=True, metavar="DIR", help="folder of clean pictures")
    parser.add_argument("--every", type=int, default=6, metavar="N", help="take every Nth picture")
    parser.add_argument("--model", nargs="+", default=[DEFAULT_MODEL], metavar="NAME|FILE")
    options = parser.parse_args()
    protocol, files = PROTOCOLS[PAPER], list_pictures(options.clean)[:: options.every]
    restorers = [Restorer(model, device="cpu", precision="float32") for model in options.model]
    print(f"{len(files)} pictures\n\n| noise | JPEG | noisy |" + " restored |" * len(restorers))
    print("|---" * (3 + len(restorers)) + "|")
    for sigma in (15, 25, 50):
        for quality, subsampling in STORED:
            rows = []
            for file in files:
                clean = protocol.crop(read_picture(file)).astype(np.float32) / np.float32(255.0)
                rng = np.random.default_rng((sigma, zlib.crc32(file.name.encode())))
                noisy = gaussian_noise(clean, float(sigma), rng)
                if quality:
                    noisy = jpeg(noisy, quality, subsampling=subsampling)
                photo = Photo.from_array(noisy)
                seen = [noisy, *(one.restore(photo, f"noise{sigma}").photo.pixels for one in restorers)]
                rows.append([protocol.score(pixels, clean).psnr for pixels in seen])
            stored = f"{quality}, {subsampling}" if quality else "none"
            print(f"| σ {sigma} | {stored} | " + " | ".join(f"{x:.2f}" for x in np.mean(rows, 0)) + " |", flush=True)


if __name__ == "__main__":
    main()
