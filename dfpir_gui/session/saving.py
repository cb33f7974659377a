"""Saves results to files."""

from pathlib import Path

from dfpir_gui.i18n.language import translate
from dfpir_gui.session.document import Document
from dfpir_gui.session.documents import Documents
from dfpir_gui.session.feedback import Feedback
from dfpir_gui.session.jobs import Jobs
from dfpir_gui.session.notices import Notice, Severity, notice_from_error, notice_from_save
from dfpir_gui.session.state import Change, State
from dfpir_gui.settings.export_options import ExportOptions, WrittenResult
from dfpir_gui.workers.requests import SaveRequest
from dfpir_gui.workers.worker_thread import Progress


class Saving:
    """Saves results on the file thread.

    Args:
        documents: the open photos, whose files are never replaced.
        jobs: do the work.
        feedback: shows what was saved and what failed.
    """

    def __init__(self, documents: Documents, jobs: Jobs, feedback: Feedback) -> None:
        self._documents = documents
        self._jobs = jobs
        self._feedback = feedback
        self._last_notice: Notice | None = None  # the newest notice of this class

    def refuses(self, path: Path) -> bool:
        """Whether ``path`` is the file of an open photo, which nothing may replace. If so, a notice is shown."""
        if not any(_is_same_existing_file(path, document.path) for document in self._documents.all):
            return False
        text = translate("Session", "{name} is the original photo, which is kept. Choose another name for the result.")
        self._feedback.show(Notice(text.format(name=path.name)))
        return True

    def save(self, document: Document, path: Path, overwrite: bool, options: ExportOptions) -> None:
        """Write the result of a photo to ``path``, unless that is the file of an open photo."""
        result = document.result
        if result is None or not document.can_save or self.refuses(path):
            return
        self._feedback.clear()
        document.begin(State.SAVING, Progress(translate("Session", "Saving")))
        document.saving_as = path
        request = SaveRequest(result, result.recipe, path, overwrite, options, document.swap_file)
        self._jobs.run_file(
            request,
            lambda written: self._saved(document, request, written),
            lambda error: self._failed(document, request, error),
        )
        self._documents.changed(document, Change.STATE | Change.PROGRESS | Change.NOTICE)

    def _saved(self, document: Document, request: SaveRequest, written: WrittenResult) -> None:
        document.finish()
        document.saving_as = None
        document.set_saved(request.result, written.path)
        text = translate("Session", "Saved as {name}").format(name=written.path.name)
        self._feedback.set_status(text, written.path)
        notice = notice_from_save(written)
        if notice is not None:
            self._show(notice)
        self._documents.changed(document, Change.STATE | Change.PROGRESS | Change.RESULT | Change.NOTICE)

    def _failed(self, document: Document, request: SaveRequest, error: BaseException) -> None:
        document.finish()
        document.saving_as = None
        self._show(notice_from_error(error, translate("Session", "saving {name}").format(name=request.path.name)))
        self._documents.changed(document, Change.STATE | Change.PROGRESS | Change.RESULT | Change.NOTICE)

    def _show(self, notice: Notice) -> None:
        """Show ``notice`` together with the one that is shown about photos that were saved along with this one."""
        if self._last_notice is not None and self._feedback.notice is self._last_notice:
            notice = _joined(self._last_notice, notice)
        self._last_notice = self._feedback.notice = notice


def _joined(first: Notice, second: Notice) -> Notice:
    """Both notices as one, which is an error if either is."""
    is_error = Severity.ERROR in (first.severity, second.severity)
    return Notice(
        " ".join(filter(None, (first.what, first.advice, second.what))),
        second.advice,
        "\n\n".join(filter(None, (first.details, second.details))),
        Severity.ERROR if is_error else Severity.WARNING,
        file=second.file or first.file,
    )


def _is_same_existing_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return False
