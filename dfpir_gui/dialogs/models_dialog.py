"""The model manager: lists the models with their details; adds, removes and selects them."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from dfpir_gui.dialogs.model_card import ModelCard
from dfpir_gui.dialogs.preferences import Preferences
from dfpir_gui.dialogs.standard_dialogs import confirm_download
from dfpir_gui.session.model_registry import ModelEntry, ModelRegistry
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.dialog_size import size_by_window
from dfpir_gui.widgets.drops import local_files
from dfpir_gui.widgets.enter_key import leave_enter_to
from dfpir_gui.workers.worker_thread import Progress

_PATTERNS = "(*.safetensors *.pth *.tar *.pt *.ckpt)"


class ModelsDialog(QDialog):
    """Shows the models of the registry.

    Args:
        registry: the models.
        preferences: store which model is used.
        run: runs a model of another family on the current photo.
        parent: the window.
    """

    def __init__(
        self, registry: ModelRegistry, preferences: Preferences, run: Callable[[ModelEntry], None], parent: QWidget
    ) -> None:
        super().__init__(parent)
        self._registry = registry
        self._preferences = preferences
        self._run = run
        self.setWindowTitle(self.tr("Models"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setAcceptDrops(True)
        self.list = QListWidget()
        self.list.setAccessibleName(self.tr("Models"))
        self.use = QPushButton(self.tr("Use this model"))
        self.use.setProperty("role", "primary")
        self.prepare = QPushButton(self.tr("Prepare prompts…"))
        self.remove = QPushButton(self.tr("Remove"))
        self.progress = QProgressBar(minimum=0, maximum=1000, textVisible=False)
        self.progress.setAccessibleName(self.tr("Progress of preparing prompts"))
        self.stop = QPushButton(self.tr("Stop"))
        self._build()
        self.list.currentRowChanged.connect(self._show_details)
        self.use.clicked.connect(self._use)
        self.remove.clicked.connect(self._remove)
        self.prepare.clicked.connect(lambda: confirm_download(self, registry.prepare))
        self.stop.clicked.connect(registry.stop_preparing)
        registry.changed.connect(self._refresh)
        registry.preparing.connect(self._show_progress)
        preferences.changed.connect(self._refresh)
        self._show_progress(None)
        self._refresh()
        registry.read_new()

    def _build(self) -> None:
        add = QPushButton(icons.icon("open"), self.tr("Add model files…"))
        add.clicked.connect(self._choose_files)
        hint = QLabel(self.tr("Or drop checkpoints here: DFPIR, NAFNet, Restormer, SwinIR and others."))
        hint.setWordWrap(True)
        hint.setProperty("role", "quiet")
        left = QVBoxLayout()
        left.setSpacing(GRID)
        left.addWidget(self.list, 1)
        left.addWidget(hint)
        left.addWidget(add)
        self._scroll = QScrollArea(widgetResizable=True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setAccessibleName(self.tr("Details of the model"))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        for button in (self.use, self.prepare, self.remove):
            row.addWidget(button)
        row.addStretch(1)
        bar = QHBoxLayout()
        bar.setSpacing(GRID)
        bar.addWidget(self.progress, 1)
        bar.addWidget(self.stop)
        right = QVBoxLayout()
        right.setSpacing(GRID)
        right.addWidget(self._scroll, 1)
        right.addLayout(bar)
        right.addLayout(row)
        columns = QHBoxLayout()
        columns.setSpacing(3 * GRID)
        columns.addLayout(left, 2)
        columns.addLayout(right, 5)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
        buttons.rejected.connect(self.close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(columns, 1)
        layout.addWidget(buttons)
        leave_enter_to(self, buttons.button(QDialogButtonBox.StandardButton.Close))
        size_by_window(self, QSize(110, 65) * GRID, QSize(140, 120) * GRID)

    @property
    def _entry(self) -> ModelEntry | None:
        row, entries = self.list.currentRow(), self._registry.entries
        return entries[row] if 0 <= row < len(entries) else None

    def _refresh(self) -> None:
        row = max(0, self.list.currentRow())
        entries = self._registry.entries
        self.list.blockSignals(True)
        self.list.clear()
        for entry in entries:
            self.list.addItem(self._item(entry))
        self.list.blockSignals(False)
        self.list.setCurrentRow(min(row, len(entries) - 1))
        self._show_details()

    def _item(self, entry: ModelEntry) -> QListWidgetItem:
        if entry.error:
            icon, state = "warning", self.tr("Cannot be used")
        elif not entry.family:
            icon, state = "clock", self.tr("Reading…")
        elif entry.key == self._preferences.engine.model:
            icon, state = "check", self.tr("In use")
        else:
            icon, state = "restore", self.tr("Built in") if entry.built_in else entry.family
        item = QListWidgetItem(icons.icon(icon), f"{entry.name}\n{state}")
        item.setToolTip(str(entry.path))
        return item

    def _show_details(self) -> None:
        entry = self._entry
        self._scroll.setWidget(QWidget() if entry is None else ModelCard(entry))
        usable = entry is not None and bool(entry.family)
        dfpir = entry is not None and entry.is_dfpir
        self.use.setText(self.tr("Run on current photo") if usable and not dfpir else self.tr("Use this model"))
        in_use = dfpir and entry is not None and entry.key == self._preferences.engine.model
        self.use.setEnabled(usable and not in_use)
        self.prepare.setVisible(entry is not None and entry.needs_prompts)
        self.remove.setEnabled(entry is not None and not entry.built_in)

    def _use(self) -> None:
        entry = self._entry
        if entry is None:
            return
        if entry.is_dfpir:
            self._preferences.set_engine(model=entry.key)
        else:
            self._run(entry)
            self.close()

    def _remove(self) -> None:
        if self._entry is not None:
            self._registry.remove(self._entry)

    def _choose_files(self) -> None:
        dialog = QFileDialog(
            self, self.tr("Add models"), "", self.tr("Models") + f" {_PATTERNS};;" + self.tr("All files (*)")
        )
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        dialog.filesSelected.connect(lambda names: self._add([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _add(self, paths: list[Path]) -> None:
        self._registry.add(paths)
        self.list.setCurrentRow(self.list.count() - 1)

    def _show_progress(self, progress: Progress | None) -> None:
        self.progress.setVisible(progress is not None)
        self.stop.setVisible(progress is not None)
        self.prepare.setEnabled(progress is None)
        if progress is not None:
            self.progress.setValue(round(1000 * (progress.fraction or 0.0)))

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: D102 - Qt's
        if local_files(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: D102 - Qt's
        event.acceptProposedAction()
        self._add(local_files(event.mimeData()))
