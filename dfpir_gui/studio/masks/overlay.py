"""The red overlay that shows a mask on the canvas, and the rendering of masks in the background."""

from collections import OrderedDict
from weakref import WeakKeyDictionary

import numpy as np
from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap

from core.masks import Mask
from core.masks.rendering import MaskRenderer
from core.progress import CancelToken
from dfpir_gui.i18n.language import translate
from dfpir_gui.session import Document, Session
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.studio.canvas_tool import PhotoFrame
from dfpir_gui.workers.worker_thread import Report

OVERLAY_SIDE = 1024
"""Longer side in pixels of rendered masks: enough for the canvas, and little enough to follow the pen."""

_COLOUR = (235, 40, 50)
_OPACITY = 0.55
_KEPT = 8
"""Masks that are kept for each photo, for undo and redo."""


def _premultiplied() -> np.ndarray:
    """The overlay's colour for the mask values 0 to 255, as (256,) uint32 premultiplied ARGB."""
    alpha = np.rint(np.arange(256) * _OPACITY).astype(np.uint32)
    red, green, blue = (np.rint(alpha * (channel / 255)).astype(np.uint32) for channel in _COLOUR)
    table: np.ndarray = (alpha << 24) | (red << 16) | (green << 8) | blue
    return table


_TABLE = _premultiplied()


def overlay_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of the overlay of a photo of this size."""
    scale = min(OVERLAY_SIDE / max(width, height), 1.0)
    return max(round(width * scale), 1), max(round(height * scale), 1)


class MaskOverlay:
    """A mask as a red picture over the photo.

    Attributes:
        values: (H, W) float32 in [0, 1]; parts of it may be changed if :meth:`refresh` is called afterwards. None shows
            nothing.
    """

    def __init__(self) -> None:
        self.values: np.ndarray | None = None
        self._pixels = np.zeros((1, 1), np.uint32)
        self._image = QImage()

    def set_values(self, values: np.ndarray | None) -> None:
        """Show other values; they are copied."""
        self.values = None if values is None else values.copy()
        if self.values is not None:
            height, width = self.values.shape
            if self._pixels.shape != (height, width):
                self._pixels = np.zeros((height, width), np.uint32)
                picture = QImage.Format.Format_ARGB32_Premultiplied
                self._image = QImage(self._pixels.data, width, height, 4 * width, picture)
            self.refresh(np.s_[:, :])

    def refresh(self, part: tuple[slice, slice]) -> None:
        """Take the changed values in some rows and columns."""
        if self.values is not None:
            self._pixels[part] = _TABLE[(self.values[part] * 255 + 0.5).astype(np.uint8)]

    def paint(
        self, painter: QPainter, frame: PhotoFrame, *, smooth: bool = True, place: tuple[float, ...] | None = None
    ) -> None:
        """Draw the overlay over the photo; only what the painter's clip shows is scaled.

        Args:
            painter: uses logical pixels of the canvas.
            frame: where the photo lies.
            smooth: whether the overlay is interpolated, which takes longer.
            place: left, top, right and bottom of what the overlay covers, in shares of the photo's sides; None: all.
        """
        if self.values is None:
            return
        target = frame.photo
        if place is not None:
            target = QRectF(frame.to_canvas(place[0], place[1]), frame.to_canvas(place[2], place[3]))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
        painter.drawImage(target, self._image, QRectF(self._image.rect()))


class MaskDetail:
    """The visible part of a mask at the resolution of the screen, for photos that are shown larger than the overlay.

    Attributes:
        mask: what is shown, or None.
        place: the part, in shares of the photo's sides: left, top, right and bottom.
    """

    def __init__(self) -> None:
        self.mask: Mask | None = None
        self.place = (0.0, 0.0, 1.0, 1.0)
        self._overlay = MaskOverlay()

    def set(self, mask: Mask | None, place: tuple[float, float, float, float], values: np.ndarray | None) -> None:
        """Show another part."""
        self.mask, self.place = mask, place
        self._overlay.set_values(values)

    def covers(self, mask: Mask | None, place: tuple[float, float, float, float]) -> bool:
        """Whether it shows this part of the mask."""
        return mask is not None and self.mask == mask and self.place == place

    def paint(self, painter: QPainter, frame: PhotoFrame) -> None:
        """Draw the part over the photo."""
        self._overlay.paint(painter, frame, place=self.place)


def thumbnail(values: np.ndarray, size: QSize) -> QPixmap:
    """A mask as a small grey picture, fitted into ``size``; white is where the step applies."""
    grey = np.ascontiguousarray((values * 255 + 0.5).astype(np.uint8))
    height, width = grey.shape
    image = QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8)
    smooth = Qt.TransformationMode.SmoothTransformation
    small = image.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, smooth).convertToFormat(QImage.Format.Format_RGB32)
    painter = QPainter(small)
    painter.setPen(Qt.GlobalColor.gray)
    painter.drawRect(QRect(0, 0, small.width() - 1, small.height() - 1))
    painter.end()
    return QPixmap.fromImage(small)


class RenderedMasks(QObject):
    """Renders masks of open photos in the background, at the size of the overlay, and keeps the last ones.

    Attributes:
        rendered: emitted with the :class:`Document` when a mask of it is available.
    """

    rendered = Signal(object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._kept: WeakKeyDictionary[Document, OrderedDict[Mask, np.ndarray]] = WeakKeyDictionary()
        self._awaited: WeakKeyDictionary[Document, set[Mask]] = WeakKeyDictionary()

    def find(self, document: Document, mask: Mask) -> np.ndarray | None:
        """The rendered mask, (H, W) float32, or None."""
        kept = self._kept.get(document)
        if kept is None or mask not in kept:
            return None
        kept.move_to_end(mask)
        return kept[mask]

    def request(self, document: Document, mask: Mask) -> None:
        """Render a mask unless that was done or asked for before."""
        renderer = document.masks
        awaited = self._awaited.setdefault(document, set())
        if renderer is None or mask in awaited or self.find(document, mask) is not None:
            return
        awaited.add(mask)

        def work(report: Report, cancel: CancelToken) -> np.ndarray:
            return render(renderer, mask)

        def done(values: np.ndarray) -> None:
            awaited.discard(mask)
            self.keep(document, mask, values)

        def failed(error: BaseException) -> None:
            awaited.discard(mask)
            self._session.show_notice(notice_from_error(error, translate("Masks", "showing a mask")))

        self._session.submit_to_files(work, done, failed)

    def keep(self, document: Document, mask: Mask, values: np.ndarray) -> None:
        """Keep a rendered mask."""
        kept = self._kept.setdefault(document, OrderedDict())
        kept[mask] = values
        while len(kept) > _KEPT:
            kept.popitem(last=False)
        self.rendered.emit(document)


def render(renderer: MaskRenderer, mask: Mask) -> np.ndarray:
    """A mask at the size of the overlay."""
    return renderer.render(mask, overlay_size(*renderer.size))
