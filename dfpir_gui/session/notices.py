"""What the error bar shows, and how an exception becomes it."""

import logging
import traceback
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from core.errors import DFPIRError, TextEncoderMissing
from dfpir_gui.i18n.language import Retranslatable, translate
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.settings.export_options import WrittenResult

_log = logging.getLogger(__name__)

_MAX_REASONS = 10
"""Length of a chain of exceptions that is listed; a longer one is a circle."""


class Severity(StrEnum):
    """Decides the colour of the bar: red for errors, amber for warnings."""

    ERROR = "error"
    WARNING = "warning"


class Remedy(StrEnum):
    """What the window offers to do about an error, after asking."""

    DOWNLOAD_TEXT_ENCODER = "download-text-encoder"


@dataclass(frozen=True)
class Notice:
    """One message in the error bar.

    Attributes:
        what: what happened, in a sentence.
        advice: what to do next; empty if ``what`` contains it.
        details: for the Details view and for bug reports, e.g. a traceback; may be empty.
        severity: error or warning.
        remedy: what a button beside the message does, or None.
        file: the file that was written, which can be shown in its folder; or None.
    """

    what: str
    advice: str = ""
    details: str = ""
    severity: Severity = Severity.ERROR
    remedy: Remedy | None = None
    file: Path | None = None

    @property
    def report(self) -> str:
        """The whole notice as text, to be copied."""
        return "\n\n".join(part for part in (" ".join(filter(None, (self.what, self.advice))), self.details) if part)


def notice_from_error(error: BaseException, doing: str) -> Notice:
    """Turn an exception into a notice, and log it.

    Errors of this project are shown with their own message. All others get a general sentence, with their traceback
    in the details.

    Args:
        error: the exception.
        doing: what was being done; completes "Something unexpected happened while ...".
    """
    details = "\n".join([*_reasons(error), "", "".join(traceback.format_exception(error))]).rstrip()
    if isinstance(error, DFPIRError):
        _log.warning("%s", error, exc_info=error)
        remedy = Remedy.DOWNLOAD_TEXT_ENCODER if isinstance(error, TextEncoderMissing) else None
        text = error.message
        return Notice(Retranslatable(lambda: translated_message(text)), details=details, remedy=remedy)
    _log.error("Unexpected error while %s", doing, exc_info=error)
    if isinstance(error, MemoryError):
        return Notice(
            Retranslatable(
                lambda: translate("Notices", "There was not enough memory for {doing}.").format(doing=doing)
            ),
            Retranslatable(lambda: translate("Notices", "Close other programs, or try a smaller photo.")),
            details,
        )
    return Notice(
        Retranslatable(
            lambda: translate("Notices", "Something unexpected happened while {doing}.").format(doing=doing)
        ),
        Retranslatable(
            lambda: translate(
                "Notices", "Your photo is unchanged. Try again; if it happens again, please report it with the details."
            )
        ),
        details,
    )


def notice_from_save(written: WrittenResult) -> Notice | None:
    """A notice about what the file could not keep and why its recipe is missing; None if there is nothing to report."""
    notes = " ".join(map(translated_message, written.notes))
    if written.recipe_error is None:
        text = translate("Session", "Saved as {name}.").format(name=written.path.name)
        return Notice(text, notes, severity=Severity.WARNING, file=written.path) if notes else None
    text = translate("Session", "The photo was saved as {name}, but without its recipe.")
    why = notice_from_error(written.recipe_error, translate("Session", "saving the result"))
    advice = " ".join(filter(None, (why.what, notes)))
    return Notice(text.format(name=written.path.name), advice, why.details, Severity.WARNING, file=written.path)


def _reasons(error: BaseException) -> list[str]:
    """The exception and those that caused it, one line each."""
    reasons: list[str] = []
    reason: BaseException | None = error
    while reason is not None and len(reasons) < _MAX_REASONS:
        reasons.append(str(reason) if isinstance(reason, DFPIRError) else f"{type(reason).__name__}: {reason}")
        reason = reason.__cause__ or (None if reason.__suppress_context__ else reason.__context__)
    return reasons
