"""One chart of the Inspector: heading, plots, a line in words, and the menu that exports it."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFrame, QHBoxLayout, QMenu, QToolButton, QVBoxLayout, QWidget

from core.inspection.charts import FORMATS, Chart
from dfpir_gui.i18n.core_words import translated_sentence
from dfpir_gui.i18n.language import translated
from dfpir_gui.inspector.plots import Plots
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import heading, quiet


class Card(QFrame):
    """Shows one chart, or says why there is none.

    Attributes:
        plots: the plots; fill them anew for every chart.
        chart: what is shown, or None.
        words: what it shows and what it does not.
        note: what the mouse points at, or what was done with the chart.
        export: its menu has one entry per format.
        wanted: the chart is to be written; carries the path.
    """

    wanted = Signal(object)

    def __init__(self, title: str, height: int, *, zoomable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.chart: Chart | None = None
        self._title = title
        self.heading = heading(title)
        self.plots = Plots(zoomable=zoomable)
        self.plots.setFixedHeight(height)
        self.plots.call(title)
        self.words = quiet()
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
        inside.addWidget(self.words)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(top)
        layout.addWidget(self.empty)
        layout.addWidget(full)
        self._full = full
        self.say("")

    def show_chart(self, chart: Chart) -> None:
        """Show the words of ``chart`` and let it be exported; the caller has filled the plots."""
        self.chart = chart
        title, _, place = chart.title.partition("\n")
        title, words = translated_sentence(title), translated_sentence(chart.words)
        self.heading.setText(title)
        self.plots.call(title, words)
        self.words.setText(words)
        self.note.setText(translated_sentence(place))
        self.empty.hide()
        self._full.show()
        self.export.setEnabled(True)

    def say(self, why: str) -> None:
        """Show a sentence in place of the chart, and let go of what was shown."""
        self.chart = None
        self.plots.clear()
        self.heading.setText(self._title)
        self.note.clear()
        self.empty.setText(translated(why))
        self.empty.setVisible(bool(why))
        self._full.hide()
        self.export.setEnabled(False)

    def _export_button(self) -> QToolButton:
        button = QToolButton(text=self.tr("Export"), icon=icons.icon("save"), autoRaise=True)
        button.setToolTip(self.tr("Save this chart or its data as a file"))
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        button.setProperty("role", "flat")
        menu = QMenu(button)
        for suffix in FORMATS:
            action = menu.addAction(f"{suffix[1:].upper()}…")
            action.setToolTip(self.tr("The picture") if suffix in (".png", ".svg") else self.tr("The numbers"))
            action.triggered.connect(lambda _=False, suffix=suffix: self._ask(suffix))
        button.setMenu(menu)
        return button

    def _ask(self, suffix: str) -> None:
        if self.chart is not None:
            title = self.tr("Export “{title}”").format(title=self.heading.text())
            ask_file(self, title, self.chart.name + suffix, self.wanted.emit)


def ask_file(parent: QWidget, title: str, name: str, then: Callable[[Path], None]) -> None:
    """Ask where to save a file called ``name``; a file that exists is confirmed by the dialog."""
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
