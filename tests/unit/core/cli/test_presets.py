"""``dfpir presets``, and presets and output options in the other commands."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.cli import main
from core.masks import Component, Mask
from core.masks.pictures import encode_picture
from core.presets import Presets, preset_recipe
from core.steps import Step

Make = Callable[[str], Path]


@pytest.fixture
def presets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Presets]:
    monkeypatch.setattr("core.presets.presets_folder", lambda: tmp_path / "presets")
    presets = Presets()
    presets.save("my scanner", preset_recipe((Step("noise25", 0.5),), "best"))
    yield presets


def test_listing(presets: Presets, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets"]) == 0
    assert capsys.readouterr().out == "my scanner: noise25 50%, best quality\n"
    assert main(["presets", "--json"]) == 0
    values = json.loads(capsys.readouterr().out)
    assert values["name"] == "my scanner" and values["steps"] == [{"degradation": "noise25", "strength": 0.5}]


def test_a_listing_in_json_has_no_pictures(presets: Presets, capsys: pytest.CaptureFixture[str]) -> None:
    picture = Mask((Component(encode_picture(np.ones((4, 6), np.float32))),))
    presets.save("masked", preset_recipe((Step("haze", mask=picture),)))
    main(["presets", "--json"])
    entry = json.loads(capsys.readouterr().out.splitlines()[0])
    (component,) = entry["steps"][0]["mask"]["components"]
    assert component["size"] == [6, 4] and "png" not in component


def test_a_broken_preset_is_told_and_does_not_hide_the_others(
    presets: Presets, capsys: pytest.CaptureFixture[str]
) -> None:
    (presets.folder / "broken.recipe.json").write_text("{}")
    assert main(["presets"]) == 1
    captured = capsys.readouterr()
    assert "my scanner" in captured.out and "broken.recipe.json" in captured.err


def test_changes(presets: Presets, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "shared.recipe.json"
    assert main(["presets", "--export", "my scanner", str(file)]) == 0
    assert main(["presets", "--export", "my scanner", str(file)]) == 2  # never replaced
    assert main(["presets", "--import", str(file)]) == 0
    assert main(["presets", "--rename", "shared", "old"]) == 0
    assert presets.names() == ["my scanner", "old"]
    assert main(["presets", "--delete", "old"]) == 0
    assert main(["presets", "--delete", "old"]) == 2
    assert presets.names() == ["my scanner"]
    assert "There is no preset 'old'" in capsys.readouterr().err


def test_a_damaged_preset_can_be_deleted(presets: Presets) -> None:
    (presets.folder / "broken.recipe.json").write_text("{}")
    assert main(["presets", "--delete", "broken"]) == 0
    assert presets.names() == ["my scanner"]


def test_restore_uses_steps_and_quality_of_a_preset(
    presets: Presets, tiny_model_file: Path, picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = picture("one.png")
    command = ["restore", str(photo), "--model", str(tiny_model_file), "--device", "cpu", "--json"]
    assert main([*command, "--preset", "my scanner", "-o", str(tmp_path / "a.png")]) == 0
    captured = capsys.readouterr()
    record = json.loads(captured.out)
    assert record["steps"] == [{"degradation": "noise25", "strength": 0.5}] and record["quality_mode"] == "best"
    assert "another model" not in captured.err
    assert main([*command, "--recipe", "none such"]) == 2


def test_batch_uses_a_preset(presets: Presets, tiny_model_file: Path, picture: Make, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    picture("one.png").rename(folder / "one.png")
    command = ["batch", str(folder), str(tmp_path / "out"), "--model", str(tiny_model_file), "--device", "cpu"]
    assert main([*command, "--preset", "my scanner", "--report", str(tmp_path / "report.json")]) == 0
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert "noise25" in json.dumps(report["photos"][0]["steps"])


def test_output_options_of_restore(tiny_model_file: Path, picture: Make, tmp_path: Path) -> None:
    photo = picture("one.png")
    with Image.open(photo) as image:
        width, height = image.size
    out = tmp_path / "out.png"
    command = ["restore", str(photo), "--model", str(tiny_model_file), "--device", "cpu", "-d", "haze", "-o", str(out)]
    options = ["--resize", "50%", "--colour-space", "display-p3", "--bit-depth", "16", "--metadata", "none"]
    assert main([*command, *options]) == 0
    with Image.open(out) as image:
        assert image.size == (round(width / 2), round(height / 2))
        assert b"Display P3" in image.info["icc_profile"].replace(b"\0", b"")
    assert out.read_bytes()[24] == 16  # bit depth in the header of a PNG
    assert main([*command, "--resize", "huge"]) == 2


def test_output_options_of_batch(tiny_model_file: Path, picture: Make, tmp_path: Path) -> None:
    folder = tmp_path / "photos"
    folder.mkdir()
    picture("one.png").rename(folder / "one.png")
    command = ["batch", str(folder), str(tmp_path / "out"), "--model", str(tiny_model_file), "--device", "cpu"]
    assert main([*command, "-d", "haze", "--resize", "16px", "--name", "trip-{counter}"]) == 0
    with Image.open(tmp_path / "out" / "trip-0001.png") as image:
        assert max(image.size) == 16
