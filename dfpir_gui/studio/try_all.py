"""The contact sheet: what every prompt makes of the visible part of the photo."""

from functools import partial

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QGuiApplication, QImage, QKeyEvent, QPixmap
from PySide6.QtWidgets import QDialog, QFrame, QGridLayout, QLabel, QScrollArea, QToolButton, QVBoxLayout, QWidget

from core.degradations import DEGRADATIONS, Degradation
from core.errors import Cancelled, DFPIRError
from core.progress import CancelToken
from dfpir_gui.i18n import names
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Document, Session, wording
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.trials import Trial, trial
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.regions import Region, cropped, limited
from dfpir_gui.workers.worker import shown

LARGEST = 384
"""Side in pixels of what is tried, at most: seven prompts are to take seconds."""

_PICTURE = QSize(24 * GRID, 18 * GRID)
_COLUMNS = 4


class Tile(QWidget):
    """One prompt: its picture, its name, and what it does.

    Attributes:
        adopted: clicked; true with the shift key.
    """

    adopted = Signal(bool)

    def __init__(self, name: str, prompt: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.name = name
        self.button = QToolButton(toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextUnderIcon, text=name)
        self.button.setProperty("role", "sample")
        self.button.setIconSize(_PICTURE)
        self.button.setIcon(icons.icon("clock"))
        self.button.setEnabled(False)
        self.button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.button.setToolTip(
            self.tr("Prompt: “{prompt}”. Click to take this, Shift-click to add it as a step").format(prompt=prompt)
        )
        self.words = QLabel(self.tr("Waiting…"), wordWrap=True, alignment=Qt.AlignmentFlag.AlignHCenter)
        self.words.setProperty("role", "quiet")
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(2)
        layout.addWidget(self.button)
        layout.addWidget(self.words)
        layout.addStretch(1)
        self.button.clicked.connect(lambda: self.adopted.emit(_shift_held()))

    def show_picture(self, picture: Pyramid, words: str, worse: bool = False) -> None:
        """Show what was made, and say what it does; ``worse`` marks one that looks worse than the original."""
        level = picture.levels[0]
        image = QImage(level.data, picture.width, picture.height, 3 * picture.width, QImage.Format.Format_RGB888)
        ratio = self.devicePixelRatioF()
        scaled = image.scaled(
            _PICTURE * ratio, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
        )
        pixmap = QPixmap.fromImage(scaled)
        pixmap.setDevicePixelRatio(ratio)
        self.button.setIcon(pixmap)
        self.button.setText(f"⚠ {self.name}" if worse else self.name)
        self.button.setEnabled(True)
        self.button.setAccessibleName(f"{self.name}: {words}")
        self.words.setText(words)

    def fail(self, words: str) -> None:
        """Say why there is nothing to show."""
        self.button.setIcon(icons.icon("warning", theme.WARNING))
        self.words.setText(words)


class TryAll(QDialog):
    """Tries every prompt on a part of the photo that is shown, one after the other on the session's lane.

    A click takes a prompt as the one step, a click with the shift key adds it to the stack. The sheet
    follows no later changes of the photo; closing it stops what still runs.
    """

    def __init__(self, session: Session, region: Region, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Try all"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self._document: Document | None = session.current
        self._tokens: list[CancelToken] = []
        self.tiles: dict[str, Tile] = {}
        region = limited(region, LARGEST)
        grid = QGridLayout()
        grid.setSpacing(GRID)
        self.original = Tile(self.tr("Original"))
        self.original.button.setToolTip(self.tr("The photo as it is. Click to take all steps out"))
        self.original.adopted.connect(lambda _: self._adopt(None, False))
        grid.addWidget(self.original, 0, 0)
        for place, entry in enumerate(DEGRADATIONS, 1):
            tile = self._tile(entry)
            grid.addWidget(tile, place // _COLUMNS, place % _COLUMNS)
        self._build(grid, region)
        self._start(region)

    def _tile(self, entry: Degradation) -> Tile:
        tile = Tile(names.label(entry.key), entry.prompt)
        tile.adopted.connect(partial(self._adopt, entry.key))
        self.tiles[entry.key] = tile
        return tile

    def _build(self, grid: QGridLayout, region: Region) -> None:
        size = f"{region[2] - region[0]}×{region[3] - region[1]} px"
        what = self.tr(
            "The middle of what is in sight ({size}) with every prompt. Click one to take it, Shift-click to add it "
            "as a step. The whole photo may come out a little different."
        )
        for column in range(_COLUMNS):
            grid.setColumnStretch(column, 1)
            grid.setColumnMinimumWidth(column, _PICTURE.width() + 3 * GRID)
        inner = QWidget()
        inner.setLayout(grid)
        scroll = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame, objectName="plain")
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inner)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(quiet(what.format(size=size)))
        layout.addWidget(scroll, 1)
        self.resize(_COLUMNS * (_PICTURE.width() + 5 * GRID) + 4 * GRID, 2 * (_PICTURE.height() + 18 * GRID))

    def _start(self, region: Region) -> None:
        photo = self._document.photo if self._document else None
        if photo is None:
            return
        part = cropped(photo, region)
        picture = shown(part)
        self.original.show_picture(picture, self.tr("As it is"))
        for key, tile in self.tiles.items():
            self._tokens.append(
                self._session.submit(
                    trial(part, key, self._session.restorer),
                    partial(self._take, tile),
                    partial(self._fail, tile),
                    lambda progress, tile=tile: tile.words.setText(wording.percent(progress.fraction or 0.0)),
                )
            )

    def _take(self, tile: Tile, made: Trial) -> None:
        if self._tokens:
            lines, warnings = wording.changes_short(made.report.changes), made.report.warnings
            words = "\n".join([lines[0], *map(translated_message, warnings)] if warnings else lines)
            tile.show_picture(made.picture, words, bool(warnings))

    def _fail(self, tile: Tile, error: BaseException) -> None:
        if self._tokens and not isinstance(error, Cancelled):
            tile.fail(str(error) if isinstance(error, DFPIRError) else self.tr("It failed: {0}").format(error))

    def _adopt(self, key: str | None, add: bool) -> None:
        if self._document is not self._session.current:
            return
        if key is None:
            self._session.editing.replace((), self.tr("Take all steps out"))
        elif add:
            self._session.editing.add(key)
            return  # the sheet stays, for more of them
        else:
            self._session.choose(key)
        self.close()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: D102 - Qt's
        focused = self.focusWidget()
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and isinstance(focused, QToolButton):
            tile = focused.parentWidget()
            if isinstance(tile, Tile):
                tile.adopted.emit(bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier))
        else:
            super().keyPressEvent(event)

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: D102 - Qt's
        self._end()
        super().closeEvent(event)

    def done(self, result: int) -> None:  # noqa: D102 - Qt's
        self._end()
        super().done(result)

    def _end(self) -> None:
        for token in self._tokens:
            token.cancel()
        self._tokens.clear()


def _shift_held() -> bool:
    return bool(QGuiApplication.keyboardModifiers() & Qt.KeyboardModifier.ShiftModifier)
