"""Keys in every dialog of the window: where the focus is at first, and what Enter and Escape do there."""

import inspect
import pkgutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from pathlib import Path

import pytest
import shiboken6
from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractScrollArea,
    QApplication,
    QComboBox,
    QDialog,
    QLineEdit,
    QListWidget,
    QPlainTextEdit,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QTextBrowser,
    QWidget,
)
from pytestqt.qtbot import QtBot

import core.presets
import dfpir_gui
from core.presets import Presets, preset_recipe
from core.steps import Step
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.batch.comparison import ComparisonDialog
from dfpir_gui.dialogs import standard_dialogs
from dfpir_gui.dialogs.presets_dialog import PresetsDialog, ask_name, confirm_replacing
from dfpir_gui.dialogs.standard_dialogs import confirm_download
from dfpir_gui.studio.trial_tiles import TilePicture
from dfpir_gui.widgets.pair_view import PairView


def _action(name: str) -> Callable[[MainWindow], None]:
    return lambda window: getattr(window.actions_, name).trigger()


def _presets(window: MainWindow) -> PresetsDialog:
    presets = Presets()
    presets.save("my scanner", preset_recipe([Step("haze")]), overwrite=True)
    dialog = PresetsDialog(presets, window)
    dialog.show()
    return dialog


@dataclass(frozen=True)
class Case:
    """How a dialog is opened, the kind of the widget that has the focus then, and the button that Enter presses."""

    open: Callable[[MainWindow], object]
    focus: type[QWidget]
    enter: str = "Close"


CASES = {
    "settings": Case(_action("settings"), QComboBox),
    "models": Case(_action("models"), QListWidget),
    "guide": Case(_action("guide"), QTextBrowser),
    "shortcuts": Case(_action("shortcuts"), QScrollArea),
    "log": Case(_action("log"), QPlainTextEdit),
    "about": Case(_action("about"), QPushButton),
    "presets": Case(_presets, QListWidget),
    "export": Case(_action("export"), QComboBox, "Export"),
    "delete preset": Case(lambda window: _presets(window).delete.click(), QPushButton, "Cancel"),
    "rename preset": Case(lambda window: _presets(window).rename.click(), QLineEdit, "OK"),
    "new preset": Case(lambda window: ask_name(window, "Save as preset", "", print), QLineEdit, "OK"),
    "replace preset": Case(lambda window: confirm_replacing(window, "my scanner", print), QPushButton, "Cancel"),
    "custom prompt": Case(lambda window: window.studio.panel.steps._ask_prompt(), QLineEdit, "OK"),
    "unsaved results": Case(lambda window: window._dialogs.confirm_unsaved(print, print, ["a"]), QPushButton, "Save"),
    "reopen": Case(lambda window: window._dialogs.confirm_reopening(2, print), QPushButton, "Reopen"),
    "stop": Case(lambda window: window._dialogs.confirm_stopping("It runs.", print), QPushButton, "Keep running"),
    "download": Case(lambda window: confirm_download(window, print), QPushButton, "Cancel"),
    "try all": Case(_action("try_all"), TilePicture, ""),  # Enter enlarges the tile that has the focus
    "before and after": Case(lambda window: ComparisonDialog(window.session, window).show(), PairView, ""),
}
"""Every dialog of the program, except those of Qt for files."""


def open_case(window: MainWindow, qtbot: QtBot, case: Case) -> QDialog:
    """Open a dialog and return it; the last one, where it is opened from another one."""
    case.open(window)
    shown = [dialog for dialog in window.findChildren(QDialog) if dialog.isVisible()]
    dialog = next(dialog for dialog in shown if not any(child in shown for child in dialog.findChildren(QDialog)))
    dialog.activateWindow()
    qtbot.waitUntil(lambda: QApplication.activeWindow() is dialog)
    return dialog


