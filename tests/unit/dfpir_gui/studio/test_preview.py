"""The preview of the visible area, and the dialog that tries all steps on it."""

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms
from PySide6.QtCore import QPointF, QSize, Qt
from pytestqt.qtbot import QtBot

from core.degradations import KEYS
from core.errors import RestorationError
from core.inference import Step
from core.photo import Photo
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.studio.trial_tiles import tile_grid
from dfpir_gui.studio.try_all import TryAllDialog
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.regions import central_part, crop, paste

DISPLAY_P3 = bytes(pyvips.Operation.call("profile_load", "p3"))


def test_a_large_region_is_reduced_to_its_middle() -> None:
    assert central_part((10, 20, 110, 60), 50) == (35, 20, 85, 60)
    assert central_part((10, 20, 40, 60), 50) == (10, 20, 40, 60)


def test_a_region_is_cropped_and_pasted_back() -> None:
    photo = Photo.from_array(np.random.default_rng(0).random((20, 30, 3), np.float32))
    part = crop(photo, (5, 2, 15, 12))
    np.testing.assert_array_equal(part.pixels, photo.pixels[2:12, 5:15])
    back = paste(photo, part.with_pixels(1 - part.pixels), (5, 2, 15, 12)).pixels
    expected = photo.pixels.copy()
    expected[2:12, 5:15] = 1 - expected[2:12, 5:15]
    np.testing.assert_array_equal(back, expected)


def test_a_crop_keeps_the_colour_profile_and_transparency() -> None:
    rng = np.random.default_rng(0)
    photo = Photo.from_array(rng.random((20, 30, 3), np.float32), rng.random((20, 30), np.float32))
    photo = replace(photo, preserved=replace(photo.preserved, profile=DISPLAY_P3))
    part = crop(photo, (5, 2, 15, 12))
    np.testing.assert_array_equal(part.alpha, photo.alpha[2:12, 5:15])
    np.testing.assert_array_equal(part.srgb(), photo.srgb()[2:12, 5:15])


