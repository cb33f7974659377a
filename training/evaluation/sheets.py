"""Pictures for visual comparison: contact sheets of real photographs, and the worst cases of a test set."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath

import cv2
import numpy as np
from numpy.typing import NDArray

from core.io import atomic
from core.photo import Photo
from core.steps import parse_steps
from training.data.data_errors import DataError
from training.data.layouts import SUFFIXES, list_pictures
from training.data.pictures import read_picture, to_bytes
from training.evaluation.finding import guess_degradation
from training.evaluation.methods import Detect, Restores
from training.evaluation.scoring import WORST, Comparison

Pixels = NDArray[np.uint8]
"""(H, W, 3) RGB."""

GROUND, INK = 32, 230
"""Grey levels of background and text."""

GAP = 6
"""Pixels between pictures."""

LINE = 22
"""Height of a line of text in pixels."""

CELL = (480, 360)
"""Width and height in pixels of each picture and detail on a sheet."""


def make_sheets(
    root: Path,
    out: Path,
    restorer: Restores,
    *,
    prompt: str | None = None,
    detect: Detect | None = None,
    done: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Restore every photograph in a folder and its subfolders, and draw one contact sheet for each folder.

    Each row shows a photograph: all of it before and after, scaled to the sheet, and its centre before and after at
    full resolution.

    Args:
        root: folder of photographs, or of folders of photographs.
        out: folder for the sheets, ``NAME.png``.
        restorer: the model.
        prompt: key of the degradation to remove; None derives it from the name of the folder.
        detect: if given, selects the steps of each photograph instead.
        done: called after each photograph.

    Returns:
        The files written.

    Raises:
        DataError: there are no photographs, one cannot be read, or the name of a folder does not name a degradation.
        DFPIRError: the restorer failed.
    """
    files = []
    for folder in photo_folders(root):
        chosen = prompt or guess_degradation(folder.resolve().name)
        if chosen is None and detect is None:
            raise DataError(f"{folder}: its name does not name a degradation. Give one with --prompt.")
        rows = []
        for file in list_pictures(folder):
            rows.append(_row(file, restorer, detect or (lambda photo, key=chosen: (key,))))  # type: ignore[misc]
            done()
        files.append(out / f"{folder.resolve().name}.png")
        title = f"{files[-1].stem}: before and after, whole picture and centre at full resolution"
        write_picture(files[-1], caption(stacked(rows), title))
    return files


def photo_folders(root: Path) -> list[Path]:
    """The folder itself and its direct subfolders that contain pictures.

    Raises:
        DataError: there are none.
    """
    if not root.is_dir():
        raise DataError(f"{root}: folder not found.")
    places = [root, *sorted(entry for entry in root.iterdir() if entry.is_dir())]
    folders = [place for place in places if any(file.suffix.lower() in SUFFIXES for file in place.iterdir())]
    if not folders:
        raise DataError(f"{root}: contains no pictures, nor do its subfolders.")
    return folders


def _row(file: Path, restorer: Restores, choose: Detect) -> Pixels:
    source = read_picture(file)
    photo = Photo.from_array(source)
    steps = tuple(choose(photo))
    removed = ", ".join(step.degradation for step in parse_steps(steps)) if steps else "nothing"
    restored = to_bytes(restorer.restore(photo, steps).photo.pixels) if steps else source
    cells = [fit(source, *CELL), fit(restored, *CELL)]
    cells += [fit(centre_crop(picture, *CELL), *CELL) for picture in (source, restored)]
    height, width = source.shape[:2]
    return caption(side_by_side(cells), f"{file.name}  {width} x {height}  removed: {removed}")


