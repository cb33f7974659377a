"""Overwriting and failures while saving: a file appears whole or not at all, and nothing else changes."""

import errno
import os
import stat
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.io import atomic, output_files
from core.photo import Photo, PhotoError, read_photo, writing


def names_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_source_may_change_after_reading(tmp_path, scene):
    Image.fromarray(scene()).save(tmp_path / "a.png")
    photo = read_photo(tmp_path / "a.png")
    (tmp_path / "a.png").write_bytes(b"something else")
    assert np.array_equal(np.rint(read_photo(photo.save(tmp_path / "b.png")).pixels * 255), scene())


def test_an_existing_file_is_not_overwritten_by_default(tmp_path, photo, listing):
    (tmp_path / "a.png").write_bytes(b"precious")
    with pytest.raises(PhotoError, match=r"a\.png already exists"):
        photo.save(tmp_path / "a.png")
    assert listing() == {"a.png": b"precious"}
    photo.save(tmp_path / "a.png", overwrite=True)
    assert list(listing()) == ["a.png"] and read_photo(tmp_path / "a.png").width == photo.width


def test_the_source_is_not_overwritten_by_default(tmp_path, scene, listing):
    Image.fromarray(scene()).save(tmp_path / "a.jpg")
    before = listing()
    photo = read_photo(tmp_path / "a.jpg")
    for path in (tmp_path / "a.jpg", tmp_path / "." / "a.jpg"):
        with pytest.raises(PhotoError, match="already exists"):
            photo.save(path)
    assert listing() == before
    photo.save(tmp_path / "a.jpg", overwrite=True)
    assert list(listing()) == ["a.jpg"] and listing() != before


def test_a_file_created_meanwhile_is_kept(tmp_path, photo, listing, monkeypatch):
    write = atomic._write

    def write_and_be_late(path, data):
        write(path, data)
        (tmp_path / "a.png").write_bytes(b"I was faster")

    monkeypatch.setattr(atomic, "_write", write_and_be_late)
    with pytest.raises(PhotoError, match="already exists"):
        photo.save(tmp_path / "a.png")
    assert listing() == {"a.png": b"I was faster"}


def test_of_simultaneous_writes_exactly_one_succeeds(tmp_path):
    contents = [bytes([number]) * 100_000 for number in range(8)]
    won = []
    start = threading.Barrier(len(contents))

    def work(content):
        start.wait()
        try:
            output_files.write_output(content, tmp_path / "a", overwrite=False)
            won.append(content)
        except PhotoError:
            pass

    threads = [threading.Thread(target=work, args=(content,)) for content in contents]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert (tmp_path / "a").read_bytes() == won[0]
    assert names_in(tmp_path) == ["a"]


def no_links(source, target):
    raise OSError(errno.EPERM, "Operation not permitted")


def test_disks_without_hard_links(tmp_path, photo, listing, monkeypatch):
    monkeypatch.setattr(os, "link", no_links)
    photo.save(tmp_path / "a.png")
    with pytest.raises(PhotoError, match="already exists"):
        photo.save(tmp_path / "a.png")
    assert list(listing()) == ["a.png"] and read_photo(tmp_path / "a.png").width == photo.width


def failing(code: int):
    def fail(*args, **kwargs):
        raise OSError(code, os.strerror(code))

    return fail


def interrupted(*args, **kwargs):
    raise KeyboardInterrupt


def half_written(code: int):
    def write(path, data):
        path.write_bytes(data[: len(data) // 2])
        raise OSError(code, os.strerror(code))

    return write


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS, errno.EDQUOT, 9999])
@pytest.mark.parametrize("stage", ["open", "write", "fsync", "publish", "publish without links"])
def test_a_failure_at_any_stage_changes_nothing(tmp_path, photo, listing, monkeypatch, overwrite, code, stage):
    if overwrite:
        (tmp_path / "a.png").write_bytes(b"precious")
    before = listing()
    if stage == "open":
        monkeypatch.setattr(os, "open", failing(code))
    elif stage == "write":
        monkeypatch.setattr(atomic, "_write", half_written(code))
    elif stage == "fsync":
        monkeypatch.setattr(os, "fsync", failing(code))
    else:
        monkeypatch.setattr(Path, "replace", failing(code))
        if not overwrite:
            monkeypatch.setattr(os, "link", no_links)
    with pytest.raises(PhotoError, match=r"a\.png cannot be written") as caught:
        photo.save(tmp_path / "a.png", overwrite=overwrite)
    monkeypatch.undo()
    assert listing() == before
    if code == errno.ENOSPC:
        assert "free some space" in str(caught.value)
    if code == errno.EACCES:
        assert "permissions" in str(caught.value)


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("stage", ["fsync", "publish", "publish without links"])
def test_an_interruption_changes_nothing(tmp_path, photo, listing, monkeypatch, overwrite, stage):
    if overwrite:
        (tmp_path / "a.png").write_bytes(b"precious")
    before = listing()
    if stage == "fsync":
        monkeypatch.setattr(os, "fsync", interrupted)
    else:
        monkeypatch.setattr(Path, "replace", interrupted)
        monkeypatch.setattr(os, "link", no_links if stage == "publish without links" else interrupted)
    with pytest.raises(KeyboardInterrupt):
        photo.save(tmp_path / "a.png", overwrite=overwrite)
    monkeypatch.undo()
    assert listing() == before


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".avif"])
def test_the_file_is_never_incomplete(tmp_path, photo, monkeypatch, suffix):
    target = tmp_path / f"a{suffix}"
    target.write_bytes(b"precious")
    seen = []
    fsync, replace = os.fsync, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (seen.append(target.read_bytes()), fsync(handle))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (seen.append(target.read_bytes()), replace(self, to))[1])
    photo.save(target, overwrite=True)
    whole = target.read_bytes()
    assert seen[0] == b"precious" and set(seen) <= {b"precious", whole}
    assert read_photo(target).width == photo.width


