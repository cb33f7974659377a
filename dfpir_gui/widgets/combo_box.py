"""A drop-down whose list shows its entries in full."""

from PySide6.QtWidgets import QComboBox

from dfpir_gui.settings.theme import GRID

_INDENT = 6 * GRID
"""What the style puts before and behind the text of an entry."""


class ComboBox(QComboBox):
    """Its list is as wide as the longest entry, even where the closed box is narrower."""

    def showPopup(self) -> None:  # noqa: D102, N802 - Qt's
        view = self.view()
        bar = view.verticalScrollBar().sizeHint().width() if self.count() > self.maxVisibleItems() else 0
        metrics = view.fontMetrics()
        longest = max((metrics.horizontalAdvance(self.itemText(number)) for number in range(self.count())), default=0)
        view.setMinimumWidth(longest + _INDENT + bar + 2 * view.frameWidth())
        super().showPopup()
