"""The card of a model: what it is for, its measured quality, its data and licence; how it was made is folded."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFormLayout, QGridLayout, QLabel, QToolButton, QVBoxLayout, QWidget

from dfpir_gui.session.model_registry import ModelEntry
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.headings import heading, quiet


class ModelCard(QWidget):
    """Shows what is known of a model.

    Attributes:
        background_button: unfolds how the model was made; None if nothing is known about that.
    """

    def __init__(self, entry: ModelEntry, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.background_button: QToolButton | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, GRID, 0)
        self._column.setSpacing(GRID)
        self._column.addWidget(_label(entry.name, "title"))
        if entry.error:
            self._column.addWidget(_label(entry.error))
        if entry.needs_prompts:
            self._column.addWidget(_label(self.tr("Prepare its prompts once before it can be used."), "heading"))
        if entry.about:
            self._column.addWidget(_label(entry.about))
        if entry.figures:
            self._section(self.tr("Quality on test photos"))
            self._column.addLayout(self._table(entry))
            self._column.addWidget(
                quiet(self.tr("PSNR and SSIM against the clean photo, before and after restoring; higher is better."))
            )
        if entry.data:
            self._section(self.tr("Training data"))
            for text in entry.data:
                self._column.addWidget(_label(f"•  {text}"))
        if entry.licence:
            self._section(self.tr("Licence"))
            self._column.addWidget(_label(entry.licence))
        if entry.details:
            self._section(self.tr("File"))
            self._column.addLayout(_form(entry.details))
        if entry.background:
            self._add_background(entry.background)
        self._column.addStretch(1)

    def _section(self, title: str) -> None:
        self._column.addSpacing(GRID)
        self._column.addWidget(heading(title))

    def _table(self, entry: ModelEntry) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(2 * GRID)
        grid.setVerticalSpacing(GRID // 2)
        titles = (
            self.tr("Test set"),
            self.tr("Photos"),
            self.tr("PSNR before"),
            self.tr("after"),
            self.tr("SSIM before"),
            self.tr("after"),
        )
        for column, title in enumerate(titles):
            grid.addWidget(_cell(title, column, "quiet"), 0, column)
        for row, texts in enumerate(entry.figures, start=1):
            for column, text in enumerate(texts):
                grid.addWidget(_cell(text, column), row, column)
        grid.setColumnStretch(len(titles), 1)
        return grid

    def _add_background(self, background: tuple[tuple[str, str], ...]) -> None:
        button = QToolButton()
        button.setText(self.tr("How it was trained"))
        button.setToolTip(self.tr("Show or hide settings, history and commands of the training"))
        button.setCheckable(True)
        button.setArrowType(Qt.ArrowType.RightArrow)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.setProperty("role", "flat")
        folded = QWidget()
        folded.hide()

        def unfold(shown: bool) -> None:
            if folded.layout() is None:  # its many long texts take time
                folded.setLayout(_form(background))
            folded.setVisible(shown)
            button.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

        button.toggled.connect(unfold)
        self._column.addSpacing(GRID)
        self._column.addWidget(button)
        self._column.addWidget(folded)
        self.background_button = button


def _form(pairs: tuple[tuple[str, str], ...]) -> QFormLayout:
    form = QFormLayout()
    form.setContentsMargins(0, 0, 0, 0)
    form.setHorizontalSpacing(2 * GRID)
    for name, value in pairs:
        form.addRow(_label(name, "quiet"), _label(value))
    return form


def _cell(text: str, column: int, role: str = "") -> QLabel:
    label = _label(text, role)
    label.setWordWrap(False)
    if column:
        label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop)
    return label


def _label(text: str, role: str = "") -> QLabel:
    label = QLabel(text, wordWrap=True, textFormat=Qt.TextFormat.PlainText, indent=0)
    label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if role:
        label.setProperty("role", role)
    return label
