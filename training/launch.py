"""The work of ``dfpir-train``, apart from its command line so that parsing options does not import PyTorch."""

import argparse
import logging
import signal
from pathlib import Path

from core.errors import DFPIRError
from core.system.devices import native_bfloat16
from core.system.memory import keep_freed
from training.engine.distributed import joined
from training.engine.loop import Trainer
from training.engine.objective import Objective
from training.engine.throughput import measure
from training.engine.toml import read_toml
from training.restoration.config import load_config
from training.restoration.objective import RestorationObjective

log = logging.getLogger(__name__)

INTERRUPTED = 128 + signal.SIGINT
"""Exit code after Ctrl+C, as shells define it."""


def launch(options: argparse.Namespace, config: Path) -> int:
    """Train, or measure the speed. See :func:`training.cli.train` for the options.

    Returns:
        The exit code: 0 at the end and after SIGTERM, 130 after SIGINT; the state is saved in all cases.

    Raises:
        DFPIRError: the run cannot start or continue; the message gives the reason.
    """
    with joined(options.device) as (ranks, device):
        if device.type == "cpu":
            keep_freed()
        if not ranks.writes:
            logging.getLogger().setLevel(logging.WARNING)
        with ranks.first_goes_ahead():  # rank 0 packs the pictures
            objective = make_objective(config, options.data, options.init, options.cache)
        if device.type == "cpu" and objective.settings.autocast == "bfloat16" and not native_bfloat16():
            log.warning(
                "This processor has no instructions for bfloat16, which takes longer than float32. "
                'autocast = "float32" in a configuration with base = "%s" avoids this.',
                config.stem,
            )
        if options.profile:
            log.info("%s", measure(objective, device, options.profile, ranks))
            return 0
        run = options.run or Path("runs") / objective.settings.name
        stopped = Trainer(objective, run, device, ranks).run(options.until)
    return INTERRUPTED if stopped == signal.SIGINT else 0


def make_objective(config: Path, data: Path, init: Path | None, cache: Path | None) -> Objective:
    """The objective of a configuration file: a detector's if it has a ``[detector]`` table, else a restorer's.

    Raises:
        DFPIRError: configuration, data or ``init`` cannot be used.
    """
    if "detector" in read_toml(config):
        from training.detection import DetectionObjective, load_detector_config

        detector = load_detector_config(config)
        if cache is not None and detector.photographs is None:
            raise DFPIRError("--cache is not supported for detectors without photographs. Omit it.")
        return DetectionObjective(detector, data, init, cache)
    return RestorationObjective(load_config(config), data, init, cache)
