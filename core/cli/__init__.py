"""The command ``dfpir``. The only room of the library that prints."""

import argparse
import contextlib
import io
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from core.cli import batch, detect, doctor, inspect, restore
from core.errors import DFPIRError
from core.version import program_version
from core.waiting import wait_passively


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``dfpir`` and return its exit code.

    0: all done; 1: some photos failed; 2: nothing was tried, the arguments or the model are at fault; 130: interrupted,
    also by SIGTERM; 141: whoever read the output went away.
    """
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout.errors == "strict":
        sys.stdout.reconfigure(errors="backslashreplace")  # a pipe on Windows is in cp1252, which few names fit into
    parser = argparse.ArgumentParser(prog="dfpir", description="Restore noisy, rainy, hazy, blurred and dark photos.")
    parser.add_argument("--version", action="version", version=f"dfpir {program_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    restore.add_parser(commands)
    detect.add_parser(commands)
    batch.add_parser(commands)
    doctor.add_parser(commands)
    inspect.add_parser(commands)
    options = parser.parse_args(arguments)
    wait_passively()
    try:
        with _sigterm_like_ctrl_c():
            return int(options.run(options))
    except DFPIRError as error:
        print(f"dfpir: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("dfpir: interrupted; the photo at hand was not written.", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # else Python complains of it once more at exit
        return 141


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
