from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.degradations import KEYS
from training.config import Stage, Task, TrainingConfig
from training.data import TaskData, TrainingData
from training.pictures import DataError, list_pairs, read_picture


def test_batch_is_a_pure_function_of_seed_and_step(config: TrainingConfig, data: Path) -> None:
    first, second = TrainingData(config, data), TrainingData(config, data)
    second.batch(0)  # what was drawn before plays no part
    a, b, c = first.batch(3), second.batch(3), first.batch(2)
    np.testing.assert_array_equal(a.degraded, b.degraded)
    np.testing.assert_array_equal(a.clean, b.clean)
    np.testing.assert_array_equal(a.prompts, b.prompts)
    assert not np.array_equal(a.degraded, c.degraded)
    other = TrainingData(replace(config, seed=6), data).batch(3)
    assert not np.array_equal(a.degraded, other.degraded)


def test_batches_follow_the_stages(config: TrainingConfig, data: Path) -> None:
    loaded = TrainingData(config, data)
    assert loaded.batch(3).clean.shape == (3, 3, 32, 32)
    assert loaded.batch(4).degraded.shape == (2, 3, 48, 48)
    for batch in (loaded.batch(step) for step in range(5)):
        for pictures in (batch.degraded, batch.clean):
            assert pictures.dtype == np.float32 and pictures.min() >= 0 and pictures.max() <= 1
            np.testing.assert_allclose(pictures * 255, np.round(pictures * 255), atol=1e-3)


def test_shares_decide_how_often_a_task_is_drawn(config: TrainingConfig, data: Path) -> None:
    tasks = tuple(replace(task, share=6.0 if task.kind == "pairs" else 1.0) for task in config.tasks)
    loaded = TrainingData(replace(config, tasks=tasks, stages=(Stage(100, 16, 3),)), data)
    prompts = np.concatenate([loaded.batch(step).prompts for step in range(60)])
    share = np.mean(prompts == KEYS.index("rain"))
    assert 0.45 < share < 0.68  # 6 of 11, and the clean task's random prompts


def test_prompts_fit_their_task_and_clean_samples_stay_as_they_are(config: TrainingConfig, data: Path) -> None:
    drawn = set()
    for task in config.tasks:
        loaded = TaskData(task, data, 0)
        for seed in range(20):
            degraded, clean, prompt = loaded.sample(loaded.training, 32, np.random.default_rng(seed))
            if task.kind == "clean":
                np.testing.assert_array_equal(degraded, clean)
                drawn.add(KEYS[prompt])
            else:
                assert KEYS[prompt] == task.degradation and not np.array_equal(degraded, clean)
    assert len(drawn) > 4


def test_pairs_stay_aligned_through_cropping_and_mirroring(data: Path) -> None:
    folder = data / "same"
    for name in ("degraded", "clean"):
        (folder / name).mkdir(parents=True)
        (folder / name / "x.png").write_bytes((data / "clean" / "0.png").read_bytes())
    loaded = TaskData(Task("pairs", ("same",), 1.0, "rain"), data, 0)
    crops = [loaded.sample(loaded.training, 32, np.random.default_rng(seed))[:2] for seed in range(20)]
    assert all(np.array_equal(degraded, clean) for degraded, clean in crops)
    assert len({clean.tobytes() for _, clean in crops}) == 20


def test_held_out_pictures_are_never_trained_on(config: TrainingConfig, data: Path) -> None:
    loaded = TaskData(config.tasks[0], data, 1)
    assert len(loaded.training) == 2 and len(loaded.validation) == 1
    assert all(pair.clean is not loaded.validation[0].clean for pair in loaded.training)
    one, two = (TrainingData(config, data).validation(32) for _ in range(2))
    assert [name for name, _ in one] == ["noise25", "rain", "haze", "blur", "low-light", "clean"]
    for (_, a), (_, b) in zip(one, two, strict=True):
        np.testing.assert_array_equal(a.degraded, b.degraded)


def test_pictures_smaller_than_the_crop_are_continued_by_mirroring(data: Path) -> None:
    loaded = TaskData(Task("clean", ("clean",), 1.0), data, 0)
    _, clean, _ = loaded.sample(loaded.training, 112, np.random.default_rng(0))
    assert clean.shape == (112, 112, 3) and clean.std() > 0.05


def test_what_is_missing_or_unreadable_is_named(config: TrainingConfig, data: Path) -> None:
    task = config.tasks[0]
    with pytest.raises(DataError, match="nowhere"):
        TaskData(replace(task, folders=("nowhere",)), data, 0)
    with pytest.raises(DataError, match="too few"):
        TaskData(task, data, 3)
    (data / "depth" / "1.png").unlink()
    with pytest.raises(DataError, match=r"1\.png.*depth"):
        TaskData(config.tasks[2], data, 0)
    (data / "clean" / "2.png").write_bytes(b"no picture")
    with pytest.raises(DataError, match=r"2\.png"):
        TaskData(task, data, 0)
    (data / "clean" / "2.png").write_bytes(b"")
    with pytest.raises(DataError, match=r"2\.png"):
        read_picture(data / "clean" / "2.png")
    (data / "empty").mkdir()
    with pytest.raises(DataError, match="no pictures"):
        TaskData(replace(task, folders=("empty",)), data, 0)


def test_pairs_need_partners_of_the_same_size(data: Path, write_picture: Callable[..., None]) -> None:
    write_picture(data / "rain" / "degraded" / "7_a.png", 1)
    with pytest.raises(DataError, match=r"7_a\.png"):
        list_pairs(data / "rain")
    write_picture(data / "rain" / "clean" / "7.png", 1, height=64)
    assert list_pairs(data / "rain")[-1][1].name == "7.png"
    with pytest.raises(DataError, match="size"):
        TaskData(Task("pairs", ("rain",), 1.0, "rain"), data, 0)
