"""The model manager, with tiny models in real files."""

import socket
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox
from pytestqt.qtbot import QtBot

from core.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from core.checkpoints.builtin import built_in_models
from core.prompts import CLIP, PromptBank
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs import standard_dialogs
from dfpir_gui.dialogs.models_dialog import ModelsDialog
from dfpir_gui.session import model_registry
from dfpir_gui.session.model_registry import read_model_entry
from dfpir_gui.session.notices import Notice
from dfpir_gui.settings.settings import Settings


@pytest.fixture
def dialog(qtbot: QtBot, opened: MainWindow) -> ModelsDialog:
    opened.actions_.models.trigger()
    dialog = opened.findChild(ModelsDialog)
    qtbot.waitUntil(lambda: all(entry.family for entry in opened.model_registry.entries), timeout=30_000)
    return dialog


def drop(dialog: ModelsDialog, hand, *paths: Path) -> None:
    data = QMimeData()
    data.setUrls([hand.url(path) for path in paths])
    copy, left, keys = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    QGuiApplication.sendEvent(dialog, QDragEnterEvent(QPoint(50, 50), copy, data, left, keys))
    QGuiApplication.sendEvent(dialog, QDropEvent(QPointF(50, 50), copy, data, left, keys))


def choose(dialog: ModelsDialog, name: str) -> None:
    rows = [dialog.list.item(row).text().split("\n")[0] for row in range(dialog.list.count())]
    dialog.list.setCurrentRow(rows.index(name))


def details(dialog: ModelsDialog) -> str:
    return "\n".join(label.text() for label in dialog._scroll.widget().findChildren(QLabel))


def test_the_built_in_model_shows_its_details_and_cannot_be_removed(dialog: ModelsDialog) -> None:
    choose(dialog, "dfpir-compact")
    assert "haze" in details(dialog)
    parameters = sum(weight.numel() for weight in load_checkpoint(built_in_models()["dfpir-compact"]).state.values())
    assert f"{parameters / 1e6:.1f} M" in details(dialog)
    assert not dialog.remove.isEnabled()
    assert not dialog.use.isEnabled()  # it is in use


def test_the_card_begins_with_the_purpose_and_folds_the_training(dialog: ModelsDialog) -> None:
    choose(dialog, "dfpir-compact")
    card = dialog._scroll.widget()
    texts = [label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(card)]
    assert texts[0] == "dfpir-compact" and texts[1].startswith("Compact DFPIR for laptops")
    quality, data, licence = (texts.index(text) for text in ("Quality on test photos", "Training data", "Licence"))
    assert 1 < quality < data < licence
    name = "CBSD68 – Noise (σ 25)"
    row = texts.index(name)
    # as in resources/models/dfpir-compact.md
    assert texts[row : row + 6] == [name, "68", "20.54", "30.46", "0.418", "0.864"]
    assert not any("dfpir-train" in text for text in texts)
    card.background_button.click()
    texts = [label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(card)]
    assert any("dfpir-train" in text for text in texts)
    card.background_button.click()
    texts = [label.text() for label in card.findChildren(QLabel) if label.isVisibleTo(card)]
    assert not any("dfpir-train" in text for text in texts)


