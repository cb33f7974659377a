"""Results written to files."""

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import PhotoError, RecipeError
from core.recipes import Recipe
from dfpir_gui.exporting import ExportOptions, Written
from dfpir_gui.language import translate
from dfpir_gui.notices import Notice, Severity, notice_of
from dfpir_gui.requests import Request, SaveRequest
from dfpir_gui.session.document import Document
from dfpir_gui.session.state import Change, State
from dfpir_gui.tasks import Outcome, Progress

if TYPE_CHECKING:
    from dfpir_gui.session.session import Session


class Saving:
    """Has results written on the lane for files."""

    def __init__(self, session: "Session") -> None:
        self._session = session

    def refuses(self, path: Path) -> bool:
        """Whether ``path`` is the original of an open photo, which nothing may replace; the user is told if it is."""
        if not any(_same_file(path, other.path) for other in self._session.documents):
            return False
        words = translate("Session", "{name} is the original photo, which is kept. Choose another name for the result.")
        error = PhotoError(words.format(name=path.name))
        self._session.warn(notice_of(error, translate("Session", "saving the result")))
        return True

    def save(self, document: Document, path: Path, overwrite: bool, options: ExportOptions) -> None:
        """Write the result of a photo to ``path``. Any open photo's original is refused."""
        session, result = self._session, document.result
        if not document.can_save or result is None:
            return
        if self.refuses(path):
            return
        session.notice = None
        session.say("")
        document.activity = State.SAVING
        document.progress = Progress(translate("Session", "Saving"))
        recipe = Recipe.of(result)
        request = SaveRequest(result, recipe, path, overwrite, options, document.kept)
        session.file_lane.submit(request, lambda p: None, lambda outcome: self._take(document, outcome))
        session.changed(document, Change.STATE | Change.PROGRESS | Change.NOTICE)

    def _take(self, document: Document, outcome: Outcome[Request]) -> None:
        session, request = self._session, outcome.request
        document.activity = document.progress = None
        if outcome.error is not None:
            session.notice = notice_of(
                outcome.error, translate("Session", "saving {name}").format(name=request.path.name)
            )
        else:
            written: Written = outcome.value
            document.failure = ""
            document.saved[request.result.steps] = written.path
            session.say(translate("Session", "Saved as {name}").format(name=written.path.name))
            if written.no_recipe is not None:
                session.notice = _without_recipe(written.path, written.no_recipe)
        session.changed(document, Change.STATE | Change.PROGRESS | Change.RESULT | Change.NOTICE)


def _without_recipe(path: Path, error: RecipeError) -> Notice:
    """Says that the photo is there, and why its recipe is not."""
    words = translate("Session", "The photo was saved as {name}, but without its recipe.").format(name=path.name)
    why = notice_of(error, translate("Session", "saving the result"))
    return Notice(words, why.what, why.details, Severity.WARNING)


def _same_file(path: Path, other: Path) -> bool:
    try:
        return path.samefile(other)
    except OSError:  # one of them does not exist
        return False
