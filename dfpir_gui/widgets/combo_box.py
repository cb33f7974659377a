"""A drop-down whose list shows its entries in full."""

from PySide6.QtWidgets import QComboBox


class ComboBox(QComboBox):
    """Its list is as wide as the longest entry, even where the closed box is narrower."""

    def showPopup(self) -> None:  # noqa: D102, N802 - Qt's
        view = self.view()
        bar = view.verticalScrollBar().sizeHint().width() if self.count() > self.maxVisibleItems() else 0
        frame = 2 * view.frameWidth()
        view.setMinimumWidth(view.sizeHintForColumn(0) + bar + frame)
        super().showPopup()
