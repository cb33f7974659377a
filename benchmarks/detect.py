"""Time of the detector: ``python benchmarks/detect.py [--megapixels 12] [--detector FILE]``.

Prints the number of parameters, and the best and median time of several detections for a photo in memory.
"""

import argparse
import math
import statistics
import time
from pathlib import Path

import numpy as np

from core import Detector, Photo
from core.detection.files import built_in_detector, load_detector


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Time of the detector.")
    parser.add_argument("--megapixels", type=float, default=12)
    parser.add_argument("--detector", type=Path, default=built_in_detector())
    parser.add_argument("--repeats", type=int, default=7)
    options = parser.parse_args()
    file = load_detector(options.detector)
    height = round(math.sqrt(options.megapixels * 1e6 * 3 / 4))
    pixels = np.random.default_rng(0).random((height, round(height * 4 / 3), 3), np.float32)
    photo, detector, times = Photo.from_array(pixels), Detector(file), []
    for _ in range(options.repeats):
        started = time.perf_counter()
        detector.detect(photo)
        times.append(time.perf_counter() - started)
    print(f"{sum(tensor.numel() for tensor in file.state.values()):,} parameters")
    print(f"{photo.width} x {photo.height}: best {min(times):.3f} s, median {statistics.median(times):.3f} s")


if __name__ == "__main__":
    main()
