"""Presets: named recipes in a folder of the user."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import RecipeError
from core.presets import MAX_NAME, Presets, checked_name, find_recipe, is_preset, preset_recipe
from core.recipes import Recipe
from core.steps import Step

SCANNER = preset_recipe((Step("noise25", 0.7), Step("blur")), "best")


@pytest.fixture
def presets(tmp_path: Path) -> Presets:
    return Presets(tmp_path / "presets")


def test_a_preset_is_a_recipe_file_that_others_can_read(presets: Presets) -> None:
    assert presets.save("  my   scanner ", SCANNER) == "my scanner"
    assert presets.names() == ["my scanner"]
    assert presets.load("my scanner") == SCANNER
    values = json.loads((presets.folder / "my scanner.recipe.json").read_text())
    assert values["steps"][0]["degradation"] == "noise25" and values["quality_mode"] == "best"


def test_a_name_that_is_taken_is_replaced_only_on_request(presets: Presets) -> None:
    presets.save("Night street", SCANNER)
    other = preset_recipe((Step("low-light"),))
    with pytest.raises(RecipeError, match="already"):
        presets.save("night STREET", other)
    assert presets.load("night street") == SCANNER
    assert presets.save("night street", other, overwrite=True) == "Night street"
    assert presets.names() == ["Night street"] and presets.load("Night street") == other


def test_rename_and_delete(presets: Presets) -> None:
    presets.save("a", SCANNER)
    presets.save("b", SCANNER)
    with pytest.raises(RecipeError, match="already"):
        presets.rename("a", "B")
    assert presets.rename("a", "c") == "c" and presets.names() == ["b", "c"]
    assert presets.rename("c", "C") == "C" and presets.names() == ["b", "C"]
    presets.delete("C")
    presets.delete("C")
    assert presets.names() == ["b"]
    with pytest.raises(RecipeError, match="Stored are: b"):
        presets.load("C")
    with pytest.raises(RecipeError, match="There is no preset"):
        presets.rename("zzz", "y")


def test_import_numbers_a_taken_name_and_drops_the_model(presets: Presets, tmp_path: Path) -> None:
    recipe = Recipe((Step("haze"),), "some model", "ab" * 32, "bfloat16", "0.2", "best")
    file = tmp_path / "beach.jpg.recipe.json"
    file.write_text(recipe.to_json())
    assert [presets.import_file(file), presets.import_file(file)] == ["beach.jpg", "beach.jpg 2"]
    stored = presets.load("beach.jpg 2")
    assert stored.steps == recipe.steps and stored.quality_mode == "best" and is_preset(stored)
    assert not is_preset(recipe)
    target = tmp_path / "shared.recipe.json"
    presets.export_file("beach.jpg", target)
    assert Recipe.from_json(target.read_text(), "x") == stored


def test_a_file_that_is_no_recipe_is_named(presets: Presets, tmp_path: Path) -> None:
    (tmp_path / "broken.recipe.json").write_text("{")
    with pytest.raises(RecipeError, match=r"broken\.recipe\.json"):
        presets.import_file(tmp_path / "broken.recipe.json")
    assert presets.names() == []


@given(st.text(min_size=1, max_size=MAX_NAME))
def test_every_name_is_one_plain_file_and_comes_back(name: str) -> None:
    presets = Presets(Path("/folder"))
    try:
        name = checked_name(name)
        file = presets.path(name)
        file.name.encode()
    except (RecipeError, UnicodeEncodeError):
        return
    assert file.parent == presets.folder and not set(file.name) & set('<>:"/\\|?*')
    assert not file.name.startswith(".") and len(file.name.encode()) <= 255


@pytest.mark.parametrize("name", ["../evil", "a/b", "NUL", "con", ".hidden", "dot.", "100 %", "夜の街", "x" * MAX_NAME])
def test_awkward_names_work(presets: Presets, name: str) -> None:
    presets.save(name, SCANNER)
    assert presets.names() == [name] and presets.load(name) == SCANNER
    assert [file.parent for file in presets.folder.iterdir()] == [presets.folder]


@pytest.mark.parametrize("name", ["", "   ", "x" * (MAX_NAME + 1)])
def test_names_that_cannot_be_used_are_refused(presets: Presets, name: str) -> None:
    with pytest.raises(RecipeError):
        presets.save(name, SCANNER)


def test_no_steps_are_no_preset() -> None:
    with pytest.raises(RecipeError, match="at least one step"):
        preset_recipe(())


def test_a_recipe_is_found_by_file_or_by_name(presets: Presets, tmp_path: Path) -> None:
    presets.save("mine", SCANNER)
    assert find_recipe("mine", presets.folder) == SCANNER
    assert find_recipe(str(presets.path("mine")), presets.folder) == SCANNER
    for name in ("night/rain", "old.json"):  # like paths, which only files are
        presets.save(name, SCANNER)
        assert find_recipe(name, presets.folder) == SCANNER
    with pytest.raises(RecipeError, match="There is no preset 'other'"):
        find_recipe("other", presets.folder)
    with pytest.raises(RecipeError, match=r"none\.recipe\.json cannot be read"):
        find_recipe(str(tmp_path / "none.recipe.json"), presets.folder)


def test_a_folder_that_cannot_be_written_is_an_error_that_names_the_file(tmp_path: Path) -> None:
    (tmp_path / "presets").write_text("a file where the folder should be")
    with pytest.raises(RecipeError, match=r"mine\.recipe\.json"):
        Presets(tmp_path / "presets").save("mine", SCANNER)
