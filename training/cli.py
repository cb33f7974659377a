"""The command ``dfpir-train``."""

import argparse
import logging
import sys
from pathlib import Path

from core.errors import DFPIRError
from core.system.openmp import wait_passively
from training.engine.toml import config_file


def train(arguments: list[str] | None = None) -> int:
    """``dfpir-train CONFIG --data DIR --run DIR``: start a training run or resume it.

    On several GPUs or machines: ``torchrun --nproc-per-node N -m -- training CONFIG ...`` (without the ``--``, torchrun
    interprets ``--run`` as its own option). The batch size of a stage is the total over all processes.

    Returns:
        The exit code: 0 at the end, at ``--until`` and after SIGTERM; 130 after SIGINT (Ctrl+C); 1 after an error,
        whose message is printed. The state is saved in all cases but errors.
    """
    parser = argparse.ArgumentParser(prog="dfpir-train", description="Train a DFPIR network, or resume a run.")
    parser.add_argument("config", help="a TOML file, or the name of a configuration of the package (e.g. compact)")
    parser.add_argument(
        "--data", type=Path, required=True, help="data folder that contains the folders named in the configuration"
    )
    parser.add_argument("--run", type=Path, help="folder for states, log and checkpoints (default: runs/NAME)")
    parser.add_argument("--device", default="auto", help="auto (CUDA if available), cpu, cuda or cuda:N")
    parser.add_argument(
        "--init", type=Path, metavar="FILE", help="checkpoint to initialise the weights of a new run from"
    )
    parser.add_argument(
        "--cache", type=Path, metavar="DIR", help="keep decoded pictures in a file in this folder instead of in memory"
    )
    parser.add_argument(
        "--until", type=_positive, help="stop after this step; without this option the same command resumes"
    )
    parser.add_argument(
        "--profile",
        type=_positive,
        metavar="N",
        help="only measure the speed of N batches and N steps; nothing is kept",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")

    wait_passively()
    from training.launch import INTERRUPTED, launch

    try:
        return launch(options, config_file(options.config))
    except DFPIRError as error:
        print(f"dfpir-train: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("dfpir-train: interrupted; the last saved state is kept.", file=sys.stderr)
        return INTERRUPTED


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is too small; the minimum is 1")
    return value
