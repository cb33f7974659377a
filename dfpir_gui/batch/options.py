"""The column of options: which folder, what is done to the photos, what the results are called."""

from collections.abc import Callable
from dataclasses import replace
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
from dfpir_gui.batch.cluster import Cluster
from dfpir_gui.i18n import names
from dfpir_gui.settings.engine_settings import GIB
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.headings import heading, quiet

_WIDTH = 40 * GRID
_NAMES = 11 * GRID  # wide are the names of fields, so that all fields begin in one line
AUTOMATIC, RECIPE = "automatic", "recipe"


class Options(QFrame):
    """What the user has set.

    Attributes:
        folders_changed: another source or target was chosen.
        changed: anything else was set.
    """

    folders_changed = Signal()
    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent, objectName="sidePanel")
        self.setFixedWidth(_WIDTH)
        self.source = QLineEdit(placeholderText=self.tr("Drop a folder here"))
        self.target = QLineEdit(placeholderText=self.tr("Where the results go"))
        self.what = QComboBox()
        self.strength = QSlider(Qt.Orientation.Horizontal, minimum=0, maximum=100, value=100, pageStep=10)
        self.strength_words = quiet()
        self.threshold = QSlider(
            Qt.Orientation.Horizontal, minimum=0, maximum=100, value=round(DEFAULT_THRESHOLD * 100), pageStep=5
        )
        self.threshold_words = quiet()
        self.clean = QComboBox()
        self.include = QLineEdit(placeholderText=self.tr("all, or e.g. *.jpg 2024/"))
        self.exclude = QLineEdit(placeholderText=self.tr("none, or e.g. raw/ *-old.*"))
        self.format = QComboBox()
        self.name = QLineEdit(DEFAULT_NAME)
        self.collision = QComboBox()
        self.retry = QCheckBox(self.tr("Try failed photos again"))
        self.watch = QCheckBox(self.tr("Go on with what arrives"))
        self.watch.setToolTip(self.tr("After the start, restore every photo that is put into the folder, until Stop"))
        self.keep_times = QCheckBox(self.tr("Keep the times of the files"))
        self.keep_times.setToolTip(self.tr("Give results the times of change and access of their photos"))
        self.seconds = QSpinBox(maximum=86400, singleStep=30, suffix=self.tr(" s"), specialValueText=self.tr("none"))
        self.seconds.setToolTip(self.tr("A photo that takes longer is given up, and the others go on"))
        self.memory = QSpinBox(maximum=1024, suffix=self.tr(" GB"), specialValueText=self.tr("automatic"))
        self.memory.setToolTip(
            self.tr("Refuse photos that take more memory when they are opened; automatic is half of what there is")
        )
        self.ratio = QCheckBox(self.tr("Refuse files made to fill the memory"))
        self.ratio.setChecked(True)
        self.ratio.setToolTip(self.tr("Small files that claim to hold huge pictures, as no photograph does"))
        self.cluster = Cluster()
        self._recipe: Steps = ()
        self._fill()
        self._lay_out()
        self._connect()
        self._tell()

    def layout_(self) -> Layout:
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

    def treatment(self) -> BatchSettings:
        """What is done to the photos."""
        strength = self.strength.value() / 100
        what = self.what.currentData()
        steps: Steps | None = None if what == AUTOMATIC else ((what, strength),)
        if what == RECIPE:
            steps = self._recipe
        threshold = self.threshold.value() / 100
        limits = Limits(memory=self.memory.value() * GIB or None, seconds=self.seconds.value() or None)
        return BatchSettings(
            steps=steps,
            strength=strength,
            threshold=threshold,
            clean=self.clean.currentData(),
            keep_times=self.keep_times.isChecked(),
            limits=limits if self.ratio.isChecked() else replace(limits, ratio=None),
        )

    def set_folders(self, source: Path, target: Path) -> None:
        """Choose both folders."""
        self.source.setText(str(source))
        self.target.setText(str(target))
        self.folders_changed.emit()

    def take_source(self, source: Path) -> None:
        """Choose the folder of the photos; results go beside it."""
        self.set_folders(source, source.with_name(f"{source.name}-restored"))

    def use_recipe(self, file: Path) -> None:
        """Do the steps of a recipe to all photos.

        Raises:
            RecipeError: it cannot be read.
        """
        self._recipe = tuple((step.degradation, step.strength) for step in read_recipe(file).steps)
        if self.what.findData(RECIPE) < 0:
            self.what.addItem("", RECIPE)
        index = self.what.findData(RECIPE)
        self.what.setItemText(index, self.tr("Recipe {name}").format(name=file.name.removesuffix(SUFFIX)))
        self.what.setCurrentIndex(index)
        self.changed.emit()

    def ask_recipe(self, fail: Callable[[Exception], None]) -> None:
        """Ask for the file of a recipe and use it; ``fail`` is told why it cannot be read."""
        dialog = QFileDialog(self, self.tr("Choose a recipe"), self.source.text(), f"*{SUFFIX}")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)

        def chosen(file: str) -> None:
            try:
                self.use_recipe(Path(file))
            except RecipeError as error:
                fail(error)

        dialog.fileSelected.connect(chosen)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _fill(self) -> None:
        self.what.addItem(self.tr("What is found"), AUTOMATIC)
        for entry in DEGRADATIONS:
            self.what.addItem(self.tr("{label}, for all").format(label=names.label(entry.key)), entry.key)
        self.clean.addItem(self.tr("are copied"), "copy")
        self.clean.addItem(self.tr("are left out"), "leave")
        self.format.addItem(self.tr("As the photo"), None)
        for key, entry in FORMATS.items():
            self.format.addItem(entry.label, key)
        self.collision.addItem(self.tr("number the result"), "number")
        self.collision.addItem(self.tr("skip the photo"), "skip")
        self.collision.addItem(self.tr("replace the file"), "replace")

        for box in (self.what, self.clean, self.format, self.collision):
            # Else the longest entry would make the column wider than it is.
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
        self.recipe_button.setToolTip(self.tr("Do what was done to another photo"))
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.what, 1)
        row.addWidget(self.recipe_button)
        column.addLayout(row)
        for slider, words, name in (
            (self.strength, self.strength_words, self.tr("Strength in percent")),
            (self.threshold, self.threshold_words, self.tr("How sure the detector must be, in percent")),
        ):
            slider.setAccessibleName(name)
            column.addWidget(words)
            column.addWidget(slider)
        column.addLayout(self._form((self.tr("Clean photos"), self.clean)))
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Photos")))
        column.addLayout(self._form((self.tr("Only"), self.include), (self.tr("Without"), self.exclude)))
        column.addWidget(self.retry)
        column.addWidget(self.watch)
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Results")))
        rows = (
            (self.tr("Format"), self.format),
            (self.tr("Name"), self.name),
            (self.tr("Name taken"), self.collision),
        )
        column.addLayout(self._form(*rows))
        column.addWidget(self.keep_times)
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Limits of a photo")))
        column.addLayout(self._form((self.tr("Time"), self.seconds), (self.tr("Memory"), self.memory)))
        column.addWidget(self.ratio)
        column.addSpacing(GRID)
        column.addWidget(self.cluster)
        column.addStretch(1)
        scroll = QScrollArea(widgetResizable=True, frameShape=QFrame.Shape.NoFrame)
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
        for words, field in rows:
            name = QLabel(words, indent=0)
            name.setFixedWidth(_NAMES)
            name.setBuddy(field)
            form.addRow(name, field)
            field.setAccessibleName(words)
        return form

    def _folder_row(self, field: QLineEdit, name: str, tip: str) -> QHBoxLayout:
        button = QPushButton(name + "…")
        button.setToolTip(tip)
        button.setFixedWidth(_NAMES)
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

        def chosen(folder: str) -> None:
            if field is self.source:
                self.take_source(Path(folder))
            else:
                self.set_folders(Path(self.source.text()), Path(folder))

        dialog.fileSelected.connect(chosen)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def _connect(self) -> None:
        for field in (self.source, self.target):
            field.editingFinished.connect(self.folders_changed)
        for field in (self.include, self.exclude, self.name):
            field.editingFinished.connect(self.changed)
        for box in (self.what, self.clean, self.format, self.collision):
            box.currentIndexChanged.connect(self._on_change)
        for slider in (self.strength, self.threshold):
            slider.valueChanged.connect(self._tell)
            slider.sliderReleased.connect(self.changed)
        for box in (self.retry, self.keep_times, self.ratio):
            box.toggled.connect(self.changed)
        for field in (self.seconds, self.memory):
            field.editingFinished.connect(self.changed)
        self.cluster.changed.connect(self.changed)

    def _on_change(self) -> None:
        self._tell()
        self.changed.emit()

    def _tell(self) -> None:
        automatic = self.what.currentData() == AUTOMATIC
        self.strength_words.setText(self.tr("Strength {value} %").format(value=self.strength.value()))
        self.threshold_words.setText(
            self.tr("Act when {value} % sure; the others are to review").format(value=self.threshold.value())
        )
        for widget in (self.threshold, self.threshold_words, self.clean):
            widget.setEnabled(automatic)
        for widget in (self.strength, self.strength_words):
            widget.setEnabled(self.what.currentData() != RECIPE)
