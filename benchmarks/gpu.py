"""All checks on a GPU in one call of a few minutes: ``python benchmarks/gpu.py check``.

Three commands, for a GPU machine that is available for minutes and transfers few files:

- ``pack``, locally: the inputs of ``check`` besides this repository, in parts of at most 16 MiB: pieces of the sample
  photos, training pictures, and the initial weights or state of a training;
- ``check``, on the GPU machine: parity with the published program and golden results in three precisions, the engine
  compared with the plain network, out-of-memory handling, cancelling, release of memory, two processes on one device,
  times, and a training for the remaining time. Results are printed and written to a report at once, so that an
  interruption loses nothing; a failed check does not stop the others;
- ``join``, locally: puts the returned state into a run folder, where ``dfpir-train`` resumes it.

With ``--small`` it runs on the CPU in seconds, as in the tests. It needs no Qt, no libvips and no text encoder.
"""

import argparse
import contextlib
import json
import logging
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the project need not be installed

from benchmarks.gpu_checks import CHECKS, PIECES, CheckFailed, Context, Say  # noqa: E402
from core.evaluation import golden  # noqa: E402

DATA, WEIGHTS, STATE = "data.tar", "init.safetensors", "last.pt"
REPORT = "report.json"

MAX_BYTES = 60 << 20
"""Maximum size of the parts that are returned in one call."""


def check(options: argparse.Namespace) -> int:
    """Run the checks and the training. Returns the number of checks that failed."""
    device = torch.device(options.device)
    if device.type == "cuda" and device.index is None:
        device = torch.device("cuda", torch.cuda.current_device())  # some settings need its number
    options.out.mkdir(parents=True, exist_ok=True)
    context = Context(
        device,
        options.small,
        options.inputs,
        options.out,
        options.keep or options.out,
        time.monotonic() + 60 * options.minutes,
        0.4 * 60 * options.minutes if options.config else 0.0,
        not options.without_compile,
    )
    checks: dict[str, Callable[[Context, Say], None]] = {name: CHECKS[name] for name in options.only}
    if options.config is not None:
        checks["training"] = lambda context, say: train_on(context, options.config, options.steps, say)
    report: dict[str, Any] = {"torch": torch.__version__, "device": _described(device), "checks": {}}
    failed = 0
    for name, run in checks.items():
        lines: list[str] = []

        def say(text: str, name: str = name, lines: list[str] = lines) -> None:
            print(f"{name:9} {text}", flush=True)
            lines.append(text)

        begun, outcome = time.monotonic(), "kept"
        if context.left < 20 and not context.small:
            outcome = "no time left"
        else:
            try:
                run(context, say)
            except Exception as error:  # the other checks run after any error
                outcome = f"broken: {type(error).__name__}: {error}"
                if not isinstance(error, CheckFailed):
                    say(traceback.format_exc())
        failed += outcome != "kept"
        seconds = time.monotonic() - begun
        print(f"{outcome:5} {name} ({seconds:.1f} s)", flush=True)
        report["checks"][name] = {"outcome": outcome, "seconds": round(seconds, 2), "lines": lines}
        (options.out / REPORT).write_text(json.dumps(report, indent=1), encoding="utf-8")
    return failed


def _described(device: torch.device) -> str:
    return torch.cuda.get_device_name(device) if device.type == "cuda" else device.type


def train_on(context: Context, config: Path, steps: int | None, say: Say) -> None:
    """Train for the remaining time, at most ``steps`` steps, and write the state in parts."""
    from training.engine.loop import LAST, Trainer, TrainingError
    from training.restoration.config import load_config
    from training.restoration.objective import RestorationObjective
    from training.restoration.transport import split, unpack_data

    archive = context.input(DATA)
    if archive is None:
        say("skipped: there is no data among the inputs")
        return
    if context.left < 60 and not context.small:
        say("skipped: no time left")
        return
    with tempfile.TemporaryDirectory() as folder:
        data, run = Path(folder) / "data", Path(folder) / "run"
        unpack_data(archive, data)
        run.mkdir()
        if (state := context.input(STATE)) is not None:
            (run / LAST).write_bytes(state.read_bytes())
        # Neither affects whether the state can be resumed.
        settings = replace(load_config(config), workers=max((os.cpu_count() or 2) - 2, 1), save_every=1 << 30)
        objective = RestorationObjective(settings, data, context.input(WEIGHTS))
        trainer = Trainer(objective, run, context.device)
        first, begun = trainer.step, time.monotonic()
        until = None if steps is None else first + steps
        if not context.compile or (context.left < 150 and not context.small):
            torch._dynamo.config.disable = True
            say("without torch.compile")
        try:
            with _terminated_after(context.left - 25):
                trainer.run(until)
        except TrainingError as error:
            if "compiled" not in str(error):
                raise
            say(f"without torch.compile: {error}")
            torch._dynamo.config.disable = True
            with _terminated_after(context.left - 25):
                trainer.run(until)
        seconds = time.monotonic() - begun
        done = trainer.step - first
        parts = split(run / LAST, context.keep)
        sent = 0
        for part in parts if context.keep != context.out else ():
            if sent + part.stat().st_size <= MAX_BYTES:
                shutil.copy(part, context.out)
                sent += part.stat().st_size
            else:
                say(f"to be copied by a second call: {part}")
        say(f"steps {first} to {trainer.step} in {seconds:.0f} s, {done / max(seconds, 1e-9):.1f} a second")
        say(f"{(run / LAST).stat().st_size / 2**20:.1f} MiB of state in {len(parts)} parts")


