"""A restorer whose effect is known, and a few small sets."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from core.degradations import KEYS
from core.photo import Photo
from training.evaluation.held_out import HELD_OUT
from training.evaluation.sets import EvaluationSet, Sample


@dataclass
class Answer:
    photo: Photo


@dataclass
class FakeRestorer:
    """Adds the ``effect`` of the prompt to every value, and records the calls."""

    effect: dict[str, float] = field(default_factory=dict)
    degradations: tuple[str, ...] = KEYS
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def restore(self, photo: Photo, steps: Sequence[str]) -> Answer:
        self.asked.append(tuple(steps))
        added = sum(self.effect.get(key, 0.0) for key in steps)
        return Answer(photo.with_pixels(photo.pixels + np.float32(added)))


@pytest.fixture(name="fake_restorer")
def _fake_restorer() -> type[FakeRestorer]:
    """The class :class:`FakeRestorer`: (effect by prompt, degradations)."""
    return FakeRestorer


@pytest.fixture
def grey_set() -> Callable[..., EvaluationSet]:
    """Makes a set of grey pictures: (errors, degradation="rain", name="greys").

    Picture i is 0.5 everywhere, and its degraded side less by ``errors[i]``.
    """

    def make(errors: Sequence[float], degradation: str = "rain", name: str = "greys") -> EvaluationSet:
        def load(index: int) -> Sample:
            clean = np.full((16, 24, 3), 0.5, np.float32)
            return Sample(clean - np.float32(errors[index]), clean)

        return EvaluationSet(name, degradation, tuple(f"{i}.png" for i in range(len(errors))), load)

    return make


@pytest.fixture
def sets(tmp_path: Path, write_picture: Callable[..., None]) -> Path:
    """A folder with two sets, clean and paired, and the file of held-out kernels."""
    root = tmp_path / "eval"
    for index in range(4):
        write_picture(root / "cbsd68" / "clean" / f"{index}.png", index)
    for index in range(2):
        write_picture(root / "rain100l" / "degraded" / f"{index}.png", index)
        write_picture(root / "rain100l" / "clean" / f"{index}.png", 10 + index)
    np.savez(root / "kernels.npz", levin4=np.ones((1, 5)), levin8=np.ones((3, 3)))
    return root


@pytest.fixture
def train(tmp_path: Path, write_picture: Callable[..., None]) -> Path:
    """A training folder: of each set of pairs one that is held out and one that is not."""
    root = tmp_path / "train"
    names = {folder: patterns[0].replace("*", "1") for folder, patterns in HELD_OUT.items()}
    stems = {folder: ["other", stem] for folder, stem in names.items()}
    stems["blur_pairs"] = ["gopro_1", "gopro_2", "reds_test000_0000", "reds_test001_0001"]
    stems["haze_outdoor"] = ["ohaze_1", "ohaze_2"]
    for folder, entries in stems.items():
        for number, stem in enumerate(entries):
            write_picture(root / folder / "degraded" / f"{stem}.png", number)
            write_picture(root / folder / "clean" / f"{stem}.png", 10 + number)
    return root
