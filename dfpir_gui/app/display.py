"""Checks whether a window can be opened before Qt is loaded: Qt would abort the process if it cannot."""

import ctypes
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

EXIT_NO_DISPLAY = 3
"""Exit status if no window can be opened on this system."""

_PACKAGES = (
    "On Debian and Ubuntu, install the system libraries with: apt-get install libegl1 libgl1 libglib2.0-0 libdbus-1-3 "
    "libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)


NO_DISPLAY_ADVICE = (
    "No window can be opened on this display. Start dfpir-gui from a desktop session, or use the command line: "
    f"dfpir restore --help. {_PACKAGES}"
)


def display_problem(environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Return why no window can be opened and what to do about it, or None if no problem was found.

    Args:
        environ: the environment variables.
        platform: as ``sys.platform``.
    """
    if not platform.startswith("linux") or environ.get("QT_QPA_PLATFORM"):
        return None
    if not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
        return (
            "No display: neither DISPLAY nor WAYLAND_DISPLAY is set. "
            "Start dfpir-gui from a desktop session, or use the command line: dfpir restore --help"
        )
    if not environ.get("WAYLAND_DISPLAY"):
        missing = _missing_library()
        if missing:
            return f"A system library is missing: {missing}. {_PACKAGES}"
    return None


def explain_import_error(error: ImportError) -> str:
    """Return the message for the user if PySide6 itself cannot be imported."""
    return f"Qt could not be loaded: {error}. {_PACKAGES}"


def _missing_library() -> str | None:
    """Load Qt's X11 plugin and return the error of the loader, or None."""
    spec = find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return None
    plugin = Path(spec.submodule_search_locations[0], "Qt", "plugins", "platforms", "libqxcb.so")
    if not plugin.exists():  # Qt packages of a distribution depend on these libraries
        return None
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return str(error)
    return None
