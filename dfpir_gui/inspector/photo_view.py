"""The photo with the frame of the part that is traced."""

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.inspection import Crop
from dfpir_gui import theme
from dfpir_gui.inspector.look import middle
from dfpir_gui.inspector.plots import Plots
from dfpir_gui.panels.headings import quiet

_SHOWN = 1280
"""Longer side of the copy that is shown, in pixels; photos may be far larger."""

LEAST = 16
"""Smallest side of the frame in pixels of the photo."""


class PhotoView(QWidget):
    """Shows the photo; a frame in it can be dragged and resized.

    Attributes:
        crop_changed: the frame was let go elsewhere.
        words: what is traced.
    """

    crop_changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plots = Plots()
        self._plots.call(self.tr("Photo, with the part that is traced"))
        self.words = quiet()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self._plots, 1)
        layout.addWidget(self.words)
        self._size: tuple[int, int] | None = None
        self.frame: pg.RectROI | None = None
        self.show_photo(None)

    def show_photo(self, pixels: NDArray[np.float32] | None) -> None:
        """Show a photo, (H, W, 3) float32 in [0, 1], with the frame in its middle; or none."""
        self._plots.clear()
        self._plots.setStyleSheet(f"background: {theme.SURROUND}; border: none;")
        self.frame, self._size = None, None
        if pixels is None:
            self.words.setText(self.tr("No photo is open."))
            return
        height, width = pixels.shape[:2]
        self._size = (width, height)
        factor = min(1.0, _SHOWN / max(width, height))
        if factor < 1:
            size = (max(1, round(width * factor)), max(1, round(height * factor)))
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        plot = self._plots.picture_at(0, 0, "", pixels, rect=(0, 0, width, height))
        x, y, across, down = middle(width, height)
        self.frame = pg.RectROI(
            QPointF(x, y),
            QPointF(across, down),
            maxBounds=plot.items[0].mapRectToParent(plot.items[0].boundingRect()),
            pen=pg.mkPen("#FFFFFF", width=2),
            hoverPen=pg.mkPen(theme.ACCENT, width=3),
            handlePen=pg.mkPen("#FFFFFF", width=2),
            snapSize=1,
            scaleSnap=True,
            translateSnap=True,
        )
        self.frame.sigRegionChangeFinished.connect(lambda _: self.crop_changed.emit())
        plot.addItem(self.frame)

    @property
    def crop(self) -> Crop | None:
        """The frame in pixels of the photo, within it and of at least :data:`LEAST` pixels; None without a photo."""
        if self.frame is None or self._size is None:
            return None
        (width, height), at, size = self._size, self.frame.pos(), self.frame.size()
        across = min(max(round(size.x()), LEAST), width)
        down = min(max(round(size.y()), LEAST), height)
        x = min(max(round(at.x()), 0), width - across)
        y = min(max(round(at.y()), 0), height - down)
        return x, y, across, down

    def set_crop(self, crop: Crop) -> None:
        """Move the frame, as a hand would."""
        if self.frame is not None:
            x, y, width, height = crop
            self.frame.setPos(x, y, update=False)
            self.frame.setSize((width, height))
