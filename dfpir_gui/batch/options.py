"""The options panel: folders, steps, selection of photos, results, limits and cluster."""

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from core.batch import BatchSettings, Layout
from core.batch.layout import DEFAULT_NAME
from core.batch.limits import Limits
from core.batch.settings import DEFAULT_THRESHOLD, Steps
from core.degradations import DEGRADATIONS
from core.errors import RecipeError
from core.photo import FORMATS
from core.recipes import SUFFIX, read_recipe
from core.steps import Step
from dfpir_gui.i18n import names
from dfpir_gui.settings.engine_settings import GIB
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.headings import heading, quiet

_WIDTH = 40 * GRID
_LABEL_WIDTH = 11 * GRID  # the same for all labels, so that all fields are aligned
AUTOMATIC, RECIPE = "automatic", "recipe"


def dask_installed() -> bool:
    """Whether the package that reaches other machines is installed."""
    return find_spec("distributed") is not None


def _percent_slider(value: int, *, page_step: int) -> QSlider:
    slider = QSlider(Qt.Orientation.Horizontal)
    slider.setRange(0, 100)
    slider.setValue(value)
    slider.setPageStep(page_step)
    return slider


class ClusterField(QWidget):
    """Address of the scheduler of a Dask cluster; empty to use this machine only.

    Attributes:
        changed: another address was entered.
    """

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.address = QLineEdit(placeholderText="tcp://HOST:8786", clearButtonEnabled=True)
        self.address.setAccessibleName(self.tr("Address of the scheduler of a Dask cluster"))
        self.address.setEnabled(dask_installed())
        if dask_installed():
            hint = self.tr("Address of a Dask scheduler. Its workers must see both folders under the same paths.")
        else:
            hint = self.tr("Needs Dask: {command}").format(command="pip install 'dfpir-studio[cluster]'")
        self.hint = quiet(hint)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(heading(self.tr("Other machines"), self.address))
        column.addWidget(self.address)
        column.addWidget(self.hint)
        self.address.editingFinished.connect(self.changed)

    @property
    def scheduler(self) -> str | None:
        """The address, or None to use this machine only."""
        return self.address.text().strip() or None if dask_installed() else None


