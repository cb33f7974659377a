"""The import of the engine on its thread."""

import logging
import queue
import sys
from collections.abc import Callable

import pytest

from dfpir_gui.workers import engine_import
from dfpir_gui.workers.engine_import import EngineImport


def test_what_is_imported_already_is_not_waited_for() -> None:
    posted: list[Callable[[], None]] = []
    done: list[bool] = []
    engine = EngineImport(posted.append, lambda: done.append(True))
    engine.start()
    engine.wait()
    assert (done, posted) == ([True], [])


def test_a_failed_import_is_logged_and_ends(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ImportError("libtorch.so is damaged")

    monkeypatch.setattr(engine_import, "torch_is_imported", lambda: False)
    monkeypatch.setattr(engine_import, "load_libraries", lambda: None)
    monkeypatch.setattr(engine_import, "import_torch", fail)
    posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
    done: list[bool] = []
    engine = EngineImport(posted.put, lambda: done.append(True))
    with caplog.at_level(logging.ERROR):
        engine.start()
        engine.wait()
    assert not done  # only on the main thread
    posted.get(timeout=10)()
    assert done == [True]
    assert "libtorch.so is damaged" in caplog.text
    assert "torch" in sys.modules
