"""Before and after of a row: the right pictures, zoom, neighbours and the way into the Studio."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.batch import BatchSettings, Row, State
from core.batch.results import withheld_file
from core.geometry import Geometry
from core.messages import message
from core.steps import Step
from dfpir_gui.batch.comparison import ComparisonDialog
from dfpir_gui.session import Session
from tests.unit.dfpir_gui.stand_ins import FakeRestorer


@pytest.fixture
def folders(tmp_path: Path) -> tuple[Path, Path]:
    source, target = tmp_path / "photos", tmp_path / "restored"
    for folder, value in ((source, 60), (target, 200)):
        folder.mkdir()
        (folder / "a.png").write_bytes(cv2.imencode(".png", np.full((40, 60, 3), value, np.uint8))[1].tobytes())
    small = np.full((20, 30, 3), 200, np.uint8)
    (target / "small.png").write_bytes(cv2.imencode(".png", small)[1].tobytes())
    return source, target


@pytest.fixture
def dialog(qtbot: QtBot, session: Session) -> Iterator[ComparisonDialog]:
    parent = QWidget()
    qtbot.addWidget(parent)
    dialog = ComparisonDialog(session, parent)
    dialog.resize(800, 500)
    dialog.show()
    yield dialog
    parent.close()


def row(path: str, output: str = "", state: State = State.RESTORED) -> Row:
    return Row(path, 1, 1, "", output, state=state)


def shown(qtbot: QtBot, dialog: ComparisonDialog) -> None:
    qtbot.waitUntil(lambda: any(dialog.view._pictures), timeout=20_000)


def middles(painted, dialog: ComparisonDialog) -> tuple[int, int]:
    pixels = painted(dialog.view)
    height, width = pixels.shape[:2]
    return int(pixels[height // 2, width // 4, 0]), int(pixels[height // 2, 3 * width // 4, 0])


def test_no_zoom_is_shown_before_the_pictures_are_read(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path]
) -> None:
    dialog.show_row(row("a.png", "a.png"), *folders)
    assert dialog.zoom.text() == ""
    shown(qtbot, dialog)
    assert dialog.zoom.text().endswith("%")


@pytest.mark.parametrize("output", ["a.png", "small.png"])
def test_before_is_left_and_after_is_right_also_if_it_was_made_smaller(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path], painted, output: str
) -> None:
    dialog.show_row(row("a.png", output), *folders)
    shown(qtbot, dialog)
    assert middles(painted, dialog) == (60, 200)
    dialog.view.zoom_to(8.0)
    assert middles(painted, dialog) == (60, 200) and dialog.zoom.text() == "800 %"
    dialog.fit.click()
    assert dialog.view.viewport_.fitted


def test_without_a_result_only_the_photo_is_shown(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path], painted
) -> None:
    dialog.show_row(row("a.png", state=State.REVIEW), *folders)
    shown(qtbot, dialog)
    before, after = middles(painted, dialog)
    assert before == 60 and after not in (60, 200)
    assert "No result yet" in dialog.view.accessibleName()


def test_a_photo_that_cannot_be_read_says_why(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path]
) -> None:
    (folders[0] / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 nothing")
    failed = Row("broken.jpg", 1, 1, "", "", state=State.FAILED, error=message("It is damaged."))
    dialog.show_row(failed, *folders)
    qtbot.waitUntil(lambda: "broken.jpg is damaged" in dialog.details.text(), timeout=20_000)


def test_the_newest_row_wins_and_opens_in_the_studio(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path]
) -> None:
    for name in ("gone.png", "a.png"):
        dialog.show_row(row(name, "a.png"), *folders)
    shown(qtbot, dialog)
    assert dialog.title.text() == "a.png" and dialog.view._pictures[0] is not None
    with qtbot.waitSignal(dialog.photo_wanted) as wanted:
        dialog.open_button.click()
    assert wanted.args == [folders[0] / "a.png"] and not dialog.isVisible()


WARNINGS = (message("Dull: try 50 %."),)


def decisions(dialog: ComparisonDialog) -> list[str]:
    return [button.text() for button, _ in dialog._decisions() if button.isVisible()]


def test_a_withheld_result_is_shown_with_its_reasons_and_decisions(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path], painted
) -> None:
    withheld = replace(
        row("a.png", "a.png", State.REVIEW), steps=(Step("haze"),), warnings=WARNINGS, suggested=(Step("haze", 0.5),)
    )
    file = withheld_file(folders[1], withheld)
    file.parent.mkdir()
    file.write_bytes(cv2.imencode(".png", np.full((40, 60, 3), 120, np.uint8))[1].tobytes())
    dialog.show_row(withheld, *folders)
    shown(qtbot, dialog)
    assert middles(painted, dialog) == (60, 120)
    assert "not written yet" in dialog.view.accessibleName() and dialog.reasons.text() == "Dull: try 50 %."
    assert decisions(dialog) == ["&Accept", "&Use suggestion: Haze 50 %", "&Dismiss"]
    assert not dialog.compute_button.isVisible()
    for button, decision in ((dialog.accept_button, "accept"), (dialog.dismiss_button, "dismiss")):
        with qtbot.waitSignal(dialog.decided) as decided:
            qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert decided.args == ["a.png", decision]
    dialog.set_busy(True)
    assert not dialog.accept_button.isEnabled()


def test_a_result_that_was_written_with_warnings_can_be_kept_or_done_again(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path]
) -> None:
    dialog.show_row(replace(row("a.png", "a.png"), warnings=WARNINGS, suggested=()), *folders)
    assert decisions(dialog) == ["&Use suggestion: leave unchanged", "&Keep"]
    dialog.show_row(row("a.png", "a.png"), *folders)
    assert decisions(dialog) == [] and not dialog.reasons.isVisible()
    shown(qtbot, dialog)


def test_a_withheld_result_that_is_lost_is_computed_on_demand(
    qtbot: QtBot, restorer: FakeRestorer, dialog: ComparisonDialog, folders: tuple[Path, Path], painted
) -> None:
    lost = replace(row("a.png", "a.png", State.REVIEW), steps=(Step("haze"),), warnings=WARNINGS, suggested=())
    dialog.show_row(lost, *folders)
    shown(qtbot, dialog)
    assert "No result yet" in dialog.view.accessibleName()
    qtbot.mouseClick(dialog.compute_button, Qt.MouseButton.LeftButton)
    assert dialog.progress.isVisible() and not dialog.compute_button.isEnabled()
    restorer.advance(0.5)
    qtbot.waitUntil(lambda: dialog.progress.value() == 500, timeout=20_000)
    restorer.finish()
    qtbot.waitUntil(lambda: dialog.view._pictures[1] is not None, timeout=20_000)
    assert middles(painted, dialog) == (60, 255 - 60)  # the stand-in makes the negative
    assert not dialog.compute_button.isVisible() and not dialog.progress.isVisible()
    assert "not written yet" in dialog.view.accessibleName()


def test_a_withheld_result_that_is_damaged_can_be_computed(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path]
) -> None:
    damaged = replace(row("a.png", "a.png", State.REVIEW), steps=(Step("haze"),), warnings=WARNINGS, suggested=())
    file = withheld_file(folders[1], damaged)
    file.parent.mkdir()
    file.write_bytes(b"")
    dialog.show_row(damaged, *folders)
    shown(qtbot, dialog)
    assert "No result yet" in dialog.view.accessibleName()
    assert dialog.compute_button.isVisible() and dialog.compute_button.isEnabled()


def test_computing_is_stopped_when_another_row_is_shown(
    qtbot: QtBot, restorer: FakeRestorer, dialog: ComparisonDialog, folders: tuple[Path, Path]
) -> None:
    lost = replace(row("a.png", "a.png", State.REVIEW), steps=(Step("haze"),), warnings=WARNINGS, suggested=())
    dialog.show_row(lost, *folders)
    shown(qtbot, dialog)
    dialog.compute_button.click()
    qtbot.waitUntil(lambda: bool(restorer.tokens), timeout=20_000)
    dialog.show_row(row("a.png", "a.png"), *folders)
    assert restorer.tokens[0].cancelled and not dialog.progress.isVisible()
    restorer.finish()
    qtbot.waitUntil(lambda: dialog.view._pictures[1] is not None, timeout=20_000)


def test_before_is_rotated_and_cropped_like_the_result(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path]
) -> None:
    settings = BatchSettings(geometry=Geometry(1, (0, 0, 40, 30)), geometry_size=(60, 40))
    cropped = np.full((30, 40, 3), 200, np.uint8)
    (folders[1] / "a.png").write_bytes(cv2.imencode(".png", cropped)[1].tobytes())
    dialog.show_row(row("a.png", "a.png"), *folders, settings)
    shown(qtbot, dialog)
    assert [(picture.pyramid.width, picture.pyramid.height) for picture in dialog.view._pictures] == [(40, 30)] * 2


def test_close_button_closes(qtbot: QtBot, dialog: ComparisonDialog) -> None:
    dialog.set_neighbours(previous=False, following=True)
    assert not dialog.previous.isEnabled() and dialog.next.isEnabled()
    dialog.close_button.click()
    assert not dialog.isVisible() and dialog.closed


def test_keys_and_mouse_zoom_and_move_both(qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path]) -> None:
    dialog.show_row(row("a.png", "a.png"), *folders)
    shown(qtbot, dialog)
    view, viewport = dialog.view, dialog.view.viewport_
    before = viewport.zoom
    qtbot.keyClick(view, Qt.Key.Key_Plus)
    assert viewport.zoom == pytest.approx(1.25 * before)
    centre = viewport.centre
    qtbot.mousePress(view, Qt.MouseButton.LeftButton, pos=QPoint(300, 100))
    qtbot.mouseMove(view, QPoint(260, 100))
    qtbot.mouseRelease(view, Qt.MouseButton.LeftButton)
    assert viewport.centre[0] > centre[0]
    qtbot.keyClick(view, Qt.Key.Key_0)
    assert viewport.fitted
    with qtbot.waitSignal(dialog.neighbour_wanted) as wanted:
        dialog.next.click()
    assert wanted.args == [1]


def test_the_warning_has_the_width_of_the_window(
    qtbot: QtBot, dialog: ComparisonDialog, folders: tuple[Path, Path]
) -> None:
    problem = "Dark halos along edges: try 60 % of the strength of all steps"
    warnings = (message("{problem}. {advice}", problem=problem, advice="Look at it."),)
    steps = (Step("low-light", 0.6), Step("noise15", 0.6))
    withheld = replace(row("a.png", state=State.REVIEW), warnings=warnings, suggested=steps)
    dialog.show_row(withheld, *folders)
    shown(qtbot, dialog)
    dialog.grab()
    assert dialog.reasons.isVisible()
    assert dialog.reasons.fontMetrics().horizontalAdvance(dialog.reasons.text()) <= dialog.reasons.width()
    for button, _ in dialog._decisions():
        assert not button.isVisible() or button.width() >= button.minimumSizeHint().width()
