"""How the rows of a batch are put into words; no toolkit."""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path, PurePath
from typing import Any

from core.batch import Row, State, stale_results
from core.batch.job import confidence, decide, group_of
from core.batch.journal import notes_of
from core.batch.scan import PassedOver
from core.batch.settings import BatchSettings, Steps, read
from core.detection import FAMILIES
from dfpir_gui.i18n import names
from dfpir_gui.i18n.core_words import translated_sentence, translated_verdict
from dfpir_gui.i18n.language import translate, translated

_MOST_LINES = 20
_REMEMBERED = 50_000  # verdicts are read again and again while a table is sorted


BROKEN = "broken"
"""Stands for the state of a photo that waits though it is known that it cannot be opened."""


def state_name(row: Row) -> str:
    """A key for what has become of a photo: one of :class:`core.batch.State`, or :data:`BROKEN`."""
    return BROKEN if row.state is State.WAITING and row.error else row.state


def state_words(name: str) -> str:
    """What has become of a photo, by :func:`state_name`."""
    return {
        BROKEN: translate("BatchWords", "cannot be opened"),
        State.WAITING: translate("BatchWords", "waiting"),
        State.WRITING: translate("BatchWords", "saving"),
        State.RESTORED: translate("BatchWords", "restored"),
        State.COPIED: translate("BatchWords", "clean, copied"),
        State.LEFT: translate("BatchWords", "clean, left out"),
        State.REVIEW: translate("BatchWords", "to review"),
        State.FAILED: translate("BatchWords", "failed"),
    }[name]


def group_words(group: str) -> str:
    """What was found, e.g. ``"Noise and low light"``; ``""`` means that nobody has looked yet."""
    if not group:
        return translate("BatchWords", "Not looked at")
    named = [names.family_label(family) if family in FAMILIES else translated(family) for family in group.split("+")]
    listed = translate("Names", " and ").join([named[0], *(name.lower() for name in named[1:])])
    return listed[:1].upper() + listed[1:]


def group_name(row: Row) -> str:
    """The row's group, or ``""`` if the detector has not seen the photo."""
    return _group(row.verdict)


def found_words(row: Row) -> str:
    """What the detector has found, its confidence first: that stays in sight where the column is narrow."""
    found = _found(row.verdict)
    if found is None:
        return ""
    words = translated_verdict(found[1])
    return f"{found[0]:.2f}  {words[:1].upper()}{words[1:]}"


def steps_words(row: Row, treatment: BatchSettings | None = None) -> str:
    """What was done, or what a person has set to be done, or what follows from what was found.

    Args:
        row: the photo's.
        treatment: lets the detector decide; None tells nothing of photos that wait.
    """
    if row.steps:
        return _listed(row.steps)
    if row.override:
        return translate("BatchWords", "set: {steps}").format(
            steps=_listed(row.override) or translate("BatchWords", "leave as it is")
        )
    if treatment is None or treatment.steps is not None or not row.verdict or state_name(row) != State.WAITING:
        return ""
    decided = decide(_verdict(row.verdict), treatment)
    if isinstance(decided, str):
        return translate("BatchWords", "planned: {steps}").format(steps=state_words(State.REVIEW))
    return translate("BatchWords", "planned: {steps}").format(
        steps=_named(decided) or translate("BatchWords", "leave as it is")
    )


def counts_line(rows: Sequence[Row], passed_over: int = 0) -> str:
    """How many photos there are in each state; these numbers add up to the first one. Others are told after them."""
    counts = Counter(map(state_name, rows))
    over = translate("BatchWords", "other pictures passed over: {count}").format(count=passed_over)
    if not counts:
        return over if passed_over else ""
    parts = [f"{counts[name]} {state_words(name)}" for name in STATES if counts[name]]
    total = translate("BatchWords", "{count} photos").format(count=counts.total())
    old = sum(bool(row.outdated) for row in rows)
    told = translate("BatchWords", "earlier results that are out of date: {count}").format(count=old)
    more = [*([told] if old else []), *([over] if passed_over else [])]
    return f"{total}:  " + " · ".join(parts) + "".join(f"   ({words})" for words in more)


def over_words(passed_over: Sequence[PassedOver]) -> str:
    """Which pictures are passed over, and why, a line for each; not more than fit under the mouse."""
    lines = [f"{_shown(entry.path)}: {translated_sentence(entry.reason)}" for entry in passed_over[:_MOST_LINES]]
    return "\n".join((*lines, "…") if len(passed_over) > _MOST_LINES else lines)


def reason_words(row: Row) -> str:
    """Which earlier results are not to be taken for current ones, why the photo failed or waits for review, and notes.

    The first comes first, so that it stays in sight where the column is narrow.
    """
    told = translate("BatchWords", "The earlier result {name} is out of date.")
    named = map(_shown, stale_results.files(row))
    said = (*(told.format(name=name) for name in named), *map(translated_sentence, (row.error, *notes_of(row))))
    return " ".join(filter(None, said))


def failures(rows: Iterable[Row], folder: Path) -> list[str]:
    """Why photos have no result, a line for each that has failed or whose name was taken.

    Args:
        rows: of all photos.
        folder: that they are in; the lines leave it out.
    """
    lines = []
    for row in rows:
        if row.state is State.FAILED or (row.state is State.LEFT and row.error):
            reason, name = reason_words(row).replace(f"{folder}/", ""), _shown(row.path)
            lines.append(reason if PurePath(name).name in reason else f"{name}: {reason}")
    return lines


def _shown(path: str) -> str:
    return path.encode("utf-8", "replace").decode()


def left_words(seconds: float | None) -> str:
    """How long it will take, e.g. ``"about 3 min left"``."""
    if seconds is None:
        return ""
    if seconds < 90:
        return translate("BatchWords", "{count} s left").format(count=round(seconds))
    if seconds < 90 * 60:
        return translate("BatchWords", "about {count} min left").format(count=round(seconds / 60))
    return translate("BatchWords", "about {count} h left").format(count=f"{seconds / 3600:.1f}")


@lru_cache(_REMEMBERED)
def _group(verdict: str) -> str:
    return group_of(json.loads(verdict)) if verdict else ""


@lru_cache(_REMEMBERED)
def _verdict(text: str) -> dict[str, Any]:
    return json.loads(text)


@lru_cache(_REMEMBERED)
def _found(text: str) -> tuple[float, str] | None:
    if not text:
        return None
    verdict = json.loads(text)
    return confidence(verdict), verdict["label"]


def _listed(steps: str) -> str:
    return _named(read(steps))


def _named(steps: Steps) -> str:
    return ", ".join(names.label(key) + ("" if power == 1 else f" {power:.0%}") for key, power in steps)


STATES: tuple[str, ...] = (
    State.RESTORED,
    State.COPIED,
    State.LEFT,
    State.REVIEW,
    State.FAILED,
    State.WRITING,
    BROKEN,
    State.WAITING,
)
"""All that :func:`state_name` gives, in the order in which they are counted."""
