"""The strength of haze that the user ticks although the detector did not propose it."""

import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from core.errors import RestorationError
from core.geometry import Geometry
from core.messages import message
from core.quality import propose_strengths
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State

LEFT = Qt.MouseButton.LeftButton


def steps_of(window: MainWindow) -> list[tuple[str, float]]:
    return [(step.degradation, step.strength) for step in window.session.steps]


@pytest.fixture
def unsure(qtbot: QtBot, window: MainWindow, detector, restorer, photo_path) -> MainWindow:
    """The window with a photo whose haze is uncertain, and of which all of the strength would make a dull picture."""
    detector.find("haze", unsure=True)
    restorer.light = 0.3
    window.open_photo(photo_path)
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    assert steps_of(window) == []
    return window


def tick(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.mouseClick(window.studio.panel.found.rows["haze"], LEFT)


def wait_for_less(qtbot: QtBot, window: MainWindow) -> float:
    qtbot.waitUntil(lambda: window.session.steps[0].strength < 1)
    ((key, strength),) = steps_of(window)
    assert key == "haze" and 0.3 <= strength < 1
    return strength


def test_ticked_haze_begins_with_the_strength_that_does_no_harm_and_says_why(qtbot: QtBot, unsure: MainWindow) -> None:
    summary = unsure.studio.panel.found.summary
    tick(qtbot, unsure)
    assert summary.text() == "Not sure – possibly haze. Finding the strength that does no harm…"
    strength = wait_for_less(qtbot, unsure)
    why = f"Haze: {100 * strength:.0f} % is proposed, since more may do harm (Dull: nothing is bright any more)."
    assert summary.text() == f"Not sure – possibly haze. {why}"
    tick(qtbot, unsure)
    assert steps_of(unsure) == [] and "%" not in summary.text()
    tick(qtbot, unsure)
    assert steps_of(unsure) == [("haze", strength)]  # known by now


def test_the_strength_is_undone_with_the_tick(qtbot: QtBot, unsure: MainWindow) -> None:
    tick(qtbot, unsure)
    strength = wait_for_less(qtbot, unsure)
    unsure.actions_.undo.trigger()
    assert steps_of(unsure) == []
    unsure.actions_.redo.trigger()
    assert steps_of(unsure) == [("haze", strength)]


def test_haze_added_from_the_menu_begins_with_that_strength_too(qtbot: QtBot, unsure: MainWindow) -> None:
    menu = unsure.studio.panel.steps.add.menu()
    next(action for action in menu.actions() if action.data() == "haze").trigger()
    wait_for_less(qtbot, unsure)


def test_a_restoration_waits_for_the_strength(qtbot: QtBot, hand, unsure: MainWindow, restorer) -> None:
    tick(qtbot, unsure)
    hand.press(unsure, Qt.Key.Key_Return)
    strength = wait_for_less(qtbot, unsure)
    restorer.finish()
    qtbot.waitUntil(lambda: unsure.session.state is State.RESTORED)
    assert [(s.degradation, s.strength) for s in unsure.session.result.steps] == [("haze", strength)]


def test_a_strength_that_the_user_has_chosen_meanwhile_stays(qtbot: QtBot, unsure: MainWindow) -> None:
    tick(qtbot, unsure)
    unsure.session.editor.set_strength(0, 0.95)
    qtbot.waitUntil(lambda: "is proposed" in unsure.studio.panel.found.summary.text())
    assert steps_of(unsure) == [("haze", 0.95)]


def test_the_strength_of_the_photo_before_a_rotation_is_not_taken(
    qtbot: QtBot, unsure: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    rotated = threading.Event()

    def late(*arguments: object, **options: object) -> object:
        assert rotated.wait(10)
        return propose_strengths(*arguments, **options)

    monkeypatch.setattr("dfpir_gui.workers.handlers.propose_strengths", late)
    tick(qtbot, unsure)
    unsure.session.set_geometry(Geometry(quarters=1))
    qtbot.waitUntil(lambda: unsure.session.photo.width == 120)
    rotated.set()
    qtbot.waitUntil(lambda: not unsure.session.busy and unsure.session.current.steps_known)
    assert steps_of(unsure) == [("haze", 1.0)]
    assert "is proposed" not in unsure.studio.panel.found.summary.text()


def test_haze_begins_with_all_of_the_strength_where_that_does_no_harm(
    qtbot: QtBot, unsure: MainWindow, restorer, write_png
) -> None:
    restorer.light = 1.0
    unsure.open_photo(write_png("other.png", np.full((30, 50, 3), 99, np.uint8)))
    qtbot.waitUntil(lambda: unsure.session.current.name == "other.png" and unsure.session.state is State.READY)
    tick(qtbot, unsure)
    qtbot.waitUntil(lambda: unsure.session.current.strengths_known)
    assert steps_of(unsure) == [("haze", 1.0)]
    assert unsure.studio.panel.found.summary.text() == "Not sure – possibly haze."


def test_haze_stays_whole_if_its_strength_cannot_be_found(
    qtbot: QtBot, unsure: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*arguments: object, **options: object) -> None:
        raise RestorationError(message("Not enough memory."))

    monkeypatch.setattr("dfpir_gui.workers.handlers.propose_strengths", fail)
    tick(qtbot, unsure)
    qtbot.waitUntil(lambda: unsure.session.current.steps_known and not unsure.session.busy)
    assert steps_of(unsure) == [("haze", 1.0)]
    assert unsure.actions_.restore.isEnabled()
