"""Finding pictures and pairs of pictures in the folder layouts of published restoration data sets."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from training.data.data_errors import DataError, Problem, describe

SUFFIXES = {".jpg", ".jpeg", ".png", ".bmp", ".tif", ".tiff", ".webp"}


@dataclass(frozen=True)
class Layout:
    """Two folders with the degraded and the clean pictures of pairs.

    Attributes:
        degraded: name of the degraded folder, lower case.
        clean: possible names of the clean folder in the same place, lower case; the first existing one counts.
        origin: who uses this layout.
    """

    degraded: str
    clean: tuple[str, ...]
    origin: str


LAYOUTS = (
    Layout("degraded", ("clean",), "this project, and any pairs of your own"),
    Layout(
        "input", ("target", "gt"), "Restormer, MPRNet (Rain13K, GoPro), PromptIR (tests): input/1.png, target/1.png"
    ),
    Layout("lq", ("gt",), "DA-CLIP and IR-SDE: LQ/1.png, GT/1.png"),
    Layout("rainy", ("gt", "norain"), "AirNet and PromptIR: rainy/rain-1.png, gt/norain-1.png"),
    Layout("rain", ("norain",), "Rain100L (Yang et al., CVPR 2017): rain/X2/norain-1x2.png, norain/norain-1.png"),
    Layout("hazy", ("clear", "gt"), "RESIDE (Li et al., TIP 2019): hazy/0025_0.8_0.04.jpg, clear/0025.jpg; SOTS: gt/"),
    Layout("haze", ("clear", "gt"), "OTS unpacked: haze/OTS/0025_0.8_0.04.jpg, clear/clear_images/0025.jpg"),
    Layout("synthetic", ("original",), "AirNet and PromptIR: synthetic/part1/0025_0.8_0.04.jpg, original/0025.jpg"),
    Layout("blur", ("sharp", "gt"), "GoPro (Nah et al., CVPR 2017): SCENE/blur, SCENE/sharp; blur_gamma is ignored"),
    Layout("low", ("high", "normal", "gt"), "LOL: low/1.png, high/1.png; v2: Low/low00001.png, Normal/normal00001.png"),
)
"""Folder names that identify a set of pairs, in any letter case.

