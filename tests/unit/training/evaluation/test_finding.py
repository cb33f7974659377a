import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from training.data.data_errors import DataError
from training.evaluation.finding import find_paired_sets, guess_degradation

Write = Callable[..., None]


def _pairs(write: Write, *files: Path) -> None:
    for seed, file in enumerate(files):
        write(file, seed, 20, 20)


def test_sets_in_the_layouts_of_their_authors(tmp_path: Path, write_picture: Write) -> None:
    _pairs(
        write_picture,
        tmp_path / "SOTS" / "indoor" / "hazy" / "1400_1.png",
        tmp_path / "SOTS" / "indoor" / "hazy" / "1400_2.png",
        tmp_path / "SOTS" / "indoor" / "gt" / "1400.png",
        tmp_path / "SOTS" / "outdoor" / "hazy" / "0001_0.8_0.2.jpg",
        tmp_path / "SOTS" / "outdoor" / "gt" / "0001.png",
        tmp_path / "LOL" / "eval15" / "low" / "1.png",
        tmp_path / "LOL" / "eval15" / "high" / "1.png",
        tmp_path / "LOL" / "our485" / "low" / "2.png",
        tmp_path / "LOL" / "our485" / "high" / "2.png",
        tmp_path / "Rain100L" / "rainy" / "rain-1.png",
        tmp_path / "Rain100L" / "norain" / "norain-1.png",
        tmp_path / "GoPro" / "test" / "SCENE_A" / "blur" / "01.png",
        tmp_path / "GoPro" / "test" / "SCENE_A" / "sharp" / "01.png",
        tmp_path / "GoPro" / "test" / "SCENE_B" / "blur" / "01.png",
        tmp_path / "GoPro" / "test" / "SCENE_B" / "sharp" / "01.png",
        tmp_path / "GoPro" / "train" / "SCENE_C" / "blur" / "01.png",
        tmp_path / "GoPro" / "train" / "SCENE_C" / "sharp" / "01.png",
        tmp_path / "my dark ones" / "degraded" / "a.png",
        tmp_path / "my dark ones" / "clean" / "a.png",
    )
    found = {entry.name: entry for entry in find_paired_sets(tmp_path)}
    assert {name: (entry.degradation, entry.names) for name, entry in found.items()} == {
        "GoPro": ("blur", ("test/SCENE_A/01.png", "test/SCENE_B/01.png")),
        "LOL": ("low-light", ("eval15/1.png",)),
        "Rain100L": ("rain", ("rain-1.png",)),
        "SOTS/indoor": ("haze", ("1400_1.png", "1400_2.png")),
        "SOTS/outdoor": ("haze", ("0001_0.8_0.2.jpg",)),
        "my dark ones": ("low-light", ("a.png",)),
    }
    assert found["SOTS/indoor"].pairs[1][1] == tmp_path / "SOTS" / "indoor" / "gt" / "1400.png"


def test_a_folder_may_be_a_set(tmp_path: Path, write_picture: Write) -> None:
    root = tmp_path / "rain100h"
    _pairs(write_picture, root / "input" / "1.png", root / "target" / "1.png")
    assert [(entry.name, entry.degradation) for entry in find_paired_sets(root)] == [("rain100h", "rain")]


def test_two_kinds_in_one_folder_are_two_sets(tmp_path: Path, write_picture: Write) -> None:
    for kind in ("rainy days", "hazy days"):
        _pairs(write_picture, tmp_path / "mix" / kind / "lq" / "1.png", tmp_path / "mix" / kind / "gt" / "1.png")
    names = {entry.name: entry.degradation for entry in find_paired_sets(tmp_path)}
    assert names == {"mix rain": "rain", "mix haze": "haze"}


def test_photographs_without_pairs_are_ignored(tmp_path: Path, write_picture: Write) -> None:
    _pairs(write_picture, tmp_path / "real" / "haze" / "1.png", tmp_path / "real" / "blur" / "1.png")
    assert find_paired_sets(tmp_path) == []


def test_a_degraded_picture_without_its_clean_one_is_named(tmp_path: Path, write_picture: Write) -> None:
    root = tmp_path / "rain100l"
    _pairs(write_picture, root / "degraded" / "1.png", root / "degraded" / "2.png", root / "clean" / "1.png")
    with pytest.raises(DataError, match=r"2\.png"):
        find_paired_sets(tmp_path)


def test_pairs_of_unknown_degradation_are_skipped_with_a_warning(
    tmp_path: Path, write_picture: Write, caplog: pytest.LogCaptureFixture
) -> None:
    _pairs(write_picture, tmp_path / "stuff" / "degraded" / "1.png", tmp_path / "stuff" / "clean" / "1.png")
    with caplog.at_level(logging.WARNING):
        assert find_paired_sets(tmp_path) == []
    assert "stuff" in caplog.text


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("Rain100H", "rain"),
        ("hazy", "haze"),
        ("low_light", "low-light"),
        ("LOL-v2", "low-light"),
        ("GoPro", "blur"),
        ("noise15", "noise15"),
        ("polyu_real_noise", "noise25"),
        ("train", None),
        ("portraits", None),
    ],
)
def test_degradations_are_derived_from_names(name: str, key: str | None) -> None:
    assert guess_degradation(name) == key
