from importlib import resources
from pathlib import Path

import pytest

from training.engine.toml import read_toml
from training.evaluation.held_out import HELD_OUT, is_held_out, matches
from training.restoration.config import load_config


def test_whole_scenes_are_held_out() -> None:
    assert is_held_out("blur_pairs", "gopro_4.jpg") and is_held_out("train/blur_pairs/degraded", "gopro_4")
    assert not is_held_out("blur_pairs", "gopro_3") and not is_held_out("elsewhere", "gopro_4")
    assert is_held_out("low_light_pairs", Path("a/sice_153.jpg")) and not is_held_out("low_light_pairs", "sice_1530")
    assert matches("reds_test001_0013", HELD_OUT["blur_pairs"])


FIRST = {"compact", "ablations"}
"""Configurations from before scenes were held out."""


def test_later_configurations_exclude_the_held_out_scenes() -> None:
    files = sorted(Path(str(resources.files("training") / "configs")).glob("*.toml"))
    for file in [file for file in files if file.stem not in FIRST and "detector" not in read_toml(file)]:
        for task in load_config(file).tasks:
            for folder in task.folders:
                for part in set(Path(folder).parts) & set(HELD_OUT):
                    lacking = set(HELD_OUT[part]) - set(task.options.get("exclude", ()))
                    assert not lacking, f"{file.stem}: a task of {folder} must exclude {sorted(lacking)}"


@pytest.mark.parametrize("folder", HELD_OUT)
def test_patterns_match_whole_stems(folder: str) -> None:
    assert all(pattern and "." not in pattern and "/" not in pattern for pattern in HELD_OUT[folder])
