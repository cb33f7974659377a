"""Rotating and cropping open photos, in the background and undoable."""

from dataclasses import replace

from core.errors import Cancelled, MaskError
from core.geometry import Geometry, relative_matrix
from core.masks.transforms import FrameChange, transformed
from dfpir_gui.i18n.language import translate
from dfpir_gui.session.document import Document, Removal
from dfpir_gui.session.documents import Documents
from dfpir_gui.session.feedback import Feedback
from dfpir_gui.session.jobs import Jobs
from dfpir_gui.session.notices import notice_from_error
from dfpir_gui.session.restorations import Restorations
from dfpir_gui.session.state import Change
from dfpir_gui.session.steps import Stack, StackStep
from dfpir_gui.workers.requests import GeometryRequest, Opened


class GeometryChanges:
    """Makes the photo of a document match the geometry of its edit.

    The new photo arrives a little later; until then the previous one is shown and nothing else is begun. Its result is
    blended again if its passes are kept, as after undo; otherwise it is restored anew.

    Args:
        documents: the open photos; they detect the problems of the changed photo.
        jobs: do the work.
        feedback: shows what failed.
        restorations: bring the result in line with the photo.
    """

    def __init__(self, documents: Documents, jobs: Jobs, feedback: Feedback, restorations: Restorations) -> None:
        self._documents = documents
        self._jobs = jobs
        self._feedback = feedback
        self._restorations = restorations

    def set(self, document: Document, geometry: Geometry, text: str) -> None:
        """Rotate and crop a photo from its source; ``text`` names the change for undo. An equal one is no change."""
        if not document.can_change_geometry or geometry == document.edit.geometry:
            return
        stack = stack_for(document, geometry)
        if document.set_edit(replace(document.edit, stack=stack, geometry=geometry, applied=None), text):
            self.reconcile(document)
            self._documents.changed(document, Change.STEPS | Change.STATE)

    def apply(self, document: Document, stack: Stack, geometry: Geometry, text: str) -> None:
        """Replace the steps, whose masks are those of the changed photo, and rotate and crop, as one change."""
        if not document.can_change_geometry:
            return
        document.user_edited = True
        if document.set_edit(replace(document.edit, stack=stack, geometry=geometry, applied=None), text):
            self.reconcile(document)
            self._documents.changed(document, Change.STEPS | Change.STATE)

    def reconcile(self, document: Document) -> bool:
        """Change the photo if its geometry differs from that of the edit; return whether that was necessary."""
        photo = document.photo
        if photo is None:
            return False
        if document.geometry_request is not None:
            return True  # compared again when it has ended
        if photo.preserved.geometry == document.edit.geometry:
            return False
        document.end_blend()
        self._restorations.stop_for_other_geometry(document)
        self._request(document, document.edit.geometry)
        return True

    def load_overview(self, document: Document) -> None:
        """Read the source of a photo whose overview is not known; observers are notified when it is."""
        if document.can_change_geometry and document.overview is None:
            self._request(document, document.edit.geometry)

    def _request(self, document: Document, geometry: Geometry) -> None:
        request = GeometryRequest(document.path, document.source, document.overview, geometry)

        def done(opened: Opened) -> None:
            if document.geometry_request is request:
                self._changed(document, opened)

        def failed(error: BaseException) -> None:
            if document.geometry_request is request:
                self._failed(document, error)

        document.geometry_request = request
        self._jobs.run_file(request, done, failed)

    def _changed(self, document: Document, opened: Opened) -> None:
        document.geometry_request = None
        if document not in self._documents.all:
            return
        if document.photo is not None and opened.photo.preserved.geometry == document.photo.preserved.geometry:
            document.set_source(opened)
            self.reconcile(document)
            self._documents.changed(document, Change.STATE)
            return
        if document.result is not None:
            self._restorations.remove_result(document, Removal.GEOMETRY)
            self._feedback.status = translate("Session", "The result was removed; Undo brings it back")
        document.set_transformed(opened)
        if self.reconcile(document):  # another change has been made meanwhile
            return
        self._documents.detect(document, opened)
        self._restorations.reconcile(document)
        changed = Change.PHOTO | Change.DETECTION | Change.STEPS | Change.RESULT | Change.STATE | Change.PROGRESS
        self._documents.changed(document, changed)

    def _failed(self, document: Document, error: BaseException) -> None:
        document.geometry_request = None
        if document.photo is not None:
            geometry = document.photo.preserved.geometry
            stack = stack_for(document, geometry)
            document.restore_edit(replace(document.edit, stack=stack, geometry=geometry))
        if not isinstance(error, Cancelled):
            doing = translate("Session", "changing {name}").format(name=document.name)
            self._feedback.show(notice_from_error(error, doing))
        self._documents.changed(document, Change.STATE | Change.STEPS)


def stack_for(document: Document, geometry: Geometry) -> Stack:
    """The steps of a photo with masks that select the same places if it is rotated and cropped by ``geometry``."""
    edit, size = document.edit, document.source_size
    if size is None or geometry == edit.geometry:
        return edit.stack
    change = frame_change(edit.geometry, geometry, *size)
    return tuple(_with_moved_mask(entry, change) for entry in edit.stack)


def frame_change(before: Geometry, after: Geometry, width: int, height: int) -> FrameChange:
    """The change from one geometry of a source of this size to another, for masks."""
    (a, b, x), (c, d, y) = relative_matrix(before, after, width, height)
    return FrameChange(
        before.result_size(width, height), after.result_size(width, height), (a, b, c, d), (float(x), float(y))
    )


def _with_moved_mask(entry: StackStep, change: FrameChange) -> StackStep:
    """The entry with a mask that selects the same places; without its mask if that lies far outside."""
    if entry.mask is None:
        return entry
    try:
        return replace(entry, mask=transformed(entry.mask, change))
    except MaskError:
        return replace(entry, mask=None)
