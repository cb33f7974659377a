"""The red overlay that shows a mask on the canvas, and the rendering of masks in the background."""

from collections import OrderedDict
from dataclasses import dataclass
from weakref import ReferenceType, WeakKeyDictionary, ref

import numpy as np
from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QPainter, QPixmap

from core.errors import Cancelled
from core.inference.mask_notes import Extent, lacks_sky, mask_extent
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
"""Masks that are kept for each photo, for undo and redo; those of its steps are always kept."""

_UNTIL_EXACT_MS = 150
"""A mask is rendered exactly when no other was asked for in this time."""

_UNKNOWN = Extent(False, False)


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
        self._photo: ReferenceType[MaskRenderer] | None = None
        self._overlay = MaskOverlay()

    def set(
        self, photo: MaskRenderer, mask: Mask | None, place: tuple[float, float, float, float], values: np.ndarray
    ) -> None:
        """Show another part, which ``photo`` has rendered."""
        self._photo, self.mask, self.place = ref(photo), mask, place
        self._overlay.set_values(values)

    def covers(self, photo: MaskRenderer | None, mask: Mask | None, place: tuple[float, float, float, float]) -> bool:
        """Whether it shows this part of the mask of the photo; others may have an equal one, such as the sky."""
        is_same = photo is not None and self._photo is not None and self._photo() is photo
        return is_same and mask is not None and self.mask == mask and self.place == place

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


@dataclass(frozen=True, eq=False)
class Rendering:
    """A mask of a photo as pixels.

    Attributes:
        values: (H, W) float32 in [0, 1].
        exact: whether it is final; otherwise a quick, smaller one that the exact one follows.
        lacks_sky: whether the mask refers to the sky and none was found; known when it is exact.
        extent: whether the mask selects nothing, or everything, in the photo at full size; known when it is exact.
    """

    values: np.ndarray
    exact: bool
    lacks_sky: bool = False
    extent: Extent = _UNKNOWN


class RenderedMasks(QObject):
    """Renders masks of open photos in the background, at the size of the overlay, and keeps the last ones.

    They belong to the photo as it is rotated and cropped, where an equal mask, such as the sky, selects other places.
    While a photo is being rotated or cropped, its masks are already those of the changed photo: none is rendered.

    The newest request comes first: a mask is rendered quickly at a small size at once, and exactly when no other was
    asked for in a moment. Masks that no step has any more are skipped.

    Attributes:
        rendered: emitted with the :class:`Document` and the :class:`core.masks.Mask` when a rendering is available.
    """

    rendered = Signal(object, object)

    def __init__(self, session: Session, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._kept: WeakKeyDictionary[MaskRenderer, OrderedDict[Mask, Rendering]] = WeakKeyDictionary()
        self._wanted: list[tuple[Document, Mask]] = []  # the newest last
        self._running: tuple[Document, Mask] | None = None
        self._requests = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_UNTIL_EXACT_MS)
        self._timer.timeout.connect(self._start)

    def find(self, document: Document, mask: Mask) -> np.ndarray | None:
        """The exactly rendered mask, (H, W) float32, or None."""
        rendering = self.find_any(document, mask)
        return rendering.values if rendering is not None and rendering.exact else None

    def find_any(self, document: Document, mask: Mask) -> Rendering | None:
        """The exact rendering of a mask, or else a quick one, or None."""
        renderer = renderer_of(document)
        kept = None if renderer is None else self._kept.get(renderer)
        if kept is None or mask not in kept:
            return None
        kept.move_to_end(mask)
        return kept[mask]

    def request(self, document: Document, mask: Mask) -> None:
        """Render a mask unless that was done or asked for before."""
        wanted = (document, mask)
        if renderer_of(document) is None or wanted in self._wanted or self.find(document, mask) is not None:
            return
        if self._running == wanted and self.find_any(document, mask) is not None:
            return  # the exact one is on its way
        self._wanted.append(wanted)
        self._requests += 1
        self._timer.start()
        self._start()

    def _start(self) -> None:
        """Start the newest request: a quick rendering, or an exact one if none was asked for in a moment."""
        if self._running is not None or self._session.closed:
            return
        newest = self._wanted[-1:]
        self._wanted = [(d, mask) for d, mask in self._wanted[:-1] if _has_mask(d, mask)] + newest
        for document, mask in reversed(self._wanted):
            if self.find_any(document, mask) is None:
                self._render(document, mask, exact=False)
                return
        if self._wanted and not self._timer.isActive():
            self._render(*self._wanted[-1], exact=True)

    def _render(self, document: Document, mask: Mask, *, exact: bool) -> None:
        renderer, wanted = renderer_of(document), (document, mask)
        if renderer is None or (exact and not _has_mask(document, mask)):
            self._wanted.remove(wanted)
            self._start()
            return
        if exact:
            self._wanted.remove(wanted)
        self._running = wanted
        before = self._requests

        def give_way() -> None:
            if self._requests != before:
                raise Cancelled

        def work(report: Report, cancel: CancelToken) -> Rendering:
            if not exact:
                return Rendering(renderer.render_quickly(mask, quick_size(*renderer.size)), exact=False)
            values = render(renderer, mask)
            extent = mask_extent(renderer, mask, give_way)
            return Rendering(values, exact=True, lacks_sky=lacks_sky(renderer, mask), extent=extent)

        def done(rendering: Rendering) -> None:
            self._running = None
            self._keep(document, renderer, mask, rendering)
            self._start()

        def failed(error: BaseException) -> None:
            self._running = None
            if isinstance(error, Cancelled):  # it gave way to a newer request, and its turn comes again
                self._wanted.insert(0, wanted)
                self._start()
                return
            if wanted in self._wanted and renderer is document.masks:
                self._wanted.remove(wanted)
            self._session.show_notice(notice_from_error(error, translate("Masks", "showing a mask")))
            self._start()

        self._session.submit_to_screen(work, done, failed)

    def _keep(self, document: Document, renderer: MaskRenderer, mask: Mask, rendering: Rendering) -> None:
        if renderer is not document.masks:
            return  # the photo was rotated, cropped or unloaded meanwhile
        kept = self._kept.setdefault(renderer, OrderedDict())
        kept[mask] = rendering
        unused = [mask for mask in kept if not _has_mask(document, mask)]
        for old in unused[: max(len(kept) - _KEPT, 0)]:
            del kept[old]
        self.rendered.emit(document, mask)


def renderer_of(document: Document) -> MaskRenderer | None:
    """What renders the masks of a photo; None while the photo is not in memory, or is being rotated or cropped."""
    return document.masks if document.has_its_geometry else None


def _has_mask(document: Document, mask: Mask) -> bool:
    return any(entry.mask == mask for entry in document.edit.stack)


def quick_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of what follows sliders and handles, for a photo of this size."""
    full = overlay_size(width, height)
    return max(full[0] // 2, 1), max(full[1] // 2, 1)


def render(renderer: MaskRenderer, mask: Mask) -> np.ndarray:
    """A mask at the size of the overlay."""
    return renderer.render(mask, overlay_size(*renderer.size))
