"""The photos of a folder as a table of Qt's."""

from collections.abc import Callable, Iterable, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPixmap

from core.batch import BatchSettings, Row, State
from dfpir_gui.batch import wording
from dfpir_gui.batch.thumbnails import Thumbnails
from dfpir_gui.settings import theme

_MOST_KEPT = 1000

Keeps = Callable[[Row], bool]

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The columns of the table."""

    PHOTO = 0
    FOUND = 1
    STEPS = 2
    STATE = 3
    SECONDS = 4
    REASON = 5


class Rows(QAbstractTableModel):
    """The photos that the filters leave, one a row; a row's :class:`core.batch.Row` is its user role.

    It sorts and filters by itself: a proxy would ask Python to compare two rows more than a hundred thousand times
    before ten thousand are in order.

    Args:
        thumbnails: are asked for those rows alone that are painted.
        side: of the small pictures, logical pixels.
    """

    def __init__(self, thumbnails: Thumbnails, side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._side = side
        self._blank = _framed(None, side)
        self._folder = ""
        self._treatment: BatchSettings | None = None
        self._all: list[Row] = []
        self._at: dict[str, int] = {}  # path -> place in _all
        self._visible: list[int] = []  # places in _all, in the order of the table
        self._line: dict[int, int] = {}  # the other way round
        self._keeps: Keeps = _keeps_all
        self._order = (Column.PHOTO, Qt.SortOrder.AscendingOrder)
        self._running: tuple[str, float] = ("", 0.0)
        self._pictures: dict[str, QPixmap] = {}

    @property
    def rows(self) -> Sequence[Row]:
        """All photos, also those that the filters leave out."""
        return self._all

    def show(self, rows: Iterable[Row], folder: str = "", treatment: BatchSettings | None = None) -> None:
        """Show these photos instead of those before.

        Args:
            rows: of the photos.
            folder: that they are all in; reasons leave it out.
            treatment: what is done to them, as far as the detector decides; None tells nothing of what will be.
        """
        self.beginResetModel()
        self._treatment = treatment
        self._folder = folder
        self._all = list(rows)
        self._at = {row.path: number for number, row in enumerate(self._all)}
        self._pictures.clear()
        self._arrange()
        self.endResetModel()

    def choose(self, state: str | None, group: str | None, words: str) -> None:
        """Leave rows in this state, in which this was found, with this in their path; None and ``""`` leave all."""
        part = words.casefold()

        def keeps(row: Row) -> bool:
            if state is not None and wording.state_name(row) != state:
                return False
            if part and part not in row.path.casefold():
                return False
            return group is None or wording.group_name(row) == group

        self.beginResetModel()
        self._keeps = keeps
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Bring the rows into the order of a column."""
        self.layoutAboutToBeChanged.emit()
        before = [(index, self._visible[index.row()]) for index in self.persistentIndexList()]
        self._order = (Column(column), order)
        self._arrange()
        after = [self.index(self._line[place], index.column()) for index, place in before]
        self.changePersistentIndexList([index for index, _ in before], after)
        self.layoutChanged.emit()

    def update(self, rows: Iterable[Row]) -> None:
        """Take over what has become of some photos; those that have arrived since are added.

        A row keeps its line until the table is sorted anew; one that the filters do not leave any more goes.
        """
        changed: list[int] = []
        for row in rows:
            place = self._at.get(row.path)
            if place is None:
                place = self._at[row.path] = len(self._all)
                self._all.append(row)
            self._all[place] = row
            if self._keeps(row) and place in self._line:
                changed.append(self._line[place])
            elif self._keeps(row):
                line = len(self._visible)
                self.beginInsertRows(QModelIndex(), line, line)
                self._line[place] = line
                self._visible.append(place)
                self.endInsertRows()
            elif place in self._line:
                self._drop(self._line[place])
                changed = []  # the lines below have moved; Qt paints them all
        if changed:
            self.dataChanged.emit(self.index(min(changed), 0), self.index(max(changed), Column.REASON))

    def set_running(self, path: str, share: float) -> None:
        """Show which photo is worked on, and how much of all the work is done; ``""`` for none."""
        before, self._running = self._running[0], (path, share)
        if before != path:
            for name in (before, path):
                self._touch(name, Column.STATE)

    def picture_ready(self, path: str, data: bytes | None) -> None:
        """A thumbnail that was asked for is there."""
        self._pictures[path] = self._blank if data is None else _framed(data, self._side)
        if len(self._pictures) > _MOST_KEPT:
            self._pictures.pop(next(iter(self._pictures)))
        self._touch(path, Column.PHOTO)

    def _touch(self, path: str, column: Column) -> None:
        line = self._line.get(self._at.get(path, -1))
        if line is not None:
            index = self.index(line, column)
            self.dataChanged.emit(index, index)

    def _drop(self, line: int) -> None:
        self.beginRemoveRows(QModelIndex(), line, line)
        del self._visible[line]
        self._line = {place: number for number, place in enumerate(self._visible)}
        self.endRemoveRows()

    def _arrange(self) -> None:
        column, order = self._order
        rows = self._all
        key = self._steps if column is Column.STEPS else _KEYS[column]
        self._visible = [place for place, row in enumerate(rows) if self._keeps(row)]
        self._visible.sort(key=lambda place: key(rows[place]), reverse=order is Qt.SortOrder.DescendingOrder)
        self._line = {place: number for number, place in enumerate(self._visible)}

    # Qt's

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102
        return 0 if parent.isValid() else len(self._visible)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102
        return 0 if parent.isValid() else len(Column)

    def headerData(  # noqa: D102
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.TextAlignmentRole and section == Column.SECONDS:
            return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        if role != Qt.ItemDataRole.DisplayRole:
            return None
        names = {
            Column.PHOTO: self.tr("Photo"),
            Column.FOUND: self.tr("Found"),
            Column.STEPS: self.tr("Steps"),
            Column.STATE: self.tr("State"),
            Column.SECONDS: self.tr("Seconds"),
            Column.REASON: self.tr("Reason and notes"),
        }
        return names[Column(section)]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: D102
        if not index.isValid():
            return None
        row = self._all[self._visible[index.row()]]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, index.column())
            case Qt.ItemDataRole.UserRole:
                return row
            case Qt.ItemDataRole.DecorationRole if index.column() == Column.PHOTO:
                return self._picture(row.path)
            case Qt.ItemDataRole.ToolTipRole:
                whole = index.column() == Column.REASON
                return wording.reason_words(row) if whole else self._text(row, index.column())
            case Qt.ItemDataRole.ForegroundRole if index.column() in (Column.STATE, Column.REASON):
                return _colour(row)
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == Column.SECONDS:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def _text(self, row: Row, column: int) -> str:
        match column:
            case Column.PHOTO:
                return row.path.encode("utf-8", "replace").decode()
            case Column.FOUND:
                return wording.found_words(row)
            case Column.STEPS:
                return self._steps(row)
            case Column.STATE:
                if row.path == self._running[0] and not row.state.ended:
                    return self.tr("running")
                return wording.state_text(wording.state_name(row))
            case Column.SECONDS:
                return f"{row.seconds:.1f}" if row.seconds else ""
        reason = wording.reason_words(row)
        return reason.replace(self._folder, "") if self._folder else reason

    def _steps(self, row: Row) -> str:
        return wording.steps_words(row, self._treatment)

    def _picture(self, path: str) -> QPixmap:
        if path not in self._pictures:
            data = self._thumbnails.get(path)
            if data is None:
                return self._blank
            self._pictures[path] = _framed(data, self._side)
        return self._pictures[path]


