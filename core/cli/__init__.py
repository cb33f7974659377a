"""The command ``dfpir``. The only room of the library that prints."""

import argparse
import sys
from collections.abc import Sequence

from core.cli import batch, detect, restore
from core.errors import DFPIRError
from core.version import program_version


def main(arguments: Sequence[str] | None = None) -> int:
    """Run ``dfpir`` and return its exit code.

    0: all done; 1: some photos failed; 2: nothing was tried, the arguments or the model are at fault; 130: interrupted.
    """
    parser = argparse.ArgumentParser(prog="dfpir", description="Restore noisy, rainy, hazy, blurred and dark photos.")
    parser.add_argument("--version", action="version", version=f"dfpir {program_version()}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    restore.add_parser(commands)
    detect.add_parser(commands)
    batch.add_parser(commands)
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except DFPIRError as error:
        print(f"dfpir: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("dfpir: interrupted; the photo at hand was not written.", file=sys.stderr)
        return 130
