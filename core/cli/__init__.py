"""The command ``dfpir``. The only library package that writes to stdout."""

import argparse
import contextlib
import signal
import threading
from collections.abc import Iterator, Sequence
from types import FrameType

from core.cli import batch, detect, doctor, inspect, output, presets, restore
from core.errors import DFPIRError
from core.system.openmp import wait_passively
from core.system.version import program_version


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``dfpir`` and return its exit code.

    0: success; 1: some photos failed; 2: nothing was tried because of the arguments or the model; 130: interrupted,
    also by SIGTERM; 141: success, but the output, the result of this command (``detect``, ``doctor``, ``presets``, a
    dry run, ``--json``), could not be written. Commands that write files continue without an output.
    """
    with output.prepared():
        parser = output.Parser(prog="dfpir", description="Restore noisy, rainy, hazy, blurred and dark photos.")
        parser.add_argument("--version", action="version", version=f"dfpir {program_version()}")
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        for command in (restore, detect, batch, presets, doctor, inspect):
            command.add_parser(commands)
        options = parser.parse_args(arguments)
        wait_passively()
        try:
            with _sigterm_like_ctrl_c():
                code = int(options.run(options))
        except DFPIRError as error:
            output.warn(output.error_text(error))
            return 2
        except KeyboardInterrupt:
            output.warn("interrupted; the current photo was not written.")
            return 130
        return output.LOST if code == 0 and output.is_lost() and _output_is_result(options) else code


def _output_is_result(options: argparse.Namespace) -> bool:
    return options.command in ("detect", "doctor", "presets") or any(
        getattr(options, name, False) for name in ("json", "dry_run", "triage")
    )


@contextlib.contextmanager
def _sigterm_like_ctrl_c() -> Iterator[None]:
    """Handle SIGTERM like Ctrl+C within the block, so that partial files are removed."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # signals can only be handled there
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