@contextlib.contextmanager
def _terminated_after(seconds: float) -> Iterator[None]:
    """Send this process SIGTERM after a time, so that the training saves and ends, unless the block ends first."""
    timer = threading.Timer(max(seconds, 1.0), os.kill, (os.getpid(), signal.SIGTERM))
    timer.daemon = True
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)  # if it arrives before or after the training handles it
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        signal.signal(signal.SIGTERM, before)


def pack(options: argparse.Namespace) -> int:
    """Write the inputs. Returns 0."""
    from training.restoration.config import load_config
    from training.restoration.transport import archive_data, split

    options.to.mkdir(parents=True, exist_ok=True)
    pieces = {key: golden.centre_crop(path).pixels for key, path in golden.samples().items()}
    np.savez_compressed(options.to / PIECES, **pieces)
    with tempfile.TemporaryDirectory() as folder:
        for file, name in ((options.init, WEIGHTS), (options.state, STATE)):
            if file is not None:
                copy = Path(folder) / name
                copy.write_bytes(file.read_bytes())
                split(copy, options.to)
        if options.data is not None:
            archive = Path(folder) / DATA
            most = int(options.mebibytes * 2**20)
            taken, whole = archive_data(load_config(options.config), options.data, archive, most)
            split(archive, options.to)
            print(f"{taken} of {whole} training files")
    total = sum(file.stat().st_size for file in options.to.iterdir())
    print(f"{options.to}: {total / 2**20:.1f} MiB")
    return 0


def join_state(options: argparse.Namespace) -> int:
    """Put the returned state into a run folder. Returns 0."""
    from training.restoration.transport import join

    print(join(options.parts, STATE, options.run_folder / STATE))
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code."""
    parser = argparse.ArgumentParser(description="All checks on a GPU.")
    commands = parser.add_subparsers(required=True)
    one = commands.add_parser("pack", help="write the inputs of the checks")
    one.add_argument("--to", type=Path, required=True, metavar="DIR")
    one.add_argument("--config", type=Path, default=ROOT / "training" / "configs" / "compact-2.toml")
    one.add_argument("--data", type=Path, help="folder of training pictures")
    one.add_argument("--init", type=Path, help="initial weights of the training")
    one.add_argument("--state", type=Path, help="state (last.pt) to resume")
    one.add_argument("--mebibytes", type=float, default=30, help="maximum size of the pictures (default: %(default)s)")
    one.set_defaults(run=pack)
    two = commands.add_parser("check", help="run the checks on the device")
    two.add_argument("--device", default="cuda")
    two.add_argument("--inputs", type=Path, nargs="*", default=[], metavar="DIR")
    two.add_argument("--out", type=Path, required=True, metavar="DIR")
    two.add_argument(
        "--keep",
        type=Path,
        metavar="DIR",
        help="folder for all parts of the state, if they do not fit into OUT",
    )
    two.add_argument("--minutes", type=float, default=9)
    two.add_argument("--only", nargs="*", choices=CHECKS, default=list(CHECKS))
    two.add_argument("--config", type=Path, help="train with this configuration for the remaining time")
    two.add_argument("--steps", type=int, help="maximum number of training steps")
    two.add_argument("--small", action="store_true", help="tiny networks and sizes")
    two.add_argument("--without-compile", action="store_true")
    two.set_defaults(run=check)
    three = commands.add_parser("join", help="put a returned state into a run folder")
    three.add_argument("parts", type=Path, nargs="+", metavar="DIR")
    three.add_argument("--run", dest="run_folder", type=Path, required=True, metavar="DIR")
    three.set_defaults(run=join_state)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())
