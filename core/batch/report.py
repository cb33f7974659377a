"""The result for every photo, as CSV, JSON or an HTML page with thumbnails."""

import csv
import io
import json
import os
import re
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib import resources
from itertools import count, groupby
from pathlib import Path
from typing import Any
from urllib.parse import quote

from core.batch.plan import Plan, Why
from core.batch.progress import Summary
from core.batch.rows import Row, State
from core.batch.settings import steps_text
from core.batch.verdict import verdict_from_json
from core.errors import BatchError, PhotoError
from core.io import atomic
from core.io.os_errors import display_path, write_failure
from core.io.temp_files import temporary_file
from core.messages import message, with_advice_once
from core.photo.libvips import vips, vips_errors
from core.photo.previews import read_preview
from core.progress import CancelToken, ProgressCallback, no_progress

REPORT_SUFFIXES = (".csv", ".json", ".html")
"""Endings of report files; each is a format of its own."""

_FORMULAS = re.compile(r"^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[=+\-@＝＋－＠])")
"""Where a cell would become a formula: https://owasp.org/www-community/attacks/CSV_Injection

Not only at its beginning: in many countries spreadsheets separate columns by semicolons.
"""

Record = dict[str, Any]
"""What a report holds of one photo, as values for JSON."""

_TEMPLATE = "report.html.jinja"
_THUMBNAIL_SIDE = 160
_THUMBNAIL_QUALITY = 80
_READERS = 4  # while one decodes, others read from the disk


@dataclass(frozen=True)
class Report:
    """Everything that a report contains.

    Attributes:
        source: the folder that was read.
        target: the folder of the results.
        summary: the counts.
        rows: what the journal holds of each photo of the plan, in the order of their paths.
        before: path -> why it was not worked on in this run.
    """

    source: Path
    target: Path
    summary: Summary
    rows: Sequence[Row]
    before: dict[str, Why]

    @classmethod
    def from_plan(cls, source: Path, target: Path, plan: Plan, summary: Summary, rows: Iterable[Row]) -> "Report":
        """The report on a plan that was carried out; ``rows`` are all of the journal."""
        planned = {item.row.path: item.why for item in plan.items}
        before = {path: why for path, why in planned.items() if not why.runs}
        listed = [row.without_removed(target) for row in rows if row.path in planned]
        return cls(source, target, summary, listed, before)

    def records(self) -> list[Record]:
        """One dictionary of plain values for each photo."""
        return [to_record(row, self.before.get(row.path)) for row in self.rows]


def to_record(row: Row, skipped: Why | None = None) -> Record:
    """What the journal holds of a photo, as plain values; ``skipped``: why it was not worked on in this run."""
    verdict = verdict_from_json(row.verdict) if row.verdict else None
    return {
        "source": _text(row.path),
        "state": row.state.value,
        "skipped": skipped.value if skipped is not None else None,
        "group": verdict.group if verdict else None,
        "found": str(verdict.label) if verdict else None,
        "confidence": verdict.confidence if verdict else None,
        "steps": steps_text(row.steps),
        "output": _text(row.output) if row.state.has_result else None,
        "seconds": row.seconds,
        "device": row.device or None,
        "model": row.model or None,
        "pixels": row.pixels or None,
        "bytes": row.size,
        "output_bytes": row.output_size if row.state.has_result else None,
        "reason": str(row.error) if row.error else None,
        "warnings": list(map(str, row.warnings)),
        "notes": list(map(str, row.notes)),
        "sidecars": [_text(entry.path) for entry in row.sidecars] if row.state.has_result else [],
        "out_of_date": [_text(path) for path in row.outdated],
    }


