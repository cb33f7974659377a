"""Names for screen readers of every interactive widget, in the states and dialogs of the window."""

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QDialog,
    QLabel,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session.notices import Notice
from dfpir_gui.widgets.lazy_page import LazyPage


def usable(root: QWidget) -> Iterator[QWidget]:
    """Yield all widgets below ``root`` that take the focus or show progress."""
    for widget in root.findChildren(QWidget):
        inside = isinstance(widget.parentWidget(), QAbstractSpinBox | QLineEdit)  # its parent has the name
        popup = widget.window().windowType() is Qt.WindowType.Popup  # the list of a combo box, which has the name
        internal = isinstance(widget, QScrollBar) or widget.objectName().startswith("qt_") or inside or popup
        takes_focus = widget.focusPolicy() != Qt.FocusPolicy.NoFocus and not isinstance(widget, QLabel)
        if not internal and (takes_focus or isinstance(widget, QAbstractButton | QProgressBar)):
            yield widget


def unnamed(root: QWidget) -> list[str]:
    """Return a description of each interactive widget without an accessible name."""
    found = []
    for widget in usable(root):
        interface = QAccessible.queryAccessibleInterface(widget)
        if not interface.text(QAccessible.Text.Name).strip():
            found.append(f"{type(widget).__name__} {widget.objectName()} in {type(widget.parentWidget()).__name__}")
    return found


def test_every_widget_of_the_empty_window_has_a_name(window: MainWindow) -> None:
    assert unnamed(window) == []


def test_every_widget_around_a_restored_photo_has_a_name(restored: MainWindow) -> None:
    restored.session.show_notice(Notice("The disk is full.", details="No space left on device"))
    assert len(list(usable(restored))) > 20
    assert unnamed(restored) == []


@pytest.mark.parametrize("page", ["inspector", "batch"])
def test_every_widget_of_the_other_pages_has_a_name(qtbot: QtBot, opened: MainWindow, page: str) -> None:
    if page not in opened.actions_.pages:
        pytest.skip("the page does not exist")
    shown = opened.pages.show_page(page)
    if isinstance(shown, LazyPage):
        qtbot.waitUntil(lambda: shown.page is not None, timeout=60_000)
    assert list(usable(shown))
    assert unnamed(shown) == []


@pytest.mark.parametrize("action", ["settings", "models", "shortcuts", "log", "about"])
def test_every_widget_of_the_dialogs_has_a_name(qtbot: QtBot, opened: MainWindow, action: str) -> None:
    getattr(opened.actions_, action).trigger()
    dialog = next(dialog for dialog in opened.findChildren(QDialog) if dialog.isVisible())
    assert dialog.windowTitle()
    assert list(usable(dialog))
    assert unnamed(dialog) == []
    dialog.close()


def test_buttons_without_text_have_a_tool_tip(restored: MainWindow) -> None:
    for button in restored.findChildren(QAbstractButton):
        if button.isVisible() and not button.text() and not button.objectName().startswith("qt_"):
            assert button.toolTip(), f"{type(button).__name__} in {type(button.parentWidget()).__name__}"


def test_the_tab_key_visits_all_controls_in_a_cycle(qtbot: QtBot, restored: MainWindow) -> None:
    first = restored.focusWidget()
    visited = []
    for _ in range(200):
        qtbot.keyClick(restored.focusWidget(), Qt.Key.Key_Tab)
        visited.append(restored.focusWidget())
        if visited[-1] is first:
            break
    assert visited[-1] is first
    names = {QAccessible.queryAccessibleInterface(widget).text(QAccessible.Text.Name) for widget in visited}
    assert {"Photo", "Split between before and after", "Studio"} <= names