class Options(QFrame):
    """What the user has set.

    Attributes:
        folders_changed: another source or target was chosen.
        changed: anything else was set.
    """

    folders_changed = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidePanel")
        self.setFixedWidth(_WIDTH)
        self.source = QLineEdit(placeholderText=self.tr("Drop a folder here"))
        self.target = QLineEdit(placeholderText=self.tr("Folder for the results"))
        self.what = QComboBox()
        self.strength = _percent_slider(100, page_step=10)
        self.strength_label = quiet()
        self.threshold = _percent_slider(round(DEFAULT_THRESHOLD * 100), page_step=5)
        self.threshold_label = quiet()
        self.clean = QComboBox()
        self.include = QLineEdit(placeholderText=self.tr("all, or e.g. *.jpg 2024/"))
        self.exclude = QLineEdit(placeholderText=self.tr("none, or e.g. raw/ *-old.*"))
        self.format = QComboBox()
        self.name = QLineEdit(DEFAULT_NAME)
        self.collision = QComboBox()
        self.retry = QCheckBox(self.tr("Retry failed photos"))
        self.watch = QCheckBox(self.tr("Watch folder for new photos"))
        self.watch.setToolTip(self.tr("After the start, also restore every photo that is added, until you click Stop"))
        self.keep_times = QCheckBox(self.tr("Keep file times"))
        self.keep_times.setToolTip(self.tr("Give results the modification and access times of their photos"))
        self.review_harm = QCheckBox(self.tr("Leave harmful ones for review"))
        self.review_harm.setToolTip(
            self.tr("Results that may be worse than their photos are not written. Decide on them in the table")
        )
        self.seconds = QSpinBox(maximum=86400, singleStep=30, suffix=self.tr(" s"))
        self.seconds.setSpecialValueText(self.tr("none"))
        self.seconds.setToolTip(self.tr("Stop a photo that takes longer, and continue with the others"))
        self.memory = QSpinBox(maximum=1024, suffix=self.tr(" GB"))
        self.memory.setSpecialValueText(self.tr("automatic"))
        self.memory.setToolTip(
            self.tr("Refuse photos that take more memory when they are opened. Automatic: half of the memory")
        )
        self.ratio = QCheckBox(self.tr("Refuse decompression bombs"))
        self.ratio.setChecked(True)
        self.ratio.setToolTip(self.tr("Small files that claim to contain huge images, as no photograph does"))
        self.cluster = ClusterField()
        self._recipe: Steps = ()
        self._fill()
        self._lay_out()
        self._connect()
        self._update_labels()

    def batch_layout(self) -> Layout:
        """Which photos, and where to.

        Raises:
            BatchError: a folder or the template cannot be used.
        """
        return Layout(
            Path(self.source.text()),
            Path(self.target.text()),
            include=tuple(self.include.text().split()),
            exclude=tuple(self.exclude.text().split()),
            name=self.name.text(),
            collision=self.collision.currentData(),
            format=self.format.currentData(),
        )

    def batch_settings(self) -> BatchSettings:
        """What is done to the photos."""
        strength = self.strength.value() / 100
        what = self.what.currentData()
        steps: Steps | None = None
        if what == RECIPE:
            steps = self._recipe
        elif what != AUTOMATIC:
            steps = (Step(what, strength),)
        limits = Limits(memory=self.memory.value() * GIB or None, seconds=self.seconds.value() or None)
        return BatchSettings(
            steps=steps,
            strength=strength,
            threshold=self.threshold.value() / 100,
            clean=self.clean.currentData(),
            review_harm=self.review_harm.isChecked(),
            keep_times=self.keep_times.isChecked(),
            limits=limits if self.ratio.isChecked() else replace(limits, ratio=None),
        )

    def set_folders(self, source: Path, target: Path) -> None:
        """Choose both folders."""
        self.source.setText(str(source))
        self.target.setText(str(target))
        self.folders_changed.emit()

    def set_source(self, source: Path) -> None:
        """Choose the folder of the photos; the results go to a folder beside it."""
        self.set_folders(source, source.with_name(f"{source.name}-restored"))

    def use_recipe(self, file: Path) -> None:
        """Use the steps of a recipe for all photos.

        Raises:
            RecipeError: it cannot be read.
        """
        self._recipe = read_recipe(file).steps
        if self.what.findData(RECIPE) < 0:
            self.what.addItem("", RECIPE)
        index = self.what.findData(RECIPE)
        self.what.setItemText(index, self.tr("Recipe {name}").format(name=file.name.removesuffix(SUFFIX)))
        self.what.setCurrentIndex(index)
        self.changed.emit()

    def ask_recipe(self, on_error: Callable[[Exception], None]) -> None:
        """Ask for a recipe file and use it; ``on_error`` is called if it cannot be read."""
        dialog = QFileDialog(self, self.tr("Choose a recipe"), self.source.text(), f"*{SUFFIX}")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)

        def use(file: str) -> None:
            try:
                self.use_recipe(Path(file))
            except RecipeError as error:
                on_error(error)

        dialog.fileSelected.connect(use)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _fill(self) -> None:
        self.what.addItem(self.tr("Detected problems"), AUTOMATIC)
        for entry in DEGRADATIONS:
            self.what.addItem(self.tr("{label} in all photos").format(label=names.label(entry.key)), entry.key)
        self.clean.addItem(self.tr("copy"), "copy")
        self.clean.addItem(self.tr("leave out"), "leave")
        self.format.addItem(self.tr("Same as original"), None)
        for key, photo_format in FORMATS.items():
            self.format.addItem(photo_format.label, key)
        self.collision.addItem(self.tr("add a number"), "number")
        self.collision.addItem(self.tr("skip the photo"), "skip")
        self.collision.addItem(self.tr("replace the file"), "replace")

        for box in (self.what, self.clean, self.format, self.collision):
            # Otherwise the longest entry would widen the panel.
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(heading(self.tr("Folders"), self.source))
        column.addLayout(self._folder_row(self.source, self.tr("Photos"), self.tr("Choose the folder of the photos")))
        column.addLayout(self._folder_row(self.target, self.tr("Results"), self.tr("Choose the folder of the results")))
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Remove"), self.what))
        self.recipe_button = QPushButton(self.tr("Recipe…"))
        self.recipe_button.setToolTip(self.tr("Use the steps of a recipe file"))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.what, 1)
        row.addWidget(self.recipe_button)
        column.addLayout(row)
        for slider, label, name in (
            (self.strength, self.strength_label, self.tr("Strength in percent")),
            (self.threshold, self.threshold_label, self.tr("Minimum confidence in percent")),
        ):
            slider.setAccessibleName(name)
            column.addWidget(label)
            column.addWidget(slider)
        column.addLayout(self._form((self.tr("Clean photos"), self.clean)))
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Photos")))
        column.addLayout(self._form((self.tr("Include"), self.include), (self.tr("Exclude"), self.exclude)))
        column.addWidget(self.retry)
        column.addWidget(self.watch)
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Results")))
        rows = (
            (self.tr("Format"), self.format),
            (self.tr("Name"), self.name),
            (self.tr("If file exists"), self.collision),
        )
        column.addLayout(self._form(*rows))
        column.addWidget(self.review_harm)
        column.addWidget(self.keep_times)
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Limits per photo")))
        column.addLayout(self._form((self.tr("Time"), self.seconds), (self.tr("Memory"), self.memory)))
        column.addWidget(self.ratio)
        column.addSpacing(GRID)
        column.addWidget(self.cluster)
        column.addStretch(1)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("Options"))
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)

    def _form(self, *rows: tuple[str, QWidget]) -> QFormLayout:
        form = QFormLayout()
        form.setSpacing(GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for text, field in rows:
            label = QLabel(text, indent=0)
            label.setFixedWidth(_LABEL_WIDTH)
            label.setBuddy(field)
            form.addRow(label, field)
            field.setAccessibleName(text)
        return form

    def _folder_row(self, field: QLineEdit, name: str, tip: str) -> QHBoxLayout:
        button = QPushButton(name + "…")
        button.setToolTip(tip)
        button.setFixedWidth(_LABEL_WIDTH)
        field.setAccessibleName(tip)
        button.clicked.connect(lambda: self._ask_folder(field, tip))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(button)
        row.addWidget(field, 1)
        return row

    def _ask_folder(self, field: QLineEdit, title: str) -> None:
        dialog = QFileDialog(self, title, field.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)

        def use(folder: str) -> None:
            if field is self.source:
                self.set_source(Path(folder))
            else:
                self.set_folders(Path(self.source.text()), Path(folder))

        dialog.fileSelected.connect(use)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _connect(self) -> None:
        for field in (self.source, self.target):
            field.editingFinished.connect(self.folders_changed)
        for field in (self.include, self.exclude, self.name):
            field.editingFinished.connect(self.changed)
        for box in (self.what, self.clean, self.format, self.collision):
            box.currentIndexChanged.connect(self._on_choice)
        for slider in (self.strength, self.threshold):
            slider.valueChanged.connect(self._update_labels)
            slider.sliderReleased.connect(self.changed)
        for check in (self.retry, self.review_harm, self.keep_times, self.ratio):
            check.toggled.connect(self.changed)
        for number in (self.seconds, self.memory):
            number.editingFinished.connect(self.changed)
        self.cluster.changed.connect(self.changed)

    def _on_choice(self) -> None:
        self._update_labels()
        self.changed.emit()

    def _update_labels(self) -> None:
        automatic = self.what.currentData() == AUTOMATIC
        self.strength_label.setText(self.tr("Strength {value} %").format(value=self.strength.value()))
        self.threshold_label.setText(
            self.tr("Minimum confidence {value} % (others need review)").format(value=self.threshold.value())
        )
        for widget in (self.threshold, self.threshold_label, self.clean):
            widget.setEnabled(automatic)
        for widget in (self.strength, self.strength_label):
            widget.setEnabled(self.what.currentData() != RECIPE)
