"""``dfpir restore --write-recipe`` and ``--recipe``: what was done once is done again."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from core.cli import main
from core.inference import Step
from core.photo import Photo
from core.recipes import read_recipe


@pytest.fixture
def beach(picture) -> Path:
    return picture("beach.png")


def run(model: Path, *arguments: object) -> int:
    return main(["restore", *map(str, arguments), "--model", str(model), "--device", "cpu"])


def test_a_recipe_is_written_beside_the_result_and_does_the_same_again(
    tiny_model_file: Path, beach: Path, tmp_path: Path
) -> None:
    first, second = tmp_path / "first.png", tmp_path / "second.png"
    options = ("--steps", "noise25:0.7,haze", "--precision", "float32", "--write-recipe")
    assert run(tiny_model_file, beach, *options, "-o", first) == 0
    recipe = read_recipe(tmp_path / "first.png.recipe.json")
    assert recipe.steps == (Step("noise25", 0.7), Step("haze"))
    assert (recipe.model, recipe.precision) == ("tiny", "float32")
    assert recipe.model_sha256 == hashlib.sha256(tiny_model_file.read_bytes()).hexdigest()
    assert run(tiny_model_file, beach, "--recipe", tmp_path / "first.png.recipe.json", "-o", second) == 0
    np.testing.assert_array_equal(Photo.open(second).pixels, Photo.open(first).pixels)


def test_without_the_option_there_is_no_recipe(tiny_model_file: Path, beach: Path, tmp_path: Path) -> None:
    assert run(tiny_model_file, beach, "-d", "haze", "-o", tmp_path / "out.png") == 0
    assert not list(tmp_path.glob("*.json"))


def test_another_model_is_told(
    tiny_model_file: Path, beach: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tiny_model_file, beach, "-d", "haze", "--write-recipe", "-o", tmp_path / "out.png")
    file = tmp_path / "out.png.recipe.json"
    file.write_text(file.read_text().replace(read_recipe(file).model_sha256, "0" * 64))
    assert run(tiny_model_file, beach, "--recipe", file, "-o", tmp_path / "again.png") == 0
    assert "is of another model, 'tiny'" in capsys.readouterr().err


def test_a_damaged_recipe_ends_the_command_before_any_photo(
    tiny_model_file: Path, beach: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.recipe.json").write_text('{"recipe": 9}')
    assert run(tiny_model_file, beach, "--recipe", tmp_path / "bad.recipe.json") == 2
    assert "newer program" in capsys.readouterr().err
    assert not (tmp_path / "beach-restored.png").exists()


def test_best_quality_is_told_and_kept_in_the_recipe_for_photos_and_folders(
    tiny_model_file: Path, beach: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second, plain = (tmp_path / f"{name}.png" for name in ("first", "second", "plain"))
    options = ("--steps", "rain", "--precision", "float32")
    assert run(tiny_model_file, beach, *options, "--quality-mode", "best", "--write-recipe", "-o", first) == 0
    assert "float32, best quality" in capsys.readouterr().out
    recipe = tmp_path / "first.png.recipe.json"
    assert read_recipe(recipe).quality_mode == "best"
    assert run(tiny_model_file, beach, "--recipe", recipe, "-o", second, "--json") == 0
    assert json.loads(capsys.readouterr().out)["quality_mode"] == "best"
    assert run(tiny_model_file, beach, "--recipe", recipe, "--quality-mode", "standard", "-o", plain) == 0
    made, again, standard = (Photo.open(file).pixels for file in (first, second, plain))
    np.testing.assert_array_equal(again, made)
    assert not np.array_equal(standard, made)

    (tmp_path / "photos").mkdir()
    beach.rename(tmp_path / "photos" / "beach.png")
    folders = [str(tmp_path / "photos"), str(tmp_path / "out"), "--model", str(tiny_model_file), "--device", "cpu"]
    assert main(["batch", *folders, "--recipe", str(recipe)]) == 0
    np.testing.assert_array_equal(Photo.open(tmp_path / "out" / "beach.png").pixels, made)
