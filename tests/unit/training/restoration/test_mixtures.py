from collections.abc import Callable
from dataclasses import replace
from importlib import resources
from pathlib import Path

import numpy as np
import pytest

from core.degradations import KEYS
from core.models import DFPIRConfig
from training.engine.config import Stage
from training.restoration.config import TrainingConfig, load_config
from training.restoration.samples import TrainingData


def shipped(name: str) -> TrainingConfig:
    return load_config(Path(str(resources.files("training") / "configs" / f"{name}.toml")))


@pytest.mark.parametrize(
    ("name", "rain", "more"), [("paper-3task", 120, ()), ("paper-5task", 80, (("blur", 30), ("low-light", 60)))]
)
def test_mixtures_of_the_paper_have_its_frequencies(
    tmp_path: Path, write_picture: Callable[..., None], name: str, rain: int, more: tuple[tuple[str, int], ...]
) -> None:
    files = [f"BSD400/{n}.png" for n in range(2)] + [f"WED/{n:05}.bmp" for n in range(3)]
    files += [f"RainTrainL/{half}-{n}.png" for n in range(2) for half in ("rainy/rain", "gt/norain")]
    files += [f"OTS/hazy/part1/{n}_{a}_0.2.jpg" for n in range(2) for a in (0.8, 1)] + [
        f"OTS/clear/{n}.jpg" for n in range(2)
    ]
    files += [f"GoPro/train/GOPR0{n}/{half}/0000{n}.png" for n in range(3) for half in ("blur", "blur_gamma", "sharp")]
    files += [f"LOL/our485/{half}/{n}.png" for n in range(2) for half in ("low", "high")]
    for number, file in enumerate(files):
        write_picture(tmp_path / file, number)
    config = shipped(name)
    loaded = TrainingData(replace(config, holdout=0), tmp_path, tmp_path / "cache")
    pictures = {"noise15": 5, "noise25": 5, "noise50": 5, "rain": 2, "haze": 4, "blur": 3, "low-light": 2}
    repeats = {"noise15": 3, "noise25": 3, "noise50": 3, "rain": rain, "haze": 1, **dict(more)}
    weights = dict(zip((task.task.degradation for task in loaded.tasks), loaded.inventory.weights, strict=True))
    assert weights == {key: repeats[key] * pictures[key] for key in repeats}
    assert loaded.samples_per_epoch == sum(weights.values())
    assert [(s.epochs, s.patch, s.batch, s.lr) for s in config.stages] == [(80, 128, 5, None), (5, 192, 3, 1e-5)]
    optimiser = config.optimiser
    assert (optimiser.kind, optimiser.lr, optimiser.betas, optimiser.schedule) == ("adam", 1e-4, (0.9, 0.999), "cosine")
    assert config.model == DFPIRConfig() and config.loss == "l1" and config.frequency_loss == 0
    loaded.config = config.resolved(loaded.samples_per_epoch)
    batch = loaded.batch(0)
    assert batch.degraded.shape == (5, 3, 128, 128)


def test_own_photographs_become_samples_of_every_degradation(
    tmp_path: Path, write_picture: Callable[..., None]
) -> None:
    for number in range(6):
        write_picture(tmp_path / "photos" / f"{2000 + number}" / "x.png", number, height=60, width=80 + number)
    config = shipped("own-photos")
    loaded = TrainingData(replace(config, stages=(Stage(30, 32, 12),)), tmp_path / "photos", tmp_path / "cache")
    assert {task.name for task in config.tasks} == {
        "noise",
        "rain",
        "haze",
        "blur",
        "low-light",
        "low-light+noise",
        "rain+haze",
        "clean",
    }
    prompts = np.concatenate([loaded.batch(step).prompts for step in range(4)])
    assert set(prompts) == set(range(len(KEYS)))
