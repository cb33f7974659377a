"""The table of photos with its filters."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from PySide6.QtCore import QSize, Qt, Signal
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
from dfpir_gui.batch import wording
from dfpir_gui.batch.table import Column, Rows
from dfpir_gui.batch.thumbnails import Thumbnails
from dfpir_gui.settings.theme import GRID
from dfpir_gui.workers.worker_thread import Post

_SIDE = 6 * GRID
_WIDTHS = {
    Column.PHOTO: 28 * GRID,
    Column.FOUND: 22 * GRID,
    Column.STEPS: 16 * GRID,
    Column.STATE: 12 * GRID,
    Column.SECONDS: 9 * GRID,
}


class ListingView(QWidget):
    """Shows the rows of a folder, and lets the user choose some.

    Attributes:
        selection_changed: other rows are chosen.
        rows: the model of all rows.
        source: the folder of the photos.
    """

    selection_changed = Signal()

    def __init__(self, post: Post, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.source = Path()
        self._thumbnails = Thumbnails(2 * _SIDE, post, self._picture_ready)  # for screens with fine pixels, too
        self.rows = Rows(self._thumbnails, _SIDE, self)
        self.state = QComboBox()
        self.group = QComboBox()
        self.words = QLineEdit(placeholderText=self.tr("Part of the name"), clearButtonEnabled=True)
        self.steps_button = QPushButton(self.tr("Steps for the chosen…"))
        self.steps_button.setToolTip(self.tr("Set what is done to the chosen photos, whatever is found in them"))
        self.table = self._made_table()
        self.empty = QLabel(self.tr("Drop a folder of photos here, or choose one at the left."))
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.empty.setProperty("role", "quiet")
        self._stack = QStackedWidget()
        self._stack.addWidget(self.empty)
        self._stack.addWidget(self.table)
        self._lay_out()
        for box in (self.state, self.group):
            box.currentIndexChanged.connect(self._filter)
        self.words.textChanged.connect(self._filter)
        self.table.selectionModel().selectionChanged.connect(lambda: self.selection_changed.emit())
        self._fill_filters()

    def show_folder(self, source: Path, rows: Iterable[Row], treatment: BatchSettings | None = None) -> None:
        """Show the photos of ``source``, and what ``treatment`` will do to them."""
        chosen = {row.path for row in self.chosen()}
        self.source = source
        self._thumbnails.show_folder(source)
        self.rows.show(rows, f"{source}/", treatment)
        self._fill_filters()
        self._choose(chosen)
        self._stack.setCurrentWidget(self.table if self.rows.rows else self.empty)

    def update_rows(self, rows: Iterable[Row]) -> None:
        """Take over what has become of some photos."""
        self.rows.update(rows)
        self._fill_filters()

    def chosen(self) -> list[Row]:
        """The rows that are selected."""
        return [index.data(Qt.ItemDataRole.UserRole) for index in self.table.selectionModel().selectedRows()]

    def end(self) -> None:
        """Wait for the thread that makes the small pictures."""
        self._thumbnails.end()

    def _made_table(self) -> QTableView:
        table = QTableView()
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
        # All rows are equally high: with sizes by content, ten thousand would have to be measured.
        table.verticalHeader().setDefaultSectionSize(_SIDE + GRID)
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        table.verticalHeader().hide()
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        for column, width in _WIDTHS.items():
            table.setColumnWidth(column, width)
        return table

    def _lay_out(self) -> None:
        self.state.setAccessibleName(self.tr("Show only photos in this state"))
        self.group.setAccessibleName(self.tr("Show only photos in which this was found"))
        self.words.setAccessibleName(self.tr("Show only photos with this in their name"))
        bar = QHBoxLayout()
        bar.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        bar.setSpacing(GRID)
        for box in (self.state, self.group):
            box.setMinimumWidth(22 * GRID)
            bar.addWidget(box)
        bar.addWidget(self.words, 1)
        bar.addWidget(self.steps_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self._stack, 1)

    def _fill_filters(self) -> None:
        """Say in each filter how many photos it would leave."""
        states = Counter(map(wording.state_name, self.rows.rows))
        groups = Counter(wording.group_name(row) for row in self.rows.rows)
        total = len(self.rows.rows)
        named = [(wording.state_text(state).capitalize(), state) for state in wording.STATES if states[state]]
        _fill(self.state, self.tr("All states"), total, [(words, key, states[key]) for words, key in named])
        found = sorted(groups, key=lambda group: (-groups[group], group))
        _fill(
            self.group,
            self.tr("Whatever was found"),
            total,
            [(wording.group_words(group), group, groups[group]) for group in found],
        )

    def _filter(self) -> None:
        self.rows.choose(self.state.currentData(), self.group.currentData(), self.words.text())

    def _choose(self, paths: set[str]) -> None:
        if not paths:
            return
        from PySide6.QtCore import QItemSelection, QItemSelectionModel

        selection = QItemSelection()
        for number in range(self.rows.rowCount()):
            index = self.rows.index(number, 0)
            if index.data(Qt.ItemDataRole.UserRole).path in paths:
                selection.select(index, index)
        flags = QItemSelectionModel.SelectionFlag
        self.table.selectionModel().select(selection, flags.ClearAndSelect | flags.Rows)

    def _picture_ready(self, path: str, data: bytes | None) -> None:
        self.rows.picture_ready(path, data)


def _fill(box: QComboBox, every: str, total: int, entries: list[tuple[str, object, int]]) -> None:
    """Put the entries into ``box`` with their counts; what was chosen stays chosen while it exists."""
    chosen = box.currentData()
    box.blockSignals(True)
    wanted = [(f"{every} ({total})", None), *((f"{words} ({count})", key) for words, key, count in entries)]
    while box.count() > len(wanted):
        box.removeItem(box.count() - 1)
    for number, (words, key) in enumerate(wanted):
        if number == box.count():
            box.addItem(words, key)
        box.setItemText(number, words)
        box.setItemData(number, key)
    keys = [key for _, key in wanted]
    box.setCurrentIndex(keys.index(chosen) if chosen in keys else 0)
    box.blockSignals(False)
    if chosen not in keys:
        box.currentIndexChanged.emit(0)
