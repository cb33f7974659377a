"""The photos of a folder as Qt's models see them: a table, and what the filters leave of it."""

from collections.abc import Iterable, Sequence
from enum import IntEnum

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QSortFilterProxyModel, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPixmap

from core.batch import Row, State
from dfpir_gui import theme
from dfpir_gui.batch import wording
from dfpir_gui.batch.thumbnails import Thumbnails

_MOST_KEPT = 1000

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
    """The photos, one a row; a row's :class:`core.batch.Row` is its user role.

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
        self._rows: list[Row] = []
        self._at: dict[str, int] = {}
        self._running: tuple[str, float] = ("", 0.0)
        self._pictures: dict[str, QPixmap] = {}

    @property
    def rows(self) -> Sequence[Row]:
        """All photos, in the order of their paths."""
        return self._rows

    def show(self, rows: Iterable[Row], folder: str = "") -> None:
        """Show these photos instead of those before; reasons leave out the ``folder`` that they are all in."""
        self._folder = folder
        self.beginResetModel()
        self._rows = list(rows)
        self._at = {row.path: number for number, row in enumerate(self._rows)}
        self._pictures.clear()
        self.endResetModel()

    def update(self, rows: Iterable[Row]) -> None:
        """Take over what has become of some photos; those that have arrived since are added."""
        changed, new = [], []
        for row in rows:
            if row.path in self._at:
                self._rows[self._at[row.path]] = row
                changed.append(self._at[row.path])
            else:
                new.append(row)
        if new:
            first = len(self._rows)
            self.beginInsertRows(QModelIndex(), first, first + len(new) - 1)
            self._rows += new
            self._at |= {row.path: first + number for number, row in enumerate(new)}
            self.endInsertRows()
        if changed:
            self.dataChanged.emit(self.index(min(changed), 0), self.index(max(changed), Column.REASON))

    def set_running(self, path: str, share: float) -> None:
        """Show which photo is worked on, and how much of all the work is done; ``""`` for none."""
        before, self._running = self._running[0], (path, share)
        for name in {before, path}:
            if name in self._at:
                index = self.index(self._at[name], Column.STATE)
                self.dataChanged.emit(index, index)

    def picture_ready(self, path: str, data: bytes | None) -> None:
        """A thumbnail that was asked for is there."""
        self._pictures[path] = self._blank if data is None else _framed(data, self._side)
        if len(self._pictures) > _MOST_KEPT:
            self._pictures.pop(next(iter(self._pictures)))
        if path in self._at:
            index = self.index(self._at[path], Column.PHOTO)
            self.dataChanged.emit(index, index, [Qt.ItemDataRole.DecorationRole])

    # Qt's

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008, D102
        return 0 if parent.isValid() else len(self._rows)

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
            Column.REASON: self.tr("Reason"),
        }
        return names[Column(section)]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: D102
        if not index.isValid():
            return None
        row = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self._text(row, index.column())
            case Qt.ItemDataRole.UserRole:
                return row
            case Qt.ItemDataRole.DecorationRole if index.column() == Column.PHOTO:
                return self._picture(row.path)
            case Qt.ItemDataRole.ToolTipRole:
                return row.error if index.column() == Column.REASON else self._text(row, index.column())
            case Qt.ItemDataRole.ForegroundRole if index.column() in (Column.STATE, Column.REASON):
                return _colour(row.state)
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
                return wording.steps_words(row)
            case Column.STATE:
                if row.path == self._running[0] and not row.state.ended:
                    return self.tr("running")
                return wording.state_words(row.state)
            case Column.SECONDS:
                return f"{row.seconds:.1f}" if row.seconds else ""
        return row.error.replace(self._folder, "") if self._folder else row.error

    def _picture(self, path: str) -> QPixmap:
        if path not in self._pictures:
            data = self._thumbnails.get(path)
            if data is None:
                return self._blank
            self._pictures[path] = _framed(data, self._side)
        return self._pictures[path]


class Chosen(QSortFilterProxyModel):
    """The rows that the filters leave, in the order of the column that was clicked."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._state: State | None = None
        self._group: str | None = None
        self._words = ""

    def choose(self, state: State | None, group: str | None, words: str) -> None:
        """Leave rows in this state, in which this was found, with this in their path; None and ``""`` leave all."""
        self._state, self._group, self._words = state, group, words.casefold()
        self.invalidate()

    def filterAcceptsRow(self, number: int, parent: Index) -> bool:  # noqa: D102 - Qt's
        model = self.sourceModel()
        assert isinstance(model, Rows)
        row = model.rows[number]
        if self._state is not None and row.state != self._state:  # Qt hands an enumeration back as text
            return False
        if self._words and self._words not in row.path.casefold():
            return False
        return self._group is None or wording.group_name(row) == self._group

    def lessThan(self, left: Index, right: Index) -> bool:  # noqa: D102 - Qt's
        model = self.sourceModel()
        assert isinstance(model, Rows)
        if left.column() == Column.SECONDS:
            return model.rows[left.row()].seconds < model.rows[right.row()].seconds
        if left.column() == Column.FOUND:  # the groups together, and in each the doubtful ones first
            return _by_group(model.rows[left.row()], left.row()) < _by_group(model.rows[right.row()], right.row())
        one, other = (model.data(index) for index in (left, right))
        return (str(one), left.row()) < (str(other), right.row())


def _by_group(row: Row, number: int) -> tuple[str, str, int]:
    return wording.group_name(row), wording.found_words(row), number


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


def _colour(state: State) -> QColor | None:
    if state is State.FAILED:
        return QColor(theme.ERROR)
    return QColor(theme.WARNING) if state is State.REVIEW else None
