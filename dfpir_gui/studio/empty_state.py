"""What the Studio shows without a photo: a drop area and samples to try."""

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
        open_wanted: emitted when the button to open photos is clicked.
        sample_wanted: emitted with the :class:`Sample` that is clicked.
    """

    open_wanted = Signal()
    sample_wanted = Signal(object)

    def __init__(self, samples: Sequence[Sample], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 3 * GRID)
        layout.setSpacing(3 * GRID)
        self._picture = QLabel()
        self._picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._area = self._drop_area()
        layout.addWidget(self._area, 1)
        if samples:
            layout.addLayout(self._sample_row(samples))

    def set_drag_active(self, active: bool) -> None:
        """Highlight the drop area while files are dragged over the window."""
        self._area.setProperty("dragActive", active)
        self._area.style().polish(self._area)

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt's
        if event.type() == QEvent.Type.StyleChange:
            self._update_picture()
        super().changeEvent(event)

    def _update_picture(self) -> None:
        self._picture.setPixmap(icons.pixmap("photo", theme.QUIET_TEXT, 64, self.devicePixelRatioF()))

    def _drop_area(self) -> QFrame:
        area = QFrame()
        area.setObjectName("dropArea")
        layout = QVBoxLayout(area)
        layout.setSpacing(2 * GRID)
        layout.addStretch(1)
        self._update_picture()
        layout.addWidget(self._picture)
        title = QLabel(self.tr("Drop photos here, paste, or open"))
        title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        title.setProperty("role", "title")
        layout.addWidget(title)
        button = QPushButton(icons.icon("open"), self.tr("Open photos…"))
        button.setToolTip(self.tr("Open photos from this computer (Ctrl+O)"))
        button.clicked.connect(self.open_wanted)
        self.setFocusProxy(button)
        layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addStretch(1)
        return area

    def _sample_row(self, samples: Sequence[Sample]) -> QVBoxLayout:
        box = QVBoxLayout()
        box.setSpacing(GRID)
        heading = QLabel(self.tr("Or try a sample"))
        heading.setAlignment(Qt.AlignmentFlag.AlignCenter)
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
        button = QToolButton()
        button.setText(label)
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        button.setProperty("role", "sample")
        button.setIcon(_thumbnail(sample, self.devicePixelRatioF()))
        button.setIconSize(_THUMBNAIL)
        button.setToolTip(self.tr("Open the sample photo “{name}”").format(name=label))
        button.setAccessibleName(self.tr("Sample: {name}").format(name=label))
        button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.sample_wanted.emit(sample))
        return button


def _thumbnail(sample: Sample, ratio: float) -> QIcon:
    """Read the sample at reduced size and crop it to the shape of a thumbnail."""
    size = _THUMBNAIL * ratio
    reader = QImageReader(str(sample.path))
    reader.setAutoTransform(True)
    reader.setScaledSize(reader.size().scaled(size, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        return icons.icon("photo")
    left, top = (image.width() - size.width()) // 2, (image.height() - size.height()) // 2
    pixmap = QPixmap.fromImage(image.copy(left, top, size.width(), size.height()))
    pixmap.setDevicePixelRatio(ratio)
    return QIcon(pixmap)
