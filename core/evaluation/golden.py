"""Golden results: expected results of the built-in models on the sample photos.

``resources/golden.json`` contains the hashes of the model files, pixels of restored samples, and the detector's
probabilities. After replacing a model, ``python -m training.publishing.golden`` writes it again.
"""

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.checkpoints.builtin import built_in_models
from core.degradations import DEGRADATIONS
from core.detection import Detector
from core.detection.files import built_in_detector
from core.errors import DFPIRError
from core.inference import Restorer
from core.io.regular_files import file_sha256
from core.photo import Photo

SIDE = 128
"""Side in pixels of the crop that is restored, the centre of each sample."""

STRIDE = 8
"""Distance in pixels of the values that are stored."""

TOLERANCES = {"float32": (0.0005, 0.01), "bfloat16": (0.01, 0.15), "float16": (0.01, 0.15)}
"""Limits of mean and largest difference by precision, on the 0-1 scale. Rounding changes some of the entries that the
masks of CAAPM keep, so single pixels differ by more than the precision itself."""

PROBABILITY_TOLERANCE = 0.02
"""Largest difference of a probability of the detector."""


class GoldenError(DFPIRError):
    """The golden results are missing or cannot be read."""


@dataclass(frozen=True)
class Difference:
    """Mean and largest difference of a restored sample from the golden result, 0 to 1."""

    sample: str
    mean: float
    largest: float

    def within(self, precision: str) -> bool:
        """Whether the difference is within the limits of ``precision`` ("float32", "bfloat16" or "float16")."""
        mean, largest = TOLERANCES[precision]
        return self.mean <= mean and self.largest <= largest


def golden_file() -> Path:
    """Return the file with the golden results."""
    return Path(str(resources.files("resources") / "golden.json"))


@cache
def samples() -> dict[str, Path]:
    """Return the sample photo of each degradation by its key."""
    folder = Path(str(resources.files("resources") / "samples"))
    return {entry.key: file for entry in DEGRADATIONS for file in sorted(folder.glob(f"{entry.key}.*"))}


def centre_crop(file: Path) -> Photo:
    """Return the centre of a sample, SIDE × SIDE pixels."""
    pixels = Photo.open(file).pixels
    top, left = (pixels.shape[0] - SIDE) // 2, (pixels.shape[1] - SIDE) // 2
    return Photo.from_array(pixels[top : top + SIDE, left : left + SIDE])


def bundled_models() -> dict[str, Path]:
    """Return the file of every built-in model by its name, restorers and detector."""
    return {**built_in_models(), built_in_detector().stem: built_in_detector()}


def compute() -> dict[str, Any]:
    """Compute the content of the golden file with the present models, on the CPU in float32."""
    restorer, detector = Restorer(device="cpu", precision="float32"), Detector()
    return {
        "models": {name: file_sha256(file) for name, file in bundled_models().items()},
        "restored": {key: _grid_values(restore_sample(restorer, key)).tolist() for key in samples()},
        "detected": {key: detect_sample(detector, key) for key in samples()},
    }


def restore_sample(restorer: Restorer, key: str) -> NDArray[np.float32]:
    """Restore the centre of the sample ``key``: (SIDE, SIDE, 3) float32."""
    return restorer.restore(centre_crop(samples()[key]), key).photo.pixels


def detect_sample(detector: Detector, key: str) -> dict[str, float]:
    """Return the detector's probabilities for the whole sample ``key``, to four digits."""
    detection = detector.detect(Photo.open(samples()[key]))
    return {name: round(value, 4) for name, value in detection.probabilities.items()}


def _grid_values(pixels: NDArray[np.float32]) -> NDArray[np.int_]:
    values: NDArray[np.int_] = np.rint(pixels[::STRIDE, ::STRIDE] * 65535).astype(int).ravel()
    return values


def expected() -> dict[str, Any]:
    """Read the golden results.

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


def compare(pixels: NDArray[np.float32], key: str) -> Difference:
    """Compare ``pixels`` (SIDE, SIDE, 3) with the golden result of the sample ``key``."""
    differences = np.abs(_grid_values(pixels) - np.array(expected()["restored"][key])) / 65535
    return Difference(key, float(differences.mean()), float(differences.max()))
