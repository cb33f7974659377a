"""A button under the mouse does not look as if it were chosen, in either theme."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QCheckBox, QTabBar, QWidget

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.batch.controls import Controls
from dfpir_gui.settings.theme import Theme, apply_theme
from dfpir_gui.studio.found import FoundRow

Painted = Callable[[QWidget], np.ndarray]


def background(painted: Painted, button: QAbstractButton, *, checked: bool, hovered: bool) -> np.ndarray:
    """The most frequent colour of a button in a state, (3,)."""
    before = button.isChecked()
    button.blockSignals(True)
    button.setChecked(checked)
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, hovered)
    pixels = painted(button).reshape(-1, 3)
    button.setAttribute(Qt.WidgetAttribute.WA_UnderMouse, False)
    button.setChecked(before)
    button.blockSignals(False)
    return np.array(Counter(map(tuple, pixels.tolist())).most_common(1)[0][0])


def differ(one: np.ndarray, two: np.ndarray) -> bool:
    return bool(np.abs(one - two).max() >= 20)


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_hovered_and_chosen_buttons_differ(
    restored: MainWindow, qapp: QApplication, painted: Painted, theme: Theme
) -> None:
    apply_theme(qapp, theme)
    controls = Controls()
    controls.show()
    buttons = [
        button
        for root in (restored, controls)
        for button in root.findChildren(QAbstractButton)
        if button.isCheckable()
        and button.isEnabled()
        and not button.objectName().startswith("qt_")
        # These have a tick.
        and not isinstance(button, QCheckBox | FoundRow)
    ]
    assert len(buttons) > 8
    faults = []
    for button in buttons:
        states = {
            (checked, hovered): background(painted, button, checked=checked, hovered=hovered)
            for checked in (False, True)
            for hovered in (False, True)
        }
        name = f"{type(button).__name__} {button.text() or button.toolTip()!r}"
        if not differ(states[True, False], states[False, True]):
            faults.append(f"{name}: hovered {states[False, True]}, chosen {states[True, False]}")
        if not differ(states[True, True], states[False, True]):
            faults.append(f"{name}: hovered {states[False, True]}, chosen and hovered {states[True, True]}")
    assert not faults, "\n".join(faults)


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_a_hovered_tab_has_no_line_as_the_chosen_one_has(
    qapp: QApplication, qtbot, painted: Painted, theme: Theme
) -> None:
    apply_theme(qapp, theme)
    bar = QTabBar()
    qtbot.addWidget(bar)
    for text in ("One", "Two"):
        bar.addTab(text)
    bar.show()
    qtbot.waitExposed(bar)
    chosen, other = bar.tabRect(0).center(), bar.tabRect(1).center()
    qtbot.mouseMove(bar, other)
    pixels = painted(bar).astype(int)
    below = [pixels[bar.height() - 4 :, place.x()].mean(axis=0) for place in (chosen, other)]
    assert below[0][2] - below[0][0] > 60  # blue
    assert abs(below[1][2] - below[1][0]) < 40
