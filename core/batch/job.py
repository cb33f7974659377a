"""One photo's way through a worker: what it is given, what it gives back, and what is decided on the way."""

import errno
import json
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.batch.journal import State
from core.batch.limits import Deadline, open_photo, out_of_time
from core.batch.settings import BatchSettings, Steps, read, written
from core.errors import Cancelled, DeviceError, DFPIRError, PhotoError
from core.io.os_errors import display_path
from core.messages import Message
from core.photo import Photo
from core.photo.formats import FORMATS, SUFFIXES, format_for
from core.photo.writing import copy_unchanged
from core.progress import CancelToken, ProgressCallback
from core.system.memory import out_of_memory

if TYPE_CHECKING:
    from core.detection import Detection
    from core.inference import RestorationResult

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
"""What systems say when a disk, or a user's part of it, is full."""

_NOT_WRITABLE = (*NO_ROOM, errno.EROFS, errno.EACCES, errno.EPERM)


class Restores(Protocol):
    """What a worker needs of a :class:`core.inference.Restorer`."""

    @property
    def device(self) -> str:
        """Name of the torch device."""

    def restore(
        self,
        photo: Photo,
        steps: Any,
        *,
        progress: ProgressCallback,
        cancel: CancelToken | None,
        quality_mode: str | None,
    ) -> "RestorationResult":
        """Restore one photo."""


class Detects(Protocol):
    """What a worker needs of a :class:`core.detection.Detector`."""

    def detect(self, photo: Photo) -> "Detection":
        """Judge one photo."""


@dataclass(frozen=True)
class Task:
    """One photo to be worked on. Plain values, so that it can be sent to other processes.

    Attributes:
        path: within the source, with slashes; the task's name.
        source: the photo's file.
        staged: where the result is to be written, complete, under a private name with the right ending.
        output: the result's later name, for messages.
        verdict: what the detector found earlier, as JSON, or ``""``.
        override: steps for this photo alone, as JSON, or ``""``.
    """

    path: str
    source: Path
    staged: Path
    output: Path
    verdict: str = ""
    override: str = ""


@dataclass(frozen=True)
class Done:
    """What became of a task.

    Attributes:
        path: the task's name.
        state: ``WAITING`` if it was stopped before its end.
        steps: what was done, as JSON, or ``""``.
        verdict: what the detector found, as JSON, or ``""``.
        device: that it was restored on, or ``""``.
        seconds: of work for this photo: reading, judging, restoring, writing.
        error: why it failed or needs review.
        pixels: in the photo; 0 if it could not be opened.
        alone: whether it failed for want of memory, or with its device, so that it may succeed alone and on the CPU.
        fatal: whether all others would fail for the same reason: the disk is full, or may no longer be written.
        notes: sentences about what could not be read or kept as it is.
    """

    path: str
    state: State
    steps: str = ""
    verdict: str = ""
    device: str = ""
    seconds: float = 0.0
    error: str = ""
    pixels: int = 0
    alone: bool = False
    fatal: bool = False
    notes: tuple[str, ...] = ()


@dataclass
class Piece:
    """A task on its way between the threads; ``done`` is set as soon as nothing more is to be done for it."""

    task: Task
    photo: Photo | None = None
    steps: Steps = ()
    verdict: str = ""
    device: str = ""
    seconds: float = 0.0
    pixels: int = 0
    notes: tuple[str, ...] = ()
    done: Done | None = None
    started: float = field(default_factory=time.perf_counter)

    def end(self, state: State, error: str = "", *, alone: bool = False, fatal: bool = False) -> None:
        """Set ``done``, and let go of the pixels."""
        self.photo = None
        steps = written(self.steps) if state in (State.RESTORED, State.COPIED) else ""
        self.done = Done(
            self.task.path,
            state,
            steps,
            self.verdict,
            self.device,
            self.seconds,
            error,
            self.pixels,
            alone,
            fatal,
            self.notes,
        )

    def guarded(self, work: Callable[[], None]) -> None:
        """Do ``work`` unless this piece has ended; whatever it raises on purpose ends the piece as failed."""
        if self.done is not None:
            return
        begun = time.perf_counter()
        try:
            work()
        except (DFPIRError, MemoryError, RuntimeError, OSError, ValueError) as error:
            alone = out_of_memory(error) or isinstance(error, DeviceError)
            fatal = _not_writable(error, self.task.staged)
            self.end(State.FAILED, _reason(error, self.task), alone=alone, fatal=fatal)
        self.seconds += time.perf_counter() - begun
        if self.done is not None:
            self.done = replace(self.done, seconds=self.seconds)


