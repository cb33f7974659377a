"""What the commands write: whole lines that are safe for a terminal, also where nobody takes them any more.

The work of a command goes on when its output cannot be written (a closed pipe, a full disk); :func:`is_lost` tells.
"""

import argparse
import contextlib
import errno
import io
import json
import os
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any, NoReturn, TextIO

from core.errors import TextEncoderMissing

LOST = 141
"""Exit code of a command whose result is its output, when that cannot be written: 128 + SIGPIPE, as in shells."""

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Control characters, line separators, what changes the direction of writing, and bytes that are no text."""


def printable(text: str) -> str:
    r"""``text`` in one line that has no effect on a terminal: what would have one is written as ``\x1b`` or ``\u202e``.

    Names of files, the texts of model cards and the fields of recipes come from strangers.
    """
    return _UNSAFE.sub(_escaped, text)


def json_line(record: Mapping[str, Any]) -> str:
    """One JSON object in one line that has no effect on a terminal. Bytes of names that are no text are surrogates."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode(getattr(sys.stdout, "encoding", None) or "utf-8", "surrogatepass")
    except UnicodeEncodeError:
        return json.dumps(record)
    return _UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", line)


def say(text: str = "") -> None:
    """Write one line to standard output."""
    print(printable(text), flush=True)


def say_json(record: Mapping[str, Any]) -> None:
    """Write one JSON object, in one line, to standard output."""
    print(json_line(record), flush=True)


def complain(text: object) -> None:
    """Write one line to standard error, beginning with the program's name."""
    print(printable(f"dfpir: {text}"), file=sys.stderr, flush=True)


def explained(error: Exception) -> str:
    """An error in words, with the options that help."""
    if isinstance(error, TextEncoderMissing):
        return (
            f"{error} --download-text-encoder allows the download; --text-encoder FILE names the file where it lies "
            "elsewhere."
        )
    return str(error)


def is_lost() -> bool:
    """Whether standard output could not be written; a command whose result it is need not go on."""
    return isinstance(sys.stdout, _Stream) and sys.stdout.lost is not None


def progress_bar(**options: Any) -> Any:
    """A bar of tqdm on standard error; none where that is no terminal."""
    from tqdm import tqdm

    return tqdm(leave=False, disable=None, file=sys.stderr, **options)


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """Make the standard streams ready for a command while the block runs: writing to them never fails.

    Characters that their encoding lacks are written as escapes. Where a stream was closed by whoever started the
    program its number is occupied, or else the next file that is opened would get it, and what libraries print.
    """
    for number in (0, 1, 2):
        try:
            os.fstat(number)
        except OSError:
            with contextlib.suppress(OSError):
                os.set_inheritable(os.open(os.devnull, os.O_RDWR), True)
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream(sys.stdout), _Stream(sys.stderr)
    try:
        yield
    finally:
        lost = sys.stdout.lost if isinstance(sys.stdout, _Stream) else None
        if lost is not None and lost.errno != errno.EPIPE:
            complain(f"the output could not be written: {lost.strerror}.")
        sys.stdout, sys.stderr = before


class Parser(argparse.ArgumentParser):
    """A parser whose messages are safe for a terminal."""

    def error(self, message: str) -> NoReturn:
        """Write usage and message to standard error, and end the program with 2."""
        super().error(printable(message))


class _Stream(io.TextIOBase):
    """A text stream that takes everything: what the one below it cannot write is escaped, or lost.

    Attributes:
        lost: the error after which nothing was written any more, or None.
    """

    def __init__(self, below: TextIO | None) -> None:
        self._below = below
        self.lost: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Of the stream below."""
        return getattr(self._below, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write, and give the number of characters that were taken: all."""
        if self._below is not None and self.lost is None:
            with self._losing():
                self._below.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        """Hand on what waits in buffers."""
        if self._below is not None and self.lost is None:
            with self._losing():
                self._below.flush()

    def isatty(self) -> bool:
        """Whether there is a terminal."""
        return self._below is not None and self.lost is None and self._below.isatty()

    def fileno(self) -> int:
        """Number of the stream below."""
        if self._below is None:
            raise io.UnsupportedOperation("the stream is closed")
        return self._below.fileno()

    @contextlib.contextmanager
    def _losing(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # ValueError: it is closed
            self.lost = error if isinstance(error, OSError) else OSError(errno.EBADF, os.strerror(errno.EBADF))
            self._silence()

    def _silence(self) -> None:
        """Let what waits in the buffer go nowhere, or Python would complain of it once more at its end."""
        with contextlib.suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(nowhere, self.fileno())
            finally:
                os.close(nowhere)


def _escaped(found: re.Match[str]) -> str:
    code = ord(found[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is no text, as Python keeps it in a name
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
