"""Maker notes: what a camera's maker adds to EXIF in a form of its own.

Most are directories of the TIFF kind. Some count their offsets from their own start and can lie anywhere; others count
from the start of the structure around them and have to be corrected where they are moved. Which is the case is told by
the offsets themselves, since values follow their directory.
"""

import struct

MAKER_NOTE = 37500
_SELF_CONTAINED = (
    b"Nikon\x00\x02",
    b"OLYMPUS\x00",
    b"OM SYSTEM\x00",
    b"FUJIFILM",
    b"Apple iOS\x00",
    b"PENTAX \x00",
    b"HDRP",
)
_STARTS = (0, 8, 12, 10, 6)  # of the directory, behind a signature such as "SONY DSC "
_MOST_FIELDS = 512
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_GAP = 8  # most bytes between a directory and its first value


def moved(note: bytes, before: int, after: int, order: str, same_order: bool = True) -> bytes | None:
    """A maker note for another place in the structure around it; None if its offsets cannot be kept right.

    Args:
        note: its bytes.
        before: where it lay, in bytes from the start of the structure.
        after: where it will lie.
        order: "<" or ">", the byte order of the structure that it comes from.
        same_order: whether the new structure has the same one.
    """
    if note.startswith(_SELF_CONTAINED):
        return note
    directories = 0
    for start in _STARTS:
        own = {b"II": "<", b"MM": ">"}.get(note[start - 2 : start], order) if start else order
        found = _values(note, start, own)
        if found is None:
            continue
        directories += 1
        if not same_order:
            return None
        end, values = found
        if not values:
            return note
        first = min(offset for _, offset, _ in values)
        last = max(offset + size for _, offset, size in values)
        if 0 <= first - end <= _GAP and last <= len(note):
            return note
        if 0 <= first - before - end <= _GAP and last <= before + len(note):
            return _shifted(note, values, own, before, after)
    return None if directories else note  # no directory, no offsets


def _values(note: bytes, start: int, order: str) -> tuple[int, list[tuple[int, int, int]]] | None:
    """The end of a directory, and (place of the offset, offset, size) of each value outside it; None if it is none."""
    try:
        (count,) = struct.unpack_from(order + "H", note, start)
        end = start + 2 + 12 * count
        if not 1 <= count <= _MOST_FIELDS or end > len(note):
            return None
        values = []
        for at in range(start + 2, end, 12):
            _, kind, number, offset = struct.unpack_from(order + "HHII", note, at)
            if kind not in _SIZES:
                return None
            if (size := _SIZES[kind] * number) > 4:
                values.append((at + 8, offset, size))
    except struct.error:
        return None
    return end, values


def _shifted(note: bytes, values: list[tuple[int, int, int]], order: str, before: int, after: int) -> bytes:
    data = bytearray(note)
    for at, offset, _ in values:
        struct.pack_into(order + "I", data, at, offset - before + after)
    footer = note[-8:-4]  # where Canon's notes say where they lay
    if footer in (b"II*\x00", b"MM\x00*") and struct.unpack(order + "I", note[-4:])[0] == before:
        struct.pack_into(order + "I", data, len(data) - 4, after)
    return bytes(data)
