"""The model manager and other restorers beside DFPIR, with tiny models in real files."""

import socket
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QLabel, QMessageBox
from pytestqt.qtbot import QtBot
from spandrel.architectures.NAFNet import NAFNet

from core.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from core.checkpoints.builtin import built_in_models
from core.inference import RestorationResult
from core.inference.external import ExternalRestorer
from core.photo import Photo
from core.prompts import CLIP, PromptBank
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs import standard_dialogs
from dfpir_gui.dialogs.models_dialog import ModelsDialog
from dfpir_gui.session import model_registry
from dfpir_gui.session.model_registry import read_model_entry
from dfpir_gui.session.notices import Notice, Severity
from dfpir_gui.settings.settings import Settings
from dfpir_gui.studio.model_comparison import ComparisonResult
from dfpir_gui.workers.image_pyramid import Pyramid


@pytest.fixture
def nafnet_file(tmp_path: Path) -> Path:
    torch.manual_seed(0)
    network = NAFNet(width=4, enc_blk_nums=[1], middle_blk_num=1, dec_blk_nums=[1])
    for weight in network.parameters():
        torch.nn.init.normal_(weight, std=0.05)
    torch.save({"params": network.state_dict()}, tmp_path / "my-nafnet.pth")
    return tmp_path / "my-nafnet.pth"


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


def card(dialog: ModelsDialog) -> str:
    return "\n".join(label.text() for label in dialog._scroll.widget().findChildren(QLabel))


def test_the_built_in_model_shows_its_card_and_cannot_be_removed(dialog: ModelsDialog) -> None:
    choose(dialog, "dfpir-compact")
    assert "haze" in card(dialog)
    parameters = sum(weight.numel() for weight in load_checkpoint(built_in_models()["dfpir-compact"]).state.values())
    assert f"{parameters / 1e6:.1f} M" in card(dialog)
    assert not dialog.remove.isEnabled()
    assert not dialog.use.isEnabled()  # it restores already


def test_a_dropped_checkpoint_is_verified_used_and_removed_without_its_file(
    qtbot: QtBot, hand, opened: MainWindow, dialog: ModelsDialog, tiny_model_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drop(dialog, hand, tiny_model_file)
    qtbot.waitUntil(lambda: opened.model_registry.entries[-1].family == "DFPIR", timeout=30_000)
    choose(dialog, "tiny")
    assert str(tiny_model_file) in card(dialog)
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


def test_a_broken_file_says_why_and_can_be_removed(
    qtbot: QtBot, hand, opened: MainWindow, dialog: ModelsDialog, tmp_path: Path
) -> None:
    bad = tmp_path / "bad.pth"
    bad.write_bytes(b"this is no model" * 100)
    drop(dialog, hand, bad)
    qtbot.waitUntil(lambda: bool(opened.model_registry.entries[-1].error), timeout=30_000)
    choose(dialog, "bad")
    assert "bad.pth" in card(dialog)
    assert "Cannot be used" in dialog.list.currentItem().text()
    assert not dialog.use.isEnabled()
    assert dialog.remove.isEnabled()
    assert Settings().models == [bad]


def test_a_file_that_is_gone_is_told_about(tmp_path: Path) -> None:
    entry = model_registry.ModelEntry("x", tmp_path / "gone.pth", False, "gone")
    assert "gone.pth" in read_model_entry(entry).error


def test_another_restorer_runs_on_the_photo_and_is_compared_with_dfpir(
    qtbot: QtBot, hand, restored: MainWindow, nafnet_file: Path, painted, photo_path: Path
) -> None:
    canvas = restored.studio.canvas
    restored.model_registry.add([nafnet_file])
    qtbot.waitUntil(lambda: restored.model_registry.entries[-1].family == "NAFNet", timeout=30_000)
    restored.model_comparison.run(restored.model_registry.entries[-1])
    assert restored.task_bar.isVisible()
    qtbot.waitUntil(lambda: restored.model_comparison.selected is not None, timeout=30_000)
    expected = ExternalRestorer(nafnet_file, device="cpu").restore(Photo.open(photo_path)).photo.pixels
    np.testing.assert_allclose(restored.model_comparison.selected.result.photo.pixels, expected, atol=1e-5)
    assert not restored.task_bar.isVisible()
    assert canvas.scene.names == ("my-nafnet", "DFPIR")
    assert "my-nafnet" in restored.status.message.text()
    canvas.zoom_to(1.0)
    box = canvas.viewport.visible
    row = painted(canvas)[box.bottom - 10, box.left : box.left + 60]
    np.testing.assert_allclose(row, np.round(expected[-10, :60] * 255), atol=1)

    menu = restored.actions_.compare_with
    menu.aboutToShow.emit()
    original = next(action for action in menu.actions() if action.text() == "The original")
    original.trigger()
    assert canvas.scene.reference is None
    assert canvas.scene.names is None


def test_without_a_result_of_dfpir_it_is_compared_with_the_original_and_saved(
    qtbot: QtBot, hand, opened: MainWindow, nafnet_file: Path, tmp_path: Path
) -> None:
    opened.model_registry.add([nafnet_file])
    qtbot.waitUntil(lambda: opened.model_registry.entries[-1].family == "NAFNet", timeout=30_000)
    opened.model_comparison.run(opened.model_registry.entries[-1])
    qtbot.waitUntil(lambda: opened.model_comparison.selected is not None, timeout=30_000)
    assert opened.studio.canvas.scene.names == ("Before", "my-nafnet")
    assert opened.studio.canvas.split_shown
    menu = opened.actions_.compare_with
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith("Save")).trigger()
    hand.answer(hand.file_dialog(opened), tmp_path / "other.png")
    qtbot.waitUntil(lambda: (tmp_path / "other.png").is_file())
    saved = Photo.open(tmp_path / "other.png").pixels
    np.testing.assert_allclose(saved, opened.model_comparison.selected.result.photo.pixels, atol=0.51 / 255)


