"""Changes during a run: the source, permissions, the clock."""

import errno
import io
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core import Photo
from core.batch import Batch, BatchSettings, Layout, State, Summary, Why
from core.batch.journal import known_rows
from core.batch.results import PARTS
from core.cli import main
from core.errors import BatchError, PhotoError
from core.photo import output_options, reading
from core.photo.writing import copy_unchanged
from core.steps import Step
from tests.unit.core.batch.conftest import FakeConfig

HAZE = BatchSettings(steps=(Step("haze"),))
CLEAN = BatchSettings(steps=())
YEARS = 10 * 365 * 86_400.0


def paint(file: Path, shade: int) -> bytes:
    file.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (6, 5), (shade, shade, shade)).save(file)
    return file.read_bytes()


def shade(file: Path) -> int:
    with Image.open(file) as picture:
        return picture.convert("RGB").getpixel((0, 0))[0]  # type: ignore[index]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for number, name in enumerate("abc"):
        paint(tmp_path / "photos" / f"{name}.png", 10 * number)
    return tmp_path / "photos"


@pytest.fixture
def config() -> FakeConfig:
    return FakeConfig()


def run(source: Path, target: Path, config: FakeConfig, settings: BatchSettings = HAZE) -> Summary:
    with Batch(Layout(source, target), settings, config) as batch:
        return batch.run(batch.plan())


# The source


def test_photo_changed_while_it_is_restored_is_restored_again_in_the_next_run(
    source: Path, tmp_path: Path, config: FakeConfig
) -> None:
    target = tmp_path / "target"
    config.meanwhile["b.png"] = lambda: paint(source / "b.png", 200) and None  # type: ignore[func-returns-value]
    run(source, target, config)
    assert shade(target / "b.png") == 255 - 10
    config.meanwhile.clear()
    with Batch(Layout(source, target), HAZE, config) as batch:
        plan = batch.plan()
        assert [(item.row.path, item.why) for item in plan.to_run] == [("b.png", Why.CHANGED)]
        batch.run(plan)
    assert shade(target / "b.png") == 255 - 200


def test_photo_deleted_after_reading_is_still_restored(source: Path, tmp_path: Path, config: FakeConfig) -> None:
    config.meanwhile["a.png"] = (source / "a.png").unlink
    summary = run(source, tmp_path / "target", config)
    assert summary.counts[State.RESTORED] == 3 and shade(tmp_path / "target" / "a.png") == 255


