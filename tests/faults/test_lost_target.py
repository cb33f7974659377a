"""A target that is lost while a batch writes to it: no photo fails, and the next run continues."""

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.batch import Batch, BatchSettings, Layout, Row, State
from core.batch.job import JobResult
from core.batch.journal import known_rows
from core.batch.results import PARTS, Results
from core.errors import BatchError
from core.steps import Step
from tests.faults.test_full_disk import files
from tests.unit.core.batch.conftest import FakeConfig

HAZE = BatchSettings(steps=(Step("haze"),))
NAMES = ("a.png", "b.png", "c.png", "sub/d.png", "sub/e.png")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for number, name in enumerate(NAMES):
        file = tmp_path / "photos" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (9, 7, 3), np.uint8)).save(file)
    return tmp_path / "photos"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "results"


def run(source: Path, target: Path, config: FakeConfig) -> None:
    with Batch(Layout(source, target), HAZE, config) as batch:
        batch.run(batch.plan())


def rename(target: Path) -> None:
    target.rename(target.with_name("elsewhere"))


def unmount(target: Path) -> None:
    rename(target)
    target.mkdir()  # the mount point still exists


def restore_target(target: Path) -> None:
    if (elsewhere := target.with_name("elsewhere")).exists():
        shutil.rmtree(target, ignore_errors=True)
        elsewhere.rename(target)


def remove_parts(target: Path) -> None:
    while (target / PARTS).exists():
        shutil.rmtree(target / PARTS, ignore_errors=True)


def remove(target: Path) -> None:
    while target.exists():  # removing fails where another thread has just written something
        shutil.rmtree(target, ignore_errors=True)


@pytest.mark.skipif(os.name == "nt", reason="folders with open files cannot be moved there")
@pytest.mark.parametrize("lose", [rename, unmount, remove_parts, remove])
@pytest.mark.parametrize("victim", ["a.png", "c.png", "sub/e.png"])
def test_target_lost_during_a_photo_ends_the_run(
    source: Path, target: Path, lose: Callable[[Path], None], victim: str
) -> None:
    config = FakeConfig()
    config.meanwhile[Path(victim).name] = lambda: lose(target)
    with pytest.raises(BatchError) as raised:
        run(source, target, config)
    assert str(target) in str(raised.value) and "Traceback" not in str(raised.value)
    if lose in (rename, unmount):
        assert not list(target.rglob("*.png"))  # nothing is written to the folder in its place
    restore_target(target)
    assert State.FAILED not in {row.state for row in known_rows(target).values()}
    config.meanwhile.clear()
    run(source, target, config)
    assert set(files(target)) == set(NAMES) and not (target / PARTS).exists()
    assert {row.state for row in known_rows(target).values()} == {State.RESTORED}


class Denied:
    """Simulated permissions, which also apply to root: nothing can be created below a folder."""

    def __init__(self, patch: pytest.MonkeyPatch, folder: Path, code: int = errno.EACCES) -> None:
        self.denied = False
        self._folder, self._code = os.path.realpath(folder), code
        patch.setattr(os, "open", self._guarded(os.open, lambda path, flags, *more: flags & os.O_CREAT))
        patch.setattr(os, "link", self._guarded(os.link, lambda old, new: True, 1))
        patch.setattr(os, "mkdir", self._guarded(os.mkdir, lambda *arguments: True))
        patch.setattr(Path, "replace", self._guarded(Path.replace, lambda old, new: True, 1))

    def _guarded(self, function: Callable[..., Any], writes: Callable[..., Any], at: int = 0) -> Callable[..., Any]:
        def called(*arguments: Any, **options: Any) -> Any:
            if (
                self.denied
                and writes(*arguments)
                and Path(os.path.realpath(arguments[at])).is_relative_to(self._folder)
            ):
                raise OSError(self._code, os.strerror(self._code), str(arguments[at]))
            return function(*arguments, **options)

        return called


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS, errno.EIO])
def test_permission_removed_during_a_run_ends_it(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    config = FakeConfig()
    with monkeypatch.context() as patch:
        denied = Denied(patch, target, code)
        config.meanwhile["b.png"] = lambda: setattr(denied, "denied", True)
        with pytest.raises(BatchError, match="wait for the next run"):
            run(source, target, config)
    assert State.FAILED not in {row.state for row in known_rows(target).values()}
    config.meanwhile.clear()
    run(source, target, config)
    assert set(files(target)) == set(NAMES)
    assert {row.state for row in known_rows(target).values()} == {State.RESTORED}


def test_read_only_folder_fails_only_its_photos(source: Path, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = FakeConfig()
    Denied(monkeypatch, target / "sub").denied = True
    run(source, target, config)
    rows = known_rows(target)
    assert {path for path, row in rows.items() if row.state is State.FAILED} == {"sub/d.png", "sub/e.png"}
    assert "Permission denied" in rows["sub/d.png"].error and set(files(target)) == {"a.png", "b.png", "c.png"}


def test_folder_removed_during_a_run_is_created_again(source: Path, target: Path) -> None:
    def remove(row: Row) -> None:
        if row.path == "sub/d.png":
            shutil.rmtree(target / "sub")

    with Batch(Layout(source, target), HAZE, FakeConfig()) as batch:
        batch.run(batch.plan(), on_row=remove)
    assert (target / "sub" / "e.png").is_file()
    run(source, target, FakeConfig())  # the results that were in it are made again
    assert set(files(target)) == set(NAMES)


def test_result_that_is_removed_before_it_has_its_name_ends_the_run(
    source: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As when a program removes the target file by file: the folder still exists at that moment."""
    store = Results.store

    def remove_and_store(self: Results, row: Row, staged: str, result: JobResult) -> Row:
        if row.path == "b.png":
            (self.parts / staged).unlink()
        return store(self, row, staged, result)

    with monkeypatch.context() as patch:
        patch.setattr(Results, "store", remove_and_store)
        with pytest.raises(BatchError, match="wait for the next run"):
            run(source, target, FakeConfig())
    states = {path: row.state for path, row in known_rows(target).items()}
    assert states["a.png"] is State.RESTORED and State.FAILED not in states.values()
    run(source, target, FakeConfig())
    assert {row.state for row in known_rows(target).values()} == {State.RESTORED}
