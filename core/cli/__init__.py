"""The command ``dfpir``. The only part of the library that prints."""

import contextlib
import signal
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from core.cli import batch, detect, doctor, inspect, output, restore
from core.errors import DFPIRError
from core.system.openmp import wait_passively
from core.system.version import program_version


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``dfpir`` and return its exit code.

    0: all done; 1: some photos failed; 2: nothing was tried, the arguments or the model are at fault; 130: interrupted,
    also by SIGTERM; 141: all was done, but the output, which is the result of this command (``detect``, ``doctor``, a
    dry run, ``--json``), could not be written. Commands that write files go on without an output.
    """
    with output.prepared():
        parser = output.Parser(prog="dfpir", description="Restore noisy, rainy, hazy, blurred and dark photos.")
        parser.add_argument("--version", action="version", version=f"dfpir {program_version()}")
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        for command in (restore, detect, batch, doctor, inspect):
            command.add_parser(commands)
        options = parser.parse_args(arguments)
        wait_passively()
        try:
            with _sigterm_like_ctrl_c():
                code = int(options.run(options))
        except DFPIRError as error:
            output.complain(output.explained(error))
            return 2
        except KeyboardInterrupt:
            output.complain("interrupted; the photo at hand was not written.")
            return 130
        return output.LOST if code == 0 and output.is_lost() and _prints_its_result(options) else code


def _prints_its_result(options: Any) -> bool:
    return options.command in ("detect", "doctor") or any(
        getattr(options, name, False) for name in ("json", "dry_run", "triage")
    )


@contextlib.contextmanager
def _sigterm_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM clean up as Ctrl+C does: what is half written is removed."""

    def interrupt(number: int, frame: Any) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():  # only there signals can be caught
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
