"""The export dialog: format, quality, depth, metadata, name and folder of results."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLayoutItem,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from core.inference import RestorationResult
from core.photo import FORMATS
from dfpir_gui.session import Document
from dfpir_gui.settings.export_options import (
    FIELDS,
    LOSSY,
    ExportOptions,
    format_name,
    output_path,
    template_error,
)
from dfpir_gui.settings.theme import GRID
from dfpir_gui.studio.size_estimate import SizeLabel, Submit
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.widgets.enter_key import leave_enter_to
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.widgets.output_fields import ResizeField, bit_depth_box, colour_space_box, metadata_box
from dfpir_gui.widgets.slider import Slider

DefaultPath = Callable[[RestorationResult], Path]
"""Returns the path of a result without export options."""


class ExportDialog(QDialog):
    """Asks for the options and shows the path of the file.

    Args:
        document: the current photo; it has a result.
        others: the other open photos with unsaved results.
        options: the options of the last export.
        default_path: returns the path of a result without options.
        export: called with the documents to write and the options when the dialog is accepted.
        submit: runs the estimate of the file's size on a thread.
        parent: the window.
    """

    def __init__(
        self,
        document: Document,
        others: Sequence[Document],
        options: ExportOptions,
        default_path: DefaultPath,
        export: Callable[[list[Document], ExportOptions], None],
        submit: Submit,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._document = document
        self._others = list(others)
        self._default_path = default_path
        self._export = export
        self._folder = options.folder if Path(options.folder or ".").is_dir() else ""
        self.scope = ComboBox()
        self.scope.addItem(self.tr("This photo"))
        if self._others:
            self.scope.addItem(self.tr("All {count} restored photos").format(count=1 + len(self._others)))
        self.file_format = ComboBox()
        self.file_format.addItem(self.tr("Same as original"), "")
        for entry in FORMATS.values():
            self.file_format.addItem(entry.label, entry.key)
        self.quality = Slider()
        self.quality.setRange(1, 100)
        self.quality.setPageStep(5)
        self.quality_text = QLabel()
        self.bit_depth = bit_depth_box()
        self.resize_field = ResizeField()
        self.colour_space = colour_space_box()
        self.kept_metadata = metadata_box()
        self.template = QLineEdit(options.template)
        self.folder = ComboBox()
        self.browse = QPushButton(self.tr("Choose…"))
        self.recipe = QCheckBox(self.tr("Also save a recipe file"))
        self.embed_preview = QCheckBox(self.tr("Embed a preview"))
        self.path_preview = quiet()
        self.size_label = SizeLabel(submit, self)
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = self.buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.accept_button.setProperty("role", "primary")
        self._add_tool_tips()
        self._build()
        leave_enter_to(self, self.accept_button)
        self._load(options)
        self._connect()
        self._refresh()

    @property
    def options(self) -> ExportOptions:
        """The options that are selected."""
        return ExportOptions(
            format=self.file_format.currentData(),
            quality=self.quality.value(),
            bit_depth=self.bit_depth.currentData(),
            metadata=self.kept_metadata.currentData(),
            template=self.template.text(),
            folder=self._folder if self.folder.currentIndex() == 1 else "",
            recipe=self.recipe.isChecked(),
            embed_preview=self.embed_preview.isChecked(),
            resize=self.resize_field.text,
            colour_space=self.colour_space.currentData(),
        )

    def _add_tool_tips(self) -> None:
        fields = " ".join(f"{{{name}}}" for name in FIELDS)
        for widget, name, tip in (
            (self.scope, self.tr("Which photos"), self.tr("The current photo, or all with unsaved results")),
            (self.file_format, self.tr("Format"), self.tr("File format")),
            (self.quality, self.tr("Quality"), self.tr("100 is best and largest; PNG, TIFF and BMP are lossless")),
            (self.bit_depth, self.tr("Bit depth"), ""),
            (self.colour_space, self.tr("Colours"), ""),
            (self.kept_metadata, self.tr("Metadata"), ""),
            (self.template, self.tr("Name"), self.tr("Can contain {fields}").format(fields=fields)),
            (self.folder, self.tr("Folder"), self.tr("Where the file is saved")),
            (self.browse, self.tr("Choose a folder"), self.tr("Choose another folder")),
            (self.recipe, "", self.tr("A small file with the steps, which can be applied to other photos")),
            (
                self.embed_preview,
                "",
                self.tr(
                    "A small version of the result in its EXIF data, for programs that list photos; only in JPEG, "
                    "PNG, WebP and AVIF"
                ),
            ),
        ):
            if tip:
                widget.setToolTip(tip)
            widget.setAccessibleName(name)

    def _build(self) -> None:
        self.folder.addItem(self.tr("Folder of the photo"))
        if self._folder:
            self.folder.addItem(self._folder)
        self.quality_text.setFixedWidth(4 * GRID)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        if self._others:
            form.addRow(self.tr("&Photos"), self.scope)
        form.addRow(self.tr("&Format"), self.file_format)
        form.addRow(self.tr("&Quality"), _row(self.quality, self.quality_text))
        form.addRow(self.tr("&Bit depth"), self.bit_depth)
        form.addRow(self.tr("&Size"), self.resize_field)
        form.addRow(self.tr("&Colours"), self.colour_space)
        form.addRow(self.tr("&Metadata"), self.kept_metadata)
        form.addRow(self.tr("&Name"), self.template)
        form.addRow(self.tr("F&older"), _row(self.folder, self.browse))
        form.addRow("", self.embed_preview)
        form.addRow("", self.recipe)
        for row in range(form.rowCount()):  # QFormLayout sets no buddy for a field that is a layout
            label = _item_widget(form.itemAt(row, QFormLayout.ItemRole.LabelRole))
            field = form.itemAt(row, QFormLayout.ItemRole.FieldRole)
            fields = field.layout() if field is not None else None
            if isinstance(label, QLabel) and fields is not None:
                buddy = _item_widget(fields.itemAt(0))
                if buddy is not None:
                    label.setBuddy(buddy)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(form)
        layout.addWidget(self.size_label)
        layout.addWidget(self.path_preview)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(60 * GRID)

    def _load(self, options: ExportOptions) -> None:
        self.resize_field.set_text(options.resize)
        self.colour_space.setCurrentIndex(self.colour_space.findData(options.colour_space))
        self.file_format.setCurrentIndex(self.file_format.findData(options.format))
        self.quality.setValue(options.quality)
        self.bit_depth.setCurrentIndex(self.bit_depth.findData(options.bit_depth))
        self.kept_metadata.setCurrentIndex(self.kept_metadata.findData(options.metadata))
        self.folder.setCurrentIndex(1 if self._folder else 0)
        self.recipe.setChecked(options.recipe)
        self.embed_preview.setChecked(options.embed_preview)

    def _connect(self) -> None:
        combos = (self.scope, self.file_format, self.bit_depth, self.colour_space)
        for combo in (*combos, self.kept_metadata, self.folder):
            combo.currentIndexChanged.connect(self._refresh)
        self.resize_field.changed.connect(self._refresh)
        self.embed_preview.toggled.connect(self._refresh)
        self.finished.connect(self.size_label.cancel)
        self.quality.valueChanged.connect(self._refresh)
        self.template.textChanged.connect(self._refresh)
        self.browse.clicked.connect(self._choose_folder)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _refresh(self) -> None:
        options, fault = self.options, template_error(self.template.text())
        result = self._document.result
        self.quality_text.setText(str(options.quality))
        self.accept_button.setEnabled(not fault and result is not None)
        if fault or result is None:
            self.path_preview.setText(fault)
            self.size_label.request(None, "", options)
            return
        path = output_path(self._default_path(result), result, options)
        entry = next((e for e in FORMATS.values() if path.suffix.lower() in e.suffixes), None)
        lossy = entry is not None and entry.key in LOSSY
        self.quality.setEnabled(lossy)
        self.quality_text.setText(str(options.quality) if lossy else "–")
        self.embed_preview.setEnabled(entry is not None and entry.preview)
        self.bit_depth.setEnabled(entry is not None and len(entry.depths) > 1)
        self.colour_space.setEnabled(entry is not None and entry.profile)
        self.size_label.request(result if self._document.swap_file is None else None, path.suffix, options)
        if path.stem == format_name(result, options) or "{counter}" in options.template:
            text = self.tr("Saves as {path}.")
        else:
            text = self.tr("Saves as {path}. Name already exists; a number was added.")
        self.path_preview.setText(text.format(path=path))

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder for results"), self._folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._set_folder)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _set_folder(self, folder: str) -> None:
        self._folder = folder
        if self.folder.count() < 2:
            self.folder.addItem(folder)
        self.folder.setItemText(1, folder)
        self.folder.setCurrentIndex(1)
        self._refresh()

    def accept(self) -> None:  # noqa: D102 - Qt's
        documents = [self._document, *(self._others if self.scope.currentIndex() == 1 else ())]
        options = replace(self.options, template=self.template.text().strip())
        super().accept()
        self._export(documents, options)


def _item_widget(item: QLayoutItem | None) -> QWidget | None:
    return item.widget() if item is not None else None


def _row(first: QWidget, second: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GRID)
    row.addWidget(first, 1)
    row.addWidget(second)
    return row
