"""Results written to files."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import PhotoError
from dfpir_gui.i18n.language import translate
from dfpir_gui.session.document import Document
from dfpir_gui.session.notices import Notice, Severity, notice_from_error, notice_from_save
from dfpir_gui.session.state import Change, State
from dfpir_gui.settings.export_options import ExportOptions, WrittenResult
from dfpir_gui.workers.requests import Request, SaveRequest
from dfpir_gui.workers.worker_thread import Outcome, Progress

if TYPE_CHECKING:
    from dfpir_gui.session.session import Session


class Saving:
    """Has results written on the lane for files."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self._told: Notice | None = None  # the newest notice of this class

    def refuses(self, path: Path) -> bool:
        """Whether ``path`` is the original of an open photo, which nothing may replace; the user is told if it is."""
        if not any(_same_file(path, other.path) for other in self._session.documents):
            return False
        words = translate("Session", "{name} is the original photo, which is kept. Choose another name for the result.")
        error = PhotoError(words.format(name=path.name))
        self._session.show_notice(notice_from_error(error, translate("Session", "saving the result")))
        return True

    def save(self, document: Document, path: Path, overwrite: bool, options: ExportOptions) -> None:
        """Write the result of a photo to ``path``. Any open photo's original is refused."""
        session, result = self._session, document.result
        if not document.can_save or result is None:
            return
        if self.refuses(path):
            return
        session.notice = None
        session.set_status("")
        document.activity = State.SAVING
        document.progress = Progress(translate("Session", "Saving"))
        recipe = result.recipe
        request = SaveRequest(result, recipe, path, overwrite, options, document.swap_file)
        session.file_worker.submit(request, lambda p: None, lambda outcome: self._take(document, outcome))
        session.changed(document, Change.STATE | Change.PROGRESS | Change.NOTICE)

    def _take(self, document: Document, outcome: Outcome[Request]) -> None:
        session, request = self._session, outcome.request
        document.activity = document.progress = None
        if outcome.error is not None:
            self._tell(
                notice_from_error(outcome.error, translate("Session", "saving {name}").format(name=request.path.name))
            )
        else:
            written: WrittenResult = outcome.value
            document.failure = ""
            document.saved[request.result.steps] = written.path
            session.set_status(translate("Session", "Saved as {name}").format(name=written.path.name))
            notice = notice_from_save(written)
            if notice is not None:
                self._tell(notice)
        session.changed(document, Change.STATE | Change.PROGRESS | Change.RESULT | Change.NOTICE)

    def _tell(self, notice: Notice) -> None:
        """Show ``notice`` after what is shown of photos that were saved along with this one."""
        session = self._session
        if self._told is not None and session.notice is self._told:
            notice = _joined(self._told, notice)
        self._told = session.notice = notice


def _joined(first: Notice, second: Notice) -> Notice:
    """Both messages as one, which is an error if either is."""
    severe = Severity.ERROR in (first.severity, second.severity)
    return Notice(
        " ".join(filter(None, (first.what, first.advice, second.what))),
        second.advice,
        "\n\n".join(filter(None, (first.details, second.details))),
        Severity.ERROR if severe else Severity.WARNING,
    )


def _same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return False
