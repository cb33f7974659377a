"""The report as a page: counts, and a row for each photo with small pictures of before and after."""

import os
from concurrent.futures import ThreadPoolExecutor
from html import escape
from itertools import count, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from core.batch.journal import Row
from core.batch.thumbnails import thumbnail
from core.io.atomic import mode_like, replace
from core.io.os_errors import display_path
from core.io.temp_files import temporary_file
from core.progress import CancelToken, ProgressCallback

if TYPE_CHECKING:
    from core.batch.report import Report

_SIDE = 160
_READERS = 4  # the disk and the decoders take turns

_STYLE = """
body { font: 14px/1.5 system-ui, sans-serif; margin: 32px; color: #222; background: #fff; }
@media (prefers-color-scheme: dark) { body, th { color: #ddd; background: #1c1c1c !important; } }
h1 { font-size: 20px; } dl { display: grid; grid-template-columns: max-content max-content; gap: 0 24px; }
dd { margin: 0; text-align: right; font-variant-numeric: tabular-nums; }
dt:last-of-type, dd:last-of-type { font-weight: 600; }
table { border-collapse: collapse; width: 100%; } td, th { padding: 8px; text-align: left; vertical-align: top; }
th { position: sticky; top: 0; background: #fff; } tr + tr td { border-top: 1px solid #8884; }
img { display: block; max-width: 160px; max-height: 160px; } .failed td { color: #c0392b; }
.group th { position: static; padding-top: 32px; font-size: 16px; }
"""

_HEADINGS = ("Before", "After", "Photo", "Found", "Steps", "State", "Seconds", "Reason and notes")


def page(report: "Report", file: Path, progress: ProgressCallback, cancel: CancelToken) -> str:
    """The page's text. The thumbnails are written to a folder beside ``file``, which has its name and ``-files``.

    Args:
        report: what to tell.
        file: of the page.
        progress: called with the finished share, from any thread.
        cancel: asked between the thumbnails.

    Raises:
        OSError: the folder or a thumbnail cannot be written.
        Cancelled: ``cancel`` was set.
    """
    folder = file.with_name(f"{file.stem}-files")
    folder.mkdir(exist_ok=True)
    with ThreadPoolExecutor(_READERS, thread_name_prefix="dfpir-report") as pool:
        made, total = count(1), len(report.rows)

        def pictures_of(pair: tuple[int, Row]) -> tuple[str, str]:
            cancel.check()
            addresses = _pictures(report, folder, *pair)
            progress(next(made) / (total + 1))
            return addresses

        pictures = list(pool.map(pictures_of, enumerate(report.rows)))
    listed = sorted(zip(report.records(), pictures, strict=True), key=lambda pair: _order(pair[0]))
    rows = "\n".join(
        f'<tr class="group"><th colspan="{len(_HEADINGS)}">{escape(group)}</th></tr>\n'
        + "\n".join(_row(record, before, after) for record, (before, after) in members)
        for group, members in groupby(listed, key=lambda pair: _heading(pair[0]))
    )
    counts = [*report.summary.lines, ("photos in all", report.summary.total)]
    if report.summary.passed_over:
        counts.insert(0, ("passed over, not counted below", len(report.summary.passed_over)))
    facts = "".join(f"<dt>{escape(words)}</dt><dd>{number}</dd>" for words, number in counts)
    old = report.summary.outdated
    outdated = f"<p>Photos with an earlier result that is out of date: {old}</p>\n" if old else ""
    unread = "".join(f"<p>Folder that could not be read: {_escaped(line)}</p>" for line in report.summary.unreadable)
    over = "\n".join(
        f"<tr><td>{_escaped(display_path(Path(entry.path)))}</td><td>{_escaped(entry.reason)}</td></tr>"
        for entry in report.summary.passed_over
    )
    if over:
        over = f"<h2>Passed over</h2>\n<table><tbody>\n{over}\n</tbody></table>"
    title = f"{display_path(Path(report.source.name))} → {display_path(Path(report.target.name))}"
    heading = "".join(f"<th>{words}</th>" for words in _HEADINGS)
    seconds, share = report.summary.seconds, report.summary.waiting.share
    return (
        f'<!doctype html>\n<html lang="en"><meta charset="utf-8"><title>{_escaped(title)}</title>'
        f"<style>{_STYLE}</style>\n<h1>{_escaped(title)}</h1>\n<dl>{facts}</dl>\n"
        f"<p>{seconds:.1f} s, of which the device waited for the disk {share:.0%}.</p>\n{outdated}{unread}"
        f"<table><thead><tr>{heading}</tr></thead>\n<tbody>\n{rows}\n</tbody></table>\n{over}</html>\n"
    )


def _pictures(report: "Report", folder: Path, number: int, row: Row) -> tuple[str, str]:
    """Addresses of the thumbnails before and after, relative to the page; ``""`` where there is none."""
    sources = [("before", report.source / row.path)]
    if row.state.has_result:
        sources.append(("after", report.target / row.output))
    made = {"before": "", "after": ""}
    for name, photo in sources:
        data = thumbnail(photo, _SIDE)
        if data is not None:
            picture = folder / f"{number:06}-{name}.jpg"
            with temporary_file(folder, mode_like(report.source / row.path, photo)) as temporary:
                temporary.write_bytes(data)
                replace(temporary, picture)  # also where one of an earlier report could be read by more people
            made[name] = quote(os.fsencode(f"{folder.name}/{picture.name}"))
    return made["before"], made["after"]


def _order(record: dict[str, Any]) -> tuple[bool, str, str]:
    return record["state"] != "failed", _heading(record), record["source"]


def _heading(record: dict[str, Any]) -> str:
    """What the photo is listed under: failed ones first, others by what was found in them."""
    if record["state"] == "failed":
        return "Failed"
    return (record["group"] or "Restored as asked").replace("-", " ").replace("+", " and ").capitalize()


def _row(record: dict[str, Any], before: str, after: str) -> str:
    state = record["state"] + (f" ({record['skipped']})" if record["skipped"] else "")
    found = record["found"] or ""
    if record["confidence"] is not None:
        found += f" ({record['confidence']:.0%})"
    words = (record["source"], found, record["steps"].replace(",", ", "), state)
    cells = [_image(before, "before"), _image(after, "after"), *map(_escaped, words)]
    reasons = [record["reason"] or "", *record["notes"], *map(_outdated, record["out_of_date"])]
    cells += [f"{record['seconds']:.1f}", "<br>".join(_escaped(reason) for reason in reasons if reason)]
    return f'<tr class="{record["state"]}">' + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _outdated(path: str) -> str:
    return f"Out of date: {path} is of an earlier version of the photo, or of other settings."


def _image(address: str, words: str) -> str:
    return f'<img loading="lazy" src="{address}" alt="{words}">' if address else ""


def _escaped(text: str) -> str:
    return escape(text.encode("utf-8", "replace").decode())
