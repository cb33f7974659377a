"""The dialog that asks how results are to be written."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QSlider,
    QVBoxLayout,
    QWidget,
)

from core.inference import RestorationResult
from core.photo import FORMATS
from dfpir_gui.session import Document
from dfpir_gui.settings.export_options import (
    ALL,
    FIELDS,
    LOSSY,
    NO_POSITION,
    NONE,
    ExportOptions,
    format_name,
    output_path,
    template_error,
)
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.headings import quiet

UsualPath = Callable[[RestorationResult], Path]
"""The path of a result that nothing was chosen for."""


class ExportDialog(QDialog):
    """Asks for the options, and shows what the file will be called.

    Args:
        document: the photo that is shown; it has a result.
        others: the other open photos that have unsaved results.
        options: those of the last time.
        usual: names a result that nothing was chosen for.
        export: gets the documents to write and the options when the dialog is accepted.
    """

    def __init__(
        self,
        document: Document,
        others: Sequence[Document],
        options: ExportOptions,
        usual: UsualPath,
        export: Callable[[list[Document], ExportOptions], None],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export"))
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._document = document
        self._others = list(others)
        self._usual = usual
        self._export = export
        self._folder = options.folder if Path(options.folder or ".").is_dir() else ""
        self.which = QComboBox()
        self.which.addItem(self.tr("This photo"))
        if self._others:
            self.which.addItem(self.tr("All {count} restored photos").format(count=1 + len(self._others)))
        self.format = QComboBox()
        self.format.addItem(self.tr("As the photo"), "")
        for entry in FORMATS.values():
            self.format.addItem(entry.label, entry.key)
        self.quality = QSlider(Qt.Orientation.Horizontal, minimum=1, maximum=100, pageStep=5)
        self.quality_text = QLabel()
        self.depth = QComboBox()
        for words, bits in ((self.tr("As the photo"), 0), (self.tr("8 bits"), 8), (self.tr("16 bits"), 16)):
            self.depth.addItem(words, bits)
        self.metadata = QComboBox()
        self.metadata.addItem(self.tr("Everything"), ALL)
        self.metadata.addItem(self.tr("Without the position (GPS)"), NO_POSITION)
        self.metadata.addItem(self.tr("None"), NONE)
        self.template = QLineEdit(options.template)
        self.folder = QComboBox()
        self.browse = QPushButton(self.tr("Choose…"))
        self.recipe = QCheckBox(self.tr("Write the recipe beside it"))
        self.embed_preview = QCheckBox(self.tr("Embed a preview"))
        self.preview = quiet()
        self.buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.accept_button = self.buttons.addButton(self.tr("Export"), QDialogButtonBox.ButtonRole.AcceptRole)
        self.accept_button.setProperty("role", "primary")
        self._explain()
        self._build()
        self._show(options)
        self._connect()
        self._mirror()

    @property
    def options(self) -> ExportOptions:
        """What is chosen now."""
        return ExportOptions(
            format=self.format.currentData(),
            quality=self.quality.value(),
            bit_depth=self.depth.currentData(),
            metadata=self.metadata.currentData(),
            template=self.template.text(),
            folder=self._folder if self.folder.currentIndex() == 1 else "",
            recipe=self.recipe.isChecked(),
            embed_preview=self.embed_preview.isChecked(),
        )

    def _explain(self) -> None:
        fields = " ".join(f"{{{name}}}" for name in FIELDS)
        for widget, name, tip in (
            (self.which, self.tr("Which photos"), self.tr("The photo that is shown, or all with unsaved results")),
            (self.format, self.tr("Format"), self.tr("The kind of file")),
            (self.quality, self.tr("Quality"), self.tr("100 is best and largest; PNG, TIFF and BMP lose nothing")),
            (self.depth, self.tr("Bit depth"), self.tr("How finely tones are stored; JPEG, WebP and BMP have 8 bits")),
            (self.metadata, self.tr("Metadata"), self.tr("What is kept of EXIF, XMP and IPTC; the colour profile is")),
            (self.template, self.tr("Name"), self.tr("May hold {fields}").format(fields=fields)),
            (self.folder, self.tr("Folder"), self.tr("Where the file goes")),
            (self.browse, self.tr("Choose a folder"), self.tr("Choose another folder")),
            (self.recipe, "", self.tr("A small file that says what was done, to be applied to other photos")),
            (
                self.embed_preview,
                "",
                self.tr(
                    "A small picture of the result in its EXIF, for programs that list photos; JPEG, PNG, WebP and "
                    "AVIF have a place for it"
                ),
            ),
        ):
            widget.setToolTip(tip)
            widget.setAccessibleName(name)

    def _build(self) -> None:
        self.folder.addItem(self.tr("Beside the photo"))
        if self._folder:
            self.folder.addItem(self._folder)
        self.quality_text.setFixedWidth(4 * GRID)
        form = QFormLayout()
        form.setHorizontalSpacing(2 * GRID)
        form.setVerticalSpacing(GRID)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        if self._others:
            form.addRow(self.tr("&Photos"), self.which)
        form.addRow(self.tr("&Format"), self.format)
        form.addRow(self.tr("&Quality"), _row(self.quality, self.quality_text))
        form.addRow(self.tr("&Bit depth"), self.depth)
        form.addRow(self.tr("&Metadata"), self.metadata)
        form.addRow(self.tr("&Name"), self.template)
        form.addRow(self.tr("F&older"), _row(self.folder, self.browse))
        form.addRow("", self.embed_preview)
        form.addRow("", self.recipe)
        for row in range(form.rowCount()):  # a label of a layout has no buddy of its own
            item = form.itemAt(row, QFormLayout.ItemRole.LabelRole)
            field = form.itemAt(row, QFormLayout.ItemRole.FieldRole)
            if item is not None and field.layout() is not None:
                item.widget().setBuddy(field.layout().itemAt(0).widget())
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(form)
        layout.addWidget(self.preview)
        layout.addWidget(self.buttons)
        self.setMinimumWidth(60 * GRID)

    def _show(self, options: ExportOptions) -> None:
        self.format.setCurrentIndex(self.format.findData(options.format))
        self.quality.setValue(options.quality)
        self.depth.setCurrentIndex(self.depth.findData(options.bit_depth))
        self.metadata.setCurrentIndex(self.metadata.findData(options.metadata))
        self.folder.setCurrentIndex(1 if self._folder else 0)
        self.recipe.setChecked(options.recipe)
        self.embed_preview.setChecked(options.embed_preview)

    def _connect(self) -> None:
        for combo in (self.which, self.format, self.depth, self.metadata, self.folder):
            combo.currentIndexChanged.connect(self._mirror)
        self.quality.valueChanged.connect(self._mirror)
        self.template.textChanged.connect(self._mirror)
        self.browse.clicked.connect(self._choose_folder)
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)

    def _mirror(self) -> None:
        options, fault = self.options, template_error(self.template.text())
        result = self._document.result
        self.quality_text.setText(str(options.quality))
        self.accept_button.setEnabled(not fault and result is not None)
        if fault or result is None:
            self.preview.setText(fault)
            return
        usual = self._usual(result)
        path = output_path(usual, result, options)
        entry = next((e for e in FORMATS.values() if path.suffix.lower() in e.suffixes), None)
        lossy = entry is not None and entry.key in LOSSY
        self.quality.setEnabled(lossy)
        self.quality_text.setText(str(options.quality) if lossy else "–")  # it has none
        self.embed_preview.setEnabled(entry is not None and entry.preview)
        self.depth.setEnabled(entry is not None and len(entry.depths) > 1)
        said = self.tr("It will be written as {path}.").format(path=path)
        if path.stem != format_name(result, options):
            said += " " + self.tr("The name itself is taken, so a number was added.")
        self.preview.setText(said)

    def _choose_folder(self) -> None:
        dialog = QFileDialog(self, self.tr("Folder for the results"), self._folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._take_folder)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def _take_folder(self, folder: str) -> None:
        self._folder = folder
        if self.folder.count() < 2:
            self.folder.addItem(folder)
        self.folder.setItemText(1, folder)
        self.folder.setCurrentIndex(1)
        self._mirror()

    def accept(self) -> None:  # noqa: D102 - Qt's
        documents = [self._document, *(self._others if self.which.currentIndex() == 1 else ())]
        options = replace(self.options, template=self.template.text().strip())
        super().accept()
        self._export(documents, options)


def _row(first: QWidget, second: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(GRID)
    row.addWidget(first, 1)
    row.addWidget(second)
    return row