class WorstCases:
    """Collects the pictures with the lowest gain of each set; call it with every comparison of one method.

    Args:
        folder: for the files of :meth:`write`.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._kept: dict[str, list[tuple[float, str, float, Pixels]]] = {}

    def __call__(self, comparison: Comparison) -> None:
        """Keep the picture if it is among the worst of its set so far."""
        kept = self._kept.setdefault(comparison.set_name, [])
        if len(kept) < WORST or comparison.gain < kept[-1][0]:
            kept.append((comparison.gain, comparison.name, comparison.after.psnr, _strip(comparison)))
            kept.sort(key=lambda entry: entry[:2])
            del kept[WORST:]

    def write(self) -> list[Path]:
        """Write ``SET-RANK-gainG-psnrP-NAME.png`` for each collected picture (rank 1 is the worst); returns the files.

        Raises:
            DataError: a file cannot be written.
        """
        files = []
        for set_name, kept in self._kept.items():
            for rank, (gain, name, psnr, strip) in enumerate(kept, 1):
                stem = PurePosixPath(name).with_suffix("")
                label = f"{set_name}-{rank}-gain{gain:+.2f}-psnr{psnr:.2f}-{stem}"
                files.append(self._folder / (re.sub(r"[^\w.+-]+", "_", label) + ".png"))
                write_picture(files[-1], strip)
        return files


def _strip(comparison: Comparison) -> Pixels:
    before, after = comparison.before.psnr, comparison.after.psnr
    sample = comparison.sample
    cells = [
        caption(to_bytes(sample.degraded), f"{comparison.name}: degraded {before:.2f} dB"),
        caption(to_bytes(comparison.restored), f"restored {after:.2f} dB ({comparison.gain:+.2f})"),
        caption(to_bytes(sample.clean), "clean"),
    ]
    return side_by_side(cells)


def fit(picture: Pixels, width: int, height: int) -> Pixels:
    """Scale a picture down to fit into width x height if needed, and centre it on a background of that size."""
    scale = min(width / picture.shape[1], height / picture.shape[0], 1.0)
    if scale < 1.0:
        size = max(1, round(picture.shape[1] * scale)), max(1, round(picture.shape[0] * scale))
        picture = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    cell = np.full((height, width, 3), GROUND, np.uint8)
    top, left = (height - picture.shape[0]) // 2, (width - picture.shape[1]) // 2
    cell[top : top + picture.shape[0], left : left + picture.shape[1]] = picture
    return cell


def centre_crop(picture: Pixels, width: int, height: int) -> Pixels:
    """The centre of a picture at full resolution: width x height, or less if the picture is smaller."""
    top, left = max(0, (picture.shape[0] - height) // 2), max(0, (picture.shape[1] - width) // 2)
    return picture[top : top + height, left : left + width]


def side_by_side(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures of equal height side by side, with gaps."""
    gap = np.full((pictures[0].shape[0], GAP, 3), GROUND, np.uint8)
    parts = [part for picture in pictures for part in (picture, gap)]
    return np.concatenate(parts[:-1], axis=1)


def stacked(pictures: Sequence[Pixels]) -> Pixels:
    """Pictures one below the other, left-aligned, with gaps."""
    width = max(picture.shape[1] for picture in pictures)
    rows = [
        np.pad(picture, ((0, GAP), (0, width - picture.shape[1]), (0, 0)), constant_values=GROUND)
        for picture in pictures
    ]
    return np.concatenate(rows, axis=0)[:-GAP]


def caption(picture: Pixels, text: str) -> Pixels:
    """The picture with a line of text above it; non-ASCII characters, which OpenCV's fonts lack, become ``?``."""
    strip = np.full((LINE, picture.shape[1], 3), GROUND, np.uint8)
    plain = text.encode("ascii", "replace").decode()
    cv2.putText(strip, plain, (4, LINE - 7), cv2.FONT_HERSHEY_SIMPLEX, 0.45, (INK, INK, INK), 1, cv2.LINE_AA)
    return np.concatenate([strip, picture], axis=0)


def write_picture(file: Path, picture: Pixels) -> None:
    """Write a picture in the format of the file's suffix; an existing file is replaced, folders are created.

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
