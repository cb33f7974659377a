"""The result panel warns of harm, and does what helps at a click."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.inference import Step
from core.photo import Photo
from core.quality import LIMITS, quality_report
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from tests.unit.dfpir_gui.stand_ins import FakeRestorer


@pytest.fixture
def bright(write_png) -> Path:
    """Grey: its negative, which the stand-in makes, is somewhat darker."""
    return write_png("grey.png", np.full((60, 80, 3), 138, np.uint8))


@pytest.fixture
def harmed(qtbot: QtBot, window: MainWindow, restorer: FakeRestorer, bright: Path) -> MainWindow:
    window.open_photo(bright)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    restorer.finish()
    window.session.restore()
    qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    return window


def strength_of(window: MainWindow) -> float:
    return window.session.steps[0].strength


def wait_for_result(qtbot: QtBot, window: MainWindow) -> None:
    document = window.session.current
    qtbot.waitUntil(lambda: not document.outdated and document.blend_request is None and document.result is not None)


def test_a_harmful_result_says_what_is_wrong_and_what_helps(harmed: MainWindow) -> None:
    panel = harmed.studio.panel.result
    assert panel.warning.isVisible()
    report = harmed.session.current.report
    assert [harm.kind for harm in report.harms]
    assert str(report.harms[0].problem) in panel.warning_text.text()
    assert panel.remedy_button.text().startswith(("Try ", "Better leave"))


def test_the_button_takes_the_suggested_strength_and_undo_takes_it_back(qtbot: QtBot, harmed: MainWindow) -> None:
    panel, session = harmed.studio.panel.result, harmed.session
    suggested = session.current.report.remedy.steps
    assert suggested and suggested[0].strength < 1
    qtbot.mouseClick(panel.remedy_button, Qt.MouseButton.LeftButton)
    wait_for_result(qtbot, harmed)
    assert session.current.result.steps == suggested
    assert not panel.warning.isVisible()
    session.editor.undo()
    wait_for_result(qtbot, harmed)
    assert strength_of(harmed) == 1.0
    qtbot.waitUntil(panel.warning.isVisible)


def test_the_warning_stays_when_the_strength_is_a_little_less(qtbot: QtBot, harmed: MainWindow) -> None:
    harmed.session.editor.set_strength(0, 0.99)
    wait_for_result(qtbot, harmed)
    assert harmed.session.current.result.steps == (Step("haze", 0.99),)
    assert harmed.studio.panel.result.warning.isVisible()
    harmed.session.editor.set_strength(0, 0.05)
    wait_for_result(qtbot, harmed)
    assert not harmed.studio.panel.result.warning.isVisible()


def test_a_preview_is_judged_by_the_part_that_was_restored(
    qtbot: QtBot, window: MainWindow, restorer: FakeRestorer, bright: Path
) -> None:
    window.open_photo(bright)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    restorer.finish()
    window.session.preview((0, 0, 40, 40))
    document = window.session.current
    qtbot.waitUntil(lambda: document.preview is not None)
    panel = window.studio.panel.result
    assert panel.warning.isVisible()
    part = Photo.from_array(document.photo.pixels[:40, :40])
    expected = quality_report(part, part.with_pixels(1 - part.pixels), (Step("haze"),))
    assert document.preview.report.harms == expected.harms
    assert all(harm.kind in LIMITS for harm in expected.harms)
    qtbot.mouseClick(panel.remedy_button, Qt.MouseButton.LeftButton)
    assert window.session.steps[0].strength < 1 or not window.session.steps
    assert not panel.warning.isVisible()


def test_the_suggestion_for_a_preview_is_shown_at_once(
    qtbot: QtBot, window: MainWindow, restorer: FakeRestorer, bright: Path
) -> None:
    window.open_photo(bright)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    restorer.finish()
    window.session.preview((0, 0, 40, 40))
    document, panel = window.session.current, window.studio.panel.result
    qtbot.waitUntil(lambda: document.preview is not None)
    suggested = document.preview.report.remedy.steps
    assert suggested
    qtbot.mouseClick(panel.remedy_button, Qt.MouseButton.LeftButton)
    assert "Updating…" in panel.text.text() and not panel.warning.isVisible()
    qtbot.waitUntil(lambda: document.preview.steps == suggested)
    assert len(restorer.calls) == 1  # strengths need no network


def test_a_removed_result_is_brought_back_by_a_button(qtbot: QtBot, harmed: MainWindow, restorer: FakeRestorer) -> None:
    panel, session = harmed.studio.panel.result, harmed.session
    before = session.result
    assert not panel.back_button.isVisible()
    harmed.actions_.rotate_right.trigger()
    qtbot.waitUntil(panel.back_button.isVisible)
    assert "removed because the photo was rotated or cropped" in panel.text.text()
    assert session.status == "The result was removed; Undo brings it back"
    document = session.current
    qtbot.mouseClick(panel.back_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: document.blend_request is not None or document.result is not None)
    assert document.result is not None or panel.text.text() == "Updating…"
    assert session.status == ""
    qtbot.waitUntil(lambda: session.result is not None and not panel.back_button.isVisible(), timeout=20_000)
    assert np.array_equal(session.result.photo.pixels, before.photo.pixels) and len(restorer.calls) == 1


def test_a_preview_of_earlier_steps_says_so(
    qtbot: QtBot, window: MainWindow, restorer: FakeRestorer, bright: Path
) -> None:
    window.open_photo(bright)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.choose("haze")
    restorer.finish()
    window.session.preview((0, 0, 40, 40))
    qtbot.waitUntil(lambda: window.session.current.preview is not None)
    window.session.editor.add("rain")
    text = window.studio.panel.result.text.text()
    assert text.splitlines()[-1] == "Steps changed. Preview again to update."
    assert window.session.after is window.session.current.preview.pyramid
