"""``dfpir restore`` without a word about what to remove."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from core.cli import main

if TYPE_CHECKING:
    from tests.unit.core.cli.conftest import Verdicts

Make = Callable[[str], Path]


def run(model: Path, *arguments: object) -> int:
    return main(["restore", *map(str, arguments), "--model", str(model), "--device", "cpu"])


def read(file: Path) -> np.ndarray:
    return cv2.imread(str(file), cv2.IMREAD_UNCHANGED)


def test_what_is_found_is_removed_as_if_it_had_been_asked_for(
    tiny_model_file: Path, verdicts: "Verdicts", picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = picture("night.png")
    verdicts.found = {photo.name: ("low-light", "noise")}
    assert run(tiny_model_file, photo, "-o", tmp_path / "auto.png", "--strength", 0.7) == 0
    assert "noise (σ 24)" in capsys.readouterr().out
    asked = ("--steps", "noise25,low-light", "-o", tmp_path / "asked.png", "--strength", 0.7)
    assert run(tiny_model_file, photo, *asked) == 0
    assert (tmp_path / "auto.png").read_bytes() == (tmp_path / "asked.png").read_bytes()
    assert not np.array_equal(read(tmp_path / "auto.png"), read(photo))


def test_clean_photo_is_handed_on_byte_for_byte_and_said_to_be_clean(
    tiny_model_file: Path, verdicts: "Verdicts", picture: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = picture("clean.jpg")
    assert run(tiny_model_file, photo, "-d", "auto") == 0
    assert photo.with_name("clean-restored.jpg").read_bytes() == photo.read_bytes()
    assert "clean: copied unchanged" in capsys.readouterr().out


def test_clean_photo_in_another_format_keeps_its_pixels(
    tiny_model_file: Path, verdicts: "Verdicts", picture: Make, tmp_path: Path
) -> None:
    photo = picture("clean.png")
    assert run(tiny_model_file, photo, "-o", tmp_path / "out.tif") == 0
    np.testing.assert_array_equal(read(tmp_path / "out.tif"), read(photo))


def test_result_for_a_clean_photo_overwrites_nothing(
    tiny_model_file: Path, verdicts: "Verdicts", picture: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, other = picture("clean.png"), picture("clean-restored.png")
    before = other.read_bytes()
    assert run(tiny_model_file, photo) == 1
    assert other.read_bytes() == before and "already exists" in capsys.readouterr().err


def test_unsure_detector_acts_on_its_best_guess_only_and_says_so(
    tiny_model_file: Path, verdicts: "Verdicts", picture: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found, verdicts.unsure = {"doubtful.png": ("haze", "rain")}, True
    assert run(tiny_model_file, picture("doubtful.png")) == 0
    assert "unsure, perhaps haze; " in capsys.readouterr().out


def test_json_tells_the_verdict_and_the_steps_that_follow(
    tiny_model_file: Path, verdicts: "Verdicts", picture: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found = {"a.png": ("noise",)}
    verdicts.sigma = 44.0
    assert run(tiny_model_file, picture("a.png"), picture("clean.png"), "--json") == 0
    noisy, clean = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert noisy["steps"] == [{"degradation": "noise50", "strength": 1.0}]
    assert noisy["detection"]["sigma"] == 44.0 and noisy["path"] == "bands"
    assert clean["steps"] == [] and clean["detection"]["label"] == "clean" and clean["path"] is None
    assert clean["output"].endswith("clean-restored.png") and clean["error"] is None


def test_detector_is_not_even_loaded_when_it_is_not_asked(
    tiny_model_file: Path, verdicts: "Verdicts", picture: Make
) -> None:
    assert run(tiny_model_file, picture("a.png"), "-d", "haze") == 0
    assert verdicts.asked == []
