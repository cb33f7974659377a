"""What a single photo of a batch may take: memory and time, with nobody there to see to it."""

import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import BatchError, Cancelled, PhotoError
from core.io.os_errors import display_path
from core.photo import Photo
from core.photo.formats.decoded import FLOAT_BYTES, extra_size_check
from core.progress import CancelToken
from core.system.memory import DEFAULT_RATIO, readable_size

_CHANNELS = 3  # bytes of a pixel, 8 bits and RGB
_BLOCK = 8  # the network works on sides that are multiples of this
_SMALL = 16 * 2**20  # bytes of decoded pixels that are taken whatever the size of their file
_LARGE = 256 * 2**20  # bytes of decoded pixels above which a tenth of the ratio is allowed: an empty page is smaller


@dataclass(frozen=True)
class Limits:
    """What a photo may take. One that would take more fails with that reason, and the others go on.

    Attributes:
        memory: bytes for the opened photo; None: half of the memory of the machine.
        ratio: how many times larger than its file a decoded photo may be, counted in 8 bits and RGB; a tenth of it
            above 256 MiB; None: any number.
        seconds: for reading, judging and restoring a photo, without pauses; None: any time.

    Raises:
        BatchError: a number is not positive.
    """

    memory: int | None = None
    ratio: float | None = DEFAULT_RATIO
    seconds: float | None = None

    def __post_init__(self) -> None:
        for value in (self.memory, self.ratio, self.seconds):
            if value is not None and not value > 0:
                raise BatchError(f"A limit of {value} lets no photo through. Choose a larger number, or no limit.")

    def check_size(self, width: int, height: int, name: str, size: int) -> None:
        """Refuse a photo that would take too much memory, before it is decoded.

        Args:
            width: pixels.
            height: pixels.
            name: of the file, for the message.
            size: of the file, bytes.

        Raises:
            PhotoError: it would.
        """
        pixels = (-(-width // _BLOCK) * _BLOCK) * (-(-height // _BLOCK) * _BLOCK)
        needed, most = pixels * (_CHANNELS + FLOAT_BYTES), self.memory or _half_of_all()
        if needed > most:
            raise PhotoError(
                f"{name} has {width} × {height} pixels and takes {readable_size(needed)} of memory; at most "
                f"{readable_size(most)} are set for a photo of a batch. Raise this limit, or make the photo smaller."
            )
        decoded = pixels * _CHANNELS
        if self.ratio is None or decoded <= _SMALL:
            return
        ratio, allowed = decoded / max(size, 1), self.ratio if decoded <= _LARGE else self.ratio / 10
        if ratio > allowed:
            raise PhotoError(
                f"{name} has {size} bytes and claims {width} × {height} pixels, {ratio:.0f} times as much, as no "
                f"photograph has; at most {allowed:.0f} times are set for a batch. If it is sound, raise this limit."
            )


def open_photo(path: Path, limits: Limits) -> Photo:
    """Read a photo within limits; see :func:`core.photo.read_photo`.

    Raises:
        PhotoError: it cannot be read, or would take more than ``limits`` allow.
    """
    if limits.seconds is None:
        return _opened(path, limits)
    # A decoder cannot be interrupted. One that does not end is left behind, and ends with the program at the latest.
    opened: list[Photo | BaseException] = []
    thread = threading.Thread(
        target=lambda: opened.append(_caught(path, limits)), name="dfpir-batch-decoder", daemon=True
    )
    thread.start()
    thread.join(limits.seconds)
    if not opened:
        raise out_of_time(path, limits.seconds)
    (outcome,) = opened
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def out_of_time(path: Path, seconds: float) -> PhotoError:
    """The error for a photo that has taken too long."""
    return PhotoError(
        f"{display_path(path)} took longer than {seconds:g} s, the time limit of a photo, and was given up. "
        "Raise the limit, "
        "or restore it alone."
    )


class Deadline(CancelToken):
    """A token that stops the work when another one does, or when its time is over. Pauses do not count.

    Args:
        cancel: the other token; while it holds the work, time stands still.
        seconds: from now on.
    """

    def __init__(self, cancel: CancelToken, seconds: float) -> None:
        super().__init__()
        self._cancel = cancel
        self._end = time.monotonic() + seconds

    @property
    def over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._end

    @property
    def cancelled(self) -> bool:
        """Whether the work should stop, for either reason."""
        return self._cancel.cancelled or self.over

    def check(self) -> None:
        """Wait while paused; raise :class:`core.errors.Cancelled` if the work should stop."""
        begun = time.monotonic()
        self._cancel.check()
        self._end += time.monotonic() - begun
        if self.over:
            raise Cancelled("The time limit of the photo is over.")


def _opened(path: Path, limits: Limits) -> Photo:
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        size = 0  # opening it says why
    with extra_size_check(lambda width, height, name: limits.check_size(width, height, name, size)):
        return Photo.open(path)


def _caught(path: Path, limits: Limits) -> Photo | BaseException:
    try:
        return _opened(path, limits)
    except BaseException as error:
        return error


@cache
def _half_of_all() -> int:
    import psutil

    return int(psutil.virtual_memory().total // 2)
