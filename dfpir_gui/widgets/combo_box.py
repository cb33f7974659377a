"""A drop-down whose list shows its entries in full."""

from PySide6.QtWidgets import QComboBox, QStyledItemDelegate, QWidget


class ComboBox(QComboBox):
    """Its list is as wide as the longest entry, even where the closed box is narrower, and has no column for marks."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        # The delegate of Qt leaves room for a check mark, which the style sheet hides.
        self.setItemDelegate(QStyledItemDelegate(self))

    def showPopup(self) -> None:  # noqa: D102, N802 - Qt's
        view = self.view()
        view.ensurePolished()
        bar = view.verticalScrollBar().sizeHint().width() if self.count() > self.maxVisibleItems() else 0
        frame = 2 * view.frameWidth()
        view.setMinimumWidth(view.sizeHintForColumn(0) + bar + frame)
        super().showPopup()
