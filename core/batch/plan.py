"""What a batch will do, determined before anything is done. Nothing is written here."""

import os
import shutil
import sys
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from pathlib import Path

from core.batch.layout import COUNTER, Layout, split_ending
from core.batch.rows import Row, State
from core.batch.scan import PassedOver, Scan, SourceFile, ending_by_content
from core.batch.settings import BatchSettings, Steps
from core.errors import PhotoError
from core.io.os_errors import display_path
from core.messages import message
from core.photo.formats import format_for

_CASE_INSENSITIVE = sys.platform in ("win32", "darwin")
"""Whether the system's usual file systems treat names that differ in case as the same."""

_BYTES_PER_PIXEL = {"jpeg": 0.55, "png": 2.0, "tiff": 2.2, "webp": 0.4, "avif": 0.35, "bmp": 3.0}
"""Of photographs as this program writes them: 8 bits per channel, quality 95, TIFF and PNG compressed."""

_SOURCE_BYTES_PER_PIXEL = {"jpeg": 0.35, "png": 2.0, "tiff": 2.6, "webp": 0.2, "avif": 0.15, "bmp": 3.0}
"""Of photographs from cameras and editors."""


class Why(StrEnum):
    """Why a photo is worked on, or why not; the value is the displayed text."""

    NEW = "new"
    CHANGED = "changed"
    SETTINGS_CHANGED = "settings changed"
    RESULT_MISSING = "result missing"
    INTERRUPTED = "interrupted"
    RETRY = "retry"
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
        row: what the journal will hold of it when the run begins.
        why: the reason for working on it or not.
        bytes: estimated size of its result; 0 if none is made.
        replaces: whether a file at ``row.output`` is replaced: the photo's own earlier result, or one that the
            collision rule allows to replace.
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
        other: number of files left out because of their ending, their content or the patterns.
        passed_over: those among them that are pictures, with the reason.
        unreadable: folders that could not be read, with the reason.
        vanished: paths in the journal whose photos no longer exist. Their results are kept.
        free: free bytes on the target's disk.
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
        """Number of photos for each reason; they add up to all."""
        return Counter(item.why for item in self.items)

    @property
    def bytes(self) -> int:
        """Estimated size of all results."""
        return sum(item.bytes for item in self.items if item.why.runs)


def make_plan(
    layout: Layout,
    settings: BatchSettings,
    known: Mapping[str, Row],
    *,
    model: str,
    detector: str,
    retry_failed: bool = False,
    only: Iterable[SourceFile] | None = None,
    taken: dict[str, str] | None = None,
) -> Plan:
    """Compare a source with the journal.

    A photo that is done is done again only if its size or modification time, the settings or the name of its result
    have changed, or if its result is missing. A result that someone else has changed is never replaced.

    Args:
        layout: which photos, and where to.
        settings: what is done to them.
        known: rows of the journal by path.
        model: SHA-256 of the model's file.
        detector: SHA-256 of the detector's file.
        retry_failed: whether photos that failed, and have not changed, are tried again.
        only: photos to plan instead of scanning the source, for a watcher; ``known`` needs to hold only these.
        taken: what :func:`taken_names` gives for the whole journal, to which the names of this plan are added; None
            if ``known`` is the whole journal.
    """
    scan = Scan(layout)
    files = sorted(scan if only is None else only, key=lambda file: file.path)
    fingerprints: dict[Steps | None, str] = {}
    names = _Names(layout, taken_names(known.values()) if taken is None else taken)
    plan = Plan(free=_free_bytes(layout.target))
    for file in files:
        old = known.get(file.path)
        override = old.override if old else None
        if override not in fingerprints:
            fingerprints[override] = settings.fingerprint(model, detector, override)
        if old is not None and old.detector != detector:
            old = replace(old, verdict="")
        if old is not None and old.may_be_accepted and (old.override is not None or not settings.review_harm):
            old = replace(old, fingerprint="")  # the user has decided, or nothing is withheld any more
        plan.items.append(_item(layout, file, old, fingerprints[override], retry_failed, names))
    plan.other, plan.passed_over, plan.unreadable = scan.other, scan.passed_over, scan.unreadable
    if only is None:
        present = {file.path for file in files}
        plan.vanished = [path for path in known if path not in present]
    return plan


