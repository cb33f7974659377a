"""The pictures of a folder, and what each suffers from."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from core.degradations import KEYS
from core.errors import DFPIRError, PhotoError
from core.inspection.clusters import Sample
from core.inspection.region import LONGEST, Region, region_of
from core.photo import Photo
from core.photo.formats import SUFFIXES
from core.progress import CancelToken

Judge = Callable[[Photo], Sequence[str]]
"""Photo -> keys of the degradations found in it, the worst first; :meth:`core.Detector.detect` with ``steps()``."""


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """All files of a folder and the folders in it that look like photographs by their names, sorted.

    Raises:
        PhotoError: it is no folder, or holds no photographs.
    """
    if not folder.is_dir():
        raise PhotoError(f"{folder} is not a folder. Name one with photos in it.")
    found = tuple(sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()))
    if not found:
        raise PhotoError(f"There are no photos in {folder}. Name a folder with JPEG, PNG, TIFF or WebP files.")
    return found


def label_by_name(file: Path) -> str | None:
    """The degradation that a file or its folder is named after: ``haze.jpg`` or ``haze/beach.jpg``; else None."""
    return next((name for name in (file.stem, file.parent.name) if name in KEYS), None)


def labelled(
    files: Sequence[Path],
    judge: Judge,
    *,
    known: Sequence[str],
    longest: int = LONGEST,
    left_out: Callable[[Path, str], None] = lambda file, why: None,
    cancel: CancelToken | None = None,
) -> Iterator[tuple[Sample, Region]]:
    """Read pictures one after the other, each with what it suffers from: by its name, else as ``judge`` finds.

    Args:
        files: the pictures.
        judge: looks at those whose name tells nothing.
        known: keys of the prompts that the model knows.
        longest: side in pixels beyond which a picture is reduced.
        left_out: called with each picture that is passed over, and why: unreadable, clean, or without a prompt.
        cancel: asked before each picture.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    for file in files:
        if cancel is not None:
            cancel.check()
        try:
            photo = Photo.open(file)
            named = label_by_name(file)
            keys = [named] if named else list(judge(photo))
        except DFPIRError as error:
            left_out(file, str(error))
            continue
        if not keys:
            left_out(file, "it looks clean")
        elif keys[0] not in known:
            left_out(file, f"the model has no prompt for {keys[0]}")
        else:
            yield Sample(file.name, keys[0]), region_of(photo.pixels, longest=longest)
