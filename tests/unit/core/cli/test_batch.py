"""``dfpir batch`` from its arguments to its exit code, with a tiny network."""

import errno
import json
import os
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest
from PIL import ExifTags, Image

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


def test_failures_are_printed_and_set_the_exit_code(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (source / "broken.jpg").write_bytes(b"\xff\xd8\xff\xe0 not much")
    report = tmp_path / "report.json"
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "rain", "--report", report, "--quiet") == 1
    captured = capsys.readouterr()
    assert "broken.jpg" in captured.err and "three.png" not in captured.out
    output = json.loads(report.read_text("utf-8"))
    assert [photo["source"] for photo in output["photos"] if photo["state"] == "failed"] == ["broken.jpg"]
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "rain") == 1
    assert "1 skipped, failed before" in capsys.readouterr().out


def test_failures_name_the_photo_also_if_the_network_does_not_know_it(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "rain", "--memory-limit", "1M") == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if "within 1M of memory" in line]
    assert lines and all(line.startswith("dfpir: ") and ".png: " in line for line in lines)


def test_outdated_results_and_removed_photos_are_reported(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "rain") == 0
    (source / "one.png").write_bytes(b"?")
    (source / "sub" / "three.png").unlink()
    capsys.readouterr()
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "rain") == 1
    output = capsys.readouterr()
    assert "The earlier result one.png is out of date." in output.err
    assert "1 of them with an earlier result in DST that is out of date" in output.out
    assert "1 photo of an earlier run is no longer among those of SRC" in output.out
    assert (tmp_path / "out" / "one.png").is_file() and (tmp_path / "out" / "sub" / "three.png").is_file()


