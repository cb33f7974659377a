"""The ``dfpir-gui`` command."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from core.system.openmp import wait_passively
from core.system.torch_import import import_torch
from core.system.version import program_version
from dfpir_gui.app.display import EXIT_NO_DISPLAY, display_problem, explain_import_error


def main(arguments: Sequence[str] | None = None) -> int:
    """Open the window and return the exit status: 0 after it was closed, 2 for wrong usage, 3 without a display."""
    parser = argparse.ArgumentParser(
        prog="dfpir-gui", description="Restore degraded photos in a graphical user interface."
    )
    parser.add_argument("photos", nargs="*", type=Path, metavar="PHOTO", help="photo to open, or a folder of photos")
    parser.add_argument("--version", action="version", version=f"dfpir-gui {program_version()}")
    parser.add_argument("--smoke-test", action="store_true", help="open the window, report its size and close it")
    options = parser.parse_args(arguments)
    problem = display_problem(os.environ)
    if problem is not None:
        return _fail(problem)
    wait_passively()
    if sys.platform == "win32":
        import_torch()  # before Qt: its libraries fail to load afterwards
    try:
        from dfpir_gui.app.application import run
    except ImportError as error:
        if "PySide6" in str(error) or ".so" in str(error):
            return _fail(explain_import_error(error))
        raise
    return run(options.photos, smoke_test=options.smoke_test)


def _fail(problem: str) -> int:
    sys.stderr.write(f"dfpir-gui: {problem}\n")
    return EXIT_NO_DISPLAY


if __name__ == "__main__":
    sys.exit(main())
