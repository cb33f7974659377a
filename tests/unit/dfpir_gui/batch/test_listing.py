"""The table of photos and its filters."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QStyle, QStyleOptionComboBox
from pytestqt.qtbot import QtBot

from core.batch import Row, State
from core.batch.verdict import verdict_to_json
from core.detection import CLASSES, Detection
from core.messages import verbatim
from core.steps import Step
from dfpir_gui.batch.columns import Column
from dfpir_gui.batch.listing import ListingView
from dfpir_gui.workers.main_thread import MainThread


@pytest.fixture
def view(qtbot: QtBot) -> Iterator[ListingView]:
    thread = MainThread()
    view = ListingView(thread.post)
    qtbot.addWidget(view)
    view.resize(900, 700)
    view.show()
    qtbot.waitExposed(view)
    yield view
    view.end()


def names(view: ListingView) -> list[str]:
    """The photos in the order of the table."""
    return [view.rows.index(row, Column.PHOTO).data() for row in range(view.rows.rowCount())]


def test_filter_follows_changed_and_new_rows(view: ListingView) -> None:
    view.show_folder(Path(), [Row(f"{name}.jpg") for name in "abc"])
    view.state.setCurrentIndex(view.state.findData(State.WAITING))
    view.table.selectRow(2)
    view.update_rows([Row("a.jpg", state=State.RESTORED), Row("d.jpg")])
    assert names(view) == ["b.jpg", "c.jpg", "d.jpg"]
    assert [row.path for row in view.selected()] == ["c.jpg"]
    view.table.sortByColumn(Column.PHOTO, Qt.SortOrder.DescendingOrder)
    assert names(view) == ["d.jpg", "c.jpg", "b.jpg"]
    assert [row.path for row in view.selected()] == ["c.jpg"]
    view.state.setCurrentIndex(0)
    assert names(view) == ["d.jpg", "c.jpg", "b.jpg", "a.jpg"]


def test_table_is_a_valid_model(view: ListingView, qtmodeltester) -> None:
    view.show_folder(Path(), [Row(f"{name}.jpg") for name in "abc"])
    qtmodeltester.check(view.rows)
    view.rows.sort(Column.STATE)


def test_sorting_by_verdict_groups_photos_by_confidence(view: ListingView) -> None:
    def verdict(found: str, confidence: float) -> str:
        probabilities = {name: confidence if name == found else 0.01 for name in CLASSES}
        return verdict_to_json(Detection(probabilities, (found,), None, False))

    rows = [("a", "rain", 0.9), ("b", "haze", 0.9), ("c", "rain", 0.7), ("d", "haze", 0.8)]
    view.show_folder(Path(), [Row(path, verdict=verdict(found, sure)) for path, found, sure in rows])
    view.table.sortByColumn(Column.FOUND, Qt.SortOrder.AscendingOrder)
    assert names(view) == ["d", "b", "c", "a"]


def test_thumbnails_are_requested_only_for_visible_rows(view: ListingView) -> None:
    view.show_folder(Path(), [Row(f"{number:05}.jpg") for number in range(10_000)])
    asked = []
    view._thumbnails.get = asked.append  # type: ignore[method-assign]
    view.table.viewport().repaint()
    assert 0 < len(set(asked)) < 40
    view.table.scrollToBottom()
    view.table.viewport().repaint()
    assert "09999.jpg" in asked and len(set(asked)) < 80


@pytest.mark.parametrize("width", [568, 888, 1528])  # of windows of 960, 1280 and 1920 pixels
def test_nothing_overlaps_and_the_state_is_visible(view: ListingView, qtbot: QtBot, width: int) -> None:
    view.resize(width, 500)
    view.show_folder(Path(), [Row(f"a long name of a photo {n}.jpg") for n in range(30)])
    view.grab()
    boxes = [view.state, view.group, view.search, view.compare_button, view.steps_button]
    for left, right in pairwise(boxes):
        assert left.geometry().right() < right.geometry().left()
    assert boxes[-1].geometry().right() <= view.width()
    for box in (view.state, view.group):  # the longest usual entry is not cut
        option = QStyleOptionComboBox()
        box.initStyleOption(option)
        style = box.style()
        field = style.subControlRect(
            QStyle.ComplexControl.CC_ComboBox, option, QStyle.SubControl.SC_ComboBoxEditField, box
        )
        assert box.fontMetrics().horizontalAdvance(box.currentText()) <= field.width()
    table = view.table
    end = table.columnViewportPosition(Column.STATE) + table.columnWidth(Column.STATE)
    assert end <= table.viewport().width()
    assert table.geometry().right() <= view.width()


def test_widths_that_the_user_has_set_stay(view: ListingView) -> None:
    view.show_folder(Path(), [Row("a.jpg")])
    view.table.setColumnWidth(Column.PHOTO, 400)
    view.resize(600, 500)
    view.grab()
    assert view.table.columnWidth(Column.PHOTO) == 400


def verdict(*found: str) -> str:
    return verdict_to_json(Detection({name: 0.9 if name in found else 0.01 for name in CLASSES}, found, 23.0, False))


def cut(view: ListingView, column: Column) -> list[str]:
    """The texts of a column that do not fit on one line."""
    texts = [view.rows.index(line, column).data() for line in range(view.rows.rowCount())]
    room = view.table.columnWidth(column) - (48 if column is Column.PHOTO else 0) - 6
    return [text for text in texts if view.table.fontMetrics().horizontalAdvance(text) > room]


WARNING = verbatim("Dark halos along edges: try 60 % of the strength.")
LONG_ROWS = (
    Row("haze.jpg", verdict=verdict("haze"), steps=(Step("haze"),), state=State.RESTORED, seconds=3.0),
    Row(
        "a night street.jpg",
        verdict=verdict("noise", "low-light"),
        steps=(Step("low-light"), Step("noise25", 0.6)),
        state=State.REVIEW,
        seconds=12.0,
        warnings=(WARNING,),
        notes=(verbatim("The file is a PNG file. " * 4),),
    ),
)


def test_wide_tables_give_columns_what_their_texts_need(view: ListingView) -> None:
    view.resize(1528, 500)  # of a window of 1920 pixels
    view.show_folder(Path(), LONG_ROWS)
    view.grab()
    for column in (Column.PHOTO, Column.FOUND, Column.STEPS, Column.STATE, Column.SECONDS, Column.WARNINGS):
        assert not cut(view, column), column.name
    assert view.table.columnWidth(Column.REASON) > 400  # the notes get the rest


@pytest.mark.parametrize("width", [568, 888, 1528])
def test_columns_fill_the_table_and_follow_new_texts(view: ListingView, width: int) -> None:
    view.resize(width, 500)
    view.show_folder(Path(), [Row(row.path) for row in LONG_ROWS])
    view.grab()
    narrow = view.table.columnWidth(Column.STEPS)
    view.update_rows(LONG_ROWS)
    view.grab()
    table, shown = view.table, [column for column in Column if not view.table.isColumnHidden(column)]
    assert sum(map(table.columnWidth, shown)) == table.viewport().width()
    assert table.columnWidth(Column.STEPS) > narrow and Column.WARNINGS in shown and not cut(view, Column.STATE)
    assert "haze.jpg" not in cut(view, Column.PHOTO)
