"""What the Enter key presses in the dialogs, and the icons of their buttons."""

import inspect
import pkgutil
from importlib import import_module

import pytest
from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

import dfpir_gui
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.session import Session
from dfpir_gui.settings.theme import Theme, apply_theme


def dialogs() -> list[type[QDialog]]:
    """Every class of dialog in the window."""
    names = [found.name for found in pkgutil.walk_packages(dfpir_gui.__path__, "dfpir_gui.")]
    modules = [import_module(name) for name in names if "__main__" not in name]
    return sorted(
        {
            kind
            for module in modules
            for kind in vars(module).values()
            if inspect.isclass(kind) and issubclass(kind, QDialog) and kind.__module__.startswith("dfpir_gui.")
        },
        key=lambda kind: kind.__name__,
    )


@pytest.mark.parametrize("kind", dialogs())
def test_every_dialog_says_what_enter_presses(kind: type[QDialog]) -> None:
    source = inspect.getsource(inspect.getmodule(kind))
    assert "leave_enter_to(" in source or "setAutoDefault(False)" in source


def test_enter_in_the_settings_closes_them(qtbot: QtBot, session: Session) -> None:
    window = MainWindow(session, ())
    qtbot.addWidget(window)
    dialog = SettingsDialog(window.preferences, window)
    dialog.show()
    box = dialog.findChild(QDialogButtonBox)
    close = box.button(QDialogButtonBox.StandardButton.Close)
    assert close.isDefault() and [button for button in dialog.findChildren(QPushButton) if button.autoDefault()] == [
        close
    ]
    close.click()
    assert not window.findChildren(QFileDialog)


def test_buttons_of_dialogs_have_no_icons_of_another_theme(qtbot: QtBot, qapp: QApplication) -> None:
    apply_theme(qapp, Theme.DARK)
    box = QDialogButtonBox()
    qtbot.addWidget(box)
    box.show()
    box.setStandardButtons(QDialogButtonBox.StandardButton.Close)
    assert box.button(QDialogButtonBox.StandardButton.Close).icon().isNull()
