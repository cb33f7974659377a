"""Models of other families compared with DFPIR, with tiny models in real files."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image, PngImagePlugin
from pytestqt.qtbot import QtBot
from spandrel.architectures.NAFNet import NAFNet

from core.inference import RestorationResult
from core.inference.external import ExternalRestorer
from core.photo import Photo
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import model_registry
from dfpir_gui.session.notices import Severity
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


def test_another_model_is_compared_with_dfpir(
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


def test_without_a_result_of_dfpir_the_original_is_compared(
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


def test_dropped_metadata_of_another_result_is_reported(qtbot: QtBot, opened: MainWindow, tmp_path: Path) -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Place", "A beach")
    Image.fromarray(np.full((30, 40, 3), 90, np.uint8)).save(tmp_path / "described.png", pnginfo=info)
    result = RestorationResult(Photo.open(tmp_path / "described.png"), (), "my-nafnet", "cpu", "float32", "whole", 1.0)
    opened.model_comparison._add_result(
        opened.session.current, ComparisonResult(result, Pyramid.from_photo(result.photo))
    )
    opened.model_comparison._choose_save_path = lambda photo, then: then(tmp_path / "other.bmp")
    menu = opened.actions_.compare_with
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith("Save")).trigger()
    qtbot.waitUntil(lambda: (tmp_path / "other.bmp").is_file() and opened.error_bar.isVisible())
    assert opened.error_bar.text.text().startswith("Saved as other.bmp. The metadata was left out: BMP files")
    assert opened.session.notice.severity is Severity.WARNING


@pytest.mark.parametrize("of_open_photo", ["the photo itself", "a link to it", "another open photo"])
def test_the_result_of_another_model_never_replaces_an_original(
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
    opened.model_comparison._add_result(
        opened.session.current, ComparisonResult(result, Pyramid.from_photo(result.photo))
    )
    opened.model_comparison._choose_save_path = lambda photo, then: then(target)  # as after confirming to replace it
    menu = opened.actions_.compare_with
    menu.aboutToShow.emit()
    next(action for action in menu.actions() if action.text().startswith("Save")).trigger()
    qtbot.waitUntil(lambda: not opened.session.busy)
    assert {path: path.read_bytes() for path in before} == before
    assert "is the original photo" in opened.error_bar.text.text()


def test_running_a_model_without_a_photo_shows_a_message(window: MainWindow, nafnet_file: Path) -> None:
    window.model_comparison.run(model_registry.ModelEntry("x", nafnet_file, False, "my-nafnet", "NAFNet"))
    assert "Open a photo first" in window.error_bar.text.text()


def test_a_result_of_another_crop_is_not_compared(qtbot: QtBot, opened: MainWindow) -> None:
    session, comparison = opened.session, opened.model_comparison
    result = RestorationResult(session.photo, (), "other", "cpu", "float32", "whole", 0.0)
    comparison._add_result(session.current, ComparisonResult(result, session.before))
    assert comparison.selected is not None
    session.rotate(1)
    qtbot.waitUntil(lambda: session.photo.height == 200 and session.can_change_geometry)
    assert comparison.selected is None
    assert opened.studio.canvas.scene.after is None
    session.rotate(-1)
    qtbot.waitUntil(lambda: session.photo.height == 120 and session.can_change_geometry)
    assert comparison.selected is not None
