"""One photo on its way through a worker: the job, its result, and the decisions in between."""

import contextlib
import errno
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from core.batch.kept_pixels import KeptPixels, differs_in_strength, pixels_beside, scaled_result, write_pixels
from core.batch.limits import Deadline, open_photo, time_limit_error
from core.batch.rows import State
from core.batch.settings import BatchSettings, Steps, steps_for_batch
from core.batch.verdict import verdict_from_json, verdict_to_json
from core.errors import Cancelled, DeviceError, DFPIRError, PhotoError
from core.io.os_errors import display_path
from core.messages import Message, message, verbatim
from core.photo import Photo
from core.photo.formats import FORMATS, SUFFIXES, format_for
from core.photo.output_options import write_with_options
from core.photo.transform import transformed
from core.photo.writing import copy_unchanged
from core.progress import CancelToken, ProgressCallback
from core.system.memory import out_of_memory

if TYPE_CHECKING:
    from core.detection import Detection
    from core.inference import RestorationResult

DISK_FULL = (errno.ENOSPC, errno.EDQUOT)
"""What systems report when a disk, or a user's quota on it, is full."""

_NOT_WRITABLE = (*DISK_FULL, errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOENT)


class PhotoRestorer(Protocol):
    """What a worker needs of a :class:`core.inference.Restorer`."""

    @property
    def device(self) -> str:
        """Name of the torch device."""

    def restore(
        self,
        photo: Photo,
        steps: Steps,
        *,
        progress: ProgressCallback,
        cancel: CancelToken | None,
        quality_mode: str | None,
    ) -> "RestorationResult":
        """Restore one photo."""


class PhotoDetector(Protocol):
    """What a worker needs of a :class:`core.detection.Detector`."""

    def detect(self, photo: Photo) -> "Detection":
        """Detect the degradations of one photo."""


@dataclass(frozen=True)
class Job:
    """One photo to be worked on. Plain values that can be sent to other processes.

    Attributes:
        path: of the photo within the source, with slashes; identifies the job.
        source: the photo's file.
        staged: where the complete result is to be written: a private name with the right ending.
        output: the result's final name, for messages.
        verdict: what the detector found earlier, as JSON, or ``""``.
        override: steps for this photo alone, or None.
        kept: an earlier result, from which that of ``override`` follows without the network; or None.
    """

    path: str
    source: Path
    staged: Path
    output: Path
    verdict: str = ""
    override: Steps | None = None
    kept: KeptPixels | None = None


@dataclass(frozen=True)
class JobResult:
    """The outcome of a job.

    Attributes:
        path: the job's.
        state: ``WAITING`` if the job was stopped.
        steps: that were done, or None.
        verdict: what the detector found, as JSON, or ``""``.
        device: that the photo was restored on, or ``""``.
        seconds: of work for this photo: reading, detecting, restoring, writing.
        error: why it failed or needs review.
        pixels: of the photo; 0 if it could not be opened.
        retry_alone: whether memory or the device failed, so that it may succeed alone and on the CPU.
        fatal: whether all other jobs would fail for the same reason: the disk is full or not writable any more.
        notes: about what could not be read or preserved.
        warnings: why the result may be worse than the photo.
        suggested: steps that do less harm, or None.
    """

    path: str
    state: State
    steps: Steps | None = None
    verdict: str = ""
    device: str = ""
    seconds: float = 0.0
    error: Message | None = None
    pixels: int = 0
    retry_alone: bool = False
    fatal: bool = False
    notes: tuple[str, ...] = ()
    warnings: tuple[Message, ...] = ()
    suggested: Steps | None = None


@dataclass
class RunningJob:
    """A job that is passed between the threads; ``result`` is set as soon as nothing more has to be done for it.

    ``proposed`` is the detection that the steps are from, None if they are the user's.
    ``withheld`` says why the user is to decide on the result before it gets its name; None if that is not needed.
    """

    job: Job
    photo: Photo | None = None
    steps: Steps = ()
    verdict: str = ""
    device: str = ""
    seconds: float = 0.0
    pixels: int = 0
    notes: tuple[str, ...] = ()
    warnings: tuple[Message, ...] = ()
    suggested: Steps | None = None
    proposed: "Detection | None" = None
    withheld: Message | None = None
    result: JobResult | None = None

    def end(
        self, state: State, error: Message | None = None, *, retry_alone: bool = False, fatal: bool = False
    ) -> None:
        """Set ``result``, and free the pixels."""
        self.photo = None
        self.result = JobResult(
            path=self.job.path,
            state=state,
            steps=self.steps if state.has_result or (state is State.REVIEW and self.warnings) else None,
            verdict=self.verdict,
            device=self.device,
            seconds=self.seconds,
            error=error,
            pixels=self.pixels,
            retry_alone=retry_alone,
            fatal=fatal,
            notes=self.notes,
            warnings=self.warnings,
            suggested=self.suggested,
        )

    def do(self, work: Callable[[], None]) -> None:
        """Do ``work`` unless the job has ended; an error that a photo can cause ends the job as failed."""
        if self.result is not None:
            return
        begun = time.perf_counter()
        try:
            work()
        except (DFPIRError, MemoryError, RuntimeError, OSError, ValueError) as error:
            retry_alone = out_of_memory(error) or isinstance(error, DeviceError)
            fatal = _is_not_writable(error, self.job.staged)
            self.end(State.FAILED, _reason(error, self.job), retry_alone=retry_alone, fatal=fatal)
        self.seconds += time.perf_counter() - begun
        if self.result is not None:
            self.result = replace(self.result, seconds=self.seconds)


