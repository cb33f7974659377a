"""Memory and time that a single photo of an unattended batch may take."""

import threading
import time
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from core.errors import BatchError, Cancelled, PhotoError
from core.io.os_errors import display_path
from core.messages import message
from core.photo import Photo
from core.photo.formats.decoded import FLOAT_BYTES, extra_size_check
from core.progress import CancelToken
from core.system.memory import DEFAULT_RATIO, readable_size

_BYTES_PER_PIXEL = 3  # 8 bits, RGB
_BLOCK = 8  # the network works on sides that are multiples of this
_ALWAYS_ALLOWED = 16 * 2**20  # bytes of decoded pixels that are allowed whatever the size of their file
_LARGE = 256 * 2**20  # bytes of decoded pixels above which a tenth of the ratio is allowed: an empty page is smaller


@dataclass(frozen=True)
class Limits:
    """What a photo may take. One that would take more fails with that reason, and the run continues.

    Attributes:
        memory: bytes for the opened photo; None: half of the machine's memory.
        ratio: how many times larger than its file a decoded photo may be, counted in 8 bits and RGB; a tenth of it
            above 256 MiB; None: no limit.
        seconds: for reading, detecting and restoring a photo, without pauses; None: no limit.

    Raises:
        BatchError: a number is not positive.
    """

    memory: int | None = None
    ratio: float | None = DEFAULT_RATIO
    seconds: float | None = None

    def __post_init__(self) -> None:
        for value in (self.memory, self.ratio, self.seconds):
            if value is not None and not value > 0:
                raise BatchError(
                    message("A limit of {value} rejects every photo. Choose a larger number, or no limit.", value=value)
                )

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
        needed, allowed = pixels * (_BYTES_PER_PIXEL + FLOAT_BYTES), self.memory or _half_of_memory()
        if needed > allowed:
            raise PhotoError(
                message(
                    "{file} has {width} × {height} pixels and takes {size} of memory; the limit for a photo of a batch "
                    "is {limit}. Raise this limit, or make the photo smaller.",
                    file=name,
                    width=width,
                    height=height,
                    size=readable_size(needed),
                    limit=readable_size(allowed),
                )
            )
        decoded = pixels * _BYTES_PER_PIXEL
        if self.ratio is None or decoded <= _ALWAYS_ALLOWED:
            return
        ratio, allowed_ratio = decoded / max(size, 1), self.ratio if decoded <= _LARGE else self.ratio / 10
        if ratio > allowed_ratio:
            raise PhotoError(
                message(
                    "{file} has {size} bytes but claims {width} × {height} pixels, {ratio:.0f} times as many bytes, as "
                    "no photograph has; the limit for a batch is {limit:.0f} times. If the file is sound, raise this "
                    "limit.",
                    file=name,
                    size=size,
                    width=width,
                    height=height,
                    ratio=ratio,
                    limit=allowed_ratio,
                )
            )


def open_photo(path: Path, limits: Limits) -> Photo:
    """Read a photo within limits; see :func:`core.photo.read_photo`.

    Raises:
        PhotoError: it cannot be read, or would take more than ``limits`` allow.
    """
    if limits.seconds is None:
        return _open(path, limits)
    # A decoder cannot be interrupted. One that does not end is abandoned; it ends with the program at the latest.
    outcomes: list[Photo | BaseException] = []
    thread = threading.Thread(
        target=lambda: outcomes.append(_open_or_error(path, limits)), name="dfpir-batch-decoder", daemon=True
    )
    thread.start()
    thread.join(limits.seconds)
    if not outcomes:
        raise time_limit_error(path, limits.seconds)
    (outcome,) = outcomes
    if isinstance(outcome, BaseException):
        raise outcome
    return outcome


def time_limit_error(path: Path, seconds: float) -> PhotoError:
    """The error for a photo that has taken too long."""
    return PhotoError(
        message(
            "{file} took longer than {seconds:g} s, the time limit of a photo, and was stopped. Raise the limit, or "
            "restore it alone.",
            file=display_path(path),
            seconds=seconds,
        )
    )


class Deadline(CancelToken):
    """A token that stops the work when another token does, or when its time is over. Pauses do not count.

    Args:
        cancel: the other token; time stands still while it pauses the work.
        seconds: from now on.
    """

    def __init__(self, cancel: CancelToken, seconds: float) -> None:
        super().__init__()
        self._cancel = cancel
        self._end = time.monotonic() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is over."""
        return time.monotonic() > self._end

    @property
    def cancelled(self) -> bool:
        """Whether the work should stop, for either reason."""
        return self._cancel.cancelled or self.is_over

    def check(self) -> None:
        """Wait while paused; raise :class:`core.errors.Cancelled` if the work should stop."""
        begun = time.monotonic()
        self._cancel.check()
        self._end += time.monotonic() - begun
        if self.is_over:
            raise Cancelled(message("The time limit of the photo is over."))


def _open(path: Path, limits: Limits) -> Photo:
    try:
        size = path.stat().st_size
    except (OSError, ValueError):
        size = 0  # opening it gives the reason
    with extra_size_check(lambda width, height, name: limits.check_size(width, height, name, size)):
        return Photo.open(path)


def _open_or_error(path: Path, limits: Limits) -> Photo | BaseException:
    try:
        return _open(path, limits)
    except BaseException as error:
        return error


@cache
def _half_of_memory() -> int:
    import psutil

    return int(psutil.virtual_memory().total // 2)
