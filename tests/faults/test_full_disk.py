"""A disk that fills up at any write: existing files are kept, no file is partial, and the message gives the reason."""

import errno
import json
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core import Photo
from core.batch import Batch, BatchSettings, Layout, State
from core.batch.journal import Journal, known_rows
from core.batch.report import Report, write_report
from core.batch.results import PARTS
from core.batch.rows import Row
from core.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from core.cli import main
from core.detection.files import DetectorFile, load_detector, save_detector
from core.detection.network import DetectorConfig, DetectorNetwork
from core.errors import BatchError, DFPIRError
from core.inference import Step
from core.messages import verbatim
from core.prompts.cache import EmbeddingCache
from core.recipes import Recipe, read_recipe, write_recipe
from dfpir_gui.session.remembered_steps import RememberedEdit, RememberedSteps
from dfpir_gui.session.steps import StackStep
from tests.faults.disk import Disk, full_disk
from tests.faults.test_processes import finished, start
from tests.unit.core.batch.conftest import FakeConfig

HAZE = BatchSettings(steps=(Step("haze"),))
NAMES = ("a.png", "sub/b.png")


def files(folder: Path) -> dict[str, bytes]:
    """Path -> bytes of all files, without the batch's own files."""
    found = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    return {name: path.read_bytes() for name, path in found.items() if not name.startswith(".dfpir-batch")}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    for number, name in enumerate(NAMES):
        file = tmp_path / "photos" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.random.default_rng(number).integers(0, 256, (9, 7, 3), np.uint8)).save(file)
    return tmp_path / "photos"


def run(source: Path, target: Path, settings: BatchSettings = HAZE) -> None:
    with Batch(Layout(source, target), settings, FakeConfig()) as batch:
        batch.run(batch.plan())


@pytest.mark.parametrize("links", [True, False])
@pytest.mark.parametrize("settings", [HAZE, BatchSettings(steps=())], ids=["restored", "copied"])
def test_batch_on_a_full_disk_writes_nothing_partial(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool, settings: BatchSettings
) -> None:
    if not links:
        monkeypatch.setattr("os.link", lambda *names: (_ for _ in ()).throw(OSError(errno.EPERM, "no links")))
    run(source, tmp_path / "whole", settings)
    whole, before = files(tmp_path / "whole"), files(source)
    for number in count(1):
        target = tmp_path / str(number)
        with full_disk(monkeypatch, number) as disk:
            try:
                run(source, target, settings)
            except BatchError as error:
                assert disk.failed and ("full" in str(error) or "free space" in str(error)), error
            else:
                assert not disk.failed, f"write {number} failed, and nobody said so"
        assert files(source) == before
        there = files(target) if target.exists() else {}
        assert there.items() <= whole.items(), f"write {number} has left something else than whole results"
        assert State.FAILED not in {row.state for row in known_rows(target).values()}, "no photo is to blame"
        if not disk.failed:
            break
        run(source, target, settings)
        assert files(target) == whole and not (target / PARTS).exists()
        assert all(row.state.has_result for row in known_rows(target).values())
    assert number > 20


