"""What the restoration has done: numbers, how it came about, and a warning if it looks worse than before."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from dfpir_gui.i18n.core_words import translated_sentence
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.session import Change, Document, Session, wording
from dfpir_gui.settings import theme
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.headings import heading, quiet
from dfpir_gui.workers.requests import Preview

NOTHING_YET = tr("Nothing restored yet.")
OUTDATED = tr("The steps have changed since: restore again.")
OTHER_ENGINE = tr("Made with another model or setting than is chosen now. Restore again to use that.")


class ResultPanel(QWidget):
    """Mirrors the result of the photo that is shown."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.text = QLabel(wordWrap=True, indent=0, textFormat=Qt.TextFormat.PlainText)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.how = quiet()
        self.warning = QFrame(objectName="harm")
        self.warning_text = QLabel(wordWrap=True, indent=0, textFormat=Qt.TextFormat.PlainText)
        icon = QLabel(alignment=Qt.AlignmentFlag.AlignTop)
        icon.setPixmap(icons.pixmap("warning", theme.WARNING, 20, self.devicePixelRatioF()))
        row = QHBoxLayout(self.warning)
        row.setContentsMargins(GRID, GRID, GRID, GRID)
        row.setSpacing(GRID)
        row.addWidget(icon)
        row.addWidget(self.warning_text, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(heading(self.tr("Result")))
        for widget in (self.warning, self.text, self.how):
            layout.addWidget(widget)
        session.subscribe(self._on_change)
        self._on_change(~Change(0))

    def _on_change(self, changed: Change) -> None:
        if not changed & (Change.RESULT | Change.STATE | Change.STEPS):
            return
        document = self._session.current
        harm = document.report.warnings if document and document.report and not document.preview else ()
        self.warning.setVisible(bool(harm))
        self.warning_text.setText(
            " ".join([self.tr("This may look worse than the original."), *map(translated_sentence, harm)])
        )
        self.warning.setAccessibleName(self.tr("Warning"))
        self.warning.setAccessibleDescription(self.warning_text.text())
        self.text.setText("\n".join(_lines(document)))
        self.how.setText("\n".join(_how(document)))
        self.how.setVisible(bool(self.how.text()))


def _lines(document: Document | None) -> list[str]:
    if document is not None and document.preview is not None:
        return [_preview_line(document.preview)]
    if document is None or document.result is None:
        return [translated(NOTHING_YET)]
    lines = wording.changes_lines(document.report.changes) if document.report else []
    if document.outdated:
        return [*lines, translated(OUTDATED)]
    return [*lines, translated(OTHER_ENGINE)] if document.other_engine else lines


def _how(document: Document | None) -> list[str]:
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
        "Preview of the middle, {width}×{height} px in {seconds:.1f} s. Restore to do the whole photo; it may come out "
        "a little different, since the network looks at all of it.",
    ).format(width=right - left, height=bottom - top, seconds=preview.seconds)
