"""Importing torch in programs. It takes seconds: less without the garbage collector, and without blocking a window."""

import ctypes
import gc
import os
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

_LIBRARIES = {"linux": ("libtorch_global_deps.so", "libtorch.so"), "darwin": ("libtorch.dylib",)}
"""Files of torch that :func:`load_libraries` loads, in this order; the first one on Linux for all later ones to see."""


def import_torch() -> None:
    """Import torch with the garbage collector paused, since nearly all of the many objects that it makes stay.

    For programs only: the pause affects the whole process.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        import torch  # noqa: F401
    finally:
        if enabled:
            gc.enable()


def torch_is_imported() -> bool:
    """Whether torch is imported completely: using it does not have to wait."""
    module = sys.modules.get("torch")
    return module is not None and not getattr(module.__spec__, "_initializing", False)


def load_libraries() -> None:
    """Load torch's libraries, a large part of its import, without holding Python's lock meanwhile.

    So a window stays responsive even where hundreds of megabytes are read from a slow disk. A library that cannot be
    loaded is left to the import, which reports why.
    """
    spec = None if torch_is_imported() else find_spec("torch")
    if spec is None or spec.origin is None:
        return
    folder = Path(spec.origin).with_name("lib")
    for name in _LIBRARIES.get(sys.platform, ()):
        # ctypes.CDLL(path) holds Python's lock; a call of the C function does not.
        dlopen = ctypes.CDLL(None).dlopen
        dlopen.argtypes, dlopen.restype = (ctypes.c_char_p, ctypes.c_int), ctypes.c_void_p
        scope = os.RTLD_GLOBAL if "global" in name else os.RTLD_LOCAL  # as torch itself does
        if (folder / name).is_file():
            dlopen(os.fsencode(folder / name), os.RTLD_NOW | scope)


def load_libraries_meanwhile() -> threading.Thread:
    """Start :func:`load_libraries` on another thread, which ends by itself, and return the thread."""
    thread = threading.Thread(target=load_libraries, name="torch-libraries")
    thread.start()
    return thread
