"""Rotation and crop of a recipe, applied to the photos of a batch."""

import argparse
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.batch import Batch, BatchSettings, Layout
from core.batch.journal import known_rows
from core.cli.batch_options import add_options, settings_from
from core.errors import RecipeError
from core.geometry import Geometry
from core.photo import Photo
from core.photo.transform import transformed
from core.recipes import Recipe
from core.steps import Step

SETTINGS = BatchSettings(steps=(Step("haze"),))
TURNED = replace(SETTINGS, geometry=Geometry(1, (10, 20, 20, 40)), geometry_size=(80, 60))
"""A quarter turn; of the 60 × 80 pixels then, what is right of a sixth and below a quarter."""


@pytest.fixture
def photos(source: Path) -> dict[str, np.ndarray]:
    """Photos of the shape that the crop is for, also twice as large, and of another shape."""
    sizes = {"same.png": (60, 80), "large.png": (120, 160), "portrait.png": (80, 60)}
    made = {}
    for number, (name, (height, width)) in enumerate(sizes.items()):
        made[name] = np.random.default_rng(number).integers(90, 160, (height, width, 3), np.uint8)
        cv2.imwrite(str(source / name), made[name])
    return made


def run(source: Path, target: Path, config, settings: BatchSettings) -> dict[str, np.ndarray]:
    with Batch(Layout(source, target), settings, config) as batch:
        batch.run(batch.plan())
    return {name: cv2.imread(str(target / name)) for name in known_rows(target)}


def test_photos_are_rotated_and_cropped_by_shares(source: Path, target: Path, config, photos) -> None:
    results = run(source, target, config, TURNED)
    turned = {name: 255 - np.rot90(pixels, -1) for name, pixels in photos.items()}  # the stand-in makes the negative
    assert (results["same.png"] == turned["same.png"][20:60, 10:30]).all()
    assert (results["large.png"] == turned["large.png"][40:120, 20:60]).all()
    assert (results["portrait.png"] == turned["portrait.png"]).all()


def test_a_crop_that_is_left_out_is_noted(source: Path, target: Path, config, photos) -> None:
    run(source, target, config, TURNED)
    rows = known_rows(target)
    assert rows["same.png"].notes == rows["large.png"].notes == ()
    assert rows["portrait.png"].notes == (
        "The crop was left out: it was made for a photo of another shape (80 × 60 px).",
    )
    run(source, target, config, replace(TURNED, geometry_size=None))
    (note,) = known_rows(target)["same.png"].notes
    assert note == "The crop was left out: the recipe does not say how large its photo was."


def test_photos_with_another_rotation_are_restored_again(source: Path, target: Path, config, photos) -> None:
    run(source, target, config, SETTINGS)
    results = run(source, target, config, replace(SETTINGS, geometry=Geometry(2)))
    assert (results["same.png"] == 255 - photos["same.png"][::-1, ::-1]).all()


def test_a_photo_that_is_left_unchanged_is_not_rotated(source: Path, target: Path, config, photos) -> None:
    with Batch(Layout(source, target), TURNED, config) as batch:
        batch.remember(batch.plan())
        batch.set_steps(["same.png"], ())
        batch.run(batch.plan())
    assert (target / "same.png").read_bytes() == (source / "same.png").read_bytes()


def test_a_recipe_says_how_large_the_photo_was(tmp_path: Path) -> None:
    photo = transformed(Photo.from_array(np.zeros((60, 80, 3), np.uint8)), TURNED.geometry)
    assert photo.preserved.full_size == (80, 60)
    recipe = Recipe((Step("haze"),), "model", "", "float32", "0.2.0", geometry=TURNED.geometry, full_size=(80, 60))
    again = Recipe.from_json(recipe.to_json(), "a.recipe.json")
    assert again == recipe and recipe.to_dict()["geometry"]["size"] == [80, 60]


@pytest.mark.parametrize("size", [[80], [80, 0], [80, True], "80x60"])
def test_a_recipe_with_an_impossible_size_is_refused(size) -> None:
    values = Recipe((Step("haze"),), "m", "", "float32", "0.2.0", geometry=Geometry(1), full_size=(8, 6)).to_dict()
    values["geometry"]["size"] = size
    with pytest.raises(RecipeError, match="geometry"):
        Recipe.from_dict(values, "a.recipe.json")


def test_the_command_line_takes_rotation_and_crop_of_a_recipe(tmp_path: Path, source: Path, photos) -> None:
    parser = argparse.ArgumentParser()
    add_options(parser)

    recipe = Recipe((Step("haze"),), "m", "", "float32", "0.2.0", geometry=TURNED.geometry, full_size=(80, 60))
    options = parser.parse_args([str(source), str(tmp_path / "out")])
    settings = settings_from(options, recipe)
    assert (settings.geometry, settings.geometry_size) == (TURNED.geometry, (80, 60))


@pytest.mark.parametrize("quarters", range(4))
def test_the_smallest_crop_stays_inside(quarters: int) -> None:
    crop = Geometry(quarters, (59, 59, 1, 1)).scaled((60, 60), (7, 5)).crop
    assert crop is not None and crop[2] >= 1 and crop[3] >= 1
    Geometry(quarters, crop).box(7, 5)