def test_dry_run_lists_everything_and_writes_nothing(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(tiny_model_file, source, tmp_path / "out", "--dry-run", "--format", "tiff") == 0
    output = capsys.readouterr().out
    assert "one.png → one.tif" in output and "sub/three.png → sub/three.tif" in output and "2 to do, about" in output
    assert not (tmp_path / "out").exists()


def test_automatic_by_threshold_and_group(
    tiny_model_file: Path, source: Path, tmp_path: Path, verdicts: "Verdicts", capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found = {"one.png": ("haze",)}
    out = tmp_path / "out"
    assert run(tiny_model_file, source, out, "--threshold", 0.95) == 0
    output = capsys.readouterr().out
    assert "2 to review" in output and "decide" in output.lower() and "--set" in output
    assert run(tiny_model_file, source, out, "--group", "haze=haze:0", "--clean", "leave") == 0
    output = capsys.readouterr().out
    assert "one.png  (haze:0; " in output and "1 clean, left out" in output
    np.testing.assert_array_equal(cv2.imread(str(out / "one.png")), cv2.imread(str(source / "one.png")))


def test_interrupt_stops_at_a_safe_point_and_the_same_command_continues(
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
    assert "the same command continues from here" in capsys.readouterr().err
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
def test_invalid_arguments_end_the_command_before_any_photo(
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
    output = capsys.readouterr().out
    assert "1 rain and haze  confidence at least 90%, 0 to review" in output and "sub/three.png  clean (90%)" in output
    assert not list((tmp_path / "out").glob("*.png"))
    assert run(tiny_model_file, source, tmp_path / "out", "--set", "sub/=low-light:0.5") == 0
    output = capsys.readouterr().out
    assert "one.png  (haze,rain; " in output and "sub/three.png  (low-light:0.5; " in output
    assert run(tiny_model_file, source, tmp_path / "out", "--set", "sub/=auto") == 0
    assert "sub/three.png  (clean: copied)" in capsys.readouterr().out


def test_recipe_is_read_once_and_applied_to_the_whole_folder(
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


def test_watching_ends_with_an_interrupt_and_writes_the_report(
    tiny_model_file: Path,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from core.batch.watch import PendingFiles

    def interrupt(self: PendingFiles, now: float) -> list[object]:
        os.kill(os.getpid(), signal.SIGINT)  # as soon as the watching begins
        return []

    monkeypatch.setattr(PendingFiles, "pop_complete", interrupt)
    report = tmp_path / "report.json"
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "haze", "--watch", "--report", report) == 0
    assert "Watching" in capsys.readouterr().out
    assert [photo["state"] for photo in json.loads(report.read_text("utf-8"))["photos"]] == ["restored", "restored"]
    with pytest.raises(SystemExit):
        run(tiny_model_file, source, tmp_path / "out", "--watch", "--triage")


def test_json_prints_only_photos_with_their_notes_on_standard_output(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    frames = [Image.new("RGB", (24, 24), colour) for colour in ("red", "green")]
    frames[0].save(source / "pages.tif", save_all=True, append_images=frames[1:])
    (source / "broken.jpg").write_bytes(b"?")
    (source / "anim.gif").write_bytes(b"GIF89a" + bytes(20))
    report = tmp_path / "report.csv"
    assert run(tiny_model_file, source, tmp_path / "out", "-d", "haze", "--json", "--report", report) == 1
    output = capsys.readouterr()
    records = {record["source"]: record for record in map(json.loads, output.out.splitlines())}
    assert set(records) == {"one.png", "sub/three.png", "pages.tif", "broken.jpg"}
    assert "first of 2 pages" in records["pages.tif"]["notes"][0] and records["one.png"]["notes"] == []
    assert records["broken.jpg"]["state"] == "failed" and "broken.jpg" in records["broken.jpg"]["reason"]
    assert "3 restored" in output.err and "dfpir: pages.tif: Only the first of 2 pages" in output.err
    assert "passed over anim.gif: It is a GIF animation" in output.err and "1 passed over, pictures" in output.err
    assert "first of 2 pages" in report.read_text("utf-8-sig") and "anim.gif,passed over" in report.read_text(
        "utf-8-sig"
    )


def test_times_and_limits_are_set_by_options(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.utime(source / "one.png", ns=(10**18, 10**18))
    out = tmp_path / "out"
    assert run(tiny_model_file, source, out, "-d", "haze", "--keep-times", "--photo-memory", "1M") == 0
    assert (out / "one.png").stat().st_mtime_ns == 10**18
    assert run(tiny_model_file, source, tmp_path / "2", "-d", "haze", "--photo-memory", "1K", "--photo-ratio", "0") == 1
    assert run(tiny_model_file, source, tmp_path / "3", "-d", "haze", "--timeout", "0.0001") == 1
    output = capsys.readouterr().err
    assert output.count("the limit for a photo of a batch") == 2 and output.count("the time limit of a photo") == 2


def test_recipe_of_another_model_gives_a_warning(
    tiny_model_file: Path, source: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    single = ["restore", str(source / "one.png"), "--model", str(tiny_model_file), "--device", "cpu", "-d", "rain"]
    assert main([*single, "-o", str(tmp_path / "single.png"), "--write-recipe"]) == 0
    recipe = tmp_path / "single.png.recipe.json"
    assert run(tiny_model_file, source, tmp_path / "same", "--recipe", recipe) == 0
    assert "another model" not in capsys.readouterr().err
    values = json.loads(recipe.read_text("utf-8"))
    values["model"] = {"name": "other", "sha256": "0" * 64}
    recipe.write_text(json.dumps(values), "utf-8")
    assert run(tiny_model_file, source, tmp_path / "other", "--recipe", recipe) == 0
    assert "single.png.recipe.json is of another model, 'other': the results will differ" in capsys.readouterr().err


def test_exit_code_of_a_broken_off_run_depends_on_whether_something_was_done(
    tiny_model_file: Path,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    from core.batch import results

    whole, named = results._rename, []

    def full(staged: Path, output: Path, *, replaces: bool) -> os.stat_result:
        named.append(output.name)
        if len(named) == failing:
            raise OSError(errno.ENOSPC, "No space left on device")
        return whole(staged, output, replaces=replaces)

    monkeypatch.setattr(results, "_rename", full)
    for failing, code in ((2, 1), (1, 2)):
        named.clear()
        report = tmp_path / f"{failing}.json"
        assert run(tiny_model_file, source, tmp_path / str(failing), "-d", "haze", "--report", report) == code
        assert "wait for the next run" in capsys.readouterr().err and report.exists() == (code == 1)
        assert run(tiny_model_file, source, tmp_path / str(failing), "-d", "haze") == 0


def test_dry_run_reads_a_read_only_target(
    tiny_model_file: Path,
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "out"
    assert run(tiny_model_file, source, out, "-d", "haze") == 0
    connect, mkdir = sqlite3.connect, os.mkdir

    def read_only(path: object, *arguments: object, **options: object) -> sqlite3.Connection:
        if Path(os.fspath(path)).parent == out:  # type: ignore[call-overload]
            error = sqlite3.OperationalError("attempt to write a readonly database")
            error.sqlite_errorcode = sqlite3.SQLITE_READONLY
            raise error
        return connect(path, *arguments, **options)  # type: ignore[call-overload]

    def no_folder(path: object, *arguments: object) -> None:
        if Path(os.fspath(path)).is_relative_to(out):  # type: ignore[call-overload]
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), path)
        mkdir(path, *arguments)  # type: ignore[call-overload]

    monkeypatch.setattr(sqlite3, "connect", read_only)
    monkeypatch.setattr(os, "mkdir", no_folder)
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    before = sorted(out.rglob("*"))
    capsys.readouterr()
    assert run(tiny_model_file, source, out, "-d", "haze", "--dry-run") == 0
    assert "2 photos: 2 done before" in capsys.readouterr().out and sorted(out.rglob("*")) == before


def test_png_called_jpg_keeps_depth_and_transparency(
    tiny_model_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "photos").mkdir()
    cutout = np.random.default_rng(1).integers(0, 256, (20, 30, 4), np.uint8)
    Image.fromarray(cutout).save(tmp_path / "photos" / "cutout.jpg", "PNG")
    deep = np.random.default_rng(2).integers(0, 65536, (20, 30, 3), np.uint16)
    (tmp_path / "photos" / "deep.JPG").write_bytes(cv2.imencode(".png", deep)[1].tobytes())
    out = tmp_path / "out"
    assert run(tiny_model_file, tmp_path / "photos", out, "-d", "haze", "--dry-run") == 0
    assert "cutout.png" in capsys.readouterr().out
    assert run(tiny_model_file, tmp_path / "photos", out, "-d", "haze", "--json") == 0
    notes = {photo["output"]: photo["notes"] for photo in map(json.loads, capsys.readouterr().out.splitlines())}
    assert notes["cutout.png"] == ["The file is in PNG format, so the result is named cutout.png."]
    np.testing.assert_array_equal(np.asarray(Image.open(out / "cutout.png"))[..., 3], cutout[..., 3])
    assert cv2.imread(str(out / "deep.png"), cv2.IMREAD_UNCHANGED).dtype == np.uint16
    assert run(tiny_model_file, tmp_path / "photos", out, "-d", "haze") == 0
    assert "2 skipped, done before" in capsys.readouterr().out


def test_previews_on_request(tiny_model_file: Path, source: Path, tmp_path: Path) -> None:
    for options in ([], ["--preview"]):
        assert run(tiny_model_file, source, tmp_path / "out", "-d", "haze", *options) == 0
        with Image.open(tmp_path / "out" / "one.png") as image:
            assert bool(image.getexif().get_ifd(ExifTags.IFD.IFD1)) == bool(options)