def test_the_bytes_are_flushed_before_the_rename(tmp_path, photo, monkeypatch):
    events = []
    fsync, link, replace = os.fsync, os.link, Path.replace
    monkeypatch.setattr(os, "fsync", lambda handle: (events.append("fsync"), fsync(handle))[1])
    monkeypatch.setattr(os, "link", lambda *names: (events.append("name"), link(*names))[1])
    monkeypatch.setattr(Path, "replace", lambda self, to: (events.append("name"), replace(self, to))[1])
    photo.save(tmp_path / "a.png")
    photo.save(tmp_path / "a.png", overwrite=True)
    assert events == ["fsync", "name", "fsync"] * 2


def test_a_failure_of_the_encoder_leaves_nothing(tmp_path, photo, listing, monkeypatch):
    monkeypatch.setattr(writing, "_save_with_vips", lambda *args: (_ for _ in ()).throw(ValueError("no")))
    with pytest.raises(PhotoError, match=r"a\.png cannot be encoded"):
        photo.save(tmp_path / "a.png")
    monkeypatch.setattr(writing, "_save_with_vips", lambda *args: (_ for _ in ()).throw(MemoryError))
    with pytest.raises(PhotoError, match="not enough memory"):
        photo.save(tmp_path / "a.png")
    assert listing() == {}


def test_a_missing_folder_a_folder_as_target_and_a_file_as_folder(tmp_path, photo, listing):
    (tmp_path / "dir.png").mkdir()
    (tmp_path / "file").write_bytes(b"x")
    with pytest.raises(PhotoError, match=r"folder .*nowhere does not exist"):
        photo.save(tmp_path / "nowhere" / "a.png")
    for overwrite in (False, True):
        with pytest.raises(PhotoError, match=r"dir\.png is a folder"):
            photo.save(tmp_path / "dir.png", overwrite=overwrite)
    with pytest.raises(PhotoError, match="file does not exist"):
        photo.save(tmp_path / "file" / "a.png")
    assert listing() == {"file": b"x"}


def test_impossible_names(tmp_path, photo, listing):
    with pytest.raises(PhotoError, match="not a valid file name"):
        photo.save(tmp_path / "a\0b.png")
    with pytest.raises(PhotoError, match="too long"):
        photo.save(tmp_path / ("x" * 300 + ".png"))
    assert listing() == {}


@pytest.mark.parametrize("links", [True, False])
def test_a_new_file_follows_the_umask(tmp_path, photo, monkeypatch, links):
    if not links:
        monkeypatch.setattr(os, "link", no_links)
    for mask, expected in ((0o022, 0o644), (0o077, 0o600), (0o002, 0o664)):
        before = os.umask(mask)
        try:
            path = photo.save(tmp_path / f"{mask}.png")
        finally:
            os.umask(before)
        assert stat.S_IMODE(path.stat().st_mode) == expected


def test_an_overwritten_file_keeps_its_permissions(tmp_path, photo):
    path = photo.save(tmp_path / "a.png")
    for mode in (0o600, 0o640, 0o444):
        path.chmod(mode)
        photo.save(path, overwrite=True)
        assert stat.S_IMODE(path.stat().st_mode) == mode


def test_a_symbolic_link_is_kept_and_its_target_replaced(tmp_path, photo):
    (tmp_path / "elsewhere").mkdir()
    real = photo.save(tmp_path / "elsewhere" / "real.png")
    (tmp_path / "link.png").symlink_to(real)
    old = real.read_bytes()
    with pytest.raises(PhotoError, match="already exists"):
        photo.save(tmp_path / "link.png")
    Photo.from_array(1 - photo.pixels).save(tmp_path / "link.png", overwrite=True)
    assert (tmp_path / "link.png").is_symlink() and real.read_bytes() != old
    assert names_in(tmp_path / "elsewhere") == ["real.png"]


def test_a_dangling_link_counts_as_an_existing_file(tmp_path, photo):
    (tmp_path / "link.png").symlink_to(tmp_path / "nothing.png")
    with pytest.raises(PhotoError, match="already exists"):
        photo.save(tmp_path / "link.png")
    assert not (tmp_path / "nothing.png").exists()
