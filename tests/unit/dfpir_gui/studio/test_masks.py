"""Editing masks in the Studio: beginning and ending, tools, recipe and preview."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from core.masks import ColourRange, LinearGradient, LuminanceRange, Mask, RadialGradient, Sky
from core.recipes import read_recipe, recipe_path
from dfpir_gui.session.steps import StackStep
from dfpir_gui.settings.export_options import ExportOptions
from tests.unit.dfpir_gui.studio.mask_bench import Bench


def test_a_new_result_leaves_the_focus_where_it_is(bench: Bench) -> None:
    bench.editor.add_linear()
    slider = bench.panel.feather.slider
    slider.setFocus()
    slider.setValue(100)
    bench.settle()
    assert slider.hasFocus()


def test_delete_removes_no_step_when_editing_begins(bench: Bench, qtbot: QtBot) -> None:
    assert not bench.row.isAncestorOf(QApplication.focusWidget())
    qtbot.keyClick(QApplication.focusWidget(), Qt.Key.Key_Delete)
    assert len(bench.session.steps) == 1


def test_the_split_makes_room_for_the_tools_and_returns(bench: Bench) -> None:
    assert not bench.canvas.split_shown and not bench.canvas.handle.isVisible()
    assert not bench.panel.overlay.isVisible()  # there is no mask yet
    assert not bench.window.studio.panel.found.isVisible()
    bench.panel.done.click()
    assert bench.canvas.split_shown and not bench.panel.isVisible() and bench.window.studio.panel.found.isVisible()
    bench.press(0.3, 0.3)  # drags the photo again
    bench.release(0.3, 0.3)
    assert bench.mask is None


def test_another_photo_or_a_removed_step_ends_editing(bench: Bench, qtbot: QtBot, write_png) -> None:
    bench.session.editor.remove(0)
    assert not bench.editor.editing
    bench.session.choose("haze")
    bench.editor.begin(0)
    bench.window.open_photo(write_png("other.png", np.full((40, 60, 3), 90, np.uint8)))
    qtbot.waitUntil(lambda: bench.session.photo is not None and bench.session.photo.width == 60)
    assert not bench.editor.editing


def test_every_tool_is_in_the_menu_and_asks_for_a_file_where_needed(bench: Bench, monkeypatch) -> None:
    opened: list[QFileDialog] = []
    monkeypatch.setattr(QFileDialog, "open", lambda dialog, *_: opened.append(dialog))
    actions = bench.window.actions_
    bench.panel.done.click()
    for action, kind in (
        (actions.mask_linear, LinearGradient),
        (actions.mask_radial, RadialGradient),
        (actions.mask_luminance, LuminanceRange),
        (actions.mask_colour, ColourRange),
        (actions.mask_sky, Sky),
    ):
        assert action.isEnabled()
        action.trigger()
        assert isinstance(bench.shape(), kind)
    actions.mask_picture.trigger()
    assert len(opened) == 1
    actions.mask_remove.trigger()
    assert bench.mask is None and not actions.mask_remove.isEnabled()
    actions.mask_edit.trigger()
    assert not bench.editor.editing and not actions.mask_erase.isEnabled()


def test_the_mask_is_saved_with_the_recipe_and_applied_again(bench: Bench, qtbot: QtBot, tmp_path: Path) -> None:
    bench.editor.add_linear()
    bench.window.actions_.mask_brush.trigger()
    bench.drag((0.2, 0.9), (0.4, 0.9))
    bench.settle()
    mask = bench.mask
    saved = tmp_path / "saved.png"
    bench.session.save(saved, options=ExportOptions(recipe=True))
    qtbot.waitUntil(lambda: bench.session.saved_as == saved)
    recipe = read_recipe(recipe_path(saved))
    assert recipe.steps[0].mask == mask
    bench.editor.clear()
    assert bench.mask is None
    bench.session.editor.replace(recipe.steps)
    assert bench.mask == mask
    bench.expect_result()


def test_a_preview_shows_the_mask_of_the_whole_photo(bench: Bench, qtbot: QtBot, restorer) -> None:
    document = bench.session.current
    bench.editor.add_linear()
    bench.settle()
    bench.session.editor.set_degradation(0, "rain")  # so that there is something to restore
    qtbot.waitUntil(lambda: document.can_restore and document.blend_request is None)
    restorer.finish()
    bench.session.preview((50, 0, 150, 120))
    qtbot.waitUntil(lambda: document.preview is not None)
    shown, photo = document.preview.pyramid.levels[0].astype(int), document.before.levels[0].astype(int)
    assert np.abs(shown[80:, 50:150] - photo[80:, 50:150]).max() <= 1
    assert np.abs(shown[:20, 50:150] - (255 - photo[:20, 50:150])).max() <= 1


def test_a_stack_entry_keeps_its_mask_in_files() -> None:
    entry = StackStep("haze", 0.5, True, Mask.from_shape(Sky()))
    assert StackStep.from_json(entry.to_json()) == entry
    assert StackStep.from_json(["haze", 0.5, True]) == StackStep("haze", 0.5)  # of earlier versions
