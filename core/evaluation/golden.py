"""Golden results: what the models that ship make of the sample photographs, to tell whether they still do.

``resources/golden.json`` holds the hashes of the model files, pixels of restored samples, and the detector's verdicts.
Whoever replaces a model writes it anew with ``python -m training.publishing.golden``.
"""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np

from core.checkpoints.builtin import built_in_models
from core.degradations import DEGRADATIONS
from core.detection import Detector
from core.detection.files import built_in_detector
from core.errors import DFPIRError
from core.inference import Restorer
from core.photo import Photo

Array = np.ndarray

SIDE = 128
"""Side in pixels of the piece that is restored: the middle of each sample."""

STRIDE = 8
"""Distance in pixels of the values that are kept."""

TOLERANCES = {"float32": (0.0005, 0.01), "bfloat16": (0.01, 0.15), "float16": (0.01, 0.15)}
"""By precision: how far mean and largest difference may go, on the 0-1 scale. Rounding makes the masks of CAAPM keep
other entries here and there, so single pixels move further than their own precision."""

VERDICT_TOLERANCE = 0.02
"""How far a probability of the detector may go."""


class GoldenError(DFPIRError):
    """The golden results are missing or cannot be read."""


@dataclass(frozen=True)
class Difference:
    """How far a restored sample is from the golden one: mean and largest difference, 0 to 1."""

    sample: str
    mean: float
    largest: float

    def within(self, precision: str) -> bool:
        """Whether that is what ``precision`` ("float32", "bfloat16", "float16") can account for."""
        mean, largest = TOLERANCES[precision]
        return self.mean <= mean and self.largest <= largest


def golden_file() -> Path:
    """The file with the golden results that ship."""
    return Path(str(resources.files("resources") / "golden.json"))


@cache
def samples() -> dict[str, Path]:
    """Degradation → the sample photograph that shows it."""
    folder = Path(str(resources.files("resources") / "samples"))
    return {entry.key: file for entry in DEGRADATIONS for file in sorted(folder.glob(f"{entry.key}.*"))}


def centre_crop(file: Path) -> Photo:
    """The middle of a sample, SIDE × SIDE pixels."""
    pixels = Photo.open(file).pixels
    top, left = (pixels.shape[0] - SIDE) // 2, (pixels.shape[1] - SIDE) // 2
    return Photo.from_array(pixels[top : top + SIDE, left : left + SIDE])


def bundled_models() -> dict[str, Path]:
    """Name → file of every model that ships, restorers and detector."""
    return {**built_in_models(), built_in_detector().stem: built_in_detector()}


def sha256(file: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def compute() -> dict[str, Any]:
    """The golden results of the models as they are now, computed on the CPU in float32; what the file holds."""
    restorer, detector = Restorer(device="cpu", precision="float32"), Detector()
    return {
        "models": {name: sha256(file) for name, file in bundled_models().items()},
        "restored": {key: _kept(restore_sample(restorer, key)).tolist() for key in samples()},
        "detected": {key: detect_sample(detector, key) for key in samples()},
    }


def restore_sample(restorer: Restorer, key: str) -> Array:
    """(SIDE, SIDE, 3) float32: the piece of the sample ``key`` after restoration."""
    return restorer.restore(centre_crop(samples()[key]), key).photo.pixels


def detect_sample(detector: Detector, key: str) -> dict[str, float]:
    """The detector's probabilities for the whole sample ``key``, to four digits."""
    verdict = detector.detect(Photo.open(samples()[key]))
    return {name: round(value, 4) for name, value in verdict.probabilities.items()}


def _kept(pixels: Array) -> Array:
    return np.rint(pixels[::STRIDE, ::STRIDE] * 65535).astype(int).ravel()


def expected() -> dict[str, Any]:
    """The golden results that ship.

    Raises:
        GoldenError: they are missing or damaged.
    """
    try:
        content: dict[str, Any] = json.loads(golden_file().read_text(encoding="utf-8"))
        if not {"models", "restored", "detected"} <= content.keys():
            raise ValueError("entries are missing")
    except (OSError, ValueError, AttributeError) as error:
        raise GoldenError(f"{golden_file()} cannot be used: {error}. Install the program again.") from error
    return content


def compare(pixels: Array, key: str) -> Difference:
    """How far ``pixels`` (SIDE, SIDE, 3) are from the golden result of the sample ``key``."""
    apart = np.abs(_kept(pixels) - np.array(expected()["restored"][key])) / 65535
    return Difference(key, float(apart.mean()), float(apart.max()))
