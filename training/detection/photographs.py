"""Real photographs for the training of the detector: their labels, their sources, and variants of them."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from core.detection.calibration import Calibration
from core.detection.detection import FAMILIES, Detection
from core.detection.detector import judge
from training import synthesis
from training.data.data_errors import DataError
from training.data.layouts import list_pictures
from training.data.pictures import read_picture, to_unit
from training.detection.samples import Labels
from training.engine.config import naming_errors
from training.engine.toml import read_toml
from training.synthesis.light import Picture

log = logging.getLogger(__name__)

LABELS = Path(__file__).with_name("photographs.toml")
"""The labels of the photographs that the bundled detector was trained on."""

_SCORED = {"rain": "rain", "haze": "haze", "blur": "blur", "low_light": "low-light", "noise": "noise"}
_CLEAN = "clean_hard"
_VARIED = 0.5  # weight of a photograph from which there are variants of it


@dataclass(frozen=True)
class FolderLabels:
    """The labels of the photographs of a folder, or of some of them.

    Attributes:
        path: the folder, relative to the data folder.
        present: degradations of these photographs.
        open: degradations that are ambiguous, or present in some of them.
        weight: of a photograph in training.
        files: names without suffix; empty for all photographs of the folder.
    """

    path: str
    present: tuple[str, ...] = ()
    open: tuple[str, ...] = ()
    weight: float = 1.0
    files: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = {*self.present, *self.open} - set(FAMILIES)
        if unknown or not self.weight > 0:
            raise ValueError(
                f"{self.path}: unknown degradations {sorted(unknown)}, or weight {self.weight} not above 0"
            )

    def labels(self) -> Labels:
        """The labels of one photograph, a new object."""
        labels = Labels.from_families(self.present)
        for family in self.open:
            labels.ignore(family)
        return labels


@dataclass(frozen=True)
class Photograph:
    """A labelled photograph.

    Attributes:
        file: its file.
        folder: its folder, relative to the data folder.
        labels: its degradations.
        weight: in training.
    """

    file: Path
    folder: str
    labels: Labels
    weight: float

    @property
    def source(self) -> str:
        """Where it comes from: the first part of the file's name, in lower case (``_DICM__01.jpg``: ``"dicm"``).

        Within a folder of pairs, it is that of the folder: its parts were made by the same people.
        """
        return self.file.stem.lstrip("_").split("_")[0].lower()


def read_labels(file: Path = LABELS) -> tuple[list[FolderLabels], list[FolderLabels]]:
    """The labels of folders, and the exceptions for single files.

    Raises:
        ConfigError: the file is missing, is not TOML, or an entry is missing, unknown or out of range.
    """
    values = read_toml(file)
    with naming_errors(file):
        return [_folder(entry) for entry in values["folder"]], [_folder(entry) for entry in values["exception"]]


def list_photographs(data: Path, file: Path = LABELS) -> list[Photograph]:
    """All labelled photographs below ``data``, by folder and name.

    Raises:
        ConfigError: the labels cannot be read.
        DataError: a folder or a file with labels of its own is missing.
    """
    folders, exceptions = read_labels(file)
    photographs = []
    for entry in folders:
        own = {name: other for other in exceptions if other.path == entry.path for name in other.files}
        for picture in list_pictures(data / entry.path):
            labels = own.pop(picture.stem, entry)
            photographs.append(Photograph(picture, entry.path, labels.labels(), labels.weight))
        if own:
            raise DataError(f"{data / entry.path}: {', '.join(sorted(own))} of {file.name} are missing.")
    return photographs


def leave_sources_out(sources: Sequence[str], folds: int) -> Iterator[NDArray[np.bool_]]:
    """Divide photographs into parts without tearing a source apart; yields a mask (n,) of each part.

    The sources are distributed from the largest to the smallest, each to the smallest part.

    Raises:
        ValueError: there are fewer sources than parts.
    """
    names, counts = np.unique(np.asarray(sources), return_counts=True)
    if len(names) < folds:
        raise ValueError(f"{len(names)} sources cannot be divided into {folds} parts")
    sizes = np.zeros(folds, int)
    parts: list[set[str]] = [set() for _ in range(folds)]
    for index in np.argsort(-counts, kind="stable"):
        smallest = int(sizes.argmin())
        sizes[smallest] += counts[index]
        parts[smallest].add(str(names[index]))
    for part in parts:
        yield np.array([source in part for source in sources])


def vary(picture: Picture, rng: np.random.Generator, *, reduced: bool) -> Picture:
    """A variant of a photograph with the same degradations: a part of it, perhaps mirrored, reduced and compressed.

    Args:
        picture: (H, W, 3) float32 in [0, 1].
        rng: random generator.
        reduced: whether it may be reduced; this removes noise.

    Returns:
        (h, w, 3) float32 in [0, 1], at least 64 pixels on each side if the photograph has as many.
    """
    height, width = picture.shape[:2]
    share = float(rng.uniform(0.6, 1.0))
    tall, wide = (min(max(round(side * share), 64), side) for side in (height, width))
    top, left = int(rng.integers(height - tall + 1)), int(rng.integers(width - wide + 1))
    part = picture[top : top + tall, left : left + wide][:, :: -1 if rng.random() < 0.5 else 1]
    if reduced and rng.random() < 0.5:
        scale = float(rng.uniform(0.55, 0.95))
        size = max(round(wide * scale), min(64, wide)), max(round(tall * scale), min(64, tall))
        part = np.asarray(cv2.resize(np.ascontiguousarray(part), size, interpolation=cv2.INTER_AREA), np.float32)
    part = np.ascontiguousarray(part, np.float32)
    return synthesis.jpeg(part, int(rng.integers(65, 97))) if rng.random() < 0.5 else part


def with_variants(photographs: Sequence[Photograph], variants: int, seed: int) -> Iterator[tuple[int, int, Picture]]:
    """Yield the rows of photographs: each as it is, then random variants of it if its weight is 0.5 or more.

    Args:
        photographs: read one at a time.
        variants: of each photograph.
        seed: of the variants.

    Yields:
        The number of the photograph, the number of its rows, and the pixels of a row.
    """
    for number, photograph in enumerate(photographs):
        picture = to_unit(read_picture(photograph.file))
        noisy = bool(photograph.labels.present[0])
        rows = 1 + (variants if photograph.weight >= _VARIED else 0)
        for variant in range(rows):
            rng = np.random.default_rng((seed, number, variant))
            yield number, rows, vary(picture, rng, reduced=not noisy) if variant else picture
        if number % 100 == 0:
            log.info("photograph %d of %d", number, len(photographs))


def score(outputs: NDArray[np.float64], calibration: Calibration, photographs: Sequence[Photograph]) -> dict[str, Any]:
    """As :func:`score_detections`, from the network's outputs.

    Args:
        outputs: (n, 6) of the network.
        calibration: of the detector.
        photographs: n of them.
    """
    return score_detections([judge(row[:-1], float(row[-1]), calibration) for row in outputs], photographs)


def score_detections(detections: Sequence[Detection], photographs: Sequence[Photograph]) -> dict[str, Any]:
    """Shares of photographs that are named and left alone.

    A photograph is named if the degradation of its folder is among the proposed ones, a clean one is left alone if none
    is proposed; ``in doubt`` is the share of the clean ones without a certain detection.

    Args:
        detections: n of them.
        photographs: n of them; those of folders outside ``train_real`` do not count.
    """
    by_folder: dict[str, list[Detection]] = {}
    for photograph, detection in zip(photographs, detections, strict=True):
        by_folder.setdefault(photograph.folder.rpartition("train_real/")[2], []).append(detection)
    named = {
        family: [family in detection.relied_on for detection in by_folder.get(folder, [])]
        for folder, family in _SCORED.items()
    }
    clean = by_folder.get(_CLEAN, [])
    return {
        "photographs": sum(len(values) for values in named.values()),
        "named": _mean([value for values in named.values() for value in values]),
        "by_family": {family: _mean(values) for family, values in named.items()},
        "clean": len(clean),
        "left_alone": _mean([not detection.relied_on for detection in clean]),
        "in_doubt": _mean([detection.unsure for detection in clean]),
    }


def _folder(entry: dict[str, Any]) -> FolderLabels:
    values: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in entry.items()}
    return FolderLabels(**values)


def _mean(values: Sequence[bool]) -> float | None:
    return float(np.mean(values)) if values else None
