"""The pictures of a detector's training, decoded into memory and split into training and held-out pictures."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.data.data_errors import DataError
from training.data.layouts import list_pairs, list_pictures
from training.data.pictures import read_grey, read_picture
from training.detection.config import DetectorTraining, Source


@dataclass(frozen=True)
class Scene:
    """A picture with its degraded version or depth.

    Attributes:
        clean: (H, W, 3) uint8 RGB.
        family: of ``degraded``, or empty.
        degraded: the same shape, or None.
        depth: (H, W) uint8, 255 = far, or None.
    """

    clean: NDArray[np.uint8]
    family: str = ""
    degraded: NDArray[np.uint8] | None = None
    depth: NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Gallery:
    """The scenes of every source, in the order of the configuration."""

    sources: tuple[Source, ...]
    scenes: tuple[tuple[Scene, ...], ...]

    def draw_clean(self, rng: np.random.Generator) -> Scene:
        """A scene of any source; small sources are drawn slightly more often than by their size."""
        weights = np.array([len(scenes) for scenes in self.scenes]) ** 0.75
        chosen = self.scenes[int(rng.choice(len(self.scenes), p=weights / weights.sum()))]
        return chosen[int(rng.integers(len(chosen)))]

    def draw(self, family: str, rng: np.random.Generator) -> tuple[Scene, bool]:
        """A scene for a sample of ``family``, and whether to use its own degraded picture or depth."""
        draw = rng.random()
        for source, scenes in zip(self.sources, self.scenes, strict=True):
            if family == (source.family or "haze"):
                draw -= source.share
                if draw < 0:
                    return scenes[int(rng.integers(len(scenes)))], True
        return self.draw_clean(rng), False


def open_galleries(config: DetectorTraining, root: Path) -> tuple[Gallery, Gallery]:
    """Read all pictures; returns those to train on, and those held out, which are spread evenly over each folder.

    Raises:
        DataError: pictures are missing or unreadable, or too few to hold one out.
    """
    training, held_out = [], []
    for source in config.sources:
        scenes = _read(source, root)
        count = max(round(len(scenes) * config.holdout), 1)
        if count >= len(scenes):
            raise DataError(f"{root / source.folder}: {len(scenes)} pictures are too few to hold out {count}.")
        held = set(np.linspace(0, len(scenes) - 1, count).round().astype(int).tolist())
        training.append(tuple(scene for index, scene in enumerate(scenes) if index not in held))
        held_out.append(tuple(scenes[index] for index in sorted(held)))
    return Gallery(config.sources, tuple(training)), Gallery(config.sources, tuple(held_out))


def _read(source: Source, root: Path) -> list[Scene]:
    folder = root / source.folder
    if source.family:
        return [_pair(degraded, clean, source.family) for degraded, clean in list_pairs(folder)]
    files = list_pictures(folder)
    if not source.depth:
        return [Scene(read_picture(file)) for file in files]
    depths = {file.stem: file for file in list_pictures(root / source.depth)}
    missing = [file for file in files if file.stem not in depths]
    if missing:
        raise DataError(f"{missing[0]}: there is no depth picture in {root / source.depth}.")
    return [Scene(read_picture(file), depth=read_grey(depths[file.stem])) for file in files]


def _pair(degraded: Path, clean: Path, family: str) -> Scene:
    scene = Scene(read_picture(clean), family, read_picture(degraded))
    if scene.degraded is None or scene.degraded.shape != scene.clean.shape:
        raise DataError(f"{degraded}: differs in size from its clean picture {clean}.")
    return scene
