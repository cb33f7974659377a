"""One open photo: what is known of it, what is being done to it, and how one state follows another.

At any time at most one activity runs. :meth:`Document.begin` and its siblings are the only transitions::

    idle ──begin──▶ LOADING ──────────────────┐
    idle ──begin──▶ QUEUED ──advance──▶ RUNNING ──finish, cancel──▶ idle
    idle ──begin──────────────────────▶ RUNNING
    idle ──begin──▶ SAVING ──finish──▶ idle (a file is always written to its end)

:attr:`Document.state` adds what an idle photo is: NEW, DETECTING, READY, RESTORED, SAVED or FAILED.
"""

from collections.abc import Hashable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import Any

import numpy as np

from core.degradations import degradation
from core.detection import Detection
from core.geometry import UNCHANGED, Geometry
from core.inference import RestorationResult, Step
from core.inference.passes import Engine
from core.inference.result import mask_renderer
from core.masks import Mask
from core.masks.rendering import MaskRenderer
from core.photo import Photo
from core.progress import CancelToken
from core.quality import QualityReport
from core.quality.need import JUDGED
from dfpir_gui.session.state import State
from dfpir_gui.session.steps import Edit, Stack, stack_from_steps
from dfpir_gui.session.undo import UndoHistory
from dfpir_gui.workers.image_pyramid import MixedPyramid, Pyramid
from dfpir_gui.workers.requests import Blended, LastStep, Opened, Preview, PreviewRequest, Request, Restored, SwappedIn
from dfpir_gui.workers.swapped_results import photo_bytes, without_pixels
from dfpir_gui.workers.worker_thread import Progress

_TRANSITIONS: dict[State | None, tuple[State | None, ...]] = {
    None: (State.LOADING, State.QUEUED, State.RUNNING, State.SAVING),
    State.LOADING: (None,),
    State.QUEUED: (State.RUNNING, None),
    State.RUNNING: (State.RUNNING, None),
    State.SAVING: (None,),
}
"""The activities that may follow each activity; None is idle."""


class Removal(StrEnum):
    """Why a result is no longer there. Undo brings it back without computing it again."""

    GEOMETRY = "geometry"
    NO_STEPS = "no steps"
    UNDONE = "undone"


@dataclass(frozen=True)
class _SetAside:
    """A result that was removed although its passes are not kept."""

    result: RestorationResult
    after: Pyramid
    report: QualityReport | None
    engine: Engine | None
    other_engine: bool


