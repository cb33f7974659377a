"""A card of the Inspector with one chart: heading, plots, caption, and a menu for export."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from core.inspection.charts import FORMATS, PICTURES, Chart
from dfpir_gui.i18n.language import translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.inspector.plots import Plots
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import heading, quiet


class Card(QFrame):
    """Shows one chart, or why there is none.

    Attributes:
        plots: the plots; to be filled for every chart.
        chart: the chart that is shown, or None.
        caption: what it shows and what it does not show.
        note: what the mouse points at, or the result of an export.
        export: button whose menu has one entry per format.
        export_requested: the user wants to save the chart; carries the path.
    """

    export_requested = Signal(object)

    def __init__(self, title: str, height: int, *, zoomable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.chart: Chart | None = None
        self._title = title
        self.heading = heading(title)
        self.plots = Plots(zoomable=zoomable)
        self.plots.setFixedHeight(height)
        self.plots.set_accessible_texts(title)
        self.caption = quiet()
        self.note = quiet()
        self.empty = quiet()
        self.export = self._export_button()
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self.heading)
        top.addWidget(self.note, 1)
        top.addWidget(self.export)
        full = QWidget()
        inside = QVBoxLayout(full)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(GRID)
        inside.addWidget(self.plots)
        inside.addWidget(self.caption)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(top)
        layout.addWidget(self.empty)
        layout.addWidget(full)
        self._full = full
        self.show_message("")

    def show_chart(self, chart: Chart) -> None:
        """Show title and caption of ``chart`` and enable its export; the caller has filled the plots."""
        self.chart = chart
        title, caption = translated_message(chart.title), translated_message(chart.caption)
        self.heading.setText(title)
        self.plots.set_accessible_texts(title, caption)
        self.caption.setText(caption)
        self.note.setText("" if chart.subtitle is None else translated_message(chart.subtitle))
        self.empty.hide()
        self._full.show()
        self.export.setEnabled(True)

    def show_message(self, text: str) -> None:
        """Show a text, marked by ``tr``, instead of the chart, and release the chart."""
        self.chart = None
        self.plots.clear()
        self.heading.setText(self._title)
        self.note.clear()
        self.empty.setText(translated(text))
        self.empty.setVisible(bool(text))
        self._full.hide()
        self.export.setEnabled(False)

    def _export_button(self) -> QToolButton:
        button = QToolButton()
        button.setText(self.tr("Export"))
        button.setIcon(icons.icon("save"))
        button.setAutoRaise(True)
        button.setToolTip(self.tr("Save this chart or its data as a file"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setProperty("role", "flat")
        menu = QMenu(button)
        for suffix in FORMATS:
            action = menu.addAction(f"{suffix[1:].upper()}…")
            action.setToolTip(self.tr("Save the picture") if suffix in PICTURES else self.tr("Save the data"))
            action.triggered.connect(lambda _=False, suffix=suffix: self._ask(suffix))
        button.setMenu(menu)
        return button

    def _ask(self, suffix: str) -> None:
        if self.chart is not None:
            title = self.tr("Export “{title}”").format(title=self.heading.text())
            ask_file(self, title, self.chart.name + suffix, self.export_requested.emit)


def ask_file(parent: QWidget, title: str, name: str, then: Callable[[Path], None]) -> None:
    """Ask where to save a file, by default as ``name``; the dialog asks before replacing an existing file."""
    dialog = QFileDialog(parent, title, "", f"*{Path(name).suffix}")
    dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
    dialog.setDefaultSuffix(Path(name).suffix[1:])
    dialog.selectFile(name)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def ask_folder(parent: QWidget, title: str, then: Callable[[Path], None]) -> None:
    """Ask for a folder."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()


def ask_photo(parent: QWidget, title: str, then: Callable[[Path], None]) -> None:
    """Ask for one photo."""
    dialog = QFileDialog(parent, title)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.fileSelected.connect(lambda chosen: then(Path(chosen)))
    dialog.finished.connect(dialog.deleteLater)
    dialog.open()
