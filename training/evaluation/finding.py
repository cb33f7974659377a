"""Finding test sets of pairs in a folder; their degradation is derived from the names of folders."""

import logging
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from training.data.data_errors import DataError, describe
from training.data.layouts import find_pairs

log = logging.getLogger(__name__)

TRAINING_FOLDERS = {"train", "training", "our485"}
"""Folders that are skipped, as results on training pictures would be too good."""

PARTS = {"indoor", "outdoor"}
"""Subfolders that are separate sets (RESIDE's SOTS); others, such as GoPro's scenes, form one set."""

FATAL = "pictures without a partner"
"""The kind of problem that is an error here. Others are not: a folder ``haze`` may contain photographs alone."""

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
    """A test set of pairs.

    Attributes:
        name: the folder's, e.g. ``"rain100l"`` or ``"SOTS/indoor"``.
        degradation: key of the degradation.
        pairs: degraded and clean files.
        names: of the pairs, unique.
    """

    name: str
    degradation: str
    pairs: tuple[tuple[Path, Path], ...]
    names: tuple[str, ...]


def guess_degradation(name: str) -> str | None:
    """The key of the degradation that the name of a folder implies, or None.

    Noise of unknown level is assumed to be σ 25.
    """
    return next((key for pattern, key in _GUESSES if re.search(pattern, name.lower())), None)


def find_paired_sets(root: Path) -> list[PairedSet]:
    """The sets of pairs in a folder, or the folder as one set, in any layout of :mod:`training.data.layouts`.

    The degradation is derived from the name of the degraded half (``rainy``, ``hazy``, ``low``), else from its parent
    folders. A set without such a name is skipped, with a warning.

    Raises:
        DataError: degraded pictures have no clean ones.
    """
    pairs, problems = find_pairs(root)
    fatal = [problem for problem in problems if problem.kind == FATAL]
    if fatal:
        raise DataError(describe(fatal))
    groups: dict[tuple[str, str], list[tuple[str, tuple[Path, Path]]]] = {}
    unknown: set[str] = set()
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
            unknown.add(name)
            continue
        # The names of the halves do not identify a picture; a scene's name does.
        picture = "/".join((*place[len(base) :], *(rest or (half,))))
        groups.setdefault((name, key), []).append((picture, (degraded, clean)))
    for name in sorted(unknown):
        log.warning("%s: skipped, because no folder name implies a degradation.", root / name)
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
