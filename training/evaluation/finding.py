"""Which sets of pairs a folder holds, and what they show: told by how researchers name their folders."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from training.data.data_errors import DataError, message
from training.data.layouts import find_pairs

log = logging.getLogger(__name__)

TRAINING_FOLDERS = {"train", "training", "our485"}
"""Folders that are left out below the one that is searched: measuring on training pictures would flatter."""

PARTS = {"indoor", "outdoor"}
"""Subfolders that are sets of their own (RESIDE's SOTS); any others, such as GoPro's scenes, make one set together."""

SERIOUS = "pictures without a partner"
"""The kind of problem that stops measuring. Others do not: a folder ``haze`` may well hold photographs alone."""

_GUESSES = (
    (r"noise_?15", "noise15"),
    (r"noise_?50", "noise50"),
    (r"nois|polyu|sidd", "noise25"),
    (r"(?<!t)rain", "rain"),
    (r"haz|fog|sots|reside", "haze"),
    (r"blur|gopro|hide|shake", "blur"),
    (r"low|lol|dark|night", "low-light"),
)


@dataclass(frozen=True)
class PairedSet:
    """Pairs that belong together.

    Attributes:
        name: the folder's, e.g. ``"rain100l"`` or ``"SOTS/indoor"``.
        degradation: key of what the degraded pictures show.
        pairs: degraded and clean files.
        names: of the pairs, unique.
    """

    name: str
    degradation: str
    pairs: tuple[tuple[Path, Path], ...]
    names: tuple[str, ...]


def guess_degradation(name: str) -> str | None:
    """The key of the degradation that the name of a folder speaks of, or None.

    Noise of unknown strength is taken for the middle one, σ 25.
    """
    return next((key for pattern, key in _GUESSES if re.search(pattern, name.lower())), None)


def find_paired_sets(root: Path) -> list[PairedSet]:
    """The sets of pairs in a folder, or the one set that the folder is, in any layout of :mod:`training.data.layouts`.

    What a set shows is told by the name of its degraded half (``rainy``, ``hazy``, ``low``), else by the folders above
    it. A set for which neither tells anything is left out, with a warning.

    Raises:
        DataError: degraded pictures have no clean ones.
    """
    pairs, problems = find_pairs(root)
    serious = [problem for problem in problems if problem.kind == SERIOUS]
    if serious:
        raise DataError(message(serious))
    groups: dict[tuple[str, str], list[tuple[str, tuple[Path, Path]]]] = {}
    silent: set[str] = set()
    for degraded, clean in pairs:
        path, partner = PurePosixPath(degraded.relative_to(root)), PurePosixPath(clean.relative_to(root))
        place = _common(path, partner)  # () if the root is the set
        if TRAINING_FOLDERS & {part.lower() for part in place}:
            continue
        base = place[: 2 if {part.lower() for part in place[1:2]} & PARTS else 1]
        name = "/".join(base) or root.resolve().name
        half, rest = path.parts[len(place)], path.parts[len(place) + 1 :]
        key = next(filter(None, map(guess_degradation, (half, *reversed(place), root.resolve().name))), None)
        if key is None:
            silent.add(name)
            continue
        # The names of the halves say nothing of a picture; a scene's name does.
        picture = "/".join((*place[len(base) :], *(rest or (half,))))
        groups.setdefault((name, key), []).append((picture, (degraded, clean)))
    for name in sorted(silent):
        log.warning("%s: left out, because no folder's name tells what its pictures show.", root / name)
    return [_paired_set(name, key, groups) for name, key in groups]


def _common(path: PurePosixPath, partner: PurePosixPath) -> tuple[str, ...]:
    shared = 0
    for a, b in zip(path.parent.parts, partner.parent.parts, strict=False):
        if a != b:
            break
        shared += 1
    return path.parts[:shared]


def _paired_set(name: str, key: str, groups: dict[tuple[str, str], list[tuple[str, tuple[Path, Path]]]]) -> PairedSet:
    several = sum(1 for other, _ in groups if other == name) > 1
    names, pairs = zip(*groups[name, key], strict=True)
    return PairedSet(f"{name} {key}" if several else name, key, pairs, names)
