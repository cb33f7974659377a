"""The panel of detected degradations: a probability bar for each family, which the user can switch on or off."""

from dataclasses import replace

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.detection import FAMILIES, Detection
from core.quality import strength_note
from dfpir_gui.i18n import names
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Change, Document, Session, State
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import heading, quiet

_TICK_WIDTH = 3 * GRID
_LABEL_WIDTH = 10 * GRID
_NUMBER_WIDTH = 10 * GRID
_BAR_HEIGHT = 6


class FoundRow(QAbstractButton):
    """One family of degradations: a tick if it is removed, its name, and its probability as a bar and a number."""

    def __init__(self, family: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.family = family
        self.probability: float | None = None
        self.sigma: float | None = None
        self.setText(names.family_label(family))
        self.setCheckable(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)

    def refresh(self, detection: Detection | None, removed: bool, enabled: bool) -> None:
        """Show the probability in ``detection`` and whether the degradation is removed."""
        self.probability = detection.probabilities[self.family] if detection else None
        self.sigma = detection.sigma if detection and self.family == "noise" else None
        self.setChecked(removed)
        self.setEnabled(enabled)
        name = self.text()
        if self.probability is not None:
            name = self.tr("{name}, probability {value}").format(name=name, value=f"{self.probability:.2f}")
        if self.sigma is not None:
            name = self.tr("{name}, σ about {sigma}").format(name=name, sigma=f"{self.sigma:.0f}")
        self.setAccessibleName(name)
        tip = self.tr("{name} will be removed. Click to keep it.") if removed else self.tr("Click to remove {name}.")
        self.setToolTip(tip.format(name=self.text()))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt's
        return QSize(_TICK_WIDTH + _LABEL_WIDTH + _NUMBER_WIDTH + 8 * GRID, 3 * GRID + 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() or self.underMouse():
            painter.setPen(QColor(theme.ACCENT) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.BUTTON) if self.underMouse() and self.isEnabled() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        self._paint_tick(painter)
        painter.setPen(QColor(theme.TEXT if self.isEnabled() else theme.DISABLED))
        area = self.rect().adjusted(_TICK_WIDTH, 0, 0, 0)
        painter.drawText(QRect(area.left(), 0, _LABEL_WIDTH, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.probability is not None:
            self._paint_bar(painter, area.adjusted(_LABEL_WIDTH, 0, -_NUMBER_WIDTH, 0))
            self._paint_numbers(painter)

    def _paint_tick(self, painter: QPainter) -> None:
        box = QRectF(4.5, (self.height() - 13) / 2, 13, 13)
        painter.setPen(QColor(theme.QUIET_TEXT if self.isEnabled() else theme.DISABLED))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRoundedRect(box, 2, 2)
        if self.isChecked():
            colour = theme.TEXT if self.isEnabled() else theme.DISABLED
            mark = icons.pixmap("check", colour, 16, self.devicePixelRatioF())
            painter.drawPixmap(round(box.left()) - 1, round(box.top()) - 1, mark)

    def _paint_bar(self, painter: QPainter, area: QRect) -> None:
        groove = QRectF(area.left(), (self.height() - _BAR_HEIGHT) / 2, area.width() - GRID, _BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.BUTTON))
        painter.drawRoundedRect(groove, 3, 3)
        length = max(groove.width() * (self.probability or 0.0), 2.0)
        colour = theme.ACCENT if self.isChecked() else theme.QUIET_TEXT
        painter.setBrush(QColor(colour if self.isEnabled() else theme.DISABLED))
        painter.drawRoundedRect(QRectF(groove.left(), groove.top(), length, groove.height()), 3, 3)

    def _paint_numbers(self, painter: QPainter) -> None:
        area = QRect(self.width() - _NUMBER_WIDTH, 0, _NUMBER_WIDTH, self.height())
        painter.setPen(QColor(theme.TEXT if self.isEnabled() else theme.DISABLED))
        painter.drawText(area, Qt.AlignmentFlag.AlignVCenter, f"{self.probability:.2f}")
        if self.sigma is not None:
            painter.setPen(QColor(theme.QUIET_TEXT))
            painter.drawText(
                area.adjusted(0, 0, -4, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                f"σ≈{self.sigma:.0f}",
            )


class FoundPanel(QWidget):
    """Shows the detection of the current photo; a click on a bar overrides it.

    Attributes:
        switched: emitted with the family whose bar is clicked.
        reset_wanted: emitted when the user wants the proposed steps again.
    """

    switched = Signal(str)
    reset_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.summary = quiet()
        self.rows = {family: FoundRow(family) for family in FAMILIES}
        self.reset_button = QPushButton(self.tr("Reset to detected"))
        self.reset_button.setToolTip(self.tr("Use the proposed steps"))
        self.reset_button.setProperty("role", "link")
        top = QHBoxLayout()
        top.addWidget(heading(self.tr("Found in this photo")), 1)
        top.addWidget(self.reset_button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addSpacing(GRID // 2)
        layout.addWidget(self.summary)
        layout.addSpacing(GRID // 2)
        self._bars = QVBoxLayout()
        self._bars.setSpacing(0)
        layout.addLayout(self._bars)
        for row in self.rows.values():
            self._bars.addWidget(row)
            row.clicked.connect(lambda _=False, family=row.family: self.switched.emit(family))
        self.reset_button.clicked.connect(self.reset_wanted)
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    @property
    def focus_order(self) -> list[QWidget]:
        """The widgets in the order of the Tab key."""
        return [self.reset_button, *self.rows.values()]

    def _on_change(self, changed: Change) -> None:
        if not changed & (Change.DETECTION | Change.STEPS | Change.STATE | Change.PHOTO):
            return
        document = self._session.current
        detection = document.detection if document else None
        enabled_families = {entry.family for entry in document.edit.stack if entry.enabled} if document else set()
        for row in self.rows.values():
            row.refresh(detection, row.family in enabled_families, document is not None)
        if changed & (Change.DETECTION | Change.PHOTO):
            self._sort(detection)
        changed_by_user = (
            document is not None and detection is not None and document.edit.steps != tuple(document.proposed_steps)
        )
        self.reset_button.setVisible(changed_by_user)
        self.summary.setText(self._summary(detection, changed_by_user))

    def _sort(self, detection: Detection | None) -> None:
        order = sorted(FAMILIES, key=lambda f: -detection.probabilities[f]) if detection else list(FAMILIES)
        self.rows = {family: self.rows[family] for family in order}
        for index, row in enumerate(self.rows.values()):
            self._bars.insertWidget(index, row)

    def _summary(self, detection: Detection | None, changed_by_user: bool) -> str:
        document = self._session.current
        if document is None:
            return self.tr("Open a photo to detect problems.")
        if detection is None:
            if document.state is State.DETECTING:
                return self.tr("Detecting…")
            return self.tr("Detection failed. Choose the steps yourself.")
        found = names.detection_text(detection)
        if detection.unsure and found:
            template = (
                self.tr("Not sure – possibly {names}.")
                if changed_by_user
                else self.tr("Not sure – possibly {names}. Your choice.")
            )
        elif detection.unsure:
            template = self.tr("Not sure.") if changed_by_user else self.tr("Not sure. Your choice.")
        elif detection.found:
            template = self.tr("{names}. You changed this.") if changed_by_user else self.tr("{names}.")
        else:
            template = (
                self.tr("No problems found. You changed this.") if changed_by_user else self.tr("No problems found.")
            )
        text = template.format(names=found)
        return " ".join([text[:1].upper() + text[1:], *self._strength_texts(document, detection)])

    def _strength_texts(self, document: Document, detection: Detection) -> list[str]:
        """Why less than all of the strength is proposed for a step that is there, or that this is being found out."""
        if document.strength_request is not None:
            return [self.tr("Finding the strength that does no harm…")]
        families = {entry.family for entry in document.edit.stack if entry.enabled}
        strengths = {family: needed for family, needed in detection.strengths.items() if family in families}
        note = strength_note(replace(detection, strengths=strengths))
        return [] if note is None else [translated_message(note)]
