"""Folders of small photos, written without the code under test."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar

import cv2
import numpy as np
import pytest

from core.detection import CLASSES, Detection
from core.inference import RestorationResult, Step
from core.inference.mask_notes import mask_notes
from core.inference.result import mask_renderer
from core.photo import Photo
from core.progress import CancelToken, ProgressCallback

Make = Callable[..., Path]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "restored"


@pytest.fixture
def make(source: Path) -> Make:
    """Writes a photo of random noise at a path within the source, with its folders."""

    def write(path: str, side: int = 24) -> Path:
        file = source / path
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(list(path.encode())).integers(0, 256, (side, side + 8, 3), np.uint8)
        ending = file.suffix if file.suffix.lower() != ".avif" else ".png"
        file.write_bytes(cv2.imencode(ending, pixels)[1].tobytes())
        return file

    return write


@pytest.fixture
def tree() -> Callable[[Path], dict[str, bytes]]:
    """Path within a folder -> bytes of every file, without the batch's own files."""

    def read(folder: Path) -> dict[str, bytes]:
        return {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.is_file() and not any(part.startswith(".dfpir-batch") for part in file.relative_to(folder).parts)
        }

    return read


class FakeRestorer:
    """Its result is the negative of the photo."""

    device = "cpu"

    def __init__(self, config: "FakeConfig", *, careful: bool) -> None:
        self._config = config
        self._careful = careful

    def restore(
        self,
        photo: Photo,
        steps: tuple[Step, ...],
        *,
        progress: ProgressCallback,
        cancel: CancelToken | None,
        quality_mode: str | None,
    ) -> RestorationResult:
        if photo.source is None:  # a small copy, to propose a strength: it is left as it is, or becomes dull
            pixels = photo.pixels * np.float32(0.3) if self._config.dull else photo.pixels
            return RestorationResult(photo.with_pixels(pixels), steps, "fake", "cpu", "float32", "full", 0.01)
        name = photo.source.name
        self._config.quality_modes.append(quality_mode)
        self._config.calls.append((name, steps, self._careful))
        progress(0.5)
        if cancel is not None:
            cancel.check()
        if name in self._config.meanwhile and not self._careful:
            self._config.meanwhile[name]()
        if cancel is not None:
            cancel.check()
        progress(1.0)
        result = photo.with_pixels(1.0 - photo.pixels)
        notes = mask_notes(mask_renderer(photo), steps)
        return RestorationResult(result, steps, "fake", "cpu", "float32", "full", 0.01, notes=notes)


@dataclass
class FakeConfig:
    """Stands for a :class:`core.batch.BackendConfig` in this process, and is the detector, too.

    Attributes:
        calls: name, steps, and whether the careful restorer was used, of each restored file.
        meanwhile: called while the file of this name is restored.
        found: degradations that the detector finds in the file of this name.
        certainty: confidence of the detector.
        model: hash of the model.
        looked: names of the files that the detector was given.
        quality_modes: of each restoration.
        dull: whether small copies become dull, so that less strength is proposed for haze.
    """

    scheduler: ClassVar[str | None] = None

    calls: list[tuple[str, tuple[Step, ...], bool]] = field(default_factory=list)
    meanwhile: dict[str, Callable[[], None]] = field(default_factory=dict)
    found: dict[str, tuple[str, ...]] = field(default_factory=dict)
    certainty: float = 0.9
    model: str = "model"
    looked: list[str] = field(default_factory=list)
    quality_modes: list[str | None] = field(default_factory=list)
    dull: bool = False

    def chosen_devices(self) -> tuple[str, ...]:
        return ("cpu",)

    def restorer(self, device: str) -> FakeRestorer:
        return FakeRestorer(self, careful=False)

    def careful_restorer(self) -> FakeRestorer:
        return FakeRestorer(self, careful=True)

    def make_detector(self) -> "FakeConfig":
        return self

    def model_hash(self) -> str:
        return self.model

    def detector_hash(self) -> str:
        return "detector"

    def detect(self, photo: Photo) -> Detection:
        assert photo.source is not None
        self.looked.append(photo.source.name)
        found = self.found.get(photo.source.name, ())
        chances = {name: self.certainty if name in (found or ("clean",)) else 0.004 for name in CLASSES}
        return Detection(chances, found, 24.0 if "noise" in found else None, self.certainty < 0.6)

    @property
    def restored(self) -> list[str]:
        return [name for name, _, _ in self.calls]


@pytest.fixture
def config() -> FakeConfig:
    return FakeConfig()