def open_and_decide(running: RunningJob, settings: BatchSettings, detector: Callable[[], PhotoDetector]) -> None:
    """Read the photo and decide what to do to it; the detector is used only if that is needed.

    Args:
        running: the job.
        settings: what is done to the photos.
        detector: creates or returns the detector.
    """
    job = running.job
    photo = open_photo(job.source, settings.limits)
    running.pixels = photo.width * photo.height
    running.notes = photo.notes
    running.verdict = job.verdict
    if job.override is not None:
        running.steps = job.override
    elif settings.steps is not None:
        running.steps = settings.steps
    else:
        running.verdict = running.verdict or verdict_to_json(detector().detect(photo))
        verdict = verdict_from_json(running.verdict)
        steps = settings.steps_for(verdict)
        if steps is None:
            running.end(State.REVIEW, settings.review_reason(verdict))
            return
        running.steps = steps
        running.proposed = None if verdict.group in settings.groups else verdict.detection
    running.steps, left_out = steps_for_batch(running.steps)
    running.notes = (*running.notes, *left_out)
    if not running.steps and settings.clean == "leave":
        running.end(State.LEFT)
        return
    running.photo = photo
    if running.steps:  # a photo that is copied stays as it is
        geometry, note = settings.geometry_for(photo.width, photo.height)
        running.notes += () if note is None else (note,)
        running.photo = transformed(photo, geometry)


