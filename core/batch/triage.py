"""Detecting degradations in all photos of a plan before any is restored."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.batch.control import Control
from core.batch.job import PhotoDetector
from core.batch.limits import Limits, open_photo
from core.batch.rows import Row, State
from core.batch.settings import BatchSettings
from core.batch.verdict import verdict_from_json, verdict_to_json
from core.errors import DFPIRError
from core.photo import Photo

_READERS = 2
_READ_AHEAD = 3
"""Photos that are read or wait while the detector works on one."""


@dataclass
class Group:
    """Photos in which the same degradations were found.

    Attributes:
        name: see :attr:`core.batch.verdict.Verdict.group`; ``""`` for photos that cannot be opened.
        rows: the photos, in the order of their paths.
        unsure: how many of them are below the minimum confidence.
        least: the lowest confidence among them, 0 to 1.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    unsure: int = 0
    least: float = 1.0


def detect_all(
    source: Path,
    rows: Iterable[Row],
    limits: Limits,
    detector: PhotoDetector,
    detector_hash: str,
    control: Control,
    on_row: Callable[[Row], None],
) -> None:
    """Run the detector on photos; they are read ahead by other threads.

    Args:
        source: the folder of the photos.
        rows: the photos; one that cannot be opened gets the reason as its ``error`` and keeps waiting.
        limits: what a photo may take.
        detector: used on this thread.
        detector_hash: SHA-256 of its file.
        control: asked between the photos.
        on_row: called on this thread with each row and its verdict or error.

    Raises:
        Cancelled: ``control`` was set.
    """
    for row, opened in _read_ahead(source, rows, limits):
        control.check()
        try:
            photo = opened.result()
        except DFPIRError as error:
            on_row(replace(row, error=error.message))
            continue
        verdict, pixels = verdict_to_json(detector.detect(photo)), photo.width * photo.height
        row = replace(row, verdict=verdict, detector=detector_hash, pixels=pixels, error=None)
        on_row(row.with_notes(photo.notes))


def group_rows(rows: Iterable[Row], settings: BatchSettings) -> list[Group]:
    """Group rows by what was found in them, the largest group first; rows without a verdict are left out."""
    groups: dict[str, Group] = {}
    for row in rows:
        if not row.verdict and not (row.error and row.state in (State.WAITING, State.FAILED)):
            continue
        verdict = verdict_from_json(row.verdict) if row.verdict else None
        name = verdict.group if verdict else ""
        group = groups.setdefault(name, Group(name))
        group.rows.append(row)
        if verdict:
            group.unsure += settings.steps_for(verdict) is None
            group.least = min(group.least, verdict.confidence)
    return sorted(groups.values(), key=lambda group: (-len(group.rows), group.name))


def _read_ahead(source: Path, rows: Iterable[Row], limits: Limits) -> Iterator[tuple[Row, "Future[Photo]"]]:
    with ThreadPoolExecutor(_READERS, thread_name_prefix="dfpir-triage") as pool:
        waiting: deque[tuple[Row, Future[Photo]]] = deque()
        try:
            for row in rows:
                waiting.append((row, pool.submit(open_photo, source / row.path, limits)))
                if len(waiting) >= _READ_AHEAD:
                    yield waiting.popleft()
            while waiting:
                yield waiting.popleft()
        except GeneratorExit:
            for _, opened in waiting:
                opened.cancel()
            raise
