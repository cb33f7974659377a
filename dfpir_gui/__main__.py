"""``dfpir-gui``: opens the window."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from core.system.openmp import wait_passively
from core.system.version import program_version
from dfpir_gui.app.display import NO_WINDOW, explain_import_error, why_no_window


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window and return the exit status: 0 when it was closed, 2 for wrong use, 3 for no display."""
    parser = argparse.ArgumentParser(prog="dfpir-gui", description="Restore photographs in a window.")
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO", help="photo to open, or a folder of photos")
    parser.add_argument("--version", action="version", version=f"dfpir-gui {program_version()}")
    parser.add_argument("--smoke-test", action="store_true", help="open the window, say so, and close it again")
    options = parser.parse_args(arguments)
    reason = why_no_window(os.environ)
    if reason is not None:
        return _give_up(reason)
    wait_passively()
    import torch  # noqa: F401 - must be loaded before Qt: on Windows its libraries fail to load afterwards

    try:
        from dfpir_gui.app.application import run
    except ImportError as error:
        if "PySide6" in str(error) or ".so" in str(error):
            return _give_up(explain_import_error(error))
        raise
    return run(options.photos, smoke_test=options.smoke_test)


def _give_up(reason: str) -> int:
    sys.stderr.write(f"dfpir-gui: {reason}\n")
    return NO_WINDOW


if __name__ == "__main__":
    sys.exit(main())
