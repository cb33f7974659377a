"""Fields for the size, colour space, depth and metadata of results; used by the export dialog and the Batch page."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QDoubleSpinBox, QHBoxLayout, QVBoxLayout, QWidget

from core.photo.output_colours import OUTPUT_SPACES
from core.photo.resizing import Resize
from dfpir_gui.i18n.language import translate
from dfpir_gui.settings.export_options import ALL, NO_POSITION, NONE
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.combo_box import ComboBox

_KINDS: dict[str, tuple[float, float, float, int, str]] = {
    "px": (16, 100_000, 2048, 0, " px"),
    "%": (1, 100, 50, 0, " %"),
    "mp": (0.1, 1000, 12, 1, " MP"),
}
"""Unit -> smallest, largest and usual number, decimals, and how the unit is shown."""


class ResizeField(QWidget):
    """Chooses how results are made smaller.

    Args:
        stacked: whether the number is below its kind, for narrow panels; else it is beside it.
        parent: of the field.

    Attributes:
        changed: emitted when another size was chosen.
        kind: what the number means; the first entry keeps the size.
        value: the number.
    """

    changed = Signal()

    def __init__(self, *, stacked: bool = False, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.kind = ComboBox()
        for text, unit in (
            (self.tr("Same as original"), ""),
            (self.tr("Longer side"), "px"),
            (self.tr("Percent"), "%"),
            (self.tr("Megapixels"), "mp"),
        ):
            self.kind.addItem(text, unit)
        self.value = QDoubleSpinBox()
        self.value.setMinimumWidth(12 * GRID)
        for widget, name in ((self.kind, self.tr("Size")), (self.value, self.tr("Size of the result"))):
            widget.setAccessibleName(name)
            widget.setToolTip(self.tr("Make results smaller; photos are never enlarged"))
        narrow(self.kind)
        row = QVBoxLayout(self) if stacked else QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        row.addWidget(self.kind, 1)
        row.addWidget(self.value)
        self.setFocusProxy(self.kind)
        self._set_range()
        self.kind.currentIndexChanged.connect(self._on_kind)
        self.value.valueChanged.connect(self.changed)

    @property
    def text(self) -> str:
        """The size as :meth:`core.photo.resizing.Resize.from_text` reads it; empty to keep the size."""
        unit = self.kind.currentData()
        return f"{self.value.value():g}{unit}" if unit else ""

    def set_text(self, text: str) -> None:
        """Show a size that is valid or empty."""
        resize = Resize.from_text(text) if text else None
        unit = str(resize).lstrip("0123456789.") if resize else ""
        self.kind.setCurrentIndex(self.kind.findData(unit))
        self._set_range()
        if resize is not None:
            self.value.setValue(resize.value)

    def _on_kind(self) -> None:
        self._set_range()
        self.changed.emit()

    def _set_range(self) -> None:
        """Give the number the unit, the limits and the usual value of the kind."""
        unit = self.kind.currentData()
        self.value.setVisible(bool(unit))
        low, high, value, decimals, suffix = _KINDS.get(unit, (0, 0, 0, 0, ""))
        self.value.blockSignals(True)
        self.value.setDecimals(decimals)
        self.value.setRange(low, high)
        self.value.setSuffix(suffix)
        self.value.setValue(value)
        self.value.blockSignals(False)


def colour_space_box() -> QComboBox:
    """Return a box that chooses a key of :data:`core.photo.output_colours.OUTPUT_SPACES`, or ``""``."""
    box = ComboBox()
    box.addItem(translate("OutputFields", "Same as original"), "")
    for key, name in OUTPUT_SPACES.items():
        box.addItem(name, key)
    box.setToolTip(translate("OutputFields", "Colour space of the file, whose profile is embedded; BMP is always sRGB"))
    return box


def bit_depth_box() -> QComboBox:
    """Return a box that chooses 8 or 16 bits, or 0 for the photo's own depth."""
    box = ComboBox()
    for text, bits in (
        (translate("OutputFields", "Same as original"), 0),
        (translate("OutputFields", "8 bits"), 8),
        (translate("OutputFields", "16 bits"), 16),
    ):
        box.addItem(text, bits)
    box.setToolTip(translate("OutputFields", "Bits per channel; JPEG, WebP and BMP have 8"))
    return box


def metadata_box() -> QComboBox:
    """Return a box that chooses one of :data:`dfpir_gui.settings.export_options.METADATA`."""
    box = ComboBox()
    box.addItem(translate("OutputFields", "All"), ALL)
    box.addItem(translate("OutputFields", "All but the location (GPS)"), NO_POSITION)
    box.addItem(translate("OutputFields", "None"), NONE)
    box.setToolTip(translate("OutputFields", "Which metadata to keep (the colour profile is always kept)"))
    return box


def narrow(box: QComboBox) -> None:
    """Let the panel determine the width of a box, instead of its longest entry."""
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(8)