def test_second_batch_on_a_full_disk_keeps_the_earlier_results(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed photo is restored again; its old result is kept until the new one is complete."""
    for number in count(1):
        target, photo = tmp_path / str(number), source / "a.png"
        Image.new("RGB", (5, 5), "red").save(photo)
        run(source, target)
        old = files(target)
        Image.new("RGB", (6, 6), "blue").save(photo)
        with full_disk(monkeypatch, number) as disk:
            try:
                run(source, target)
            except BatchError:
                assert disk.failed
        now = files(target)
        run(source, target)
        new = files(target)
        assert now in (old, new) and old != new
        if not disk.failed:
            break


def test_journal_on_a_full_disk_is_unchanged(tmp_path: Path) -> None:
    """SQLite itself limits the size of the file."""
    with Journal(tmp_path) as journal:
        journal.put([Row("first.jpg")])
        journal._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages = journal._base.execute("PRAGMA page_count").fetchone()[0]
        journal._base.execute(f"PRAGMA max_page_count = {pages}")
        rows = [Row(f"{number}.jpg", error=verbatim("x" * 500)) for number in range(100)]
        with pytest.raises(BatchError, match=r"full.*free space"):
            journal.put(rows)
        assert [row.path for row in journal.rows()] == ["first.jpg"]
        journal._base.execute("PRAGMA max_page_count = 10000")
        journal.put(rows)  # the connection is still usable
        assert len(list(journal.rows())) == 101


@pytest.mark.parametrize("name", ["report.csv", "report.json", "report.html"])
def test_report_on_a_full_disk_keeps_the_earlier_one(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    target, file = tmp_path / "target", tmp_path / name
    with Batch(Layout(source, target), HAZE, FakeConfig()) as batch:
        plan = batch.plan()
        report = Report.from_plan(source, target, plan, batch.run(plan), batch.journal.rows())
    file.write_text("the last report")
    for number in count(1):
        with full_disk(monkeypatch, number) as disk:
            if attempt(lambda: write_report(report, file)) is None:
                break
        assert disk.failed and file.read_text() == "the last report"
    assert "a.png" in file.read_text("utf-8-sig")


def attempt(work: Callable[[], object]) -> DFPIRError | None:
    """The error that ``work`` raises, which must say that the disk is full; None if it succeeds."""
    try:
        work()
    except DFPIRError as error:
        assert "No space left" in str(error), error
        return error
    return None


def every_write(
    patch: pytest.MonkeyPatch, folder: Path, work: Callable[[], object], whole: Callable[[], object]
) -> None:
    """Let each write of ``work`` fail in turn: ``folder`` must not change. In the end ``work`` must succeed."""
    before = files(folder)
    for number in count(1):
        with full_disk(patch, number) as disk:
            error = attempt(work)
        if error is None:
            assert not disk.failed
            break
        assert files(folder) == before
    assert number > 3
    whole()


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".tif", ".webp", ".bmp", ".avif"])
def test_photo_on_a_full_disk_keeps_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    file = tmp_path / f"photo{suffix}"
    Photo.from_array(np.zeros((8, 8, 3), np.uint8)).save(file)
    new = Photo.from_array(np.full((9, 9, 3), 200, np.uint8))
    every_write(monkeypatch, tmp_path, lambda: new.save(file, overwrite=True), lambda: Photo.open(file))
    assert Photo.open(file).width == 9


def test_recipe_on_a_full_disk_keeps_the_earlier_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = tmp_path / "photo.png"
    old, new = (Recipe((Step(key),), "model", "", "float32", "0") for key in ("rain", "haze"))
    write_recipe(old, photo)
    (file,) = tmp_path.iterdir()
    every_write(monkeypatch, tmp_path, lambda: write_recipe(new, photo, overwrite=True), lambda: read_recipe(file))
    assert read_recipe(file) == new


def test_models_on_a_full_disk_keep_the_earlier_ones(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tiny_checkpoint: Checkpoint
) -> None:
    file = tmp_path / "model.safetensors"
    save_checkpoint(file, tiny_checkpoint)
    every_write(monkeypatch, tmp_path, lambda: save_checkpoint(file, tiny_checkpoint), lambda: load_checkpoint(file))
    config = DetectorConfig(widths=(4, 4, 4), features=4, hidden=4, crop=16, view=16, native_crops=2, reduced_crops=2)
    detector = DetectorFile(config, DetectorNetwork(config).state_dict())
    file = save_detector(tmp_path / "detector.safetensors", detector)
    every_write(monkeypatch, tmp_path, lambda: save_detector(file, detector), lambda: load_detector(file))


def test_command_on_a_full_disk_reports_what_was_not_written(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    tiny_model_file: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    results = tmp_path / "results"
    results.mkdir()
    asked = ["restore", str(source / "a.png"), "--output-dir", str(results), "--model", str(tiny_model_file)]
    asked += ["-d", "rain", "--write-recipe", "--overwrite"]
    for number in count(1):
        (results / "a.png").write_bytes(b"older")
        (results / "a.png.recipe.json").write_bytes(b"older")
        with full_disk(monkeypatch, number) as disk:
            code = main(asked)
        output = capsys.readouterr()
        there = files(results)
        assert set(there) == {"a.png", "a.png.recipe.json"}
        if not disk.failed:
            break
        assert "No space left" in output.err and "Traceback" not in output.err
        photo_is_there = there["a.png"] != b"older"  # then it counts as done, and a warning names its recipe
        assert code == (0 if photo_is_there else 1)
        assert ("written, but not its recipe" in output.err) == photo_is_there
        assert there["a.png.recipe.json"] == b"older"
    assert code == 0 and b"rain" in there["a.png.recipe.json"] and b"PNG" in there["a.png"][:4]


def test_cache_on_a_full_disk_is_not_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cache = EmbeddingCache(tmp_path / "cache")
    for number in count(1):
        with full_disk(monkeypatch, number) as disk:
            cache.put("encoder", f"text {number}", np.ones(4, np.float32))
        if not disk.failed:
            break
        assert cache.get("encoder", f"text {number}") is None
    assert cache.get("encoder", f"text {number}") is not None


def test_remembered_steps_on_a_full_disk_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "choices.json"
    photo, stack = tmp_path / "a.jpg", (StackStep("rain", 0.5, True),)
    choices = RememberedSteps(file)
    choices.update({photo: RememberedEdit(stack)})
    choices.write()
    before = files(tmp_path)
    choices.update({photo: RememberedEdit((StackStep("haze", 1.0, True),))})
    for number in count(1):
        with full_disk(monkeypatch, number) as disk:
            try:
                choices.write()
            except OSError:
                assert disk.failed and files(tmp_path) == before
            else:
                break
    assert json.loads(file.read_text())["stacks"] and RememberedSteps(file).find(photo) == RememberedEdit(
        (StackStep("haze", 1.0, True),)
    )


@pytest.mark.skipif(sys.platform == "win32", reason="the limit is one of POSIX")
def test_settings_on_a_full_disk_are_kept(tmp_path: Path) -> None:
    """Qt writes them, so the disk is simulated by a limit on the size of files."""
    program = (
        "import resource, signal; from pathlib import Path; from dfpir_gui.settings.settings import Settings; "
        "settings = Settings(); settings.models = [Path('/old')]; settings._store.sync(); "
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0)); "
        "settings.models = [Path('/new')] * 50; settings._store.sync(); "
        "assert settings.models == [Path('/new')] * 50; print(settings._store.fileName())"
    )
    code, out, err = finished(start(program, XDG_CONFIG_HOME=str(tmp_path)))
    assert code == 0, err
    kept = Path(out.strip()).read_text("utf-8")
    assert kept.startswith("[models]\nadded=/old") and len(list(tmp_path.rglob("*.*"))) == 1


def test_simulated_disk_does_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    disk: Disk
    with full_disk(monkeypatch, 2) as disk:
        (tmp_path / "a").write_text("first")
        with pytest.raises(OSError, match="No space left"):
            (tmp_path / "b").write_text("second")
        assert (tmp_path / "a").read_text() == "first"
    assert disk.failed and disk.written == 2
    (tmp_path / "b").write_text("second")