PReNet's layout of Rain100L has no clean folder: ``rainy/rain-001.png``, or ``rain-1.png`` itself, is next to
``norain-001.png``; it is recognised by these file names.
"""


def list_pictures(folder: Path, recursive: bool = False) -> list[Path]:
    """Picture files in ``folder``, sorted; with ``recursive`` those in its subfolders too, without hidden ones.

    Raises:
        DataError: there is no such folder, or no picture in it.
    """
    files, problems = find_pictures(folder, recursive)
    if problems:
        raise DataError(describe(problems))
    return files


def find_pictures(folder: Path, recursive: bool = False) -> tuple[list[Path], list[Problem]]:
    """As :func:`list_pictures`, but returns the problems instead of raising an error."""
    if not folder.is_dir():
        return [], [_missing(folder)]
    files = _files(folder) if recursive else _pictures_in(folder)
    if files:
        return files, []
    deeper = len(_files(folder))
    hint = f" Its subfolders contain {deeper}: name those, or set recursive = true." if deeper else ""
    detail = f"{folder}: contains no pictures ({', '.join(sorted(SUFFIXES))}).{hint}"
    return [], [Problem("folders without pictures", detail)]


def list_pairs(folder: Path) -> list[tuple[Path, Path]]:
    """(degraded, clean) files of every set of pairs in ``folder`` and below, sorted by folder and degraded name.

    Sets are recognised by the names in :data:`LAYOUTS`. In a set, a degraded picture belongs to the clean one with the
    same stem, else to the one whose stem remains when suffixes ``_x`` are removed (``0025_0.8_0.04`` to ``0025``), else
    by the names of Rain100L (``rain-1`` or ``norain-1x2`` to ``norain-1``) and LOL v2 (``low1`` to ``normal1``).

    Raises:
        DataError: there is no set, or degraded pictures have no clean one; the message names them.
    """
    pairs, problems = find_pairs(folder)
    if problems:
        raise DataError(describe(problems))
    return pairs


def find_pairs(folder: Path) -> tuple[list[tuple[Path, Path]], list[Problem]]:
    """As :func:`list_pairs`, but returns the problems instead of raising an error."""
    if not folder.is_dir():
        return [], [_missing(folder)]
    pairs: list[tuple[Path, Path]] = []
    problems: list[Problem] = []
    for top, degraded, clean in _sets(folder, problems):
        for file in degraded:
            partner = clean.partner(file.relative_to(top))
            if partner is None:
                problems.append(Problem("pictures without a partner", f"{file}: no clean picture has the same name."))
            else:
                pairs.append((file, partner))
    if not pairs and not problems:
        known = ", ".join(f"{layout.degraded}/ + {layout.clean[0]}/" for layout in LAYOUTS)
        problems.append(Problem("folders without pairs", f"{folder}: contains no pairs. Expected subfolders: {known}."))
    return pairs, problems


def _missing(folder: Path) -> Problem:
    detail = f"{folder}: folder not found. Check the data folder and the configuration."
    return Problem("missing folders", detail)


class _Half:
    """The clean pictures of a set, indexed by folder and stem."""

    def __init__(self, files: list[Path], top: Path) -> None:
        self._by_place = {(file.parent.relative_to(top), file.stem): file for file in files}
        self._places = {place for place, _ in self._by_place}
        counts = Counter(file.stem for file in files)
        self._alone = {file.stem: file for file in files if counts[file.stem] == 1}

    def partner(self, degraded: Path) -> Path | None:
        """The clean picture for ``degraded``, a path relative to its own half.

        Where both halves have the same subfolders (``blur/SCENE``, ``sharp/SCENE``), only the same one is searched;
        otherwise (``hazy/part1`` and ``clear``) the stem must be unique.
        """
        for stem in _partner_stems(degraded.stem):
            if degraded.parent in self._places:
                found = self._by_place.get((degraded.parent, stem))
            else:
                found = self._alone.get(stem)
            if found is not None:
                return found
        return None


def _partner_stems(stem: str) -> Iterator[str]:
    """Possible stems of the clean partner of a degraded picture, the most likely first."""
    yield stem
    shorter = stem
    while "_" in shorter:
        shorter = shorter.rsplit("_", 1)[0]
        yield shorter
    if number := re.fullmatch(r"(?:no)?rain-(\d+)(?:x\d+)?", stem):
        yield f"norain-{number[1]}"
    if number := re.fullmatch(r"low(\d+)", stem):
        yield f"normal{number[1]}"


def _sets(folder: Path, problems: list[Problem]) -> Iterator[tuple[Path, list[Path], _Half]]:
    """Every set: the folder of its degraded files, these files, and its clean half."""
    for place in _walk(folder, skip=_halves):
        subfolders = {entry.name.lower(): entry for entry in sorted(place.iterdir()) if entry.is_dir()}
        here = _pictures_in(place)
        norain = [file for file in here if file.stem.startswith("norain-")]
        for layout in LAYOUTS:
            if (degraded := subfolders.get(layout.degraded)) is None:
                continue
            clean = next((subfolders[name] for name in layout.clean if name in subfolders), None)
            if clean is not None:
                yield degraded, _files(degraded), _Half(_files(clean), clean)
            elif layout.degraded == "rainy" and norain:
                yield degraded, _files(degraded), _Half(norain, place)
            else:
                names = " or ".join(f"{name}/" for name in layout.clean)
                detail = f"{degraded}: has no folder of clean pictures next to it; expected {names}."
                problems.append(Problem("missing folders", detail))
        if norain and (rain := [file for file in here if file.stem.startswith("rain-")]):
            yield place, rain, _Half(norain, place)


def _halves(place: Path) -> set[str]:
    """Subfolders of ``place``, in lower case, that are halves of a set; sets are not searched for inside them."""
    names = {entry.name.lower() for entry in place.iterdir() if entry.is_dir()}
    present = [layout for layout in LAYOUTS if layout.degraded in names]
    return {name for layout in present for name in (layout.degraded, *layout.clean)}


def _files(folder: Path) -> list[Path]:
    return sorted(file for place in _walk(folder) for file in _pictures_in(place))


def _pictures_in(folder: Path) -> list[Path]:
    return sorted(
        file for file in folder.iterdir() if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
    )


def _walk(folder: Path, skip: Callable[[Path], set[str]] = lambda place: set()) -> Iterator[Path]:
    """``folder`` and its subfolders, sorted, without hidden ones and those that ``skip`` returns in lower case."""
    seen: set[Path] = set()

    def below(place: Path) -> Iterator[Path]:
        if (real := place.resolve()) in seen:  # sets are often links; a link to a parent folder would never end
            return
        seen.add(real)
        yield place
        left_out = skip(place)
        for entry in sorted(place.iterdir()):
            if entry.is_dir() and not entry.name.startswith(".") and entry.name.lower() not in left_out:
                yield from below(entry)

    return below(folder)
