"""Decoding of pictures for training and evaluation with OpenCV, and conversion between uint8 and float32."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from training.data.data_errors import DataError
from training.synthesis.sky import scene_map


class Picture(Protocol):
    """Pixels from which windows can be read: an array, or a picture in tiles."""

    @property
    def shape(self) -> tuple[int, ...]:
        """(H, W, 3), or (H, W) for grey."""

    def __getitem__(self, window: tuple[slice, slice], /) -> NDArray[np.uint8]:
        """The pixels of ``window``, a slice of rows and one of columns."""


@dataclass(frozen=True)
class Pair:
    """One training picture.

    Attributes:
        clean: (H, W, 3) uint8 RGB.
        degraded: the same shape, or None if the degradation is synthesised.
        depth: (H, W) uint8, 255 = far, or None.
    """

    clean: Picture
    degraded: Picture | None = None
    depth: Picture | None = None


@dataclass(frozen=True)
class Source:
    """A picture file and how it is decoded.

    Attributes:
        file: the file.
        grey: decode to one channel.
        longest: reduce a picture whose longer side is longer to this many pixels; 0 to keep every picture's size.
        scene: return the map of its sky and ground instead; see :func:`training.synthesis.sky.scene_map`.
    """

    file: Path
    grey: bool = False
    longest: int = 0
    scene: bool = False

    def read(self) -> NDArray[np.uint8]:
        """Decode to (H, W, 3) uint8 RGB, or (H, W) if grey or a map; raises as :func:`read_picture` does."""
        picture = read_grey(self.file) if self.grey else read_picture(self.file)
        factor = self.longest / max(picture.shape[:2]) if self.longest else 1.0
        if factor < 1.0:
            height, width = (max(1, round(side * factor)) for side in picture.shape[:2])
            picture = np.asarray(cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA), np.uint8)
        return scene_map(picture) if self.scene else picture


def border(clean: tuple[int, ...], degraded: tuple[int, ...]) -> int:
    """Border in pixels by which a clean picture of shape ``clean`` exceeds the degraded one on each side.

    RESIDE's indoor ground truth (ITS, SOTS) is 640 x 480 pixels, its hazy pictures the central 620 x 460.
    """
    return 10 if clean[:2] == (480, 640) and degraded[:2] == (460, 620) else 0


def read_picture(file: Path) -> NDArray[np.uint8]:
    """Decode a picture to (H, W, 3) uint8 RGB, with its EXIF orientation applied.

    Raises:
        DataError: the file cannot be read or decoded, or is truncated.
    """
    return np.asarray(cv2.cvtColor(_decode(file, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB), np.uint8)


def read_grey(file: Path) -> NDArray[np.uint8]:
    """Decode a picture to (H, W) uint8; raises as :func:`read_picture` does."""
    return _decode(file, cv2.IMREAD_GRAYSCALE)


def _decode(file: Path, flags: int) -> NDArray[np.uint8]:
    try:
        data = file.read_bytes()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}.") from error
    if not data:
        raise DataError(f"{file}: the file is empty.")
    if _is_truncated(data):
        raise DataError(f"{file}: the file is truncated. Copy or download it again.")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:  # sizes beyond OpenCV's limits
        picture = None
    if picture is None:
        raise DataError(f"{file}: cannot be decoded as a picture.")
    return np.asarray(picture, np.uint8)


def _is_truncated(data: bytes) -> bool:
    """Whether a JPEG, PNG or WebP file ends too early: OpenCV decodes such files without an error, the rest grey."""
    if data.startswith(b"\xff\xd8"):
        # The marker cannot occur in entropy-coded data (ITU-T T.81, B.1.1.5), but may end a thumbnail in the header.
        return data.find(b"\xff\xd9", _scan_start(data)) < 0
    if data.startswith(b"\x89PNG"):
        return b"IEND" not in data
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return len(data) < 8 + int.from_bytes(data[4:8], "little")
    return False


def _scan_start(data: bytes) -> int:
    """Offset of the first scan of a JPEG, after the segments, each of which contains its length."""
    position = 2
    while position + 4 <= len(data) and data[position] == 0xFF:
        if data[position + 1] == 0xDA:
            return position
        if data[position + 1] == 0xFF:  # fill byte
            position += 1
        else:
            position += 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return min(position, len(data))


def to_bytes(picture: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Float in [0, 1], clipped to it, any shape -> uint8."""
    return np.asarray(np.clip(picture, 0.0, 1.0) * 255.0 + 0.5, np.uint8)


def to_unit(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """uint8 of any shape -> float32 in [0, 1]."""
    return picture.astype(np.float32) / np.float32(255.0)