def test_the_display_matches_a_colour_managed_program(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    photo = Photo.from_array(rng.integers(0, 256, (20, 300, 3), np.uint8))
    photo = replace(photo, preserved=replace(photo.preserved, profile=DISPLAY_P3))
    result = photo.with_pixels(photo.pixels**1.3)
    with Image.open(result.save(tmp_path / "a.png")) as saved:
        source = ImageCms.ImageCmsProfile(io.BytesIO(saved.info["icc_profile"]))
        flags = ImageCms.Flags.NOOPTIMIZE
        managed = ImageCms.profileToProfile(saved, source, ImageCms.createProfile("sRGB"), 1, flags=flags)
    difference = np.abs(Pyramid.from_photo(result).levels[0].astype(int) - np.asarray(managed).astype(int))
    assert difference.mean() < 0.5
    # Rounding in the file is amplified where the sRGB curve is steep, near black.
    assert np.quantile(difference, 0.99) <= 2


def test_a_preview_restores_only_the_region_and_is_no_result(harness, restorer, photo_path: Path) -> None:
    session = harness.session
    harness.open(photo_path)
    session.choose("haze", 0.5)
    session.preview((20, 10, 60, 40))
    restorer.finish()
    harness.rest()
    assert restorer.calls[0][0].pixels.shape == (30, 40, 3)
    assert (session.state, session.result, session.unsaved) == (State.READY, None, False)
    shown, source = session.after.levels[0].astype(int), session.before.levels[0].astype(int)
    assert abs(shown[10:40, 20:60] - 127.5).max() <= 1
    changed = np.any(shown != source, axis=2)
    assert not changed[:10].any() and not changed[40:].any() and not changed[:, :20].any() and not changed[:, 60:].any()
    session.editor.enable(0, False)  # nothing is left to preview
    assert session.after is None


def test_the_preview_covers_the_visible_area_and_is_labelled(qtbot: QtBot, hand, opened: MainWindow, restorer) -> None:
    opened.session.choose("haze")
    canvas = opened.studio.canvas
    canvas.zoom_to(16.0)
    left, top, right, bottom = canvas.viewport.region
    assert right - left < 200
    hand.press(opened, Qt.Key.Key_P)
    restorer.finish()
    qtbot.waitUntil(lambda: opened.session.after is not None)
    assert restorer.calls[0][0].pixels.shape == (bottom - top, right - left, 3)
    text = opened.studio.panel.result.text.text()
    assert f"Preview of the visible area ({right - left}×{bottom - top} px, 7.9 s)" in text
    assert canvas.handle.isVisible()
    qtbot.mouseClick(opened.studio.panel.restore_button, Qt.MouseButton.LeftButton)
    restorer.finish()
    qtbot.waitUntil(lambda: opened.session.state is State.RESTORED)
    assert "Preview" not in opened.studio.panel.result.text.text()


@pytest.fixture
def dialog(qtbot: QtBot, opened: MainWindow) -> TryAllDialog:
    qtbot.mouseClick(opened.studio.panel.try_all_button, Qt.MouseButton.LeftButton)
    (dialog,) = opened.findChildren(TryAllDialog)
    return dialog


def _all_tried(dialog: TryAllDialog) -> bool:
    return dialog.tiles[KEYS[-1]].picture.result is not None


def test_every_step_is_tried_and_reported(qtbot: QtBot, dialog: TryAllDialog, restorer) -> None:
    assert list(dialog.tiles) == list(KEYS)
    restorer.fail(RestorationError("No memory. Close other programs."))
    for _ in KEYS[1:]:
        restorer.finish()
    qtbot.waitUntil(lambda: _all_tried(dialog), timeout=20_000)
    assert [steps for _, steps in restorer.calls] == [(Step(key),) for key in KEYS]
    assert dialog.tiles["noise15"].text.text() == "No memory. Close other programs."
    assert dialog.tiles["noise15"].picture.result is None
    assert "Colour shift" in dialog.tiles["haze"].text.text()


def test_a_step_that_may_look_worse_is_marked(qtbot: QtBot, window: MainWindow, restorer, write_png) -> None:
    window.open_photo(write_png("grey.png", np.full((40, 40, 3), 138, np.uint8)))
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.actions_.try_all.trigger()
    (dialog,) = window.findChildren(TryAllDialog)
    for _ in KEYS:
        restorer.finish()
    qtbot.waitUntil(lambda: _all_tried(dialog), timeout=20_000)
    assert "Dull: nothing is bright any more: try" in dialog.tiles["rain"].text.text()
    assert dialog.tiles["rain"].title.text() == "⚠ Rain"


def test_buttons_use_and_add_and_a_shift_click_adds(
    qtbot: QtBot, opened: MainWindow, dialog: TryAllDialog, restorer
) -> None:
    for _ in KEYS:
        restorer.finish()
    qtbot.waitUntil(lambda: _all_tried(dialog), timeout=20_000)
    opened.session.choose("noise25")
    shift = Qt.KeyboardModifier.ShiftModifier
    qtbot.keyClick(dialog.tiles["haze"].picture, Qt.Key.Key_Return, shift)
    qtbot.mouseClick(dialog.tiles["blur"].picture, Qt.MouseButton.LeftButton, shift)
    qtbot.mouseClick(dialog.tiles["haze"].add_button, Qt.MouseButton.LeftButton)
    expected = (Step("noise25"), Step("haze"), Step("blur"), Step("haze"))
    assert opened.session.steps == expected
    assert dialog.isVisible()
    qtbot.mouseClick(dialog.tiles["rain"].use_button, Qt.MouseButton.LeftButton)
    assert opened.session.steps == (Step("rain"),)
    qtbot.waitUntil(lambda: not opened.findChildren(TryAllDialog))
    opened.session.editor.undo()
    assert opened.session.steps == expected


def test_a_click_enlarges_a_tile_beside_the_original(
    qtbot: QtBot, opened: MainWindow, dialog: TryAllDialog, restorer, pattern: np.ndarray
) -> None:
    for _ in KEYS:
        restorer.finish()
    qtbot.waitUntil(lambda: _all_tried(dialog), timeout=20_000)
    qtbot.mouseClick(dialog.tiles["rain"].picture, Qt.MouseButton.LeftButton)
    enlarged = dialog.enlarged
    assert enlarged.isVisible()
    scene = enlarged.canvas.scene
    assert (scene.before.pyramid.levels[0] == pattern).all()  # the whole photo fits one tile
    assert (scene.after.pyramid.levels[0] == 255 - pattern).all()
    qtbot.keyClick(enlarged.canvas, Qt.Key.Key_Escape)
    assert dialog.isVisible()
    assert not enlarged.isVisible()
    qtbot.mouseClick(dialog.tiles["rain"].picture, Qt.MouseButton.LeftButton)
    qtbot.keyClick(enlarged.canvas, Qt.Key.Key_Return)
    assert opened.session.steps == (Step("rain"),)


def test_all_tiles_show_the_same_part_and_follow_a_drag(
    qtbot: QtBot, window: MainWindow, restorer, write_png, painted, drag
) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (600, 900, 3), np.uint8)
    window.open_photo(write_png("noise.png", pixels))
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.actions_.try_all.trigger()
    (dialog,) = window.findChildren(TryAllDialog)
    left, top, right, bottom = dialog.region
    picture = dialog.original.picture
    assert (right - left, bottom - top) == (picture.width(), picture.height())  # 100 %
    dialog.tiles["haze"].picture.setFocus()
    assert (painted(picture) == pixels[top:bottom, left:right]).all()
    for _ in KEYS:
        restorer.finish()
    qtbot.waitUntil(lambda: _all_tried(dialog), timeout=20_000)
    corner = picture.mapTo(dialog, picture.rect().center()).toPointF()
    drag(picture, corner, corner + QPointF(-40, -20))
    assert dialog.region == (left + 40, top + 20, right + 40, bottom + 20)
    for tile in dialog.tiles.values():
        shown = painted(tile.picture)[8:-28, 8:-48]  # inside the frame of the focus, where the result is known
        expected = 255 - pixels[top + 28 : bottom - 8, left + 48 : right - 8]
        assert (shown == expected).all()
    for _ in KEYS:
        restorer.finish()
    qtbot.waitUntil(lambda: dialog.tiles[KEYS[-1]].picture.result[0] == dialog.region)


