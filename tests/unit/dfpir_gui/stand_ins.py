"""Stand-ins for the restorer, the detector, the main thread and the user in tests of the window."""

import contextlib
import queue
import time
from collections.abc import Callable, MutableMapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QFileDialog, QLineEdit, QMessageBox
from pytestqt.qtbot import QtBot

from core.degradations import KEYS
from core.detection import FAMILIES, Detection
from core.inference import RestorationResult, Step
from core.inference.mask_notes import mask_notes
from core.inference.passes import Engine, Pass, PassKey, Pixels, run_steps
from core.inference.result import mask_renderer
from core.masks.rendering import MaskRenderer
from core.photo import Photo
from core.progress import CancelToken, ProgressCallback
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import Change, Session, State

FINISH = object()
TIMEOUT_S = 10


class FakeRestorer:
    """A restorer that waits for commands of the test; its result is the negative of the photo.

    Small copies, by which a strength is proposed, wait for nothing and become :attr:`light` times as bright.

    A command is a float (report this progress), an exception (raise it), or :data:`FINISH`. Like the real restorer,
    it checks after each command whether it was cancelled.
    """

    removable = KEYS
    why_no_text = "It was trained without words."
    light = 1.0

    def __init__(self, model: str = "fake", sha256: str = "5a" * 32) -> None:
        self.engine = Engine(model, sha256, "cpu", "float32")
        self.model_sha256 = sha256
        self.commands: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.reported: queue.SimpleQueue[float] = queue.SimpleQueue()
        self.calls: list[tuple[Photo, tuple[Step, ...]]] = []
        self.tokens: list[CancelToken] = []

    def restore(
        self,
        photo: Photo,
        steps: tuple[Step, ...],
        *,
        progress: ProgressCallback,
        cancel: CancelToken,
        passes: MutableMapping[PassKey, Pass] | None = None,
        masks: MaskRenderer | None = None,
        quality_mode: str | None = None,
    ) -> RestorationResult:
        if quality_mode == "standard" and photo.source is None:
            small = photo.with_pixels((photo.pixels * self.light).astype("float32"))
            return RestorationResult(small, steps, self.engine.model, "cpu", "float32", "bands", 0.1)

        def run(pixels: Pixels, key: str, progress: ProgressCallback) -> Pass:
            self.calls.append((photo.with_pixels(pixels), (Step(key),)))
            self.tokens.append(cancel)
            while (command := self.commands.get(timeout=TIMEOUT_S)) is not FINISH:
                cancel.check()
                if isinstance(command, BaseException):
                    raise command
                assert isinstance(command, float)
                progress(command)
                self.reported.put(command)
            cancel.check()
            return Pass(1.0 - pixels, "float32", "bands", 7.94)

        made = run_steps(photo.pixels, self.engine, steps, run, progress, passes, masks)
        result = photo.with_pixels(made.pixels)
        notes = mask_notes(masks or mask_renderer(photo), steps)
        return RestorationResult(
            photo=result,
            steps=steps,
            model=self.engine.model,
            device="cpu",
            precision=made.precision,
            path=made.route,
            seconds=made.seconds,
            model_sha256=self.engine.sha256,
            notes=notes,
        )

    def advance(self, fraction: float) -> None:
        self.commands.put(fraction)

    def fail(self, error: BaseException) -> None:
        self.commands.put(error)

    def finish(self) -> None:
        self.commands.put(FINISH)


class StubbornRestorer(FakeRestorer):
    """Ignores cancels, like a run that was stopped a moment too late: every restoration ends successfully."""

    def restore(
        self,
        photo: Photo,
        steps: tuple[Step, ...],
        *,
        progress: ProgressCallback,
        cancel: CancelToken,
        passes: MutableMapping[PassKey, Pass] | None = None,
        masks: MaskRenderer | None = None,
        quality_mode: str | None = None,
    ) -> RestorationResult:
        return super().restore(
            photo, steps, progress=progress, cancel=CancelToken(), passes=passes, quality_mode=quality_mode
        )


class FakeDetector:
    """Returns the detection that the test has set; a clean one by default."""

    def __init__(self) -> None:
        self.detection = Detection(dict.fromkeys(FAMILIES, 0.01) | {"clean": 0.96}, (), None, False)

    def find(self, *families: str, sigma: float | None = None, unsure: bool = False) -> None:
        """Detect these families from now on, the first one with the highest probability."""
        found = {family: 0.9 - 0.05 * place for place, family in enumerate(families)}
        self.detection = Detection(dict.fromkeys(FAMILIES, 0.02) | found | {"clean": 0.03}, families, sigma, unsure)

    def detect(self, photo: Photo) -> Detection:
        return self.detection


class SessionHarness:
    """A session whose main thread is the test. ``options`` are passed to the session."""

    def __init__(
        self, restorer: object, detector: object, open_photo: Callable[[Path], Photo] = Photo.open, **options: Any
    ) -> None:
        self.posted: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()
        self.made = 0
        self.refusal: Exception | None = None
        self.changes: list[Change] = []
        self.session = Session(
            post=self.posted.put,
            restorer_factory=self._make,
            open_photo=open_photo,
            detector_factory=lambda: detector,
            **options,
        )
        self.session.subscribe(self.changes.append)
        self._restorer = restorer

    def _make(self) -> object:
        if self.refusal is not None:
            raise self.refusal
        self.made += 1
        return self._restorer

    def until(self, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + TIMEOUT_S
        while not done():
            with contextlib.suppress(
                queue.Empty
            ):  # the condition may become true on the worker thread, which posts nothing
                self.posted.get(timeout=0.02)()
            assert time.monotonic() < deadline

    def rest(self) -> None:
        self.until(lambda: not self.session.busy)

    def open(self, path: Path) -> None:
        self.session.open(path)
        self.until(lambda: self.session.state not in (State.LOADING, State.DETECTING))


class Hand:
    """Actions of a user."""

    def __init__(self, qtbot: QtBot) -> None:
        self._qtbot = qtbot

    def press(self, window: MainWindow, key: Qt.Key, modifiers: Qt.KeyboardModifier | None = None) -> None:
        """Press a key in the widget with the focus."""
        self._qtbot.keyClick(window.focusWidget() or window, key, modifiers or Qt.KeyboardModifier.NoModifier)

    def drop(self, window: MainWindow, *urls: QUrl) -> bool:
        """Drop files on the centre of the window; return whether they were accepted."""
        data = QMimeData()
        data.setUrls(list(urls))
        at = window.rect().center()
        actions, button, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        enter = QDragEnterEvent(at, actions, data, button, keys)
        QGuiApplication.sendEvent(window, enter)
        if not enter.isAccepted():
            return False
        event = QDropEvent(QPointF(at), actions, data, button, keys)
        QGuiApplication.sendEvent(window, event)
        return event.isAccepted()

    def url(self, path: Path) -> QUrl:
        return QUrl.fromLocalFile(str(path))

    def question(self, window: MainWindow) -> QMessageBox:
        """The visible question."""
        return next(box for box in window.findChildren(QMessageBox) if box.isVisible())

    def file_dialog(self, window: MainWindow) -> QFileDialog:
        """The visible file dialog."""
        return next(dialog for dialog in window.findChildren(QFileDialog) if dialog.isVisible())

    def answer(self, dialog: QFileDialog, path: Path) -> None:
        """Type a path into the file dialog and accept it."""
        dialog.findChild(QLineEdit).setText(str(path))
        dialog.accept()
        window = dialog.parentWidget()
        window.activateWindow()  # as a window manager does
        self._qtbot.waitUntil(lambda: window.isActiveWindow() or not window.isVisible())
