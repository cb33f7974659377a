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
from dfpir_gui.batch.listing import ListingView
from dfpir_gui.batch.table import Column
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