@pytest.mark.parametrize(
    ("space", "columns", "tile"),
    [
        (QSize(700, 500), 1, QSize(512, 256)),
        (QSize(880, 460), 2, QSize(416, 256)),
        (QSize(1200, 610), 3, QSize(376, 256)),
        (QSize(1840, 890), 4, QSize(436, 341)),
        (QSize(3700, 1900), 8, QSize(438, 384)),
    ],
)
def test_tiles_use_the_room_in_rows_of_about_the_same_length(space: QSize, columns: int, tile: QSize) -> None:
    assert tile_grid(8, space) == (columns, tile)


def test_in_a_large_window_all_tiles_are_visible_at_once(
    qtbot: QtBot, opened: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(TryAllDialog, "_outer_size", lambda self: QSize(1904, 1048))
    opened.actions_.try_all.trigger()
    (dialog,) = opened.findChildren(TryAllDialog)
    tiles = [dialog.original, *dialog.tiles.values()]
    qtbot.waitUntil(lambda: len({tile.y() for tile in tiles}) == 2)
    qtbot.waitUntil(lambda: all(tile.visibleRegion().boundingRect() == tile.rect() for tile in tiles))
    assert tiles[0].picture.width() > 400


def test_closing_the_dialog_stops_its_work(qtbot: QtBot, opened: MainWindow, dialog: TryAllDialog, restorer) -> None:
    qtbot.waitUntil(lambda: len(restorer.calls) == 1)
    dialog.close()
    assert restorer.tokens[0].cancelled
    restorer.advance(0.5)
    qtbot.waitUntil(lambda: not opened.session.busy)
    assert len(restorer.calls) == 1
