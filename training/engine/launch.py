"""What ``dfpir-train`` does with its arguments: choose the objective by the configuration, and train or measure it."""

import argparse
import logging
import signal
from pathlib import Path

from core.errors import DFPIRError
from core.system.memory import keep_freed
from training.engine.config import load_config
from training.engine.distributed import joined
from training.engine.loop import Trainer
from training.engine.objective import Objective
from training.engine.throughput import measure
from training.engine.toml import read_toml
from training.restoration.objective import RestorationObjective

log = logging.getLogger(__name__)

INTERRUPTED = 128 + signal.SIGINT
"""Exit code after Ctrl+C, as shells have it."""


def launch(options: argparse.Namespace, config: Path) -> int:
    """Train, or measure speeds. See :func:`training.cli.train` for the options.

    Returns:
        The exit code: 0 at the end, and after SIGTERM, when everything is saved; 130 after SIGINT, saved as well.

    Raises:
        DFPIRError: the run cannot begin or go on; the message says why.
    """
    with joined(options.device) as (ranks, device):
        if device.type == "cpu":
            keep_freed()
        if not ranks.writes:
            logging.getLogger().setLevel(logging.WARNING)
        with ranks.first_goes_ahead():  # it packs the pictures
            objective = make_objective(config, options.data, options.init, options.cache)
        if options.profile:
            log.info("%s", measure(objective, device, options.profile, ranks))
            return 0
        run = options.run or Path("runs") / objective.settings.name
        stopped = Trainer(objective, run, device, ranks).run(options.until)
    return INTERRUPTED if stopped == signal.SIGINT else 0


def make_objective(config: Path, data: Path, init: Path | None, cache: Path | None) -> Objective:
    """The objective of a configuration file: with a ``[detector]`` table a detector's, else a restorer's.

    Raises:
        DFPIRError: configuration, data or ``init`` cannot be used.
    """
    if "detector" in read_toml(config):
        from training.detection import DetectionObjective, load_detector_config

        if cache is not None:
            raise DFPIRError("--cache: a detector's pictures are not packed. Leave it out.")
        return DetectionObjective(load_detector_config(config), data, init)
    return RestorationObjective(load_config(config), data, init, cache)
