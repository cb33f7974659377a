"""Maker notes: metadata that a camera's maker stores in EXIF in a private format.

Most are TIFF directories. Some count their offsets from their own start and can be moved freely; others count from the
start of the structure around them, so their offsets must be corrected when they are moved. The offsets themselves show
which is the case, since values follow their directory.
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
_STARTS = (0, 8, 12, 10, 6)  # of the directory, after a signature such as "SONY DSC "
_MAX_FIELDS = 512
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_MAX_GAP = 8  # bytes between a directory and its first value


def move(note: bytes, before: int, after: int, order: str, same_order: bool = True) -> bytes | None:
    """Correct the offsets in a maker note for another position in the structure around it.

    Args:
        note: its bytes.
        before: its old position, in bytes from the start of the structure.
        after: its new position.
        order: "<" or ">", the byte order of the structure that it comes from.
        same_order: whether the new structure has the same one.

    Returns:
        The note; None if its offsets cannot be corrected.
    """
    if note.startswith(_SELF_CONTAINED):
        return note
    directories = 0
    for start in _STARTS:
        note_order = {b"II": "<", b"MM": ">"}.get(note[start - 2 : start], order) if start else order
        directory = _values(note, start, note_order)
        if directory is None:
            continue
        directories += 1
        if not same_order:
            return None
        end, values = directory
        if not values:
            return note
        first = min(offset for _, offset, _ in values)
        last = max(offset + size for _, offset, size in values)
        if 0 <= first - end <= _MAX_GAP and last <= len(note):
            return note
        if 0 <= first - before - end <= _MAX_GAP and last <= before + len(note):
            return _shift(note, values, note_order, before, after)
    return None if directories else note  # no directory, no offsets


def _values(note: bytes, start: int, order: str) -> tuple[int, list[tuple[int, int, int]]] | None:
    """Read the directory at ``start``; None if there is none.

    Returns:
        Its end, and (position of the offset, offset, size) of each value outside it.
    """
    try:
        (count,) = struct.unpack_from(order + "H", note, start)
        end = start + 2 + 12 * count
        if not 1 <= count <= _MAX_FIELDS or end > len(note):
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


def _shift(note: bytes, values: list[tuple[int, int, int]], order: str, before: int, after: int) -> bytes:
    data = bytearray(note)
    for at, offset, _ in values:
        struct.pack_into(order + "I", data, at, offset - before + after)
    footer = note[-8:-4]  # Canon's notes end with their own position
    if footer in (b"II*\x00", b"MM\x00*") and struct.unpack(order + "I", note[-4:])[0] == before:
        struct.pack_into(order + "I", data, len(data) - 4, after)
    return bytes(data)