def test_a_dropped_checkpoint_can_be_used_and_removed(
    qtbot: QtBot, hand, opened: MainWindow, dialog: ModelsDialog, tiny_model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(dialog, hand, tiny_model_file)
    qtbot.waitUntil(lambda: opened.model_registry.entries[-1].family == "DFPIR", timeout=30_000)
    choose(dialog, "tiny")
    assert str(tiny_model_file) in details(dialog)
    factories = []
    monkeypatch.setattr(opened.session, "use_restorer", factories.append)
    qtbot.mouseClick(dialog.use, Qt.MouseButton.LeftButton)
    assert Settings().engine.model == str(tiny_model_file)
    assert factories[0]().model_name == "tiny"
    assert "In use" in dialog.list.currentItem().text()
    assert Settings().models == [tiny_model_file]
    qtbot.mouseClick(dialog.remove, Qt.MouseButton.LeftButton)
    assert Settings().models == []
    assert tiny_model_file.is_file()


def test_an_invalid_file_is_reported_and_can_be_removed(
    qtbot: QtBot, hand, opened: MainWindow, dialog: ModelsDialog, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pth"
    bad.write_bytes(b"not a model file" * 100)
    drop(dialog, hand, bad)
    qtbot.waitUntil(lambda: bool(opened.model_registry.entries[-1].error), timeout=30_000)
    choose(dialog, "bad")
    assert "bad.pth" in details(dialog)
    assert "Cannot be used" in dialog.list.currentItem().text()
    assert not dialog.use.isEnabled()
    assert dialog.remove.isEnabled()
    assert Settings().models == [bad]


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    entry = model_registry.ModelEntry("x", tmp_path / "gone.pth", False, "gone")
    assert "gone.pth" in read_model_entry(entry).error


def test_preparing_prompts_asks_before_the_download(
    qtbot: QtBot,
    hand,
    opened: MainWindow,
    dialog: ModelsDialog,
    tiny_checkpoint: Checkpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bare = Checkpoint(tiny_checkpoint.config, tiny_checkpoint.state, PromptBank(CLIP, {}), {"name": "bare"})
    path = save_checkpoint(tmp_path / "bare.safetensors", bare)
    prepared = []

    def prepare(progress, cancel) -> None:
        progress(0.5)
        prepared.append(1)

    monkeypatch.setattr(model_registry, "prepare_prompts", prepare)
    monkeypatch.setattr(model_registry, "prompts_ready", lambda: bool(prepared))
    monkeypatch.setattr(standard_dialogs, "encoder_file_there", lambda: False)
    drop(dialog, hand, path)
    qtbot.waitUntil(lambda: opened.model_registry.entries[-1].needs_prompts, timeout=30_000)
    choose(dialog, "bare")
    assert dialog.prepare.isVisible()
    qtbot.mouseClick(dialog.prepare, Qt.MouseButton.LeftButton)
    box = next(box for box in dialog.findChildren(QMessageBox) if box.isVisible())
    assert "354 MB" in box.text()
    qtbot.mouseClick(box.button(QMessageBox.StandardButton.Cancel), Qt.MouseButton.LeftButton)
    assert not prepared
    qtbot.mouseClick(dialog.prepare, Qt.MouseButton.LeftButton)
    box = next(box for box in dialog.findChildren(QMessageBox) if box.isVisible())
    qtbot.mouseClick(next(b for b in box.buttons() if b.text() == "Download"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(
        lambda: bool(opened.model_registry.entries[-1].family) and not opened.model_registry.entries[-1].needs_prompts
    )
    assert prepared
    assert not dialog.prepare.isVisible()


def test_restoring_without_prompts_asks_before_the_network_is_used(
    qtbot: QtBot,
    hand,
    opened: MainWindow,
    tiny_checkpoint: Checkpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_network(*arguments: object, **options: object) -> None:
        raise AssertionError("the network was used")

    for name in ("getaddrinfo", "gethostbyname", "create_connection"):
        monkeypatch.setattr(socket, name, no_network)
    monkeypatch.setattr(socket.socket, "connect", no_network)
    prepared = []
    monkeypatch.setattr(model_registry, "prepare_prompts", lambda progress, cancel: prepared.append(1))
    bare = Checkpoint(tiny_checkpoint.config, tiny_checkpoint.state, PromptBank(CLIP, {}), {"name": "bare"})
    path = save_checkpoint(tmp_path / "bare.safetensors", bare)
    opened.preferences.set_engine(model=str(path), device="cpu")
    opened.session.choose("haze")
    opened.session.restore()
    qtbot.waitUntil(lambda: opened.session.notice is not None, timeout=30_000)
    bar = opened.error_bar
    assert "ViT-B-32.pt" in bar.text.text()
    assert bar.remedy_button.isVisible() and bar.remedy_button.text() == "Download…"
    qtbot.mouseClick(bar.remedy_button, Qt.MouseButton.LeftButton)
    box = hand.question(opened)
    assert "354 MB" in box.text()
    assert box.defaultButton() is box.button(QMessageBox.StandardButton.Cancel)
    qtbot.mouseClick(box.defaultButton(), Qt.MouseButton.LeftButton)
    assert not prepared and bar.isVisible()
    qtbot.mouseClick(bar.remedy_button, Qt.MouseButton.LeftButton)  # the answer is not stored
    box = hand.question(opened)
    qtbot.mouseClick(next(b for b in box.buttons() if b.text() == "Download"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(prepared) and not bar.isVisible())
    assert "Restore again" in opened.status.message.text()


def test_only_a_missing_text_encoder_offers_a_download(opened: MainWindow) -> None:
    opened.session.show_notice(Notice("Something else."))
    assert not opened.error_bar.remedy_button.isVisible()


def test_a_very_long_model_card_is_shortened(
    qtbot: QtBot,
    hand,
    opened: MainWindow,
    dialog: ModelsDialog,
    tiny_checkpoint: Checkpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card_of = {"name": "verbose", "description": "word " * 1_000_000} | {f"fact {i}": "x" for i in range(5000)}
    verbose = Checkpoint(tiny_checkpoint.config, tiny_checkpoint.state, tiny_checkpoint.prompts, card_of)
    monkeypatch.setattr("core.checkpoints.load_checkpoint", lambda path: verbose)  # bypasses the limits of reading
    (tmp_path / "verbose.safetensors").touch()
    drop(dialog, hand, tmp_path / "verbose.safetensors")
    qtbot.waitUntil(lambda: bool(opened.model_registry.entries[-1].family), timeout=30_000)
    choose(dialog, "verbose")
    labels = dialog._scroll.widget().findChildren(QLabel)
    assert len(labels) < 120
    assert max(len(label.text()) for label in labels) < 2100
    assert "more characters" in details(dialog)
