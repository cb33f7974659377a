"""The frame and the scans of a JPEG: how its pixels are coded, and whether all of them are there (ITU-T T.81)."""

from collections.abc import Iterator
from dataclasses import dataclass

END = b"\xff\xd9"
"""The marker at the end of every JPEG."""

_START_OF_SCAN = 0xDA
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_WITHOUT_LENGTH = frozenset({0x01, *range(0xD0, 0xD9)})
_LOSSLESS = frozenset({0xC3, 0xC7, 0xCB, 0xCF})
_COEFFICIENTS = 64


@dataclass(frozen=True)
class Frame:
    """The header of a frame.

    Attributes:
        marker: second byte of its marker, which tells the process: 0xC0 baseline, 0xC2 progressive, and so on.
        precision: bits per channel.
        components: the channels' identifiers.
    """

    marker: int
    precision: int
    components: tuple[int, ...]

    @property
    def is_lossless(self) -> bool:
        """Whether it is of the lossless process, which has little in common with other JPEG."""
        return self.marker in _LOSSLESS


def frame(data: bytes) -> Frame | None:
    """The header of the first frame; None if there is none."""
    for marker, at, end in _segments(data):
        if marker in _FRAMES and at + 6 <= end:
            count = data[at + 5]
            return Frame(marker, data[at], tuple(data[at + 6 : min(at + 6 + 3 * count, end) : 3]))
    return None


def has_all_scans(data: bytes) -> bool:
    """Whether there are scans for every bit of every coefficient: what a file without end marker must be asked."""
    header = frame(data)
    if header is None:
        return False
    missing = {component: [1] * _COEFFICIENTS for component in header.components}  # the lowest bit that is there
    for marker, at, end in _segments(data):
        count = data[at] if marker == _START_OF_SCAN and at < end else 0
        if not count or at + 4 + 2 * count > end:
            continue
        first, last, bits = data[at + 1 + 2 * count : at + 4 + 2 * count]
        for component in data[at + 1 : at + 1 + 2 * count : 2]:
            if component in missing:
                for coefficient in range(first, min(last, _COEFFICIENTS - 1) + 1):
                    missing[component][coefficient] = bits & 15
    return not any(map(any, missing.values()))


def _segments(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Marker, start of the contents and their end for each segment; the coded pixels between them are passed over."""
    at = 2
    while (at := data.find(b"\xff", at)) >= 0 and at + 4 <= len(data):
        marker = data[at + 1]
        if marker in (0x00, 0xFF) or marker in _WITHOUT_LENGTH:
            at += 1 if marker == 0xFF else 2
            continue
        if marker == END[1]:
            return
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, at + 4, min(end, len(data))
        at = end
