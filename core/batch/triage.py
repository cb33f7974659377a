"""Looking at all photos of a plan before any is restored."""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

from core.batch.control import Control
from core.batch.job import Detects, confidence, decide, group_of
from core.batch.journal import Journal, Row, State, with_notes
from core.batch.limits import Limits, open_photo
from core.batch.progress import Meter, Progress
from core.batch.settings import BatchSettings
from core.errors import DFPIRError
from core.photo import Photo

_READERS = 2
_AHEAD = 3
"""Photos that are read or wait while the detector looks at one."""


@dataclass
class Group:
    """Photos in which the same was found.

    Attributes:
        name: see :func:`core.batch.job.group_of`; ``""`` for photos that cannot be opened.
        rows: the photos, in the order of their paths.
        unsure: how many of them the detector is not sure enough about.
        least: the lowest confidence among them, 0 to 1.
    """

    name: str
    rows: list[Row] = field(default_factory=list)
    unsure: int = 0
    least: float = 1.0


def look(
    source: Path,
    rows: Iterable[Row],
    limits: Limits,
    journal: Journal,
    detector: Detects,
    detector_hash: str,
    control: Control,
    meter: Meter,
    on_row: Callable[[Row], None],
    on_progress: Callable[[Progress], None],
) -> None:
    """Let the detector judge photos, and store what it finds in their rows; photos are read ahead by other threads.

    Args:
        source: the folder of the photos.
        rows: those to look at; a photo that cannot be opened gets the reason as its ``error`` and goes on waiting.
        limits: what a photo may take.
        journal: where the rows are.
        detector: used on this thread.
        detector_hash: SHA-256 of its file.
        control: asked between the photos.
        meter: of these rows.
        on_row: called on this thread with each row as it is stored.
        on_progress: called on this thread after each photo.

    Raises:
        Cancelled: ``control`` was set; what was found so far is stored.
    """
    for row, opened in _ahead(source, rows, limits):
        control.check()
        try:
            photo = opened.result()
        except DFPIRError as error:
            row = replace(row, error=str(error))
        else:
            verdict = json.dumps(detector.detect(photo).to_dict())
            pixels = photo.width * photo.height
            row = replace(row, verdict=verdict, detector=detector_hash, pixels=pixels, error="")
            row = with_notes(row, photo.notes)
        journal.put([row])
        on_row(row)
        on_progress(meter.ended(row.path))


def grouped(rows: Iterable[Row], treatment: BatchSettings) -> list[Group]:
    """Rows by what was found in them, the largest group first; rows that were not looked at are left out."""
    groups: dict[str, Group] = {}
    for row in rows:
        if not row.verdict and not (row.error and row.state in (State.WAITING, State.FAILED)):
            continue
        verdict = json.loads(row.verdict) if row.verdict else None
        name = group_of(verdict) if verdict else ""
        group = groups.setdefault(name, Group(name))
        group.rows.append(row)
        if verdict:
            group.unsure += isinstance(decide(verdict, treatment), str)
            group.least = min(group.least, confidence(verdict))
    return sorted(groups.values(), key=lambda group: (-len(group.rows), group.name))


def _ahead(source: Path, rows: Iterable[Row], limits: Limits) -> Iterator[tuple[Row, "Future[Photo]"]]:
    with ThreadPoolExecutor(_READERS, thread_name_prefix="dfpir-triage") as pool:
        waiting: deque[tuple[Row, Future[Photo]]] = deque()
        try:
            for row in rows:
                waiting.append((row, pool.submit(open_photo, source / row.path, limits)))
                if len(waiting) >= _AHEAD:
                    yield waiting.popleft()
            while waiting:
                yield waiting.popleft()
        except GeneratorExit:
            for _, opened in waiting:
                opened.cancel()
            raise