def taken_names(rows: Iterable[Row]) -> dict[str, str]:
    """Names of results, as the file system compares them -> paths of the photos that they belong to."""
    return {_comparable(row.output): row.path for row in rows if row.output}


def _item(
    layout: Layout, file: SourceFile, old: Row | None, fingerprint: str, retry_failed: bool, names: "_Names"
) -> Item:
    why = _why(layout, file, old, fingerprint, retry_failed)
    if not why.runs and old is not None:
        return Item(old.without_removed(layout.target), why, 0)
    ending = _result_ending(layout, file)
    preferred = layout.output(file.path, ending)
    output, replaces = names.name_for(file.path, preferred, old)
    row = Row(file.path, file.size, file.mtime_ns, fingerprint, output or "")
    if old is not None:
        row = _with_history(row, old, layout.target, is_own=names.is_own(old))
    if output is None:
        reason = message(
            "{file} exists already in the target and was not replaced.", file=display_path(Path(preferred))
        )
        return Item(replace(row, state=State.LEFT, error=reason), Why.TAKEN, 0)
    return Item(row, why, estimated_bytes(file.path + ending, file.size, output), replaces)


def _with_history(row: Row, old: Row, target: Path, *, is_own: bool) -> Row:
    """The new row of a photo with what is still true of the old one; ``is_own``: its result is unchanged."""
    # A verdict is valid for the photo that it was given for, and as long as the detector is the same.
    unchanged = (old.size, old.mtime_ns) == (row.size, row.mtime_ns)
    verdict, detector = (old.verdict, old.detector) if unchanged and old.verdict else ("", "")
    row = replace(row, override=old.override, pixels=old.pixels, verdict=verdict, detector=detector)
    if unchanged and old.state is State.WAITING:
        row = replace(row, error=old.error)  # a triage has found that it cannot be opened
    if row.output == old.output:  # until there is a new result, the old one is known to be ours
        row = replace(row, output_size=old.output_size, output_mtime_ns=old.output_mtime_ns, sidecars=old.sidecars)
    return row.with_outdated((*old.outdated, *([old.output] if is_own else []))).without_removed(target)


def _why(layout: Layout, file: SourceFile, old: Row | None, fingerprint: str, retry_failed: bool) -> Why:
    if old is None:
        return Why.NEW
    if not old.state.ended:
        return Why.INTERRUPTED if old.state is State.WRITING else Why.NEW
    if (old.size, old.mtime_ns) != (file.size, file.mtime_ns):
        return Why.CHANGED
    if old.fingerprint != fingerprint:
        return Why.SETTINGS_CHANGED
    if old.state is State.FAILED:
        return Why.RETRY if retry_failed else Why.FAILED_BEFORE
    if old.state.has_result and not os.path.lexists(layout.target / old.output):
        return Why.RESULT_MISSING
    if old.state.has_result and not _has_expected_name(layout, file, old.output):
        return Why.SETTINGS_CHANGED
    if old.state is State.LEFT and old.error:  # because of its name, which may be free now
        preferred = layout.output(file.path, _result_ending(layout, file))
        return Why.TAKEN if os.path.lexists(layout.target / preferred) else Why.NEW
    return Why.DONE


def _result_ending(layout: Layout, file: SourceFile) -> str:
    """The ending of the result if it is not the photo's own, or ``""``."""
    return "" if layout.format else ending_by_content(file, layout.source)


def _has_expected_name(layout: Layout, file: SourceFile, output: str) -> bool:
    # Earlier versions named a result by the photo's name alone; only where that does not match is the photo opened.
    by_name = layout.output(file.path, file.ending)
    return _is_numbered(output, by_name) or _is_numbered(output, layout.output(file.path, _result_ending(layout, file)))


