"""Contact sheets of real photographs, before and after: what no figure tells, because there is no original."""

from collections.abc import Callable
from pathlib import Path

from core.photo import Photo
from training.baselines.pixels import to_bytes
from training.data.data_errors import DataError
from training.data.layouts import SUFFIXES, list_pictures
from training.data.pictures import read_picture
from training.evaluation.drawing import Pixels, below, beside, caption, fit, middle, write_picture
from training.evaluation.finding import guess_degradation
from training.evaluation.methods import Detect, Restores

CELL = (480, 360)
"""Width and height in pixels that each picture is fitted into, and of the details."""


def make_sheets(
    root: Path,
    out: Path,
    restorer: Restores,
    *,
    prompt: str | None = None,
    detect: Detect | None = None,
    done: Callable[[], None] = lambda: None,
) -> list[Path]:
    """Restore every photograph in a folder and its subfolders, and draw one sheet for each folder.

    A row is a photograph: the whole before and after, fitted to the sheet, and the middle before and after at its own
    scale, where noise and blur can be seen.

    Args:
        root: folder of photographs, or of folders of photographs.
        out: folder for the sheets, ``NAME.png``.
        restorer: the model.
        prompt: key of what to remove; None takes what the folder's name speaks of.
        detect: chooses the steps of each photograph instead, if given.
        done: called after each photograph.

    Returns:
        The files written.

    Raises:
        DataError: there are no photographs, one cannot be read, or the name of a folder tells nothing.
        DFPIRError: the restorer failed.
    """
    files = []
    for folder in photo_folders(root):
        chosen = prompt or guess_degradation(folder.resolve().name)
        if chosen is None and detect is None:
            raise DataError(
                f"{folder}: its name does not tell what its photographs show. Name a degradation with --prompt."
            )
        rows = []
        for file in list_pictures(folder):
            rows.append(_row(file, restorer, detect or (lambda photo, key=chosen: (key,))))  # type: ignore[misc]
            done()
        files.append(out / f"{folder.resolve().name}.png")
        title = f"{files[-1].stem}: before and after, whole and the middle at its own scale"
        write_picture(files[-1], caption(below(rows), title))
    return files


def photo_folders(root: Path) -> list[Path]:
    """The folder itself and its direct subfolders, as far as they hold pictures.

    Raises:
        DataError: none does.
    """
    if not root.is_dir():
        raise DataError(f"{root}: there is no such folder.")
    places = [root, *sorted(entry for entry in root.iterdir() if entry.is_dir())]
    folders = [place for place in places if any(file.suffix.lower() in SUFFIXES for file in place.iterdir())]
    if not folders:
        raise DataError(f"{root}: holds no pictures, and neither do its subfolders.")
    return folders


def _row(file: Path, restorer: Restores, choose: Detect) -> Pixels:
    source = read_picture(file)
    photo = Photo.from_array(source)
    steps = tuple(choose(photo))
    restored = to_bytes(restorer.restore(photo, steps).photo.pixels) if steps else source
    cells = [fit(source, *CELL), fit(restored, *CELL)]
    cells += [fit(middle(picture, *CELL), *CELL) for picture in (source, restored)]
    height, width = source.shape[:2]
    return caption(beside(cells), f"{file.name}  {width} x {height}  removed: {', '.join(steps) or 'nothing'}")
