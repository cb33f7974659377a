"""The wheel scrolls what lies in a scroll area; it changes no value there by the way."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget


class _Scrolls(QObject):
    """Hands the wheel on to the parent of what it watches."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel:
            event.ignore()  # Qt offers it to the parent then
            return True
        return False


def let_wheel_scroll(inside: QWidget) -> None:
    """Let the wheel over sliders, choices and numbers in ``inside`` scroll what they lie in. May be called again."""
    scrolls = inside.findChild(_Scrolls) or _Scrolls(inside)
    for kind in (QAbstractSlider, QAbstractSpinBox, QComboBox):
        for control in inside.findChildren(kind):
            if not isinstance(control, QScrollBar):
                control.installEventFilter(scrolls)
