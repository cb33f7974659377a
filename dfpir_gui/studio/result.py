"""The panel of the result: measured changes, how it was made, and a warning if it may look worse."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from core.quality import Remedy
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import Change, Document, Session, wording
from dfpir_gui.session.document import Removal
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import heading, quiet
from dfpir_gui.workers.requests import Preview

NO_RESULT = tr("Not restored yet.")
UPDATING = tr("Updating…")
OUTDATED = tr("Steps changed. Restore again to update.")
PREVIEW_OUTDATED = tr("Steps changed. Preview again to update.")
_REMOVED = {
    Removal.GEOMETRY: tr("The result was removed because the photo was rotated or cropped. Restore again, or undo."),
    Removal.NO_STEPS: tr("No step is applied, so there is no result."),
    Removal.UNDONE: tr("Undone. Redo brings the result back, or restore again."),
}
_MAX_HARMS = 3
"""The worst ones; more would say little more."""

OTHER_ENGINE = tr("Model or settings changed. Restore again to update.")


class ResultPanel(QWidget):
    """Shows the result of the current photo."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._remedy: Remedy | None = None
        self.text = QLabel(wordWrap=True, indent=0, textFormat=Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.details = quiet()
        self.back_button = QPushButton(self.tr("Bring back result"))
        self.back_button.setToolTip(self.tr("Undo until the result is shown again; nothing is computed again"))
        self.back_button.clicked.connect(session.bring_back_result)
        self.warning = QFrame()
        self.warning.setObjectName("qualityWarning")
        self.warning_text = QLabel(wordWrap=True, indent=0, textFormat=Qt.TextFormat.PlainText)
        icon = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        icon.setPixmap(icons.pixmap("warning", theme.WARNING, 20, self.devicePixelRatioF()))
        row = QHBoxLayout(self.warning)
        row.setContentsMargins(GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        row.addWidget(icon)
        self.remedy_button = QPushButton(self.tr("Do what helps"))
        self.remedy_button.setToolTip(self.tr("Do what probably helps (Undo takes it back)"))
        self.remedy_button.clicked.connect(self._apply_remedy)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID)
        column.addWidget(self.warning_text)
        column.addWidget(self.remedy_button, 0, Qt.AlignmentFlag.AlignLeft)
        row.addLayout(column, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(heading(self.tr("Result")))
        for widget in (self.warning, self.text, self.details):
            layout.addWidget(widget)
        layout.addWidget(self.back_button, 0, Qt.AlignmentFlag.AlignLeft)
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    def _on_change(self, changed: Change) -> None:
        if not changed & (Change.RESULT | Change.STATE | Change.STEPS):
            return
        document = self._session.current
        report = document.shown_report if document is not None and not document.outdated else None
        if document is not None and document.preview is not None:
            report = document.shown_report if document.preview.steps == document.edit.steps else None
        harms = () if report is None else report.harms
        self.warning.setVisible(bool(harms))
        sentence = self.tr("{problem}.")
        problems = [sentence.format(problem=translated_message(harm.problem)) for harm in harms[:_MAX_HARMS]]
        self.warning_text.setText("\n".join([self.tr("This may look worse than the original:"), *problems]))
        self._remedy = None if report is None else report.remedy
        if self._remedy is not None:
            advice = translated_message(self._remedy.advice)
            self.remedy_button.setText(advice[:1].upper() + advice[1:])
        self.warning.setAccessibleName(self.tr("Warning"))
        self.warning.setAccessibleDescription(self.warning_text.text())
        self.text.setText("\n".join(_lines(document)))
        self.details.setText("\n".join(_details(document)))
        self.details.setVisible(bool(self.details.text()))
        self.back_button.setVisible(self._session.can_bring_back_result)

    def _apply_remedy(self) -> None:
        """Do what the report suggests; it can be undone. Steps that the network has to run for are restored at once."""
        document, remedy = self._session.current, self._remedy
        if document is None or remedy is None:
            return
        preview = document.preview
        self._session.editor.replace(remedy.steps, translated_message(remedy.advice).capitalize())
        if preview is None:
            if document.can_restore and document.blend_request is None:
                self._session.restore()
        elif document.preview is preview and document.preview_request is None:
            self._session.preview(preview.region)


def _note(document: Document) -> list[str]:
    report = document.shown_report
    if report is None or not report.hardly_changed:
        return []
    return [translate("ResultPanel", "Hardly any change: this step may as well be left out.")]


def _lines(document: Document | None) -> list[str]:
    if document is not None and document.preview is not None:
        if document.preview.steps != document.edit.steps:
            updating = document.preview_request is not None
            return [_preview_line(document.preview), translated(UPDATING if updating else PREVIEW_OUTDATED)]
        return [_preview_line(document.preview), *_note(document)]
    if document is None or document.result is None:
        if document is not None and document.updating:
            return [translated(UPDATING)]
        removed = None if document is None else document.removed
        return [translated(NO_RESULT if removed is None else _REMOVED[removed])]
    notes = [translated_message(note) for note in document.result.notes]
    lines = [*notes, *wording.changes_lines(document.report.changes), *_note(document)] if document.report else notes
    if document.updating:
        return [*lines, translated(UPDATING)]
    if document.outdated:
        return [*lines, translated(OUTDATED)]
    return [*lines, translated(OTHER_ENGINE)] if document.other_engine else lines


def _details(document: Document | None) -> list[str]:
    if document is None or document.result is None or document.preview is not None:
        return []
    saved = document.saved_as
    return [
        wording.steps_line(document.result.steps),
        wording.result_line(document.result),
        translate("ResultPanel", "Saved as {name}.").format(name=saved.name)
        if saved
        else translate("ResultPanel", "Not saved yet."),
    ]


def _preview_line(preview: Preview) -> str:
    left, top, right, bottom = preview.region
    return translate(
        "ResultPanel",
        "Preview of the visible area ({width}×{height} px, {seconds:.1f} s). The full result may differ slightly.",
    ).format(width=right - left, height=bottom - top, seconds=preview.seconds)
