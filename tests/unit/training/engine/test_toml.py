"""Configurations that inherit from others."""

from pathlib import Path

import pytest

from training.engine.toml import ConfigError, read_toml


def write(folder: Path, name: str, text: str) -> Path:
    file = folder / f"{name}.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_tables_are_merged_and_lists_replaced(tmp_path: Path) -> None:
    lowest = 'seed = 1\nname = "n"\n[a]\nx = 1\ny = [1, 2]\n[a.deep]\np = 1\nq = 2\n'
    write(tmp_path, "low", lowest + "[[stage]]\nk = 1\n[[stage]]\nk = 2")
    write(tmp_path, "middle", 'base = "low.toml"\nseed = 2\n[a.deep]\nq = 3')
    high = write(tmp_path, "high", 'base = "middle.toml"\n[a]\ny = [9]\n[[stage]]\nk = 5')
    assert read_toml(high) == {
        "seed": 2,
        "name": "n",
        "a": {"x": 1, "y": [9], "deep": {"p": 1, "q": 3}},
        "stage": [{"k": 5}],
    }


def test_a_base_may_be_a_bundled_configuration(tmp_path: Path) -> None:
    mine = read_toml(write(tmp_path, "mine", 'base = "compact"\nseed = 77\n[model]\ndim = 16'))
    assert mine["seed"] == 77 and mine["model"]["dim"] == 16 and mine["model"]["stem"] == 2 and len(mine["task"]) > 5


def test_lists_of_the_base_can_be_extended(tmp_path: Path) -> None:
    write(tmp_path, "low", 'commands = ["one"]\n[a]\nfolders = ["x", "y"]')
    write(tmp_path, "middle", 'base = "low.toml"\ncommands.add = ["two"]\n[a]\nfolders.add = []')
    high = write(tmp_path, "high", 'base = "middle.toml"\ncommands.add = ["three", "four"]\na.folders.add = ["z"]')
    assert read_toml(high) == {"commands": ["one", "two", "three", "four"], "a": {"folders": ["x", "y", "z"]}}


@pytest.mark.parametrize("entry", ["add = 'two'", "more = ['two']", "add = ['two']\nmore = ['three']"])
def test_an_invalid_extension_of_a_list_is_named(entry: str, tmp_path: Path) -> None:
    write(tmp_path, "low", '[a]\ncommands = ["one"]')
    with pytest.raises(ConfigError, match=r"high\.toml: commands is a list in the base.*commands\.add"):
        read_toml(write(tmp_path, "high", f'base = "low.toml"\n[a.commands]\n{entry}'))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('base = "none.toml"', r"none\.toml: cannot be read.*base of .*one\.toml"),
        ("base = 5", "base = 5"),
        ('base = "one.toml"', "is circular: it leads to one.toml again"),
        ('base = "two.toml"', r"two\.toml: base = 'one\.toml' is circular"),
        ('base = "broken.toml"', r"broken\.toml: cannot be read"),
    ],
)
def test_a_base_that_cannot_be_used_is_named(text: str, message: str, tmp_path: Path) -> None:
    write(tmp_path, "two", 'base = "one.toml"')
    write(tmp_path, "broken", "seed = = 1")
    with pytest.raises(ConfigError, match=message):
        read_toml(write(tmp_path, "one", text))
