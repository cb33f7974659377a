"""The open photos at the left: small pictures, each with its state as a badge and in words."""

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QRect, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QImage, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from dfpir_gui.session import Change, Document, Session, State, wording
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import action_button

_WIDTH = 15 * GRID
_PICTURE = QSize(12 * GRID, 8 * GRID)
_ITEM = QSize(14 * GRID, 13 * GRID)

_BADGES = {
    State.RESTORED: ("restore", theme.TEXT),
    State.SAVED: ("check", theme.TEXT),
    State.FAILED: ("warning", theme.WARNING),
    State.QUEUED: ("clock", theme.TEXT),
}


class _Model(QAbstractListModel):
    """The open photos of the session, one a row; the row's document is its user role."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._documents: Sequence[Document] = ()

    def rowCount(self, parent: QModelIndex = QModelIndex()) -> int:  # noqa: B008 - Qt's
        return 0 if parent.isValid() else len(self._documents)

    def data(self, index: QModelIndex, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._documents):
            return None
        document = self._documents[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return document.name
        if role == Qt.ItemDataRole.UserRole:
            return document
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return f"{document.name}, {wording.state_text(document)}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{document.path}\n{_capital(wording.state_text(document))}"
        return None

    def mirror(self) -> None:
        """Follow the session."""
        documents = self._session.documents
        if documents == self._documents:
            if documents:
                self.dataChanged.emit(self.index(0), self.index(len(documents) - 1))
            return
        self.beginResetModel()
        self._documents = documents
        self.endResetModel()

    def index_of(self, document: Document | None) -> QModelIndex:
        """The row of ``document``; an invalid one if it is not open."""
        return self.index(self._documents.index(document)) if document in self._documents else QModelIndex()


class _Delegate(QStyledItemDelegate):
    """Paints the small picture, its badge, the name and the state."""

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex) -> QSize:
        return _ITEM

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex) -> None:
        document: Document = index.data(Qt.ItemDataRole.UserRole)
        box = option.rect.adjusted(GRID // 2, GRID // 4, -GRID // 2, -GRID // 4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QColor(theme.ACCENT))
            painter.setBrush(QColor(theme.BUTTON))
            painter.drawRoundedRect(box.adjusted(0, 0, -1, -1), 4, 4)
        room = QRect(box.left() + (box.width() - _PICTURE.width()) // 2, box.top() + GRID // 2, 0, 0)
        room.setSize(_PICTURE)
        picture = _fitted(document.thumbnail, room)
        if picture is not None:
            painter.drawImage(picture[1], picture[0])
        _paint_badge(painter, room, document)
        line = QRect(box.left() + 4, room.bottom() + 3, box.width() - 8, painter.fontMetrics().height())
        painter.setPen(QColor(theme.TEXT))
        name = painter.fontMetrics().elidedText(document.name, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        painter.setPen(QColor(theme.QUIET_TEXT))
        line.translate(0, line.height())
        words = painter.fontMetrics().elidedText(
            wording.state_text(document, short=True), Qt.TextElideMode.ElideRight, line.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, words)
        painter.restore()


class Filmstrip(QListView):
    """Shows the open photos; the one that is current is the one shown.

    Attributes:
        wanted: a photo was chosen; carries its :class:`dfpir_gui.session.Document`.
    """

    wanted = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="filmstrip")
        self._session = session
        self._mirroring = False
        self._model = _Model(session, self)
        self.setModel(self._model)
        self.setItemDelegate(_Delegate(self))
        self.setFixedWidth(_WIDTH + self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) // 2)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setAccessibleName(self.tr("Open photos"))
        self.setToolTip(self.tr("The open photos"))
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    def currentChanged(self, current: QModelIndex, previous: QModelIndex) -> None:  # noqa: D102 - Qt's
        super().currentChanged(current, previous)
        document = current.data(Qt.ItemDataRole.UserRole)
        if document is not None and not self._mirroring:
            self.wanted.emit(document)

    def _on_change(self, changed: Change) -> None:
        if not changed & (Change.DOCUMENTS | Change.PHOTO | Change.PROGRESS | Change.STATE | Change.RESULT):
            return
        self._mirroring = True
        self._model.mirror()
        current = self._model.index_of(self._session.selected)
        if current != self.currentIndex():
            self.setCurrentIndex(current)
        self._mirroring = False


class FilmstripColumn(QWidget):
    """The filmstrip with the button that restores all of it; hidden while there is only one photo."""

    def __init__(self, session: Session, restore_all: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.strip = Filmstrip(session)
        self.restore_all = action_button(restore_all)
        foot = QVBoxLayout()
        foot.setContentsMargins(GRID, GRID, GRID, 2 * GRID)
        foot.addWidget(self.restore_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip, 1)
        layout.addLayout(foot)
        self.setFixedWidth(self.strip.width())
        session.subscribe(self._on_change)
        self._on_change(Change.DOCUMENTS)

    def _on_change(self, changed: Change) -> None:
        if changed & Change.DOCUMENTS:
            self.setVisible(len(self._session.documents) > 1)


def _fitted(pixels: np.ndarray | None, room: QRect) -> tuple[QImage, QRect] | None:
    """The small picture and the place for it in the middle of ``room``."""
    if pixels is None:
        return None
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    place = QRect(0, 0, 0, 0)
    place.setSize(QSize(width, height).scaled(room.size(), Qt.AspectRatioMode.KeepAspectRatio))
    place.moveCenter(room.center())
    return image, place


def _paint_badge(painter: QPainter, room: QRect, document: Document) -> None:
    text = _badge_text(document)
    icon = _BADGES.get(document.state)
    if not text and icon is None:
        return
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance(text) + GRID + 4 if text else 3 * GRID
    pill = QRect(room.right() - width - 1, room.top() + 3, width, 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 185))
    painter.drawRoundedRect(pill, 10, 10)
    if text:
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
    elif icon is not None:
        ratio = painter.device().devicePixelRatioF()
        drawing: QPixmap = icons.pixmap(icon[0], _on_dark(icon[1]), 16, ratio)
        painter.drawPixmap(pill.center().x() - 7, pill.center().y() - 7, drawing)
    font.setBold(False)
    painter.setFont(font)


def _badge_text(document: Document) -> str:
    if document.state is State.RUNNING:
        fraction = document.progress.fraction if document.progress else None
        return "…" if fraction is None else wording.percent(fraction)
    return "…" if document.state in (State.LOADING, State.DETECTING, State.SAVING) else ""


def _on_dark(colour: str) -> str:
    return "#FFFFFF" if colour == theme.TEXT else colour


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
