"""The window with a restored photo whose mask is edited, for tests."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from core.masks import Mask
from core.masks.rendering import MaskRenderer
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.studio.masks.editor import MaskEditor

LEFT, NONE = Qt.MouseButton.LeftButton, Qt.MouseButton.NoButton


class Bench:
    """The window with a restored photo whose mask is edited, and a pen."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self._qtbot = qtbot
        self.window = window
        self.session = window.session
        self.canvas = window.studio.canvas
        self.panel = window.studio.panel.mask_panel
        self.row = window.studio.panel.steps.rows[0]
        self.editor: MaskEditor = window.studio.mask_editor
        qtbot.mouseClick(self.row.mask_button, LEFT)
        assert self.editor.editing and self.panel.isVisible()

    @property
    def mask(self) -> Mask | None:
        return self.session.steps[0].mask

    def shape(self, index: int = -1) -> object:
        assert self.mask is not None
        return self.mask.components[index].shape

    def press(self, x: float, y: float) -> None:
        self._send(QEvent.Type.MouseButtonPress, x, y, LEFT, LEFT)

    def move(self, x: float, y: float) -> None:
        self._send(QEvent.Type.MouseMove, x, y, NONE, LEFT)

    def release(self, x: float, y: float) -> None:
        self._send(QEvent.Type.MouseButtonRelease, x, y, LEFT, NONE)

    def drag(self, *points: tuple[float, float]) -> None:
        """Press at the first photo point (shares of its sides), move over the others and release at the last."""
        self.press(*points[0])
        for point in points[1:]:
            self.move(*point)
        self.release(*points[-1])

    def _send(self, kind: QEvent.Type, x: float, y: float, button: Qt.MouseButton, held: Qt.MouseButton) -> None:
        at = self.canvas.photo_frames()[0].to_canvas(x, y)
        no_keys = Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(kind, at, QPointF(self.canvas.mapToGlobal(at)), button, held, no_keys)
        QApplication.sendEvent(self.canvas, event)

    def settle(self) -> None:
        """Wait until result and overlay show the mask."""
        document = self.session.current
        assert document is not None
        self._qtbot.waitUntil(
            lambda: (
                document.blend_request is None
                and not document.outdated
                and (self.mask is None or self.editor.rendered.find(document, self.mask) is not None)
            )
        )

    def expect_result(self) -> None:
        """The result is the negative of the photo inside the mask, and exactly the photo outside."""
        self.settle()
        photo, result = self.session.photo, self.session.result
        assert photo is not None and result is not None
        weights = 1.0 if self.mask is None else MaskRenderer(photo.pixels).render(self.mask)[..., None]
        expected = photo.pixels + weights * (1 - 2 * photo.pixels)
        assert np.abs(result.photo.pixels - expected).max() < 1e-5


def restored_bench(qtbot: QtBot, window: MainWindow, restorer, path: Path) -> Bench:
    """The photo of a file, opened and with haze removed."""
    window.open_photo(path)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    window.session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    return Bench(qtbot, window)