def open_and_decide(piece: Piece, treatment: BatchSettings, detector: "Callable[[], Detects]") -> None:
    """Read the photo and decide what to do to it, asking the detector only if that is needed.

    Args:
        piece: of a task.
        treatment: what is done to the photos.
        detector: makes or returns the detector.
    """
    photo = open_photo(piece.task.source, treatment.limits)
    piece.pixels = photo.width * photo.height
    piece.notes = photo.notes
    piece.verdict = piece.task.verdict
    if piece.task.override:
        piece.steps = read(piece.task.override)
    elif treatment.steps is not None:
        piece.steps = treatment.steps
    else:
        piece.verdict = piece.verdict or json.dumps(detector().detect(photo).to_dict())
        choice = decide(json.loads(piece.verdict), treatment)
        if isinstance(choice, str):
            piece.end(State.REVIEW, choice)
            return
        piece.steps = choice
    if not piece.steps and treatment.clean == "leave":
        piece.end(State.LEFT)
        return
    piece.photo = photo


def decide(verdict: dict[str, Any], treatment: BatchSettings) -> Steps | str:
    """The steps that follow from what the detector found, none for a clean photo, or why a person should look."""
    certainty = confidence(verdict)
    if certainty < treatment.threshold:
        return (
            f"The detector is not sure: {verdict['label']} ({certainty:.0%}, and {treatment.threshold:.0%} is asked)."
        )
    group = group_of(verdict)
    if group in treatment.groups:
        return treatment.groups[group]
    return tuple((key, treatment.strength) for key in verdict["steps"])


def confidence(verdict: dict[str, Any]) -> float:
    """The probability of the most probable class, 0 to 1."""
    return float(max(verdict["probabilities"].values()))


def group_of(verdict: dict[str, Any]) -> str:
    """What was found, as one word in the order of the detector's classes: ``"noise+low-light"``, or ``"clean"``."""
    return "+".join(name for name in verdict["probabilities"] if name in verdict["found"]) or "clean"


def restore(
    piece: Piece, treatment: BatchSettings, restorer: Restores, progress: ProgressCallback, cancel: CancelToken
) -> None:
    """Run the network on the photo, if there is anything to remove.

    Raises:
        Cancelled: ``cancel`` was set.
        PhotoError: the time limit of the photo is over.
    """
    from core.inference import Step

    if not piece.steps or piece.photo is None:
        return
    steps = tuple(Step(key, strength) for key, strength in piece.steps)
    seconds, mode = treatment.limits.seconds, treatment.quality_mode
    token = cancel if seconds is None else Deadline(cancel, seconds - piece.seconds)
    try:
        piece.photo = restorer.restore(piece.photo, steps, progress=progress, cancel=token, quality_mode=mode).photo
    except Cancelled as error:
        if cancel.cancelled or seconds is None:
            raise
        raise out_of_time(piece.task.source, seconds) from error
    piece.device = restorer.device


def write(piece: Piece, treatment: BatchSettings) -> None:
    """Write the result under its private name. A clean photo whose format stays is copied byte for byte.

    Raises:
        PhotoError: there is no picture to write, or it cannot be written.
    """
    photo, task = piece.photo, piece.task
    if photo is None:
        raise PhotoError(f"{display_path(task.source)} was lost on the way. Try it again.")
    lossy = format_for(task.staged.suffix, None).key in ("jpeg", "webp", "avif")
    quality = treatment.quality if lossy else None
    lost: list[Message] = []
    if piece.steps:
        photo.save(task.staged, overwrite=True, quality=quality, preview=treatment.preview, notes=lost)
    else:
        copy_unchanged(photo, task.staged, overwrite=True, quality=quality, preview=treatment.preview, notes=lost)
    piece.notes += (*_renamed(photo, task), *lost)
    if treatment.keep_times:
        piece.notes += keep_times(task.source, task.staged)
    piece.end(State.RESTORED if piece.steps else State.COPIED)


def _renamed(photo: Photo, task: Task) -> tuple[str, ...]:
    """A note if the result has another ending than its source, because that does not hold what its own tells."""
    entry, own = FORMATS.get(photo.format or ""), task.source.suffix.lower()
    if entry is None or own not in SUFFIXES or own in entry.suffixes or task.output.suffix not in entry.suffixes:
        return ()
    return (f"It is a {entry.label} file, and the result is called {task.output.name}.",)


def keep_times(source: Path, copy: Path) -> tuple[str, ...]:
    """Give ``copy`` the times of change and access of ``source``. Returns notes, if that cannot be done."""
    try:
        status = source.stat()
        os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError as error:
        return (f"The times of the file could not be kept: {error.strerror or error}.",)
    return ()


def _not_writable(error: BaseException | None, staged: Path) -> bool:
    # A photo that may not be read is no reason to stop; a folder of ours that may not be written is.
    ours = str(staged.parent)
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
            return error.errno in NO_ROOM or str(error.filename).startswith(ours)
        error = error.__cause__
    return False


def _reason(error: BaseException, task: Task) -> str:
    text = str(error) or type(error).__name__
    if isinstance(error, DFPIRError):
        return text.replace(display_path(task.staged), display_path(task.output))
    if isinstance(error, MemoryError):
        return f"There is not enough memory for {display_path(task.source)}. Close other programs, or make it smaller."
    return f"{display_path(task.source)} could not be restored: {text} ({type(error).__name__})."
