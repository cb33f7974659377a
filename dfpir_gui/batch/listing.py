"""The table of photos and its filters."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QComboBox,
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QStackedWidget,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from core.batch import BatchSettings, Row
from dfpir_gui.batch import texts
from dfpir_gui.batch.columns import Column, NeededWidths, column_widths
from dfpir_gui.batch.table import PhotoTable, ThumbnailDelegate
from dfpir_gui.batch.thumbnails import ThumbnailLoader
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.workers.worker_thread import Post

_SIDE = 6 * GRID
_MEASURED = 200
"""Rows whose texts determine the widths of the columns, of all rows of a folder."""

_PADDING = 2 * GRID
"""What a cell needs besides its text, and the distance to the next column."""

_DETAILS_HEIGHT = 9 * GRID


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
        details: warnings, reason and notes of the current row in full, below the table.
        source: the folder of the photos.
    """

    selection_changed = Signal()

    def __init__(self, post: Post, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = Path()
        self._thumbnails = ThumbnailLoader(2 * _SIDE, post, self._set_thumbnail)  # also for high-resolution screens
        self.rows = PhotoTable(self._thumbnails, _SIDE, self)
        self.state = ComboBox()
        self.group = ComboBox()
        self.search = QLineEdit(placeholderText=self.tr("Search"), clearButtonEnabled=True)
        self.steps_button = QPushButton(self.tr("Set steps…"))
        self.steps_button.setToolTip(self.tr("Set the steps of the selected photos, whatever is found in them"))
        self.compare_button = QPushButton(icons.icon("side"), "")
        self.compare_button.setToolTip(self.tr("Before and after of the selected photo (double click)"))
        self.compare_button.setAccessibleName(self.tr("Before and after"))
        self.compare_button.setEnabled(False)
        self._needed = NeededWidths()
        self._widths: dict[Column, int] = {}
        self._headings: dict[Column, int] = {}
        self._empty_columns: set[Column] = set()
        self.table = self._create_table()
        self.details = self._create_details()
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
        for signal in (self.table.selectionModel().currentRowChanged, self.rows.dataChanged, self.rows.modelReset):
            signal.connect(lambda *_: self._show_details())
        self._fill_filters()

    def show_folder(self, source: Path, rows: Iterable[Row], settings: BatchSettings | None = None) -> None:
        """Show the photos of ``source``, and the steps that follow from ``settings``."""
        selected = {row.path for row in self.selected()}
        self.source = source
        self._thumbnails.show_folder(source)
        self.rows.show(rows, f"{source}/", settings)
        self._needed.clear()
        self._measure(self.rows.rows[:: max(len(self.rows.rows) // _MEASURED, 1)])
        self._fill_filters()
        self._fit_columns()
        self._select(selected)
        self.empty.setText(self.tr("There are no photos in this folder."))
        self._stack.setCurrentWidget(self.table if self.rows.rows else self.empty)
        self._show_details()

    def show_missing_target(self) -> None:
        """Say that a folder for the results is missing, instead of the photos."""
        self.empty.setText(self.tr("Choose a folder for the results on the left; the photos are listed then."))
        self._stack.setCurrentWidget(self.empty)

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Show the new rows of some photos."""
        rows = list(rows)
        self.rows.update(rows)
        self._fill_filters()
        if self._measure(rows):
            self._fit_columns()

    def selected(self) -> list[Row]:
        """The selected rows."""
        return [index.data(Qt.ItemDataRole.UserRole) for index in self.table.selectionModel().selectedRows()]

    def end(self) -> None:
        """End the thread that makes the thumbnails."""
        self._thumbnails.end()

    def _create_details(self) -> QPlainTextEdit:
        details = QPlainTextEdit(readOnly=True)
        details.setFixedHeight(_DETAILS_HEIGHT)
        details.setFrameShape(QFrame.Shape.NoFrame)
        details.setTabChangesFocus(True)
        details.setAccessibleName(self.tr("Warnings and notes of the selected photo"))
        details.hide()
        return details

    def _show_details(self) -> None:
        """Show in full what the columns may have to cut."""
        index = self.table.currentIndex()
        row = index.data(Qt.ItemDataRole.UserRole) if index.isValid() else None
        text = "\n".join(filter(None, (texts.warnings_text(row), self.rows.reason(row)))) if row is not None else ""
        if text != self.details.toPlainText():
            self.details.setPlainText(text)
        self.details.setVisible(bool(text))

    def _create_table(self) -> _Table:
        table = _Table()
        table.resized.connect(self._fit_columns)
        table.setModel(self.rows)
        table.setItemDelegateForColumn(Column.PHOTO, ThumbnailDelegate(table))
        table.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAsNeeded)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        table.setIconSize(QSize(_SIDE, _SIDE))
        table.setShowGrid(False)
        table.setWordWrap(True)  # a row is high enough for four lines
        table.setSortingEnabled(True)
        table.sortByColumn(Column.PHOTO, Qt.SortOrder.AscendingOrder)
        table.setTabKeyNavigation(False)
        table.setAccessibleName(self.tr("Photos of the folder"))
        # A fixed height: otherwise Qt would measure all rows, of which there may be ten thousand.
        table.verticalHeader().setDefaultSectionSize(_SIDE + 3 * GRID // 2)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        header.setMinimumSectionSize(6 * GRID)
        header.setHighlightSections(False)  # bold headings would need other widths
        header.setTextElideMode(Qt.TextElideMode.ElideRight)
        return table

    def _measure(self, rows: Sequence[Row]) -> bool:
        """Note how wide the texts of some rows are; returns whether a column needs more than before."""
        metrics = self.table.fontMetrics()

        def needed(row: Row, column: Column) -> int:
            text = self.rows.reason(row) if column is Column.REASON else self.rows.text(row, column)
            picture = _SIDE + GRID if column is Column.PHOTO else 0
            return metrics.horizontalAdvance(text) + _PADDING + picture if text else 0

        return self._needed.add((column, needed(row, column)) for row in rows for column in Column)

    def _fit_columns(self) -> None:
        """Share the width among the columns that have texts, unless the user has set their widths.

        The last one takes the rest.
        """
        header = self.table.horizontalHeader()
        own = [column for column in Column if column != Column.REASON]
        if any(header.sectionSize(column) != width for column, width in self._widths.items() if column in own):
            return
        if not self._headings:  # while no column is hidden
            self._headings = {column: header.sectionSizeHint(column) for column in Column}
        shown = [column for column in Column if column not in self._empty_columns]
        needed = {column: max(self._needed.get(column), self._headings[column]) for column in shown}
        self._widths = column_widths(needed, self.table.viewport().width())
        header.setStretchLastSection(False)  # it would not give back what a column takes that appears
        header.resizeSection(Column.REASON, header.minimumSectionSize())
        for column in own:
            self.table.setColumnHidden(column, column not in self._widths)
            if column in self._widths:
                header.resizeSection(column, self._widths[column])
        header.setStretchLastSection(True)

    def _lay_out(self) -> None:
        self.state.setAccessibleName(self.tr("Show only photos in this state"))
        self.group.setAccessibleName(self.tr("Show only photos with this problem"))
        self.search.setAccessibleName(self.tr("Show only photos with this in their name"))
        bar = QHBoxLayout()
        bar.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        bar.setSpacing(GRID)
        for box in (self.state, self.group):
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(11)
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
        below = QHBoxLayout()
        below.setContentsMargins(2 * GRID, GRID // 2, 2 * GRID, 0)
        below.addWidget(self.details)
        column.addLayout(below)

    def _fill_filters(self) -> None:
        """Offer the states and groups that occur, with their counts."""
        rows = self.rows.rows
        states, groups = Counter(map(texts.state_key, rows)), Counter(map(texts.group_key, rows))
        shown = [state for state in texts.STATES if states[state]]
        entries = [(texts.state_text(state).capitalize(), state, states[state]) for state in shown]
        warned = sum(bool(row.warnings) for row in rows)
        if warned:
            entries.append((texts.state_text(texts.WARNED).capitalize(), texts.WARNED, warned))
        _fill(self.state, self.tr("All states"), len(rows), entries)
        found = sorted(groups, key=lambda group: (-groups[group], group))
        entries = [(texts.group_text(group), group, groups[group]) for group in found]
        _fill(self.group, self.tr("Any problem"), len(rows), entries)
        full = {Column.FOUND: any(row.verdict for row in rows), Column.WARNINGS: warned > 0}
        empty = {column for column, has_texts in full.items() if not has_texts} if rows else set()
        if empty != self._empty_columns:
            self._empty_columns = empty
            self._fit_columns()

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
