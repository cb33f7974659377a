"""Sidecars, file times and notes of results."""

import os
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.batch import Batch, BatchSettings, Layout, State, results, sidecars
from core.batch.journal import Journal, known_rows
from core.batch.results import PARTS
from core.steps import Step

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig

HAZE = BatchSettings(steps=(Step("haze"),))
TIMED = BatchSettings(steps=(Step("haze"),), keep_times=True)
LONG_AGO = 1_000_000_000 * 10**9


def run(source: Path, target: Path, config: "FakeConfig", settings: BatchSettings = HAZE, **layout: str) -> None:
    with Batch(Layout(source, target, **layout), settings, config) as batch:  # type: ignore[arg-type]
        batch.run(batch.plan())


def test_sidecars_of_both_naming_schemes_are_copied(
    source: Path, target: Path, make, config: "FakeConfig", tree
) -> None:
    make("sub/a.jpg"), make("sub/b.png"), make("c.png")
    (source / "sub/a.xmp").write_bytes(b"<a>")
    (source / "sub/a.jpg.xmp").write_bytes(b"<a.jpg>\x00")
    (source / "sub/b.XMP").write_bytes(b"<b>")
    (source / "other.xmp").write_bytes(b"<other>")
    run(source, target, config, name="{folder}/{name}-new", format="tiff")
    there = tree(target)
    carried = {name: data for name, data in there.items() if not name.endswith(".tif")}
    assert carried == {
        "sub/a-new.xmp": b"<a>",
        "sub/a-new.tif.xmp": b"<a.jpg>\x00",
        "sub/b-new.XMP": b"<b>",
    }
    rows = known_rows(target)
    assert [entry.path for entry in rows["sub/a.jpg"].sidecars] == ["sub/a-new.xmp", "sub/a-new.tif.xmp"]
    assert rows["c.png"].sidecars == () and not any(row.notes for row in rows.values())


def test_sidecars_of_clean_photos_are_copied(source: Path, target: Path, make, config: "FakeConfig", tree) -> None:
    make("a.png")
    (source / "a.xmp").write_bytes(b"<a>")
    run(source, target, config, BatchSettings())
    assert tree(target) == tree(source)


def test_only_our_own_copy_of_a_sidecar_is_replaced(
    source: Path, target: Path, make, config: "FakeConfig", tree
) -> None:
    make("a.png"), make("b.png")
    for name in "ab":
        (source / f"{name}.xmp").write_bytes(b"<first>")
    target.mkdir()
    (target / "b.xmp").write_bytes(b"<theirs>")
    run(source, target, config)
    assert tree(target)["a.xmp"] == b"<first>" and tree(target)["b.xmp"] == b"<theirs>"
    assert known_rows(target)["b.png"].notes == (
        "b.xmp exists already in the target; the sidecar was not copied over it.",
    )
    for name in "ab":
        (source / f"{name}.xmp").write_bytes(b"<second>")
        make(f"{name}.png", side=40)
    run(source, target, config)
    assert tree(target)["a.xmp"] == b"<second>" and tree(target)["b.xmp"] == b"<theirs>"
    (target / "a.xmp").write_bytes(b"<edited>")  # now a file of the user
    make("a.png", side=50)
    run(source, target, config)
    assert tree(target)["a.xmp"] == b"<edited>"
    make("a.png", side=60)
    run(source, target, config, collision="replace")
    assert tree(target)["a.xmp"] == b"<second>"


def test_sidecar_of_two_photos_is_copied_once_and_listed_for_both(
    source: Path, target: Path, make, config: "FakeConfig"
) -> None:
    make("a.png"), make("a.jpg")
    (source / "a.xmp").write_bytes(b"<a>")
    run(source, target, config)
    rows = known_rows(target).values()
    assert all([entry.path for entry in row.sidecars] == ["a.xmp"] for row in rows)
    assert not any(row.notes for row in rows)


@pytest.mark.skipif(os.name == "nt", reason="links need rights")
def test_sidecar_is_never_written_through_a_link(source: Path, target: Path, make, config: "FakeConfig", tree) -> None:
    make("a.png")
    (source / "a.xmp").write_bytes(b"<a>")
    (source / "precious.txt").write_bytes(b"mine")
    target.mkdir()
    (target / "a.xmp").symlink_to(source / "precious.txt")
    before = tree(source)
    run(source, target, config, collision="replace")
    assert tree(source) == before and known_rows(target)["a.png"].state is State.RESTORED


