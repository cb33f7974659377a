"""Whether a window can be opened here, asked before Qt is: Qt would abort the process instead of answering."""

import ctypes
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path

NO_WINDOW = 3
"""Exit status when no window can be opened on this system."""

_ADVICE = (
    "On Debian and Ubuntu this installs all that is needed: apt-get install libegl1 libgl1 libglib2.0-0 libdbus-1-3 "
    "libfontconfig1 libxkbcommon-x11-0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1 libxcb-shape0"
)


NO_DISPLAY_ADVICE = (
    "No window can be opened on this display. Start dfpir-gui from a desktop session, or use the command line: "
    f"dfpir restore --help. {_ADVICE}"
)


def why_no_window(environ: Mapping[str, str], platform: str = sys.platform) -> str | None:
    """Return why no window can be opened, with what to do about it, or None if nothing speaks against it.

    Args:
        environ: the environment variables.
        platform: as ``sys.platform``.
    """
    if not platform.startswith("linux") or environ.get("QT_QPA_PLATFORM"):
        return None
    if not environ.get("DISPLAY") and not environ.get("WAYLAND_DISPLAY"):
        return (
            "There is no display to open a window on: neither DISPLAY nor WAYLAND_DISPLAY is set. "
            "Start dfpir-gui from a desktop session, or use the command line: dfpir restore --help"
        )
    if not environ.get("WAYLAND_DISPLAY"):
        missing = _missing_library()
        if missing:
            return f"A system library that the window needs is missing: {missing}. {_ADVICE}"
    return None


def explain_import_error(error: ImportError) -> str:
    """Return what to tell the user when PySide6 itself cannot be imported."""
    return f"The window toolkit could not be loaded: {error}. {_ADVICE}"


def _missing_library() -> str | None:
    """Load Qt's X11 plugin as Qt will; return what the loader misses."""
    spec = find_spec("PySide6")
    if spec is None or not spec.submodule_search_locations:
        return None
    plugin = Path(spec.submodule_search_locations[0], "Qt", "plugins", "platforms", "libqxcb.so")
    if not plugin.exists():  # a Qt of the distribution, which brings its libraries along
        return None
    try:
        ctypes.CDLL(str(plugin))
    except OSError as error:
        return str(error)
    return None