def write_report(
    report: Report, file: Path, *, progress: ProgressCallback = no_progress, cancel: CancelToken | None = None
) -> None:
    """Write a report; the ending of ``file`` decides its format. An existing file is replaced.

    The thumbnails of an HTML page are written to a folder beside it, which has its name and ``-files``.

    Args:
        report: what to write.
        file: where to.
        progress: called with the finished share, from any thread.
        cancel: asked between the thumbnails, and before the file is replaced.

    Raises:
        BatchError: another ending, or the file cannot be written.
        Cancelled: ``cancel`` was set; ``file`` is unchanged.
    """
    check_report_file(file)
    try:
        if file.suffix == ".html":
            text = to_html(report, file, progress, cancel or CancelToken())
        else:
            text = to_csv(report) if file.suffix == ".csv" else to_json(report)
        if cancel is not None:
            cancel.check()
        atomic.publish(text.encode("utf-8", "replace"), file, overwrite=True)
        progress(1.0)
    except OSError as error:
        raise BatchError(write_failure(error, file)) from error


def check_report_file(file: Path) -> None:
    """Check that a report can be written to ``file``.

    Raises:
        BatchError: its ending is not one of :data:`REPORT_SUFFIXES`, or its folder does not exist.
    """
    if file.suffix not in REPORT_SUFFIXES:
        raise BatchError(
            message(
                "A report cannot be written to {file}. Choose a name that ends in one of: {endings}.",
                file=display_path(file),
                endings=REPORT_SUFFIXES,
            )
        )
    if not file.parent.is_dir():
        raise BatchError(
            message(
                "The folder {folder} does not exist. Create it, or choose another one.",
                folder=display_path(file.parent),
            )
        )


def to_csv(report: Report) -> str:
    """The photos, and the pictures that were passed over, as a table with a heading, for spreadsheets.

    A text that a spreadsheet would take for a formula gets an apostrophe before it. Numbers stay numbers.
    """
    stream = io.StringIO()
    passed_over = [
        {"source": _text(entry.path), "state": "passed over", "reason": str(entry.reason)}
        for entry in report.summary.passed_over
    ]
    columns = list(to_record(Row("")))
    table = csv.DictWriter(stream, columns, lineterminator="\r\n")
    table.writeheader()
    records = (*report.records(), *passed_over)
    table.writerows({name: _cell(value) for name, value in record.items()} for record in records)
    return "\ufeff" + stream.getvalue()  # without this mark Excel reads UTF-8 as Latin-1


def _cell(value: object) -> object:
    text = "; ".join(value) if isinstance(value, list) else value
    return _FORMULAS.sub("'", text) if isinstance(text, str) else text


