"""Calibrate a trained detector: ``python -m training.detection.calibrate CONFIG --data DATA --detector FILE``.

A validation's samples are few. This draws many more of the same held-out pictures, fits the curves anew, chooses the
thresholds, and writes both into the file; the weights stay.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import torch

from core.detection.calibration import Calibration
from core.detection.files import load_detector, save_detector
from core.errors import DFPIRError
from training.detection.calibration import calibrated, with_thresholds
from training.detection.config import load_detector_config
from training.detection.objective import DetectionObjective
from training.toml import config_file

SAMPLES = 2400
"""Of all kinds together: 300 of each family and of clean pictures, half as many of each mixture."""

SEED = 2**16
"""Added to the configuration's: other samples than those of its validations."""


def calibrate(config: Path, data: Path, detector: Path, samples: int = SAMPLES) -> Calibration:
    """Calibrate ``detector``, rewrite it, and return what is new in it.

    Raises:
        CheckpointError: the detector cannot be read or written.
        ConfigError: the configuration cannot be read.
        DataError: pictures or kernels are missing or unreadable.
        ResumeError: the detector has another network than the configuration.
    """
    settings = load_detector_config(config)
    settings = replace(settings, seed=settings.seed + SEED, validation=samples)
    objective = DetectionObjective(settings, data, detector)
    file = load_detector(detector)
    with torch.inference_mode():
        outcomes = objective.outcomes(file.build())
    calibration = with_thresholds(calibrated(outcomes.logits, outcomes.present, outcomes.counts), outcomes)
    save_detector(detector, replace(file, calibration=calibration))
    return calibration


def main(arguments: list[str] | None = None) -> int:
    """Calibrate from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Calibrate a trained detector on many held-out samples.")
    parser.add_argument("config", help="the configuration that it was trained with")
    parser.add_argument("--data", type=Path, required=True, help="folder with the configuration's folders")
    parser.add_argument("--detector", type=Path, required=True, help="its file, which is rewritten")
    parser.add_argument("--samples", type=int, default=SAMPLES, help="how many samples to draw (default: %(default)s)")
    options = parser.parse_args(arguments)
    try:
        calibration = calibrate(config_file(options.config), options.data, options.detector, options.samples)
    except (DFPIRError, OSError) as error:
        print(f"calibrate: {error}", file=sys.stderr)
        return 1
    for family, threshold in calibration.thresholds.items():
        print(f"{family}: found from {threshold:.2f} on")
    return 0


if __name__ == "__main__":
    sys.exit(main())
