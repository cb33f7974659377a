"""The structure of the session: no Qt, and notifying observers starts no work."""

import subprocess
import sys
from pathlib import Path

import numpy as np

from dfpir_gui.session import Change, State

QT_FREE = (
    "dfpir_gui.session",
    *(
        f"dfpir_gui.session.{name}"
        for name in (
            "document",
            "documents",
            "editor",
            "feedback",
            "geometry_changes",
            "jobs",
            "memory",
            "notices",
            "observers",
            "remembered_steps",
            "restorations",
            "samples",
            "saving",
            "session",
            "speed",
            "state",
            "steps",
            "strengths",
            "undo",
            "wording",
        )
    ),
    *(
        f"dfpir_gui.workers.{name}"
        for name in (
            "engine_import",
            "handlers",
            "image_pyramid",
            "regions",
            "requests",
            "swapped_results",
            "worker_thread",
        )
    ),
    "dfpir_gui.settings.engine_settings",
    "dfpir_gui.settings.export_options",
    "dfpir_gui.i18n.language",
    "dfpir_gui.i18n.messages",
    "dfpir_gui.i18n.names",
)
"""Modules that can be imported where Qt is not installed."""


def test_the_session_needs_no_qt() -> None:
    program = (
        "import importlib, sys\n"
        "sys.modules['PySide6'] = None\n"  # importing it raises ModuleNotFoundError
        f"for name in {QT_FREE!r}: importlib.import_module(name)\n"
        "assert not [name for name in sys.modules if name.startswith(('PySide6.', 'shiboken6'))]"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_module_without_qt_is_listed() -> None:
    root = Path(__file__).parents[4]
    for package in ("session", "workers"):
        for path in (root / "dfpir_gui" / package).glob("*.py"):
            module = f"dfpir_gui.{package}.{path.stem}".removesuffix(".__init__")
            needs_qt = any(word in path.read_text("utf-8") for word in ("PySide6", "private_folders", "Qt "))
            assert needs_qt or module in QT_FREE or path.stem == "__init__", module


def test_notifying_observers_starts_no_work(harness, photo_path: Path, write_png) -> None:
    session = harness.session
    session.open(photo_path)
    session.open_all([write_png(f"{number}.png", np.full((30, 50, 3), number, np.uint8)) for number in range(8)])
    loading = [document for document in session.documents if document.request is not None]
    assert 0 < len(loading) < len(session.documents)  # the others wait until some of these are read
    for document in loading:
        document.cancel()  # others could be read now, but only a command or a finished job starts that
    session.notify(~Change(0))
    assert not any(document.request for document in session.documents)
    session.show(session.documents[-1])
    assert session.documents[-1].request is not None
    harness.until(lambda: all(document.state is not State.LOADING for document in session.documents))
