"""Sliders."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider, QWidget


class Slider(QSlider):
    """A horizontal slider whose handle jumps to where the user presses, and is dragged from there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(Qt.Orientation.Horizontal, parent)

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: D102 - Qt's
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        control, part, style = QStyle.ComplexControl.CC_Slider, QStyle.SubControl, self.style()
        handle = style.subControlRect(control, option, part.SC_SliderHandle, self)
        if event.button() is not Qt.MouseButton.LeftButton or handle.contains(event.position().toPoint()):
            super().mousePressEvent(event)
            return
        groove = style.subControlRect(control, option, part.SC_SliderGroove, self)
        place = round(event.position().x()) - groove.left() - handle.width() // 2
        span = groove.width() - handle.width()
        value = QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), place, span, option.upsideDown)
        self.setSliderDown(True)  # emits sliderPressed, as if the handle had been pressed
        self.setSliderPosition(value)
        super().mousePressEvent(event)  # the handle is below the cursor now
        self.setSliderDown(True)
        event.accept()
