"""A card of the Inspector with one chart: heading, plots, caption, and a menu for export."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import (
    QFileDialog,
    QFrame,
    QGraphicsOpacityEffect,
    QHBoxLayout,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.inspection.charts import FIGURE_SIZES, FORMATS, PICTURES, Chart, FigureSize
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.inspector.plots import Plots
from dfpir_gui.settings.settings import Settings
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import VanishingLabel, heading, quiet

COMPUTING = tr("Computing…")
NOT_COMPUTED = tr("This chart was not computed.")
_BUSY_DELAY_MS = 200
_LONGEST_NAME = 48
"""Characters of the name of a photo or folder in the suggested names of files, which file systems limit."""

_DIMMED = 0.35
"""Opacity of an old chart while the next one is computed."""


class Card(QFrame):
    """Shows one chart, or why there is none.

    Attributes:
        chart: the chart that is shown, or None.
        busy: whether the next chart is being computed.
        caption: what it shows and what it does not show.
        origin: what it was computed of: photo, region, prompt and model.
        note: what the mouse points at, or what can be pointed at.
        status: that it is computed or written, or the result of an export.
        export: button whose menu has one entry per format.
        export_requested: the user wants to save the chart; carries the path.
    """

    export_requested = Signal(object)

    def __init__(self, title: str, height: int, *, zoomable: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.chart: Chart | None = None
        self._file_name = ""
        self.busy = False
        self._title = title
        self.heading = heading(title)
        self.heading.setWordWrap(True)
        self._height, self._zoomable = height, zoomable
        self._plots: Plots | None = None
        self.caption = quiet()
        self.origin, self.note, self.status = VanishingLabel(), VanishingLabel(), VanishingLabel()
        self.empty = quiet()
        self.export = self._export_button()
        top = QHBoxLayout()
        top.setSpacing(GRID)
        top.addWidget(self.heading, 3)
        top.addWidget(self.status, 2)
        top.addWidget(self.export)
        full = QWidget()
        self._inside = QVBoxLayout(full)
        self._inside.setContentsMargins(0, 0, 0, 0)
        self._inside.setSpacing(GRID)
        self._inside.addWidget(self.caption)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(top)
        layout.addWidget(self.origin)
        layout.addWidget(self.note)
        layout.addWidget(self.empty)
        layout.addWidget(full)
        self._full = full
        self._dimmed = QGraphicsOpacityEffect(full, opacity=_DIMMED)
        self._dimmed.setEnabled(False)
        full.setGraphicsEffect(self._dimmed)
        self._delay = QTimer(self, singleShot=True, interval=_BUSY_DELAY_MS)
        self._delay.timeout.connect(self._show_busy)
        self.show_message("")

    @property
    def plots(self) -> Plots:
        """The plots, to be filled for every chart; made when they are first needed, which takes some milliseconds."""
        if self._plots is None:
            self._plots = Plots(zoomable=self._zoomable)
            self._plots.setFixedHeight(self._height)
            self._plots.set_accessible_texts(self._title)
            self._inside.insertWidget(0, self._plots)
        return self._plots

    def start_drawing(self) -> None:
        """Empty the plots and keep them invisible until :meth:`show_chart`: half a chart would mislead."""
        self.plots.clear()
        self._dimmed.setOpacity(0)
        self._dimmed.setEnabled(True)
        self.export.setEnabled(False)

    def show_chart(self, chart: Chart, *names: str | None) -> None:
        """Show title and caption of a chart and enable its export; the caller has filled the plots.

        Args:
            chart: the chart.
            names: what it was made from, such as the name of the photo and the keys of the prompts: its file is named
                after them. None and empty names are left out.
        """
        self._end_dimming()
        self.chart = chart
        self._file_name = "-".join([*(name[:_LONGEST_NAME] for name in names if name), chart.name])
        title, caption = translated_message(chart.title), translated_message(chart.caption)
        self.heading.setText(title)
        self.plots.set_accessible_texts(title, caption)
        self.caption.setText(caption)
        self.origin.setText("" if chart.subtitle is None else translated_message(chart.subtitle))
        self.status.clear()
        self.empty.hide()
        self._full.show()
        self.plots.ci.layout.activate()  # else the first picture has the places of the chart before
        self.export.setEnabled(True)

    def add_below_plots(self, widget: QWidget) -> None:
        """Add a widget between the plots and the caption, such as a legend."""
        self._inside.insertWidget(self._inside.indexOf(self.caption), widget)

    def show_busy(self) -> None:
        """Say that the chart is computed; an old one stays, dimmed if that takes a while."""
        self.busy = True
        if self.chart is None:
            self._show_busy()
        else:
            self._delay.start()

    def end_busy(self) -> None:
        """If no chart has come, say so, instead of an old one."""
        if self.busy:
            self.show_message(NOT_COMPUTED)

    def _show_busy(self) -> None:
        if self.chart is None:
            self.empty.setText(translated(COMPUTING))
            self.empty.show()
            return
        self._dimmed.setEnabled(True)
        self.status.setText(translated(COMPUTING))
        self.export.setEnabled(False)

    def _end_dimming(self) -> None:
        self.busy = False
        self._delay.stop()
        self._dimmed.setEnabled(False)
        self._dimmed.setOpacity(_DIMMED)

    def show_message(self, text: str) -> None:
        """Show a text, marked by ``tr``, instead of the chart, and release the chart."""
        self.hide_chart(text)
        self.release_plots()

    def release_plots(self) -> None:
        """Release what the plots hold, unless a chart is shown; that takes some milliseconds for each plot."""
        if self.chart is None and self._plots is not None:
            self._plots.clear()

    def hide_chart(self, text: str = "") -> None:
        """Show a text, marked by ``tr``, instead of the chart, and keep the plots until :meth:`release_plots`."""
        self._end_dimming()
        self.chart = None
        self.heading.setText(self._title)
        for line in (self.origin, self.note, self.status):
            line.clear()
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
        menu.setToolTipsVisible(True)
        menu.addSection(self.tr("Format"))
        for suffix in FORMATS:
            action = menu.addAction(f"{suffix[1:].upper()}…")
            action.setToolTip(self.tr("Save the picture") if suffix in PICTURES else self.tr("Save the data"))
            action.triggered.connect(lambda _=False, suffix=suffix: self._ask(suffix))
        menu.addSection(self.tr("Width of pictures"))
        group = QActionGroup(menu)
        for key in ("", *FIGURE_SIZES):
            action = menu.addAction(figure_size_text(key))
            action.setCheckable(True)
            action.setData(key)
            action.triggered.connect(lambda _=False, key=key: _set_figure_size(key))
            group.addAction(action)
        menu.aboutToShow.connect(lambda: _check(group))
        button.setMenu(menu)
        return button

    def _ask(self, suffix: str) -> None:
        if self.chart is not None:
            title = self.tr("Export “{title}”").format(title=self.heading.text())
            ask_file(self, title, self._file_name + suffix, self.export_requested.emit)


def figure_size() -> FigureSize | None:
    """The size of exported pictures that the user has chosen; None for that of the screen."""
    return FIGURE_SIZES.get(Settings().figure_size)


def figure_size_text(key: str) -> str:
    """Name of an entry of :data:`core.inspection.charts.FIGURE_SIZES`; ``""`` is the size of the screen."""
    if not key:
        return translate("Card", "As on the screen")
    size = FIGURE_SIZES[key]
    text = {
        "column": translate("Card", "Column: {width} mm, {dpi} dpi"),
        "page": translate("Card", "Page: {width} mm, {dpi} dpi"),
        "landscape": translate("Card", "Landscape page: {width} mm, {dpi} dpi"),
        "poster": translate("Card", "Poster: {width} mm, {dpi} dpi"),
    }[key]
    return text.format(width=f"{size.width:g}", dpi=size.dpi)


def _set_figure_size(key: str) -> None:
    Settings().figure_size = key


def _check(group: QActionGroup) -> None:
    chosen = Settings().figure_size
    for action in group.actions():
        action.setChecked(action.data() == chosen)


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
