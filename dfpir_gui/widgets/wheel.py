"""Prevents the mouse wheel from changing values while the user scrolls a panel."""

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QAbstractSlider, QAbstractSpinBox, QComboBox, QScrollBar, QWidget


class _WheelFilter(QObject):
    """Passes wheel events on to the parent of the filtered widget."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Wheel:
            event.ignore()  # so that Qt sends it to the parent
            return True
        return False


def let_wheel_scroll(inside: QWidget) -> None:
    """Let the wheel over sliders, combo boxes and spin boxes in ``inside`` scroll; may be called repeatedly."""
    wheel_filter = inside.findChild(_WheelFilter) or _WheelFilter(inside)
    for kind in (QAbstractSlider, QAbstractSpinBox, QComboBox):
        for control in inside.findChildren(kind):
            if not isinstance(control, QScrollBar):
                control.installEventFilter(wheel_filter)
