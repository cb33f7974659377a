"""Texts for the rows of a batch; no toolkit."""

from collections import Counter
from collections.abc import Iterable, Sequence
from functools import lru_cache
from pathlib import Path, PurePath

from core.batch import BatchSettings, Row, State
from core.batch.scan import PassedOver
from core.batch.settings import Steps, steps_for_batch
from core.batch.verdict import verdict_from_json
from core.detection import FAMILIES
from core.messages import with_advice_once
from core.steps import Step
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import listed, listed_with_and, translate
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.session import wording

_MAX_LINES = 20
_CACHED = 50_000  # the same texts are needed again each time the table is sorted


BROKEN = "broken"
"""Stands for the state of a photo that waits although it is known that it cannot be opened."""

UNCHANGED = "unchanged"
"""Stands for the state of a photo that the user, not the detector, has left as it is, and that was copied."""

UNCHANGED_LEFT = "unchanged-left"
"""The same of a photo that was left out."""

STATES: tuple[str, ...] = (
    State.RESTORED,
    State.COPIED,
    State.LEFT,
    UNCHANGED,
    UNCHANGED_LEFT,
    State.REVIEW,
    State.FAILED,
    State.WRITING,
    BROKEN,
    State.WAITING,
)
"""All keys that :func:`state_key` returns, in the order in which they are listed."""


WARNED = "warned"
"""Stands, in the filter of states, for all photos whose results may be worse."""


def state_key(row: Row) -> str:
    """The state of a photo: one of :class:`core.batch.State`, or another one of :data:`STATES`."""
    if row.left_by_user:
        return UNCHANGED if row.state is State.COPIED else UNCHANGED_LEFT
    return BROKEN if row.state is State.WAITING and row.error else row.state


def state_text(key: str) -> str:
    """Name of the state with this :func:`state_key`."""
    return {
        BROKEN: translate("BatchTexts", "cannot be opened"),
        State.WAITING: translate("BatchTexts", "waiting"),
        State.WRITING: translate("BatchTexts", "saving"),
        State.RESTORED: translate("BatchTexts", "restored"),
        State.COPIED: translate("BatchTexts", "clean, copied"),
        State.LEFT: translate("BatchTexts", "clean, left out"),
        UNCHANGED: translate("BatchTexts", "left unchanged, copied"),
        UNCHANGED_LEFT: translate("BatchTexts", "left unchanged, left out"),
        State.REVIEW: translate("BatchTexts", "to review"),
        State.FAILED: translate("BatchTexts", "failed"),
        WARNED: translate("BatchTexts", "with warnings"),
    }[key]


def group_key(row: Row) -> str:
    """The row's group, see :attr:`core.batch.verdict.Verdict.group`; ``""`` if it has no verdict."""
    return _group(row.verdict)


def group_text(group: str) -> str:
    """Name of a group, e.g. ``"Noise and low light"``."""
    if not group:
        return translate("BatchTexts", "Not analysed")
    parts = [
        names.family_label(part) if part in FAMILIES else translate("BatchTexts", "Clean") for part in group.split("+")
    ]
    return listed_with_and([parts[0], *(part.lower() for part in parts[1:])])


def verdict_text(row: Row) -> str:
    """What the detector found, with the confidence first: it stays visible where the column is narrow."""
    if not row.verdict:
        return ""
    verdict = verdict_from_json(row.verdict)
    label = translated_message(verdict.label)
    return f"{verdict.confidence:.2f}  {label[:1].upper()}{label[1:]}"


def steps_text(row: Row, settings: BatchSettings | None = None) -> str:
    """The steps that were done, that the user has set, or that follow from the verdict.

    Args:
        row: the photo's.
        settings: that decide by the verdict; without them, nothing is said about photos that wait.
    """
    if row.steps:
        return step_list(row.steps)
    unchanged = translate("BatchTexts", "leave unchanged")
    if row.override is not None:
        return translate("BatchTexts", "set: {steps}").format(
            steps=step_list(steps_for_batch(row.override)[0]) or unchanged
        )
    if settings is None or settings.steps is not None or not row.verdict or state_key(row) != State.WAITING:
        return ""
    steps = settings.steps_for(verdict_from_json(row.verdict))
    planned = state_text(State.REVIEW) if steps is None else step_list(steps) or unchanged
    return translate("BatchTexts", "planned: {steps}").format(steps=planned)


