"""The table of photos and its filters."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.batch import BatchSettings, Row
from dfpir_gui.batch import texts
from dfpir_gui.batch.table import Column, PhotoTable
from dfpir_gui.batch.thumbnails import ThumbnailLoader
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.workers.worker_thread import Post

_SIDE = 6 * GRID
_WIDTHS = {
    Column.PHOTO: 28 * GRID,
    Column.FOUND: 22 * GRID,
    Column.STEPS: 16 * GRID,
    Column.STATE: 16 * GRID,
    Column.SECONDS: 9 * GRID,
}
_NARROWEST = {Column.PHOTO: 18 * GRID, Column.FOUND: 12 * GRID, Column.STEPS: 12 * GRID}
"""Widths down to which columns shrink so that the state stays visible in a small window."""


class _Table(QTableView):
    """A table that tells when its size has changed."""

    resized = Signal()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.resized.emit()


class ListingView(QWidget):
    """Shows the rows of a folder, and lets the user select some.

    Attributes:
        selection_changed: other rows are selected.
        rows: the model of the table.
        source: the folder of the photos.
    """

    selection_changed = Signal()

    def __init__(self, post: Post, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = Path()
        self._thumbnails = ThumbnailLoader(2 * _SIDE, post, self._set_thumbnail)  # also for high-resolution screens
        self.rows = PhotoTable(self._thumbnails, _SIDE, self)
        self.state = QComboBox()
        self.group = QComboBox()
        self.search = QLineEdit(placeholderText=self.tr("Search"), clearButtonEnabled=True)
        self.steps_button = QPushButton(self.tr("Set steps for selected…"))
        self.steps_button.setToolTip(self.tr("Set the steps of the selected photos, whatever is found in them"))
        self.compare_button = QPushButton(icons.icon("side"), "")
        self.compare_button.setToolTip(self.tr("Before and after of the selected photo (double click)"))
        self.compare_button.setAccessibleName(self.tr("Before and after"))
        self.compare_button.setEnabled(False)
        self._widths = dict(_WIDTHS)
        self.table = self._create_table()
        self.empty = QLabel(self.tr("Drop a folder of photos here, or choose one on the left."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("role", "quiet")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        self._lay_out()
        for box in (self.state, self.group):
            box.currentIndexChanged.connect(self._filter)
        self.search.textChanged.connect(self._filter)
        self.table.selectionModel().selectionChanged.connect(lambda: self.selection_changed.emit())
        self._fill_filters()

    def show_folder(self, source: Path, rows: Iterable[Row], settings: BatchSettings | None = None) -> None:
        """Show the photos of ``source``, and the steps that follow from ``settings``."""
        selected = {row.path for row in self.selected()}
        self.source = source
        self._thumbnails.show_folder(source)
        self.rows.show(rows, f"{source}/", settings)
        self._fill_filters()
        self._select(selected)
        self._stack.setCurrentWidget(self.table if self.rows.rows else self.empty)

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Show the new rows of some photos."""
        self.rows.update(rows)
        self._fill_filters()

    def selected(self) -> list[Row]:
        """The selected rows."""
        return [index.data(Qt.ItemDataRole.UserRole) for index in self.table.selectionModel().selectedRows()]

    def end(self) -> None:
        """End the thread that makes the thumbnails."""
        self._thumbnails.end()

    def _create_table(self) -> _Table:
        table = _Table()
        table.resized.connect(self._fit_columns)
        table.setModel(self.rows)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setIconSize(QSize(_SIDE, _SIDE))
        table.setShowGrid(False)
        table.setWordWrap(False)
        table.setSortingEnabled(True)
        table.sortByColumn(Column.PHOTO, Qt.SortOrder.AscendingOrder)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(self.tr("Photos of the folder"))
        # A fixed height: otherwise Qt would measure all rows, of which there may be ten thousand.
        table.verticalHeader().setDefaultSectionSize(_SIDE + GRID)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in _WIDTHS.items():
            table.setColumnWidth(column, width)
        return table

    def _fit_columns(self) -> None:
        """Share the width among the columns up to the state, unless the user has set their widths."""
        table = self.table
        header = table.horizontalHeader()
        if any(header.sectionSize(column) != width for column, width in self._widths.items()):
            return
        missing = sum(_WIDTHS[column] for column in _WIDTHS if column <= Column.STATE) - table.viewport().width()
        slack = sum(_WIDTHS[column] - width for column, width in _NARROWEST.items())
        share = min(max(missing / slack, 0.0), 1.0)
        for column, narrowest in _NARROWEST.items():
            self._widths[column] = round(_WIDTHS[column] - share * (_WIDTHS[column] - narrowest))
            header.resizeSection(column, self._widths[column])

    def _lay_out(self) -> None:
        self.state.setAccessibleName(self.tr("Show only photos in this state"))
        self.group.setAccessibleName(self.tr("Show only photos with this problem"))
        self.search.setAccessibleName(self.tr("Show only photos with this in their name"))
        bar = QHBoxLayout()
        bar.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        bar.setSpacing(GRID)
        for box in (self.state, self.group):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
            bar.addWidget(box, 2)
        self.search.setMinimumWidth(9 * GRID)
        bar.addWidget(self.search, 2)
        bar.addWidget(self.compare_button)
        bar.addWidget(self.steps_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        framed = QHBoxLayout()
        framed.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        framed.addWidget(self._stack)
        column.addLayout(framed, 1)

    def _fill_filters(self) -> None:
        """Offer the states and groups that occur, with their counts."""
        rows = self.rows.rows
        states, groups = Counter(map(texts.state_key, rows)), Counter(map(texts.group_key, rows))
        shown = [state for state in texts.STATES if states[state]]
        entries = [(texts.state_text(state).capitalize(), state, states[state]) for state in shown]
        _fill(self.state, self.tr("All states"), len(rows), entries)
        found = sorted(groups, key=lambda group: (-groups[group], group))
        entries = [(texts.group_text(group), group, groups[group]) for group in found]
        _fill(self.group, self.tr("Any problem"), len(rows), entries)

    def _filter(self) -> None:
        self.rows.filter(self.state.currentData(), self.group.currentData(), self.search.text())

    def _select(self, paths: set[str]) -> None:
        if not paths:
            return
        selection = QItemSelection()
        for number in range(self.rows.rowCount()):
            index = self.rows.index(number, 0)
            if index.data(Qt.ItemDataRole.UserRole).path in paths:
                selection.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)

    def _set_thumbnail(self, path: str, data: bytes | None) -> None:
        self.rows.set_thumbnail(path, data)


def _fill(box: QComboBox, all_text: str, total: int, entries: Sequence[tuple[str, str, int]]) -> None:
    """Put a choice of all and the entries into ``box``, with their counts; the selected one is kept if it exists."""
    selected = box.currentData()
    box.blockSignals(True)
    items = [(f"{all_text} ({total})", None), *((f"{text} ({count})", key) for text, key, count in entries)]
    while box.count() > len(items):
        box.removeItem(box.count() - 1)
    for number, (text, key) in enumerate(items):
        if number == box.count():
            box.addItem(text, key)
        box.setItemText(number, text)
        box.setItemData(number, key)
    keys = [key for _, key in items]
    box.setCurrentIndex(keys.index(selected) if selected in keys else 0)
    box.blockSignals(False)
    if selected not in keys:
        box.currentIndexChanged.emit(0)
