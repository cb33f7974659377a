"""The tiles of the dialog that tries every step, and the overview that moves the part which they show."""

import math

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.regions import Region

SMALLEST_TILE = QSize(42 * GRID, 32 * GRID)
LARGEST_TILE = QSize(64 * GRID, 48 * GRID)
"""Width and height of a tile in logical pixels, and of the tried part in pixels of the photo. Larger parts take longer
to try."""

TILE_FRAME = QSize(3 * GRID, 13 * GRID)
"""What a tile needs beside its picture, with the space to the next one: logical pixels."""

_OVERVIEW_SIZE = QSize(20 * GRID, 13 * GRID)
_CLICK_DISTANCE = 4
"""A press and release within this many logical pixels is a click."""

_KEY_STEP = 32


def tile_grid(count: int, space: QSize) -> tuple[int, QSize]:
    """How many tiles are shown next to each other, and how large their pictures are.

    As many as fit are shown, in rows of about the same length; if there is room left, they are larger.

    Args:
        count: of the tiles.
        space: width and height that they may take, logical pixels.
    """
    columns = column_count(count, space, SMALLEST_TILE)
    share = QSize(space.width() // columns, space.height() // math.ceil(count / columns)) - TILE_FRAME
    return columns, share.expandedTo(SMALLEST_TILE).boundedTo(LARGEST_TILE)


def column_count(count: int, space: QSize, tile: QSize) -> int:
    """How many of ``count`` tiles with pictures of the size ``tile`` are shown next to each other in this space."""
    fitting = max(1, min(count, space.width() // (tile.width() + TILE_FRAME.width())))
    return math.ceil(count / math.ceil(count / fitting))


def region_at(centre: tuple[float, float], width: int, height: int, tile: QSize) -> Region:
    """The part of a photo of this size that a picture of the size ``tile`` shows, as near as possible to ``centre``."""
    across, down = min(tile.width(), width), min(tile.height(), height)
    left = min(max(round(centre[0] - across / 2), 0), width - across)
    top = min(max(round(centre[1] - down / 2), 0), height - down)
    return left, top, left + across, top + down


class TilePicture(QWidget):
    """A part of the photo at 100 %, with the result of a step where it is known.

    Attributes:
        clicked: emitted with whether the Shift key is held.
        dragged: emitted with how far the photo was dragged, in pixels of the photo.
        dropped: emitted when the drag ends.
    """

    clicked = Signal(bool)
    dragged = Signal(QPointF)
    dropped = Signal()

    def __init__(self, photo: Pyramid, size: QSize, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photo = photo
        self._region: Region = (0, 0, 1, 1)
        self.result: tuple[Region, Pyramid] | None = None
        self._pressed: QPointF | None = None
        self._last = QPointF()
        self._moved = False
        self.setFixedSize(size)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def show_region(self, region: Region) -> None:
        """Show this part of the photo."""
        self._region = region
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.SURROUND))
        left, top, right, bottom = self._region
        corner = QPoint((self.width() - (right - left)) // 2, (self.height() - (bottom - top)) // 2)
        pixels = np.ascontiguousarray(self._photo.part(0, left, top, right, bottom))
        painter.drawImage(corner, _image(pixels))
        if self.result is not None:
            (result_left, result_top, _, _), pyramid = self.result
            painter.setClipRect(QRect(corner, QSize(right - left, bottom - top)))
            painter.drawImage(corner + QPoint(result_left - left, result_top - top), _image(pyramid.levels[0]))
            painter.setClipping(False)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 3))
            painter.drawRect(self.rect().adjusted(1, 1, -2, -2))

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed = self._last = event.globalPosition()
            self._moved = False
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if self._pressed is None:
            return
        if not self._moved and (event.globalPosition() - self._pressed).manhattanLength() < _CLICK_DISTANCE:
            return
        self._moved = True
        self.dragged.emit(event.globalPosition() - self._last)
        self._last = event.globalPosition()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.button() != Qt.MouseButton.LeftButton or self._pressed is None:
            return
        self._pressed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        if self._moved:
            self.dropped.emit()
        else:
            self.clicked.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        keys = {Qt.Key.Key_Left: (1, 0), Qt.Key.Key_Right: (-1, 0), Qt.Key.Key_Up: (0, 1), Qt.Key.Key_Down: (0, -1)}
        direction = keys.get(Qt.Key(event.key()))
        if direction is not None:
            self.dragged.emit(QPointF(*direction) * _KEY_STEP)
            self.dropped.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.clicked.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt's
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:  # noqa: D102 - Qt's
        self.update()


class Tile(QFrame):
    """One step: its result, its name, its changes, and the buttons that use it.

    Attributes:
        used: emitted when the step is to be the only one.
        added: emitted when the step is to be added.
    """

    used = Signal()
    added = Signal()

    def __init__(self, name: str, photo: Pyramid, size: QSize, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "step")
        self.name = name
        self.warning = False
        self.picture = TilePicture(photo, size)
        self.picture.setToolTip(tip)
        self.picture.setAccessibleName(name)
        self.title = QLabel(name, indent=0)
        self.title.setProperty("role", "heading")
        self.text = quiet(self.tr("Waiting…"))
        self.text.setMinimumHeight(2 * self.text.fontMetrics().lineSpacing())
        self.text.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.use_button = QPushButton(self.tr("Use"))
        self.use_button.setToolTip(self.tr("Make this the only step"))
        self.use_button.setAccessibleName(self.tr("Use {name}").format(name=name))
        self.add_button = QPushButton(self.tr("Add"))
        self.add_button.setToolTip(self.tr("Add this to the steps; this window stays open"))
        self.add_button.setAccessibleName(self.tr("Add {name}").format(name=name))
        self.use_button.clicked.connect(self.used)
        self.add_button.clicked.connect(self.added)
        for button in (self.use_button, self.add_button):
            button.setAutoDefault(False)
        row = QHBoxLayout()
        row.setSpacing(GRID // 2)
        row.addWidget(self.title, 1)
        row.addWidget(self.add_button)
        row.addWidget(self.use_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID // 2)
        layout.addWidget(self.picture)
        layout.addLayout(row)
        layout.addWidget(self.text)
        layout.addStretch(1)

    def show_text(self, text: str, warning: bool = False) -> None:
        """Show the description of the result; ``warning`` marks one that may look worse than the original."""
        self.warning = warning
        self.title.setText(f"⚠ {self.name}" if warning else self.name)
        self.text.setText(text)
        self.picture.setAccessibleDescription(text)


class Overview(QWidget):
    """The whole photo, small, with a frame around the tried part, which the mouse moves.

    Attributes:
        moved: emitted with the point of the photo to move the part to.
        dropped: emitted when the mouse is released.
    """

    moved = Signal(QPointF)
    dropped = Signal()

    def __init__(self, photo: Pyramid, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._photo = photo
        self._region: Region = (0, 0, 1, 1)
        size = QSize(photo.width, photo.height).scaled(_OVERVIEW_SIZE, Qt.AspectRatioMode.KeepAspectRatio)
        self.setFixedSize(size.expandedTo(QSize(1, 1)))
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setToolTip(self.tr("Click or drag to choose the part that is tried"))

    def show_region(self, region: Region) -> None:
        """Frame this part of the photo."""
        self._region = region
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.drawImage(self.rect(), _image(self._photo.levels[-1]))
        x, y = self.width() / self._photo.width, self.height() / self._photo.height
        left, top, right, bottom = self._region
        frame = QRectF(left * x, top * y, (right - left) * x, (bottom - top) * y)
        for colour, width in ((QColor(0, 0, 0, 160), 3.0), (QColor(255, 255, 255), 1.5)):
            painter.setPen(QPen(colour, width))
            painter.drawRect(frame)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        self._move(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        self.dropped.emit()

    def _move(self, event: QMouseEvent) -> None:
        x, y = event.position().x() / self.width(), event.position().y() / self.height()
        self.moved.emit(QPointF(x * self._photo.width, y * self._photo.height))


def _image(pixels: np.ndarray) -> QImage:
    """A QImage that shares the memory of ``pixels``, (H, W, 3) uint8 RGB, C-contiguous."""
    height, width = pixels.shape[:2]
    return QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
