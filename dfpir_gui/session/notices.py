"""What the error bar shows, and how an exception becomes it."""

import logging
import traceback
from dataclasses import dataclass
from enum import StrEnum

from core.errors import DFPIRError, TextEncoderMissing
from dfpir_gui.i18n.core_words import translated_sentence
from dfpir_gui.i18n.language import translate
from dfpir_gui.settings.export_options import WrittenResult

_log = logging.getLogger(__name__)


class Severity(StrEnum):
    """How bad it is; the bar is red for errors and amber for warnings."""

    ERROR = "error"
    WARNING = "warning"


class Remedy(StrEnum):
    """What the window can do about it, after asking."""

    DOWNLOAD_TEXT_ENCODER = "download-text-encoder"


@dataclass(frozen=True)
class Notice:
    """One message to the user.

    Attributes:
        what: what happened, in a sentence.
        advice: what to do next; empty when ``what`` says so already.
        details: for the Details view and for a report, e.g. a traceback; may be empty.
        severity: error or warning.
        remedy: what a button beside the message offers, or None.
    """

    what: str
    advice: str = ""
    details: str = ""
    severity: Severity = Severity.ERROR
    remedy: Remedy | None = None

    @property
    def report(self) -> str:
        """All of it as text, to be copied."""
        return "\n\n".join(part for part in (" ".join(filter(None, (self.what, self.advice))), self.details) if part)


def notice_from_error(error: BaseException, doing: str) -> Notice:
    """Turn an exception into a notice, and write it to the log.

    Errors that this project raises on purpose are shown in their own words. All others get a short
    sentence; their traceback is kept for Details.

    Args:
        error: what was raised.
        doing: what was being done, to complete "Something unexpected happened while ...".
    """
    details = "\n".join([*_reasons(error), "", "".join(traceback.format_exception(error))]).rstrip()
    if isinstance(error, DFPIRError):
        _log.warning("%s", error, exc_info=error)
        remedy = Remedy.DOWNLOAD_TEXT_ENCODER if isinstance(error, TextEncoderMissing) else None
        return Notice(translated_sentence(str(error)), details=details, remedy=remedy)
    _log.error("Unexpected error while %s", doing, exc_info=error)
    if isinstance(error, MemoryError):
        return Notice(
            translate("Notices", "There was not enough memory for {doing}.").format(doing=doing),
            translate("Notices", "Close other programs, or try a smaller photo."),
            details,
        )
    return Notice(
        translate("Notices", "Something unexpected happened while {doing}.").format(doing=doing),
        translate(
            "Notices", "Your photo is unchanged. Try again; if it happens again, please report it with the details."
        ),
        details,
    )


def notice_from_save(written: WrittenResult) -> Notice | None:
    """Says what the file could not keep, and why its recipe is not there; None if there is nothing to say."""
    notes = " ".join(map(translated_sentence, written.notes))
    if written.no_recipe is None:
        words = translate("Session", "Saved as {name}.").format(name=written.path.name)
        return Notice(words, notes, severity=Severity.WARNING) if notes else None
    words = translate("Session", "The photo was saved as {name}, but without its recipe.")
    why = notice_from_error(written.no_recipe, translate("Session", "saving the result"))
    advice = " ".join(filter(None, (why.what, notes)))
    return Notice(words.format(name=written.path.name), advice, why.details, Severity.WARNING)


def _reasons(error: BaseException) -> list[str]:
    """What was raised and what that came from, the last one first, a line each."""
    reasons: list[str] = []
    reason: BaseException | None = error
    while reason is not None and len(reasons) < _MOST_REASONS:
        reasons.append(str(reason) if isinstance(reason, DFPIRError) else f"{type(reason).__name__}: {reason}")
        reason = reason.__cause__ or (None if reason.__suppress_context__ else reason.__context__)
    return reasons


_MOST_REASONS = 10
"""Of errors that came from each other; more would be a circle."""
