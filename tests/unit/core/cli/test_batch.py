"""``dfpir batch`` from its arguments to its exit code, with a tiny network."""

import json
import os
import signal
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


@pytest.fixture
def source(tmp_path: Path, picture: Make) -> Path:
    folder = tmp_path / "photos"
    (folder / "sub").mkdir(parents=True)
    picture("one.png").rename(folder / "one.png")
    picture("three.png").rename(folder / "sub" / "three.png")
    return folder


def run(model: Path, source: Path, target: Path, *arguments: object) -> int:
    return main(["batch", *map(str, (source, target)), "--model", str(model), "--device", "cpu", *map(str, arguments)])


def test_folder_is_restored_like_single_photos(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tiny_model_file, source, tmp_path / "out", "--steps", "haze,noise25:0.5") == 0
    assert "2 restored" in capsys.readouterr().out
    single = ["restore", str(source / "one.png"), "--model", str(tiny_model_file), "--device", "cpu"]
    assert main([*single, "--steps", "haze,noise25:0.5", "-o", str(tmp_path / "single.png")]) == 0
    assert (tmp_path / "out" / "one.png").read_bytes() == (tmp_path / "single.png").read_bytes()
    assert (tmp_path / "out" / "sub" / "three.png").is_file()


def test_failures_decide_the_exit_code_and_are_told(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much")
    report = tmp_path / "report.json"
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "rain", "--report", report, "--quiet") == 1
    captured = capsys.readouterr()
    assert "broken.jpg" in captured.err and "three.png" not in captured.out
    told = json.loads(report.read_text("utf-8"))
    assert [photo["source"] for photo in told["photos"] if photo["state"] == "failed"] == ["broken.jpg"]
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "rain") == 1
    assert "1 skipped, failed before" in capsys.readouterr().out


def test_results_of_photos_that_changed_for_the_worse_or_are_gone_are_told(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "rain") == 0
    (source / "one.png").write_bytes(b"?")
    (source / "sub" / "three.png").unlink()
    capsys.readouterr()
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "rain") == 1
    told = capsys.readouterr()
    assert "The earlier result one.png is out of date." in told.err
    assert "1 of them with an earlier result in DST that is out of date" in told.out
    assert "1 photo of an earlier run is no longer among those of SRC" in told.out
    assert (tmp_path / "out" / "one.png").is_file() and (tmp_path / "out" / "sub" / "three.png").is_file()


def test_dry_run_lists_everything_and_writes_nothing(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tiny_model_file, source, tmp_path / "out", "--dry-run", "--format", "tiff") == 0
    told = capsys.readouterr().out
    assert "one.png → one.tif" in told and "sub/three.png → sub/three.tif" in told and "2 to do, about" in told
    assert not (tmp_path / "out").exists()


def test_automatic_by_threshold_and_group(
    tiny_model_file: Path, source: Path, tmp_path: Path, verdicts: "Verdicts", capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found = {"one.png": ("haze",)}
    out = tmp_path / "out"
    assert run(tiny_model_file, source, out, "--threshold", 0.95) == 0
    assert "2 to review" in capsys.readouterr().out
    assert run(tiny_model_file, source, out, "--group", "haze=haze:0", "--clean", "leave") == 0
    told = capsys.readouterr().out
    assert "one.png  (haze:0; " in told and "1 clean, left out" in told
    np.testing.assert_array_equal(cv2.imread(str(out / "one.png")), cv2.imread(str(source / "one.png")))


def test_interrupt_stops_at_a_safe_point_and_the_same_command_goes_on(
    tiny_model_file: Path,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from core.inference import Restorer

    with monkeypatch.context() as patch:
        whole = Restorer.restore

        def interrupted(self, photo, steps, **options):
            os.kill(os.getpid(), signal.SIGINT)
            return whole(self, photo, steps, **options)

        patch.setattr(Restorer, "restore", interrupted)
        assert run(tiny_model_file, source, tmp_path / "out", "-d", "haze") == 130
    assert "goes on from here" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "haze") == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "nonesuch"], "no model 'nonesuch'"),
        (["--steps", "snow"], "snow"),
        (["--group", "snow=haze"], "snow=haze"),
        (["--threshold", "2"], "threshold"),
        (["--name", "same"], "one name"),
        (["--report", "out.pdf"], "out.pdf"),
    ],
)
def test_faults_of_the_command_end_it_before_any_photo(
    tiny_model_file: Path,
    source: Path,
    tmp_path: Path,
    arguments: list[str],
    message: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(tiny_model_file, source, tmp_path / "out", *arguments) == 2
    assert message in capsys.readouterr().err and not (tmp_path / "out" / "one.png").exists()


def test_triage_lists_groups_and_restores_nothing_until_the_next_command(
    tiny_model_file: Path, source: Path, tmp_path: Path, verdicts: "Verdicts", capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found = {"one.png": ("haze", "rain")}
    assert run(tiny_model_file, source, tmp_path / "out", "--triage") == 0
    told = capsys.readouterr().out
    assert "1 rain and haze  confidence at least 90%, 0 to review" in told and "sub/three.png  clean (90%)" in told
    assert not list((tmp_path / "out").glob("*.png"))
    assert run(tiny_model_file, source, tmp_path / "out", "--set", "sub/=low-light:0.5") == 0
    told = capsys.readouterr().out
    assert "one.png  (rain,haze; " in told and "sub/three.png  (low-light:0.5; " in told
    assert run(tiny_model_file, source, tmp_path / "out", "--set", "sub/=auto") == 0
    assert "sub/three.png  (clean: copied)" in capsys.readouterr().out


def test_recipe_of_a_result_is_read_once_and_done_to_the_whole_folder(
    tiny_model_file: Path,
    source: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from core import recipes
    from core.inference import Step
    from core.recipes import Recipe, read_recipe, write_recipe

    def read_and_lose(file: Path) -> Recipe:
        recipe = read_recipe(file)
        file.unlink()
        return recipe

    steps = (Step("rain", 0.5), Step("haze"))
    recipe = write_recipe(Recipe(steps, "tiny", "", "float32", "1"), tmp_path / "beach.jpg")
    with monkeypatch.context() as patch:
        patch.setattr(recipes, "read_recipe", read_and_lose)
        assert run(tiny_model_file, source, tmp_path / "out", "--recipe", recipe) == 0
    assert run(tiny_model_file, source, tmp_path / "same", "--steps", "rain:0.5,haze") == 0
    assert (tmp_path / "out" / "one.png").read_bytes() == (tmp_path / "same" / "one.png").read_bytes()
    assert "one.png  (rain:0.5,haze; " in capsys.readouterr().out
    assert run(tiny_model_file, source, tmp_path / "bad", "--recipe", source / "one.png") == 2


def test_watching_ends_with_an_interrupt_and_its_report_tells_of_everything(
    tiny_model_file: Path,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from core.batch.watch import Arrivals

    def arrived(self: Arrivals, now: float) -> list[object]:
        os.kill(os.getpid(), signal.SIGINT)  # as soon as it begins to watch
        return []

    monkeypatch.setattr(Arrivals, "complete", arrived)
    report = tmp_path / "report.json"
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "haze", "--watch", "--report", report) == 0
    assert "Watching" in capsys.readouterr().out
    assert [photo["state"] for photo in json.loads(report.read_text("utf-8"))["photos"]] == ["restored", "restored"]
    with pytest.raises(SystemExit):
        run(tiny_model_file, source, tmp_path / "out", "--watch", "--triage")