def test_unreadable_sidecar_gives_a_note_and_the_photo_is_restored(
    source: Path, target: Path, make, config: "FakeConfig", monkeypatch: pytest.MonkeyPatch
) -> None:
    make("a.png")
    (source / "a.xmp").write_bytes(b"<a>")
    monkeypatch.setattr(sidecars, "_MAX_BYTES", 2)
    run(source, target, config)
    row = known_rows(target)["a.png"]
    assert row.state is State.RESTORED and "a.xmp is too large" in row.notes[0]


def test_times_are_kept_on_request(source: Path, target: Path, make, config: "FakeConfig") -> None:
    for name in ("a.png", "clean.jpg"):
        os.utime(make(name), ns=(LONG_AGO, LONG_AGO + 7_000))
    (source / "a.xmp").write_bytes(b"<a>")
    os.utime(source / "a.xmp", ns=(LONG_AGO, LONG_AGO + 2_000))
    config.found = {"a.png": ("haze",)}
    run(source, target, config, BatchSettings(keep_times=True))
    for name in ("a.png", "clean.jpg", "a.xmp"):
        assert (target / name).stat().st_mtime_ns == (source / name).stat().st_mtime_ns
    run(source, target, config, BatchSettings(keep_times=True))
    assert len(config.calls) == 1  # the result is recognised
    make("a.png", side=40)
    run(source, target, config, BatchSettings())
    assert (target / "a.png").stat().st_mtime_ns > LONG_AGO + 10**15


class Killed(BaseException):
    """Stands for a kill signal."""


def test_earlier_result_of_the_same_size_and_time_is_replaced_after_a_crash(
    source: Path, target: Path, config: "FakeConfig", monkeypatch: pytest.MonkeyPatch, tree
) -> None:
    Image.fromarray(np.full((8, 8, 3), 200, np.uint8)).save(source / "a.bmp")  # all results have the same size
    (source / "a.xmp").write_bytes(b"<a>")
    run(source, target, config, TIMED)
    old = tree(target)

    def crash(*arguments: object, **options: object) -> None:
        raise Killed

    other = BatchSettings(steps=(), keep_times=True)
    with monkeypatch.context() as patch:
        patch.setattr(results, "_rename", crash)
        patch.setattr(results.Results, "clear", lambda self: None)
        with pytest.raises(Killed):
            run(source, target, config, other)
    assert known_rows(target)["a.bmp"].state is State.WRITING and tree(target) == old
    (target / "a.xmp").unlink()
    run(source, target, config, other)
    assert tree(target) == tree(source) != old and not (target / PARTS).exists()


def test_crash_between_result_and_sidecar_loses_neither(
    source: Path, target: Path, make, config: "FakeConfig", monkeypatch: pytest.MonkeyPatch, tree
) -> None:
    make("a.png")
    (source / "a.xmp").write_bytes(b"<a>")

    def crash(*arguments: object, **options: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(results, "copy_sidecars", crash)
        with pytest.raises(Killed):
            run(source, target, config)
    assert set(tree(target)) == {"a.png"}
    run(source, target, config)
    assert set(tree(target)) == {"a.png", "a.xmp"} and len(config.calls) == 1


def test_notes_on_photos_are_kept_in_the_journal(source: Path, target: Path, make, config: "FakeConfig") -> None:
    frames = [Image.new("RGB", (16, 16), colour) for colour in ("red", "green", "blue")]
    frames[0].save(source / "multipage.tif", save_all=True, append_images=frames[1:])
    frames[0].save(source / "anim.webp", save_all=True, append_images=frames[1:], lossless=True)
    Image.new("CMYK", (16, 16), (9, 99, 199, 9)).save(source / "print.jpg")
    make("plain.png")
    run(source, target, config)
    with Journal(target) as journal:
        notes = {row.path: row.notes for row in journal.rows()}
    assert "first of 3 pages" in notes["multipage.tif"][0] and "first of 3 pages" in notes["anim.webp"][0]
    assert "CMYK" in notes["print.jpg"][0] and notes["plain.png"] == ()
    with Batch(Layout(source, target), BatchSettings(), config) as batch:
        batch.triage(batch.plan())
        assert {row.path: row.notes for row in batch.journal.rows()} == notes


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_private_sidecars_stay_private(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("a.png")
    (source / "a.xmp").write_bytes(b"<a>")
    (source / "a.xmp").chmod(0o600)
    run(source, target, config)
    assert stat.S_IMODE((target / "a.xmp").stat().st_mode) == 0o600


def test_photo_whose_name_is_too_long_for_a_sidecar_is_restored(
    source: Path, target: Path, make, config: "FakeConfig"
) -> None:
    name = "x" * 251 + ".png"
    make(name)
    run(source, target, config)
    (row,) = known_rows(target).values()
    assert row.state == State.RESTORED and row.notes == ()
