import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.cli import main


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


def test_result_goes_beside_the_photo_and_says_so(
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
        "strength",
        "model",
        "device",
        "precision",
        "quality_mode",
        "path",
        "seconds",
        "detection",
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


def test_output_file_decides_the_format(tiny_model_file: Path, photos: list[Path], tmp_path: Path) -> None:
    assert run(tiny_model_file, photos[1], "-d", "rain", "-o", tmp_path / "out.jpg") == 0
    assert (tmp_path / "out.jpg").read_bytes().startswith(b"\xff\xd8\xff")


def test_strength_zero_keeps_every_pixel(tiny_model_file: Path, photos: list[Path], tmp_path: Path) -> None:
    assert run(tiny_model_file, photos[0], "-d", "blur", "--strength", 0, "-o", tmp_path / "same.png") == 0
    np.testing.assert_array_equal(read(tmp_path / "same.png"), read(photos[0]))


def test_nothing_is_overwritten_unless_told_so(
    tiny_model_file: Path, photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    before = photos[0].read_bytes()
    assert run(tiny_model_file, photos[0], "-d", "haze", "-o", photos[0]) == 1
    assert photos[0].read_bytes() == before and "already exists" in capsys.readouterr().err
    assert run(tiny_model_file, photos[0], "-d", "haze", "-o", photos[0], "--overwrite") == 0
    assert photos[0].read_bytes() != before


@pytest.mark.parametrize("output", ["missing/out.png", "out.docx", "out"])
def test_target_that_cannot_be_written_is_known_before_the_work(
    tiny_model_file: Path, photos: list[Path], tmp_path: Path, output: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never(*arguments: object, **options: object) -> None:
        raise AssertionError("the photo was restored in vain")

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
def test_faults_of_the_command_end_it_before_any_photo(
    photos: list[Path], tiny_model_file: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = ["restore", str(photos[0]), "--model", str(tiny_model_file), *arguments]
    assert main(given) == 2
    assert message in capsys.readouterr().err
    assert not photos[0].with_name("first-restored.png").exists()


def test_limit_on_memory_is_kept_or_refused_with_what_is_needed(
    tiny_model_file: Path, photos: list[Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tiny_model_file, photos[0], "-d", "haze", "--memory-limit", "1M") == 1
    assert "within 1M of memory" in capsys.readouterr().err
    assert run(tiny_model_file, photos[0], "-d", "haze", "--memory-limit", "1G") == 0
    assert "exact bands" in capsys.readouterr().out


def test_one_output_for_several_photos_is_refused(tiny_model_file: Path, photos: list[Path], tmp_path: Path) -> None:
    assert run(tiny_model_file, *photos, "-d", "haze", "-o", tmp_path / "one.png") == 2
    assert not (tmp_path / "one.png").exists()


def test_interrupt_has_its_own_exit_code_and_writes_nothing(
    tiny_model_file: Path, photos: list[Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def interrupt(*arguments: object, **options: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("core.inference.Restorer.restore", interrupt)
    assert run(tiny_model_file, *photos, "-d", "haze") == 130
    assert "interrupted" in capsys.readouterr().err
    assert len(list(photos[0].parent.iterdir())) == 2


@pytest.mark.parametrize("clean", [False, True])
def test_what_a_format_cannot_hold_is_told(
    tiny_model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], clean: bool
) -> None:
    from PIL import Image
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("parameters", "a cat, steps: 20")
    Image.new("RGB", (30, 20), "grey").save(tmp_path / "a.png", pnginfo=info)
    output = tmp_path / "a.jpg"
    if clean:
        from core.photo import Photo
        from core.photo.writing import copy_unchanged

        notes: list[str] = []
        copy_unchanged(Photo.open(tmp_path / "a.png"), output, notes=notes)
        told = " ".join(notes)
    else:
        assert run(tiny_model_file, tmp_path / "a.png", "-d", "haze", "-o", output) == 0
        told = capsys.readouterr().err
        assert f"dfpir: {output}: " in told
    assert "Texts were left out, because JPEG files cannot hold them: parameters." in told
