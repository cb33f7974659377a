"""The sample photos that are shipped with the program."""

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
    """A sample photo and the degradation it shows.

    Attributes:
        label: for people, e.g. ``"Low light"``.
        path: the file.
        degradation: key of the degradation.
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
    files = ExitStack()  # files of a zipped package are extracted until the program ends
    atexit.register(files.close)
    paths = [files.enter_context(resources.as_file(entry)) for entry in folder.iterdir() if entry.is_file()]
    return find_samples(paths)


def find_samples(paths: list[Path]) -> tuple[Sample, ...]:
    """Return the image files of ``paths`` whose stem is the key of a degradation or the name of a family, as samples.

    A family with several members stands for the one in the middle: ``noise.jpg`` for noise of σ 25.
    """
    samples = []
    for path in paths:
        degradation = _degradation(path.stem)
        if degradation is not None and path.suffix.lower() in _SUFFIXES:
            is_key = path.stem == degradation.key
            label = degradation.label if is_key else FAMILY_LABELS[degradation.family]
            samples.append(Sample(label, path, degradation.key))
    order = [degradation.key for degradation in DEGRADATIONS]
    return tuple(sorted(samples, key=lambda sample: (order.index(sample.degradation), sample.path.name)))


def _degradation(stem: str) -> Degradation | None:
    matching = [d for d in DEGRADATIONS if d.key == stem] or [d for d in DEGRADATIONS if d.family == stem]
    return matching[len(matching) // 2] if matching else None
