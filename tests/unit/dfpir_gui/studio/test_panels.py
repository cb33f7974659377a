"""The side panel and the filmstrip with real widgets: detected problems, steps, result."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QWidget
from pytestqt.qtbot import QtBot

from core.errors import RestorationError
from core.inference import Step
from core.messages import message
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.studio.page import SidePanel
from dfpir_gui.studio.result import OUTDATED
from dfpir_gui.studio.steps import StepsPanel


@pytest.fixture
def open_it(qtbot: QtBot, window: MainWindow, photo_path: Path):
    def open_photo() -> SidePanel:
        window.open_photo(photo_path)
        qtbot.waitUntil(lambda: window.session.state is State.READY)
        return window.studio.panel

    return open_photo


def steps_of(window: MainWindow) -> list[tuple[str, float]]:
    return [(step.degradation, step.strength) for step in window.session.steps]


def click(qtbot: QtBot, widget) -> None:
    qtbot.mouseClick(widget, Qt.MouseButton.LeftButton)


def test_detected_problems_are_sorted_by_probability_and_proposed(qtbot: QtBot, window, detector, open_it) -> None:
    detector.find("haze", "noise", sigma=12.3)
    panel = open_it()
    found = panel.found.rows
    qtbot.waitUntil(lambda: found["haze"].y() < found["noise"].y() < min(found[f].y() for f in ("rain", "blur")))
    rows = sorted(found.values(), key=lambda row: row.y())
    assert rows[0].accessibleName() == "Haze, probability 0.90"
    assert rows[1].accessibleName() == "Noise, probability 0.85, σ about 12"
    assert [row.isChecked() for row in rows] == [True, True, False, False, False]
    assert panel.found.summary.text() == "Haze and noise (σ 12)."
    assert steps_of(window) == [("haze", 1.0), ("noise15", 1.0)]
    assert [row.checkbox.text() for row in panel.steps.rows] == ["1  Haze", "2  Noise"]


def test_less_strength_is_proposed_for_haze_that_needs_less_and_the_reason_is_said(
    qtbot: QtBot, window, detector, restorer, open_it
) -> None:
    detector.find("haze")
    restorer.light = 0.3
    panel = open_it()
    ((key, strength),) = steps_of(window)
    assert key == "haze" and 0.3 <= strength < 1
    text = f"Haze. Haze: {100 * strength:.0f} % is proposed, since more may do harm (Dull: nothing is bright any more)."
    assert panel.found.summary.text() == text
    click(qtbot, panel.found.rows["haze"])
    assert steps_of(window) == [] and "%" not in panel.found.summary.text()
    click(qtbot, panel.found.rows["haze"])
    assert steps_of(window) == [("haze", strength)]
    window.session.editor.set_strength(0, 1.0)
    assert steps_of(window) == [("haze", 1.0)] and "You changed this." in panel.found.summary.text()


def test_haze_is_proposed_whole_if_the_model_takes_no_prompts_or_fails(
    qtbot: QtBot, window, detector, restorer, open_it, monkeypatch: pytest.MonkeyPatch
) -> None:
    detector.find("haze")
    monkeypatch.setattr(restorer, "light", 0.3)

    def fail(*arguments: object, **options: object) -> None:
        raise RestorationError(message("Not enough memory."))

    monkeypatch.setattr("dfpir_gui.workers.handlers.propose_strengths", fail)
    panel = open_it()
    assert steps_of(window) == [("haze", 1.0)]
    assert panel.found.summary.text() == "Haze."


def test_the_bar_is_longer_for_a_higher_probability(detector, open_it, painted) -> None:
    detector.find("haze")
    rows = open_it().found.rows
    likely, unlikely = painted(rows["haze"]), painted(rows["rain"])
    middle = likely.shape[0] // 2
    blue = [
        int((picture[middle, :, 2].astype(int) - picture[middle, :, 0] > 90).sum()) for picture in (likely, unlikely)
    ]
    assert blue[0] > 40 > blue[1]


def test_without_a_certain_detection_no_steps_are_proposed(qtbot: QtBot, window, detector, open_it, write_png) -> None:
    panel = open_it()
    assert panel.found.summary.text() == "No problems found."
    assert not window.actions_.restore.isEnabled()
    detector.find("haze", unsure=True)
    window.open_photo(write_png("other.png", np.full((30, 50, 3), 99, np.uint8)))
    qtbot.waitUntil(lambda: window.session.detection is not None and window.session.detection.unsure)
    assert panel.found.summary.text() == "Not sure – possibly haze. Your choice."
    assert steps_of(window) == [] and not any(row.isChecked() for row in panel.found.rows.values())
    window.session.restore_all()
    qtbot.waitUntil(lambda: not window.session.busy)
    assert [document.result for document in window.session.documents] == [None, None]
    click(qtbot, panel.found.rows["haze"])
    assert steps_of(window) == [("haze", 1.0)]


def test_a_click_on_a_bar_overrides_the_detection_of_that_photo(
    qtbot: QtBot, window: MainWindow, detector, open_it, write_png
) -> None:
    detector.find("haze")
    panel = open_it()
    click(qtbot, panel.found.rows["haze"])
    click(qtbot, panel.found.rows["rain"])
    assert steps_of(window) == [("rain", 1.0)]
    assert "You changed this." in panel.found.summary.text()
    window.open_photo(write_png("other.png", np.full((30, 50, 3), 99, np.uint8)))
    qtbot.waitUntil(lambda: window.session.current.name == "other.png" and window.session.state is State.READY)
    assert steps_of(window) == [("haze", 1.0)]
    window.session.show(window.session.documents[0])
    assert steps_of(window) == [("rain", 1.0)]
    assert panel.found.rows["rain"].isChecked()
    click(qtbot, panel.found.reset_button)
    assert steps_of(window) == [("haze", 1.0)]
    assert not panel.found.reset_button.isVisible()


def test_steps_are_added_moved_switched_and_removed(qtbot: QtBot, window: MainWindow, open_it) -> None:
    panel = open_it().steps
    for key in ("haze", "noise25", "rain"):
        next(action for action in panel.add.menu().actions() if action.data() == key).trigger()
    click(qtbot, panel.rows[1].up)
    assert steps_of(window) == [("noise25", 1.0), ("haze", 1.0), ("rain", 1.0)]
    qtbot.keyClick(panel.rows[0].checkbox, Qt.Key.Key_Down, Qt.KeyboardModifier.AltModifier)
    assert steps_of(window)[0] == ("haze", 1.0)
    assert panel.rows[1].checkbox.hasFocus()
    qtbot.keyClick(panel.rows[0].checkbox, Qt.Key.Key_Space)
    assert steps_of(window) == [("noise25", 1.0), ("rain", 1.0)]
    assert not panel.rows[0].strength.isEnabled()
    qtbot.keyClick(panel.rows[1].checkbox, Qt.Key.Key_Delete)
    assert steps_of(window) == [("rain", 1.0)]
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert steps_of(window) == [("haze", 1.0), ("noise25", 1.0), ("rain", 1.0)]
    assert panel.rows[0].checkbox.isChecked()
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    assert steps_of(window) == [("noise25", 1.0), ("rain", 1.0)]


def drag_arguments(panel: StepsPanel, index: int, to: QPoint) -> tuple[QWidget, QPointF, QPointF]:
    """Return the handle of a row, and start and end in the window to drag the row to a point of the panel."""
    handle, window = panel.rows[index].drag_handle, panel.window()
    return handle, QPointF(handle.mapTo(window, handle.rect().center())), QPointF(panel.mapTo(window, to))


def test_a_step_is_moved_with_the_mouse_and_back_with_undo(window: MainWindow, open_it, drag, qtbot: QtBot) -> None:
    panel = open_it().steps
    edit = window.session.editor
    edit.add("haze")
    qtbot.waitUntil(lambda: len(panel.rows) == 1)
    assert not panel.rows[0].drag_handle.isVisible()
    edit.add("noise25", 0.6)
    edit.add("rain")
    qtbot.waitUntil(lambda: panel.rows[2].y() > panel.rows[1].y() > panel.rows[0].y() > 0)
    below, above = panel.rows[2].geometry().bottomLeft(), panel.rows[0].geometry().topLeft()
    drag(*drag_arguments(panel, 0, below))
    assert steps_of(window) == [("noise25", 0.6), ("rain", 1.0), ("haze", 1.0)]
    qtbot.waitUntil(lambda: panel.rows[2].y() > panel.rows[1].y() > panel.rows[0].y() > 0)
    drag(*drag_arguments(panel, 1, above))
    assert steps_of(window) == [("rain", 1.0), ("noise25", 0.6), ("haze", 1.0)]
    edit.undo()
    edit.undo()
    assert steps_of(window) == [("haze", 1.0), ("noise25", 0.6), ("rain", 1.0)]
    assert not panel.drop_line.isVisible()


def test_a_line_shows_where_a_dragged_step_is_inserted(window: MainWindow, open_it, qtbot: QtBot) -> None:
    panel = open_it().steps
    for key in ("haze", "noise25", "rain"):
        window.session.editor.add(key)
    qtbot.waitUntil(lambda: panel.rows[2].y() > panel.rows[1].y() > panel.rows[0].y() > 0)
    handle, start, end = drag_arguments(panel, 0, panel.rows[1].geometry().bottomLeft())
    qtbot.mousePress(handle, Qt.MouseButton.LeftButton)
    assert not panel.drop_line.isVisible()
    handle.dragged.emit(window.mapToGlobal(end.toPoint()))
    assert panel.rows[1].geometry().bottom() < panel.drop_line.geometry().center().y() < panel.rows[2].y()
    handle.dragged.emit(window.mapToGlobal(start.toPoint()))  # its own position: the row would not move
    assert not panel.drop_line.isVisible()
    qtbot.mouseRelease(handle, Qt.MouseButton.LeftButton)
    assert steps_of(window) == [("haze", 1.0), ("noise25", 1.0), ("rain", 1.0)]
    assert window.session.current.undo.undo_text.startswith("Add")


def test_the_noise_level_selects_one_of_the_prompts(qtbot: QtBot, window: MainWindow, open_it) -> None:
    panel = open_it().steps
    window.session.editor.add("noise15", 0.4)
    (row,) = panel.rows
    assert row.level_text.text() == "σ 15"
    row.level.setFocus()
    for expected in ("noise25", "noise50", "noise50"):
        qtbot.keyClick(row.level, Qt.Key.Key_Right)
        assert steps_of(window) == [(expected, 0.4)]
    assert row.level_text.text() == "σ 50"
    assert "σ 15, 25, 50" in row.level.toolTip()


def test_prompts_that_the_model_does_not_know_cannot_be_added(qtbot: QtBot, restored: MainWindow, restorer) -> None:
    restorer.removable = ("haze", "rain")
    restored.session.use_restorer(lambda: restorer)
    restored.session.load_model_info()
    qtbot.waitUntil(lambda: restored.session.supported_degradations is not None)
    menu = restored.studio.panel.steps.add.menu()
    menu.aboutToShow.emit()
    offered = {action.data() for action in menu.actions() if action.isEnabled() and not action.isSeparator()}
    assert offered == {"haze", "rain"}
    assert "does not support" in next(a for a in menu.actions() if not a.isEnabled()).toolTip()


def custom_prompt(window: MainWindow) -> QAction:
    return window.studio.panel.steps.add.menu().actions()[-1]


def test_a_custom_prompt_is_enabled_only_if_it_can_be_encoded(
    qtbot: QtBot, opened: MainWindow, restorer, made: list
) -> None:
    menu = opened.studio.panel.steps.add.menu()
    assert not custom_prompt(opened).isEnabled()
    menu.aboutToShow.emit()  # loads the model
    qtbot.waitUntil(lambda: opened.session.supported_degradations is not None)
    menu.aboutToShow.emit()
    assert not custom_prompt(opened).isEnabled()
    assert custom_prompt(opened).toolTip() == "It was trained without words."
    restorer.why_no_text = ""
    opened.session.use_restorer(lambda: restorer)
    menu.aboutToShow.emit()
    qtbot.waitUntil(lambda: opened.session.supported_degradations is not None)
    menu.aboutToShow.emit()
    assert custom_prompt(opened).isEnabled()


def test_a_custom_prompt_becomes_a_step(qtbot: QtBot, opened: MainWindow, restorer) -> None:
    restorer.why_no_text = ""
    opened.session.load_model_info()
    qtbot.waitUntil(lambda: opened.session.supported_degradations is not None)
    opened.studio.panel.steps.add.menu().aboutToShow.emit()
    for text in ("  ", "remove the  fog"):
        custom_prompt(opened).trigger()
        dialog = next(d for d in opened.findChildren(QInputDialog) if d.isVisible())
        dialog.setTextValue(text)
        dialog.accept()
    assert "1 to 300" in opened.session.notice.what  # the first prompt is empty
    assert steps_of(opened) == [("text:remove the fog", 1.0)]
    (row,) = opened.studio.panel.steps.rows
    assert row.checkbox.text() == "1  “remove the fog”"
    opened.session.editor.toggle("noise")  # is inserted before it
    assert [key for key, _ in steps_of(opened)] == ["noise15", "text:remove the fog"]
    opened.session.restore()
    restorer.finish()
    restorer.finish()
    qtbot.waitUntil(lambda: opened.session.state is State.RESTORED)
    assert restorer.calls[1][1] == (Step("text:remove the fog"),)
    assert "“remove the fog” 100 %" in opened.studio.panel.result.details.text()


def test_the_report_follows_the_strength(qtbot: QtBot, restored: MainWindow, restorer, pattern: np.ndarray) -> None:
    result = restored.studio.panel.result
    assert "Colour shift" in result.text.text()
    assert "100 % changed" in result.text.text()
    assert result.details.text() == "Haze 100 %\nCPU · float32 · exact bands · 7.9 s\nNot saved yet."
    before = result.text.text()
    (row,) = restored.studio.panel.steps.rows
    row.strength.setValue(10)
    qtbot.waitUntil(lambda: restored.session.result.steps == (Step("haze", 0.1),))
    assert result.details.text().startswith("Haze 10 %")
    assert result.text.text() != before
    assert len(restorer.calls) == 1
    assert not restored.actions_.restore.isEnabled()
    restored.session.editor.add("rain")
    assert OUTDATED in result.text.text()
    assert restored.actions_.restore.isEnabled()


def test_the_filmstrip_shows_states_and_selects_the_photo(
    qtbot: QtBot, window: MainWindow, detector, restorer, write_png, tmp_path: Path
) -> None:
    detector.find("haze")
    paths = [write_png(f"{name}.png", np.full((30, 50, 3), 60, np.uint8)) for name in "abc"]
    session, studio = window.session, window.studio
    session.open(paths[0])
    qtbot.waitUntil(lambda: session.state is State.READY)
    assert not studio.filmstrip.isVisible()
    session.open_all(paths)
    qtbot.waitUntil(lambda: [document.state for document in session.documents] == [State.READY] * 3)
    assert studio.filmstrip.isVisible()

    def item_texts() -> list[str]:
        model = studio.filmstrip.model()
        return [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]

    assert item_texts() == ["a.png, ready", "b.png, ready", "c.png, ready"]
    studio.filmstrip.setFocus()
    qtbot.keyClick(studio.filmstrip, Qt.Key.Key_Down)
    assert session.current.name == "b.png"
    assert studio.filmstrip.hasFocus()
    click(qtbot, studio._filmstrip_panel.restore_all)
    restorer.advance(0.62)
    qtbot.waitUntil(lambda: item_texts() == ["a.png, running, 62 %", "b.png, queued", "c.png, queued"])
    assert window.status.phase.text() == "Restoring 62 % · queued: 2"
    restorer.finish()
    restorer.advance(0.1)
    qtbot.waitUntil(lambda: window.status.phase.text() == "Restoring 10 % · queued: 1")
    restorer.fail(RuntimeError("broken"))
    restorer.finish()
    qtbot.waitUntil(lambda: session.documents[2].state is State.RESTORED)
    session.save(tmp_path / "out.png", document=session.documents[2])
    qtbot.waitUntil(lambda: session.documents[2].state is State.SAVED)
    assert item_texts()[0] == "a.png, restored, not saved yet"
    assert item_texts()[1].startswith("b.png, failed: Something unexpected happened")
    assert item_texts()[2] == "c.png, saved as out.png"
