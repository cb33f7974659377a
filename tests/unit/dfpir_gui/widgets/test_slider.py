"""Sliders jump to where they are pressed."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton, QSlider
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.settings.theme import Theme, apply_theme
from dfpir_gui.widgets.slider import Slider


@pytest.mark.usefixtures("style_sheet")
@pytest.mark.parametrize("theme", [None, Theme.DARK, Theme.LIGHT])
def test_a_press_beside_the_handle_moves_it_there(qtbot: QtBot, qapp: QApplication, theme: Theme | None) -> None:
    if theme is not None:
        apply_theme(qapp, theme)
    slider = Slider()
    qtbot.addWidget(slider)
    slider.setRange(0, 200)
    slider.resize(300, 24)
    slider.show()
    released: list[int] = []
    slider.sliderReleased.connect(lambda: released.append(slider.value()))
    for share in (0.75, 0.2, 0.5):
        qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(round(300 * share), 12))
        assert slider.value() == pytest.approx(200 * share, abs=12)
        assert released[-1] == slider.value() and not slider.isSliderDown()
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(60, 12))
    assert slider.isSliderDown()
    qtbot.mouseMove(slider, QPoint(240, 12))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(240, 12))
    assert slider.value() == pytest.approx(160, abs=14) and len(released) == 4
    value = slider.value()
    qtbot.mouseClick(slider, Qt.MouseButton.RightButton, pos=QPoint(30, 12))
    assert slider.value() == value


def test_all_sliders_of_the_window_do(window: MainWindow) -> None:
    sliders = window.findChildren(QSlider)
    assert sliders and all(isinstance(slider, Slider) for slider in sliders)


@pytest.mark.usefixtures("style_sheet")
@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_buttons_of_the_mask_panel_stand_out(window: MainWindow, qapp: QApplication, theme: Theme) -> None:
    apply_theme(qapp, theme)
    panel = window.studio.panel.mask_panel
    panel.show()
    for button in (panel.done, panel.all_but_sky, panel.everywhere):
        assert isinstance(button, QPushButton)
        button.setEnabled(True)
        button.resize(120, 24)
        inside = button.grab().toImage().pixelColor(4, 12)
        panel.resize(300, 300)
        around = panel.grab().toImage().pixelColor(2, 150)
        assert abs(inside.lightness() - around.lightness()) >= 12
