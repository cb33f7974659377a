"""Presets in the Studio: two clicks apply one; saving, replacing and managing them."""

from pathlib import Path

import pytest
from PySide6.QtWidgets import QInputDialog, QMessageBox
from pytestqt.qtbot import QtBot

from core.inference import Step
from core.presets import Presets, preset_recipe
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs.presets_dialog import PresetsDialog


@pytest.fixture
def presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Presets:
    monkeypatch.setattr("core.presets.presets_folder", lambda: tmp_path / "presets")
    presets = Presets()
    presets.save("my scanner", preset_recipe((Step("noise25", 0.7), Step("blur"))))
    presets.save("night & street", preset_recipe((Step("low-light"),)))
    return presets


@pytest.fixture
def window_with_presets(presets: Presets, opened: MainWindow, monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    monkeypatch.setattr(opened.studio.panel.presets_button, "_presets", presets)
    return opened


def entries(window: MainWindow) -> dict[str, object]:
    button = window.studio.panel.presets_button
    button.menu().aboutToShow.emit()
    return {action.text(): action for action in button.menu().actions() if action.text()}


def test_two_clicks_apply_a_preset_and_undo_takes_it_back(window_with_presets: MainWindow) -> None:
    window, session = window_with_presets, window_with_presets.session
    before = session.steps
    entries(window)["my scanner"].trigger()
    assert session.steps == (Step("noise25", 0.7), Step("blur"))
    entries(window)["night && street"].trigger()
    assert session.steps == (Step("low-light"),)
    session.editor.undo()
    session.editor.undo()
    assert session.steps == before


def test_the_steps_are_saved_under_a_name(qtbot: QtBot, window_with_presets: MainWindow, presets: Presets) -> None:
    window = window_with_presets
    window.session.editor.replace((Step("haze", 0.4),))
    entries(window)["Save as preset…"].trigger()
    dialog = window.findChild(QInputDialog)
    dialog.setTextValue("foggy")
    dialog.accept()
    assert presets.load("foggy").steps == (Step("haze", 0.4),)
    assert "foggy" in entries(window) and "foggy" in window.session.status


def test_a_preset_is_replaced_only_after_a_question(window_with_presets: MainWindow, presets: Presets) -> None:
    window = window_with_presets
    window.session.editor.replace((Step("haze"),))
    button = window.studio.panel.presets_button
    for answer, steps in (("Cancel", (Step("noise25", 0.7), Step("blur"))), ("Replace", (Step("haze"),))):
        button.save("My Scanner")
        box = next(box for box in window.findChildren(QMessageBox) if box.isVisible())
        next(choice for choice in box.buttons() if choice.text().replace("&", "") == answer).click()
        assert presets.load("my scanner").steps == steps


def test_without_steps_there_is_nothing_to_save(window_with_presets: MainWindow) -> None:
    window_with_presets.session.editor.replace(())
    assert not entries(window_with_presets)["Save as preset…"].isEnabled()


def test_a_broken_preset_tells_why(window_with_presets: MainWindow, presets: Presets) -> None:
    (presets.folder / "broken.recipe.json").write_text("{}")
    before = window_with_presets.session.steps
    entries(window_with_presets)["broken"].trigger()
    assert "broken.recipe.json" in window_with_presets.session.notice.what
    assert window_with_presets.session.steps == before


def test_managing(qtbot: QtBot, window_with_presets: MainWindow, presets: Presets, tmp_path: Path) -> None:
    entries(window_with_presets)["Manage presets…"].trigger()
    dialog = window_with_presets.findChild(PresetsDialog)
    assert dialog.name == "my scanner" and "Noise" in dialog.details.text() and "70 %" in dialog.details.text()
    dialog.export_to(tmp_path / "shared.json")
    assert (tmp_path / "shared.recipe.json").is_file()
    dialog.rename_to("night & street")
    assert "already" in dialog.fault.text() and dialog.name == "my scanner"
    dialog.rename_to("old scanner")
    assert dialog.name == "old scanner" and dialog.fault.text() == ""
    dialog.delete.click()
    box = dialog.findChild(QMessageBox)
    next(choice for choice in box.buttons() if choice.text().replace("&", "") == "Delete").click()
    assert presets.names() == ["night & street"]
    dialog.import_files([tmp_path / "shared.recipe.json"])
    assert presets.names() == ["night & street", "shared"] and dialog.name == "shared"
    (tmp_path / "bad.json").write_text("[]")
    dialog.import_files([tmp_path / "bad.json"])
    assert "bad.json" in dialog.fault.text()
