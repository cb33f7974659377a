"""Recipes are written, read back, and refused if invalid."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.errors import RecipeError
from core.inference import RestorationResult, Step
from core.masks import Brush, Component, Mask, Mode, Sky, Stroke
from core.photo import Photo
from core.recipes import Recipe, read_recipe, recipe_path, write_recipe
from core.system.version import program_version

SHA = "0123456789abcdef" * 4


def recipe() -> Recipe:
    return Recipe((Step("noise25", 0.7), Step("haze")), "dfpir-compact", SHA, "bfloat16", "0.1.0")


def values() -> dict:
    return json.loads(recipe().to_json())


def test_a_recipe_is_written_and_read_back(tmp_path: Path) -> None:
    path = write_recipe(recipe(), tmp_path / "beach.jpg")
    assert path == tmp_path / "beach.jpg.recipe.json"
    assert read_recipe(path) == recipe()


def test_the_file_is_plain_json() -> None:
    assert values() == {
        "recipe": 1,
        "program": "0.1.0",
        "model": {"name": "dfpir-compact", "sha256": SHA},
        "precision": "bfloat16",
        "steps": [{"degradation": "noise25", "strength": 0.7}, {"degradation": "haze", "strength": 1.0}],
    }


def test_the_quality_mode_is_stored_and_older_recipes_have_the_standard_one() -> None:
    best = replace(recipe(), quality_mode="best")
    written = json.loads(best.to_json())
    assert (written["recipe"], written["quality_mode"]) == (2, "best")
    assert Recipe.from_json(best.to_json(), "beach") == best
    assert Recipe.from_json(json.dumps(values()), "beach").quality_mode == "standard"  # of version 1
    with pytest.raises(RecipeError, match=r"lacks quality_mode"):
        Recipe.from_json(json.dumps(values() | {"recipe": 2}), "beach")
    with pytest.raises(RecipeError, match=r'"quality_mode" must be standard or best, not \[1\]'):
        Recipe.from_json(json.dumps(written | {"quality_mode": [1]}), "beach")


def test_the_recipe_of_a_result() -> None:
    photo = Photo.from_array(np.zeros((2, 2, 3), np.float32))
    result = RestorationResult(photo, (Step("rain", 0.5),), "mine", "cpu", "float32", "bands", 1.0, SHA)
    assert result.recipe == Recipe((Step("rain", 0.5),), "mine", SHA, "float32", program_version())


def test_nothing_is_overwritten_unless_requested(tmp_path: Path) -> None:
    photo = tmp_path / "beach.jpg"
    recipe_path(photo).write_text("mine")
    with pytest.raises(RecipeError, match="already exists"):
        write_recipe(recipe(), photo)
    assert recipe_path(photo).read_text() == "mine"
    write_recipe(recipe(), photo, overwrite=True)
    assert read_recipe(recipe_path(photo)) == recipe()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"recipe": 4}, "newer program: its format is version 4, and this program knows 3"),
        ({"recipe": "1"}, "whole number, not '1'"),
        ({"recipe": True}, "whole number"),
        ({"steps": []}, "no steps"),
        ({"steps": {}}, '"steps" must be a list'),
        ({"steps": ["haze"]}, "step 1 must be an object"),
        ({"steps": [{"degradation": "snow", "strength": 1}]}, "step 1 removes 'snow', which is not known"),
        ({"steps": [{"degradation": ["haze"], "strength": 1}]}, "which is not known"),
        ({"steps": [{"degradation": "haze"}]}, "step 1 lacks strength"),
        ({"steps": [{"degradation": "haze", "strength": "1"}]}, "strength of step 1 must be a number"),
        ({"steps": [{"degradation": "haze", "strength": 1.5}]}, "from 0 to 1, not 1.5"),
        ({"steps": [{"degradation": "haze", "strength": True}]}, "must be a number"),
        ({"steps": [{"degradation": "haze", "strength": 10**400}]}, "must be a number"),
        ({"steps": [{"degradation": "haze", "strength": 1, "mask": "sky"}]}, "does not know: mask"),
        ({"model": "dfpir"}, '"model" must be an object'),
        ({"model": {"name": "x", "sha256": "zz"}}, "64 hexadecimal digits"),
        ({"model": {"name": 3, "sha256": ""}}, '"name" must be text'),
        ({"model": {"name": "x"}}, "lacks sha256"),
        ({"precision": "int8"}, '"precision" must be one of'),
        ({"program": None}, '"program" must be text'),
        ({"author": "me"}, "does not know: author"),
    ],
)
def test_invalid_entries_are_refused_by_name(tmp_path: Path, change: dict, words: str) -> None:
    path = tmp_path / "odd.recipe.json"
    path.write_text(json.dumps(values() | change))
    with pytest.raises(RecipeError) as caught:
        read_recipe(path)
    assert words in str(caught.value)
    assert "odd.recipe.json" in str(caught.value)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"{", "not valid JSON"),
        (b"[" * 100_000, "not valid JSON"),
        (b"[]", 'no entry "recipe"'),
        (b"\xff\xfe", "UTF-8"),
        (b" " * (2**25 + 1), "too large"),
    ],
)
def test_files_that_are_not_recipes_are_refused(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "other.json"
    path.write_bytes(data)
    with pytest.raises(RecipeError, match=words):
        read_recipe(path)


def test_a_missing_file_and_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match="cannot be read"):
        read_recipe(tmp_path / "none.json")
    with pytest.raises(RecipeError, match="cannot be written"):
        write_recipe(recipe(), tmp_path / "gone" / "beach.jpg")


def test_plain_values_are_converted_back() -> None:
    assert Recipe.from_dict(recipe().to_dict(), "beach") == recipe()
    with pytest.raises(RecipeError, match="beach is not a recipe"):
        Recipe.from_dict([1], "beach")


def test_masks_are_stored_since_version_3() -> None:
    mask = Mask((Component(Sky()), Component(Brush((Stroke(((0.25, 0.5),), 0.1),)), Mode.SUBTRACT)), feather=0.01)
    masked = replace(recipe(), steps=(Step("haze", 0.5, mask), Step("rain")))
    written = json.loads(masked.to_json())
    assert (written["recipe"], written["quality_mode"]) == (3, "standard")
    assert Recipe.from_json(masked.to_json(), "beach") == masked
    with pytest.raises(RecipeError, match=r"step 1 has entries that this program does not know: mask"):
        Recipe.from_json(json.dumps(written | {"recipe": 2}), "beach")
    written["steps"][0]["mask"]["components"][1]["strokes"][0]["size"] = 9
    with pytest.raises(RecipeError, match=r"beach: step 1: Mask: brush size 9 is out of range"):
        Recipe.from_json(json.dumps(written), "beach")
