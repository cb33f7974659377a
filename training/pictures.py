"""Finding and reading the pictures that training uses, with OpenCV alone."""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.errors import DFPIRError

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}


class DataError(DFPIRError):
    """Training or evaluation data is missing or unreadable; the message names the folder or file."""


def list_pictures(folder: Path) -> list[Path]:
    """Picture files directly in ``folder``, sorted by name.

    Raises:
        DataError: there is no such folder, or no picture in it.
    """
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder. Check the data folder and the configuration.")
    files = sorted(file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES)
    if not files:
        raise DataError(f"{folder}: holds no pictures ({', '.join(sorted(SUFFIXES))}).")
    return files


def list_pairs(folder: Path) -> list[tuple[Path, Path]]:
    """(degraded, clean) files of a folder with ``degraded/`` and ``clean/`` subfolders, sorted by degraded name.

    A pair shares its file stem; several degraded versions ``NAME_x`` may share one clean ``NAME``.

    Raises:
        DataError: a subfolder is missing, or a degraded picture has no clean one.
    """
    clean = {file.stem: file for file in list_pictures(folder / "clean")}
    pairs = []
    for degraded in list_pictures(folder / "degraded"):
        partner = clean.get(degraded.stem) or clean.get(degraded.stem.rsplit("_", 1)[0])
        if partner is None:
            raise DataError(f"{degraded}: no picture in {folder / 'clean'} has the same name.")
        pairs.append((degraded, partner))
    return pairs


def read_picture(file: Path) -> NDArray[np.uint8]:
    """Decode a picture to (H, W, 3) uint8 RGB.

    Raises:
        DataError: the file cannot be read or decoded.
    """
    return cv2.cvtColor(_decode(file, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)


def read_grey(file: Path) -> NDArray[np.uint8]:
    """Decode a picture to (H, W) uint8; raises as :func:`read_picture` does."""
    return _decode(file, cv2.IMREAD_GRAYSCALE)


def _decode(file: Path, flags: int) -> NDArray[np.uint8]:
    try:
        data = np.frombuffer(file.read_bytes(), np.uint8)
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error.strerror}.") from error
    picture = cv2.imdecode(data, flags) if data.size else None
    if picture is None:
        raise DataError(f"{file}: is not a picture that can be decoded.")
    return picture


@dataclass(frozen=True)
class Pair:
    """One training picture in memory.

    Attributes:
        clean: (H, W, 3) uint8 RGB.
        degraded: the same shape, or None if the degradation is synthesised.
        depth: (H, W) uint8, 255 = far, or None.
    """

    clean: NDArray[np.uint8]
    degraded: NDArray[np.uint8] | None = None
    depth: NDArray[np.uint8] | None = None
