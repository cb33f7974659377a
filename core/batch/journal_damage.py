"""Damage of a journal that SQLite itself does not report: checksums of rows, and a log that was cut in its middle."""

import hashlib
import struct
from pathlib import Path
from typing import Any

_HEADER, _FRAME = 32, 24  # bytes, of the log and of a page in it
_MAGIC = (0x377F0682, 0x377F0683)
_WORD = 0xFFFFFFFF
_PAGE, _PAGES = 4096, {1} | {1 << power for power in range(9, 16)}  # 1 stands for 65536


def checksum(values: tuple[Any, ...]) -> str:
    """16 hexadecimal digits that change with any of the values, which are texts, numbers or None."""
    return hashlib.blake2b(repr(values).encode(), digest_size=8).hexdigest()


def damaged_log(journal: Path) -> bool:
    """Whether the write-ahead log beside a journal is damaged before its last change.

    SQLite reads such a log up to the damage and ignores the rest. That is right for the last change, which a power cut
    may have left half written, but would silently take back all changes that follow the damage. The format of the log:
    https://www.sqlite.org/fileformat2.html#the_write_ahead_log

    Args:
        journal: the file of the journal; neither it nor the log need be there.
    """
    # A running program may be writing the log at this moment: only what is seen twice is there.
    return _cut(*_contents(journal)) and _cut(*_contents(journal))


def _contents(journal: Path) -> tuple[bytes, int]:
    """The log, and the bytes of a page."""
    try:
        data = journal.with_name(f"{journal.name}-wal").read_bytes()
        with journal.open("rb") as file:
            page = int.from_bytes(file.read(18)[16:], "big")
    except OSError:
        return b"", _PAGE
    return data, {1: 65536}.get(page, page) if page in _PAGES else _PAGE


def _cut(data: bytes, page: int) -> bool:
    frames = range(_HEADER, len(data) - _FRAME - page + 1, _FRAME + page)
    if not frames:
        return False
    magic = struct.unpack_from(">I", data)[0]
    order = ">" if magic & 1 else "<"
    state = _summed(order, data[:24], (0, 0))
    sound = magic in _MAGIC and state == struct.unpack_from(">II", data, 24)
    salts = data[16:24] if sound else data[_HEADER + 8 : _HEADER + 16]
    ours = [at for at in frames if data[at + 8 : at + 16] == salts]  # what follows is of an earlier round
    # Frames that end a change carry the size of the file after it.
    ends = [at for at in ours if data[at + 4 : at + 8] != bytes(4)]
    if not sound:
        return len(ends) > 1  # the head was flushed with the first change, so that it was whole with the second
    for at in frames[: frames.index(ours[-1]) + 1] if ours else ():
        state = _summed(order, data[at : at + 8], state)
        state = _summed(order, data[at + _FRAME : at + _FRAME + page], state)
        if data[at + 8 : at + 16] != salts or state != struct.unpack_from(">II", data, at + 16):
            return next((end for end in ends if end >= at), ours[-1]) < ours[-1]
    return False


def _summed(order: str, data: bytes, state: tuple[int, int]) -> tuple[int, int]:
    first, second = state
    for even, odd in struct.iter_unpack(f"{order}II", data):
        first = (first + even + second) & _WORD
        second = (second + odd + first) & _WORD
    return first, second
