"""The options panel: folders, steps, selection of photos, results, limits and cluster."""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
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
from core.batch.layout import DEFAULT_NAME, FIELDS
from core.batch.limits import Limits
from core.batch.settings import DEFAULT_THRESHOLD, Steps
from core.degradations import DEGRADATIONS, QualityMode
from core.errors import PhotoError, RecipeError
from core.geometry import UNCHANGED
from core.photo import DEFAULT_QUALITY, FORMATS
from core.photo.output_options import OutputOptions
from core.photo.resizing import Resize
from core.presets import Presets
from core.recipes import SUFFIX, Recipe, read_recipe
from core.steps import Step
from dfpir_gui.batch.cluster_field import ClusterField
from dfpir_gui.i18n import names
from dfpir_gui.settings.engine_settings import GIB
from dfpir_gui.settings.export_options import LIBRARY_METADATA, ExportOptions
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.widgets.headings import heading, quiet
from dfpir_gui.widgets.output_fields import ResizeField, bit_depth_box, colour_space_box, metadata_box, narrow
from dfpir_gui.widgets.slider import Slider
from dfpir_gui.widgets.wheel import let_wheel_scroll

_WIDTH = 40 * GRID
_LABEL_WIDTH = 11 * GRID  # the same for all labels, so that all fields are aligned
AUTOMATIC, RECIPE, STUDIO, PRESET = "automatic", "recipe", "studio", "preset:"
"""Data of the entries of "Remove" that are no degradation; the last one is followed by the preset's name."""


def _is_recipe(what: object) -> bool:
    """Whether the data of an entry stands for a recipe, which has strengths of its own."""
    return what in (RECIPE, STUDIO) or str(what).startswith(PRESET)


def proposed_target(source: Path) -> Path:
    """A folder for the results: beside the photos; inside, if they are a whole disk."""
    return source.with_name(f"{source.name}-restored") if source.name else source / "restored"


def _percent_slider(value: int, *, page_step: int) -> QSlider:
    slider = Slider()
    slider.setRange(0, 100)
    slider.setValue(value)
    slider.setPageStep(page_step)
    return slider


