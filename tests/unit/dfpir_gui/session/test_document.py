"""The state machine of one photo, and its undo history."""

from pathlib import Path

import pytest

from core.progress import CancelToken
from dfpir_gui.session import Document, Edit, StackStep, State
from dfpir_gui.session.undo import UndoHistory
from dfpir_gui.workers.requests import OpenRequest
from dfpir_gui.workers.worker_thread import Progress

PROGRESS = Progress("Restoring", 0.5)


def document(*activities: State) -> Document:
    made = Document(Path("a.png"))
    for activity in activities:
        made.begin(activity, PROGRESS)
    return made


@pytest.mark.parametrize("activity", [State.LOADING, State.QUEUED, State.RUNNING, State.SAVING])
def test_an_activity_begins_only_when_none_runs(activity: State) -> None:
    busy = document(activity)
    assert (busy.state, busy.progress) == (activity, PROGRESS)
    for other in (State.LOADING, State.SAVING):
        with pytest.raises(RuntimeError, match="cannot follow"):
            busy.begin(other, PROGRESS)
    busy.finish()
    assert (busy.state, busy.progress) == (State.NEW, None)


@pytest.mark.parametrize("activity", [State.NEW, State.READY, State.RESTORED, State.SAVED, State.FAILED])
def test_states_that_are_no_activity_cannot_begin(activity: State) -> None:
    with pytest.raises(RuntimeError):
        document(activity)


def test_only_a_restoration_advances() -> None:
    queued = document(State.QUEUED)
    assert queued.advance(PROGRESS) and queued.state is State.RUNNING
    assert not queued.advance(PROGRESS)
    for activity in (State.LOADING, State.SAVING):
        with pytest.raises(RuntimeError):
            document(activity).advance(PROGRESS)
    with pytest.raises(RuntimeError):
        document().finish()


def test_cancel_makes_the_answer_stale_but_does_not_end_saving() -> None:
    request, token = OpenRequest(Path("a.png")), CancelToken()
    loading = document(State.LOADING)
    loading.submitted(request, token)
    assert loading.request is request
    loading.cancel()
    assert token.cancelled and loading.request is None and loading.state is State.NEW
    saving = document(State.SAVING)
    saving.cancel()
    assert saving.state is State.SAVING


def edit(*keys: str) -> Edit:
    return Edit(tuple(map(StackStep, keys)))


def test_undo_and_redo_and_a_new_change_removes_what_could_be_redone() -> None:
    history = UndoHistory()
    assert history.undo() is None and history.redo() is None
    history.add(edit(), edit("haze"), "Add Haze")
    history.add(edit("haze"), edit("haze", "rain"), "Add Rain")
    assert (history.undo_text, history.can_redo) == ("Add Rain", False)
    assert history.undo() == edit("haze")
    assert (history.undo_text, history.redo_text) == ("Add Haze", "Add Rain")
    assert history.redo() == edit("haze", "rain")
    history.undo()
    history.add(edit("haze"), edit("blur"), "Choose steps")
    assert not history.can_redo and history.undo() == edit("haze") and history.undo() == edit()


def test_changes_with_one_merge_key_are_one_and_the_history_is_limited() -> None:
    history = UndoHistory()
    history.add(edit(), edit("haze"), "Strength", (0, 0))
    history.add(edit("haze"), edit("rain"), "Strength", (0, 0))
    history.add(edit("rain"), edit("blur"), "Strength", (1, 0))
    assert history.undo() == edit("rain") and history.undo() == edit() and not history.can_undo
    for _ in range(250):
        history.add(edit("haze"), edit("rain"), "Choose steps")
    count = 0
    while history.undo() is not None:
        count += 1
    assert count == 200
