"""What the detector has found in the photo: a bar for each kind of damage, to be clicked if it is wrong."""

from PySide6.QtCore import QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from core.detection import FAMILIES, Detection
from dfpir_gui.i18n import names
from dfpir_gui.session import Change, Session, State
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import heading, quiet

_TICK = 3 * GRID
_LABEL = 10 * GRID
_NUMBERS = 10 * GRID
_BAR_HEIGHT = 6


class FoundRow(QAbstractButton):
    """One kind of damage: a tick if it is to be removed, its name, its probability as a bar and in digits."""

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

    def mirror(self, detection: Detection | None, chosen: bool, enabled: bool) -> None:
        """Show the probability in ``detection``, and whether the damage is to be removed."""
        self.probability = detection.probabilities[self.family] if detection else None
        self.sigma = detection.sigma if detection and self.family == "noise" else None
        self.setChecked(chosen)
        self.setEnabled(enabled)
        name = self.text()
        if self.probability is not None:
            name = self.tr("{name}, probability {value}").format(name=name, value=f"{self.probability:.2f}")
        if self.sigma is not None:
            name = self.tr("{name}, σ about {sigma}").format(name=name, sigma=f"{self.sigma:.0f}")
        self.setAccessibleName(name)
        tip = (
            self.tr("{name} is to be removed: click to leave it.")
            if chosen
            else self.tr("{name} is left: click to remove it.")
        )
        self.setToolTip(tip.format(name=self.text()))
        self.update()

    def sizeHint(self) -> QSize:  # noqa: D102 - Qt's
        return QSize(_TICK + _LABEL + _NUMBERS + 8 * GRID, 3 * GRID + 2)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: D102 - Qt's
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self.hasFocus() or self.underMouse():
            painter.setPen(QColor(theme.ACCENT) if self.hasFocus() else Qt.PenStyle.NoPen)
            painter.setBrush(QColor(theme.BUTTON) if self.underMouse() and self.isEnabled() else Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 4, 4)
        self._paint_tick(painter)
        painter.setPen(QColor(theme.TEXT if self.isEnabled() else theme.DISABLED))
        room = self.rect().adjusted(_TICK, 0, 0, 0)
        painter.drawText(QRect(room.left(), 0, _LABEL, self.height()), Qt.AlignmentFlag.AlignVCenter, self.text())
        if self.probability is not None:
            self._paint_bar(painter, room.adjusted(_LABEL, 0, -_NUMBERS, 0))
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

    def _paint_bar(self, painter: QPainter, room: QRect) -> None:
        groove = QRectF(room.left(), (self.height() - _BAR_HEIGHT) / 2, room.width() - GRID, _BAR_HEIGHT)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.BUTTON))
        painter.drawRoundedRect(groove, 3, 3)
        length = max(groove.width() * (self.probability or 0.0), 2.0)
        painter.setBrush(QColor(theme.ACCENT if self.isChecked() else theme.QUIET_TEXT))
        painter.drawRoundedRect(QRectF(groove.left(), groove.top(), length, groove.height()), 3, 3)

    def _paint_numbers(self, painter: QPainter) -> None:
        room = QRect(self.width() - _NUMBERS, 0, _NUMBERS, self.height())
        painter.setPen(QColor(theme.TEXT if self.isEnabled() else theme.DISABLED))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, f"{self.probability:.2f}")
        if self.sigma is not None:
            painter.setPen(QColor(theme.QUIET_TEXT))
            painter.drawText(
                room.adjusted(0, 0, -4, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignRight,
                f"σ≈{self.sigma:.0f}",
            )


class FoundPanel(QWidget):
    """Mirrors the detection of the photo that is shown; a click on a bar overrides it.

    Attributes:
        switched: a bar was clicked; carries the family.
        as_found_wanted: the detector's own proposal is wanted back.
    """

    switched = Signal(str)
    as_found_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.verdict = quiet()
        self.rows = {family: FoundRow(family) for family in FAMILIES}
        self.as_found = QPushButton(self.tr("As found"))
        self.as_found.setToolTip(self.tr("Take the steps that were proposed"))
        self.as_found.setProperty("role", "link")
        top = QHBoxLayout()
        top.addWidget(heading(self.tr("Found in this photo")), 1)
        top.addWidget(self.as_found)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(top)
        layout.addSpacing(GRID // 2)
        layout.addWidget(self.verdict)
        layout.addSpacing(GRID // 2)
        self._bars = QVBoxLayout()
        self._bars.setSpacing(0)
        layout.addLayout(self._bars)
        for row in self.rows.values():
            self._bars.addWidget(row)
            row.clicked.connect(lambda _=False, family=row.family: self.switched.emit(family))
        self.as_found.clicked.connect(self.as_found_wanted)
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    @property
    def focus_chain(self) -> list[QWidget]:
        """What the tab key visits, in order."""
        return [self.as_found, *self.rows.values()]

    def _on_change(self, changed: Change) -> None:
        if not changed & (Change.DETECTION | Change.STEPS | Change.STATE | Change.PHOTO):
            return
        document = self._session.current
        detection = document.detection if document else None
        taking_part = {entry.family for entry in document.edit.stack if entry.enabled} if document else set()
        for row in self.rows.values():
            row.mirror(detection, row.family in taking_part, document is not None)
        if changed & (Change.DETECTION | Change.PHOTO):
            self._sort(detection)
        differs = detection is not None and document.edit.steps != tuple(document.proposed_steps)
        self.as_found.setVisible(differs)
        self.verdict.setText(self._verdict(detection, differs))

    def _sort(self, detection: Detection | None) -> None:
        order = sorted(FAMILIES, key=lambda f: -detection.probabilities[f]) if detection else list(FAMILIES)
        self.rows = {family: self.rows[family] for family in order}
        for place, row in enumerate(self.rows.values()):
            self._bars.insertWidget(place, row)

    def _verdict(self, detection: Detection | None, differs: bool) -> str:
        if self._session.current is None:
            return self.tr("Open a photo: what is wrong with it is found at once.")
        if detection is None:
            looking = self._session.current.state is State.DETECTING
            return self.tr("Looking…") if looking else self.tr("It could not be judged. Choose yourself.")
        found = names.detection_text(detection)
        if detection.unsure:
            said = self.tr("Unsure, perhaps {names}.") if found else self.tr("Unsure.")
            said = said.format(names=found)
            return said if differs else self.tr("{verdict} Please choose yourself.").format(verdict=said)
        elif not detection.found:
            said = self.tr("It looks clean ({value}): nothing to do.")
        else:
            said = self.tr("{names}.")
        said = _capital(said.format(names=found, value=f"{detection.probabilities['clean']:.2f}"))
        return self.tr("{verdict} You chose otherwise.").format(verdict=said) if differs else said


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]
