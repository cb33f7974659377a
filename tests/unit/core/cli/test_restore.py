"""``dfpir restore`` from its arguments to its results."""

import hashlib
import io
import itertools
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngInfo

from core.cli import main
from core.detection.detection import ProposedStrength
from core.inference import Restorer, Step
from core.photo import Photo
from core.photo.writing import copy_unchanged
from core.recipes import read_recipe

if TYPE_CHECKING:
    from tests.unit.core.cli.conftest import Verdicts

MakePhoto = Callable[[str], Path]


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Two photos, one with a name that is not ASCII."""
    files = [tmp_path / "first.png", tmp_path / "zweites Föto [1].png"]
    for seed, file in enumerate(files):
        pixels = np.random.default_rng(seed).integers(0, 256, (20, 30, 3), np.uint8)
        file.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    return files


def run(model: Path, *arguments: object) -> int:
    return main(["restore", *map(str, arguments), "--model", str(model), "--device", "cpu"])


def read(file: Path) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(file.read_bytes(), np.uint8), cv2.IMREAD_UNCHANGED)


def test_the_result_is_saved_next_to_the_photo(
    tiny_model_file: Path, photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = photos[0].read_bytes()
    assert run(tiny_model_file, photos[0], "-d", "haze") == 0
    result = photos[0].with_name("first-restored.png")
    assert read(result).shape == (20, 30, 3) and not np.array_equal(read(result), read(photos[0]))
    assert photos[0].read_bytes() == before
    assert str(result) in capsys.readouterr().out


def test_json_has_one_object_per_photo_and_nothing_else_on_stdout(
    tiny_model_file: Path, photos: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not much of a photo")
    out = tmp_path / "deep" / "out"
    code = run(
        tiny_model_file,
        photos[0],
        broken,
        photos[1],
        "--steps",
        "haze,noise25:0.5",
        "--strength",
        0.8,
        "--output-dir",
        out,
        "--json",
    )
    assert code == 1
    captured = capsys.readouterr()
    records = [json.loads(line) for line in captured.out.splitlines()]
    assert [record["source"] for record in records] == [str(photos[0]), str(broken), str(photos[1])]
    good = records[0]
    assert set(good) == {
        "source",
        "output",
        "steps",
        "masks",
        "strength",
        "model",
        "device",
        "precision",
        "quality_mode",
        "path",
        "seconds",
        "detection",
        "quality",
        "notes",
        "recipe",
        "error",
    }
    assert good["output"] == str(out / "first.png") and good["error"] is None and good["seconds"] >= 0
    assert good["steps"] == [{"degradation": "haze", "strength": 0.8}, {"degradation": "noise25", "strength": 0.5}]
    assert (good["strength"], good["model"], good["device"], good["precision"], good["path"]) == (
        0.8,
        "tiny",
        "cpu",
        "float32",
        "bands",
    )
    assert "broken.jpg" in records[1]["error"] and records[1]["output"] is None and records[1]["path"] is None
    assert "broken.jpg" in captured.err
    assert sorted(file.name for file in out.iterdir()) == ["first.png", "zweites Föto [1].png"]


def test_the_output_suffix_determines_the_format(tiny_model_file: Path, photos: list[Path], tmp_path: Path) -> None:
    assert run(tiny_model_file, photos[1], "-d", "rain", "-o", tmp_path / "out.jpg") == 0
    assert (tmp_path / "out.jpg").read_bytes().startswith(b"\xff\xd8\xff")


def test_strength_0_leaves_every_pixel_unchanged(tiny_model_file: Path, photos: list[Path], tmp_path: Path) -> None:
    assert run(tiny_model_file, photos[0], "-d", "blur", "--strength", 0, "-o", tmp_path / "same.png") == 0
    np.testing.assert_array_equal(read(tmp_path / "same.png"), read(photos[0]))


def test_nothing_is_overwritten_without_the_option(
    tiny_model_file: Path, photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = photos[0].read_bytes()
    assert run(tiny_model_file, photos[0], "-d", "haze", "-o", photos[0]) == 1
    assert photos[0].read_bytes() == before and "already exists" in capsys.readouterr().err
    assert run(tiny_model_file, photos[0], "-d", "haze", "-o", photos[0], "--overwrite") == 0
    assert photos[0].read_bytes() != before


@pytest.mark.parametrize("output", ["missing/out.png", "out.docx", "out"])
def test_an_unwritable_target_is_reported_before_the_restoration(
    tiny_model_file: Path, photos: list[Path], tmp_path: Path, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*arguments: object, **options: object) -> None:
        raise AssertionError("the photo was restored")

    monkeypatch.setattr("core.inference.Restorer.restore", never)
    assert run(tiny_model_file, photos[0], "-d", "haze", "-o", tmp_path / output) == 1


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["-d", "haze", "--model", "nonesuch"], "no model 'nonesuch'"),
        (["-d", "haze", "--device", "cuda:77"], "cuda:77"),
        (["-d", "haze", "--precision", "float8"], "float8"),
        (["-d", "haze", "--strength", "2"], "Strength"),
        (["--steps", "haze,snow"], "snow"),
        (["-d", "haze", "--tile", "8"], "8 pixels"),
        (["-d", "haze", "--memory-limit", "lots"], "Invalid amount of memory 'lots'"),
    ],
)
def test_invalid_arguments_stop_the_command_before_any_photo(
    photos: list[Path], tiny_model_file: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["restore", str(photos[0]), "--model", str(tiny_model_file), *arguments]
    assert main(given) == 2
    assert message in capsys.readouterr().err
    assert not photos[0].with_name("first-restored.png").exists()


def test_the_memory_limit_is_respected_or_refused(
    tiny_model_file: Path, photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tiny_model_file, photos[0], "-d", "haze", "--memory-limit", "1M") == 1
    error = capsys.readouterr().err
    assert f"{photos[0]}: " in error and "within 1M of memory" in error
    assert run(tiny_model_file, photos[0], "-d", "haze", "--memory-limit", "1G") == 0
    assert "exact bands" in capsys.readouterr().out


def test_one_output_for_several_photos_is_refused(tiny_model_file: Path, photos: list[Path], tmp_path: Path) -> None:
    assert run(tiny_model_file, *photos, "-d", "haze", "-o", tmp_path / "one.png") == 2
    assert not (tmp_path / "one.png").exists()


def test_an_interrupt_has_its_own_exit_code_and_writes_nothing(
    tiny_model_file: Path, photos: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.inference.Restorer.restore", interrupt)
    assert run(tiny_model_file, *photos, "-d", "haze") == 130
    assert "interrupted" in capsys.readouterr().err
    assert len(list(photos[0].parent.iterdir())) == 2


@pytest.mark.parametrize("clean", [False, True])
def test_metadata_that_the_format_cannot_store_is_reported(
    tiny_model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], clean: bool
) -> None:
    info = PngInfo()
    info.add_text("parameters", "a cat, steps: 20")
    Image.new("RGB", (30, 20), "grey").save(tmp_path / "a.png", pnginfo=info)
    output = tmp_path / "a.jpg"
    if clean:
        notes: list[str] = []
        copy_unchanged(Photo.open(tmp_path / "a.png"), output, notes=notes)
        captured = " ".join(notes)
    else:
        assert run(tiny_model_file, tmp_path / "a.png", "-d", "haze", "-o", output) == 0
        captured = capsys.readouterr().err
        assert f"dfpir: {output}: " in captured
    assert "Texts were left out, because JPEG files cannot hold them: parameters." in captured


def test_detected_degradations_are_removed_like_requested_ones(
    tiny_model_file: Path, verdicts: "Verdicts", picture: MakePhoto, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = picture("night.png")
    verdicts.found = {photo.name: ("low-light", "noise")}
    assert run(tiny_model_file, photo, "-o", tmp_path / "auto.png", "--strength", 0.7) == 0
    assert "noise (σ 24)" in capsys.readouterr().out
    requested = ("--steps", "low-light,noise25", "-o", tmp_path / "requested.png", "--strength", 0.7)
    assert run(tiny_model_file, photo, *requested) == 0
    assert (tmp_path / "auto.png").read_bytes() == (tmp_path / "requested.png").read_bytes()
    assert not np.array_equal(read(tmp_path / "auto.png"), read(photo))


def test_detected_haze_is_removed_with_at_most_the_strength_that_is_needed(
    tiny_model_file: Path,
    verdicts: "Verdicts",
    picture: MakePhoto,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    photo = picture("hazy.png")
    verdicts.found = {photo.name: ("haze",)}
    needed = {"haze": ProposedStrength(0.6, "dulled_lights")}
    monkeypatch.setattr("core.quality.propose_strengths", lambda found, *_: replace(found, strengths=needed))
    done = []
    for strength in (1.0, 0.4):
        assert run(tiny_model_file, photo, "-d", "auto", "--strength", strength, "--json", "--overwrite") == 0
        captured = capsys.readouterr()
        record = json.loads(captured.out)
        done.append(record["steps"][0]["strength"])
        assert ("60 % is proposed" in captured.err) == (strength == 1.0)
        assert record["detection"]["strengths"] == {"haze": {"strength": 0.6, "problem": "dulled_lights"}}
    assert done == [0.6, 0.4]


def test_a_clean_photo_is_copied_byte_for_byte(
    tiny_model_file: Path, verdicts: "Verdicts", picture: MakePhoto, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = picture("clean.jpg")
    assert run(tiny_model_file, photo, "-d", "auto") == 0
    assert photo.with_name("clean-restored.jpg").read_bytes() == photo.read_bytes()
    assert "clean: copied unchanged" in capsys.readouterr().out


def test_a_clean_photo_in_another_format_keeps_its_pixels(
    tiny_model_file: Path, verdicts: "Verdicts", picture: MakePhoto, tmp_path: Path
) -> None:
    photo = picture("clean.png")
    assert run(tiny_model_file, photo, "-o", tmp_path / "out.tif") == 0
    np.testing.assert_array_equal(read(tmp_path / "out.tif"), read(photo))


def test_the_copy_of_a_clean_photo_overwrites_nothing(
    tiny_model_file: Path, verdicts: "Verdicts", picture: MakePhoto, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, other = picture("clean.png"), picture("clean-restored.png")
    before = other.read_bytes()
    assert run(tiny_model_file, photo) == 1
    assert other.read_bytes() == before and "already exists" in capsys.readouterr().err


def test_an_unsure_detection_leaves_the_photo_unchanged(
    tiny_model_file: Path, verdicts: "Verdicts", picture: MakePhoto, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found, verdicts.unsure = {"doubtful.png": ("haze", "rain")}, True
    photo = picture("doubtful.png")
    assert run(tiny_model_file, photo) == 0
    printed = capsys.readouterr()
    assert "unsure, perhaps haze: copied unchanged" in printed.out
    assert "not sure what is wrong" in printed.err and "-d" in printed.err
    np.testing.assert_array_equal(read(photo.with_name("doubtful-restored.png")), read(photo))


def test_a_cropped_photo_without_problems_is_not_called_unchanged(
    tiny_model_file: Path, verdicts: "Verdicts", picture: MakePhoto, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = picture("clean.png")
    assert run(tiny_model_file, photo, "--crop", "2,3,10,12") == 0
    assert "clean: not restored" in capsys.readouterr().out
    np.testing.assert_array_equal(read(photo.with_name("clean-restored.png")), read(photo)[3:15, 2:12])


def test_json_has_the_detection_and_its_steps(
    tiny_model_file: Path, verdicts: "Verdicts", picture: MakePhoto, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found = {"a.png": ("noise",)}
    verdicts.sigma = 44.0
    assert run(tiny_model_file, picture("a.png"), picture("clean.png"), "--json") == 0
    noisy, clean = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert noisy["steps"] == [{"degradation": "noise50", "strength": 1.0}]
    assert noisy["detection"]["sigma"] == 44.0 and noisy["path"] == "bands"
    assert clean["steps"] == [] and clean["detection"]["label"] == "clean" and clean["path"] is None
    assert clean["output"].endswith("clean-restored.png") and clean["error"] is None


def test_the_detector_is_not_loaded_when_steps_are_given(
    tiny_model_file: Path, verdicts: "Verdicts", picture: MakePhoto
) -> None:
    assert run(tiny_model_file, picture("a.png"), "-d", "haze") == 0
    assert verdicts.asked == []


@pytest.fixture
def beach(picture) -> Path:
    return picture("beach.png")


def test_a_recipe_reproduces_the_result(tiny_model_file: Path, beach: Path, tmp_path: Path) -> None:
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


def test_a_recipe_of_another_model_is_reported(
    tiny_model_file: Path, beach: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run(tiny_model_file, beach, "-d", "haze", "--write-recipe", "-o", tmp_path / "out.png")
    file = tmp_path / "out.png.recipe.json"
    file.write_text(file.read_text().replace(read_recipe(file).model_sha256, "0" * 64))
    assert run(tiny_model_file, beach, "--recipe", file, "-o", tmp_path / "again.png") == 0
    assert "is of another model, 'tiny'" in capsys.readouterr().err


def test_an_invalid_recipe_stops_the_command_before_any_photo(
    tiny_model_file: Path, beach: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "bad.recipe.json").write_text('{"recipe": 9}')
    assert run(tiny_model_file, beach, "--recipe", tmp_path / "bad.recipe.json") == 2
    assert "newer program" in capsys.readouterr().err
    assert not (tmp_path / "beach-restored.png").exists()


def test_best_quality_is_stored_in_the_recipe_for_photos_and_folders(
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


@pytest.fixture
def restore(tiny_model_file: Path) -> Callable[..., int]:
    """Run the command; by default it removes haze."""

    def build(*arguments: object, steps: tuple[str, ...] = ("-d", "haze")) -> int:
        options = [*steps, "--model", str(tiny_model_file), "--device", "cpu"]
        return main(["restore", *map(str, arguments), *options])

    return build


def pixels(seed: int, channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, (20, 30, channels), dtype)


def records(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


class TestContents:
    def test_a_png_called_jpg_keeps_its_transparency(self, restore, tmp_path: Path, capsys) -> None:
        source = tmp_path / "cutout.jpg"
        Image.fromarray(pixels(1, 4)).save(source, "PNG")
        assert restore(source) == 0
        result = tmp_path / "cutout-restored.png"
        np.testing.assert_array_equal(np.asarray(Image.open(result))[..., 3], pixels(1, 4)[..., 3])
        assert "It is a PNG file, and the result is called cutout-restored.png." in capsys.readouterr().err

    def test_a_png_called_jpg_keeps_its_bit_depth(self, restore, tmp_path: Path, capsys) -> None:
        source = tmp_path / "deep.JPG"
        Photo.from_array(pixels(2, 3, np.uint16)).save(source.with_suffix(".png"))
        source.with_suffix(".png").rename(source)
        assert restore(source, "--output-dir", tmp_path / "out", "--json") == 0
        (record,) = records(capsys)
        assert record["output"] == str(tmp_path / "out" / "deep.png") and record["notes"]
        assert Photo.open(record["output"]).bit_depth == 16

    def test_a_clean_png_called_jpg_is_copied_byte_for_byte(self, restore, tmp_path: Path, verdicts) -> None:
        source = tmp_path / "clean.jpg"
        Image.fromarray(pixels(3, 4)).save(source, "PNG")
        assert restore(source, steps=()) == 0
        assert (tmp_path / "clean-restored.png").read_bytes() == source.read_bytes()

    @pytest.mark.parametrize("name", ["noext", "stereo.mpo", "photo.jpg.bak"])
    def test_unknown_suffixes(self, restore, tmp_path: Path, name: str) -> None:
        Image.fromarray(pixels(4)).save(tmp_path / name, "JPEG")
        assert restore(tmp_path / name) == 0
        (result,) = tmp_path.glob("*-restored.jpg")
        assert result.read_bytes().startswith(b"\xff\xd8\xff")

    def test_a_suffix_of_the_same_format_is_kept(self, restore, tmp_path: Path, capsys) -> None:
        Image.fromarray(pixels(5)).save(tmp_path / "photo.JPEG", "JPEG")
        assert restore(tmp_path / "photo.JPEG") == 0
        assert (tmp_path / "photo-restored.JPEG").is_file()
        assert capsys.readouterr().err == ""

    def test_an_error_about_the_output_suffix_names_the_file(self, restore, picture, tmp_path: Path, capsys) -> None:
        assert restore(picture("a.png"), "-o", tmp_path / "out.docx") == 1
        assert str(tmp_path / "out.docx") in capsys.readouterr().err


class TestNames:
    @pytest.mark.parametrize("overwrite", [False, True])
    def test_results_with_the_same_name_are_numbered(self, restore, tmp_path: Path, overwrite: bool, capsys) -> None:
        sources = [tmp_path / folder / "x.png" for folder in ("a", "b", "c")]
        for seed, source in enumerate(sources):
            source.parent.mkdir()
            Image.fromarray(pixels(seed)).save(source)
        options = ["--steps", "haze:0", "--output-dir", tmp_path / "out", *(["--overwrite"] if overwrite else [])]
        for _ in range(2 if overwrite else 1):
            assert restore(*sources, *options, steps=()) == 0
        for seed, name in enumerate(("x.png", "x-2.png", "x-3.png")):
            np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / name)), pixels(seed))
        assert len(list((tmp_path / "out").iterdir())) == 3
        assert "the result is called x-2.png" in capsys.readouterr().err

    def test_no_result_replaces_another_photo_of_the_run(self, restore, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        Image.fromarray(pixels(0)).save(tmp_path / "x.png")
        Image.fromarray(pixels(1)).save(tmp_path / "out" / "x.png")
        arguments = [tmp_path / "x.png", tmp_path / "out" / "x.png", "--output-dir", tmp_path / "out", "--overwrite"]
        assert restore(*arguments, "--steps", "haze:0", steps=()) == 0
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / "x.png")), pixels(1))
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / "x-2.png")), pixels(0))

    def test_the_same_photo_twice(self, restore, picture) -> None:
        source = picture("a.png")
        assert restore(source, source) == 0
        assert (source.parent / "a-restored.png").is_file() and (source.parent / "a-restored-2.png").is_file()


class TestRecipes:
    def test_a_photo_counts_as_restored_if_its_recipe_cannot_be_written(
        self, restore, picture, tmp_path: Path, capsys
    ) -> None:
        source = picture("a.png")
        recipe = tmp_path / "a-restored.png.recipe.json"
        recipe.write_text("something else")
        assert restore(source, "--write-recipe", "--json") == 0
        captured = capsys.readouterr()
        record = json.loads(captured.out)
        assert record["error"] is None and record["output"] == str(tmp_path / "a-restored.png")
        assert record["recipe"] is None and "not its recipe" in record["notes"][0]
        assert "The photo was written, but not its recipe" in captured.err and "already exists" in captured.err
        assert recipe.read_text() == "something else"

    def test_a_written_recipe_is_reported(self, restore, picture, capsys) -> None:
        assert restore(picture("a.png"), "--write-recipe", "--json") == 0
        (record,) = records(capsys)
        assert Path(record["recipe"]).name == "a-restored.png.recipe.json" and record["notes"] == []


class TestQuality:
    def test_quality_determines_the_size_of_a_jpeg(self, restore, picture, tmp_path: Path) -> None:
        source = picture("a.png")
        for quality in (20, 95):
            assert restore(source, "--quality", quality, "-o", tmp_path / f"{quality}.jpg") == 0
        assert restore(source, "-o", tmp_path / "usual.jpg") == 0
        low, high, usual = ((tmp_path / f"{name}.jpg").read_bytes() for name in ("20", "95", "usual"))
        assert len(low) < len(high) and high == usual

    def test_quality_is_ignored_by_other_formats(self, restore, picture, tmp_path: Path) -> None:
        assert restore(picture("a.png"), "--quality", 20, "-o", tmp_path / "out.png") == 0

    @pytest.mark.parametrize("text", ["0", "101", "good"])
    def test_quality_must_be_from_1_to_100(self, restore, picture, text: str) -> None:
        with pytest.raises(SystemExit):
            restore(picture("a.png"), "--quality", text)


@pytest.mark.parametrize("error", [RuntimeError("Expected 3 but got 4"), MemoryError(), ValueError("odd")])
def test_an_unexpected_error_fails_one_photo(
    restore, picture, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = Restorer.restore

    def fail(self, photo: Photo, *arguments: object, **options: object) -> object:
        if photo.source is not None and photo.source.name == "bad.png":
            raise error
        return usual(self, photo, *arguments, **options)

    monkeypatch.setattr(Restorer, "restore", fail)
    bad, good = picture("bad.png"), picture("good.png")
    assert restore(bad, good, "--json") == 1
    captured = capsys.readouterr()
    first, second = (json.loads(line) for line in captured.out.splitlines())
    assert str(bad) in first["error"] and first["error"] in captured.err and "Traceback" not in captured.err
    assert second["error"] is None and Path(second["output"]).is_file()


class TestPreviews:
    def test_a_preview_is_embedded_on_request(self, restore, tmp_path: Path) -> None:
        Image.fromarray(pixels(5)).save(tmp_path / "a.jpg")
        for name, options in (("with.jpg", ["--preview"]), ("without.jpg", [])):
            assert restore(tmp_path / "a.jpg", "-o", tmp_path / name, *options) == 0
            with Image.open(tmp_path / name) as image:
                assert bool(image.getexif().get_ifd(ExifTags.IFD.IFD1)) == bool(options)

    def test_a_format_without_previews_is_reported(self, restore, tmp_path: Path, capsys) -> None:
        Image.fromarray(pixels(6)).save(tmp_path / "a.bmp")
        assert restore(tmp_path / "a.bmp", "--preview") == 0
        assert "The preview was left out: BMP files cannot hold it." in capsys.readouterr().err


def test_rotation_and_crop_come_before_the_restoration_and_into_the_recipe(
    tiny_model_file: Path, photos: list[Path], tmp_path: Path
) -> None:
    result = tmp_path / "cropped.png"
    arguments = ("--rotate", "90", "--crop", "2,3,16,20", "-o", result, "--write-recipe")
    assert run(tiny_model_file, photos[0], "-d", "haze", *arguments) == 0
    by_hand = tmp_path / "by-hand.png"
    by_hand.write_bytes(cv2.imencode(".png", np.rot90(read(photos[0]), -1)[3:23, 2:18])[1].tobytes())
    assert run(tiny_model_file, by_hand, "-d", "haze") == 0
    assert (read(result) == read(tmp_path / "by-hand-restored.png")).all()
    recipe = tmp_path / "cropped.png.recipe.json"
    assert json.loads(recipe.read_text())["geometry"] == {
        "quarters": 1,
        "crop": [2, 3, 16, 20],
        "size": [30, 20],
    }
    again = tmp_path / "again.png"
    assert run(tiny_model_file, photos[0], "--recipe", recipe, "-o", again) == 0
    assert (read(again) == read(result)).all()
    assert run(tiny_model_file, photos[0], "--recipe", recipe, "--rotate", "0", "-o", tmp_path / "whole.png") == 0
    assert read(tmp_path / "whole.png").shape == (20, 30, 3)


def test_the_crop_of_a_recipe_keeps_its_shares_of_other_photos(
    tiny_model_file: Path, photos: list[Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = tmp_path / "cropped.png"
    assert run(tiny_model_file, photos[0], "-d", "haze", "--crop", "2,3,16,12", "-o", first, "--write-recipe") == 0
    recipe = tmp_path / "cropped.png.recipe.json"
    for name, side, shape in (("large.png", (60, 40), (24, 32, 3)), ("square.png", (30, 30), (30, 30, 3))):
        photo = tmp_path / name
        photo.write_bytes(cv2.imencode(".png", np.full((side[1], side[0], 3), 90, np.uint8))[1].tobytes())
        assert run(tiny_model_file, photo, "--recipe", recipe, "-o", tmp_path / f"of-{name}") == 0
        assert read(tmp_path / f"of-{name}").shape == shape
    assert "square.png: The crop was left out: it was made for a photo of another shape" in capsys.readouterr().err


def test_a_crop_outside_fails_with_the_name_of_the_photo(
    tiny_model_file: Path, photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tiny_model_file, photos[0], "-d", "haze", "--crop", "0,0,31,20") == 1
    assert "first.png" in capsys.readouterr().err


@pytest.mark.parametrize("crop", ["1,2,3", "1,2,0,4", "a,b,c,d", "-1,0,2,2"])
def test_an_invalid_crop_is_refused_at_once(tiny_model_file: Path, photos: list[Path], crop: str) -> None:
    with pytest.raises(SystemExit):
        run(tiny_model_file, photos[0], f"--crop={crop}")


def test_the_bar_of_a_terminal_shows_the_remaining_time(
    tiny_model_file: Path, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    now = itertools.count(step=0.5)  # seconds from one look at a clock to the next
    for clock in ("core.progress.time.process_time", "core.progress.time.perf_counter", "tqdm.std.time"):
        monkeypatch.setattr(clock, lambda: next(now))
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    assert run(tiny_model_file, photos[0], "-d", "haze") == 0
    assert re.search(rf"{photos[0].name} +\d+% .*, \d+:\d\d left", terminal.getvalue())