def to_json(report: Report) -> str:
    """Counts and photos as one object."""
    summary = report.summary
    counts = {
        "total": summary.total,
        **dict(summary.lines),
        "out_of_date": summary.outdated,
        "passed over": len(summary.passed_over),
        "unreadable_folders": list(map(_printable, summary.unreadable)),
        "seconds": round(summary.seconds, 3),
        "waiting_share": round(summary.idle.share, 4),
        "stopped": summary.stopped,
    }
    whole = {
        "source": _text(str(report.source)),
        "target": _text(str(report.target)),
        "summary": counts,
        "photos": report.records(),
        "passed_over": [{"source": _text(entry.path), "reason": str(entry.reason)} for entry in summary.passed_over],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def to_html(report: Report, file: Path, progress: ProgressCallback, cancel: CancelToken) -> str:
    """Counts, and a row for each photo with thumbnails before and after. Writes the thumbnails.

    Args:
        report: what to write.
        file: of the page.
        progress: called with the finished share, from any thread.
        cancel: asked between the thumbnails.

    Raises:
        OSError: the folder or a thumbnail cannot be written.
        Cancelled: ``cancel`` was set.
    """
    from jinja2 import Environment, StrictUndefined

    summary = report.summary
    thumbnails = _write_thumbnails(report, file, progress, cancel)
    entries = sorted(map(_page_entry, report.rows, report.records(), thumbnails), key=_order)
    counts = [*summary.lines, ("photos in all", summary.total)]
    if summary.passed_over:
        counts.insert(0, ("passed over, not counted below", len(summary.passed_over)))
    source = (resources.files("resources") / _TEMPLATE).read_text("utf-8")
    environment = Environment(autoescape=True, undefined=StrictUndefined, keep_trailing_newline=True)
    return environment.from_string(source).render(
        title=f"{_text(report.source.name)} → {_text(report.target.name)}",
        summary=summary,
        counts=counts,
        unreadable=list(map(_printable, summary.unreadable)),
        groups=[(group, list(members)) for group, members in groupby(entries, key=lambda entry: entry.group)],
        passed_over=[(_text(entry.path), _printable(entry.reason)) for entry in summary.passed_over],
    )


@dataclass(frozen=True)
class _PageEntry:
    """A photo's row of the page: its record, its group, and what the other columns show."""

    record: Record
    group: str
    found: str
    before: str
    after: str
    reasons: list[str]


def _page_entry(row: Row, record: Record, thumbnails: tuple[str, str]) -> _PageEntry:
    found = record["found"] or ""
    if record["confidence"] is not None:
        found += f" ({record['confidence']:.0%})"
    outdated = (
        f"Out of date: {path} is of an earlier version of the photo, or of other settings."
        for path in record["out_of_date"]
    )
    # A result that was withheld has its warnings in the reason.
    warnings = () if record["reason"] else with_advice_once(row.warnings)
    if record["state"] == State.FAILED:
        group = "Failed"
    else:
        group = (record["group"] or "Restored as asked").replace("-", " ").replace("+", " and ").capitalize()
    reasons = [_printable(text) for text in (record["reason"], *warnings, *record["notes"], *outdated) if text]
    return _PageEntry(record, group, found, *thumbnails, reasons)


def _order(entry: _PageEntry) -> tuple[bool, str, str]:
    return entry.record["state"] != State.FAILED, entry.group, entry.record["source"]


def _write_thumbnails(
    report: Report, file: Path, progress: ProgressCallback, cancel: CancelToken
) -> list[tuple[str, str]]:
    """Write the thumbnails of all photos; returns the addresses before and after for each."""
    folder = file.with_name(f"{file.stem}-files")
    folder.mkdir(exist_ok=True)
    written, total = count(1), len(report.rows)

    def write(numbered: tuple[int, Row]) -> tuple[str, str]:
        cancel.check()
        addresses = _write_thumbnail_pair(report, folder, *numbered)
        progress(next(written) / (total + 1))
        return addresses

    with ThreadPoolExecutor(_READERS, thread_name_prefix="dfpir-report") as pool:
        return list(pool.map(write, enumerate(report.rows)))


def _write_thumbnail_pair(report: Report, folder: Path, number: int, row: Row) -> tuple[str, str]:
    """Addresses of the thumbnails before and after, relative to the page; ``""`` where there is none."""
    photos = [("before", report.source / row.path)]
    if row.state.has_result:
        photos.append(("after", report.target / row.output))
    addresses = {"before": "", "after": ""}
    for name, photo in photos:
        data = thumbnail(photo, _THUMBNAIL_SIDE)
        if data is not None:
            file = folder / f"{number:06}-{name}.jpg"
            with temporary_file(folder, atomic.mode_like(report.source / row.path, photo)) as temporary:
                temporary.write_bytes(data)
                atomic.replace(temporary, file)  # the permissions of an earlier report's file may have been wider
            addresses[name] = quote(os.fsencode(f"{folder.name}/{file.name}"))
    return addresses["before"], addresses["after"]


def thumbnail(file: Path, side: int) -> bytes | None:
    """A small upright sRGB JPEG of a photo, or None if none can be made with bounded memory.

    Args:
        file: the photo.
        side: the longer side, pixels; smaller photos are not enlarged.
    """
    try:
        pixels = read_preview(file, side)
        height, width, bands = pixels.shape
        image = vips().Image.new_from_memory(pixels, width, height, bands, "uchar").copy(interpretation="srgb")
        return bytes(image.jpegsave_buffer(Q=_THUMBNAIL_QUALITY, keep="none"))
    except vips_errors(PhotoError, OSError):
        return None


def _text(path: str) -> str:
    return display_path(Path(path))


def _printable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()
