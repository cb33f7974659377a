"""The filmstrip at the left: thumbnails of the open photos with their states."""

from collections.abc import Sequence
from enum import StrEnum

import numpy as np
from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import QAction, QColor, QContextMenuEvent, QImage, QKeyEvent, QKeySequence, QPainter, QPixmap
from PySide6.QtWidgets import QListView, QMenu, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QVBoxLayout, QWidget

from dfpir_gui.i18n.language import listed
from dfpir_gui.session import Change, Document, Session, State, wording
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import action_button

Index = QModelIndex | QPersistentModelIndex

_WIDTH = 15 * GRID
_THUMBNAIL_SIZE = QSize(12 * GRID, 8 * GRID)
_ITEM_SIZE = QSize(14 * GRID, 13 * GRID)

_BADGES = {
    State.RESTORED: ("restore", theme.TEXT),
    State.SAVED: ("check", theme.TEXT),
    State.FAILED: ("warning", theme.WARNING),
    State.QUEUED: ("clock", theme.TEXT),
}


class StripCommand(StrEnum):
    """What the context menu and the keys of the filmstrip do with the selected photos."""

    RESTORE = "restore"
    SAVE = "save"
    COPY_STEPS = "copy-steps"
    PASTE_STEPS = "paste-steps"
    SHOW_IN_FOLDER = "show-in-folder"
    REMOVE = "remove"


