"""Finding photos in a folder."""

import os
import sys
from pathlib import Path

import pytest

from core.batch.layout import Layout
from core.batch.scan import PassedOver, Scan

links = pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")


def paths(source: Path, target: Path, **options: object) -> list[str]:
    return sorted(found.path for found in Scan(Layout(source, target, **options)))  # type: ignore[arg-type]


def test_only_photos_are_found_in_all_subfolders(source: Path, target: Path, make) -> None:
    for path in ("a.jpg", "sub/b.PNG", "sub/deeper/c.webp", "ä ö/d.tif"):
        make(path)
    for path in ("notes.txt", "sub/._b.png", "film.mp4", ".dfpir-batch.png"):
        (source / path).write_bytes(b"?")
    walk = Scan(Layout(source, target))
    assert sorted(found.path for found in walk) == ["a.jpg", "sub/b.PNG", "sub/deeper/c.webp", "ä ö/d.tif"]
    assert walk.other == 3 and walk.unreadable == []


def test_size_and_time_are_those_of_the_file(source: Path, target: Path, make) -> None:
    file = make("a.jpg")
    os.utime(file, ns=(5, 1_234_567_890_123_456_700))
    (found,) = Scan(Layout(source, target))
    assert found.size == file.stat().st_size and found.mtime_ns == file.stat().st_mtime_ns


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"include": ("*.jpg",)}, ["a.jpg", "raw/c.jpg", "trip/2024/d.jpg"]),
        ({"include": ("trip/**",)}, ["trip/2024/d.jpg", "trip/b.png"]),
        ({"exclude": ("raw/",)}, ["a.jpg", "trip/2024/d.jpg", "trip/b.png"]),
        ({"exclude": ("*.jpg", "!a.jpg")}, ["a.jpg", "trip/b.png"]),
        ({"include": ("*.jpg",), "exclude": ("2024",)}, ["a.jpg", "raw/c.jpg"]),
        ({"formats": ("png",)}, ["trip/b.png"]),
        ({"formats": ("JPEG",), "exclude": ("/a.jpg",)}, ["raw/c.jpg", "trip/2024/d.jpg"]),
    ],
)
def test_patterns_and_formats_select_files(
    source: Path, target: Path, make, options: dict, expected: list[str]
) -> None:
    for path in ("a.jpg", "trip/b.png", "raw/c.jpg", "trip/2024/d.jpg"):
        make(path)
    assert paths(source, target, **options) == expected


def test_result_of_a_camera_raw_file_has_a_writable_format(source: Path, target: Path, make) -> None:
    make("a.jpg")
    for name in ("b.NEF", "c.heic"):
        (source / name).write_bytes(b"?")
    assert paths(source, target) == ["a.jpg", "b.NEF", "c.heic"]
    assert paths(source, target, formats=("raw", "jpeg")) == ["a.jpg", "b.NEF"]
    assert [Layout(source, target).output(path) for path in ("b.NEF", "c.heic")] == ["b.tif", "c.jpg"]


def test_target_inside_the_source_is_left_out(source: Path, make) -> None:
    make("a.jpg")
    make("out/old.jpg")
    assert paths(source, source / "out") == ["a.jpg"]


@links
def test_circular_links_end_and_every_folder_is_read_once(source: Path, target: Path, make) -> None:
    make("z/a.jpg")
    (source / "again").symlink_to(source / "z")  # sorts before the real folder, whose name must be kept
    (source / "z" / "up").symlink_to(source)
    (source / "z" / "self").symlink_to("self")
    assert paths(source, target) == ["z/a.jpg"]


@links
def test_links_to_folders_are_followed_by_default(source: Path, target: Path, tmp_path: Path, make) -> None:
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "deep").mkdir(parents=True)
    make("a.jpg").rename(elsewhere / "deep" / "a.jpg")
    (elsewhere / "deep" / "back").symlink_to(elsewhere)
    (source / "linked").symlink_to(elsewhere)
    assert paths(source, target) == ["linked/deep/a.jpg"]
    assert paths(source, target, follow_links=False) == []


@links
def test_links_into_the_target_are_left_out(source: Path, target: Path, make) -> None:
    (target / "sub").mkdir(parents=True)
    make("a.jpg").rename(target / "sub" / "a.jpg")
    (source / "results").symlink_to(target / "sub")
    (source / "one.jpg").symlink_to(target / "sub" / "a.jpg")
    assert paths(source, target) == []


@links
def test_unreadable_files_are_listed_so_that_they_are_reported(source: Path, target: Path) -> None:
    (source / "gone.jpg").symlink_to("nowhere.jpg")
    os.mkfifo(source / "pipe.jpg")
    found = {entry.path: entry for entry in Scan(Layout(source, target))}
    assert set(found) == {"gone.jpg", "pipe.jpg"} and found["gone.jpg"].size == 0


@links
@pytest.mark.skipif(hasattr(os, "geteuid") and os.geteuid() == 0, reason="root may read everything")
def test_unreadable_folders_are_listed(source: Path, target: Path, make) -> None:
    make("shut/a.jpg")
    make("b.jpg")
    (source / "shut").chmod(0)
    walk = Scan(Layout(source, target))
    try:
        assert [entry.path for entry in walk] == ["b.jpg"] and walk.unreadable[0].startswith("shut: ")
    finally:
        (source / "shut").chmod(0o700)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
def test_names_that_are_not_valid_text_are_found(source: Path, target: Path) -> None:
    (source / os.fsdecode(b"caf\xe9.jpg")).write_bytes(b"x")
    assert paths(source, target) == [os.fsdecode(b"caf\xe9.jpg")]


def test_photos_without_a_known_ending_are_identified_by_their_first_bytes(source: Path, target: Path, make) -> None:
    make("a.jpg").rename(source / "stereo.mpo")
    make("b.png").rename(source / "noext")
    make("c.jpg").rename(source / "old.jpg.bak")
    (source / "anim.gif").write_bytes(b"GIF89a" + bytes(20))
    (source / "BMW").write_text("BM begins this text as well, and it is no picture at all")
    (source / "readme").write_text("text")
    (source / "none.dat").write_bytes(b"")
    (source / ".hidden").write_bytes((source / "noext").read_bytes())
    os.mkfifo(source / "pipe") if hasattr(os, "mkfifo") else None
    walk = Scan(Layout(source, target))
    assert [(found.path, found.ending) for found in walk] == [("noext", ".png"), ("stereo.mpo", ".jpg")]
    assert walk.passed_over == [
        PassedOver("anim.gif", "It is a GIF animation, which cannot be restored."),
        PassedOver(
            "old.jpg.bak", "It holds a picture in JPEG format, but its ending is .bak. Rename it to have it restored."
        ),
    ]


def test_patterns_and_formats_apply_to_identified_photos(source: Path, target: Path, make) -> None:
    make("a.jpg").rename(source / "a.mpo")
    make("b.png").rename(source / "b")
    assert paths(source, target, formats=("png",)) == ["b"]
    assert paths(source, target, include=("*.mpo",)) == ["a.mpo"]
    assert paths(source, target, exclude=("b",)) == ["a.mpo"]
