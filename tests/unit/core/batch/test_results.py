"""Crashes at any point of a run, and the recovery by the next one."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.batch import Batch, BatchSettings, Layout, State
from core.batch.journal import Journal, known_rows
from core.batch.results import PARTS
from core.steps import Step

if TYPE_CHECKING:
    from tests.unit.core.batch.conftest import FakeConfig

HAZE = BatchSettings(steps=(Step("haze"),))


class Killed(BaseException):
    """Stands for a kill signal: nothing that follows is done."""


@pytest.fixture
def whole(source: Path, tmp_path: Path, config: "FakeConfig", make, tree) -> dict[str, bytes]:
    """The tree of an undisturbed run over three photos."""
    for name in "abc":
        make(f"sub/{name}.png")
    with Batch(Layout(source, tmp_path / "undisturbed"), HAZE, config) as batch:
        batch.run(batch.plan())
    config.calls.clear()
    return tree(tmp_path / "undisturbed")


def run(source: Path, target: Path, config: "FakeConfig") -> Batch:
    with Batch(Layout(source, target), HAZE, config) as batch:
        batch.run(batch.plan())
    return batch


@pytest.mark.parametrize("moment", range(10))
# writes: one for the plan, then for each photo: recorded as being written, named, recorded as done
def test_crash_at_any_write_loses_at_most_one_photo(
    source: Path,
    target: Path,
    config: "FakeConfig",
    whole: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    tree,
    moment: int,
) -> None:
    from core.batch import results

    steps = {"count": 0}

    def crash_at(function):
        def called(*arguments, **options):
            if steps["count"] >= moment:  # after the crash nothing more is done
                raise Killed
            steps["count"] += 1
            return function(*arguments, **options)

        return called

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "put", crash_at(Journal.put))
        patch.setattr(results, "_rename", crash_at(results._rename))
        patch.setattr(results.Results, "clear", lambda self: None)  # a killed program cleans nothing up
        with pytest.raises(Killed):
            run(source, target, config)
    dead = {path: row.state for path, row in known_rows(target).items()}
    run(source, target, config)
    assert tree(target) == whole and not (target / PARTS).exists()
    assert {row.state for row in known_rows(target).values()} == {State.RESTORED}
    ended = [path for path, state in dead.items() if state in (State.RESTORED, State.WRITING)]
    for path in ended:  # complete under a private name, or more: not restored again
        assert config.restored.count(Path(path).name) == 1


def test_crash_between_naming_and_journal_is_recovered(
    source: Path,
    target: Path,
    config: "FakeConfig",
    whole: dict[str, bytes],
    monkeypatch: pytest.MonkeyPatch,
    tree,
) -> None:
    put = Journal.put

    def crash_after_naming(self: Journal, rows) -> None:
        listed = list(rows)
        if any(row.state is State.RESTORED for row in listed):
            raise Killed
        put(self, listed)

    with monkeypatch.context() as patch:
        patch.setattr(Journal, "put", crash_after_naming)
        with pytest.raises(Killed):
            run(source, target, config)
    assert (target / "sub/a.png").exists() and known_rows(target)["sub/a.png"].state is State.WRITING
    batch = run(source, target, config)
    assert batch.recovered == 1 and tree(target) == whole and config.restored.count("a.png") == 1


def test_partial_files_of_a_killed_run_are_removed(
    source: Path, target: Path, config: "FakeConfig", whole: dict[str, bytes], tree
) -> None:
    (target / PARTS / "dead").mkdir(parents=True)
    (target / PARTS / "dead" / ".0123456789abcdef.part").write_bytes(b"half")
    run(source, target, config)
    assert tree(target) == whole and not (target / PARTS).exists()


def test_changed_photo_replaces_its_result_after_a_crash(
    source: Path, target: Path, config: "FakeConfig", make, tree
) -> None:
    make("a.png")
    run(source, target, config)
    make("a.png", side=40)

    def crash() -> None:
        raise Killed

    config.meanwhile["a.png"] = crash
    with pytest.raises(Killed):
        run(source, target, config)
    config.meanwhile.clear()
    run(source, target, config)
    assert set(tree(target)) == {"a.png"} and len(config.calls) == 3
