"""Runs over folders: results, failures, stop and pause."""

import errno
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
import pytest

from core.batch import Batch, BatchSettings, Control, Layout, State, Summary, Why
from core.batch.journal import known_rows
from core.batch.results import PARTS
from core.errors import BatchError
from core.steps import Step

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig

HAZE = BatchSettings(steps=(Step("haze"),))


def run(source: Path, target: Path, config: "FakeConfig", settings: BatchSettings = HAZE, **options: object) -> Summary:
    control = options.pop("control", None)
    again = options.pop("retry_failed", False)
    with Batch(Layout(source, target, **options), settings, config) as batch:  # type: ignore[arg-type]
        return batch.run(batch.plan(retry_failed=again), control)  # type: ignore[arg-type]


def pixels(file: Path) -> np.ndarray:
    return cv2.imdecode(np.fromfile(file, np.uint8), cv2.IMREAD_COLOR)


def test_tree_is_mirrored_and_the_source_is_unchanged(
    source: Path, target: Path, make, config: "FakeConfig", tree
) -> None:
    make("a.png"), make("sub/deep/b.png"), make("ä ö/ç.png")
    before = tree(source)
    summary = run(source, target, config)
    assert tree(source) == before and set(tree(target)) == set(before)
    for path in before:
        np.testing.assert_array_equal(pixels(target / path), 255 - pixels(source / path))
    assert summary.lines == [("restored", 3)] and summary.adds_up and summary.exit_code == 0
    assert not (target / PARTS).exists()


def test_second_run_does_nothing(source: Path, target: Path, make, config: "FakeConfig", tree) -> None:
    make("a.png"), make("b.png")
    run(source, target, config)
    before, calls = tree(target), list(config.calls)
    summary = run(source, target, config)
    assert config.calls == calls and tree(target) == before
    assert summary.lines == [("skipped, done before", 2)] and summary.exit_code == 0


def test_results_inside_the_source_are_not_restored_again(source: Path, make, config: "FakeConfig", tree) -> None:
    make("a.png")
    for _ in range(2):
        run(source, source / "out", config)
    assert set(tree(source)) == {"a.png", "out/a.png"}


def test_changed_photo_replaces_its_own_result(source: Path, target: Path, make, config: "FakeConfig", tree) -> None:
    make("a.png"), make("b.png")
    run(source, target, config)
    make("a.png", side=40)
    run(source, target, config)
    assert set(tree(target)) == {"a.png", "b.png"} and pixels(target / "a.png").shape == (40, 48, 3)
    assert config.restored == ["a.png", "b.png", "a.png"]


def test_failed_photos_are_recorded_with_reasons_and_the_run_continues(
    source: Path, target: Path, make, config: "FakeConfig", tree
) -> None:
    make("a.png"), make("z.png"), make("m.png")
    (source / "empty.jpg").write_bytes(b"")
    (source / "text.png").write_text("no photo")
    (source / "folder.jpg").mkdir()
    (source / "gone.jpg").symlink_to("nowhere.jpg")

    def crash() -> None:
        raise RuntimeError("kernel exploded")

    config.meanwhile["m.png"] = crash
    summary = run(source, target, config)
    rows = known_rows(target)
    failed = {path: row.error for path, row in rows.items() if row.state is State.FAILED}
    assert set(failed) == {"empty.jpg", "text.png", "gone.jpg", "m.png"}
    assert all(Path(path).name in error for path, error in failed.items())
    assert "0 bytes" in failed["empty.jpg"] and "kernel exploded" in failed["m.png"]
    assert set(tree(target)) == {"a.png", "z.png"}
    assert (summary.failed, summary.exit_code, summary.adds_up) == (4, 1, True)

    config.meanwhile.clear()
    assert run(source, target, config).lines == [("skipped, done before", 2), ("skipped, failed before", 4)]
    summary = run(source, target, config, retry_failed=True)
    assert summary.lines == [("restored", 1), ("failed", 3), ("skipped, done before", 2)] and summary.adds_up


