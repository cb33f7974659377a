"""The address of a cluster that works on a batch."""

from importlib.util import find_spec

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget

from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.headings import heading, quiet


def dask_installed() -> bool:
    """Whether the package that reaches other machines is installed."""
    return find_spec("distributed") is not None


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
