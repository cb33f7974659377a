"""Finding the test sets of a restorer, and generating their degraded pictures."""

import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.degradations import DEGRADATIONS
from core.evaluation import PAPER, PROTOCOLS
from training.data.data_errors import DataError
from training.data.layouts import list_pictures
from training.data.pictures import border, read_picture, to_unit
from training.evaluation.finding import PairedSet, find_paired_sets
from training.synthesis import blur, gaussian_noise, load_kernels
from training.synthesis.blur import Kernel
from training.synthesis.light import Picture

CLEAN_SETS = ("cbsd68", "kodak24", "urban100", "mcmaster")
"""Folders of clean pictures, directly or in ``clean/``: noise and blur are added by the protocol."""

HELD_OUT_KERNELS = ("levin4", "levin8")
"""Measured camera shake kernels (Levin et al., CVPR 2009) that are not used for training."""

Crop = Callable[[NDArray[np.uint8]], NDArray[np.uint8]]


@dataclass(frozen=True)
class Sample:
    """A degraded and a clean picture, each (H, W, 3) float32 in [0, 1], and the blur kernel if known."""

    degraded: Picture
    clean: Picture
    kernel: Kernel | None = None


@dataclass(frozen=True)
class EvaluationSet:
    """Pictures of one degradation.

    Attributes:
        name: e.g. ``"cbsd68 noise25"``.
        degradation: key of the true prompt; empty if the pictures are clean.
        names: of the pictures.
        load: index -> the sample, always the same.
        kernels_known: whether samples have their blur kernel.
        others: keys of other plausible prompts, for reporting the best of all.
    """

    name: str
    degradation: str
    names: tuple[str, ...]
    load: Callable[[int], Sample]
    kernels_known: bool = False
    others: tuple[str, ...] = ()


def find_sets(root: Path, kernels: Path | None = None, crop: Crop = PROTOCOLS[PAPER].crop) -> list[EvaluationSet]:
    """The test sets in a folder, or the folder as one set.

    Noise of every level is added to clean sets (:data:`CLEAN_SETS`), and blur if there are kernels; for pairs see
    :func:`training.evaluation.finding.find_paired_sets`.

    Args:
        root: folder of the sets.
        kernels: ``.npz`` file with the held-out kernels; None for no blur.
        crop: the protocol's crop of each picture, which is applied first.

    Raises:
        DataError: there is no set, or one is incomplete.
    """
    spreads = None if kernels is None else read_kernels(kernels)
    sets = [made for folder in _clean_folders(root) for made in _synthetic_sets(folder, spreads, crop)]
    sets += [paired_set(found, crop) for found in find_paired_sets(root)]
    if not sets:
        raise DataError(
            f"{root}: contains no test set. Expected folders of pairs named by their degradation, such as rain100l or "
            f"lol, or folders of clean pictures named {', '.join(CLEAN_SETS)}."
        )
    return sets


def find_clean(root: Path, crop: Crop = PROTOCOLS[PAPER].crop) -> list[EvaluationSet]:
    """The clean pictures of :data:`CLEAN_SETS` as sets whose degraded pictures are the clean ones.

    Raises:
        DataError: there is none of these sets.
    """
    folders = _clean_folders(root)
    if not folders:
        raise DataError(f"{root}: contains no clean set ({', '.join(CLEAN_SETS)}).")
    return [_clean_set(folder, crop) for folder in folders]


def clean_sets(root: Path, crop: Crop = PROTOCOLS[PAPER].crop) -> list[EvaluationSet]:
    """As :func:`find_clean`, but an empty list if there is none of these sets."""
    return [_clean_set(folder, crop) for folder in _clean_folders(root)]


def read_kernels(file: Path) -> list[Kernel]:
    """The held-out kernels of an ``.npz`` file.

    Raises:
        DataError: the file cannot be read, or a kernel is not in it.
    """
    try:
        return load_kernels(file, HELD_OUT_KERNELS)
    except KeyError as error:
        raise DataError(f"{file}: contains no kernel {error}. Expected: {', '.join(HELD_OUT_KERNELS)}.") from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise DataError(f"{file}: not a readable .npz file of kernels: {error}.") from error


def _clean_folders(root: Path) -> list[Path]:
    if not root.is_dir():
        raise DataError(f"{root}: folder not found.")
    places = [root, *sorted(entry for entry in root.iterdir() if entry.is_dir())]
    return [place for place in places if place.resolve().name.lower() in CLEAN_SETS]


def paired_set(found: PairedSet, crop: Crop, others: tuple[str, ...] = ()) -> EvaluationSet:
    """The pairs of a folder as a set; ``others`` as in :class:`EvaluationSet`."""

    def load(index: int) -> Sample:
        file, clean_file = found.pairs[index]
        degraded, clean = read_picture(file), read_picture(clean_file)
        edge = border(clean.shape, degraded.shape)
        clean = clean[edge : clean.shape[0] - edge, edge : clean.shape[1] - edge]
        if degraded.shape != clean.shape:
            raise DataError(f"{file}: differs in size from its clean picture {clean_file}.")
        return Sample(_cropped(degraded, file, crop), _cropped(clean, clean_file, crop))

    return EvaluationSet(found.name, found.degradation, found.names, load, others=others)


def _clean_set(folder: Path, crop: Crop) -> EvaluationSet:
    files = list_pictures(folder / "clean" if (folder / "clean").is_dir() else folder)

    def load(index: int) -> Sample:
        picture = _cropped(read_picture(files[index]), files[index], crop)
        return Sample(picture, picture)

    return EvaluationSet(folder.resolve().name, "", tuple(file.name for file in files), load)


def _synthetic_sets(folder: Path, kernels: Sequence[Kernel] | None, crop: Crop) -> Iterator[EvaluationSet]:
    clean = _clean_set(folder, crop)
    for entry in DEGRADATIONS:
        if entry.sigma is not None:
            yield _noisy_set(clean, entry.key, entry.sigma)
    if kernels:
        yield _blurred_set(clean, kernels)


def _noisy_set(clean: EvaluationSet, key: str, sigma: float) -> EvaluationSet:
    def load(index: int) -> Sample:
        # The noise of a picture depends only on its name, so that a subset of a set gives the same scores.
        rng = np.random.default_rng((round(sigma), zlib.crc32(clean.names[index].encode())))
        picture = clean.load(index).clean
        return Sample(gaussian_noise(picture, sigma, rng), picture)

    return EvaluationSet(f"{clean.name} {key}", key, clean.names, load)


def _blurred_set(clean: EvaluationSet, kernels: Sequence[Kernel]) -> EvaluationSet:
    def load(index: int) -> Sample:
        picture, kernel = clean.load(index).clean, kernels[index % len(kernels)]  # kernels alternate
        degraded = np.round(blur(picture, kernel) * 255.0) / 255.0
        return Sample(degraded.astype(np.float32), picture, kernel)

    return EvaluationSet(f"{clean.name} blur", "blur", clean.names, load, kernels_known=True)


def _cropped(picture: NDArray[np.uint8], file: Path, crop: Crop) -> Picture:
    try:
        return to_unit(crop(picture))
    except ValueError as error:
        raise DataError(f"{file}: too small for the evaluation: {error}.") from error