class _DocumentModel(QAbstractListModel):
    """The open photos of the session; the user role of a row is its document."""

    def __init__(self, session: Session, parent: QObject) -> None:
        super().__init__(parent)
        self._session = session
        self._documents: Sequence[Document] = ()

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's
        return 0 if parent.isValid() else len(self._documents)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._documents):
            return None
        document = self._documents[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return document.name
        if role == Qt.ItemDataRole.UserRole:
            return document
        if role == Qt.ItemDataRole.AccessibleTextRole:
            return listed((document.name, wording.state_text(document)))
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{document.path}\n{_capitalised(wording.state_text(document))}"
        return None

    def refresh(self) -> None:
        """Update the rows from the session."""
        documents = self._session.documents
        if documents == self._documents:
            if documents:
                self.dataChanged.emit(self.index(0), self.index(len(documents) - 1))
            return
        self.beginResetModel()
        self._documents = documents
        self.endResetModel()

    def index_of(self, document: Document | None) -> QModelIndex:
        """Return the index of ``document``, an invalid one if it is not open."""
        return self.index(self._documents.index(document)) if document in self._documents else QModelIndex()


class _ThumbnailDelegate(QStyledItemDelegate):
    """Draws the thumbnail, its badge, the name and the state."""

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return _ITEM_SIZE

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        document: Document = index.data(Qt.ItemDataRole.UserRole)
        box = option.rect.adjusted(GRID // 2, GRID // 4, -GRID // 2, -GRID // 4)
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(QColor(theme.ACCENT))
            painter.setBrush(QColor(theme.BUTTON))
            painter.drawRoundedRect(box.adjusted(0, 0, -1, -1), 4, 4)
        area = QRect(box.left() + (box.width() - _THUMBNAIL_SIZE.width()) // 2, box.top() + GRID // 2, 0, 0)
        area.setSize(_THUMBNAIL_SIZE)
        if document.thumbnail is not None:
            _paint_thumbnail(painter, area, document.thumbnail)
        _paint_badge(painter, area, document)
        line = QRect(box.left() + 4, area.bottom() + 3, box.width() - 8, painter.fontMetrics().height())
        painter.setPen(QColor(theme.TEXT))
        name = painter.fontMetrics().elidedText(document.name, Qt.TextElideMode.ElideMiddle, line.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, name)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * 0.85)
        painter.setFont(font)
        painter.setPen(QColor(theme.QUIET_TEXT))
        line.translate(0, line.height())
        state = painter.fontMetrics().elidedText(
            wording.state_text(document, short=True), Qt.TextElideMode.ElideRight, line.width()
        )
        painter.drawText(line, Qt.AlignmentFlag.AlignCenter, state)
        painter.restore()


class Filmstrip(QListView):
    """Lists the open photos; the current item is the photo that the Studio shows.

    Attributes:
        document_selected: emitted with the :class:`dfpir_gui.session.Document` that the user selects.
        command_wanted: emitted with a :class:`StripCommand` and the list of the documents that it concerns.
    """

    document_selected = Signal(object)
    command_wanted = Signal(object, object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("filmstrip")
        self._session = session
        self._refreshing = False
        self._model = _DocumentModel(session, self)
        self.setModel(self._model)
        self.setItemDelegate(_ThumbnailDelegate(self))
        self.setFixedWidth(_WIDTH + self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent) // 2)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.ExtendedSelection)
        self.setAccessibleName(self.tr("Open photos"))
        self.setToolTip(self.tr("Open photos"))
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    def currentChanged(self, current: Index, previous: Index) -> None:  # noqa: D102 - Qt's
        super().currentChanged(current, previous)
        document = current.data(Qt.ItemDataRole.UserRole)
        if document is not None and not self._refreshing:
            self.document_selected.emit(document)

    @property
    def selected_documents(self) -> list[Document]:
        """The selected photos in their order; the one that is shown if none is selected."""
        rows = sorted(self.selectedIndexes(), key=lambda index: index.row())
        documents = [index.data(Qt.ItemDataRole.UserRole) for index in rows]
        shown = self._session.selected
        return documents or ([shown] if shown is not None else [])

    def context_menu(self) -> QMenu:
        """Return a new menu of what can be done with the selected photos."""
        documents = self.selected_documents
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        one = len(documents) == 1
        entries = (
            (StripCommand.RESTORE, self.tr("&Restore"), "", any(map(self._session.can_restore_later, documents))),
            (StripCommand.SAVE, self.tr("&Save"), "", any(each.can_save or each.updating for each in documents)),
            None,
            (StripCommand.COPY_STEPS, self.tr("&Copy steps"), "Ctrl+C", one and bool(documents[0].edit.stack)),
            (StripCommand.PASTE_STEPS, self.tr("&Paste steps"), "Ctrl+V", self._session.copied_steps is not None),
            None,
            (StripCommand.SHOW_IN_FOLDER, self.tr("Show in &folder"), "", one),
            (StripCommand.REMOVE, self.tr("Re&move from the list"), "Del", bool(documents)),
        )
        for entry in entries:
            if entry is None:
                menu.addSeparator()
                continue
            command, text, key, enabled = entry
            shown_key = QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText)
            action = menu.addAction(f"{text}\t{shown_key}" if key else text)
            action.setData(command)
            action.setEnabled(enabled)
            action.triggered.connect(lambda _=False, command=command: self.command_wanted.emit(command, documents))
        return menu

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: D102 - Qt's
        if self.selected_documents:
            by_key = event.reason() == QContextMenuEvent.Reason.Keyboard
            item = self.visualRect(self.currentIndex())
            self.context_menu().popup(self.viewport().mapToGlobal(item.center()) if by_key else event.globalPos())

    def event(self, event: QEvent) -> bool:  # noqa: D102 - Qt's
        # The keys of the window for photos mean steps while the filmstrip has the focus.
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and self._command_of(event):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        command = self._command_of(event)
        if command is None:
            super().keyPressEvent(event)
        else:
            self.command_wanted.emit(command, self.selected_documents)

    def _command_of(self, event: QKeyEvent) -> StripCommand | None:
        if event.matches(QKeySequence.StandardKey.Copy):
            return StripCommand.COPY_STEPS
        if event.matches(QKeySequence.StandardKey.Paste) and self._session.copied_steps is not None:
            return StripCommand.PASTE_STEPS
        return StripCommand.REMOVE if event.matches(QKeySequence.StandardKey.Delete) else None

    def _on_change(self, changed: Change) -> None:
        if not changed & (Change.DOCUMENTS | Change.PHOTO | Change.PROGRESS | Change.STATE | Change.RESULT):
            return
        self._refreshing = True
        self._model.refresh()
        current = self._model.index_of(self._session.selected)
        if current != self.currentIndex():
            # QListView.setCurrentIndex would add to the selection while Ctrl is held, as in Ctrl+Right.
            self.selectionModel().setCurrentIndex(current, QItemSelectionModel.SelectionFlag.ClearAndSelect)
        self._refreshing = False


class FilmstripPanel(QWidget):
    """The filmstrip with the button that restores all photos; hidden while fewer than two are open."""

    def __init__(self, session: Session, restore_all: QAction, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.strip = Filmstrip(session)
        self.restore_all = action_button(restore_all)
        footer = QVBoxLayout()
        footer.setContentsMargins(GRID, GRID, GRID, 2 * GRID)
        footer.addWidget(self.restore_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.strip, 1)
        layout.addLayout(footer)
        self.setFixedWidth(self.strip.width())
        session.subscribe(self._on_change)
        self._on_change(Change.DOCUMENTS)

    def _on_change(self, changed: Change) -> None:
        if changed & Change.DOCUMENTS:
            self.setVisible(len(self._session.documents) > 1)


def _paint_thumbnail(painter: QPainter, area: QRect, pixels: np.ndarray) -> None:
    """Draw ``pixels``, (H, W, 3) uint8 RGB, scaled and centred in ``area``."""
    height, width = pixels.shape[:2]
    image = QImage(pixels.data, width, height, 3 * width, QImage.Format.Format_RGB888)
    target = QRect(0, 0, 0, 0)
    target.setSize(QSize(width, height).scaled(area.size(), Qt.AspectRatioMode.KeepAspectRatio))
    target.moveCenter(area.center())
    painter.drawImage(target, image)


def _paint_badge(painter: QPainter, area: QRect, document: Document) -> None:
    text = _badge_text(document)
    icon = _BADGES.get(document.state)
    if not text and icon is None:
        return
    font = painter.font()
    font.setBold(True)
    painter.setFont(font)
    width = painter.fontMetrics().horizontalAdvance(text) + GRID + 4 if text else 3 * GRID
    pill = QRect(area.right() - width - 1, area.top() + 3, width, 20)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(0, 0, 0, 185))
    painter.drawRoundedRect(pill, 10, 10)
    if text:
        painter.setPen(QColor(255, 255, 255))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)
    elif icon is not None:
        ratio = painter.device().devicePixelRatioF()
        pixmap: QPixmap = icons.pixmap(icon[0], _on_dark(icon[1]), 16, ratio)
        painter.drawPixmap(pill.center().x() - 7, pill.center().y() - 7, pixmap)
    font.setBold(False)
    painter.setFont(font)


def _badge_text(document: Document) -> str:
    if document.state is State.RUNNING:
        fraction = document.progress.fraction if document.progress else None
        return "…" if fraction is None else wording.percent(fraction)
    return "…" if document.state in (State.LOADING, State.DETECTING, State.SAVING) else ""


def _on_dark(colour: str) -> str:
    return "#FFFFFF" if colour == theme.TEXT else colour


def _capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]