def restore(
    running: RunningJob,
    settings: BatchSettings,
    restorer: PhotoRestorer,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> None:
    """Run the network on the photo, if there is anything to remove; with less strength where it needs less.

    Raises:
        Cancelled: ``cancel`` was set.
        PhotoError: the time limit of the photo was exceeded.
    """
    if not running.steps or running.photo is None:
        return
    if running.job.kept is not None and _follow_from_kept(running, running.job.kept, settings):
        return
    seconds, mode = settings.limits.seconds, settings.quality_mode
    token = cancel if seconds is None else Deadline(cancel, seconds - running.seconds)
    try:
        _limit_strengths(running, restorer, token)
        result = restorer.restore(running.photo, running.steps, progress=progress, cancel=token, quality_mode=mode)
    except Cancelled as error:
        if cancel.cancelled or seconds is None:
            raise
        raise time_limit_error(running.job.source, seconds) from error
    source, running.photo = running.photo, result.photo
    running.device = restorer.device
    running.notes = (*running.notes, *result.notes)
    _judge(running, source, settings)


def _follow_from_kept(running: RunningJob, kept: KeptPixels, settings: BatchSettings) -> bool:
    """Take another strength of a kept result; return whether that was possible."""
    source = running.photo
    assert source is not None
    result = scaled_result(source, kept, running.steps[0].strength)
    if result is None:
        return False
    running.photo, running.device = result, kept.device
    _judge(running, source, settings)
    return True


def _limit_strengths(running: RunningJob, restorer: PhotoRestorer, cancel: CancelToken) -> None:
    """Take the strengths that the photo needs if the steps are those that the detector proposes."""
    if running.proposed is None or running.photo is None:
        return
    from core.quality import propose_strengths, strength_note

    detection = propose_strengths(running.proposed, running.photo, restorer, cancel, steps=running.steps)
    limited = detection.limit(running.steps)
    if limited != running.steps:
        running.steps = limited
        running.notes = (*running.notes, *filter(None, [strength_note(detection)]))


def _judge(running: RunningJob, source: Photo, settings: BatchSettings) -> None:
    """Note the harm that the restoration may have done, and whether the user is to decide on it."""
    from core.quality import quality_report  # OpenCV and scikit-image are not needed where nothing is restored

    assert running.photo is not None
    report = quality_report(source, running.photo, running.steps)
    running.warnings = report.warnings
    running.suggested = None if report.remedy is None else report.remedy.steps
    if report.warnings and settings.review_harm and running.job.override is None:
        others = [harm.problem for harm in report.harms[:-1]]  # all have the same advice
        running.withheld = message(
            "The result may be worse than the photo, so it was not written: {warnings}",
            warnings=[*others, report.warnings[-1]],
        )


def write(running: RunningJob, settings: BatchSettings) -> None:
    """Write the result under its private name. A clean photo that keeps its format is copied byte for byte, unless the
    settings ask for another size, colour space, depth or metadata.

    A result that is withheld for review is written as well, to be looked at; if that fails, it can be computed again.

    Raises:
        PhotoError: there is no image to write, or it cannot be written.
    """
    if running.withheld is None:
        _write(running, settings)
        running.end(State.RESTORED if running.steps else State.COPIED)
        return
    try:
        _write(running, settings)
    except (PhotoError, OSError, MemoryError):
        running.job.staged.unlink(missing_ok=True)
    if differs_in_strength(running.steps, running.suggested) and running.photo is not None:
        with contextlib.suppress(OSError, MemoryError):
            write_pixels(running.photo, pixels_beside(running.job.staged))
    running.end(State.REVIEW, running.withheld)


def _write(running: RunningJob, settings: BatchSettings) -> None:
    photo, job = running.photo, running.job
    if photo is None:
        raise PhotoError(
            message(
                "Internal error: there is no image to write for {file}. Please retry.", file=display_path(job.source)
            )
        )
    lossy = format_for(job.staged.suffix, None).key in ("jpeg", "webp", "avif")
    quality = settings.quality if lossy else None
    notes: list[Message] = []
    if running.steps or settings.output.to_dict():
        write_with_options(
            photo, job.staged, settings.output, overwrite=True, quality=quality, preview=settings.preview, notes=notes
        )
    else:
        copy_unchanged(photo, job.staged, overwrite=True, quality=quality, preview=settings.preview, notes=notes)
    running.notes += (*_ending_notes(photo, job), *notes)
    if settings.keep_times:
        running.notes += keep_times(job.source, job.staged)


def _ending_notes(photo: Photo, job: Job) -> tuple[Message, ...]:
    """A note if the result has another ending than its source, because that one belongs to another format."""
    entry, own = FORMATS.get(photo.format or ""), job.source.suffix.lower()
    if entry is None or own not in SUFFIXES or own in entry.suffixes or job.output.suffix not in entry.suffixes:
        return ()
    return (
        message(
            "The file is in {format} format, so the result is named {name}.", format=entry.label, name=job.output.name
        ),
    )


def keep_times(source: Path, copy: Path) -> tuple[Message, ...]:
    """Give ``copy`` the modification and access times of ``source``. Returns notes if that is not possible."""
    try:
        status = source.stat()
        os.utime(copy, ns=(status.st_atime_ns, status.st_mtime_ns))
    except OSError as error:
        reason = error.strerror or str(error)
        return (message("The times of the file could not be kept: {reason}.", reason=reason),)
    return ()


def _is_not_writable(error: BaseException | None, staged: Path) -> bool:
    # A photo that cannot be read is no reason to stop the run; a folder of ours that is missing or read-only is.
    own_folder = str(staged.parent)
    while error is not None:
        if isinstance(error, OSError) and error.errno in _NOT_WRITABLE:
            return error.errno in DISK_FULL or str(error.filename).startswith(own_folder)
        error = error.__cause__
    return False


def _reason(error: BaseException, job: Job) -> Message:
    if isinstance(error, DFPIRError):
        text = error.message or verbatim(type(error).__name__)
        return _with_replaced_name(text, display_path(job.staged), display_path(job.output))
    if isinstance(error, MemoryError):
        return message(
            "There is not enough memory for {file}. Close other programs, or make the photo smaller.",
            file=display_path(job.source),
        )
    return message(
        "{file} could not be restored: {reason} ({kind}).",
        file=display_path(job.source),
        reason=str(error) or type(error).__name__,
        kind=type(error).__name__,
    )


def _with_replaced_name(text: Message, name: str, replacement: str) -> Message:
    """The message with another file name in its parameters."""

    def replaced(value: Any) -> Any:
        if isinstance(value, Message):
            return _with_replaced_name(value, name, replacement)
        if isinstance(value, list | tuple):
            return [replaced(item) for item in value]
        return value.replace(name, replacement) if isinstance(value, str) else value

    return Message(text.template, {key: replaced(value) for key, value in text.parameters.items()})
