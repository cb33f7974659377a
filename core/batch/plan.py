"""What a batch will do, worked out before anything is done. Nothing is written here."""

import os
import shutil
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from pathlib import Path

from core.batch import stale_results
from core.batch.journal import Row, State
from core.batch.layout import Layout, split_ending
from core.batch.scan import Found, PassedOver, Walk, ending_by_content
from core.batch.settings import BatchSettings
from core.batch.size_estimate import estimated_bytes

_FOLDED = sys.platform in ("win32", "darwin")
"""Whether the system's usual file systems take names that differ in case for the same."""


class Why(StrEnum):
    """Why a photo is worked on, or why it is not; the value is also the word for people."""

    NEW = "new"
    CHANGED = "changed since"
    OTHER_RECIPE = "to be done differently"
    RESULT_MISSING = "result missing"
    INTERRUPTED = "interrupted"
    RETRY = "to be tried again"
    DONE = "done before"
    FAILED_BEFORE = "failed before"
    TAKEN = "name taken"

    @property
    def runs(self) -> bool:
        """Whether the photo is worked on."""
        return self not in (Why.DONE, Why.FAILED_BEFORE, Why.TAKEN)


@dataclass(frozen=True, slots=True)
class Item:
    """One photo of the plan.

    Attributes:
        row: for the journal: what it will hold when the run begins.
        why: the reason for doing it or not.
        bytes: that its result will take, about; 0 if none is made.
        replaces: whether a file at ``row.output`` is to be replaced: the photo's own earlier result, or one that the
            collision rule gives up.
    """

    row: Row
    why: Why
    bytes: int
    replaces: bool = False


@dataclass
class Plan:
    """All photos of a source, in the order of their paths, and what was passed over.

    Attributes:
        items: one for each photo.
        other: files that were passed over by their ending, their content or the patterns.
        passed_over: those among them that are pictures, with the reason.
        unreadable: folders that could not be read, with the reason.
        vanished: paths in the journal whose photos are no longer there. Their results are kept.
        free: bytes that are free on the target's disk.
    """

    items: list[Item] = field(default_factory=list)
    other: int = 0
    passed_over: list[PassedOver] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    free: int = 0

    @property
    def to_run(self) -> list[Item]:
        """The photos that will be worked on."""
        return [item for item in self.items if item.why.runs]

    @property
    def counts(self) -> Counter[Why]:
        """How many photos there are for each reason; they add up to all."""
        return Counter(item.why for item in self.items)

    @property
    def bytes(self) -> int:
        """That the results will take, about."""
        return sum(item.bytes for item in self.items if item.why.runs)


def make_plan(
    layout: Layout,
    treatment: BatchSettings,
    known: Mapping[str, Row],
    *,
    model: str,
    detector: str,
    retry_failed: bool = False,
    only: Iterable[Found] | None = None,
    taken: dict[str, str] | None = None,
) -> Plan:
    """Compare a source with the journal.

    A photo that was done is done again only if its size or time of change, or the recipe, or what its result is to be
    called, is another, or if its result is gone. A result that someone has changed since counts as theirs: it is never
    replaced.

    Args:
        layout: which photos, and where to.
        treatment: what is done to them.
        known: rows of the journal by path.
        model: SHA-256 of the model's file.
        detector: SHA-256 of the detector's file.
        retry_failed: whether photos that failed, and have not changed, are tried again.
        only: photos to plan instead of walking through the source, for a watcher; ``known`` need hold these alone.
        taken: what :func:`taken_names` gives for the whole journal, to which the names of this plan are added; None
            if ``known`` is the whole journal.
    """
    walk = Walk(layout)
    found = sorted(walk if only is None else only, key=lambda entry: entry.path)
    recipes: dict[str, str] = {}
    names = _Names(layout, taken_names(known.values()) if taken is None else taken)
    plan = Plan(free=_free(layout.target))
    for entry in found:
        old = known.get(entry.path)
        override = old.override if old else ""
        if override not in recipes:
            recipes[override] = treatment.recipe(model, detector, override)
        if old is not None and old.detector != detector:
            old = replace(old, verdict="")
        plan.items.append(_item(layout, entry, old, recipes[override], retry_failed, names))
    plan.other, plan.passed_over, plan.unreadable = walk.other, walk.passed_over, walk.unreadable
    if only is None:
        present = {entry.path for entry in found}
        plan.vanished = [path for path in known if path not in present]
    return plan


def taken_names(rows: Iterable[Row]) -> dict[str, str]:
    """Names of results, as the file system compares them -> paths of the photos that they are given to."""
    return {_folded(row.output): row.path for row in rows if row.output}


