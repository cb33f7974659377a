"""What draws on the canvas with the mouse. Positions are shares of the photo's width and height."""

from dataclasses import dataclass
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter


@dataclass(frozen=True)
class PhotoFrame:
    """Where the photo lies on the canvas.

    Attributes:
        photo: the whole photo, logical pixels; it may reach beyond the canvas.
        visible: the part of it that can be seen.
    """

    photo: QRectF
    visible: QRectF

    @property
    def longer_side(self) -> float:
        """Of the whole photo, logical pixels."""
        return max(self.photo.width(), self.photo.height())

    def to_canvas(self, x: float, y: float) -> QPointF:
        """The canvas point of a photo point."""
        return QPointF(self.photo.left() + x * self.photo.width(), self.photo.top() + y * self.photo.height())


class CanvasTool(Protocol):
    """Receives the left mouse button of the canvas and draws over the photo."""

    @property
    def cursor(self) -> Qt.CursorShape:
        """The mouse cursor over the photo."""

    def press(self, at: tuple[float, float]) -> bool:
        """The button is pressed; return whether the tool uses it. Otherwise the photo is dragged."""

    def drag(self, at: tuple[float, float]) -> None:
        """The mouse moves with the button pressed."""

    def release(self, at: tuple[float, float]) -> None:
        """The button is released."""

    def hover(self, at: tuple[float, float] | None) -> None:
        """The mouse moves without a button; None: it has left the canvas."""

    def paint(self, painter: QPainter, frame: PhotoFrame) -> None:
        """Draw over the photo in one pane, which the painter is clipped to."""
