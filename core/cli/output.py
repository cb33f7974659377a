"""Output of the commands: whole lines that are safe for a terminal.

A command continues when its output cannot be written (a closed pipe, a full disk); see :func:`is_lost`.
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
from pathlib import Path
from typing import Any, NoReturn, TextIO

from core.errors import TextEncoderMissing

LOST = 141
"""Exit code of a command whose output, its only result, cannot be written: 128 + SIGPIPE, as in shells."""

_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Control characters, line separators, marks that change the writing direction, and bytes that are not text."""


def printable(text: str) -> str:
    r"""``text`` as one line without control sequences: unsafe characters are written as ``\x1b`` or ``\u202e``.

    File names, model cards and recipes may come from untrusted sources.
    """
    return _UNSAFE.sub(_escaped, text)


def json_line(record: Mapping[str, Any]) -> str:
    """One JSON object as one line without control sequences. Bytes of file names that are not text are surrogates."""
    line = json.dumps(record, ensure_ascii=False)
    try:
        line.encode(getattr(sys.stdout, "encoding", None) or "utf-8", "surrogatepass")
    except UnicodeEncodeError:
        return json.dumps(record)
    return _UNSAFE.sub(lambda match: f"\\u{ord(match[0]):04x}", line)


def print_line(text: str = "") -> None:
    """Write one line to standard output."""
    print(printable(text), flush=True)


def print_json(record: Mapping[str, Any]) -> None:
    """Write one JSON object, in one line, to standard output."""
    print(json_line(record), flush=True)


def warn(text: object) -> None:
    """Write one line to standard error, beginning with the program's name."""
    print(printable(f"dfpir: {text}"), file=sys.stderr, flush=True)


def error_text(error: Exception) -> str:
    """The text of an error, with the options that resolve it."""
    if isinstance(error, TextEncoderMissing):
        return (
            f"{error} --download-text-encoder allows the download; --text-encoder FILE names the file if it is "
            "stored elsewhere."
        )
    return str(error)


def with_file(text: str, file: str, *others: str) -> str:
    """The text of an error, preceded by ``file`` unless it names this file or one of the others.

    Errors of the network, such as too little memory, do not know which photo they are about.
    """
    is_named = any(Path(path).name in text for path in (file, *others) if path)
    return text if is_named else f"{file}: {text}"


def is_lost() -> bool:
    """Whether standard output could not be written; a command without other results may stop."""
    return isinstance(sys.stdout, _Stream) and sys.stdout.lost is not None


def progress_bar(**options: Any) -> Any:
    """A progress bar of tqdm on standard error, if that is a terminal."""
    from tqdm import tqdm

    return tqdm(leave=False, disable=None, file=sys.stderr, **options)


def time_left(seconds: float | None) -> str:
    """An estimated remaining time, e.g. ``"1:05 left"``; empty if it is unknown."""
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02} left" if hours else f"{minutes}:{rest:02} left"


@contextlib.contextmanager
def prepared() -> Iterator[None]:
    """Make writing to the standard streams safe within the block: it never fails.

    Characters that their encoding lacks are written as escapes. The file descriptor of a closed stream is opened on the
    null device; otherwise the next opened file would get it, and with it what libraries print.
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
            warn(f"the output could not be written: {lost.strerror}.")
        sys.stdout, sys.stderr = before


class Parser(argparse.ArgumentParser):
    """An argument parser whose error messages are safe for a terminal."""

    def error(self, message: str) -> NoReturn:
        """Write usage and message to standard error, and exit with 2."""
        super().error(printable(message))


class _Stream(io.TextIOBase):
    """A text stream that accepts all text: what the underlying stream cannot write is escaped or discarded.

    Attributes:
        lost: the error since which text is discarded, or None.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.lost: OSError | None = None

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """Encoding of the underlying stream."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write the text; return its length."""
        if self._stream is not None and self.lost is None:
            with self._discarding_on_error():
                self._stream.write(text.encode(self.encoding, "backslashreplace").decode(self.encoding))
        return len(text)

    def flush(self) -> None:
        """Write buffered text."""
        if self._stream is not None and self.lost is None:
            with self._discarding_on_error():
                self._stream.flush()

    def isatty(self) -> bool:
        """Whether the stream is a terminal."""
        return self._stream is not None and self.lost is None and self._stream.isatty()

    def fileno(self) -> int:
        """File descriptor of the underlying stream."""
        if self._stream is None:
            raise io.UnsupportedOperation("the stream is closed")
        return self._stream.fileno()

    @contextlib.contextmanager
    def _discarding_on_error(self) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError) as error:  # ValueError: it is closed
            self.lost = error if isinstance(error, OSError) else OSError(errno.EBADF, os.strerror(errno.EBADF))
            self._silence()

    def _silence(self) -> None:
        """Discard buffered text; otherwise Python would report the error again at exit."""
        with contextlib.suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            try:
                os.dup2(null, self.fileno())
            finally:
                os.close(null)


def _escaped(match: re.Match[str]) -> str:
    code = ord(match[0])
    if 0xDC80 <= code <= 0xDCFF:  # a byte that is not text, as Python represents it in a file name
        code -= 0xDC00
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
