"""A detector with given results for each file name."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.detection import CLASSES, Detection
from core.photo import Photo


@dataclass
class Verdicts:
    """Families found in each file, by its name, and the arguments that detectors were made with."""

    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    sigma: float = 24.0
    unsure: bool = False
    asked: list[tuple[object, ...]] = field(default_factory=list)

    def detect(self, photo: Photo) -> Detection:
        assert photo.source is not None
        found = self.found.get(photo.source.name, ())
        chances = {name: 0.9 if name in (found or ("clean",)) else 0.004 for name in CLASSES}
        return Detection(chances, found, self.sigma if "noise" in found else None, self.unsure)


@pytest.fixture
def verdicts(monkeypatch: pytest.MonkeyPatch) -> Verdicts:
    made = Verdicts()

    def detector(*arguments: object) -> Verdicts:
        made.asked.append(arguments)
        return made

    monkeypatch.setattr("core.detection.Detector", detector)
    return made


@pytest.fixture
def picture(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a small photo with the given name; its content depends on the length of the name."""

    def make(name: str) -> Path:
        file = tmp_path / name
        pixels = np.random.default_rng(len(name)).integers(0, 256, (20, 30, 3), np.uint8)
        file.write_bytes(cv2.imencode(file.suffix, pixels)[1].tobytes())
        return file

    return make
