"""The photo with the frame of the part that is traced."""

import cv2
import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.inspection import Crop
from dfpir_gui.inspector.inspection_target import middle
from dfpir_gui.inspector.plots import Part, Plots, covers, part_in_sight, show_in
from dfpir_gui.settings import theme
from dfpir_gui.widgets.headings import quiet

_SHOWN = 1280
"""Longer side of the copy that is shown, in pixels; photos may be far larger."""

LEAST = 16
"""Smallest side of the frame in pixels of the photo."""


class PhotoView(QWidget):
    """Shows the photo, which wheel and mouse zoom and move; a frame in it can be dragged and resized.

    Attributes:
        crop_changed: the frame was let go elsewhere.
        part_changed: the user has zoomed or moved the photo; carries ``part``.
        part: what is in sight, in pixels of the photo; None for the whole photo.
        words: what is traced.
    """

    crop_changed = Signal()
    part_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plots = Plots(zoomable=True, scrolled=False)
        self._plots.call(self.tr("Photo, with the part that is traced"))
        self.words = quiet()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self._plots, 1)
        layout.addWidget(self.words)
        self._size: tuple[int, int] | None = None
        self._box: pg.ViewBox | None = None
        self.part: Part | None = None
        self.frame: pg.RectROI | None = None
        self._plots.scene().sigMouseClicked.connect(self._on_click)
        self.show_photo(None)

    def show_photo(self, pixels: NDArray[np.float32] | None) -> None:
        """Show a photo, (H, W, 3) float32 in [0, 1], with the frame in its middle; or none."""
        self._plots.clear()
        self._plots.setStyleSheet(f"background: {theme.SURROUND}; border: none;")
        self.frame, self._size, self._box, self.part = None, None, None, None
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
        self._box = plot.getViewBox()
        self._box.sigRangeChangedManually.connect(lambda _: self._on_moved())
        self._box.sigResized.connect(lambda _: self.show_part(self.part))
        self._plots.setToolTip(
            self.tr("The wheel zooms, dragging beside the frame moves, a double click shows the whole photo")
        )

    def show_part(self, part: Part | None) -> None:
        """Bring a part of the photo into sight, with what there is room for around it; None shows the whole photo."""
        self.part = part
        if self._box is None:
            return
        if part is None:
            self._box.enableAutoRange()
        else:
            show_in(self._box, part)

    def _on_moved(self) -> None:
        assert self._box is not None and self._size is not None
        seen = part_in_sight(self._box)
        self.part = seen
        if covers(seen, (0, 0, *self._size)):
            self.show_part(None)  # nothing lies beyond the photo's edges
        self.part_changed.emit(self.part)

    def _on_click(self, event: MouseClickEvent) -> None:
        if event.double():
            self.show_part(None)
            self.part_changed.emit(None)

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
