"""Options of noise and blur tasks, from the task to the sample."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.degradations import KEYS
from training.restoration.config import TrainingConfig
from training.restoration.degrading import kernel_problems, shared_noise_prompt
from training.restoration.samples import TaskData, TrainingData
from training.restoration.task import Task

NOISE = {"sigma": [2, 80], "log_share": 0.5, "sources": {"white": 0.4, "sensor": 0.2, "camera": 0.2, "film": 0.2}}


@pytest.fixture(name="one")
def _one(config: TrainingConfig, data: Path) -> Callable[[Task], TaskData]:
    return lambda task: TrainingData(replace(config, tasks=(task,), holdout=0), data).tasks[0]


def test_noise_prompts_cover_the_range_and_overlap_at_boundaries() -> None:
    rng = np.random.default_rng(0)

    def shares(sigma: float) -> list[float]:
        drawn = [shared_noise_prompt(sigma, rng) for _ in range(600)]
        return [drawn.count(key) / 600 for key in ("noise15", "noise25", "noise50")]

    for sigma, main in ((2, 0), (10, 0), (26, 1), (70, 2)):
        assert shares(sigma)[main] > 0.9 and min(shares(sigma)) > 0
    for sigma, (low, high) in ((np.sqrt(15 * 25), (0, 1)), (np.sqrt(25 * 50), (1, 2))):
        seen = shares(sigma)
        assert seen[low] == pytest.approx(0.5, abs=0.08) and seen[high] == pytest.approx(0.5, abs=0.08)


def test_noise_of_every_source_and_level_is_drawn_with_a_fitting_prompt(
    one: Callable[[Task], TaskData], data: Path
) -> None:
    cv2.imwrite(str(data / "clean" / "0.png"), np.full((80, 80, 3), 128, np.uint8))
    loaded = one(Task("noise", ("clean",), 1.0, options=NOISE))
    levels: dict[str, list[float]] = {}
    for seed in range(120):
        degraded, clean, prompt = loaded.sample(loaded.training[:1], 32, np.random.default_rng(seed))
        levels.setdefault(KEYS[prompt], []).append(float((degraded - clean).std() * 255))
        assert degraded.dtype == np.float32
        np.testing.assert_allclose(degraded * 255, np.round(degraded * 255), atol=1e-3)
    medians = [np.median(levels[key]) for key in ("noise15", "noise25", "noise50")]
    assert medians[0] < 15 < medians[1] < 35 < medians[2]
    every = np.concatenate(list(levels.values()))
    assert every.min() < 4 and every.max() > 55


def test_turns_give_all_orientations_and_vivid_changes_only_colours(
    one: Callable[[Task], TaskData], data: Path
) -> None:
    for number in (1, 2):
        (data / "clean" / f"{number}.png").unlink()
    picture = np.random.default_rng(0).integers(0, 256, (32, 32, 3), np.uint8)
    cv2.imwrite(str(data / "clean" / "0.png"), picture)
    loaded = one(Task("clean", ("clean",), 1.0, "noise15", {"turns": True}))
    seen = {loaded.sample(loaded.training, 32, np.random.default_rng(seed))[1].tobytes() for seed in range(100)}
    turned = [np.rot90(way[:, :, ::-1], turns) for way in (picture, picture[::-1]) for turns in range(4)]
    assert seen == {(np.ascontiguousarray(one).astype(np.float32) / 255).tobytes() for one in turned}
    plain = one(Task("clean", ("clean",), 1.0, "noise15"))
    some = one(Task("clean", ("clean",), 1.0, "noise15", {"vivid": 0.5}))
    changed = [
        not np.array_equal(*(task.sample(task.training, 32, np.random.default_rng(seed))[1] for task in (plain, some)))
        for seed in range(60)
    ]
    assert 0.3 < np.mean(changed) < 0.7


def test_pairs_are_rotated_together(one: Callable[[Task], TaskData], data: Path) -> None:
    for name in ("degraded", "clean"):
        (data / "same" / name).mkdir(parents=True)
        (data / "same" / name / "x.png").write_bytes((data / "clean" / "0.png").read_bytes())
    loaded = one(Task("pairs", ("same",), 1.0, "blur", {"turns": True}))
    for seed in range(8):
        degraded, clean, _ = loaded.sample(loaded.training, 48, np.random.default_rng(seed))
        np.testing.assert_array_equal(degraded, clean)


def test_moving_cameras_and_kernels_by_pattern(one: Callable[[Task], TaskData], data: Path) -> None:
    np.savez(data / "many.npz", real_a=np.ones((3, 3)), real_b=np.ones((5, 5)), other=np.ones((3, 3)))
    lines = [f"{n * 10_000_000} 0.{n % 7} 0.{n % 5} 0" for n in range(40)]
    (data / "gyro.txt").write_text("\n".join(["40", "0", *lines]), encoding="utf-8")
    options = {"extent": [3, 10], "gyro": "gyro.txt", "kernels": "many.npz", "names": ["real_*"], "paths": 0.5}
    options |= {"turns": True, "vivid": 0.5}
    loaded = one(Task("blur", ("clean",), 1.0, "blur", options))
    for seed in range(12):
        degraded, clean, prompt = loaded.sample(loaded.training, 40, np.random.default_rng(seed))
        again, _, _ = loaded.sample(loaded.training, 40, np.random.default_rng(seed))
        assert degraded.shape == clean.shape == (40, 40, 3) and KEYS[prompt] == "blur"
        np.testing.assert_array_equal(degraded, again)
        assert 0 < np.abs(degraded - clean).mean() < 0.2


def test_kernels_and_traces_that_are_missing_are_named(data: Path) -> None:
    (data / "gyro.txt").write_text("8\n0\n1 2 3\n", encoding="utf-8")
    options = {"extent": [3, 10], "kernels": "kernels.npz", "names": ["a*", "z*"]}
    for trace, message in (("gyro.txt", "no gyro trace|not a gyro trace"), ("none.txt", "cannot be read")):
        told = [problem.detail for problem in kernel_problems(_blur(options | {"gyro": trace}), data)]
        assert len(told) == 2 and "z*" in told[1] and any(part in told[0] for part in message.split("|"))
    assert kernel_problems(_blur({"extent": [3, 10]}), data) == []


def _blur(options: dict[str, object]) -> Task:
    return Task("blur", ("clean",), 1.0, "blur", options)
