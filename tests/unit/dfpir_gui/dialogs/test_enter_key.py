"""The buttons of dialogs: which of them Enter presses, and their icons."""

from PySide6.QtWidgets import QApplication, QDialogButtonBox, QFileDialog, QPushButton
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.session import Session
from dfpir_gui.settings.theme import Theme, apply_theme


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
