"""Choices in boxes, special values of number fields and placeholders begin with a capital letter."""

import pytest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from core.batch import BackendConfig
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.batch.page import BatchPage
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.inspector import InspectorPage
from dfpir_gui.session import Session

EXEMPT = ("γ", "sRGB", "tcp://", "float", "bfloat")
"""A symbol, names and the form of an address."""


def choices(widget: QWidget) -> list[str]:
    texts = [box.itemText(n) for box in widget.findChildren(QComboBox) for n in range(box.count())]
    texts += [spin.specialValueText() for spin in widget.findChildren(QAbstractSpinBox)]
    texts += [field.placeholderText() for field in widget.findChildren(QLineEdit)]
    return [text for text in texts if text and not text.startswith(EXEMPT)]


def uncapitalised(widget: QWidget) -> list[str]:
    return [text for text in choices(widget) if text[0].isalpha() and text[0].islower()]


@pytest.fixture
def window(qtbot: QtBot, session: Session) -> MainWindow:
    window = MainWindow(session, ())
    qtbot.addWidget(window)
    return window


def test_the_window_and_its_dialogs(window: MainWindow) -> None:
    window.actions_.settings.trigger()
    window.actions_.models.trigger()
    assert window.findChild(SettingsDialog) is not None
    assert choices(window) and uncapitalised(window) == []
    for dialog in window.findChildren(SettingsDialog):
        dialog.close()


def test_the_pages(qtbot: QtBot, session: Session, tiny_model_file) -> None:
    batch = BatchPage(session, lambda: BackendConfig(model=str(tiny_model_file), devices=("cpu",)))
    inspector = InspectorPage(session)
    for page in (batch, inspector):
        qtbot.addWidget(page)
        assert choices(page) and uncapitalised(page) == []
        page.end()
