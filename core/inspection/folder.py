"""The pictures of a folder and their degradations."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from core.degradations import KEYS
from core.errors import DFPIRError, PhotoError
from core.inspection.clusters import Sample
from core.inspection.labels import prompt_label
from core.inspection.region import LONGEST, Region, region_of
from core.messages import Message, message
from core.photo import Photo
from core.photo.formats import SUFFIXES
from core.progress import CancelToken

DetectSteps = Callable[[Photo], Sequence[str]]
"""Photo -> keys of its degradations, the first to remove first; :meth:`core.Detector.detect` with ``steps()``."""


def pictures_in(folder: Path) -> tuple[Path, ...]:
    """Return all photos of a folder and its subfolders by their suffixes, sorted.

    Raises:
        PhotoError: it is not a folder, or there are no photos in it.
    """
    if not folder.is_dir():
        raise PhotoError(message("{folder} is not a folder. Name a folder with photos.", folder=folder))
    files = tuple(sorted(file for file in folder.rglob("*") if file.suffix.lower() in SUFFIXES and file.is_file()))
    if not files:
        raise PhotoError(
            message("There are no photos in {folder}. Name a folder with JPEG, PNG, TIFF or WebP files.", folder=folder)
        )
    return files


def label_by_name(file: Path) -> str | None:
    """Return the degradation in the name of a file or its folder (``haze.jpg`` or ``haze/beach.jpg``), or None.

    Upper case, hyphens, underscores and blanks do not matter: ``Low_Light`` and ``lowlight`` are ``low-light``.
    """
    return next((key for name in (file.stem, file.parent.name) if (key := _KEY_OF_NAME.get(_plain(name)))), None)


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character not in "-_ ")


_KEY_OF_NAME = {_plain(key): key for key in KEYS}


def labelled(
    files: Sequence[Path],
    detect: DetectSteps,
    *,
    known: Sequence[str],
    longest: int = LONGEST,
    left_out: Callable[[Path, Message], None] = lambda file, reason: None,
    cancel: CancelToken | None = None,
) -> Iterator[tuple[Sample, Region]]:
    """Read pictures one after the other, each with its degradation: from its name, else by ``detect``.

    Args:
        files: the pictures.
        detect: detects the degradations of pictures whose name does not state one.
        known: keys of the model's prompts.
        longest: side in pixels beyond which a picture is reduced.
        left_out: called with each omitted picture and the reason: unreadable, clean, or without a prompt.
        cancel: checked before each picture.

    Raises:
        Cancelled: ``cancel`` was set.
    """
    for file in files:
        if cancel is not None:
            cancel.check()
        try:
            photo = Photo.open(file)
            named = label_by_name(file)
            keys = [named] if named else list(detect(photo))
        except DFPIRError as error:
            left_out(file, error.message)
            continue
        if not keys:
            left_out(file, message("no degradation was found"))
        elif keys[0] not in known:
            left_out(file, message("the model has no prompt for {name}", name=prompt_label(keys[0])))
        else:
            yield Sample(file.name, keys[0]), region_of(photo.pixels, longest=longest)
