"""The icons of ``resources/icons``, drawn in the colours of the theme."""

from functools import lru_cache
from importlib import resources

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from dfpir_gui.settings import theme

_SIZES = (16, 20, 24, 32, 40, 48, 64)
_LINE_COLOUR = b"#000000"
"""The line colour in the SVG files; it is replaced by that of the theme."""


def icon(name: str, colour: str | None = None) -> QIcon:
    """Return the single-colour icon called ``name``, with a paler disabled state.

    Args:
        name: file name in ``resources/icons`` without ``.svg``.
        colour: ``"#RRGGBB"``; None follows the theme, also when it changes.
    """
    return QIcon(_Engine(name, colour))


class _Engine(QIconEngine):
    """Draws an icon in the colours of the current theme."""

    def __init__(self, name: str, colour: str | None) -> None:
        super().__init__()
        self._name = name
        self._colour = colour

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        ratio = painter.device().devicePixelRatioF()
        painter.drawPixmap(rect, self.scaledPixmap(rect.size() * ratio, mode, state, ratio))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        colour = theme.DISABLED if mode is QIcon.Mode.Disabled else self._colour or theme.TEXT
        return _rendered(self._name, colour, min(size.width(), size.height()))

    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        pixmap = QPixmap(self.pixmap(size, mode, state))
        pixmap.setDevicePixelRatio(scale)
        return pixmap

    def clone(self) -> "_Engine":
        return _Engine(self._name, self._colour)


@lru_cache(maxsize=512)
def _rendered(name: str, colour: str, size: int) -> QPixmap:
    return _render(_read(name).replace(_LINE_COLOUR, colour.encode()), size)


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Return the icon called ``name`` in ``colour``, ``size`` logical pixels wide, for a screen of this ratio."""
    pixmap = QPixmap(_rendered(name, colour, round(size * ratio)))
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def app_icon() -> QIcon:
    """Return the icon of the application, in its own colours."""
    svg = _read("dfpir")
    icon = QIcon()
    for size in (*_SIZES, 128, 256):
        icon.addPixmap(_render(svg, size))
    return icon


def _read(name: str) -> bytes:
    return (resources.files("resources") / "icons" / f"{name}.svg").read_bytes()


def _render(svg: bytes, size: int) -> QPixmap:
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return QPixmap.fromImage(image)
