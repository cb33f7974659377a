"""Histograms of the photo and its restoration: red, green, blue and luminance."""

from functools import partial

import cv2
import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, QTimer
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.widgets.headings import heading
from dfpir_gui.widgets.picture import Picture
from dfpir_gui.widgets.wheel import let_wheel_scroll

_MAX_PIXELS = 2**20
"""A level of the pyramid with at most about this many pixels is counted."""

_DELAY_MS = 80
"""Changes that follow each other within this time are counted together."""

_COLOURS = ("#E05050", "#45B058", "#4C86E8")
_HEIGHT = 10 * GRID


def histogram(pixels: np.ndarray) -> np.ndarray:
    """Count the levels of a picture.

    Args:
        pixels: (H, W, 3) uint8 RGB, not empty.

    Returns:
        (4, 256) float32: the shares of the pixels with each level of red, green, blue and luminance (Rec. 601).
    """
    planes = [*cv2.split(pixels), cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)]
    counts = [cv2.calcHist([plane], [0], None, [256], [0, 256]).ravel() for plane in planes]
    return np.stack(counts) / np.float32(pixels.shape[0] * pixels.shape[1])


def clipped_shares(pixels: np.ndarray) -> tuple[float, float]:
    """The shares of pixels, 0 to 1, with a channel at 0 and with a channel at 255; pixels as for :func:`histogram`."""
    count = pixels.shape[0] * pixels.shape[1]
    low = cv2.min(cv2.min(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    high = cv2.max(cv2.max(pixels[..., 0], pixels[..., 1]), pixels[..., 2])
    return 1 - cv2.countNonZero(low) / count, 1 - cv2.countNonZero(255 - high) / count


class HistogramPlot(QWidget):
    """Draws one histogram, with the clipped shares at its ends.

    Attributes:
        shares: what :func:`histogram` returns, or None.
    """

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.shares: np.ndarray | None = None
        self.setFixedHeight(_HEIGHT)
        self.setAccessibleName(name)

    def show_pixels(self, pixels: np.ndarray | None) -> None:
        """Count and show ``pixels``, (H, W, 3) uint8 RGB; None shows nothing."""
        self.shares = None if pixels is None else histogram(pixels)
        text = ""
        if pixels is not None:
            shadows, lights = clipped_shares(pixels)
            text = self.tr("Clipped shadows {shadows}, lights {lights}").format(
                shadows=f"{shadows:.1%}".replace("%", " %"), lights=f"{lights:.1%}".replace("%", " %")
            )
        self.setToolTip(text)
        self.setAccessibleDescription(text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        painter = QPainter(self)
        whole = QRectF(self.rect())
        painter.fillRect(whole, QColor(theme.BAR))
        area = whole.adjusted(0, self.fontMetrics().height() + 2, 0, 0)  # below the name
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.shares is not None:
            # The ends are often far higher than the rest; they must not flatten it.
            top = max(float(self.shares[:, 1:-1].max()), 1e-6)
            painter.setPen(Qt.PenStyle.NoPen)
            for shares, name in zip(self.shares, _COLOURS, strict=False):
                colour = QColor(name)
                colour.setAlpha(110)
                painter.setBrush(colour)
                painter.drawPolygon(_outline(shares, top, area, closed=True))
            painter.setPen(QPen(QColor(theme.TEXT), 1))
            painter.drawPolyline(_outline(self.shares[3], top, area, closed=False))
        painter.setPen(QColor(theme.QUIET_TEXT))
        painter.drawText(whole.adjusted(GRID // 2, 1, -GRID // 2, 0), Qt.AlignmentFlag.AlignTop, self.name)


def _outline(shares: np.ndarray, top: float, area: QRectF, closed: bool) -> QPolygonF:
    heights = np.minimum(np.sqrt(shares / top), 1.0) * (area.height() - 2)  # the root shows small shares too
    step, bottom = area.width() / 255, area.bottom()
    points = [QPointF(level * step, bottom - float(height)) for level, height in enumerate(heights)]
    if closed:
        points += [QPointF(area.width(), bottom), QPointF(0, bottom)]
    return QPolygonF(points)


class HistogramPanel(QWidget):
    """The histograms before and after, of the visible area or the whole photo; it follows the canvas.

    Args:
        canvas: shows the photo.
        parent: the side panel.
    """

    def __init__(self, canvas: Canvas, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._canvas = canvas
        self.area = ComboBox()
        self.area.addItem(self.tr("Whole photo"))
        self.area.addItem(self.tr("Visible area"))
        self.area.setAccessibleName(self.tr("What the histogram counts"))
        self.area.view().setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setToolTip(self.tr("What the histogram counts"))
        self.before = HistogramPlot(self.tr("Before"))
        self.after = HistogramPlot(self.tr("After"))
        self.after.hide()
        self._legend = QLabel(indent=0)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(heading(self.tr("Histogram"), self.area))
        row.addStretch(1)
        row.addWidget(self.area)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(row)
        layout.addWidget(self.before)
        layout.addWidget(self.after)
        let_wheel_scroll(self)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self.count)
        self._counted: tuple[object, ...] = ()
        self.area.currentIndexChanged.connect(self.schedule)
        canvas.view_changed.connect(self.schedule)

    def schedule(self) -> None:
        """Count again in a moment, if the panel is shown."""
        if self.isVisible() and not self._timer.isActive():
            self._timer.start()

    def count(self) -> None:
        """Count now, unless nothing has changed."""
        scene, viewport = self._canvas.scene, self._canvas.viewport
        region = viewport.region if self.area.currentIndex() == 1 else None
        pyramids = [picture.pyramid if picture else None for picture in (scene.left, scene.after)]
        if (region, *pyramids) == self._counted:
            return
        self._counted = (region, *pyramids)
        part = partial(_part, region=region)
        self.before.show_pixels(part(scene.left) if scene.left else None)
        self.after.setVisible(scene.after is not None)
        self.after.show_pixels(part(scene.after) if scene.after else None)

    def showEvent(self, event: object) -> None:  # noqa: D102 - Qt's
        self.schedule()


def _part(picture: Picture, region: tuple[int, int, int, int] | None) -> np.ndarray:
    """The pixels of a region in photo pixels, or of the whole photo, at a size that is counted quickly."""
    pyramid = picture.pyramid
    left, top, right, bottom = region or (0, 0, pyramid.width, pyramid.height)
    sizes = pyramid.sizes
    for index, (width, height) in enumerate(sizes):
        x, y = width / pyramid.width, height / pyramid.height
        if (right - left) * x * (bottom - top) * y <= _MAX_PIXELS or index == len(sizes) - 1:
            x0, y0 = min(int(left * x), width - 1), min(int(top * y), height - 1)
            x1, y1 = max(round(right * x), x0 + 1), max(round(bottom * y), y0 + 1)
            return np.ascontiguousarray(pyramid.part(index, x0, y0, min(x1, width), min(y1, height)))
    raise AssertionError("a pyramid has levels")
