"""Test sets beyond the benchmarks: other noise levels, saturated colours, blur by extent, held-out training pairs.

They cover photographs better than the benchmarks do: noise levels between those of the prompts, saturated colours,
slight camera shake, and real degradations.
"""

import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from core.degradations import KEYS, degradation
from core.evaluation import PAPER, PROTOCOLS
from training.data.data_errors import DataError
from training.data.layouts import list_pairs
from training.evaluation.finding import PairedSet
from training.evaluation.held_out import is_held_out
from training.evaluation.sets import Crop, EvaluationSet, Sample, clean_sets, paired_set, read_kernels
from training.restoration.degrading import nearest_noise
from training.synthesis import blur, gaussian_noise
from training.synthesis.blur import Kernel, camera_path, centred, splat
from training.synthesis.light import Picture, with_saturation
from training.synthesis.strength import eight_bit

SIGMAS = (5.0, 10.0, 20.0, 35.0, 60.0, 75.0)
"""Standard deviations on the 0-255 scale without a prompt of their own."""

EXTENTS = {"mild": (5.0, 9.0), "moderate": (11.0, 19.0)}
"""Smallest and largest extent of a camera shake in pixels, by name."""

NOISE = tuple(key for key in KEYS if degradation(key).family == "noise")

_PAIRS = (
    # folder, pictures (start of the stem), name, prompt, other prompts
    ("polyu_real_noise", "", "real noise PolyU", "noise15", NOISE),
    ("noise_pairs", "", "real noise CC", "noise15", NOISE),
    ("haze_outdoor", "", "O-HAZE", "haze", ()),
    ("low_light_pairs", "", "SICE", "low-light", ()),
    ("blur_pairs", "gopro", "GoPro", "blur", ()),
    ("blur_pairs", "reds", "REDS", "blur", ()),
)

_WHOLE = {"haze_outdoor"}
"""Folders of the training data that no configuration uses."""


def find_more(
    root: Path, train: Path | None = None, kernels: Path | None = None, crop: Crop = PROTOCOLS[PAPER].crop
) -> list[EvaluationSet]:
    """The sets of this module whose pictures exist.

    Args:
        root: folder of clean sets, see :data:`training.evaluation.sets.CLEAN_SETS`.
        train: folder of the training data, for the pairs that :mod:`training.evaluation.held_out` lists; None for none.
        kernels: ``.npz`` file with the held-out kernels, each of which makes a set; None for none.
        crop: the protocol's crop of each picture, which is applied first.

    Raises:
        DataError: a folder does not exist, or a set is incomplete.
    """
    measured = [] if kernels is None else read_kernels(kernels)
    found = [made for clean in clean_sets(root, crop) for made in _made(clean, measured)]
    return found + ([] if train is None else list(_held_out(train, crop)))


def saturated(picture: Picture, factor: float = 2.0) -> Picture:
    """Saturation increased by ``factor``, clipped and rounded to 8 bit: (H, W, 3) float32 in [0, 1]."""
    return eight_bit(np.clip(with_saturation(picture, factor), 0.0, 1.0))


def shake_of_extent(extent: float, rng: np.random.Generator) -> Kernel:
    """A camera shake kernel whose path has a bounding box with a longer side of ``extent`` pixels.

    Args:
        extent: above 0.
        rng: random generator of the path.

    Returns:
        (k, k) float32, sum 1, k odd.
    """
    path = camera_path(rng)
    path = path - (path.real.min() + path.real.max()) / 2 - 1j * (path.imag.min() + path.imag.max()) / 2
    path = path * (extent / max(np.ptp(path.real), np.ptp(path.imag)))
    half = int(np.ceil(extent / 2)) + 2
    kernel = np.zeros((2 * half + 1, 2 * half + 1), np.float32)
    splat(kernel, path.real + half, path.imag + half)
    return centred(np.asarray(cv2.GaussianBlur(kernel, (0, 0), 0.4), np.float32))


def _made(clean: EvaluationSet, measured: Sequence[Kernel]) -> Iterator[EvaluationSet]:
    for sigma in SIGMAS:
        yield _noisy(clean, f"{clean.name} sigma {sigma:g}", nearest_noise(sigma), sigma, factor=1.0)
    yield _noisy(clean, f"{clean.name} saturated noise15", "noise15", 15.0, factor=2.0)
    for name, extents in EXTENTS.items():
        yield _shaken(clean, name, extents)
    for number, kernel in zip((4, 8), measured, strict=False):
        yield _blurred(clean, f"{clean.name} blur levin{number}", kernel)


def _seed(name: str, *numbers: int) -> np.random.Generator:
    return np.random.default_rng((*numbers, zlib.crc32(name.encode())))


def _noisy(clean: EvaluationSet, name: str, key: str, sigma: float, factor: float) -> EvaluationSet:
    def load(index: int) -> Sample:
        picture = clean.load(index).clean
        if factor != 1.0:
            picture = saturated(picture, factor)
        return Sample(gaussian_noise(picture, sigma, _seed(clean.names[index], round(sigma))), picture)

    return EvaluationSet(name, key, clean.names, load, others=NOISE if factor == 1.0 else ())


def _shaken(clean: EvaluationSet, name: str, extents: tuple[float, float]) -> EvaluationSet:
    def load(index: int) -> Sample:
        rng = _seed(clean.names[index], round(extents[0]), round(extents[1]))
        kernel = shake_of_extent(float(rng.uniform(*extents)), rng)
        picture = clean.load(index).clean
        return Sample(_rounded(blur(picture, kernel)), picture, kernel)

    return EvaluationSet(f"{clean.name} blur {name}", "blur", clean.names, load, kernels_known=True)


def _blurred(clean: EvaluationSet, name: str, kernel: Kernel) -> EvaluationSet:
    def load(index: int) -> Sample:
        picture = clean.load(index).clean
        return Sample(_rounded(blur(picture, kernel)), picture, kernel)

    return EvaluationSet(name, "blur", clean.names, load, kernels_known=True)


def _rounded(picture: Picture) -> Picture:
    return (np.round(picture * 255.0) / 255.0).astype(np.float32)


def _held_out(train: Path, crop: Crop) -> Iterator[EvaluationSet]:
    if not train.is_dir():
        raise DataError(f"{train}: folder not found.")
    for folder, start, name, key, others in _PAIRS:
        if not (train / folder).is_dir():
            continue
        chosen = [
            pair
            for pair in list_pairs(train / folder)
            if pair[0].stem.startswith(start) and (folder in _WHOLE or is_held_out(folder, pair[0]))
        ]
        if not chosen:
            raise DataError(f"{train / folder}: contains none of the held-out pairs.")
        found = PairedSet(name, key, tuple(chosen), tuple(degraded.name for degraded, _ in chosen))
        yield paired_set(found, crop, others=others)
