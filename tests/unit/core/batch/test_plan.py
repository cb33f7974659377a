"""Plans: which photos are restored, why, and under which names."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from core.batch.layout import Layout
from core.batch.plan import Plan, Why, _comparable, make_plan
from core.batch.rows import Row, State
from core.batch.settings import BatchSettings
from core.steps import Step

HAZE = BatchSettings(steps=(Step("haze"),))


def plan(source: Path, target: Path, known: dict[str, Row] | None = None, **options: object) -> Plan:
    how = options.pop("settings", HAZE)
    again = options.pop("retry_failed", False)
    layout = Layout(source, target, **options)  # type: ignore[arg-type]
    return make_plan(layout, how, known or {}, model="m", detector="d", retry_failed=again)  # type: ignore[arg-type]


def done(plan: Plan, target: Path, state: State = State.RESTORED) -> dict[str, Row]:
    """The journal after the plan was carried out."""
    known = {}
    for item in plan.items:
        file = target / item.row.output
        file.parent.mkdir(parents=True, exist_ok=True)
        if state.has_result:
            file.write_bytes(b"result")
            status = file.stat()
            item_row = replace(item.row, output_size=status.st_size, output_mtime_ns=status.st_mtime_ns)
        else:
            item_row = item.row
        known[item.row.path] = replace(item_row, state=state)
    return known


def why(plan: Plan) -> dict[str, Why]:
    return {item.row.path: item.why for item in plan.items}


def test_new_photos_are_planned_with_mirrored_names_and_nothing_is_written(source: Path, target: Path, make) -> None:
    make("a.jpg"), make("sub/b.png")
    made = plan(source, target)
    assert [(item.row.path, item.row.output, item.why) for item in made.items] == [
        ("a.jpg", "a.jpg", Why.NEW),
        ("sub/b.png", "sub/b.png", Why.NEW),
    ]
    assert made.bytes > 0 and made.free > 0 and not target.exists()


def test_unchanged_photos_are_not_restored_again(source: Path, target: Path, make) -> None:
    make("a.jpg"), make("b.jpg")
    known = done(plan(source, target), target)
    again = plan(source, target, known)
    assert why(again) == {"a.jpg": Why.DONE, "b.jpg": Why.DONE} and again.to_run == [] and again.bytes == 0


def test_changes_of_photo_settings_and_result_are_noticed(source: Path, target: Path, make) -> None:
    for name in ("changed.jpg", "touched.jpg", "same.jpg", "gone.jpg"):
        make(name)
    known = done(plan(source, target), target)
    make("changed.jpg", side=40)
    os.utime(source / "touched.jpg", ns=(1, 1))
    (target / "gone.jpg").unlink()
    again = plan(source, target, known)
    assert why(again) == {
        "changed.jpg": Why.CHANGED,
        "gone.jpg": Why.RESULT_MISSING,
        "same.jpg": Why.DONE,
        "touched.jpg": Why.CHANGED,
    }
    assert {item.row.path for item in again.items if item.replaces} == {"changed.jpg", "touched.jpg"}
    other = plan(source, target, known, settings=BatchSettings(steps=(Step("haze", 0.5),)))
    assert why(other)["same.jpg"] is Why.SETTINGS_CHANGED


def test_failed_photo_is_retried_only_on_request_or_after_a_change(source: Path, target: Path, make) -> None:
    make("a.jpg")
    known = done(plan(source, target), target, State.FAILED)
    assert why(plan(source, target, known))["a.jpg"] is Why.FAILED_BEFORE
    assert why(plan(source, target, known, retry_failed=True))["a.jpg"] is Why.RETRY
    make("a.jpg", side=40)
    assert why(plan(source, target, known))["a.jpg"] is Why.CHANGED


def test_photos_with_the_same_result_name_are_numbered_and_keep_their_numbers(source: Path, target: Path, make) -> None:
    make("one/a.jpg"), make("two/a.jpg"), make("two/a.png")
    first = plan(source, target, name="{name}", format="jpeg")
    names = {item.row.path: item.row.output for item in first.items}
    assert names == {"one/a.jpg": "a.jpg", "two/a.jpg": "a-2.jpg", "two/a.png": "a-3.jpg"}
    known = done(first, target)
    make("a/a.jpg")  # sorts before all others
    make("two/a.jpg", side=40)
    again = {item.row.path: item for item in plan(source, target, known, name="{name}", format="jpeg").items}
    assert again["a/a.jpg"].row.output == "a-4.jpg"
    assert again["two/a.jpg"].row.output == "a-2.jpg" and again["two/a.jpg"].replaces


@pytest.mark.parametrize(
    ("rule", "output", "reason", "replaces"),
    [("number", "a-2.jpg", Why.NEW, False), ("replace", "a.jpg", Why.NEW, True), ("skip", "", Why.TAKEN, False)],
)
def test_collision_rule_applies_to_existing_files(
    source: Path, target: Path, make, rule: str, output: str, reason: Why, replaces: bool
) -> None:
    make("a.jpg")
    target.mkdir()
    (target / "a.jpg").write_bytes(b"someone's")
    (item,) = plan(source, target, collision=rule).items
    assert (item.row.output, item.why, item.replaces) == (output, reason, replaces)


def test_skipped_photo_is_planned_when_its_name_is_free(source: Path, target: Path, make) -> None:
    make("a.jpg")
    target.mkdir()
    (target / "a.jpg").write_bytes(b"someone's")
    (item,) = plan(source, target, collision="skip").items
    known = {"a.jpg": item.row}
    assert why(plan(source, target, known, collision="skip"))["a.jpg"] is Why.TAKEN
    (target / "a.jpg").unlink()
    assert why(plan(source, target, known, collision="skip"))["a.jpg"] is Why.NEW


@pytest.fixture
def misnamed(make, source: Path) -> Callable[[str, str], Path]:
    """Writes a photo of one format under a name with the ending of another."""

    def write(path: str, ending: str) -> Path:
        return make(path + ending).rename(source / path)

    return write


def outputs(plan: Plan) -> dict[str, str]:
    return {item.row.path: item.row.output for item in plan.items}


def test_result_has_the_format_of_the_content_not_of_the_name(
    source: Path, target: Path, make, misnamed: Callable[[str, str], Path]
) -> None:
    misnamed("a.jpg", ".png"), misnamed("a.PNG", ".png"), misnamed("b.JPEG", ".jpg"), misnamed("sub/c.tif", ".webp")
    misnamed("d.heic", ".jpg"), misnamed("e.NEF", ".tiff"), misnamed("f.dng", ".jpg"), make("g.tiff")
    (source / "h.PNG").write_bytes(b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic")
    (source / "i.jpg").write_bytes(b"damaged")
    (source / "j.jpg").write_bytes(b"BM begins like a bitmap")
    wanted = {"a.PNG": "a.PNG", "a.jpg": "a.png", "b.JPEG": "b.JPEG", "sub/c.tif": "sub/c.webp", "d.heic": "d.jpg"}
    wanted |= {"e.NEF": "e.tif", "f.dng": "f.jpg", "g.tiff": "g.tiff", "h.PNG": "h.jpg", "i.jpg": "i.jpg"}
    found = outputs(plan(source, target))
    assert found.pop("a.jpg") in ("a.png", "a-2.png")  # where a.PNG is the same name
    assert found == {path: name for path, name in wanted.items() if path != "a.jpg"} | {"j.jpg": "j.jpg"}
    assert set(outputs(plan(source, target, format="webp")).values()) >= {"b.webp", "sub/c.webp", "h.webp"}


def test_names_by_content_follow_the_collision_rules_and_are_kept(source: Path, target: Path, make, misnamed) -> None:
    misnamed("a.jpg", ".png"), make("a.png"), misnamed("b.jpg", ".png")
    target.mkdir()
    (target / "b.png").write_bytes(b"someone's")
    first = plan(source, target)
    assert outputs(first) == {"a.jpg": "a.png", "a.png": "a-2.png", "b.jpg": "b-2.png"}
    known = done(first, target)
    again = plan(source, target, known)
    assert set(why(again).values()) == {Why.DONE} and outputs(again) == outputs(first)
    other = plan(source, target, known, settings=BatchSettings(steps=(Step("rain"),)))
    assert outputs(other) == outputs(first) and all(item.replaces for item in other.items)
    skipped = plan(source, target, collision="skip").items[-1]
    assert skipped.why is Why.TAKEN and skipped.row.error.startswith("b.png ")
    left = {"b.jpg": skipped.row}
    assert why(plan(source, target, left, collision="skip"))["b.jpg"] is Why.TAKEN
    (target / "b.png").unlink()
    assert why(plan(source, target, left, collision="skip"))["b.jpg"] is Why.NEW


def test_results_named_by_earlier_versions_are_accepted_until_something_changes(
    source: Path, target: Path, misnamed, monkeypatch: pytest.MonkeyPatch
) -> None:
    misnamed("a.jpg", ".png")
    (item,) = plan(source, target).items
    (old,) = done(Plan([replace(item, row=replace(item.row, output="a.jpg"))]), target).values()
    with monkeypatch.context() as patched:
        patched.setattr(Path, "open", lambda *_: pytest.fail("a photo that is done is opened"))
        assert why(plan(source, target, {"a.jpg": old})) == {"a.jpg": Why.DONE}
    (again,) = plan(source, target, {"a.jpg": old}, settings=BatchSettings(steps=(Step("rain"),))).items
    assert (again.row.output, again.replaces, again.row.outdated) == ("a.png", False, ("a.jpg",))
    assert (target / "a.jpg").read_bytes() == b"result"
    (waiting,) = plan(source, target, {"a.jpg": replace(old, state=State.WAITING, output_mtime_ns=0)}).items
    assert waiting.row.output == "a.png"


def test_edited_result_is_never_replaced(source: Path, target: Path, make) -> None:
    make("a.jpg")
    known = done(plan(source, target), target)
    (target / "a.jpg").write_bytes(b"edited by hand")
    make("a.jpg", side=40)
    (item,) = plan(source, target, known).items
    assert (item.row.output, item.replaces) == ("a-2.jpg", False)


def test_interrupted_photos_are_planned_again_and_keep_name_and_override(source: Path, target: Path, make) -> None:
    make("a.jpg")
    (item,) = plan(source, target).items
    override = (Step("rain"),)
    known = {"a.jpg": replace(item.row, state=State.WRITING, override=override, verdict="{}", detector="d")}
    (again,) = plan(source, target, known).items
    assert again.why is Why.INTERRUPTED and again.row.override == override and again.row.verdict == "{}"
    assert again.row.fingerprint != item.row.fingerprint and again.row.state is State.WAITING


def test_removed_photos_are_listed_and_not_planned(source: Path, target: Path, make) -> None:
    make("a.jpg"), make("b.jpg")
    known = done(plan(source, target), target)
    (source / "b.jpg").unlink()
    again = plan(source, target, known)
    assert again.vanished == ["b.jpg"] and [item.row.path for item in again.items] == ["a.jpg"]


def test_names_that_macos_treats_as_the_same_are_comparable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.batch.plan._CASE_INSENSITIVE", True)
    assert _comparable("\u00c4.JPG") == _comparable("a\u0308.jpg")  # an ä in one character, and in two
    assert _comparable("a.jpg") != _comparable("b.jpg")
