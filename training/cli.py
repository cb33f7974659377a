"""The commands ``dfpir-train`` and ``dfpir-evaluate``."""

import argparse
import logging
import sys
from importlib import resources
from pathlib import Path

from core.errors import DFPIRError
from core.naming import DEFAULT_MODEL


def train(arguments: list[str] | None = None) -> int:
    """``dfpir-train CONFIG --data DIR --run DIR``: train, or go on where that run stopped. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="dfpir-train", description="Train a DFPIR, or go on where the run stopped.")
    parser.add_argument("config", help="a TOML file, or the name of one that ships with the package (e.g. compact)")
    parser.add_argument("--data", type=Path, required=True, help="folder that the configuration's folders are in")
    parser.add_argument("--run", type=Path, help="folder for states, log and checkpoints (default: runs/NAME)")
    parser.add_argument("--device", default="cpu", help="torch device, e.g. cpu or cuda")
    parser.add_argument("--init", type=Path, metavar="FILE", help="checkpoint whose weights a new run begins with")
    parser.add_argument("--until", type=int, help="stop after this step; the same command without it goes on")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")

    from training.config import load_config
    from training.engine import Trainer

    try:
        config = load_config(config_file(options.config))
        run = options.run or Path("runs") / config.name
        trainer = Trainer(config, options.data, run, options.device, options.init)
        trainer.run(options.until)
    except DFPIRError as error:
        print(f"dfpir-train: {error}", file=sys.stderr)
        return 1
    return 0


def evaluate(arguments: list[str] | None = None) -> int:
    """``dfpir-evaluate --data DIR --model NAME|FILE``: measure a model on test sets. Returns the exit code."""
    parser = argparse.ArgumentParser(
        prog="dfpir-evaluate", description="Measure a model on test sets, by the paper's protocol."
    )
    parser.add_argument("--data", type=Path, required=True, help="folder with test sets such as cbsd68 and rain100l")
    parser.add_argument(
        "--model", default=DEFAULT_MODEL, help="built-in model or checkpoint file (default: %(default)s)"
    )
    parser.add_argument("--kernels", type=Path, help="kernels.npz with the held-out kernels, to measure blur as well")
    parser.add_argument("--limit", type=int, help="use this many pictures of each set at most")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every score to FILE")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--precision", default="auto")
    options = parser.parse_args(arguments)

    from tqdm import tqdm

    from core.inference import Restorer
    from training.evaluation import evaluate as evaluate_set
    from training.evaluation import find_sets, markdown, write_json

    try:
        sets = find_sets(options.data, options.kernels)
        restorer = Restorer(options.model, device=options.device, precision=options.precision)
        results = []
        for test_set in tqdm(sets, unit="set", disable=None):
            results.append(evaluate_set(restorer, test_set, options.limit))
        print(markdown(results))
        if options.json:
            write_json(options.json, restorer.model_name, results)
    except DFPIRError as error:
        print(f"dfpir-evaluate: {error}", file=sys.stderr)
        return 1
    return 0


def config_file(name: str) -> Path:
    """The configuration called ``name`` that ships with the package, else the file of that name."""
    shipped = resources.files("training") / "configs" / f"{name}.toml"
    return Path(str(shipped)) if shipped.is_file() else Path(name)
