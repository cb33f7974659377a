"""``dfpir restore``: what each photo becomes when names, contents, recipes or the network itself go astray."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.cli import main
from core.photo import Photo


@pytest.fixture
def run(tiny_model_file: Path) -> Callable[..., int]:
    def build(*arguments: object, steps: tuple[str, ...] = ("-d", "haze")) -> int:
        options = [*steps, "--model", str(tiny_model_file), "--device", "cpu"]
        return main(["restore", *map(str, arguments), *options])

    return build


def pixels(seed: int, channels: int = 3, dtype: type = np.uint8) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, np.iinfo(dtype).max + 1, (20, 30, channels), dtype)


def records(capsys: pytest.CaptureFixture[str]) -> list[dict]:
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


class TestContents:
    def test_a_png_called_jpg_keeps_its_transparency(self, run, tmp_path: Path, capsys) -> None:
        source = tmp_path / "cutout.jpg"
        Image.fromarray(pixels(1, 4)).save(source, "PNG")
        assert run(source) == 0
        result = tmp_path / "cutout-restored.png"
        np.testing.assert_array_equal(np.asarray(Image.open(result))[..., 3], pixels(1, 4)[..., 3])
        assert "It is a PNG file, and the result is called cutout-restored.png." in capsys.readouterr().err

    def test_and_its_depth(self, run, tmp_path: Path, capsys) -> None:
        source = tmp_path / "deep.JPG"
        Photo.from_array(pixels(2, 3, np.uint16)).save(source.with_suffix(".png"))
        source.with_suffix(".png").rename(source)
        assert run(source, "--output-dir", tmp_path / "out", "--json") == 0
        (record,) = records(capsys)
        assert record["output"] == str(tmp_path / "out" / "deep.png") and record["notes"]
        assert Photo.open(record["output"]).bit_depth == 16

    def test_a_clean_one_is_copied_byte_for_byte(self, run, tmp_path: Path, verdicts) -> None:
        source = tmp_path / "clean.jpg"
        Image.fromarray(pixels(3, 4)).save(source, "PNG")
        assert run(source, steps=()) == 0
        assert (tmp_path / "clean-restored.png").read_bytes() == source.read_bytes()

    @pytest.mark.parametrize("name", ["noext", "stereo.mpo", "photo.jpg.bak"])
    def test_endings_that_tell_nothing(self, run, tmp_path: Path, name: str) -> None:
        Image.fromarray(pixels(4)).save(tmp_path / name, "JPEG")
        assert run(tmp_path / name) == 0
        (result,) = tmp_path.glob("*-restored.jpg")
        assert result.read_bytes().startswith(b"\xff\xd8\xff")

    def test_a_suffix_of_its_own_format_stays(self, run, tmp_path: Path, capsys) -> None:
        Image.fromarray(pixels(5)).save(tmp_path / "photo.JPEG", "JPEG")
        assert run(tmp_path / "photo.JPEG") == 0
        assert (tmp_path / "photo-restored.JPEG").is_file()
        assert capsys.readouterr().err == ""

    def test_an_ending_that_nothing_can_be_saved_in_names_the_file(self, run, picture, tmp_path: Path, capsys) -> None:
        assert run(picture("a.png"), "-o", tmp_path / "out.docx") == 1
        assert str(tmp_path / "out.docx") in capsys.readouterr().err


class TestNames:
    @pytest.mark.parametrize("overwrite", [False, True])
    def test_results_that_are_called_alike_are_numbered(self, run, tmp_path: Path, overwrite: bool, capsys) -> None:
        sources = [tmp_path / folder / "x.png" for folder in ("a", "b", "c")]
        for seed, source in enumerate(sources):
            source.parent.mkdir()
            Image.fromarray(pixels(seed)).save(source)
        options = ["--steps", "haze:0", "--output-dir", tmp_path / "out", *(["--overwrite"] if overwrite else [])]
        for _ in range(2 if overwrite else 1):
            assert run(*sources, *options, steps=()) == 0
        for seed, name in enumerate(("x.png", "x-2.png", "x-3.png")):
            np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / name)), pixels(seed))
        assert len(list((tmp_path / "out").iterdir())) == 3
        assert "the result is called x-2.png" in capsys.readouterr().err

    def test_no_result_replaces_another_photo_of_the_run(self, run, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        Image.fromarray(pixels(0)).save(tmp_path / "x.png")
        Image.fromarray(pixels(1)).save(tmp_path / "out" / "x.png")
        arguments = [tmp_path / "x.png", tmp_path / "out" / "x.png", "--output-dir", tmp_path / "out", "--overwrite"]
        assert run(*arguments, "--steps", "haze:0", steps=()) == 0
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / "x.png")), pixels(1))
        np.testing.assert_array_equal(np.asarray(Image.open(tmp_path / "out" / "x-2.png")), pixels(0))

    def test_the_same_photo_twice(self, run, picture) -> None:
        source = picture("a.png")
        assert run(source, source) == 0
        assert (source.parent / "a-restored.png").is_file() and (source.parent / "a-restored-2.png").is_file()


class TestRecipes:
    def test_one_that_cannot_be_written_leaves_the_photo_done(self, run, picture, tmp_path: Path, capsys) -> None:
        source = picture("a.png")
        recipe = tmp_path / "a-restored.png.recipe.json"
        recipe.write_text("something else")
        assert run(source, "--write-recipe", "--json") == 0
        told = capsys.readouterr()
        record = json.loads(told.out)
        assert record["error"] is None and record["output"] == str(tmp_path / "a-restored.png")
        assert record["recipe"] is None and "not its recipe" in record["notes"][0]
        assert "The photo was written, but not its recipe" in told.err and "already exists" in told.err
        assert recipe.read_text() == "something else"

    def test_one_that_is_written_is_named(self, run, picture, capsys) -> None:
        assert run(picture("a.png"), "--write-recipe", "--json") == 0
        (record,) = records(capsys)
        assert Path(record["recipe"]).name == "a-restored.png.recipe.json" and record["notes"] == []


class TestQuality:
    def test_decides_the_size_of_a_jpeg(self, run, picture, tmp_path: Path) -> None:
        source = picture("a.png")
        for quality in (20, 95):
            assert run(source, "--quality", quality, "-o", tmp_path / f"{quality}.jpg") == 0
        assert run(source, "-o", tmp_path / "usual.jpg") == 0
        low, high, usual = ((tmp_path / f"{name}.jpg").read_bytes() for name in ("20", "95", "usual"))
        assert len(low) < len(high) and high == usual

    def test_is_ignored_where_there_is_none(self, run, picture, tmp_path: Path) -> None:
        assert run(picture("a.png"), "--quality", 20, "-o", tmp_path / "out.png") == 0

    @pytest.mark.parametrize("text", ["0", "101", "good"])
    def test_must_be_from_1_to_100(self, run, picture, text: str) -> None:
        with pytest.raises(SystemExit):
            run(picture("a.png"), "--quality", text)


@pytest.mark.parametrize("error", [RuntimeError("Expected 3 but got 4"), MemoryError(), ValueError("odd")])
def test_what_nobody_foresaw_fails_one_photo(
    run, picture, error: Exception, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from core.inference import Restorer

    usual = Restorer.restore

    def restore(self, photo: Photo, *arguments: object, **options: object) -> object:
        if photo.source is not None and photo.source.name == "bad.png":
            raise error
        return usual(self, photo, *arguments, **options)

    monkeypatch.setattr(Restorer, "restore", restore)
    bad, good = picture("bad.png"), picture("good.png")
    assert run(bad, good, "--json") == 1
    told = capsys.readouterr()
    first, second = (json.loads(line) for line in told.out.splitlines())
    assert str(bad) in first["error"] and first["error"] in told.err and "Traceback" not in told.err
    assert second["error"] is None and Path(second["output"]).is_file()


class TestPreviews:
    def test_one_is_embedded_on_request(self, run, tmp_path: Path) -> None:
        Image.fromarray(pixels(5)).save(tmp_path / "a.jpg")
        for name, options in (("with.jpg", ["--preview"]), ("without.jpg", [])):
            assert run(tmp_path / "a.jpg", "-o", tmp_path / name, *options) == 0
            with Image.open(tmp_path / name) as image:
                assert bool(image.getexif().get_ifd(ExifTags.IFD.IFD1)) == bool(options)

    def test_a_format_without_a_place_for_it_is_told(self, run, tmp_path: Path, capsys) -> None:
        Image.fromarray(pixels(6)).save(tmp_path / "a.bmp")
        assert run(tmp_path / "a.bmp", "--preview") == 0
        assert "The preview was left out: BMP files cannot hold it." in capsys.readouterr().err