def counts_text(rows: Sequence[Row], passed_over: int = 0) -> str:
    """Number of photos in each state, which add up to the first number; then what is not counted there."""
    counts = Counter(map(state_key, rows))
    others = translate("BatchTexts", "other pictures passed over: {count}").format(count=passed_over)
    if not counts:
        return others if passed_over else ""
    part = translate("BatchTexts", "{count} {state}")
    parts = [part.format(count=counts[key], state=state_text(key)) for key in STATES if counts[key]]
    outdated = sum(bool(row.outdated) for row in rows)
    notes = []
    if outdated:
        notes.append(translate("BatchTexts", "outdated earlier results: {count}").format(count=outdated))
    if passed_over:
        notes.append(others)
    one, many = translate("BatchTexts", "One photo:  {states}"), translate("BatchTexts", "{count} photos:  {states}")
    text = one if counts.total() == 1 else many
    text = text.format(count=counts.total(), states=wording.SEPARATOR.join(parts))
    return text + "".join(translate("BatchTexts", "   ({note})").format(note=note) for note in notes)


def passed_over_text(passed_over: Sequence[PassedOver]) -> str:
    """The pictures that are passed over and why, one a line; not more than fit into a tooltip."""
    lines = [_line(_printable(entry.path), translated_message(entry.reason)) for entry in passed_over[:_MAX_LINES]]
    return "\n".join((*lines, "…") if len(passed_over) > _MAX_LINES else lines)


def reason_text(row: Row, *, is_looked_at: bool = False) -> str:
    """Outdated results, why the photo failed or needs review, and notes.

    The outdated results come first, so that they stay visible where the column is narrow.

    Args:
        row: the photo's.
        is_looked_at: whether its result is shown with the buttons to decide, so that nobody has to be told how.
    """
    outdated = translate("BatchTexts", "The earlier result {name} is out of date.")
    parts = [outdated.format(name=_printable(path)) for path in row.outdated]
    if row.may_be_accepted:  # the warnings have a column of their own
        if not is_looked_at:
            parts.append(translate("BatchTexts", "Not written yet: double-click to look at the result and decide."))
    elif row.error:
        parts.append(translated_message(row.error))
    return " ".join((*parts, *map(translated_message, row.notes)))


def warnings_text(row: Row) -> str:
    """Why the result may be worse than the photo."""
    return " ".join(map(translated_message, with_advice_once(row.warnings)))


def suggestion_text(row: Row) -> str:
    """The steps that do less harm; ``""`` without warnings."""
    if not row.warnings:
        return ""
    return step_list(row.suggested or ()) or translate("BatchTexts", "leave unchanged")


def failure_lines(rows: Iterable[Row], folder: Path) -> list[str]:
    """Why photos have no result, a line for each that has failed or whose name was taken.

    Args:
        rows: of all photos.
        folder: of the photos; it is left out of the lines.
    """
    lines = []
    for row in rows:
        if row.state is State.FAILED or (row.state is State.LEFT and row.error):
            reason, name = reason_text(row).replace(f"{folder}/", ""), _printable(row.path)
            lines.append(reason if PurePath(name).name in reason else _line(name, reason))
    return lines


def time_left_text(seconds: float | None) -> str:
    """Estimated remaining time, e.g. ``"about 3 min left"``; ``""`` for None."""
    if seconds is None:
        return ""
    if seconds < 90:
        return translate("BatchTexts", "{count} s left").format(count=round(seconds))
    if seconds < 90 * 60:
        return translate("BatchTexts", "about {count} min left").format(count=round(seconds / 60))
    return translate("BatchTexts", "about {count} h left").format(count=f"{seconds / 3600:.1f}")


@lru_cache(_CACHED)
def _group(verdict: str) -> str:
    return verdict_from_json(verdict).group if verdict else ""


def step_list(steps: Steps) -> str:
    """Names and strengths of steps; ``""`` without any."""
    return listed(map(_step_text, steps))


def _step_text(step: Step) -> str:
    text = names.label(step.degradation) + ("" if step.strength == 1 else f" {wording.percent(step.strength)}")
    return text if step.mask is None else translate("Wording", "{step} (masked)").format(step=text)


def _line(name: str, reason: str) -> str:
    return translate("BatchTexts", "{name}: {reason}").format(name=name, reason=reason)


def _printable(path: str) -> str:
    return path.encode("utf-8", "replace").decode()
