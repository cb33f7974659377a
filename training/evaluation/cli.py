"""The command ``dfpir-evaluate``."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from core.checkpoints.builtin import DEFAULT_MODEL
from core.degradations import KEYS
from core.errors import DFPIRError
from core.evaluation import PAPER, PROTOCOLS
from core.system.openmp import wait_passively

if TYPE_CHECKING:
    from tqdm import tqdm

    from core.inference import Restorer
    from training.evaluation.methods import Detect

PROMPTS = ("true", "detected", "all")
"""Values of ``--prompts``."""


def main(arguments: list[str] | None = None) -> int:
    """``dfpir-evaluate --data DIR --model NAME|FILE``: evaluate a model. Returns the exit code."""
    parser = _parser()
    options = parser.parse_args(arguments)
    wait_passively()
    if options.suite is not None:
        _apply_suite(options, parser)
    if options.data is None and options.real is None:
        parser.error("nothing to do: give a folder of test sets with --data, or of photographs with --real")
    if options.real is not None and options.sheets is None:
        parser.error("--real requires --sheets OUT, the folder for the contact sheets")
    logging.basicConfig(level=logging.WARNING, format="dfpir-evaluate: %(message)s")
    try:
        _work(options)
    except DFPIRError as error:
        print(f"dfpir-evaluate: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dfpir-evaluate",
        description="Evaluate a model on test sets by a named protocol, and draw contact sheets of real photographs.",
    )
    add = parser.add_argument
    add("--data", type=Path, metavar="DIR", help="folder of test sets such as cbsd68 and rain100l, or one test set")
    add(
        "--suite",
        type=Path,
        metavar="DIR",
        help="the full evaluation of a release, in float32: the sets in DIR/eval and those of --more-sets, the "
        "held-out pairs of DIR/train, clean pictures, and the brightness of DIR/train_real/haze",
    )
    add("--model", default=DEFAULT_MODEL, help="built-in model or checkpoint file (default: %(default)s)")
    add("--protocol", choices=PROTOCOLS, default=PAPER, help="evaluation protocol (default: %(default)s)")
    add("--sets", nargs="+", default=(), metavar="NAME", help="evaluate only these sets; * matches any characters")
    add("--kernels", type=Path, metavar="FILE", help="kernels.npz with the held-out kernels, to include blur")
    add(
        "--more-sets",
        action="store_true",
        help="include other noise levels, saturated colours and blur by its extent",
    )
    add(
        "--train",
        type=Path,
        metavar="DIR",
        help="folder of the training data, for its held-out pairs (with --more-sets)",
    )
    add(
        "--hazy", type=Path, metavar="DIR", help="folder of hazy photographs: compare their brightness before and after"
    )
    add("--limit", type=_count, metavar="N", help="use at most N pictures of each set")
    add(
        "--extra-limit",
        type=_count,
        metavar="N",
        help="use at most N for wrong prompts, clean pictures and baselines",
    )
    add(
        "--prompts",
        nargs="+",
        choices=PROMPTS,
        default=("true",),
        help="prompts in addition to the true one: the detected prompt, or all prompts, to measure the effect of wrong "
        "ones",
    )
    add("--clean", action="store_true", help="measure how much clean pictures change with each prompt")
    add("--baselines", action="store_true", help="include classical filters")
    add("--lpips", action="store_true", help="include LPIPS (requires dfpir-studio[lpips])")
    add("--json", type=Path, metavar="FILE", help="write all scores to FILE")
    add(
        "--worst",
        type=Path,
        metavar="DIR",
        help="write the five worst pictures of each set to DIR: degraded, restored, clean",
    )
    add(
        "--real",
        type=Path,
        metavar="DIR",
        help="folder of photographs, or of folders of photographs named by their degradation",
    )
    add("--sheets", type=Path, metavar="OUT", help="folder for the before-and-after contact sheets of --real")
    add("--prompt", choices=(*KEYS, "detected"), help="degradation to remove from the photographs of --real")
    add("--device", default="auto")
    add("--precision", default="float32")
    return parser


def _apply_suite(options: argparse.Namespace, parser: argparse.ArgumentParser) -> None:
    """Set the options that ``--suite`` implies; precision and kernels may be given in addition."""
    if options.data is not None or options.train is not None or options.hazy is not None:
        parser.error("--suite implies all folders: omit --data, --train and --hazy")
    options.data, options.train = options.suite / "eval", options.suite / "train"
    hazy = options.suite / "train_real" / "haze"
    options.hazy = hazy if hazy.is_dir() else None
    options.more_sets = options.clean = True
    options.kernels = options.kernels or options.train / "blur_kernels" / "kernels.npz"
    if options.precision == "auto":
        options.precision = "float32"


def _work(options: argparse.Namespace) -> None:
    from core.inference import Restorer
    from training.evaluation.methods import shipped_detector

    restorer = Restorer(options.model, device=options.device, precision=options.precision)
    detect = shipped_detector() if "detected" in (*options.prompts, options.prompt) else None
    if options.data is not None:
        _measure(options, restorer, detect)
    if options.real is not None:
        _draw(options, restorer, detect)


def _measure(options: argparse.Namespace, restorer: "Restorer", detect: "Detect | None") -> None:
    from tqdm import tqdm

    from core.evaluation import Lpips
    from training.evaluation.report import markdown, write_json
    from training.evaluation.run import Request, run
    from training.evaluation.sheets import WorstCases

    worst = WorstCases(options.worst) if options.worst else None
    with tqdm(unit="picture", disable=None) as bar:
        request = Request(
            data=options.data,
            protocol=PROTOCOLS[options.protocol],
            kernels=options.kernels,
            more=options.more_sets,
            train=options.train,
            hazy=options.hazy,
            only=options.sets,
            limit=options.limit,
            extra_limit=options.extra_limit,
            detect=detect if "detected" in options.prompts else None,
            every="all" in options.prompts,
            baselines=options.baselines,
            clean=options.clean,
            perceptual=Lpips() if options.lpips else None,
            seen=worst or (lambda comparison: None),
            done=_shown(bar),
            keep=lambda so_far: write_json(options.json, so_far) if options.json else None,
        )
        report = run(request, restorer, restorer.model_name, f"{restorer.device}, {restorer.precision}")
    print(markdown(report))
    if options.json:
        write_json(options.json, report)
    for file in worst.write() if worst else ():
        print(file)


def _draw(options: argparse.Namespace, restorer: "Restorer", detect: "Detect | None") -> None:
    from training.evaluation.sheets import make_sheets

    key = None if options.prompt == "detected" else options.prompt
    chosen = detect if options.prompt == "detected" else None
    for file in make_sheets(options.real, options.sheets, restorer, prompt=key, detect=chosen):
        print(file)


def _shown(bar: "tqdm[None]") -> Callable[[int, int], None]:
    def done(count: int, total: int) -> None:
        bar.total = total
        bar.update(count - bar.n)

    return done


def _count(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{text} is too small; the minimum is 1")
    return value


if __name__ == "__main__":
    sys.exit(main())
