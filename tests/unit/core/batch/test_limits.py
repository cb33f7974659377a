"""Limits of memory and time for a single photo."""

import struct
import threading
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.batch import Batch, BatchSettings, Control, Layout, State
from core.batch import limits as limits_module
from core.batch.journal import known_rows
from core.batch.limits import Deadline, Limits, open_photo
from core.errors import BatchError, Cancelled, PhotoError
from core.photo import Photo
from core.steps import Step

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig

MIB = 2**20


def limited(**limits: float | None) -> BatchSettings:
    return BatchSettings(steps=(Step("haze"),), limits=Limits(**limits))  # type: ignore[arg-type]


def run(
    source: Path, target: Path, config: "FakeConfig", settings: BatchSettings
) -> dict[str, tuple[State, str | None]]:
    with Batch(Layout(source, target), settings, config) as batch:
        batch.run(batch.plan())
    return {path: (row.state, row.error) for path, row in known_rows(target).items()}


def bmp(width: int, height: int) -> bytes:
    """A run-length encoded BMP that ends before its first pixel."""
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, 8, 1, 0, 2835, 2835, 256, 0) + bytes(1024)
    return b"BM" + struct.pack("<IHHI", 1080, 0, 0, 1078) + header + b"\x00\x01"


def png(width: int, height: int) -> bytes:
    """A black PNG, compressed as much as possible."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    rows = chunk(b"IDAT", zlib.compress(bytes((1 + 3 * width) * height), 9))
    return b"\x89PNG\r\n\x1a\n" + header + rows + chunk(b"IEND", b"")


@pytest.mark.parametrize(("name", "data"), [("a.bmp", bmp(22000, 22000)), ("a.png", png(10**6, 1))])
def test_decompression_bomb_is_refused_before_it_is_decoded(
    source: Path,
    target: Path,
    make,
    config: "FakeConfig",
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    data: bytes,
) -> None:
    assert len(data) < 3100
    (source / name).write_bytes(data)
    make("b.png")
    from core.photo.formats import bmp as decoder

    monkeypatch.setattr(decoder, "decode", None)  # calling it would fail
    rows = run(source, target, config, limited())
    state, reason = rows.pop(name)
    assert state is State.FAILED and name in reason and f"{len(data)} bytes" in reason and "raise this limit" in reason
    assert rows == {"b.png": (State.RESTORED, None)}


def test_empty_page_of_usual_size_is_accepted(source: Path) -> None:
    """It is compressed 1030 times, the maximum of PNG."""
    (source / "page.png").write_bytes(png(2480, 3508))
    assert open_photo(source / "page.png", Limits()).width == 2480
    with pytest.raises(PhotoError, match="the limit for a batch is 1000 times"):
        open_photo(source / "page.png", Limits(ratio=1000))


def test_photo_above_the_memory_limit_is_refused(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("large.png", side=1200), make("small.png", side=40)
    rows = run(source, target, config, limited(memory=16 * MIB))
    assert rows["small.png"][0] is State.RESTORED and rows["large.png"][0] is State.FAILED
    reason = rows["large.png"][1] or ""
    assert "1208 × 1200 pixels" in reason and "the limit for a photo of a batch is 16M" in reason


def test_limits_apply_only_to_batches(source: Path) -> None:
    (source / "line.png").write_bytes(png(10**6, 1))
    assert Photo.open(source / "line.png").width == 10**6


@pytest.mark.parametrize("limits", [{"seconds": 0}, {"memory": -1}, {"ratio": 0.0}])
def test_limits_that_refuse_every_photo_are_invalid(limits: dict[str, float]) -> None:
    with pytest.raises(BatchError, match="rejects every photo"):
        limited(**limits)


def test_photo_that_exceeds_the_time_limit_fails_and_the_others_continue(
    source: Path, target: Path, make, config: "FakeConfig", monkeypatch: pytest.MonkeyPatch, tree
) -> None:
    make("a.png"), make("b.png"), make("c.png")
    clock = [0.0]
    monkeypatch.setattr(limits_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    def work_for_long() -> None:
        clock[0] += 61

    config.meanwhile["b.png"] = work_for_long
    rows = run(source, target, config, limited(seconds=60))
    assert {path: state for path, (state, _) in rows.items()} == {
        "a.png": State.RESTORED,
        "b.png": State.FAILED,
        "c.png": State.RESTORED,
    }
    assert "b.png took longer than 60 s" in rows["b.png"][1] and set(tree(target)) == {"a.png", "c.png"}


def test_decoder_that_does_not_end_is_abandoned(
    source: Path, target: Path, make, config: "FakeConfig", monkeypatch: pytest.MonkeyPatch
) -> None:
    make("a.png"), make("b.png")
    whole, let_go = Photo.open, threading.Event()

    def hang(path: Path) -> Photo:
        if Path(path).name == "a.png":
            let_go.wait(60)
        return whole(path)

    monkeypatch.setattr(Photo, "open", hang)
    before = set(threading.enumerate())
    try:
        rows = run(source, target, config, limited(seconds=2))
    finally:
        let_go.set()
    assert rows["a.png"][0] is State.FAILED and "2 s" in rows["a.png"][1] and rows["b.png"][0] is State.RESTORED
    for thread in set(threading.enumerate()) - before:
        thread.join(60)


def test_time_stands_still_during_a_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [0.0]
    monkeypatch.setattr(limits_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))

    class Paused(Control):
        def check(self) -> None:
            clock[0] += 100
            super().check()

    deadline = Deadline(Paused(), 10)
    deadline.check()
    clock[0] += 9
    deadline.check()
    clock[0] += 2
    with pytest.raises(Cancelled):
        deadline.check()
    assert deadline.cancelled


def test_stopped_photo_does_not_count_as_timed_out(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("a.png")
    control = Control()
    config.meanwhile["a.png"] = control.cancel
    with Batch(Layout(source, target), limited(seconds=1000), config) as batch:
        assert batch.run(batch.plan(), control).stopped
    assert known_rows(target)["a.png"].state is State.WAITING


def test_limits_apply_to_triage(source: Path, target: Path, config: "FakeConfig") -> None:
    (source / "a.bmp").write_bytes(bmp(22000, 22000))
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(source / "b.png")
    with Batch(Layout(source, target), BatchSettings(), config) as batch:
        batch.triage(batch.plan())
    assert "as no photograph has" in known_rows(target)["a.bmp"].error and config.looked == ["b.png"]
