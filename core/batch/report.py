"""What became of every photo, as CSV, JSON or a page of HTML."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.batch import sidecars, stale_results
from core.batch.job import confidence, group_of
from core.batch.journal import Row, notes_of
from core.batch.plan import Plan, Why
from core.batch.settings import read
from core.batch.summary import Summary
from core.errors import BatchError
from core.io import atomic
from core.io.os_errors import display_path, write_failure
from core.progress import CancelToken, ProgressCallback, no_progress

_FORMULAS = re.compile(r"^(?=[\t\r\n])|(?:^|(?<=[;\t\r\n]))(?=[=+\-@＝＋－＠])")
"""Where a cell would become a formula: https://owasp.org/www-community/attacks/CSV_Injection

Not at its beginning alone: in many countries spreadsheets part the columns of a table at semicolons.
"""

KINDS = (".csv", ".json", ".html")
"""Endings of report files; each is a kind of its own."""


@dataclass(frozen=True)
class Report:
    """All that a report tells.

    Attributes:
        source: the folder that was read.
        target: the folder that results went to.
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
    def of(cls, source: Path, target: Path, plan: Plan, summary: Summary, rows: Iterable[Row]) -> "Report":
        """The report on a plan that was carried out; ``rows`` are all of the journal."""
        planned = {item.row.path: item.why for item in plan.items}
        before = {path: why for path, why in planned.items() if not why.runs}
        listed = [stale_results.still_there(row, target) for row in rows if row.path in planned]
        return cls(source, target, summary, listed, before)

    def records(self) -> list[dict[str, Any]]:
        """One dictionary of plain values for each photo."""
        return [record_of(row, self.before.get(row.path)) for row in self.rows]


def record_of(row: Row, skipped: Why | None = None) -> dict[str, Any]:
    """What the journal holds of a photo, as plain values; ``skipped`` tells why it was not worked on in this run."""
    verdict = json.loads(row.verdict) if row.verdict else None
    return {
        "source": _text(row.path),
        "state": row.state.value,
        "skipped": skipped.value if skipped is not None else None,
        "group": group_of(verdict) if verdict else None,
        "found": verdict["label"] if verdict else None,
        "confidence": confidence(verdict) if verdict else None,
        "steps": steps_in_words(row.steps),
        "output": _text(row.output) if row.state.has_result else None,
        "seconds": row.seconds,
        "device": row.device or None,
        "model": row.model or None,
        "pixels": row.pixels or None,
        "bytes": row.size,
        "output_bytes": row.output_size if row.state.has_result else None,
        "reason": row.error or None,
        "notes": list(notes_of(row)),
        "sidecars": [_text(entry.path) for entry in sidecars.read(row.sidecars)] if row.state.has_result else [],
        "out_of_date": [_text(path) for path in stale_results.files(row)],
    }


def write_report(
    report: Report, file: Path, *, progress: ProgressCallback = no_progress, cancel: CancelToken | None = None
) -> None:
    """Write a report; the ending of ``file`` decides its kind. An existing file is replaced.

    A page of HTML keeps its thumbnails in a folder beside it.

    Args:
        report: what to tell.
        file: where to.
        progress: called with the finished share, from any thread.
        cancel: asked between the thumbnails, and before the file is replaced.

    Raises:
        BatchError: another ending, or the file cannot be written.
        Cancelled: ``cancel`` was set; ``file`` is as it was.
    """
    check_kind(file)
    try:
        if file.suffix == ".html":
            from core.batch.report_html import page

            text = page(report, file, progress, cancel or CancelToken())
        else:
            text = as_csv(report) if file.suffix == ".csv" else as_json(report)
        if cancel is not None:
            cancel.check()
        atomic.publish(text.encode("utf-8", "replace"), file, overwrite=True)
        progress(1.0)
    except OSError as error:
        raise BatchError(write_failure(error, file)) from error


def check_kind(file: Path) -> None:
    """Raise :class:`BatchError` unless the ending of ``file`` is one of :data:`KINDS` and its folder is there."""
    if file.suffix not in KINDS:
        raise BatchError(f"{display_path(file)} is no report that can be written. End its name in {', '.join(KINDS)}.")
    if not file.parent.is_dir():
        raise BatchError(f"The folder {display_path(file.parent)} does not exist. Make it, or choose another one.")


def as_csv(report: Report) -> str:
    """The photos, and the pictures that were passed over, as a table with a heading, for spreadsheets.

    A text that a spreadsheet would take for a formula has an apostrophe before it, which makes it a text. Numbers stay
    numbers.
    """
    stream = io.StringIO()
    records = report.records()
    over = [
        {"source": _text(entry.path), "state": "passed over", "reason": entry.reason}
        for entry in report.summary.passed_over
    ]
    names = list(record_of(Row("")))
    table = csv.DictWriter(stream, names, lineterminator="\r\n")
    table.writeheader()
    table.writerows({name: _cell(value) for name, value in record.items()} for record in (*records, *over))
    return "\ufeff" + stream.getvalue()  # Excel takes UTF-8 for Latin-1 without this mark


def _cell(value: Any) -> Any:
    text = "; ".join(value) if isinstance(value, list) else value
    return _FORMULAS.sub("'", text) if isinstance(text, str) else text


def as_json(report: Report) -> str:
    """Counts and photos as one object."""
    summary = report.summary
    counts = {
        "total": summary.total,
        **dict(summary.lines),
        "out_of_date": summary.outdated,
        "passed over": len(summary.passed_over),
        "unreadable_folders": [line.encode("utf-8", "replace").decode() for line in summary.unreadable],
        "seconds": round(summary.seconds, 3),
        "waiting_share": round(summary.waiting.share, 4),
        "stopped": summary.stopped,
    }
    whole = {
        "source": _text(str(report.source)),
        "target": _text(str(report.target)),
        "summary": counts,
        "photos": report.records(),
        "passed_over": [{"source": _text(entry.path), "reason": entry.reason} for entry in summary.passed_over],
    }
    return json.dumps(whole, ensure_ascii=False, indent=1) + "\n"


def steps_in_words(steps: str) -> str:
    """Steps of the journal as one writes them on the command line: ``"haze,noise25:0.5"``."""
    parts = read(steps) if steps else ()
    return ",".join(key if strength == 1 else f"{key}:{strength:g}" for key, strength in parts)


def _text(path: str) -> str:
    return display_path(Path(path))
