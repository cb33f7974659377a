"""Finds out the strength that a photo needs for a step that the detector did not propose."""

from collections.abc import Callable

from core.degradations import degradation
from core.detection import Detection
from core.inference import Step
from core.quality.need import JUDGED
from dfpir_gui.session.document import Document
from dfpir_gui.session.documents import Documents
from dfpir_gui.session.jobs import Jobs
from dfpir_gui.session.restorations import Restorations
from dfpir_gui.session.state import Change
from dfpir_gui.workers.requests import StrengthRequest


class StrengthFinder:
    """Judges steps that the user adds, as those that the detector proposes are judged; see :mod:`core.quality.need`.

    Args:
        documents: the open photos.
        jobs: do the work.
        restorations: start what was asked for meanwhile.
    """

    def __init__(self, documents: Documents, jobs: Jobs, restorations: Restorations) -> None:
        self._documents = documents
        self._jobs = jobs
        self._restorations = restorations

    def find(self, document: Document, key: str, limit: Callable[[float], None]) -> None:
        """Find out in the background whether all of a step that was just added is too much.

        Nothing is done if that is known, or if it is not judged: only the first step of a photo is.

        Args:
            document: whose steps have changed.
            key: the degradation that the step removes.
            limit: gets the strength that the photo needs if that is less than all.
        """
        photo, detection, family = document.photo, document.detection, degradation(key).family
        if family not in JUDGED or document.edit.steps[:1] != (Step(key),) or document.strengths_known:
            return
        if photo is None or detection is None or not document.steps_known:
            return
        request = StrengthRequest(photo, detection, document.edit.steps[:1])

        def done(judged: Detection) -> None:
            if document.strength_request is not request:
                return
            document.strength_request = None
            if document.photo is photo:  # else it was rotated or cropped meanwhile
                document.set_strengths(judged)
                if family in judged.strengths:
                    limit(judged.strengths[family].strength)
            self._ended(document)

        def failed(error: BaseException) -> None:  # restoring reports it
            if document.strength_request is request:
                document.strength_request = None
                self._ended(document)

        document.strength_request = request
        self._jobs.run_network(request, done, failed)
        self._documents.changed(document, Change.STATE)

    def _ended(self, document: Document) -> None:
        if document not in self._documents.all:
            return
        self._documents.changed(document, Change.STATE | Change.DETECTION)
        if document.restore_when_ready and document.steps_known:
            self._restorations.restore_when_ready(document)
