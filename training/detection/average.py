"""Average of two detectors: ``python -m training.detection.average CONFIG FIRST SECOND --data DIR --out FILE``.

Weights between those of a network and those after fine-tuning it on other pictures are often better on both kinds of
pictures than either end (Wortsman et al., *Robust fine-tuning of zero-shot models*, CVPR 2022). The average is
calibrated as in training: on the held-out pictures, and the held-out photographs, of the configuration.
"""

import argparse
import json
import logging
import sys
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from core.detection.files import DetectorFile, load_detector
from core.errors import DFPIRError
from core.system.openmp import wait_passively
from training.detection.config import load_detector_config
from training.detection.objective import DetectionObjective
from training.engine.history import Part, earlier_parts, run_card
from training.engine.state import ResumeError


def averaged(first: DetectorFile, second: DetectorFile, share: float) -> dict[str, Tensor]:
    """Weights ``(1 - share) * first + share * second``, float32.

    Raises:
        ResumeError: the networks differ.
        ValueError: the share is not in 0 to 1.
    """
    if first.config != second.config:
        raise ResumeError("The detectors have different networks; only equal ones can be averaged.")
    if not 0.0 <= share <= 1.0:
        raise ValueError(f"share {share} is not in 0 to 1")
    return {name: torch.lerp(tensor, second.state[name], share) for name, tensor in first.state.items()}


def history_of(second: DetectorFile, share: float, init: str) -> list[Part]:
    """The parts of the fine-tuned detector, and the average as the last one, with no steps of its own."""
    parts = earlier_parts(second.card)
    device, precision = (str(parts[-1].get(name, "")) if parts else "" for name in ("device", "precision"))
    part: Part = {
        "config": f"average of {1 - share:.2f} of the weights of {init} and {share:.2f} of the above",
        "steps": 0,
        "device": device,
        "precision": precision,
    }
    return [*parts, part]


def main(arguments: list[str] | None = None) -> int:
    """Average and calibrate from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Average the weights of two detectors, and calibrate the result.")
    parser.add_argument("config", type=Path, help="the configuration with the held-out pictures")
    parser.add_argument("first", type=Path, help="the detector before fine-tuning")
    parser.add_argument("second", type=Path, help="the fine-tuned detector")
    parser.add_argument(
        "--share", type=float, default=0.5, metavar="S", help="of SECOND, 0 to 1 (default: %(default)s)"
    )
    parser.add_argument("--data", type=Path, required=True, help="data folder of the configuration")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="as in training")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the average")
    options = parser.parse_args(arguments)
    if not 0.0 <= options.share <= 1.0:
        parser.error("--share must be from 0 to 1")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    wait_passively()
    try:
        config = load_detector_config(options.config)
        first, second = load_detector(options.first), load_detector(options.second)
        state = averaged(first, second, options.share)
        figures = calibrate_and_save(
            DetectionObjective(config, options.data, options.second, options.cache),
            state,
            options.out,
            run_card(config, history_of(second, options.share, options.first.name)),
        )
        print(json.dumps(figures, indent=1))
    except (DFPIRError, OSError) as error:
        print(f"average: {error}", file=sys.stderr)
        return 1
    return 0


def calibrate_and_save(
    objective: DetectionObjective, state: Mapping[str, Tensor], out: Path, card: Mapping[str, object]
) -> dict[str, float]:
    """Calibrate a network with these weights and write it; returns the figures of the validation."""
    network = objective.network()
    network.load_state_dict(dict(state))
    network.eval()
    with torch.inference_mode():
        figures = objective.validate(network)
    objective.export(network, out, card)
    return figures


if __name__ == "__main__":
    sys.exit(main())
