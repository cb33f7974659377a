"""Results that may do harm, from the run to the file on the disk: looked at, accepted, replaced, dismissed.

A batch restores small photos with a tiny network on its worker thread; the network's result is replaced by the negative
of the photo, so that it is known which of them do harm.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from core.batch import BackendConfig, State
from core.batch.journal import known_rows
from core.batch.results import REVIEW
from core.batch.rows import Row
from core.batch.verdict import verdict_to_json
from core.detection import CLASSES, Detection
from core.inference import Restorer
from dfpir_gui.batch.columns import Column
from dfpir_gui.batch.comparison import ComparisonDialog
from dfpir_gui.batch.page import BatchPage
from dfpir_gui.session import Session

TIMEOUT_MS = 60_000
GREY = {"a-harmed.png": 138, "b-harmed.png": 139, "c-harmed.png": 140, "d-fine.png": 128}
"""The negatives of the first three are darker and dull."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "photos"
    source.mkdir()
    for name, grey in GREY.items():
        (source / name).write_bytes(cv2.imencode(".png", np.full((60, 80, 3), grey, np.uint8))[1].tobytes())
    return source


@pytest.fixture
def restored(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names of the photos that were restored, in order."""
    whole, names = Restorer.restore, []

    def negative(self, photo, steps, **options):
        names.append(photo.source.name)
        result = whole(self, photo, steps, **options)
        shown = photo.pixels + steps[0].strength * (1 - 2 * photo.pixels)
        return type(result)(**{**vars(result), "photo": photo.with_pixels(shown.astype(np.float32))})

    monkeypatch.setattr(Restorer, "restore", negative)
    return names


@pytest.fixture
def page(
    qtbot: QtBot, session: Session, tiny_model_file: Path, folder: Path, restored: list[str]
) -> Iterator[BatchPage]:
    page = BatchPage(session, lambda: BackendConfig(model=str(tiny_model_file), devices=("cpu",)))
    page.resize(1200, 700)
    qtbot.addWidget(page)
    page.show()
    page.options.what.setCurrentIndex(page.options.what.findData("haze"))
    yield page
    page.end()


def rest(qtbot: QtBot, page: BatchPage) -> None:
    qtbot.waitUntil(lambda: not page.busy, timeout=TIMEOUT_MS)


def run(qtbot: QtBot, page: BatchPage, folder: Path, *, review: bool) -> Path:
    page.options.review_harm.setChecked(review)
    page.open_folder(folder)
    rest(qtbot, page)
    qtbot.mouseClick(page.controls.start, Qt.MouseButton.LeftButton)
    rest(qtbot, page)
    return folder.with_name("photos-restored")


def states(page: BatchPage) -> list[str]:
    return [page.view.rows.index(line, Column.STATE).data() for line in range(page.view.rows.rowCount())]


def row_at(page: BatchPage, line: int) -> Row:
    return page.view.rows.index(line, 0).data(Qt.ItemDataRole.UserRole)


def level(file: Path) -> int:
    return int(cv2.imread(str(file))[30, 40, 0])


def compared(qtbot: QtBot, page: BatchPage, line: int) -> ComparisonDialog:
    page.view.table.doubleClicked.emit(page.view.rows.index(line, 0))
    dialog = page.findChild(ComparisonDialog)
    shown(qtbot, dialog, after=True)
    return dialog


def shown(qtbot: QtBot, dialog: ComparisonDialog, *, after: bool) -> None:
    qtbot.waitUntil(
        lambda: dialog.view._pictures[0] is not None and (dialog.view._pictures[1] is not None) == after,
        timeout=TIMEOUT_MS,
    )


def after_level(dialog: ComparisonDialog) -> int:
    picture = dialog.view._pictures[1]
    return int(picture.pyramid.levels[0][30, 40, 0])


def click(qtbot: QtBot, page: BatchPage, button: QPushButton) -> None:
    assert button.isVisible() and button.isEnabled()
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    rest(qtbot, page)


def test_withheld_results_are_looked_at_and_decided_one_after_the_other(
    qtbot: QtBot, page: BatchPage, folder: Path, restored: list[str]
) -> None:
    target = run(qtbot, page, folder, review=True)
    assert states(page) == ["to review"] * 3 + ["restored"]
    assert sorted(file.name for file in target.iterdir() if not file.name.startswith(".")) == ["d-fine.png"]
    assert len(restored) == 4 and len(list((target / REVIEW).glob("*.png"))) == 3

    # Accepted: written at once, without restoring again; the view goes on to the next withheld photo. What the program
    # itself warns of is not the button that stands out.
    dialog = compared(qtbot, page, 0)
    assert dialog.title.text() == "a-harmed.png" and after_level(dialog) == 255 - 138
    assert "Dull" in dialog.reasons.text() and not dialog.previous.isEnabled()
    assert "double-click" not in dialog.details.text()
    assert dialog.suggested_button.property("role") == "primary" and not dialog.accept_button.property("role")
    click(qtbot, page, dialog.accept_button)
    assert level(target / "a-harmed.png") == 255 - 138 and len(restored) == 4 and states(page)[0] == "restored"
    assert dialog.title.text() == "b-harmed.png" and dialog.pending.isHidden() and dialog.undo_button.isHidden()
    shown(qtbot, dialog, after=True)
    assert after_level(dialog) == 255 - 139

    # As suggested: made after the last decision, so that it can be taken back until then.
    (step,) = row_at(page, 1).suggested
    click(qtbot, page, dialog.suggested_button)
    assert dialog.title.text() == "c-harmed.png" and states(page)[1] == "waiting"
    click(qtbot, page, dialog.undo_button)
    assert dialog.title.text() == "b-harmed.png" and states(page)[1] == "to review" and dialog.undo_button.isHidden()
    shown(qtbot, dialog, after=True)
    assert after_level(dialog) == 255 - 139 and len(restored) == 4
    click(qtbot, page, dialog.suggested_button)
    assert not (target / "b-harmed.png").exists()
    assert dialog.title.text() == "c-harmed.png"
    shown(qtbot, dialog, after=True)
    assert dialog.pending.isHidden() and dialog.start_button.isHidden()
    dialog.previous.click()
    shown(qtbot, dialog, after=False)
    assert dialog.view._note == f"Still to be restored with Haze {100 * step.strength:.0f} %."
    assert dialog.accept_button.isHidden() and dialog.compute_button.isVisible() and dialog.start_button.isVisible()
    dialog.next.click()
    shown(qtbot, dialog, after=True)

    # Dismissed: left unchanged, at once. Nothing is left to decide, so the suggestion is carried out, without a start
    # and, since only the strength changes, without the network.
    click(qtbot, page, dialog.dismiss_button)
    shown(qtbot, dialog, after=True)
    assert after_level(dialog) == level(target / "c-harmed.png") == 140
    assert dialog.details.text().startswith("left unchanged, copied") and page.controls.start.text() == "Start"
    assert dialog.pending.text() == "All withheld results are decided." and dialog.start_button.isHidden()
    dialog.previous.click()
    shown(qtbot, dialog, after=True)
    assert level(target / "b-harmed.png") == after_level(dialog) == round(139 + step.strength * (255 - 2 * 139))
    assert states(page) == ["restored", "restored", "left unchanged, copied", "restored"]
    assert len(restored) == 4 and not (target / REVIEW).exists()
    dialog.close_button.click()
    assert dialog.closed and page._comparison() is None


def test_closing_the_view_carries_out_suggestions(
    qtbot: QtBot, page: BatchPage, folder: Path, restored: list[str]
) -> None:
    target = run(qtbot, page, folder, review=True)
    dialog = compared(qtbot, page, 0)
    click(qtbot, page, dialog.suggested_button)
    assert states(page)[:3] == ["waiting", "to review", "to review"]
    dialog.close_button.click()
    rest(qtbot, page)
    assert states(page) == ["restored", "to review", "to review", "restored"]
    assert (target / "a-harmed.png").is_file() and len(restored) == 4


def test_suggestions_from_the_menu_are_carried_out_at_once_and_others_are_not_touched(
    qtbot: QtBot, page: BatchPage, folder: Path, restored: list[str]
) -> None:
    run(qtbot, page, folder, review=True)
    cv2.imwrite(str(folder / "e-new.png"), np.full((60, 80, 3), 128, np.uint8))
    page.refresh()
    rest(qtbot, page)
    page.view.table.selectRow(0)
    page.decide("suggested")
    rest(qtbot, page)
    assert states(page) == ["restored", "to review", "to review", "restored", "waiting"]
    assert len(restored) == 4


def test_a_dismissal_by_mistake_is_taken_back(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    run(qtbot, page, folder, review=True)
    dialog = compared(qtbot, page, 0)
    click(qtbot, page, dialog.dismiss_button)
    assert states(page)[0] == "left unchanged, copied" and dialog.title.text() == "b-harmed.png"
    click(qtbot, page, dialog.undo_button)
    assert dialog.title.text() == "a-harmed.png" and states(page)[0] == "waiting"
    shown(qtbot, dialog, after=False)
    assert dialog.view._note == "The next start works on this photo."
    click(qtbot, page, page.controls.start)
    assert states(page)[0] == "to review"


def test_after_a_decision_the_next_withheld_photo_is_shown_wherever_it_is(
    qtbot: QtBot, page: BatchPage, folder: Path
) -> None:
    run(qtbot, page, folder, review=True)
    dialog = compared(qtbot, page, 2)
    click(qtbot, page, dialog.dismiss_button)
    assert dialog.title.text() == "a-harmed.png"


def test_the_progress_of_a_run_is_told_to_the_window(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    told: list[str] = []
    page.work_changed.connect(told.append)
    run(qtbot, page, folder, review=False)
    assert "Batch: 4 of 4" in told and told[-1] == ""


def test_results_written_with_warnings_are_done_again_or_kept(
    qtbot: QtBot, page: BatchPage, folder: Path, restored: list[str]
) -> None:
    target = run(qtbot, page, folder, review=False)
    assert states(page) == ["restored"] * 4 and not (target / REVIEW).exists()
    dialog = compared(qtbot, page, 0)
    (step,) = row_at(page, 0).suggested
    click(qtbot, page, dialog.suggested_button)  # done at once
    shown(qtbot, dialog, after=True)
    wanted = round(138 + step.strength * (255 - 2 * 138))
    assert level(target / "a-harmed.png") == after_level(dialog) == wanted and restored[4:] == ["a-harmed.png"]

    # The menu for selected rows keeps the second one, and changes nothing but its warnings.
    before = (target / "b-harmed.png").read_bytes()
    page.view.table.selectRow(1)
    menu = page.view.steps_button.menu()
    menu.aboutToShow.emit()
    keep = next(action for action in menu.actions() if "keep the result" in action.text())
    keep.trigger()
    rest(qtbot, page)
    assert known_rows(target)["b-harmed.png"].warnings == () and (target / "b-harmed.png").read_bytes() == before
    assert page.view.rows.index(1, Column.WARNINGS).data() == ""

    # A file that the user has changed meanwhile is not replaced.
    (target / "c-harmed.png").write_bytes(before)
    page.view.table.selectRow(2)
    page.decide("suggested")
    rest(qtbot, page)
    assert (target / "c-harmed.png").read_bytes() == before and (target / "c-harmed-2.png").is_file()
    assert row_at(page, 2).state is State.RESTORED


def test_the_whole_text_is_shown_below_the_table_and_as_a_tooltip(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    run(qtbot, page, folder, review=True)
    assert page.view.details.isHidden()
    page.view.table.selectRow(0)
    (warning,) = row_at(page, 0).warnings
    text = page.view.details.toPlainText()
    assert page.view.details.isVisible() and str(warning) in text and "double-click" in text
    tip = page.view.rows.index(0, Column.WARNINGS).data(Qt.ItemDataRole.ToolTipRole)
    assert tip.startswith("<qt>") and str(warning) in tip
    page.view.table.selectRow(3)
    assert page.view.details.isHidden()


@pytest.fixture
def sizes() -> Callable[[BatchPage], tuple[int, int]]:
    def measure(page: BatchPage) -> tuple[int, int]:
        table = page.view.table
        header = table.horizontalHeader()
        return header.length(), table.viewport().width()

    return measure


@pytest.mark.parametrize("width", [880, 1208, 1848])
def test_the_table_never_overhangs(
    qtbot: QtBot, page: BatchPage, folder: Path, sizes: Callable[[BatchPage], tuple[int, int]], width: int
) -> None:
    page.resize(width, 500)
    run(qtbot, page, folder, review=True)
    qtbot.waitUntil(lambda: len(set(sizes(page))) == 1, timeout=TIMEOUT_MS)  # the layout settles with the last texts
    assert not page.view.table.horizontalScrollBar().isVisible()
    shown_columns = [column for column in Column if not page.view.table.isColumnHidden(column)]
    heading = page.view.table.horizontalHeader().sectionSizeHint
    assert all(page.view.table.columnWidth(column) >= min(72, heading(column)) for column in shown_columns)
    left_out = {Column.SECONDS} if width < 1000 else set()
    assert set(Column) - set(shown_columns) == left_out | {Column.FOUND}  # nothing was to be found


@pytest.mark.parametrize("width", [880, 1208, 1848])
def test_columns_that_appear_later_do_not_overhang(
    qtbot: QtBot, page: BatchPage, folder: Path, sizes: Callable[[BatchPage], tuple[int, int]], width: int
) -> None:
    page.resize(width, 500)
    run(qtbot, page, folder, review=False)
    table = page.view.table
    hidden = {column for column in Column if table.isColumnHidden(column)}
    assert hidden >= {Column.FOUND}
    verdict = verdict_to_json(Detection(dict.fromkeys(CLASSES, 0.1) | {"haze": 0.9}, ("haze",), None, False))
    page.view.update_rows([replace(row, verdict=verdict) for row in page.view.rows.rows])
    assert not table.isColumnHidden(Column.FOUND)
    qtbot.waitUntil(lambda: len(set(sizes(page))) == 1, timeout=TIMEOUT_MS)
    assert not table.horizontalScrollBar().isVisible()


def test_texts_of_a_row_are_wrapped_and_columns_without_texts_are_left_out(
    qtbot: QtBot, page: BatchPage, folder: Path
) -> None:
    page.resize(1280, 700)
    run(qtbot, page, folder, review=True)
    table = page.view.table
    assert table.wordWrap() and not table.isColumnHidden(Column.WARNINGS)
    three_lines = 3 * table.fontMetrics().lineSpacing()
    assert table.rowHeight(0) >= three_lines
    for column in (Column.WARNINGS, Column.REASON):
        width = table.columnWidth(column) - 12
        text = page.view.rows.index(0, column).data()
        needed = table.fontMetrics().boundingRect(0, 0, width, 1000, Qt.TextFlag.TextWordWrap, text).height()
        assert width > 180 and (needed <= three_lines or column == Column.REASON)
    page.options.review_harm.setChecked(False)
    for name in GREY:
        (folder / name).unlink()
    cv2.imwrite(str(folder / "fine.png"), np.full((60, 80, 3), 128, np.uint8))
    page.refresh()
    rest(qtbot, page)
    assert table.isColumnHidden(Column.WARNINGS) and not table.isColumnHidden(Column.REASON)


def test_thumbnails_of_selected_rows_are_not_tinted(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    run(qtbot, page, folder, review=False)
    index = page.view.rows.index(0, 0)

    def middle() -> int:
        image = page.view.table.grab().toImage()
        area = page.view.table.visualRect(index).translated(page.view.table.viewport().pos())
        return image.pixelColor(area.left() + 4 + 24, area.center().y()).red()

    qtbot.waitUntil(lambda: abs(middle() - 138) <= 2, timeout=TIMEOUT_MS)
    page.view.table.selectRow(0)
    assert abs(middle() - 138) <= 2
