"""One open photo and everything that was asked for it."""

from pathlib import Path

import numpy as np

from core.detection import Detection
from core.inference import RestorationResult, Step
from core.inference.passes import Engine
from core.photo import Photo
from core.progress import CancelToken
from core.quality import QualityReport
from dfpir_gui.session.state import State
from dfpir_gui.session.steps import Edit
from dfpir_gui.session.undo import UndoHistory
from dfpir_gui.workers.image_pyramid import Pyramid
from dfpir_gui.workers.requests import Blended, Preview, Restored, SwappedIn
from dfpir_gui.workers.swapped_results import bytes_of, without_pixels
from dfpir_gui.workers.worker_thread import Progress


class Document:
    """An open photo. Only the session changes it.

    Attributes:
        path: the file.
        photo: the photo, or None until it is read.
        before: ``photo`` as it is shown, or None.
        small: ``photo`` in small, kept while it is parked: (H, W, 3) uint8 RGB, or None until it was read once.
        shown_last: rises with every photo that is shown; the lowest was not looked at for longest.
        detection: what it suffers from, or None until that is known.
        edit: its steps; see :class:`Edit`.
        undo: the changes of ``edit``, to be taken back and made again.
        result: the newest restoration, or None; its picture is a single pixel while it is put away.
        after: the result as it is shown, or None.
        preview: a part of the photo restored with the steps as they are, or None.
        report: what the result did to the photo, or None.
        engine: computed the newest result, be it gone, or None.
        other_engine: whether another engine was chosen since, so that the result can be made anew with that.
        saved: the files that results were written to, by the steps that made them.
        activity: what is being done with it now, or None.
        detecting: whether the detector has not answered yet.
        failure: why the last restoration failed; empty if it did not.
        progress: of ``activity``, or None.
        user_edited: whether the user has chosen steps, so that the detector's proposal comes too late.
        restore_when_ready: whether it is to be restored as soon as the detector has proposed steps.
        swap_file: the file that photo and result were put away in, or None.
        leaving: whether they are being put away now.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.photo: Photo | None = None
        self.before: Pyramid | None = None
        self.small: np.ndarray | None = None
        self.shown_last = 0
        self.detection: Detection | None = None
        self.edit = Edit()
        self.undo = UndoHistory()
        self.result: RestorationResult | None = None
        self.after: Pyramid | None = None
        self.preview: Preview | None = None
        self.report: QualityReport | None = None
        self.engine: Engine | None = None
        self.other_engine = False
        self.saved: dict[tuple[Step, ...], Path] = {}
        self.activity: State | None = None
        self.detecting = False
        self.failure = ""
        self.progress: Progress | None = None
        self.user_edited = False
        self.restore_when_ready = False
        self.request: object = None  # the newest one; outcomes of others are stale
        self.token: CancelToken | None = None
        self.blend: object = None  # likewise, for what needs no network
        self.swap_file: Path | None = None
        self.leaving = False

    @property
    def proposed_steps(self) -> tuple[Step, ...]:
        """The steps that the detector proposes: none when it is unsure, since the user is asked to choose then."""
        if self.detection is None or self.detection.unsure:
            return ()
        return tuple(Step(key) for key in self.detection.steps())

    def take_result(self, made: Restored | Blended) -> None:
        """Take a new result, with how it is shown and what it did."""
        self.preview = None
        self.result, self.after, self.report = made.result, made.pyramid, made.report

    @property
    def name(self) -> str:
        """The file's name."""
        return self.path.name

    @property
    def state(self) -> State:
        """The state, the most urgent one first."""
        if self.activity is not None:
            return self.activity
        if self.restore_when_ready:
            return State.QUEUED
        if self.detecting:
            return State.DETECTING
        if self.photo is None and not self.parked:
            return State.NEW
        if self.failure:
            return State.FAILED
        if self.result is None:
            return State.READY
        return State.RESTORED if self.saved_as is None else State.SAVED

    @property
    def thumbnail(self) -> np.ndarray | None:
        """The photo in small, its restoration if there is one: (H, W, 3) uint8 RGB, or None until it is read."""
        return self.small if self.after is None else self.after.levels[-1]

    @property
    def saved_as(self) -> Path | None:
        """The file that the result was written to, or None."""
        return None if self.result is None else self.saved.get(self.result.steps)

    @property
    def unsaved(self) -> bool:
        """Whether there is a result that exists nowhere else, be it put away and not read back yet."""
        return self.swap_file is not None if self.result is None else self.saved_as is None

    @property
    def outdated(self) -> bool:
        """Whether the steps have changed since the result was made, so that it has to be made anew."""
        return self.result is not None and self.result.steps != self.edit.steps

    @property
    def parked(self) -> bool:
        """Whether it was read and let go, to save memory; it is read again when it is needed."""
        return self.photo is None and self.small is not None

    @property
    def can_park(self) -> bool:
        """Whether nothing would be lost or disturbed by letting the photo go."""
        return self.photo is not None and self.result is None and not self._wanted

    @property
    def can_swap_out(self) -> bool:
        """Whether the photo could wait on the disk with its result."""
        there = self.photo is not None and self.after is not None
        return there and self.result is not None and not self.leaving and not self._wanted

    @property
    def _wanted(self) -> bool:
        return bool(self.activity or self.detecting or self.restore_when_ready or self.blend)

    @property
    def bytes(self) -> int:
        """Memory that the photo takes, with its result."""
        if self.photo is None:
            return 0
        photos = {id(photo): photo for photo in (self.photo, self.result and self.result.photo) if photo is not None}
        shown = [level for pyramid in (self.before, self.after) if pyramid is not None for level in pyramid.levels]
        return sum(map(bytes_of, photos.values())) + sum(level.nbytes for level in shown)

    def put_away(self, file: Path) -> None:
        """Let photo and result go, which were written to ``file``; what is known of both stays."""
        assert self.result is not None and self.after is not None
        self.swap_file, self.small = file, self.after.levels[-1]
        self.result, self.after = without_pixels(self.result), None
        self.park()

    def take_back(self, loaded: SwappedIn) -> None:
        """Take the result that was put away."""
        self.result, self.after, self.swap_file = loaded.result, loaded.after, None

    def drop_result(self) -> None:
        """Let the result go for good."""
        self.result = self.after = self.report = self.blend = self.swap_file = None
        self.other_engine = False

    def park(self) -> None:
        """Let the photo go; its steps, its detection and its small picture stay."""
        self.photo = self.before = self.preview = None

    @property
    def can_restore(self) -> bool:
        """Whether a restoration would start: there is a photo, something left to do, and nothing in the way."""
        return self.lacks_result or (self.other_engine and self._restorable)

    @property
    def lacks_result(self) -> bool:
        """Whether a restoration would start, and there is no result of the steps, be it of another engine."""
        return self._restorable and (self.result is None or self.outdated)

    @property
    def _restorable(self) -> bool:
        something = any(step.strength > 0 for step in self.edit.steps)
        return self.photo is not None and something and self.activity is None

    @property
    def can_save(self) -> bool:
        """Whether the result could be saved now: it is there, and no newer one is on its way."""
        return self.result is not None and self.activity is None and self.blend is None
