"""``dfpir restore --mask``."""

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.cli import main
from core.messages import message
from core.quality.limits import LIMITS
from core.quality.report import Remedy
from core.recipes import read_recipe

HEIGHT, WIDTH = 40, 60


def write(path: Path, pixels: np.ndarray) -> Path:
    path.write_bytes(cv2.imencode(path.suffix, pixels)[1].tobytes())
    return path


def read(path: Path) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return write(tmp_path / "photo.png", np.random.default_rng(0).integers(0, 256, (HEIGHT, WIDTH, 3), np.uint8))


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """White in the left half, at half the size of the photo."""
    grey = np.zeros((HEIGHT // 2, WIDTH // 2), np.uint8)
    grey[:, : WIDTH // 4] = 255
    return write(tmp_path / "left.png", grey)


@pytest.fixture
def run(tiny_model_file: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    def restore(*arguments: object) -> tuple[int, dict[str, Any], str]:
        out = ["-o", str(tmp_path / "out.png"), "--overwrite", "--json", "--model", str(tiny_model_file)]
        code = main(["restore", str(photo), *out, "--device", "cpu", *map(str, arguments)])
        captured = capsys.readouterr()
        return code, json.loads(captured.out) if captured.out else {}, captured.err

    return restore


def test_only_the_white_part_is_restored(run, photo: Path, left: Path, tmp_path: Path) -> None:
    code, record, _ = run("--steps", "haze,rain:0.5", "--mask", left)
    assert code == 0
    before, after = read(photo), read(tmp_path / "out.png")
    assert np.array_equal(after[:, 32:], before[:, 32:]) and not np.array_equal(after[:, :28], before[:, :28])
    assert record["masks"] == [{"kind": None, "file": str(left)}]
    masks = [step["mask"]["components"] for step in record["steps"]]
    assert masks == [[{"mode": "add", "inverted": False, "kind": "picture", "size": [30, 20]}]] * 2


def test_a_mask_can_be_for_one_kind_of_step(run, left: Path) -> None:
    _, record, _ = run("--steps", "haze,noise25", "--mask", f"noise={left}")
    assert ["mask" in step for step in record["steps"]] == [False, True]
    _, record, error = run("--steps", "haze,noise25", "--mask", f"rain={left}")
    assert not any("mask" in step for step in record["steps"])
    assert "not used: there is no step rain" in record["notes"][0] and "not used" in error


def test_a_mask_of_a_photo_that_is_copied_is_reported(run, left: Path, verdicts: object) -> None:
    code, record, error = run("--mask", left)
    assert code == 0 and record["steps"] == []
    assert record["notes"] == [f"The mask {left} is not used: there is no step."] and str(left) in error


def test_the_mask_of_the_own_kind_has_precedence(run, left: Path, tmp_path: Path) -> None:
    white = write(tmp_path / "white=all.png", np.full((4, 6), 255, np.uint8))
    _, record, _ = run("--steps", "haze,rain", "--mask", f"haze={left}", "--mask", white)
    assert [step["mask"]["components"][0]["size"] for step in record["steps"]] == [[30, 20], [6, 4]]


def test_the_recipe_repeats_the_result_without_the_file(run, left: Path, tmp_path: Path) -> None:
    run("-d", "haze", "--mask", left, "--write-recipe")
    first = read(tmp_path / "out.png")
    recipe = (tmp_path / "out.png.recipe.json").rename(tmp_path / "kept.recipe.json")
    left.unlink()
    assert read_recipe(recipe).steps[0].mask is not None
    run("--recipe", recipe)
    assert np.array_equal(read(tmp_path / "out.png"), first)


@pytest.mark.parametrize(
    ("pixels", "words"),
    [
        (np.zeros((20, 20), np.uint8), "another shape than the upright photo after rotation and crop (60×40 px)"),
        (np.full((20, 30, 3), (0, 0, 255), np.uint8), "in colour"),
        (None, "cannot be used"),
    ],
)
def test_unsuitable_masks_are_refused_by_name(run, tmp_path: Path, pixels: np.ndarray | None, words: str) -> None:
    path = tmp_path / "mask.png"
    if pixels is None:
        path.write_bytes(b"no picture")
    else:
        write(path, pixels)
    code, _, error = run("-d", "haze", "--mask", path)
    assert code in (1, 2) and words in error and "mask.png" in error
    assert not (tmp_path / "out.png").exists()


def test_a_missing_mask_is_an_error_at_the_start(run, tmp_path: Path) -> None:
    code, record, error = run("-d", "haze", "--mask", tmp_path / "gone.png")
    assert code == 2 and not record and "gone.png" in error


def test_with_rotation_and_crop_the_mask_has_the_shape_of_what_is_restored(run, tmp_path: Path, photo: Path) -> None:
    top = np.zeros((10, 5), np.uint8)
    top[:5] = 255
    code, _, _ = run("-d", "haze", "--rotate", 90, "--crop", "0,0,20,40", "--mask", write(tmp_path / "top.png", top))
    assert code == 0
    before, after = np.rot90(read(photo), -1)[:40, :20], read(tmp_path / "out.png")
    assert np.array_equal(after[24:], before[24:]) and not np.array_equal(after[:16], before[:16])


def test_a_mask_with_too_many_pixels_is_refused_by_name(run, left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.masks.pictures.MAX_PIXELS", 100)
    code, _, error = run("-d", "haze", "--mask", left)
    assert code == 2 and f"The mask {left} cannot be used: The mask picture has more than 100 pixels." in error


def test_the_remedy_in_json_has_no_picture(run, left: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LIMITS, "bright_halos", -1.0)  # everything exceeds it
    monkeypatch.setattr("core.quality.report._remedy", lambda _, steps, __: Remedy("strength", steps, message("try")))
    _, record, _ = run("-d", "haze", "--mask", left)
    (component,) = record["quality"]["remedy"]["steps"][0]["mask"]["components"]
    assert component["size"] == [30, 20] and "png" not in component
