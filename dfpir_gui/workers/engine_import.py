"""Imports what restorations need on a thread of its own, so that the window opens without waiting for torch."""

import contextlib
import logging
import threading
from collections.abc import Callable
from importlib import import_module

from core.system.torch_import import import_torch, load_libraries, torch_is_imported
from dfpir_gui.workers.worker_thread import Post

_log = logging.getLogger(__name__)

_ENGINE = ("core.detection.detector", "core.inference.restorer")

_INSPECTOR = ("matplotlib.figure", "pyqtgraph", "core.inspection.charts")
"""What the Inspector needs besides and would delay its first opening; its own modules define widgets and stay out."""


class EngineImport:
    """The import of torch and of the engine, and then of what the Inspector needs, on a thread.

    Work that needs them sooner waits for it. If it fails, that is logged; whatever needs the engine fails again and
    says so.

    Args:
        post: runs callables on the main thread.
        done: called on the main thread when the engine is imported, or could not be.
    """

    def __init__(self, post: Post, done: Callable[[], None]) -> None:
        self._post = post
        self._done = done
        self._thread = threading.Thread(target=self._import, name="dfpir-engine-import")

    def start(self) -> None:
        """Start the import; if all is imported already, only ``done`` is called."""
        if torch_is_imported():
            self._done()
        else:
            self._thread.start()

    def wait(self) -> None:
        """Wait until the import has ended, if it was started: Python cannot end in the middle of it."""
        if self._thread.ident is not None:
            self._thread.join()

    def _import(self) -> None:
        try:
            load_libraries()
            import_torch()
            _import_all(_ENGINE)
        except Exception:
            _log.exception("the engine could not be imported")
        self._post(self._done)
        with contextlib.suppress(ImportError):  # the Inspector reports it
            _import_all(_INSPECTOR)


def _import_all(modules: tuple[str, ...]) -> None:
    for module in modules:
        import_module(module)
