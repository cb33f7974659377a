"""The photo with a frame around the inspected part."""

from typing import Any

import cv2
import pyqtgraph as pg
from numpy.typing import NDArray
from pyqtgraph.GraphicsScene.mouseEvents import MouseClickEvent
from PySide6.QtCore import QPointF, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from core.inspection import Crop
from dfpir_gui.inspector.inspection_target import centre_crop
from dfpir_gui.inspector.plots import Part, Plots, covers, part_in_sight, show_in
from dfpir_gui.settings import theme
from dfpir_gui.widgets.headings import quiet

MAX_SIDE = 1280
"""Longer side in pixels of the copy that is shown."""

MIN_SIDE = 16
"""Minimum side of the frame in pixels of the photo."""


class PhotoView(QWidget):
    """Shows the photo with zoom and pan; a frame in it can be dragged and resized.

    Attributes:
        crop_changed: the user moved or resized the frame.
        part_changed: the user zoomed or moved the photo; carries ``part``.
        part: the visible part in pixels of the photo; None for the whole photo.
        description: the inspected region in words.
    """

    crop_changed = Signal()
    part_changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._plots = Plots(zoomable=True, scrolled=False)
        self._plots.set_accessible_texts(self.tr("Photo with the inspected part"))
        self.description = quiet()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.GRID)
        layout.addWidget(self._plots, 1)
        layout.addWidget(self.description)
        self._size: tuple[int, int] | None = None
        self._box: pg.ViewBox | None = None
        self.part: Part | None = None
        self.frame: pg.RectROI | None = None
        self._plots.scene().sigMouseClicked.connect(self._on_click)
        self.show_photo(None)

    def show_photo(self, pixels: NDArray[Any] | None, full_size: tuple[int, int] | None = None) -> None:
        """Show a photo with the frame in its centre; or no photo.

        Args:
            pixels: (H, W, 3) float32 in [0, 1] or uint8, or None.
            full_size: width and height of the photo if ``pixels`` are a smaller copy of it.
        """
        self._plots.clear()
        self._plots.setStyleSheet(f"background: {theme.SURROUND}; border: none;")
        self.frame, self._size, self._box, self.part = None, None, None, None
        if pixels is None:
            return
        width, height = full_size or (pixels.shape[1], pixels.shape[0])
        self._size = (width, height)
        factor = min(1.0, MAX_SIDE / max(pixels.shape[:2]))
        if factor < 1:
            size = (max(1, round(pixels.shape[1] * factor)), max(1, round(pixels.shape[0] * factor)))
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        plot = self._plots.picture_at(0, 0, "", pixels, rect=(0, 0, width, height))
        x, y, across, down = centre_crop(width, height)
        self.frame = pg.RectROI(
            QPointF(x, y),
            QPointF(across, down),
            maxBounds=plot.contents[0].mapRectToParent(plot.contents[0].boundingRect()),
            pen=pg.mkPen("#FFFFFF", width=2),
            hoverPen=pg.mkPen(theme.ACCENT, width=3),
            handlePen=pg.mkPen("#FFFFFF", width=2),
            snapSize=1,
            scaleSnap=True,
            translateSnap=True,
        )
        self.frame.sigRegionChangeFinished.connect(lambda _: self.crop_changed.emit())
        plot.add(self.frame)
        self._box = plot.view
        self._box.sigRangeChangedManually.connect(lambda _: self._on_moved())
        self._box.sigResized.connect(lambda _: self.show_part(self.part))
        self._plots.setToolTip(self.tr("Wheel: zoom. Drag outside the frame: move. Double-click: whole photo"))

    def show_part(self, part: Part | None) -> None:
        """Show a part of the photo and as much around it as fits; None shows the whole photo."""
        self.part = part
        if self._box is None:
            return
        if part is None:
            self._box.enableAutoRange()
        else:
            show_in(self._box, part)

    def _on_moved(self) -> None:
        assert self._box is not None and self._size is not None
        self.part = part_in_sight(self._box)
        if covers(self.part, (0, 0, *self._size)):
            self.show_part(None)
        self.part_changed.emit(self.part)

    def _on_click(self, event: MouseClickEvent) -> None:
        if event.double():
            self.show_part(None)
            self.part_changed.emit(None)

    @property
    def crop(self) -> Crop | None:
        """The frame in pixels of the photo, limited to it, at least :data:`MIN_SIDE` pixels; None without a photo."""
        if self.frame is None or self._size is None:
            return None
        (width, height), at, size = self._size, self.frame.pos(), self.frame.size()
        across = min(max(round(size.x()), MIN_SIDE), width)
        down = min(max(round(size.y()), MIN_SIDE), height)
        x = min(max(round(at.x()), 0), width - across)
        y = min(max(round(at.y()), 0), height - down)
        return x, y, across, down

    def set_crop(self, crop: Crop) -> None:
        """Set position and size of the frame."""
        if self.frame is not None:
            x, y, width, height = crop
            self.frame.setPos(x, y, update=False)
            self.frame.setSize((width, height))