@pytest.fixture(autouse=True)
def _apart(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(standard_dialogs, "encoder_file_there", lambda: False)
    monkeypatch.setattr(core.presets, "presets_folder", lambda: tmp_path / "presets")


@pytest.fixture
def listen() -> Callable[[QDialog], list[str]]:
    """Returns a function that notes the texts of the buttons of a dialog that are pressed."""

    def note(dialog: QDialog) -> list[str]:
        pressed: list[str] = []
        for button in dialog.findChildren(QAbstractButton):
            button.clicked.connect(partial(lambda text, _=False: pressed.append(text), button.text().replace("&", "")))
        return pressed

    return note


def is_closed(dialog: QDialog) -> bool:
    return not shiboken6.isValid(dialog) or not dialog.isVisible()


@pytest.mark.parametrize("name", CASES)
def test_the_focus_is_where_the_work_begins_and_enter_presses_the_default_button(
    qtbot: QtBot, restored: MainWindow, listen: Callable, name: str
) -> None:
    case = CASES[name]
    dialog = open_case(restored, qtbot, case)
    focused = QApplication.focusWidget()
    assert isinstance(focused, case.focus) and focused.isEnabled() and dialog.isAncestorOf(focused)
    pressed = listen(dialog)
    qtbot.keyClick(focused, Qt.Key.Key_Return)
    assert pressed == ([case.enter] if case.enter else [])
    assert is_closed(dialog) == bool(case.enter)


@pytest.mark.parametrize("name", CASES)
def test_escape_closes_and_does_nothing_else(
    qtbot: QtBot, restored: MainWindow, capsys: pytest.CaptureFixture, name: str
) -> None:
    dialog = open_case(restored, qtbot, CASES[name])
    steps, documents = restored.session.steps, len(restored.session.documents)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert is_closed(dialog)
    assert capsys.readouterr().out == ""  # what is asked for was not done
    assert restored.session.steps == steps and len(restored.session.documents) == documents
    assert Presets().names() == (["my scanner"] if name in ("presets", "delete preset", "rename preset") else [])


@pytest.mark.parametrize(("name", "field"), [("export", QLineEdit), ("settings", QSpinBox)])
def test_enter_in_a_field_presses_the_default_button(
    qtbot: QtBot, restored: MainWindow, listen: Callable, name: str, field: type[QWidget]
) -> None:
    dialog = open_case(restored, qtbot, CASES[name])
    widget = next(child for child in dialog.findChildren(field) if child.isVisible())
    widget.setFocus()
    pressed = listen(dialog)
    qtbot.keyClick(widget, Qt.Key.Key_Return)
    assert pressed == [CASES[name].enter] and is_closed(dialog)


@pytest.mark.parametrize("name", ["guide", "shortcuts", "log"])
def test_keys_scroll_the_help(qtbot: QtBot, restored: MainWindow, name: str) -> None:
    restored.resize(800, 400)
    dialog = open_case(restored, qtbot, CASES[name])
    dialog.resize(400, 300)
    contents = QApplication.focusWidget()
    assert isinstance(contents, QAbstractScrollArea)
    bar = contents.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 or name == "log")
    bar.setValue(0)
    qtbot.keyClick(contents, Qt.Key.Key_PageDown)
    assert bar.value() > 0 or bar.maximum() == 0
    following = [contents.nextInFocusChain()]
    while not isinstance(following[-1], QPushButton):
        following.append(following[-1].nextInFocusChain())
    assert following[-1].text() == "Close"


def test_escape_leaves_the_enlarged_tile_before_the_dialog(qtbot: QtBot, restored: MainWindow) -> None:
    dialog = open_case(restored, qtbot, CASES["try all"])
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Return)
    assert dialog.stack.currentWidget() is dialog.enlarged
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert dialog.stack.currentWidget() is not dialog.enlarged and not is_closed(dialog)
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Escape)
    assert is_closed(dialog)


def test_every_class_of_dialog_is_opened_here(qtbot: QtBot, restored: MainWindow) -> None:
    names = [found.name for found in pkgutil.walk_packages(dfpir_gui.__path__, "dfpir_gui.")]
    kinds = {
        kind
        for module in (import_module(name) for name in names if "__main__" not in name)
        for kind in vars(module).values()
        if inspect.isclass(kind) and issubclass(kind, QDialog) and kind.__module__.startswith("dfpir_gui.")
    }
    seen = set()
    for case in CASES.values():
        dialog = open_case(restored, qtbot, case)
        seen.add(type(dialog))
        for shown in reversed(restored.findChildren(QDialog)):
            if shiboken6.isValid(shown):
                shown.close()
    assert kinds <= seen
