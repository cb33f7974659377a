"""The rows of a journal: what it holds of one photo, and how a row is stored."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from operator import attrgetter
from pathlib import Path
from typing import Any

from core.batch.settings import Steps, steps_from_json, steps_to_json
from core.batch.sidecars import Sidecar
from core.errors import RestorationError
from core.messages import Message, from_dict, verbatim

_MESSAGES_SINCE = 4
"""Version of journals from which on errors are stored as JSON of messages; before, they were plain texts."""


class State(StrEnum):
    """The state of a photo; the value is the displayed text.

    ``WRITING`` lasts from when a result is complete under a private name until it has its final name.
    """

    WAITING = "waiting"
    WRITING = "writing"
    RESTORED = "restored"
    COPIED = "copied"
    LEFT = "left"
    REVIEW = "review"
    FAILED = "failed"

    @property
    def ended(self) -> bool:
        """Whether nothing more is done for the photo unless it or the settings change."""
        return self not in (State.WAITING, State.WRITING)

    @property
    def has_result(self) -> bool:
        """Whether there is a file in the target for it."""
        return self in (State.RESTORED, State.COPIED)


@dataclass(frozen=True, slots=True)
class Row:
    """What the journal holds of one photo. The columns of the table ``files`` describe the attributes.

    Attributes:
        fingerprint: see :meth:`core.batch.BatchSettings.fingerprint`.
        verdict: what the detector found, as JSON, or ``""``; see :mod:`core.batch.verdict`. It is parsed only where it
            is needed: a journal may have a hundred thousand rows.
        error: why the photo failed or needs review; why it cannot be opened if it is still waiting.
        outdated: results in the target, within it and with slashes, that do not belong to the photo and the settings
            as they are now. A photo that has changed may fail, wait, or get a result of another name. Its earlier
            result is then kept, since it may be the only one, but must not pass for a current one.
        notes: about what could not be read or preserved.
        warnings: why the result may be worse than the photo; see :mod:`core.quality`.
        suggested: steps that do less harm, ``()`` for none at all; None without warnings.
    """

    path: str
    size: int = 0
    mtime_ns: int = 0
    fingerprint: str = ""
    output: str = ""
    state: State = State.WAITING
    steps: Steps | None = None
    verdict: str = ""
    detector: str = ""
    override: Steps | None = None
    model: str = ""
    device: str = ""
    seconds: float = 0.0
    error: Message | None = None
    pixels: int = 0
    staged: str = ""
    output_size: int = 0
    output_mtime_ns: int = 0
    outdated: tuple[str, ...] = ()
    notes: tuple[Message, ...] = ()
    sidecars: tuple[Sidecar, ...] = ()
    warnings: tuple[Message, ...] = ()
    suggested: Steps | None = None
    updated: float = 0.0

    @property
    def left_by_user(self) -> bool:
        """Whether it was copied or left out because the user said so, not because it looked clean."""
        return self.state in (State.COPIED, State.LEFT) and self.override == () and self.error is None

    @property
    def may_be_accepted(self) -> bool:
        """Whether its result was withheld because it may do harm, so that the user is to decide."""
        return self.state is State.REVIEW and bool(self.warnings)

    @property
    def may_be_revised(self) -> bool:
        """Whether its result was written although it may do harm, so that the user may want another one."""
        return self.state.has_result and bool(self.warnings)

    def with_notes(self, notes: Iterable[str]) -> "Row":
        """The row with these notes instead of its own, each once."""
        return replace(self, notes=tuple(verbatim(note) for note in dict.fromkeys(notes)))

    def with_outdated(self, paths: Iterable[str]) -> "Row":
        """The row with these outdated results instead of its own, each once."""
        return replace(self, outdated=tuple(dict.fromkeys(paths)))

    def without_removed(self, target: Path) -> "Row":
        """The row without those outdated results that no longer exist in ``target``."""
        if not self.outdated:
            return self
        return self.with_outdated(path for path in self.outdated if os.path.lexists(target / path))

    def without_current(self) -> "Row":
        """The row without ``output`` among its outdated results: that file has its new content."""
        return self.with_outdated(path for path in self.outdated if path != self.output) if self.outdated else self


COLUMNS = tuple(field.name for field in fields(Row))
"""The attributes of a row, which are the columns of the table, without the checksum."""

_attributes = attrgetter(*COLUMNS)
_STATE, _STEPS, _OVERRIDE, _ERROR, _OUTDATED, _NOTES, _SIDECARS, _WARNINGS, _SUGGESTED = map(
    COLUMNS.index,
    ("state", "steps", "override", "error", "outdated", "notes", "sidecars", "warnings", "suggested"),
)


def row_from_columns(columns: list[Any], version: int) -> Row:
    """The row with these values of :data:`COLUMNS`, as SQLite returns them from a journal of this version.

    Raises:
        ValueError: a value is not valid.
    """
    error, outdated, notes, sidecars = (columns[index] for index in (_ERROR, _OUTDATED, _NOTES, _SIDECARS))
    try:
        columns[_STATE] = State(columns[_STATE])
        columns[_STEPS] = steps_from_json(columns[_STEPS])
        columns[_OVERRIDE] = steps_from_json(columns[_OVERRIDE])
        columns[_ERROR] = None
        if error:
            columns[_ERROR] = from_dict(json.loads(error)) if version >= _MESSAGES_SINCE else verbatim(error)
        columns[_OUTDATED] = tuple(json.loads(outdated)) if outdated else ()
        columns[_NOTES] = tuple(map(from_dict, json.loads(notes))) if notes else ()
        warnings = columns[_WARNINGS]
        columns[_WARNINGS] = tuple(map(from_dict, json.loads(warnings))) if warnings else ()
        columns[_SUGGESTED] = steps_from_json(columns[_SUGGESTED])
        columns[_SIDECARS] = tuple(Sidecar(*entry) for entry in json.loads(sidecars)) if sidecars else ()
        return Row(*columns)
    except (KeyError, TypeError, AttributeError, RecursionError, RestorationError) as fault:
        raise ValueError(f"not a row: {fault}") from fault


def row_to_columns(row: Row) -> list[Any]:
    """Inverse of :func:`row_from_columns`, for the current version."""
    columns = list(_attributes(row))
    columns[_STATE] = row.state.value
    columns[_STEPS] = steps_to_json(row.steps)
    columns[_OVERRIDE] = steps_to_json(row.override)
    columns[_ERROR] = json.dumps(_to_json(row.error), ensure_ascii=False) if row.error else ""
    columns[_OUTDATED] = json.dumps(row.outdated) if row.outdated else ""
    columns[_NOTES], columns[_WARNINGS] = map(_messages_to_json, (row.notes, row.warnings))
    columns[_SUGGESTED] = steps_to_json(row.suggested)
    sidecars = [[entry.path, entry.size, entry.mtime_ns] for entry in row.sidecars]
    columns[_SIDECARS] = json.dumps(sidecars) if sidecars else ""
    return columns


def _messages_to_json(texts: tuple[Message, ...]) -> str:
    return json.dumps([_to_json(text) for text in texts], ensure_ascii=False) if texts else ""


def _to_json(text: Message) -> dict[str, Any] | str:
    """A text without a translation stays one: so were all of them in earlier versions."""
    return str(text) if text.template == "{text}" else text.to_dict()
