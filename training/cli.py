"""The command ``dfpir-train``."""

import argparse
import logging
import sys
from pathlib import Path

from core.errors import DFPIRError
from core.system.openmp import wait_passively
from training.engine.toml import config_file


def train(arguments: list[str] | None = None) -> int:
    """``dfpir-train CONFIG --data DIR --run DIR``: train, or go on where that run stopped.

    On several GPUs or machines: ``torchrun --nproc-per-node N -m -- training CONFIG ...`` (without the ``--``, torchrun
    takes ``--run`` for an option of its own). The batch of every stage is that of all processes together.

    Returns:
        The exit code: 0 at the end or ``--until``, and after SIGTERM; 130 after SIGINT (Ctrl+C), with the state saved
        after both; 1 for an error, with its message.
    """
    parser = argparse.ArgumentParser(prog="dfpir-train", description="Train a DFPIR, or go on where the run stopped.")
    parser.add_argument("config", help="a TOML file, or the name of one that ships with the package (e.g. compact)")
    parser.add_argument("--data", type=Path, required=True, help="folder that the configuration's folders are in")
    parser.add_argument("--run", type=Path, help="folder for states, log and checkpoints (default: runs/NAME)")
    parser.add_argument("--device", default="auto", help="auto (CUDA if there is some), cpu, cuda or cuda:N")
    parser.add_argument("--init", type=Path, metavar="FILE", help="checkpoint whose weights a new run begins with")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="pack the pictures here, not into memory")
    parser.add_argument("--until", type=_positive, help="stop after this step; the same command without it goes on")
    parser.add_argument(
        "--profile", type=_positive, metavar="N", help="only compare the speed of N batches and N steps; keep nothing"
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")

    wait_passively()
    from training.engine.launch import INTERRUPTED, launch

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
        raise argparse.ArgumentTypeError(f"{text} is too small: take 1 or more")
    return value
