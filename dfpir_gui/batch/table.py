"""The photos of a folder as a Qt table model."""

import html
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem

from core.batch import BatchSettings, Row, State
from dfpir_gui.batch import texts
from dfpir_gui.batch.columns import Column
from dfpir_gui.batch.thumbnails import ThumbnailLoader
from dfpir_gui.settings import theme

_MAX_CACHED = 1000

RowFilter = Callable[[Row], bool]

Index = QModelIndex | QPersistentModelIndex


class PhotoTable(QAbstractTableModel):
    """The photos that pass the filters, one a row; the user role of a row is its :class:`core.batch.Row`.

    The model sorts and filters by itself: a proxy would call Python to compare two rows more than a hundred thousand
    times to sort ten thousand.

    Args:
        thumbnails: asked only for rows that are painted.
        side: of the thumbnails, logical pixels.
    """

    def __init__(self, thumbnails: ThumbnailLoader, side: int, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._thumbnails = thumbnails
        self._side = side
        self._blank = _framed(None, side)
        self._folder = ""
        self._settings: BatchSettings | None = None
        self._all: list[Row] = []
        self._place_of: dict[str, int] = {}  # path -> index in _all
        self._visible: list[int] = []  # indexes in _all, in the order of the table
        self._line: dict[int, int] = {}  # index in _all -> line of the table
        self._passes: RowFilter = lambda row: True
        self._order = (Column.PHOTO, Qt.SortOrder.AscendingOrder)
        self._running: tuple[str, float] = ("", 0.0)
        self._pictures: dict[str, QPixmap] = {}

    @property
    def rows(self) -> Sequence[Row]:
        """All photos, also those that the filters hide."""
        return self._all

    def show(self, rows: Iterable[Row], folder: str = "", settings: BatchSettings | None = None) -> None:
        """Show these photos instead of those before.

        Args:
            rows: of the photos.
            folder: of the photos, with a slash; it is left out of the reasons.
            settings: for the steps of photos that wait, if the detector decides; None shows no steps for these.
        """
        self.beginResetModel()
        self._settings = settings
        self._folder = folder
        self._all = list(rows)
        self._place_of = {row.path: number for number, row in enumerate(self._all)}
        self._pictures.clear()
        self._arrange()
        self.endResetModel()

    def filter(self, state: str | None, group: str | None, text: str) -> None:
        """Show the rows with this state, this group and this text in their path; None and ``""`` show all.

        The state may also be :data:`dfpir_gui.batch.texts.WARNED`.
        """
        part = text.casefold()

        def passes(row: Row) -> bool:
            if state == texts.WARNED and not row.warnings:
                return False
            if state not in (None, texts.WARNED) and texts.state_key(row) != state:
                return False
            if part and part not in row.path.casefold():
                return False
            return group is None or texts.group_key(row) == group

        self.beginResetModel()
        self._passes = passes
        self._arrange()
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Sort the rows by a column."""
        self.layoutAboutToBeChanged.emit()
        before = [(index, self._visible[index.row()]) for index in self.persistentIndexList()]
        self._order = (Column(column), order)
        self._arrange()
        after = [self.index(self._line[place], index.column()) for index, place in before]
        self.changePersistentIndexList([index for index, _ in before], after)
        self.layoutChanged.emit()

    def update(self, rows: Iterable[Row]) -> None:
        """Show the new rows of some photos; new photos are added at the end.

        A row keeps its line until the table is sorted again; one that the filters do not pass any more is removed.
        """
        changed: list[int] = []
        for row in rows:
            place = self._place_of.get(row.path)
            if place is None:
                place = self._place_of[row.path] = len(self._all)
                self._all.append(row)
            self._all[place] = row
            if self._passes(row) and place in self._line:
                changed.append(self._line[place])
            elif self._passes(row):
                line = len(self._visible)
                self.beginInsertRows(QModelIndex(), line, line)
                self._line[place] = line
                self._visible.append(place)
                self.endInsertRows()
            elif place in self._line:
                self._remove(self._line[place])
                changed = []  # the lines below have moved; Qt paints them all
        if changed:
            self.dataChanged.emit(self.index(min(changed), 0), self.index(max(changed), Column.REASON))

    def row_of(self, path: str) -> Row | None:
        """The row of the photo at ``path``, also if the filters hide it; None if there is none."""
        place = self._place_of.get(path)
        return None if place is None else self._all[place]

    def line_of(self, path: str) -> int | None:
        """The line of the table that shows the photo at ``path``, or None."""
        return self._line.get(self._place_of.get(path, -1))

    def set_running(self, path: str, share: float) -> None:
        """Show which photo is worked on, and the finished share of the whole run; ``""`` for none."""
        before, self._running = self._running[0], (path, share)
        if before != path:
            for name in (before, path):
                self._repaint(name, Column.STATE)

    def set_thumbnail(self, path: str, data: bytes | None) -> None:
        """Show a requested thumbnail; None leaves the place empty."""
        self._pictures[path] = self._blank if data is None else _framed(data, self._side)
        if len(self._pictures) > _MAX_CACHED:
            self._pictures.pop(next(iter(self._pictures)))
        self._repaint(path, Column.PHOTO)

    def _repaint(self, path: str, column: Column) -> None:
        line = self._line.get(self._place_of.get(path, -1))
        if line is not None:
            index = self.index(line, column)
            self.dataChanged.emit(index, index)

    def _remove(self, line: int) -> None:
        self.beginRemoveRows(QModelIndex(), line, line)
        del self._visible[line]
        self._line = {place: number for number, place in enumerate(self._visible)}
        self.endRemoveRows()

    def _arrange(self) -> None:
        column, order = self._order
        rows = self._all
        key = self._steps if column is Column.STEPS else _KEYS[column]
        self._visible = [place for place, row in enumerate(rows) if self._passes(row)]
        self._visible.sort(key=lambda place: key(rows[place]), reverse=order is Qt.SortOrder.DescendingOrder)
        self._line = {place: number for number, place in enumerate(self._visible)}

    # Overridden methods of Qt

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
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole):  # narrow columns cut their names
            return None
        names = {
            Column.PHOTO: self.tr("Photo"),
            Column.FOUND: self.tr("Found"),
            Column.STEPS: self.tr("Steps"),
            Column.STATE: self.tr("State"),
            Column.SECONDS: self.tr("Seconds"),
            Column.WARNINGS: self.tr("Warnings"),
            Column.REASON: self.tr("Notes"),
        }
        return names[Column(section)]

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:  # noqa: D102
        if not index.isValid():
            return None
        row = self._all[self._visible[index.row()]]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return self.text(row, index.column())
            case Qt.ItemDataRole.UserRole:
                return row
            case Qt.ItemDataRole.DecorationRole if index.column() == Column.PHOTO:
                return self._picture(row.path)
            case Qt.ItemDataRole.ToolTipRole:
                is_reason = index.column() == Column.REASON
                return wrapped(texts.reason_text(row) if is_reason else self.text(row, index.column()))
            case Qt.ItemDataRole.ForegroundRole if index.column() == Column.WARNINGS:
                return QColor(theme.WARNING)
            case Qt.ItemDataRole.ForegroundRole if index.column() in (Column.STATE, Column.REASON):
                return _colour(row)
            case Qt.ItemDataRole.TextAlignmentRole if index.column() == Column.SECONDS:
                return Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        return None

    def text(self, row: Row, column: int) -> str:
        """What the table shows in a column of a row."""
        match column:
            case Column.PHOTO:
                return row.path.encode("utf-8", "replace").decode()
            case Column.FOUND:
                return texts.verdict_text(row)
            case Column.STEPS:
                return self._steps(row)
            case Column.STATE:
                if row.path == self._running[0] and not row.state.ended:
                    return self.tr("running")
                return texts.state_text(texts.state_key(row))
            case Column.WARNINGS:
                return texts.warnings_text(row)
            case Column.SECONDS:
                return f"{row.seconds:.1f}" if row.seconds else ""
        return self.reason(row)

    def reason(self, row: Row) -> str:
        """Reason and notes of a row, without the folder of the photos."""
        reason = texts.reason_text(row)
        return reason.replace(self._folder, "") if self._folder else reason

    def _steps(self, row: Row) -> str:
        return texts.steps_text(row, self._settings)

    def _picture(self, path: str) -> QPixmap:
        if path not in self._pictures:
            data = self._thumbnails.get(path)
            if data is None:
                return self._blank
            self._pictures[path] = _framed(data, self._side)
        return self._pictures[path]


class ThumbnailDelegate(QStyledItemDelegate):
    """Paints thumbnails in their own colours in selected rows as well, where Qt would tint them."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # noqa: D102 - Qt's
        super().initStyleOption(option, index)
        picture = index.data(Qt.ItemDataRole.DecorationRole)
        if isinstance(picture, QPixmap):
            icon = QIcon(picture)
            for mode in (QIcon.Mode.Selected, QIcon.Mode.Active):
                icon.addPixmap(picture, mode)
            option.icon = icon


def wrapped(text: str) -> str:
    """A text for a tooltip: Qt breaks only rich text into lines."""
    return f"<qt>{html.escape(text)}</qt>" if text else ""


_KEYS: dict[Column, Callable[[Row], Any]] = {
    Column.PHOTO: lambda row: row.path,
    # By group, and within each by confidence, the lowest first.
    Column.FOUND: lambda row: (texts.group_key(row), texts.verdict_text(row), row.path),
    Column.STATE: lambda row: texts.state_text(texts.state_key(row)),
    Column.SECONDS: lambda row: row.seconds,
    Column.WARNINGS: texts.warnings_text,
    Column.REASON: texts.reason_text,
}


def _framed(data: bytes | None, side: int) -> QPixmap:
    """The picture centred in a transparent square; an empty square for None."""
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
    if row.state is State.FAILED or texts.state_key(row) == texts.BROKEN:
        return QColor(theme.ERROR)
    return QColor(theme.WARNING) if row.state is State.REVIEW or row.outdated else None