class Options(QFrame):
    """What the user has set.

    Attributes:
        folders_changed: another source or target was chosen.
        changed: anything else was set.
        failed: a preset cannot be used; carries the error.
    """

    folders_changed = Signal()
    changed = Signal()
    failed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("sidePanel")
        self.setFixedWidth(_WIDTH)
        self.source = QLineEdit(placeholderText=self.tr("Drop a folder here"))
        self.target = QLineEdit(placeholderText=self.tr("Folder for the results"))
        self.target_hint = quiet(self.tr("Choose a folder for the results as well:"))
        self.propose_button = QPushButton()
        self.propose_button.setToolTip(self.tr("Put the results into this folder beside the photos"))
        self.propose_button.setAccessibleName(self.propose_button.toolTip())
        self.what = ComboBox()
        self.strength = _percent_slider(100, page_step=10)
        self.strength_label = quiet()
        self.threshold = _percent_slider(round(DEFAULT_THRESHOLD * 100), page_step=5)
        self.threshold_label = quiet()
        self.clean = ComboBox()
        self.include = QLineEdit(placeholderText=self.tr("All, or e.g. *.jpg 2024/"))
        self.exclude = QLineEdit(placeholderText=self.tr("None, or e.g. raw/ *-old.*"))
        self.format = ComboBox()
        self.name = QLineEdit(DEFAULT_NAME)
        fields = " ".join(f"{{{name}}}" for name in FIELDS)
        self.name.setToolTip(self.tr("Can contain {fields}").format(fields=fields))
        self.collision = ComboBox()
        self.mode = ComboBox()
        self.mode.setToolTip(
            self.tr("Best: the mean over rotations and reflections of each photo; two to eight times slower")
        )
        self.quality = QSpinBox(minimum=1, maximum=100, value=DEFAULT_QUALITY)
        self.quality.setToolTip(self.tr("For JPEG, WebP and AVIF; 100 is best and largest"))
        self.bit_depth = bit_depth_box()
        self.resize_field = ResizeField(stacked=True)
        self.colour_space = colour_space_box()
        self.kept_metadata = metadata_box()
        self.retry = QCheckBox(self.tr("Retry failed photos"))
        self.watch = QCheckBox(self.tr("Watch folder for new photos"))
        self.watch.setToolTip(self.tr("After the start, also restore every photo that is added, until you click Stop"))
        self.keep_times = QCheckBox(self.tr("Keep file times"))
        self.keep_times.setToolTip(self.tr("Give results the modification and access times of their photos"))
        self.review_harm = QCheckBox(self.tr("Leave harmful ones for review"))
        self.review_harm.setToolTip(
            self.tr(
                "Results that may be worse than their photos are not written. Decide on them in the table. "
                "Photos whose steps you have set are written anyway"
            )
        )
        self.seconds = QSpinBox(maximum=86400, singleStep=30, suffix=self.tr(" s"))
        self.seconds.setSpecialValueText(self.tr("None"))
        self.seconds.setToolTip(self.tr("Stop a photo that takes longer, and continue with the others"))
        self.memory = QSpinBox(maximum=1024, suffix=self.tr(" GB"))
        self.memory.setSpecialValueText(self.tr("Automatic"))
        self.memory.setToolTip(
            self.tr("Refuse photos that take more memory when they are opened. Automatic: half of the memory")
        )
        self.ratio = QCheckBox(self.tr("Refuse decompression bombs"))
        self.ratio.setChecked(True)
        self.ratio.setToolTip(self.tr("Small files that claim to contain huge images, as no photograph does"))
        self.cluster = ClusterField()
        self._presets = Presets()
        self._recipe: Recipe | None = None
        self._recipe_file = Path()
        self._studio_name = ""
        self._fill()
        self._lay_out()
        self._connect()
        self._update_labels()
        self._update_proposal()

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
        recipe = self._recipe if _is_recipe(what) else None
        if recipe is not None:
            steps = recipe.steps
        elif what != AUTOMATIC:
            steps = (Step(what, strength),)
        limits = Limits(memory=self.memory.value() * GIB or None, seconds=self.seconds.value() or None)
        return BatchSettings(
            steps=steps,
            strength=strength,
            threshold=self.threshold.value() / 100,
            clean=self.clean.currentData(),
            review_harm=self.review_harm.isChecked(),
            quality=self.quality.value() if self.quality.value() != DEFAULT_QUALITY else None,
            quality_mode=self.mode.currentData(),
            output=OutputOptions(
                resize=Resize.from_text(self.resize_field.text) if self.resize_field.text else None,
                colour_space=self.colour_space.currentData() or None,
                bit_depth=self.bit_depth.currentData() or None,
                metadata=LIBRARY_METADATA[self.kept_metadata.currentData()],
            ),
            geometry=recipe.geometry if recipe else UNCHANGED,
            geometry_size=recipe.full_size if recipe else None,
            keep_times=self.keep_times.isChecked(),
            limits=limits if self.ratio.isChecked() else replace(limits, ratio=None),
        )

    def to_dict(self) -> dict[str, object]:
        """All options but the folders and the cluster, as plain values for JSON."""
        what = self.what.currentData()
        if what == RECIPE:
            what = {"recipe": str(self._recipe_file)}
        elif what == STUDIO and self._recipe is not None:
            what = {"studio": self._recipe.to_dict(), "name": self._studio_name}
        values: dict[str, object] = {name: box.currentData() for name, box in self._remembered_boxes().items()}
        values |= {name: check.isChecked() for name, check in self._remembered_checks().items()}
        values |= {name: number.value() for name, number in self._remembered_numbers().items()}
        values |= {name: field.text() for name, field in self._remembered_texts().items()}
        return values | {"what": what, "size": self.resize_field.text}

    def set_from_dict(self, values: Mapping[str, object]) -> None:
        """Inverse of :meth:`to_dict`. What is missing or not possible any more keeps its default."""
        for name, box in self._remembered_boxes().items():
            index = box.findData(values[name]) if name in values else -1
            if index >= 0:
                box.setCurrentIndex(index)
        for name, check in self._remembered_checks().items():
            if isinstance(value := values.get(name), bool):
                check.setChecked(value)
        for name, number in self._remembered_numbers().items():
            if isinstance(value := values.get(name), int):
                number.setValue(value)
        for name, field in self._remembered_texts().items():
            if isinstance(value := values.get(name), str):
                field.setText(value)
        if isinstance(size := values.get("size"), str):
            with contextlib.suppress(PhotoError):
                self.resize_field.set_text(size)
        self._set_what(values.get("what"))
        if isinstance(mode := values.get("mode"), str):  # a preset has set its own
            self.mode.setCurrentIndex(max(self.mode.findData(mode), 0))

    def _set_what(self, what: object) -> None:
        self.offer_presets()
        if isinstance(what, dict) and "studio" in what:
            with contextlib.suppress(RecipeError):
                name = str(what.get("name"))
                self._use_studio_recipe(Recipe.from_dict(what["studio"], name), name)
        elif isinstance(what, dict):
            with contextlib.suppress(RecipeError):
                self.use_recipe(Path(str(what.get("recipe"))))
        elif isinstance(what, str) and (index := self.what.findData(what)) >= 0:
            self.what.setCurrentIndex(index)

    def _remembered_boxes(self) -> dict[str, QComboBox]:
        return {
            "clean": self.clean,
            "format": self.format,
            "collision": self.collision,
            "mode": self.mode,
            "bit_depth": self.bit_depth,
            "colour_space": self.colour_space,
            "metadata": self.kept_metadata,
        }

    def _remembered_checks(self) -> dict[str, QCheckBox]:
        return {
            "retry": self.retry,
            "watch": self.watch,
            "review": self.review_harm,
            "keep_times": self.keep_times,
            "ratio": self.ratio,
        }

    def _remembered_numbers(self) -> dict[str, QSlider | QSpinBox]:
        return {
            "strength": self.strength,
            "threshold": self.threshold,
            "quality": self.quality,
            "seconds": self.seconds,
            "memory": self.memory,
        }

    def _remembered_texts(self) -> dict[str, QLineEdit]:
        return {"include": self.include, "exclude": self.exclude, "name": self.name}

    def set_quality_mode(self, mode: QualityMode) -> None:
        """Choose the quality of the restoration."""
        self.mode.setCurrentIndex(self.mode.findData(mode))

    def offer_presets(self) -> None:
        """Offer the presets that are stored now; the choice stays, unless its preset was deleted."""
        chosen = self.what.currentData()
        stored = self._presets.names()
        offered = [str(self.what.itemData(n)) for n in range(self.what.count())]
        if [data.removeprefix(PRESET) for data in offered if data.startswith(PRESET)] == stored:
            return
        self.what.blockSignals(True)
        for index in reversed(range(self.what.count())):
            if str(self.what.itemData(index)).startswith(PRESET):
                self.what.removeItem(index)
        for name in stored:
            self.what.addItem(self.tr("Preset {name}").format(name=name), PRESET + name)
        index = self.what.findData(chosen)
        self.what.setCurrentIndex(max(index, 0))
        self.what.blockSignals(False)
        if index < 0:
            self._on_choice()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt's
        self.offer_presets()
        super().showEvent(event)

    def set_folders(self, source: Path, target: Path) -> None:
        """Choose both folders."""
        self.source.setText(str(source))
        self.target.setText(str(target))
        self.folders_changed.emit()

    def set_source(self, source: Path) -> None:
        """Choose the folder of the photos; the results go to a folder beside it."""
        self.set_folders(source, proposed_target(source))

    def use_recipe(self, file: Path) -> None:
        """Use the steps, the rotation and the crop of a recipe for all photos.

        Raises:
            RecipeError: it cannot be read.
        """
        self._recipe, self._recipe_file = read_recipe(file), file
        if self.what.findData(RECIPE) < 0:
            self.what.addItem("", RECIPE)
        index = self.what.findData(RECIPE)
        self.what.setItemText(index, self.tr("Recipe {name}").format(name=file.name.removesuffix(SUFFIX)))
        self.what.setCurrentIndex(index)
        self.changed.emit()

    def use_studio(self, name: str, recipe: Recipe, export: ExportOptions) -> None:
        """Treat all photos like one in the Studio, and write the results by the options of the export there.

        Args:
            name: of the photo.
            recipe: its steps, rotation, crop, and the quality of the restoration.
            export: format, quality, depth, size, colours and metadata of the results.
        """
        was_blocked = self.blockSignals(True)  # one change, not ten
        self.set_quality_mode(recipe.quality_mode)
        for box, value in (
            (self.format, export.format or None),
            (self.bit_depth, export.bit_depth),
            (self.colour_space, export.colour_space),
            (self.kept_metadata, export.metadata),
        ):
            box.setCurrentIndex(max(box.findData(value), 0))
        self.quality.setValue(export.quality)
        self.resize_field.set_text(export.resize)
        self._use_studio_recipe(recipe, name)
        self.blockSignals(was_blocked)
        self.changed.emit()

    def _use_studio_recipe(self, recipe: Recipe, name: str) -> None:
        self._recipe, self._studio_name = recipe, name
        if self.what.findData(STUDIO) < 0:
            self.what.addItem("", STUDIO)
        index = self.what.findData(STUDIO)
        self.what.setItemText(index, self.tr("As {name} in the Studio").format(name=name))
        self.what.setCurrentIndex(index)
        self._on_choice()

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
        self.clean.addItem(self.tr("Copy"), "copy")
        self.clean.addItem(self.tr("Leave out"), "leave")
        self.format.addItem(self.tr("Same as original"), None)
        for key, photo_format in FORMATS.items():
            self.format.addItem(photo_format.label, key)
        self.collision.addItem(self.tr("Add a number"), "number")
        self.collision.addItem(self.tr("Skip the photo"), "skip")
        self.collision.addItem(self.tr("Replace the file"), "replace")

        self.mode.addItem(self.tr("Standard"), "standard")
        self.mode.addItem(self.tr("Best (slower)"), "best")
        for box in (self.what, self.clean, *self._boxes_of_results()):
            narrow(box)

    def _boxes_of_results(self) -> tuple[QComboBox, ...]:
        return self.format, self.collision, self.mode, self.bit_depth, self.colour_space, self.kept_metadata

    def _lay_out(self) -> None:
        inner = QWidget()
        scroll = QScrollArea(widgetResizable=True)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(scroll)
        scroll.setWidget(inner)  # still empty: widgets that get another parent are styled once more
        column = QVBoxLayout(inner)
        column.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        column.setSpacing(GRID)
        column.addWidget(heading(self.tr("Folders"), self.source))
        column.addLayout(self._folder_row(self.source, self.tr("Photos…"), self.tr("Choose the folder of the photos")))
        column.addLayout(
            self._folder_row(self.target, self.tr("Results…"), self.tr("Choose the folder of the results"))
        )
        column.addWidget(self.target_hint)
        column.addWidget(self.propose_button)
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Remove"), self.what))
        self.recipe_button = QPushButton(self.tr("Recipe…"))
        self.recipe_button.setToolTip(self.tr("Use the steps of a recipe file"))
        self.studio_button = QPushButton(self.tr("As in the Studio"))
        self.studio_button.setToolTip(
            self.tr("Take steps, rotation, crop and quality of the photo there, and the options of its last export")
        )
        sources = QHBoxLayout()
        sources.setSpacing(GRID)
        for button in (self.recipe_button, self.studio_button):
            sources.addWidget(button, 1)
        column.addWidget(self.what)
        column.addLayout(sources)
        for slider, label, name in (
            (self.strength, self.strength_label, self.tr("Strength in percent")),
            (self.threshold, self.threshold_label, self.tr("Minimum confidence in percent")),
        ):
            slider.setAccessibleName(name)
            column.addWidget(label)
            column.addWidget(slider)
        column.addLayout(self._form((self.tr("Quality"), self.mode), (self.tr("Clean photos"), self.clean)))
        column.addWidget(self.review_harm)
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Photos")))
        column.addLayout(self._form((self.tr("Include"), self.include), (self.tr("Exclude"), self.exclude)))
        column.addWidget(self.retry)
        column.addWidget(self.watch)
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Results")))
        rows = (
            (self.tr("Format"), self.format),
            (self.tr("File quality"), self.quality),
            (self.tr("Bit depth"), self.bit_depth),
            (self.tr("Size"), self.resize_field),
            (self.tr("Colours"), self.colour_space),
            (self.tr("Metadata"), self.kept_metadata),
            (self.tr("Name"), self.name),
            (self.tr("If file exists"), self.collision),
        )
        column.addLayout(self._form(*rows))
        column.addWidget(self.keep_times)
        column.addSpacing(GRID)
        column.addWidget(heading(self.tr("Limits per photo")))
        column.addLayout(self._form((self.tr("Time"), self.seconds), (self.tr("Memory"), self.memory)))
        column.addWidget(self.ratio)
        column.addSpacing(GRID)
        column.addWidget(self.cluster)
        column.addStretch(1)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("Options"))
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        let_wheel_scroll(inner)

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
        button = QPushButton(name)
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
            field.textChanged.connect(self._update_proposal)
        self.propose_button.clicked.connect(self._propose)
        for field in (self.include, self.exclude, self.name):
            field.editingFinished.connect(self.changed)
        self.what.currentIndexChanged.connect(self._on_what)
        for box in (self.clean, *self._boxes_of_results()):
            box.currentIndexChanged.connect(self._on_choice)
        self.resize_field.kind.currentIndexChanged.connect(self._on_choice)
        self.resize_field.value.editingFinished.connect(self.changed)
        for slider in (self.strength, self.threshold):
            slider.valueChanged.connect(self._update_labels)
            slider.sliderReleased.connect(self.changed)
            slider.valueChanged.connect(lambda _, slider=slider: None if slider.isSliderDown() else self.changed.emit())
        for check in (self.retry, self.review_harm, self.keep_times, self.ratio):
            check.toggled.connect(self.changed)
        for number in (self.seconds, self.memory, self.quality):
            number.editingFinished.connect(self.changed)
        self.cluster.changed.connect(self.changed)

    def _update_proposal(self) -> None:
        """Propose a folder for the results while there is none."""
        source = self.source.text().strip()
        wanted = bool(source) and not self.target.text().strip()
        self.target_hint.setVisible(wanted)
        self.propose_button.setVisible(wanted)
        if wanted:
            self.propose_button.setText(self.tr("Use “{name}”").format(name=proposed_target(Path(source)).name))

    def _propose(self) -> None:
        self.set_source(Path(self.source.text().strip()))

    def _on_what(self) -> None:
        what = str(self.what.currentData())
        if what.startswith(PRESET):
            try:
                self._recipe = self._presets.load(what.removeprefix(PRESET))
            except RecipeError as error:
                self.what.setCurrentIndex(0)
                self.failed.emit(error)
                return
            self.set_quality_mode(self._recipe.quality_mode)
        self._on_choice()

    def _on_choice(self) -> None:
        self._update_labels()
        self.changed.emit()

    def _update_labels(self) -> None:
        automatic = self.what.currentData() == AUTOMATIC
        self.what.setToolTip(self.what.currentText())  # names of photos and presets may be longer than the box
        self.strength_label.setText(self.tr("Strength {value} %").format(value=self.strength.value()))
        confidence = self.tr("Minimum confidence {value} % (others need review)")
        self.threshold_label.setText(confidence.format(value=self.threshold.value()))
        for widget in (self.threshold, self.threshold_label, self.clean):
            widget.setEnabled(automatic)
        for widget in (self.strength, self.strength_label):
            widget.setEnabled(not _is_recipe(self.what.currentData()))
