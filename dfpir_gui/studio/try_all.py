"""The dialog that tries every step on a part of the photo: tiles at 100 %, one of which can be enlarged."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QPointF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from core.degradations import DEGRADATIONS
from core.errors import Cancelled, DFPIRError
from core.inference import Step
from core.messages import with_advice_once
from core.photo import Photo
from core.progress import CancelToken
from core.quality import QualityReport, quality_report
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import translate
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Document, Session, wording
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.studio.trial_tiles import SMALLEST_TILE, TILE_FRAME, Overview, Tile, column_count, region_at, tile_grid
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.regions import Region, crop
from dfpir_gui.workers.requests import Work
from dfpir_gui.workers.worker_thread import Progress, Report

if TYPE_CHECKING:
    from core.inference import Restorer


@dataclass(frozen=True, eq=False)
class TrialResult:
    """The result of one step.

    Attributes:
        pyramid: the result for the screen.
        report: the measured changes, and why it may look worse than the original.
    """

    pyramid: Pyramid
    report: QualityReport


def trial_work(part: Photo, key: str, restorer: Callable[[], "Restorer"]) -> Work:
    """Return work that removes the degradation called ``key`` from ``part`` and returns a :class:`TrialResult`."""

    def work(report: Report, cancel: CancelToken) -> TrialResult:
        steps = (Step(key),)
        result = restorer().restore(
            part, steps, progress=lambda f: report(Progress(translate("TryAllDialog", "Trying"), f)), cancel=cancel
        )
        return TrialResult(Pyramid.from_photo(result.photo), quality_report(part, result.photo, steps))

    return work


_AROUND_TILES = QSize(8 * GRID, 20 * GRID)
"""What the dialog needs beside the tiles: margins, scroll bar, text and overview."""

_DELAY_MS = 300
"""Keys that move the part within this time are one movement."""


class EnlargedTile(QWidget):
    """One result on a canvas of its own, compared with the original.

    Attributes:
        back: emitted to return to the tiles.
        stepped: emitted with 1 for the next tile, -1 for the previous one.
        used: emitted when the step is to be the only one.
        added: emitted when the step is to be added.
    """

    back = Signal()
    stepped = Signal(int)
    used = Signal()
    added = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.canvas = Canvas()
        self.title = QLabel()
        self.title.setProperty("role", "heading")
        self.text = quiet()
        self.back_button = self._button(self.tr("All tiles"), self.tr("Return to the tiles (Esc)"), self.back.emit)
        previous = self._button(
            self.tr("Previous"), self.tr("Show the previous step (Page Up)"), lambda: self.stepped.emit(-1)
        )
        following = self._button(
            self.tr("Next"), self.tr("Show the next step (Page Down)"), lambda: self.stepped.emit(1)
        )
        self.add_button = self._button(self.tr("Add"), self.tr("Add this to the steps"), self.added.emit)
        self.use_button = self._button(self.tr("Use"), self.tr("Make this the only step (Enter)"), self.used.emit)
        self.use_button.setProperty("role", "primary")
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for widget in (self.back_button, previous, following, self.title):
            row.addWidget(widget)
        row.addStretch(1)
        for widget in (self.add_button, self.use_button):
            row.addWidget(widget)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addLayout(row)
        layout.addWidget(self.canvas, 1)
        layout.addWidget(self.text)

    def show_tile(self, tile: Tile, original: Pyramid) -> None:
        """Show the result of ``tile``, or the original alone while there is none."""
        self.title.setText(tile.title.text())
        self.text.setText(tile.text.text().replace("\n", wording.SEPARATOR))
        self.canvas.set_photo(original)
        self.canvas.set_result(tile.picture.result[1] if tile.picture.result else None)
        self.add_button.setVisible(not tile.add_button.isHidden())
        self.canvas.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        keys = {Qt.Key.Key_PageDown: 1, Qt.Key.Key_PageUp: -1}
        if Qt.Key(event.key()) in keys:
            self.stepped.emit(keys[Qt.Key(event.key())])
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.used.emit()
        elif event.key() == Qt.Key.Key_Escape:
            self.back.emit()
        else:
            super().keyPressEvent(event)

    def _button(self, text: str, tip: str, clicked: Callable[[], None]) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(clicked)
        return button


class TryAllDialog(QDialog):
    """Tries every step on a part of the current photo, one after another on the worker thread.

    All tiles show the same part at 100 %. Dragging a tile, or the frame in the overview, moves the part in all of them;
    it is tried again when the mouse is released. A click enlarges a tile, a Shift-click adds its step. Later changes of
    the photo are not shown. Closing the dialog stops the work.
    """

    def __init__(self, session: Session, region: Region, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        document, photo = session.current, session.before
        assert document is not None and photo is not None
        self.setWindowTitle(self.tr("Try all"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._document: Document = document
        self._photo = photo
        self._tokens: list[CancelToken] = []
        self._centre = ((region[0] + region[2]) / 2, (region[1] + region[3]) / 2)
        self._columns, self._tile = tile_grid(1 + len(DEGRADATIONS), self._room())
        self.region = region_at(self._centre, *self._size, self._tile)
        self._tried: Region | None = None
        self.original = Tile(
            self.tr("Original"),
            photo,
            self._tile,
            self.tr("The photo without changes. Drag to move the part, click to enlarge it"),
        )
        self.original.show_text(self.tr("No changes"))
        self.original.add_button.hide()
        self.original.use_button.setToolTip(self.tr("Remove all steps"))
        self.tiles: dict[str, Tile] = {}
        for entry in DEGRADATIONS:
            tip = self.tr(
                "Prompt: “{prompt}”. Drag to move the part, click to enlarge it, Shift-click to add it as a step"
            )
            self.tiles[entry.key] = Tile(names.label(entry.key), photo, self._tile, tip.format(prompt=entry.prompt))
        self._keys: list[str | None] = [None, *self.tiles]
        self._all = [self.original, *self.tiles.values()]
        self.overview = Overview(photo)
        self.enlarged = EnlargedTile()
        self._enlarged_index = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_DELAY_MS)
        self._timer.timeout.connect(self._try)
        self._build()
        self._connect()
        self._show_region()
        self._try()

    def _build(self) -> None:
        width, height = self.region[2] - self.region[0], self.region[3] - self.region[1]
        description = self.tr(
            "The same part ({size}) at 100 % with every step. Drag a tile to move the part, click it to enlarge it. "
            "The full result may differ slightly."
        )
        self._grid = QGridLayout()
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GRID)
        inner = QWidget()
        inner.setLayout(self._grid)
        self._scroll = QScrollArea()
        self._scroll.setObjectName("plain")
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(inner)
        head = QHBoxLayout()
        head.setSpacing(2 * GRID)
        head.addWidget(quiet(description.format(size=f"{width}×{height} px")), 1)
        head.addWidget(self.overview)
        tiles = QWidget()
        column = QVBoxLayout(tiles)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addLayout(head)
        column.addWidget(self._scroll, 1)
        self.stack = QStackedWidget()
        self.stack.addWidget(tiles)
        self.stack.addWidget(self.enlarged)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.addWidget(self.stack)
        self._arrange(self._columns)
        tile = self._tile + TILE_FRAME
        rows = math.ceil(len(self._all) / self._columns)
        size = QSize(self._columns * tile.width(), min(rows * tile.height(), self._room().height())) + _AROUND_TILES
        self.resize(size.expandedTo(SMALLEST_TILE + TILE_FRAME + _AROUND_TILES).boundedTo(self._outer_size()))

    def _outer_size(self) -> QSize:
        """Width and height that the dialog may take: those of the window, on the screen."""
        screen, parent = self.screen().availableSize(), self.parentWidget()
        return screen if parent is None else (parent.window().size() - QSize(2, 4) * GRID).boundedTo(screen)

    def _room(self) -> QSize:
        """Width and height for the tiles."""
        return self._outer_size() - _AROUND_TILES

    def _arrange(self, columns: int) -> None:
        self._columns = columns
        for index, tile in enumerate(self._all):
            self._grid.addWidget(tile, index // columns, index % columns, Qt.AlignmentFlag.AlignHCenter)
        self._grid.setRowStretch(self._grid.rowCount(), 1)

    def _connect(self) -> None:
        for index, (key, tile) in enumerate(zip(self._keys, self._all, strict=True)):
            tile.used.connect(partial(self._use, key))
            tile.added.connect(partial(self._add, key))
            tile.picture.clicked.connect(partial(self._click, index))
            tile.picture.dragged.connect(self._drag)
            tile.picture.dropped.connect(self._timer.start)
        self.overview.moved.connect(self._centre_on)
        self.overview.dropped.connect(self._timer.start)
        self.enlarged.back.connect(self._show_tiles)
        self.enlarged.stepped.connect(lambda by: self._enlarge((self._enlarged_index + by) % len(self._all)))
        self.enlarged.used.connect(lambda: self._use(self._keys[self._enlarged_index]))
        self.enlarged.added.connect(lambda: self._add(self._keys[self._enlarged_index]))

    # The part that is tried

    def _drag(self, distance: QPointF) -> None:
        left, top, right, bottom = self.region
        self._centre_on(QPointF((left + right) / 2, (top + bottom) / 2) - distance)

    def _centre_on(self, point: QPointF) -> None:
        self._centre = (point.x(), point.y())
        self.region = region_at(self._centre, *self._size, self._tile)
        self._show_region()

    def _show_region(self) -> None:
        for tile in self._all:
            tile.picture.show_region(self.region)
        self.overview.show_region(self.region)

    def _try(self) -> None:
        photo = self._document.photo
        if photo is None or self.region == self._tried or (photo.width, photo.height) != self._size:
            return
        self._cancel_all()
        self._tried = self.region
        part = crop(photo, self.region)
        for key, tile in self.tiles.items():
            tile.show_text(self.tr("Waiting…"))
            self._tokens.append(
                self._session.submit(
                    trial_work(part, key, self._session.restorer),
                    partial(self._show_result, tile, self.region),
                    partial(self._show_failure, tile, self.region),
                    partial(self._show_progress, tile, self.region),
                )
            )

    @property
    def _size(self) -> tuple[int, int]:
        return self._photo.width, self._photo.height

    def _show_progress(self, tile: Tile, region: Region, progress: Progress) -> None:
        if region == self._tried:
            tile.text.setText(wording.percent(progress.fraction or 0.0))

    def _show_result(self, tile: Tile, region: Region, result: TrialResult) -> None:
        if not self._tokens or region != self._tried:
            return
        lines = wording.short_changes_lines(result.report.changes)
        warnings = [translated_message(warning) for warning in with_advice_once(result.report.warnings)]
        tile.picture.result = (region, result.pyramid)
        tile.picture.update()
        tile.show_text("\n".join([lines[0], *warnings] if warnings else lines), bool(warnings))
        if self._all[self._enlarged_index] is tile and self.stack.currentWidget() is self.enlarged:
            self._enlarge(self._enlarged_index)

    def _show_failure(self, tile: Tile, region: Region, error: BaseException) -> None:
        if isinstance(error, Cancelled) or not self._tokens or region != self._tried:
            return
        if isinstance(error, DFPIRError):
            tile.show_text(translated_message(error.message), True)
        else:
            tile.show_text(self.tr("Failed: {error}").format(error=error), True)

    # What the user chooses

    def _click(self, index: int, shift: bool) -> None:
        if shift:
            self._add(self._keys[index])
        else:
            self._enlarge(index)

    def _enlarge(self, index: int) -> None:
        self._enlarged_index = index
        result = self._all[index].picture.result
        left, top, right, bottom = result[0] if result else self.region
        pixels = np.ascontiguousarray(self._photo.part(0, left, top, right, bottom))
        self.stack.setCurrentWidget(self.enlarged)
        self.enlarged.show_tile(self._all[index], Pyramid((pixels,)))

    def _show_tiles(self) -> None:
        self.stack.setCurrentIndex(0)
        self._all[self._enlarged_index].picture.setFocus()

    def _use(self, key: str | None) -> None:
        if self._document is not self._session.current:
            return
        if key is None:
            self._session.editor.replace((), self.tr("Remove all steps"))
        else:
            self._session.choose(key)
        self.close()

    def _add(self, key: str | None) -> None:
        if key is not None and self._document is self._session.current:
            self._session.editor.add(key, 1.0)  # as the tile shows it

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        columns = column_count(len(self._all), self.size() - _AROUND_TILES, self._tile)
        if columns != self._columns:
            self._arrange(columns)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - Qt's
        self._cancel_all()
        super().closeEvent(event)

    def done(self, result: int) -> None:  # noqa: D102 - Qt's
        self._cancel_all()
        super().done(result)

    def _cancel_all(self) -> None:
        for token in self._tokens:
            token.cancel()
        self._tokens.clear()