class _Names:
    """Gives every photo a name of its own in the target; assigned names do not change.

    Args:
        layout: the naming rules.
        taken: see :func:`taken_names`.
    """

    def __init__(self, layout: Layout, taken: dict[str, str]) -> None:
        self._layout = layout
        self._taken = taken
        self._root = f"{layout.target}/" if layout.target.is_dir() else ""
        self._last_number: dict[str, int] = {}  # so that a thousand IMG_1.JPG are not counted again for each of them

    def _with_counter(self, path: str, preferred: str, old: Row | None) -> tuple[str, bool]:
        """As :meth:`name_for` for a template with a counter: the first number that is free, whatever the rule."""
        if old is not None and old.output and _is_numbered(old.output, preferred):
            if not self._exists(old.output):
                return old.output, False
            if self.is_own(old):
                return old.output, True
        number = self._last_number.get(preferred, 0)
        while True:
            number += 1
            name = preferred.replace(COUNTER, f"{number:04}")
            if self._taken.get(_comparable(name), path) == path and not self._exists(name):
                self._taken[_comparable(name)] = path
                self._last_number[preferred] = number
                return name, False

    def name_for(self, path: str, preferred: str, old: Row | None) -> tuple[str | None, bool]:
        """The result's path within the target (None: the photo is skipped), and whether it replaces a file.

        Args:
            path: the photo's within the source.
            preferred: the result's before collisions are resolved.
            old: the photo's row in the journal, if there is one.
        """
        if COUNTER in preferred:
            return self._with_counter(path, preferred, old)
        if old is not None and old.output and _is_numbered(old.output, preferred):
            if not self._exists(old.output):
                return old.output, False
            if self.is_own(old):
                return old.output, True
        number = self._last_number.get(preferred, 1)
        while True:
            name = preferred if number == 1 else _numbered(preferred, number)
            if self._taken.get(_comparable(name), path) == path:
                exists = self._exists(name)
                was_ours = old is not None and name == old.output and bool(old.output_mtime_ns)  # and was changed since
                if not exists or (self._layout.collision == "replace" and not was_ours):
                    self._taken[_comparable(name)] = path
                    self._last_number[preferred] = number
                    return name, exists
                if self._layout.collision == "skip":
                    return None, False
            number += 1

    def _exists(self, name: str) -> bool:
        return bool(self._root) and os.path.lexists(self._root + name)

    def is_own(self, row: Row) -> bool:
        """Whether the row's result exists and is unchanged since it was written."""
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


def _is_numbered(name: str, preferred: str) -> bool:
    """Whether ``name`` is ``preferred``, with a number or without; or with one in the place of the counter."""
    if COUNTER in preferred:
        before, _, after = preferred.partition(COUNTER)
        number = name[len(before) : len(name) - len(after)]
        return name.startswith(before) and name.endswith(after) and len(number) >= 4 and number.isdecimal()
    stem, suffix = split_ending(preferred)
    middle = name[len(stem) : len(name) - len(suffix)]
    matches = name.startswith(stem) and name.endswith(suffix)
    return name == preferred or (matches and middle[:1] == "-" and middle[1:].isdecimal())


def _comparable(name: str) -> str:
    # macOS also treats a composed ä and an a with a combining diaeresis as the same.
    return unicodedata.normalize("NFC", name).casefold() if _CASE_INSENSITIVE else name


def _free_bytes(target: Path) -> int:
    for folder in (target, *target.absolute().parents):
        try:
            return shutil.disk_usage(folder).free
        except OSError:
            continue
    return 0


def estimated_bytes(path: str, size: int, output: str) -> int:
    """Estimated size of the result of a photo, without opening it.

    Args:
        path: of the photo; its ending gives the format.
        size: of the photo, bytes.
        output: path of the result; its ending gives the format.
    """
    return round(estimated_pixels(path, size) * _BYTES_PER_PIXEL[_format_key(output)])


def estimated_pixels(path: str, size: int) -> float:
    """Estimated number of pixels of a photo, by its ending and its size in bytes."""
    return size / _SOURCE_BYTES_PER_PIXEL[_format_key(path)]


def _format_key(path: str) -> str:
    return _key_of_suffix(split_ending(path)[1])


@cache
def _key_of_suffix(suffix: str) -> str:
    try:
        return format_for(suffix, None).key
    except PhotoError:
        return "jpeg"