class Document:
    """An open photo. Views only read it; only the parts of the session change it.

    Args:
        path: the file.
        stack: its steps, if the user has chosen some before; None leaves the choice to the detector.
        swap_file: holds the photo with an unsaved result from an earlier run of the program, or None.
        geometry: how it is rotated and cropped.

    Attributes:
        path: the file.
        photo: the photo, rotated and cropped as :attr:`edit` says, or None while it is not in memory.
        before: ``photo`` for the screen, or None.
        masks: renders masks for ``photo``, or None.
        photo_thumbnail: (H, W, 3) uint8 RGB, kept while the photo is not in memory; None before it was read once.
        last_shown: order in which photos became current; 0 for one that never did.
        detection: the detected degradations, or None before they are known.
        strengths_known: whether the detection says if the photo needs less than all of a strength.
        detecting: whether the detector has not answered yet.
        edit: the steps; see :class:`Edit`.
        undo: the history of ``edit``.
        user_edited: whether the user has chosen steps, so that the detector's proposal is not applied any more.
        result: the newest restoration, or None; its picture is a single pixel while it is swapped out.
        after: ``result`` for the screen, or None.
        quick_after: shows a changed strength until the exact result arrives, or None.
        last_step: of the newest restoration, from which ``quick_after`` is mixed; or None.
        report: what the result did to the photo, or None.
        preview: a part of the photo restored with the current or earlier steps, or None.
        removed: why there is no result any more, or None; see :class:`Removal`.
        engine: computed the newest result, even if that was dropped since; or None.
        other_engine: whether another engine was chosen since, so that the photo can be restored again with it.
        saved: the files that results were written to, by the steps that made them and the geometry.
        pass_keys: the keys of this photo's passes of the network, one for each geometry.
        saving_as: the file that the result is being written to, or None.
        activity: what is being done now: LOADING, QUEUED, RUNNING or SAVING; None if idle.
        progress: of ``activity``, or None.
        request: the request that ``activity`` waits for, or None; the answer to any other request is stale.
        geometry_request: likewise for rotating and cropping, which is no activity either.
        preview_request: likewise for blending the preview anew.
        strength_request: likewise for finding out the strength that a step needs; a restoration waits for it.
        blend_request: likewise for blending, which is no activity: it takes moments and needs no network.
        restore_when_ready: whether it is to be restored as soon as the detector has proposed steps.
        failure: why the last restoration failed; empty if it did not.
        swap_file: the file that holds photo and result while they are swapped out, or None.
        swapping_out: whether that file is being written.
    """

    def __init__(
        self, path: Path, stack: Stack | None = None, swap_file: Path | None = None, geometry: Geometry = UNCHANGED
    ) -> None:
        self.path = path
        self.photo: Photo | None = None
        self.before: Pyramid | None = None
        self.masks: MaskRenderer | None = None
        self.photo_thumbnail: np.ndarray | None = None
        self.last_shown = 0
        self.detection: Detection | None = None
        self.strengths_known = False
        self.detecting = False
        self.edit = Edit(stack or (), geometry=geometry)
        self.undo = UndoHistory()
        self.user_edited = stack is not None
        self.result: RestorationResult | None = None
        self.after: Pyramid | None = None
        self.quick_after: MixedPyramid | None = None
        self.last_step: LastStep | None = None
        self.report: QualityReport | None = None
        self.preview: Preview | None = None
        self.removed: Removal | None = None
        self.engine: Engine | None = None
        self.other_engine = False
        self.saved: dict[Hashable, Path] = {}
        self.saving_as: Path | None = None
        self.activity: State | None = None
        self.progress: Progress | None = None
        self.request: Request[Any] | None = None
        self.blend_request: Request[Any] | None = None
        self.preview_request: Request[Any] | None = None
        self.geometry_request: Request[Any] | None = None
        self.strength_request: Request[Any] | None = None
        self.pass_keys: set[Hashable] = set()
        self._source: Photo | None = None
        self._source_size: tuple[int, int] | None = None
        self._overview: np.ndarray | None = None
        self.restore_when_ready = False
        self.failure = ""
        self.swap_file = swap_file
        self.swapping_out = False
        self._mask_values: tuple[Mask, np.ndarray] | None = None
        self._set_aside: _SetAside | None = None
        self._cancel: CancelToken | None = None
        self._cancel_blend: CancelToken | None = None

    # Transitions of the activity

    def begin(self, activity: State, progress: Progress) -> None:
        """Start an activity. A restoration clears the failure of the previous one.

        Raises:
            RuntimeError: another one has not ended.
        """
        self._go_to(activity)
        self.progress = progress
        if activity in (State.QUEUED, State.RUNNING):
            self.failure = ""

    def submitted(self, request: Request[Any], cancel: CancelToken | None = None) -> None:
        """Note the request that does the activity, and what cancels it."""
        self.request, self._cancel = request, cancel

    def advance(self, progress: Progress) -> bool:
        """Take the progress of a restoration; return whether it has only now started to run."""
        started = self.activity is not State.RUNNING
        self._go_to(State.RUNNING)
        self.progress = progress
        return started

    def finish(self) -> None:
        """End the activity."""
        self._go_to(None)
        self.progress = self.request = self._cancel = None

    def cancel(self) -> None:
        """End the activity before its answer arrives, which is stale then. Saving goes on to its end."""
        if self.activity is None or self.activity is State.SAVING:
            return
        if self._cancel is not None:
            self._cancel.cancel()
        self.finish()

    def _go_to(self, activity: State | None) -> None:
        if activity not in _TRANSITIONS[self.activity]:
            raise RuntimeError(f"{self.name}: {activity} cannot follow {self.activity}")
        self.activity = activity

    # Changes of what is known

    def set_photo(self, opened: Opened) -> None:
        """Take the photo that was read, and its result if it was read from a swap file."""
        self.photo, self.before = opened.photo, opened.pyramid
        self.masks = mask_renderer(opened.photo)
        self.photo_thumbnail = opened.pyramid.levels[-1]
        self.set_source(opened)
        if opened.photo.preserved.geometry.is_identity:
            self._source_size = (opened.photo.width, opened.photo.height)
        if isinstance(opened, SwappedIn):
            self._source_size = opened.source_size
            self.result, self.after, self.swap_file = opened.result, opened.after, None
            if self.edit.applied is None:  # an earlier run of the program made the result
                self.edit = Edit(self.edit.stack, opened.result.steps, opened.photo.preserved.geometry)

    def set_source(self, opened: Opened) -> None:
        """Take the whole upright photo and its overview."""
        self._source, self._overview = opened.source, opened.overview
        if opened.source is not None:
            self._source_size = (opened.source.width, opened.source.height)

    def set_transformed(self, opened: Opened) -> None:
        """Take the photo with another geometry; the result of the previous one must have been removed."""
        overview = self.overview
        self.drop_preview()
        self.last_step = self._mask_values = None
        self.set_photo(opened)
        self._overview = overview if opened.overview is None else opened.overview

    def set_detection(self, detection: Detection | None) -> None:
        """Take the answer of the detector; None after an error."""
        self.detecting = False
        if detection is not None:
            self.detection = detection
            first = detection.proposals()[:1]
            self.strengths_known = any(degradation(step.degradation).family in JUDGED for step in first)

    def set_strengths(self, detection: Detection) -> None:
        """Take the same detection with the strengths that the photo needs."""
        self.detection, self.strengths_known = detection, True

    @property
    def steps_known(self) -> bool:
        """Whether the steps are settled: the detector has answered, and so has what finds out their strength."""
        return not self.detecting and self.strength_request is None

    def propose(self, steps: tuple[Step, ...]) -> None:
        """Replace the stack by the detector's proposal, which is not recorded for undo."""
        self.edit = Edit(stack_from_steps(steps), geometry=self.edit.geometry)

    def restore_edit(self, edit: Edit) -> None:
        """Replace the edit by one of the undo history."""
        self.edit = edit

    def set_edit(self, edit: Edit, text: str, merge_key: tuple[int, int] | None = None) -> bool:
        """Replace the edit and record that for undo; return whether anything changed. See :meth:`UndoHistory.add`."""
        if edit == self.edit:
            return False
        self.undo.add(self.edit, edit, text, merge_key)
        self.edit = edit
        return True

    def set_preview(self, preview: Preview) -> None:
        """Show a restored part instead of the result."""
        self.drop_preview()
        self.preview = preview

    def drop_preview(self) -> None:
        """Remove the preview."""
        self.preview = self.preview_request = None

    def set_restored(self, restored: Restored, text: str, *, other_engine: bool) -> None:
        """Take a result that the network has computed, and record for undo that it was applied.

        Args:
            restored: the result.
            text: name of the change for undo.
            other_engine: whether another engine was chosen since the restoration began.
        """
        self.engine, self.other_engine = restored.engine, other_engine
        self.saved.clear()
        self.last_step = restored.last_step
        self._set_result(restored)
        self.set_edit(replace(self.edit, applied=restored.result.steps), text)

    def begin_blend(self, request: Request[Any], cancel: CancelToken) -> None:
        """Note the request that blends the result, in place of an earlier one; show the new strength at once.

        A changed mask is shown by :meth:`show_mask`; until then, what was shown before stays.
        """
        shown = self.quick_after
        self.end_blend()
        self.blend_request, self._cancel_blend = request, cancel
        if self.last_step is not None and self.edit.applied and self.last_step.fits(self.edit.applied):
            self.quick_after = self.last_step.mixed(self.edit.applied, self._mask_values) or shown

    def show_mask(self, index: int, mask: Mask, values: np.ndarray) -> bool:
        """Show a mask of the last step at once while the result is being blended; return whether that is possible.

        Args:
            index: of the step.
            mask: its mask, or one that it had a moment ago.
            values: the mask, rendered at any size: (h, w) float32.
        """
        steps, entry = self.edit.applied or (), self.edit.stack[index] if index < len(self.edit.stack) else None
        last = next((number for number in reversed(range(len(steps))) if steps[number].strength > 0), None)
        if self.last_step is None or entry is None or last is None or steps[last] != entry.step:
            return False
        self._mask_values = (mask, values)
        shown = (*steps[:last], replace(steps[last], mask=mask), *steps[last + 1 :])
        mixed = self.last_step.mixed(shown, self._mask_values)
        if mixed is None or self.blend_request is None:
            return False
        self.quick_after = mixed
        return True

    def end_blend(self) -> None:
        """Forget the request that blends the result, whose answer is stale then."""
        if self._cancel_blend is not None:
            self._cancel_blend.cancel()
        self.blend_request = self._cancel_blend = self.quick_after = None

    def set_blended(self, blended: Blended) -> None:
        """Take a result that was blended from kept passes."""
        self._set_result(blended)

    def _set_result(self, made: Restored | Blended) -> None:
        self.drop_preview()
        self.blend_request = self.quick_after = self.removed = self._set_aside = None
        self.result, self.after, self.report = made.result, made.pyramid, made.report

    def set_saved(self, result: RestorationResult, path: Path) -> None:
        """Note that ``result`` was written to ``path``."""
        self.failure = ""
        self.saved[_saved_key(result)] = path

    def drop_result(self, reason: "Removal | None" = None, *, set_aside: bool = False) -> None:
        """Remove the result.

        Args:
            reason: what the user is told, or None.
            set_aside: whether :meth:`take_back` may bring it back; otherwise its passes are kept.
        """
        self.end_blend()
        if self.result is not None:
            self.removed = reason
            if set_aside and self.after is not None:
                self._set_aside = _SetAside(self.result, self.after, self.report, self.engine, self.other_engine)
        self.result = self.after = self.report = self.swap_file = None
        self.other_engine = False

    def could_take_back(self, edit: Edit) -> bool:
        """Whether a result that was set aside is that of ``edit``."""
        if self._set_aside is None:
            return False
        result = self._set_aside.result
        return (result.steps, result.photo.preserved.geometry) == (edit.applied, edit.geometry)

    def take_back(self) -> bool:
        """Show the result that was set aside again if it is that of the current edit; return whether it is."""
        kept = self._set_aside
        if kept is None or not self.could_take_back(self.edit):
            return False
        self.end_blend()
        self.result, self.after, self.report = kept.result, kept.after, kept.report
        self.engine, self.other_engine = kept.engine, kept.other_engine
        self.removed = self._set_aside = None
        return True

    def swap_out(self, file: Path) -> None:
        """Remove photo and result from memory, which were written to ``file``; what is known of both stays."""
        assert self.result is not None and self.after is not None
        self.swap_file, self.photo_thumbnail = file, self.after.levels[-1]
        self.result, self.after = without_pixels(self.result), None
        self.unload()

    def unload(self) -> None:
        """Remove the photo from memory; its steps, detection and thumbnail stay."""
        self.drop_preview()
        self.photo = self.before = self.masks = self._source = self._overview = self._set_aside = None
        self.last_step = self.quick_after = self._mask_values = None

    # What follows from it

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def state(self) -> State:
        """The state; where several apply, the most urgent one."""
        if self.activity is not None:
            return self.activity
        if self.restore_when_ready:
            return State.QUEUED
        if self.detecting:
            return State.DETECTING
        if self.photo is None and not self.unloaded:
            return State.NEW
        if self.failure:
            return State.FAILED
        if self.result is None:
            return State.READY
        return State.RESTORED if self.saved_as is None else State.SAVED

    @property
    def proposed_steps(self) -> tuple[Step, ...]:
        """The steps that the detector proposes; none when it is unsure, because the user is asked to choose then."""
        return () if self.detection is None else self.detection.proposals()

    @property
    def thumbnail(self) -> np.ndarray | None:
        """The smallest level of the result, or else of the photo: (H, W, 3) uint8 RGB; None before it was read."""
        return self.photo_thumbnail if self.after is None else self.after.levels[-1]

    @property
    def saved_as(self) -> Path | None:
        """The file that the result was written to, or None."""
        return None if self.result is None else self.saved.get(_saved_key(self.result))

    @property
    def unsaved(self) -> bool:
        """Whether there is a result that was not saved; one that is still to be read from a swap file counts."""
        return self.swap_file is not None if self.result is None else self.saved_as is None

    @property
    def shown_report(self) -> QualityReport | None:
        """What was done to the shown preview, or else to the result; None without either."""
        return self.report if self.preview is None else self.preview.report

    @property
    def source(self) -> Photo | None:
        """The whole upright photo, or None if it is not in memory."""
        is_source = self.photo is not None and self.photo.preserved.geometry.is_identity
        return self.photo if is_source else self._source

    @property
    def source_size(self) -> tuple[int, int] | None:
        """Width and height of the whole upright photo; None before it was read once."""
        return self._source_size

    @property
    def overview(self) -> np.ndarray | None:
        """The whole upright photo for the screen, reduced: (H, W, 3) uint8 RGB; None if it is not known."""
        if self._overview is None and self.source is self.photo and self.before is not None:
            return self.before.overview
        return self._overview

    @property
    def pass_key(self) -> Hashable:
        """The key of the passes of the photo with its present geometry."""
        return self.pass_key_for(UNCHANGED if self.photo is None else self.photo.preserved.geometry)

    def pass_key_for(self, geometry: Geometry) -> Hashable:
        """The key of the passes of the photo with another geometry."""
        return self if geometry.is_identity else (self, geometry)

    @property
    def has_its_geometry(self) -> bool:
        """Whether the photo is in memory and rotated and cropped as its edit says; not while that is being done."""
        return self.photo is not None and self.photo.preserved.geometry == self.edit.geometry

    @property
    def can_change_geometry(self) -> bool:
        """Whether the photo could be rotated and cropped now."""
        return self.photo is not None and self.activity is None and self.geometry_request is None

    @property
    def outdated(self) -> bool:
        """Whether the steps have changed since the result was made, so that it has to be made again."""
        return self.result is not None and self.result.steps != self.edit.steps

    @property
    def previewing(self) -> bool:
        """Whether a preview is being computed, which ends when a restoration is started."""
        return isinstance(self.request, PreviewRequest)

    @property
    def can_preview(self) -> bool:
        """Whether a preview would start: like :attr:`can_restore`, but not during another preview."""
        return self.can_restore and not self.previewing

    @property
    def can_restore(self) -> bool:
        """Whether a restoration would start: there is a photo, something left to do, and no activity but a preview."""
        return self.lacks_result or (self.other_engine and self._restorable)

    @property
    def updating(self) -> bool:
        """Whether the result of the current steps is being blended from kept passes, so that it follows by itself."""
        return self.blend_request is not None and self.edit.applied == self.edit.steps

    @property
    def lacks_result(self) -> bool:
        """Whether a restoration would start, and there is no result of the current steps by any engine."""
        return self._restorable and (self.result is None or self.outdated) and not self.updating

    @property
    def has_effect(self) -> bool:
        """Whether any step that takes part has a strength above 0."""
        return any(step.strength > 0 for step in self.edit.steps)

    @property
    def can_save(self) -> bool:
        """Whether the result could be saved now: there is one, and no newer one is on its way."""
        waiting = self.blend_request is not None or self.geometry_request is not None
        return self.result is not None and self.activity is None and not waiting

    @property
    def unloaded(self) -> bool:
        """Whether it was read and removed from memory since; it is read again when it is needed."""
        return self.photo is None and self.photo_thumbnail is not None

    @property
    def can_unload(self) -> bool:
        """Whether the photo could be removed from memory without losing anything."""
        return self.photo is not None and self.result is None and not self._busy

    @property
    def can_swap_out(self) -> bool:
        """Whether photo and result could be moved to a file."""
        in_memory = self.photo is not None and self.result is not None and self.after is not None
        return in_memory and not self.swapping_out and not self._busy

    @property
    def memory_bytes(self) -> int:
        """Bytes of memory that photo and result take, with their pyramids."""
        if self.photo is None:
            return 0
        photos = {id(self.photo): self.photo}  # a result that changes nothing is the photo itself
        if self._source is not None:
            photos[id(self._source)] = self._source
        if self.result is not None:
            photos[id(self.result.photo)] = self.result.photo
        pyramids = [self.before, self.after]
        if self._set_aside is not None:
            photos[id(self._set_aside.result.photo)] = self._set_aside.result.photo
            pyramids.append(self._set_aside.after)
        if self.last_step is not None:
            pyramids += [self.last_step.base, self.last_step.full]
        levels = {id(level): level.nbytes for pyramid in pyramids if pyramid is not None for level in pyramid.levels}
        return sum(map(photo_bytes, photos.values())) + sum(levels.values())

    @property
    def _restorable(self) -> bool:
        idle = self.activity is None or self.previewing
        return self.photo is not None and self.has_effect and idle and self.geometry_request is None

    @property
    def _busy(self) -> bool:
        requests = (self.blend_request, self.geometry_request, self.strength_request)
        return bool(self.activity or self.detecting or self.restore_when_ready or any(requests))


def _saved_key(result: RestorationResult) -> Hashable:
    return result.steps, result.photo.preserved.geometry
