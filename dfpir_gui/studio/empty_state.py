"""What the window shows while there is no photo: where to drop one, and samples to try."""

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImageReader, QPixmap
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session.samples import Sample
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons

_THUMBNAIL = QSize(120, 80)


class EmptyState(QWidget):
    """The drop area and the samples.

    Attributes:
        open_wanted: the button to open a photo was pressed.
        sample_wanted: a sample was clicked; carries the :class:`Sample`.
    """

    open_wanted = Signal()
    sample_wanted = Signal(object)

    def __init__(self, samples: Sequence[Sample], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        layout.setSpacing(3 * GRID)
        self._picture = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self._area = self._drop_area()
        layout.addWidget(self._area, 1)
        if samples:
            layout.addLayout(self._sample_row(samples))

    def set_hot(self, hot: bool) -> None:
        """Light the drop area up while a photo is held over the window."""
        self._area.setProperty("hot", hot)
        self._area.style().polish(self._area)

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt's
        if event.type() == QEvent.Type.StyleChange:
            self._paint_picture()
        super().changeEvent(event)

    def _paint_picture(self) -> None:
        self._picture.setPixmap(icons.pixmap("photo", theme.QUIET_TEXT, 64, self.devicePixelRatioF()))

    def _drop_area(self) -> QFrame:
        area = QFrame(objectName="dropArea")
        layout = QVBoxLayout(area)
        layout.setSpacing(2 * GRID)
        layout.addStretch(1)
        self._paint_picture()
        layout.addWidget(self._picture)
        title = QLabel(self.tr("Drop photos here, paste, or open"), alignment=Qt.AlignmentFlag.AlignCenter)
        title.setProperty("role", "title")
        layout.addWidget(title)
        button = QPushButton(icons.icon("open"), self.tr("Open photos…"))
        button.setToolTip(self.tr("Choose photos from your disk (Ctrl+O)"))
        button.clicked.connect(self.open_wanted)
        self.setFocusProxy(button)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        return area

    def _sample_row(self, samples: Sequence[Sample]) -> QVBoxLayout:
        box = QVBoxLayout()
        box.setSpacing(GRID)
        heading = QLabel(self.tr("Or try one of these"), alignment=Qt.AlignmentFlag.AlignCenter)
        heading.setProperty("role", "quiet")
        box.addWidget(heading)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addStretch(1)
        for sample in samples:
            row.addWidget(self._sample_button(sample))
        row.addStretch(1)
        box.addLayout(row)
        return box

    def _sample_button(self, sample: Sample) -> QToolButton:
        label = translated_message(sample.label)
        button = QToolButton(text=label, toolButtonStyle=Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setProperty("role", "sample")
        button.setIcon(_thumbnail(sample, self.devicePixelRatioF()))
        button.setIconSize(_THUMBNAIL)
        button.setToolTip(self.tr("Open the sample photo “{name}”").format(name=label))
        button.setAccessibleName(self.tr("Sample: {name}").format(name=label))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.sample_wanted.emit(sample))
        return button


def _thumbnail(sample: Sample, ratio: float) -> QIcon:
    """Read the sample no larger than needed, and cut it to the shape of a thumbnail."""
    wanted = _THUMBNAIL * ratio
    reader = QImageReader(str(sample.path))
    reader.setAutoTransform(True)
    reader.setScaledSize(reader.size().scaled(wanted, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        return icons.icon("photo")
    left, top = (image.width() - wanted.width()) // 2, (image.height() - wanted.height()) // 2
    made = QPixmap.fromImage(image.copy(left, top, wanted.width(), wanted.height()))
    made.setDevicePixelRatio(ratio)
    return QIcon(made)
