"""Test pictures of the detector, none of which is used for training, with their true degradations."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from core.detection.detection import CLASSES, FAMILIES
from training import synthesis
from training.data.data_errors import DataError
from training.data.layouts import list_pictures
from training.data.pictures import read_picture, to_unit
from training.detection.config import families_of
from training.detection.samples import FAINT_VEIL, VISIBLE_NOISE
from training.synthesis.blur import Kernel
from training.synthesis.jpeg import random_jpeg
from training.synthesis.light import Picture
from training.synthesis.mixed import degrade_mixed
from training.synthesis.noise import gaussian_noise

CLEAN_FOLDERS = ("eval/cbsd68/clean", "eval/lol/clean", "eval/sots_indoor/clean")
"""Folders of clean pictures for the synthetic test, relative to the data folder."""

KERNEL_FILE = "train/blur_kernels/kernels.npz"
KERNELS = ("levin4", "levin8")
"""Measured kernels that are held out for tests."""

MIXTURES = ("low-light+noise", "rain+haze")
SIGMAS = tuple(range(5, 55, 5))

REAL = {"haze": "haze", "low_light": "low-light", "blur": "blur", "noise": "noise"}
"""Folders of eval/real, with the family of their photographs."""

PAIRS = {"eval/rain100l/degraded": "rain", "eval/lol/degraded": "low-light", "eval/sots_indoor/degraded": "haze"}
"""Degraded pictures of the restorer's test sets, with their family."""


@dataclass(frozen=True)
class Case:
    """A test picture with its true degradations.

    Attributes:
        name: of the file.
        kind: ``"clean"``, a family, or several joined by ``+``.
        picture: (H, W, 3) float32 in [0, 1].
        open: ambiguous families, which may be detected or not: noise in low light, which has sensor noise; haze in
            rain with a veil.
        sigma: standard deviation of the added noise on the 0-255 scale; 0 if there is none or it is unknown.
        strength: of a single synthetic family, 0 (just visible) to 1 (heavy); None otherwise.
    """

    name: str
    kind: str
    picture: Picture
    open: tuple[str, ...] = ()
    sigma: float = 0.0
    strength: float | None = None

    @property
    def families(self) -> tuple[str, ...]:
        """The degradations that are present."""
        return families_of(self.kind)


def synthetic(data: Path, draws: int = 2, seed: int = 2024) -> Iterator[Case]:
    """Every held-out clean picture in each class and each mixture, ``draws`` times.

    Strengths are uniform from just visible to heavy (mixtures: 0.1 to 0.8). Every second draw, clean pictures included,
    is saved as JPEG of quality 80 to 97.
    """
    kernels = synthesis.load_kernels(data / KERNEL_FILE, KERNELS)
    files = [file for folder in CLEAN_FOLDERS for file in list_pictures(data / folder)]
    for number, file in enumerate(files):
        clean = to_unit(read_picture(file))
        for draw in range(draws):
            for place, kind in enumerate((*CLASSES, *MIXTURES)):
                rng = np.random.default_rng((seed, number, draw, place))
                case = _degraded(file.name, clean, kind, kernels, rng)
                if draw % 2:
                    coded = random_jpeg(case.picture, rng, qualities=(80, 97))
                    case = replace(case, picture=coded)
                yield case


def _degraded(name: str, clean: Picture, kind: str, kernels: list[Kernel], rng: np.random.Generator) -> Case:
    families = families_of(kind)
    if not families:
        return Case(name, kind, clean)
    if len(families) == 1:
        picture, *single = synthesis.degrade(clean, kind, float(rng.random()), rng, kernels=kernels)
        facts = tuple(single)
    else:
        strengths = {family: float(rng.uniform(0.1, 0.8)) for family in families}
        picture, facts = degrade_mixed(clean, strengths, rng, kernels=kernels)
    sigma = float(np.hypot.reduce([fact.sigma for fact in facts]))
    ambiguous = []
    if "noise" not in families and "low-light" in families and sigma > VISIBLE_NOISE / 3:
        ambiguous.append("noise")
    if "haze" not in families and any(fact.values.get("veil", 0.0) > FAINT_VEIL for fact in facts):
        ambiguous.append("haze")
    strength = facts[0].strength if len(families) == 1 else None
    return Case(name, kind, picture, tuple(ambiguous), sigma if "noise" in families else 0.0, strength)


def graded_noise(data: Path, seed: int = 2025) -> Iterator[Case]:
    """Every picture of CBSD68 with white Gaussian noise of each of ``SIGMAS``."""
    for number, file in enumerate(list_pictures(data / "eval/cbsd68/clean")):
        clean = to_unit(read_picture(file))
        for sigma in SIGMAS:
            rng = np.random.default_rng((seed, number, sigma))
            yield Case(file.name, "noise", gaussian_noise(clean, float(sigma), rng), sigma=float(sigma))


def clean_photographs(data: Path) -> Iterator[Case]:
    """CBSD68 and the large photographs, unchanged."""
    for folder in ("eval/cbsd68/clean", "photos_large"):
        for file in list_pictures(data / folder):
            yield Case(file.name, "clean", to_unit(read_picture(file)))


def real(data: Path) -> Iterator[Case]:
    """Real photographs, in folders named by their degradation."""
    root = data / "eval/real"
    unknown = [entry.name for entry in sorted(root.iterdir()) if entry.is_dir() and entry.name not in REAL]
    if unknown:
        raise DataError(f"{root}: the folders {', '.join(unknown)} are unknown; expected {', '.join(REAL)}.")
    for folder, family in REAL.items():
        for file in list_pictures(root / folder):
            yield Case(f"{folder}/{file.name}", family, to_unit(read_picture(file)))


def benchmark_pairs(data: Path) -> Iterator[Case]:
    """The degraded pictures of Rain100L, LOL and SOTS-indoor."""
    for folder, family in PAIRS.items():
        for file in list_pictures(data / folder):
            yield Case(file.name, family, to_unit(read_picture(file)), ("noise",) if family == "low-light" else ())


def truth_of(case: Case) -> np.ndarray:
    """(6,) float64 in the order of ``CLASSES``: 1 if present, 0 if not, NaN if ambiguous."""
    present = [float(name in case.families) for name in FAMILIES]
    values = np.array([*present, float(not case.families)])
    values[[FAMILIES.index(name) for name in case.open]] = np.nan
    return values