def _keeps_all(row: Row) -> bool:
    return True


_KEYS: dict[Column, Callable[[Row], Any]] = {
    Column.PHOTO: lambda row: row.path,
    # The groups together, and in each the doubtful ones first.
    Column.FOUND: lambda row: (wording.group_name(row), wording.found_words(row), row.path),
    Column.STATE: lambda row: wording.state_text(wording.state_name(row)),
    Column.SECONDS: lambda row: row.seconds,
    Column.REASON: wording.reason_words,
}


def _framed(data: bytes | None, side: int) -> QPixmap:
    """A picture in the middle of a square of its own, so that all rows are alike; an empty square for None."""
    ratio = max(screen.devicePixelRatio() for screen in QGuiApplication.screens())
    size = round(side * ratio)
    square = QPixmap(size, size)
    square.fill(Qt.GlobalColor.transparent)
    picture = QPixmap()
    if data is not None and picture.loadFromData(data):
        keep, smooth = Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        if max(picture.width(), picture.height()) > size:
            picture = picture.scaled(size, size, keep, smooth)
        painter = QPainter(square)
        painter.drawPixmap((size - picture.width()) // 2, (size - picture.height()) // 2, picture)
        painter.end()
    square.setDevicePixelRatio(ratio)
    return square


def _colour(row: Row) -> QColor | None:
    if row.state is State.FAILED or wording.state_name(row) == wording.BROKEN:
        return QColor(theme.ERROR)
    return QColor(theme.WARNING) if row.state is State.REVIEW or row.outdated else None