def test_what_a_format_cannot_keep_of_another_restorers_result_is_told(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path
) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Place", "A beach")
    Image.fromarray(np.full((30, 40, 3), 90, np.uint8)).save(tmp_path / "described.png", pnginfo=info)
    result = RestorationResult(Photo.open(tmp_path / "described.png"), (), "my-nafnet", "cpu", "float32", "whole", 1.0)
    compared = ComparisonResult(result, Pyramid.from_photo(result.photo))
    opened.model_comparison._add_result(opened.session.current, compared)
    opened.model_comparison._choose_save_path = lambda photo, then: then(tmp_path / "other.bmp")
    menu = opened.actions_.compare_with
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith("Save")).trigger()
    qtbot.waitUntil(lambda: (tmp_path / "other.bmp").is_file() and opened.error_bar.isVisible())
    assert opened.error_bar.text.text().startswith("Saved as other.bmp. The metadata was left out: a BMP file")
    assert opened.session.notice.severity is Severity.WARNING


@pytest.mark.parametrize("of_open_photo", ["the photo itself", "a link to it", "another open photo"])
def test_what_another_restorer_made_never_replaces_an_original(
    qtbot: QtBot, opened: MainWindow, nafnet_file: Path, photo_path: Path, write_png, tmp_path: Path, of_open_photo: str
) -> None:
    target = photo_path
    if of_open_photo == "a link to it":
        target = tmp_path / "link.png"
        target.symlink_to(photo_path)
    elif of_open_photo == "another open photo":
        target = write_png("second.png", np.full((20, 30, 3), 90, np.uint8))
        opened.session.open_all([target])
        qtbot.waitUntil(lambda: not opened.session.busy)
        opened.session.show(opened.session.documents[0])
    before = {path: path.read_bytes() for path in (photo_path, target)}
    result = RestorationResult(Photo.open(photo_path), (), "my-nafnet", "cpu", "float32", "whole", 1.0)
    compared = ComparisonResult(result, Pyramid.from_photo(result.photo))
    opened.model_comparison._add_result(opened.session.current, compared)
    opened.model_comparison._choose_save_path = lambda photo, then: then(
        target
    )  # as the dialog does, which has asked about replacing
    menu = opened.actions_.compare_with
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith("Save")).trigger()
    qtbot.waitUntil(lambda: not opened.session.busy)
    assert {path: path.read_bytes() for path in before} == before
    assert "is the original photo" in opened.error_bar.text.text()


def test_without_a_photo_it_says_so(window: MainWindow, nafnet_file: Path) -> None:
    window.model_comparison.run(model_registry.ModelEntry("x", nafnet_file, False, "my-nafnet", "NAFNet"))
    assert "Open a photo first" in window.error_bar.text.text()


def test_a_checkpoint_without_prompts_asks_before_it_downloads(
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


def test_restoring_without_prompts_asks_before_anything_is_looked_up(
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
    qtbot.mouseClick(bar.remedy_button, Qt.MouseButton.LeftButton)  # it is asked again: nothing was remembered
    box = hand.question(opened)
    qtbot.mouseClick(next(b for b in box.buttons() if b.text() == "Download"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(prepared) and not bar.isVisible())
    assert "Restore again" in opened.status.message.text()


def test_other_messages_offer_no_download(opened: MainWindow) -> None:
    opened.session.show_notice(Notice("Something else."))
    assert not opened.error_bar.remedy_button.isVisible()


def test_a_card_of_megabytes_does_not_freeze_the_window(
    qtbot: QtBot,
    hand,
    opened: MainWindow,
    dialog: ModelsDialog,
    tiny_checkpoint: Checkpoint,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    card_of = {"name": "talkative", "description": "word " * 1_000_000} | {f"fact {i}": "x" for i in range(5000)}
    talkative = Checkpoint(tiny_checkpoint.config, tiny_checkpoint.state, tiny_checkpoint.prompts, card_of)
    monkeypatch.setattr(model_registry, "load_checkpoint", lambda path: talkative)  # whatever reading lets through
    (tmp_path / "talkative.safetensors").touch()
    drop(dialog, hand, tmp_path / "talkative.safetensors")
    qtbot.waitUntil(lambda: bool(opened.model_registry.entries[-1].family), timeout=30_000)
    choose(dialog, "talkative")
    labels = dialog._scroll.widget().findChildren(QLabel)
    assert len(labels) < 120
    assert max(len(label.text()) for label in labels) < 2100
    assert "more characters" in card(dialog)