def test_clean_photo_that_changes_before_the_copy_fails(
    source: Path, tmp_path: Path, config: FakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The verdict is that of the earlier content."""
    target, opened = tmp_path / "target", Photo.open

    def and_then_changed(path: Path) -> Photo:
        photo = opened(path)
        if Path(path).name == "b.png":
            paint(source / "b.png", 200)
        return photo

    with monkeypatch.context() as patch:
        patch.setattr(Photo, "open", and_then_changed)
        summary = run(source, target, config, CLEAN)
    assert summary.counts[State.COPIED] == 2 and not (target / "b.png").exists()
    assert "b.png was changed during processing" in known_rows(target)["b.png"].error
    run(source, target, config, CLEAN)
    assert (target / "b.png").read_bytes() == (source / "b.png").read_bytes()


def test_copying_unchanged_copies_every_byte_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.png"
    paint(file, 7)
    file.write_bytes(file.read_bytes() + b"behind the end")
    photo = Photo.open(file)
    copy_unchanged(photo, tmp_path / "same.png")
    copy_unchanged(photo, tmp_path / "other.bmp")
    assert (tmp_path / "same.png").read_bytes() == file.read_bytes() and shade(tmp_path / "other.bmp") == 7
    file.write_bytes(file.read_bytes().replace(b"end", b"END"))
    with pytest.raises(PhotoError, match=r"a\.png was changed during"):
        copy_unchanged(photo, tmp_path / "late.png")
    file.unlink()
    with pytest.raises(PhotoError, match=r"a\.png cannot be read"):
        copy_unchanged(photo, tmp_path / "late.png")
    copy_unchanged(Photo.from_array(np.zeros((2, 2, 3), np.uint8)), tmp_path / "made.png")
    assert not (tmp_path / "late.png").exists() and shade(tmp_path / "made.png") == 0


# Permissions. They do not apply to root, who runs many tests, so the system's error is simulated.


def forbid(patch: pytest.MonkeyPatch, forbidden: Callable[[str], bool], code: int = errno.EACCES) -> None:
    """Let the system refuse to create files at these paths."""
    opened, mkdir = os.open, os.mkdir

    def guarded(path: object, flags: int, *arguments: object, **options: object) -> int:
        if flags & (os.O_CREAT | os.O_WRONLY) and forbidden(str(path)):
            raise OSError(code, os.strerror(code), str(path))
        return opened(path, flags, *arguments, **options)  # type: ignore[arg-type]

    def made(path: object, *arguments: object, **options: object) -> None:
        if forbidden(str(path)):
            raise OSError(code, os.strerror(code), str(path))
        mkdir(path, *arguments, **options)  # type: ignore[arg-type]

    patch.setattr(os, "open", guarded)
    patch.setattr(os, "mkdir", made)


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS])
def test_target_that_becomes_read_only_ends_the_run_and_fails_no_photo(
    source: Path, tmp_path: Path, config: FakeConfig, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    target = tmp_path / "target"
    with monkeypatch.context() as patch:
        config.meanwhile["b.png"] = lambda: forbid(patch, lambda path: path.startswith(str(target)), code)
        with pytest.raises(BatchError, match=r"written: .*wait for the next run"):
            run(source, target, config)
    rows = known_rows(target)
    assert State.FAILED not in {row.state for row in rows.values()} and rows["c.png"].state is State.WAITING
    # The first photo may or may not be written while the second is restored.
    assert all((target / name).exists() == (row.state is State.RESTORED) for name, row in rows.items())
    config.meanwhile.clear()
    run(source, target, config)
    assert {row.state for row in known_rows(target).values()} == {State.RESTORED}
    assert not (target / PARTS).exists()


def test_read_only_subfolder_fails_only_its_photos(
    source: Path, tmp_path: Path, config: FakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "target"
    paint(source / "sub" / "d.png", 40)
    with monkeypatch.context() as patch:
        forbid(patch, lambda path: path.startswith(str(target / "sub")))
        summary = run(source, target, config)
    assert (summary.counts[State.RESTORED], summary.counts[State.FAILED]) == (3, 1)
    assert "check the permissions" in known_rows(target)["sub/d.png"].error


def test_unreadable_photo_fails_alone(
    source: Path, tmp_path: Path, config: FakeConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_regular = reading.open_regular

    def guarded(path: Path) -> io.BufferedReader:
        if path == source / "b.png":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return open_regular(path)

    monkeypatch.setattr(reading, "open_regular", guarded)
    summary = run(source, tmp_path / "target", config)
    assert (summary.counts[State.RESTORED], summary.counts[State.FAILED]) == (2, 1)


def test_command_continues_where_it_may_write(
    source: Path,
    tmp_path: Path,
    tiny_model_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The folder is made read-only between the first result and the second, and writable again for the third."""
    results = tmp_path / "results"
    with monkeypatch.context() as patch:
        write = output_options.write_with_options

        def forbidden_for_the_second(photo: Photo, path: Path, *options: Any, **more: Any) -> Path:
            with monkeypatch.context() as inner:
                if path.name == "b.png":
                    forbid(inner, lambda name: name.startswith(str(results)))
                return write(photo, path, *options, **more)

        patch.setattr(output_options, "write_with_options", forbidden_for_the_second)
        photos = [str(source / f"{name}.png") for name in "abc"]
        code = main(["restore", *photos, "--output-dir", str(results), "--model", str(tiny_model_file), "-d", "rain"])
    assert code == 1 and sorted(path.name for path in results.iterdir()) == ["a.png", "c.png"]
    err = capsys.readouterr().err
    assert "b.png cannot be written: Permission denied" in err and "Traceback" not in err


# The clock


@pytest.mark.parametrize("jump", [YEARS, -YEARS])
def test_clock_jump_repeats_nothing_and_keeps_durations_valid(
    source: Path, tmp_path: Path, config: FakeConfig, monkeypatch: pytest.MonkeyPatch, jump: float
) -> None:
    target, output, now = tmp_path / "target", [], time.time
    with monkeypatch.context() as patch:
        config.meanwhile["b.png"] = lambda: patch.setattr(time, "time", lambda: now() + jump)
        with Batch(Layout(source, target), HAZE, config) as batch:
            summary = batch.run(batch.plan(), on_progress=output.append)
    assert summary.counts[State.RESTORED] == 3 and 0 <= summary.seconds < 600
    assert all(progress.seconds_left is None or 0 <= progress.seconds_left < 600 for progress in output)
    assert [progress.fraction for progress in output] == sorted(progress.fraction for progress in output)
    config.meanwhile.clear()
    with Batch(Layout(source, target), HAZE, config) as batch:
        assert batch.plan().to_run == []


@pytest.mark.parametrize("jump", [YEARS, -YEARS])
def test_photos_with_future_and_past_times_are_recognised(
    source: Path, tmp_path: Path, config: FakeConfig, jump: float
) -> None:
    target = tmp_path / "target"
    for photo in source.iterdir():
        os.utime(photo, (time.time() + jump,) * 2)
    run(source, target, config)
    for result in target.glob("*.png"):  # as after a copy from a machine with another clock
        assert known_rows(target)[result.name].output_mtime_ns == result.stat().st_mtime_ns
    with Batch(Layout(source, target), HAZE, config) as batch:
        assert batch.plan().to_run == []
    paint(source / "a.png", 99)
    os.utime(source / "a.png", (time.time() + jump - 1,) * 2)  # newer, although its clock is behind
    with Batch(Layout(source, target), HAZE, config) as batch:
        assert [item.row.path for item in batch.plan().to_run] == ["a.png"]


def test_command_measures_durations_with_a_monotonic_clock(
    source: Path,
    tmp_path: Path,
    tiny_model_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    import json

    now = iter(range(0, -1_000_000, -1000))
    monkeypatch.setattr(time, "time", lambda: float(next(now)))
    options = ["--output-dir", str(tmp_path / "out"), "--model", str(tiny_model_file), "-d", "rain", "--json"]
    assert main(["restore", str(source / "a.png"), *options]) == 0
    assert 0 <= json.loads(capsys.readouterr().out)["seconds"] < 600
