"""The shipped sample photos, to try the window with."""

import atexit
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

from core.degradations import DEGRADATIONS, FAMILY_LABELS, Degradation

_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")


@dataclass(frozen=True)
class Sample:
    """A photo to try, and the damage it shows.

    Attributes:
        label: for people, e.g. ``"Low light"``.
        path: the file.
        degradation: key of the degradation that removes the damage.
    """

    label: str
    path: Path
    degradation: str


@cache
def shipped_samples() -> tuple[Sample, ...]:
    """Return the samples in ``resources/samples``, in the order of the degradations; none if there are none."""
    folder = resources.files("resources") / "samples"
    if not folder.is_dir():
        return ()
    files = ExitStack()
    atexit.register(files.close)
    paths = [files.enter_context(resources.as_file(entry)) for entry in folder.iterdir() if entry.is_file()]
    return find_samples(paths)


def find_samples(paths: list[Path]) -> tuple[Sample, ...]:
    """Return those of ``paths`` whose stem names a degradation or a family of them, as samples.

    A family that has several strengths stands for the one in its middle: ``noise.jpg`` for noise of σ 25.
    """
    found = []
    for path in paths:
        damage = _damage(path.stem)
        if damage is not None and path.suffix.lower() in _SUFFIXES:
            label = damage.label if path.stem == damage.key else FAMILY_LABELS[damage.family]
            found.append(Sample(label, path, damage.key))
    order = [d.key for d in DEGRADATIONS]
    return tuple(sorted(found, key=lambda sample: (order.index(sample.degradation), sample.path.name)))


def _damage(stem: str) -> Degradation | None:
    named = [d for d in DEGRADATIONS if d.key == stem] or [d for d in DEGRADATIONS if d.family == stem]
    return named[len(named) // 2] if named else None
