"""Pictures side by side with captions, drawn by OpenCV and written as files."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.io import atomic
from training.data.data_errors import DataError

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB."""

GROUND, INK = 32, 230
"""Grey of the background and of the text."""

GAP = 6
"""Pixels between pictures."""

LINE = 22
"""Height of a line of text in pixels."""


def fit(picture: Pixels, width: int, height: int) -> Pixels:
    """Scale a picture down, if need be, to fit into width x height, and centre it on a ground of exactly that size."""
    scale = min(width / picture.shape[1], height / picture.shape[0], 1.0)
    if scale < 1.0:
        size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    cell = np.full((height, width, 3), GROUND, np.uint8)
    top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
    cell[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return cell


def middle(picture: Pixels, width: int, height: int) -> Pixels:
    """The middle of a picture at its own scale: width x height, or less where the picture is smaller."""
    top, left = max(0, (picture.shape[0] - height) // 2), max(0, (picture.shape[1] - width) // 2)
    return picture[top : top + height, left : left + width]


def beside(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures of one height in a row, with gaps."""
    gap = np.full((pictures[0].shape[0], GAP, 3), GROUND, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    return np.concatenate(parts[:-1], axis=1)


def below(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures one below the other, left-aligned, with gaps."""
    width = max(picture.shape[1] for picture in pictures)
    rows = [
        np.pad(picture, ((0, GAP), (0, width - picture.shape[1]), (0, 0)), constant_values=GROUND)
        for picture in pictures
    ]
    return np.concatenate(rows, axis=0)[:-GAP]


def caption(picture: Pixels, text: str) -> Pixels:
    """The picture with a line of text above it; what OpenCV's fonts lack (beyond ASCII) becomes ``?``."""
    strip = np.full((LINE, picture.shape[1], 3), GROUND, np.uint8)
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(strip, plain, (4, LINE - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (INK, INK, INK), 1, cv2.LINE_AA)
    return np.concatenate([strip, picture], axis=0)


def write_picture(file: Path, picture: Pixels) -> None:
    """Write a picture in the format that the file's suffix names; an existing file is replaced, folders are made.

    Raises:
        DataError: the file cannot be written.
    """
    settings = [cv2.IMWRITE_JPEG_QUALITY, 92] if file.suffix.lower() in (".jpg", ".jpeg") else []
    done, data = cv2.imencode(file.suffix, cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), settings)
    if not done:
        raise DataError(f"{file}: the picture cannot be encoded.")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        atomic.publish(data.tobytes(), file, overwrite=True)
    except OSError as error:
        raise DataError(f"{file}: cannot be written: {error.strerror}.") from error
