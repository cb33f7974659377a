"""The dialog that tries every step on the visible area of the photo."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from core.degradations import DEGRADATIONS, Degradation
from core.errors import Cancelled, DFPIRError
from core.inference import Step
from core.photo import Photo
from core.progress import CancelToken
from core.quality import QualityReport, quality_report
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import translate
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Document, Session, wording
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.regions import Region, central_part, crop
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


MAX_SIDE = 384
"""Maximum width and height of the tried area in pixels, so that all steps together take seconds."""

_TILE_SIZE = QSize(24 * GRID, 18 * GRID)
_COLUMNS = 4


class Tile(QWidget):
    """One step: its result, its name and its changes.

    Attributes:
        clicked: emitted with whether the Shift key is held.
    """

    clicked = Signal(bool)

    def __init__(self, name: str, prompt: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.button = QToolButton()
        self.button.setText(name)
        self.button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.button.setProperty("role", "sample")
        self.button.setIconSize(_TILE_SIZE)
        self.button.setIcon(icons.icon("clock"))
        self.button.setEnabled(False)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.setToolTip(
            self.tr("Prompt: “{prompt}”. Click to use it, Shift-click to add it as a step").format(prompt=prompt)
        )
        self.text = QLabel(self.tr("Waiting…"))
        self.text.setWordWrap(True)
        self.text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.text.setProperty("role", "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.button)
        layout.addWidget(self.text)
        layout.addStretch(1)
        self.button.clicked.connect(lambda: self.clicked.emit(_shift_held()))

    def show_result(self, pyramid: Pyramid, text: str, warning: bool = False) -> None:
        """Show a result and its description; ``warning`` marks one that may look worse than the original."""
        level = pyramid.levels[0]
        image = QImage(level.data, pyramid.width, pyramid.height, 3 * pyramid.width, QImage.Format.Format_RGB888)
        ratio = self.devicePixelRatioF()
        scaled = image.scaled(
            _TILE_SIZE * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        pixmap = QPixmap.fromImage(scaled)
        pixmap.setDevicePixelRatio(ratio)
        self.button.setIcon(pixmap)
        self.button.setText(f"⚠ {self.name}" if warning else self.name)
        self.button.setEnabled(True)
        self.button.setAccessibleName(f"{self.name}: {text}")
        self.text.setText(text)

    def show_failure(self, text: str) -> None:
        """Show why there is no result."""
        self.button.setIcon(icons.icon("warning", theme.WARNING))
        self.text.setText(text)


class TryAllDialog(QDialog):
    """Tries every step on a region of the current photo, one after another on the worker thread.

    A click uses the step as the only one; a Shift-click adds it to the steps. Later changes of the photo are not shown.
    Closing the dialog stops the work.
    """

    def __init__(self, session: Session, region: Region, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Try all"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._document: Document | None = session.current
        self._tokens: list[CancelToken] = []
        self.tiles: dict[str, Tile] = {}
        region = central_part(region, MAX_SIDE)
        grid = QGridLayout()
        grid.setSpacing(GRID)
        self.original = Tile(self.tr("Original"))
        self.original.button.setToolTip(self.tr("The photo without changes. Click to remove all steps"))
        self.original.clicked.connect(lambda _: self._use(None, False))
        grid.addWidget(self.original, 0, 0)
        for index, entry in enumerate(DEGRADATIONS, 1):
            tile = self._tile(entry)
            grid.addWidget(tile, index // _COLUMNS, index % _COLUMNS)
        self._build(grid, region)
        self._start(region)

    def _tile(self, entry: Degradation) -> Tile:
        tile = Tile(names.label(entry.key), entry.prompt)
        tile.clicked.connect(partial(self._use, entry.key))
        self.tiles[entry.key] = tile
        return tile

    def _build(self, grid: QGridLayout, region: Region) -> None:
        size = f"{region[2] - region[0]}×{region[3] - region[1]} px"
        description = self.tr(
            "Visible area ({size}) with every step. Click to use, Shift-click to add as a step. The full result may "
            "differ slightly."
        )
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, _TILE_SIZE.width() + 3 * GRID)
        inner = QWidget()
        inner.setLayout(grid)
        scroll = QScrollArea()
        scroll.setObjectName("plain")
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(quiet(description.format(size=size)))
        layout.addWidget(scroll, 1)
        self.resize(_COLUMNS * (_TILE_SIZE.width() + 5 * GRID) + 4 * GRID, 2 * (_TILE_SIZE.height() + 18 * GRID))

    def _start(self, region: Region) -> None:
        photo = self._document.photo if self._document else None
        if photo is None:
            return
        part = crop(photo, region)
        self.original.show_result(Pyramid.from_photo(part), self.tr("No changes"))
        for key, tile in self.tiles.items():
            self._tokens.append(
                self._session.submit(
                    trial_work(part, key, self._session.restorer),
                    partial(self._show_result, tile),
                    partial(self._show_failure, tile),
                    partial(self._show_progress, tile),
                )
            )

    def _show_progress(self, tile: Tile, progress: Progress) -> None:
        tile.text.setText(wording.percent(progress.fraction or 0.0))

    def _show_result(self, tile: Tile, result: TrialResult) -> None:
        if self._tokens:
            lines = wording.short_changes_lines(result.report.changes)
            warnings = [translated_message(warning) for warning in result.report.warnings]
            tile.show_result(result.pyramid, "\n".join([lines[0], *warnings] if warnings else lines), bool(warnings))

    def _show_failure(self, tile: Tile, error: BaseException) -> None:
        if isinstance(error, Cancelled) or not self._tokens:
            return
        if isinstance(error, DFPIRError):
            tile.show_failure(translated_message(error.message))
        else:
            tile.show_failure(self.tr("Failed: {error}").format(error=error))

    def _use(self, key: str | None, add: bool) -> None:
        if self._document is not self._session.current:
            return
        if key is None:
            self._session.editor.replace((), self.tr("Remove all steps"))
        elif add:
            self._session.editor.add(key)
            return  # the dialog stays open, so that more steps can be added
        else:
            self._session.choose(key)
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QToolButton):
            tile = focused.parentWidget()
            if isinstance(tile, Tile):
                tile.clicked.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

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


def _shift_held() -> bool:
    return bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier)