def _item(layout: Layout, found: Found, old: Row | None, recipe: str, retry_failed: bool, names: "_Names") -> Item:
    why = _why(layout, found, old, recipe, retry_failed)
    if not why.runs and old is not None:
        return Item(stale_results.still_there(old, layout.target), why, 0)
    ending = _ending(layout, found)
    wanted = layout.output(found.path, ending)
    output, replaces = names.name_for(found.path, wanted, old)
    fresh = Row(found.path, found.size, found.mtime_ns, recipe, output or "")
    if old is not None:
        # A verdict holds for the photo that it was found in, and as long as the detector is the same.
        same = (old.size, old.mtime_ns) == (found.size, found.mtime_ns)
        verdict, judge = (old.verdict, old.detector) if same and old.verdict else ("", "")
        fresh = replace(fresh, override=old.override, pixels=old.pixels, verdict=verdict, detector=judge)
        if same and old.state is State.WAITING:
            fresh = replace(fresh, error=old.error)  # a triage has found that it cannot be opened
        if output == old.output:  # until there is a new result, the old one is known to be ours
            fresh = replace(fresh, output_size=old.output_size, output_mtime_ns=old.output_mtime_ns)
            fresh = replace(fresh, sidecars=old.sidecars)
        earlier = (*stale_results.files(old), *([old.output] if names.is_own(old) else []))
        fresh = stale_results.still_there(stale_results.with_files(fresh, earlier), layout.target)
    if output is None:
        reason = f"{wanted} exists already in the target, and was left as it is."
        return Item(replace(fresh, state=State.LEFT, error=reason), Why.TAKEN, 0)
    return Item(fresh, why, estimated_bytes(found.path + ending, found.size, output), replaces)


def _why(layout: Layout, found: Found, old: Row | None, recipe: str, retry_failed: bool) -> Why:
    if old is None:
        return Why.NEW
    if not old.state.ended:
        return Why.INTERRUPTED if old.state is State.WRITING else Why.NEW
    if (old.size, old.mtime_ns) != (found.size, found.mtime_ns):
        return Why.CHANGED
    if old.recipe != recipe:
        return Why.OTHER_RECIPE
    if old.state is State.FAILED:
        return Why.RETRY if retry_failed else Why.FAILED_BEFORE
    if old.state.has_result and not os.path.lexists(layout.target / old.output):
        return Why.RESULT_MISSING
    if old.state.has_result and not _is_called_right(layout, found, old.output):
        return Why.OTHER_RECIPE
    if old.state is State.LEFT and old.error:  # for its name, which may be free by now
        wanted = layout.output(found.path, _ending(layout, found))
        return Why.TAKEN if os.path.lexists(layout.target / wanted) else Why.NEW
    return Why.DONE


def _ending(layout: Layout, found: Found) -> str:
    """That the result gets instead of the photo's own, or ``""``."""
    return "" if layout.format else ending_by_content(found, layout.source)


def _is_called_right(layout: Layout, found: Found, output: str) -> bool:
    # By its name alone is how a result was called before contents counted; so only where that fails is a file opened.
    by_name = layout.output(found.path, found.ending)
    return _numbered_from(output, by_name) or _numbered_from(output, layout.output(found.path, _ending(layout, found)))


class _Names:
    """Gives every photo a name of its own in the target; a name once given stays."""

    def __init__(self, layout: Layout, taken: dict[str, str]) -> None:
        self._layout = layout
        self._taken = taken
        self._root = f"{layout.target}/" if layout.target.is_dir() else ""
        self._last: dict[str, int] = {}  # number that was given last; a thousand IMG_1.JPG need not be counted again

    def name_for(self, path: str, wanted: str, old: Row | None) -> tuple[str | None, bool]:
        """The result's path within the target (None: the photo is left out), and whether it replaces what is there.

        ``path`` is the photo's within the source, and ``wanted`` the result's before collisions.
        """
        if old is not None and old.output and _numbered_from(old.output, wanted):
            if not self._occupied(old.output):
                return old.output, False
            if self.is_own(old):
                return old.output, True
        number = self._last.get(wanted, 1)
        while True:
            name = wanted if number == 1 else _numbered(wanted, number)
            if self._taken.get(_folded(name), path) == path:
                occupied = self._occupied(name)
                if not occupied or self._layout.collision == "replace":
                    self._taken[_folded(name)] = path
                    self._last[wanted] = number
                    return name, occupied
                if self._layout.collision == "skip":
                    return None, False
            number += 1

    def _occupied(self, name: str) -> bool:
        return bool(self._root) and os.path.lexists(self._root + name)

    def is_own(self, row: Row) -> bool:
        """Whether the row's result is there, and as it was made."""
        if not row.output_mtime_ns:
            return False
        try:
            status = (self._layout.target / row.output).lstat()
        except OSError:
            return False
        return (status.st_size, status.st_mtime_ns) == (row.output_size, row.output_mtime_ns)


def _numbered(name: str, number: int) -> str:
    stem, suffix = split_ending(name)
    return f"{stem}-{number}{suffix}"


def _numbered_from(name: str, wanted: str) -> bool:
    """Whether ``name`` is ``wanted``, or that with a number."""
    stem, suffix = split_ending(wanted)
    middle = name[len(stem) : len(name) - len(suffix)]
    same = name.startswith(stem) and name.endswith(suffix)
    return name == wanted or (same and middle[:1] == "-" and middle[1:].isdecimal())


def _folded(name: str) -> str:
    # macOS also takes ä for a with two dots behind it.
    return unicodedata.normalize("NFC", name).casefold() if _FOLDED else name


def _free(target: Path) -> int:
    for folder in (target, *target.absolute().parents):
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            continue
    return 0
