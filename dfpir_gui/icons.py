"""The icons of ``resources/icons``, painted in the colours of the theme."""

from importlib import resources

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from dfpir_gui import theme

_SIZES = (16, 20, 24, 32, 40, 48, 64)
_INK = b"#000000"
"""The colour that the drawings use for their lines; it is replaced by that of the theme."""


def icon(name: str, colour: str = theme.TEXT) -> QIcon:
    """Return the one-coloured icon called ``name`` in ``colour``, with a paler disabled state."""
    drawing = _read(name)
    made = QIcon()
    for size in _SIZES:
        made.addPixmap(_paint(drawing.replace(_INK, colour.encode()), size), QIcon.Mode.Normal)
        made.addPixmap(_paint(drawing.replace(_INK, theme.DISABLED.encode()), size), QIcon.Mode.Disabled)
    return made


def pixmap(name: str, colour: str, size: int, ratio: float = 1.0) -> QPixmap:
    """Return the icon called ``name`` in ``colour``, ``size`` logical pixels wide, for a screen of this ratio."""
    made = _paint(_read(name).replace(_INK, colour.encode()), round(size * ratio))
    made.setDevicePixelRatio(ratio)
    return made


def app_icon() -> QIcon:
    """Return the icon of the application, in its own colours."""
    drawing = _read("dfpir")
    made = QIcon()
    for size in (*_SIZES, 128, 256):
        made.addPixmap(_paint(drawing, size))
    return made


def _read(name: str) -> bytes:
    return (resources.files("resources") / "icons" / f"{name}.svg").read_bytes()


def _paint(drawing: bytes, size: int) -> QPixmap:
    image = QImage(size, size, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(drawing)).render(painter, QRectF(0, 0, size, size))
    painter.end()
    return QPixmap.fromImage(image)