def test_stopped_photo_is_restored_in_the_next_run(
    source: Path, target: Path, make, config: "FakeConfig", tree
) -> None:
    for name in "abcde":
        make(f"{name}.png")
    control = Control()
    config.meanwhile["c.png"] = control.cancel
    summary = run(source, target, config, control=control)
    assert set(tree(target)) == {"a.png", "b.png"}
    assert summary.stopped and summary.exit_code == 130 and summary.adds_up
    assert dict(summary.lines) == {"restored": 2, "not reached": 3}
    summary = run(source, target, config)
    assert dict(summary.lines) == {"restored": 3, "skipped, done before": 2}
    assert config.restored == ["a.png", "b.png", "c.png", "c.png", "d.png", "e.png"]


def test_pause_takes_effect_within_a_photo(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("a.png")
    control, asked = Control(), threading.Event()

    def pause() -> None:
        control.pause()
        asked.set()

    config.meanwhile["a.png"] = pause
    summaries: list[Summary] = []
    thread = threading.Thread(target=lambda: summaries.append(run(source, target, config, control=control)))
    thread.start()
    assert asked.wait(30)
    assert control.paused and not summaries and not (target / "a.png").exists()
    control.resume()
    thread.join(30)
    assert summaries[0].lines == [("restored", 1)] and control.paused_seconds > 0


def test_photo_that_does_not_fit_into_memory_is_retried_alone_and_carefully(
    source: Path, target: Path, make, config: "FakeConfig"
) -> None:
    make("a.png"), make("b.png"), make("c.png")

    def short() -> None:
        raise MemoryError

    config.meanwhile["a.png"] = short
    assert run(source, target, config).lines == [("restored", 3)]
    assert [(name, careful) for name, _, careful in config.calls] == [
        ("a.png", False),
        ("b.png", False),
        ("c.png", False),
        ("a.png", True),
    ]


def test_full_disk_ends_the_run_and_fails_no_photo(
    source: Path, target: Path, make, config: "FakeConfig", monkeypatch: pytest.MonkeyPatch, tree
) -> None:
    make("a.png"), make("b.png"), make("c.png")
    from core.io import atomic

    whole, written = atomic.publish, []

    def publish(data: bytes, path: Path, *, overwrite: bool, mode: int) -> None:
        written.append(path)
        if len(written) >= 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        whole(data, path, overwrite=overwrite, mode=mode)

    with monkeypatch.context() as patch:
        patch.setattr(atomic, "publish", publish)
        with pytest.raises(BatchError, match="disk is full"):
            run(source, target, config)
    assert set(tree(target)) == {"a.png"}
    assert {row.path: row.state for row in known_rows(target).values()} == {
        "a.png": State.RESTORED,
        "b.png": State.WAITING,
        "c.png": State.WAITING,
    }
    assert run(source, target, config).lines == [("restored", 2), ("skipped, done before", 1)]


def test_removed_source_ends_the_run_and_fails_no_photo(source: Path, target: Path, make, config: "FakeConfig") -> None:
    for name in "abcdefgh":
        make(f"{name}.png")
    config.meanwhile["a.png"] = lambda: source.rename(source.with_name("unplugged"))  # type: ignore[assignment]
    with pytest.raises(BatchError, match="wait for the next run"):
        run(source, target, config)
    assert State.FAILED not in {row.state for row in known_rows(target).values()}


def test_second_run_in_the_same_target_is_refused(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("a.png")
    with Batch(Layout(source, target), HAZE, config), pytest.raises(BatchError, match="Another batch is writing"):
        Batch(Layout(source, target), HAZE, config)
    assert run(source, target, config).lines == [("restored", 1)]


def test_target_of_another_source_is_refused(source: Path, target: Path, tmp_path: Path, config: "FakeConfig") -> None:
    run(source, target, config)
    other = tmp_path / "other"
    other.mkdir()
    with pytest.raises(BatchError, match="another source"):
        run(other, target, config)


def test_file_that_appears_meanwhile_is_not_overwritten(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("a.png")
    config.meanwhile["a.png"] = lambda: (target / "a.png").write_bytes(b"someone's")  # type: ignore[assignment]
    summary = run(source, target, config)
    assert (target / "a.png").read_bytes() == b"someone's" and summary.failed == 1


def test_link_from_the_target_to_the_photos_is_not_followed(
    source: Path, target: Path, make, config: "FakeConfig", tree
) -> None:
    make("sub/a.png")
    before = tree(source)
    target.mkdir()
    (target / "sub").symlink_to(source)
    summary = run(source, target, config)
    assert tree(source) == before and summary.failed == 1
    assert "points outside" in known_rows(target)["sub/a.png"].error


def test_format_and_template_apply(source: Path, target: Path, make, config: "FakeConfig", tree) -> None:
    make("sub/a.jpg"), make("b.png")
    run(source, target, config, format="webp", name="{name}-new")
    assert set(tree(target)) == {"a-new.webp", "b-new.webp"}
    assert all(data[8:12] == b"WEBP" for data in tree(target).values())


@pytest.mark.parametrize("settings", [HAZE, BatchSettings()])
def test_photo_with_a_wrong_ending_keeps_depth_and_transparency(
    source: Path, target: Path, config: "FakeConfig", settings: BatchSettings
) -> None:
    picture = np.random.default_rng(1).integers(0, 65536, (24, 32, 4), np.uint16)
    picture[..., 3] |= 32768
    data = cv2.imencode(".png", picture)[1].tobytes()
    for name in ("a.jpg", "b.bmp"):
        (source / name).write_bytes(data)
    run(source, target, config, settings)
    for name, given in (("a.jpg", "a.png"), ("b.bmp", "b.png")):
        result = cv2.imdecode(np.fromfile(target / given, np.uint8), cv2.IMREAD_UNCHANGED)
        assert result.dtype == np.uint16 and np.array_equal(result[..., 3], picture[..., 3])
        expected = 65535 - picture[..., :3] if settings is HAZE else picture[..., :3]
        assert np.array_equal(result[..., :3], expected)
        (note,) = known_rows(target)[name].notes
        assert note == f"The file is in PNG format, so the result is named {given}."
    run(source, target, config, settings, format="jpeg", name="made/{name}")
    assert all((target / f"made/{name}.jpg").read_bytes()[:3] == b"\xff\xd8\xff" for name in "ab")


def test_progress_never_decreases_and_ends_at_one(source: Path, target: Path, make, config: "FakeConfig") -> None:
    for name in "abc":
        make(f"{name}.png")
    (source / "broken.png").write_bytes(b"?")
    progress, rows = [], []
    with Batch(Layout(source, target), HAZE, config) as batch:
        batch.run(batch.plan(), on_progress=progress.append, on_row=rows.append)
    shares = [entry.fraction for entry in progress]
    assert shares == sorted(shares) and shares[-1] == 1.0 and progress[-1].done == progress[-1].total == 4
    assert sorted(row.path for row in rows) == ["a.png", "b.png", "broken.png", "c.png"]


def test_error_in_a_callback_ends_the_run_and_is_raised(source: Path, target: Path, make, config: "FakeConfig") -> None:
    def fail(row: object) -> None:
        raise LookupError("mine")

    make("a.png"), make("b.png")
    with Batch(Layout(source, target), HAZE, config) as batch, pytest.raises(LookupError, match="mine"):
        batch.run(batch.plan(), on_row=fail)


@pytest.mark.parametrize("clean", ["copy", "leave"])
def test_automatic_run_follows_the_verdicts(
    source: Path, target: Path, make, config: "FakeConfig", tree, clean: str
) -> None:
    make("clean.jpg"), make("haze.png"), make("night.png")
    config.found = {"haze.png": ("haze",), "night.png": ("low-light", "noise")}
    summary = run(source, target, config, BatchSettings(clean=clean))  # type: ignore[arg-type]
    steps = {name: [step.degradation for step in steps] for name, steps, _ in config.calls}
    assert steps == {"haze.png": ["haze"], "night.png": ["low-light", "noise25"]}
    if clean == "copy":
        assert (target / "clean.jpg").read_bytes() == (source / "clean.jpg").read_bytes()
        assert summary.lines == [("restored", 2), ("clean, copied", 1)]
    else:
        assert not (target / "clean.jpg").exists() and summary.lines == [("restored", 2), ("clean, left out", 1)]
    again = run(source, target, config, BatchSettings(clean=clean))  # type: ignore[arg-type]
    assert again.before[Why.DONE] == 3 and len(config.looked) == 3


def test_detected_haze_is_removed_with_the_strength_that_the_photo_needs(
    source: Path, target: Path, make, config: "FakeConfig"
) -> None:
    make("haze.png", side=80), make("own.png", side=80), make("group.png", side=80)
    config.dull, config.found = True, {"haze.png": ("haze",), "own.png": ("haze",), "group.png": ("haze", "rain")}
    run(source, target, config, BatchSettings(groups={"rain+haze": (Step("haze"),)}))
    strengths = {name: steps[0].strength for name, steps, _ in config.calls}
    assert 0.3 <= strengths["haze.png"] < 1 and strengths["group.png"] == 1
    row = known_rows(target)["haze.png"]
    assert row.steps == (Step("haze", strengths["haze.png"]),)
    assert any("since more may do harm" in str(note) for note in row.notes)


def test_also_below_the_usual_threshold_haze_is_removed_with_the_strength_that_the_photo_needs(
    source: Path, target: Path, make, config: "FakeConfig"
) -> None:
    make("haze.png", side=80)
    config.dull, config.found, config.certainty = True, {"haze.png": ("haze",)}, 0.5
    run(source, target, config, BatchSettings(threshold=0.4))
    ((_, (step,), _),) = config.calls
    assert 0.3 <= step.strength < 1
    assert any("since more may do harm" in str(note) for note in known_rows(target)["haze.png"].notes)


def test_a_smaller_strength_of_the_settings_is_kept(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("haze.png", side=80)
    config.dull, config.found = True, {"haze.png": ("haze",)}
    run(source, target, config, BatchSettings(strength=0.2))
    assert config.calls[0][1] == (Step("haze", 0.2),)
    assert known_rows(target)["haze.png"].notes == ()


def test_verdict_below_the_threshold_goes_to_review(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("haze.png")
    config.found, config.certainty = {"haze.png": ("haze",)}, 0.7
    summary = run(source, target, config, BatchSettings(threshold=0.8))
    assert summary.lines == [("to review", 1)] and summary.exit_code == 0 and config.calls == []
    assert "70%" in known_rows(target)["haze.png"].error
    assert run(source, target, config, BatchSettings(threshold=0.7)).lines == [("restored", 1)]
    assert config.looked == ["haze.png"]  # the stored verdict is used


def test_groups_have_their_own_steps(source: Path, target: Path, make, config: "FakeConfig") -> None:
    make("haze.png"), make("both.png"), make("rain.png")
    config.found = {"haze.png": ("haze",), "both.png": ("rain", "noise"), "rain.png": ("rain",)}
    groups = {"haze": (Step("haze", 0.5),), "noise+rain": (Step("noise50"),), "rain": ()}
    summary = run(source, target, config, BatchSettings(groups=groups))
    done = {name: [(step.degradation, step.strength) for step in steps] for name, steps, _ in config.calls}
    assert done == {"haze.png": [("haze", 0.5)], "both.png": [("noise50", 1.0)]}
    assert summary.lines == [("restored", 2), ("clean, copied", 1)]
