"""``dfpir batch``: a folder in, a folder of restored photos out."""

import argparse
import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType
from typing import TYPE_CHECKING, Any

from core.cli.batch_options import add_options, layout_of, machine_of, overrides_of, recipe_of, treatment_of
from core.cli.output import error_text, json_line, print_line, printable, warn
from core.errors import DFPIRError

if TYPE_CHECKING:
    from core.batch import BackendConfig, Batch, BatchSettings, Control, Layout, Plan, Progress, Row, Summary


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "batch",
        help="restore all photos of a folder",
        description="Restore all photos in SRC and the folders below it into the same tree under DST. A journal in DST "
        "remembers what is done: the same command goes on where it was stopped, and does only what is new or has "
        "changed. Nothing in SRC is ever touched.",
        epilog="Exit codes: 0 all went well, 1 some photos failed or were not reached, 2 nothing was tried, 130 "
        "stopped.",
    )
    add_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Plan and carry out. Returns the exit code.

    Raises:
        DFPIRError: nothing can be tried: bad settings, no such model or device, another batch in the same folder.
    """
    from core.batch import Batch, Summary
    from core.batch.report import check_kind

    layout, recipe = layout_of(options), recipe_of(options)
    treatment, machine = treatment_of(options, recipe), machine_of(options, recipe)
    if recipe is not None and recipe.model_sha256 != machine.model_hash():
        warn(f"{options.recipe.name} is of another model, {recipe.model!r}: the results will differ.")
    for file in options.report:
        check_kind(file)
    if options.dry_run:
        return _dry_run(layout, treatment, machine, options)
    with Batch(layout, treatment, machine) as batch:
        plan = _planned(batch, options)
        for line in plan.unreadable:
            warn(f"cannot look into {line}")
        _print_vanished(plan, options)
        if not options.quiet:
            for entry in plan.passed_over:
                warn(f"passed over {entry.path}: {entry.reason}")
        if plan.bytes > plan.free:
            warn(f"the results may need {_size(plan.bytes)}, {_size(plan.free)} are free.")
        told = _Told(options)
        try:
            if options.watch:
                _watch(batch, options, told)
                plan = batch.plan()
                summary = Summary.of(plan.items, plan.unreadable, plan.passed_over)
            elif options.triage:
                summary = _triage(batch, plan, options)
            else:
                summary = _carry_out(batch, plan, options, told)
        except DFPIRError as error:
            if not told.ended:
                raise
            warn(error_text(error))
            with suppress(DFPIRError):  # the journal may be as lost as the target
                plan = batch.plan()
                _write_reports(batch, plan, Summary.of(plan.items, plan.unreadable, plan.passed_over), options)
            return 1  # something was done
        _write_reports(batch, plan, summary, options)
    return summary.exit_code


def _out(options: argparse.Namespace) -> Any:
    """Where counts and the like go: with ``--json``, standard output is for the photos alone."""
    return sys.stderr if options.json else sys.stdout


def _dry_run(
    layout: "Layout", treatment: "BatchSettings", machine: "BackendConfig", options: argparse.Namespace
) -> int:
    from core.batch import make_plan
    from core.batch.journal import known_rows

    model, detector = machine.model_hash(), machine.detector_hash()
    known = known_rows(layout.target)
    again = options.retry_failed
    plan = make_plan(layout, treatment, known, model=model, detector=detector, retry_failed=again)
    for item in plan.items:
        what = f"→ {item.row.output}, about {_size(item.bytes)} ({item.why})" if item.why.runs else f"({item.why})"
        print_line(f"{item.row.path} {what}")
    _print_vanished(plan, options)
    for entry in plan.passed_over:
        print_line(f"{entry.path} (passed over: {entry.reason})")
    for line in plan.unreadable:
        print_line(f"cannot look into {line}")
    counts = ", ".join(f"{number} {why}" for why, number in sorted(plan.counts.items(), key=lambda pair: -pair[1]))
    print(f"{len(plan.items)} photos" + (f": {counts}" if counts else "") + f". {plan.other} other files.")
    print(f"{len(plan.to_run)} to do, about {_size(plan.bytes)}; {_size(plan.free)} are free. Nothing was written.")
    return 0


def _print_vanished(plan: "Plan", options: argparse.Namespace) -> None:
    if plan.vanished:
        are = "photo of an earlier run is" if len(plan.vanished) == 1 else "photos of earlier runs are"
        told = f"{len(plan.vanished)} {are} no longer among those of SRC; results in DST are kept."
        print(told, file=_out(options))


def _planned(batch: "Batch", options: argparse.Namespace) -> "Plan":
    plan = batch.plan(retry_failed=options.retry_failed)
    if not options.set:
        return plan
    from pathspec import PathSpec

    batch.remember(plan)
    for pattern, steps in overrides_of(options):
        chosen = PathSpec.from_lines("gitignore", [pattern])
        batch.set_steps([item.row.path for item in plan.items if chosen.match_file(item.row.path)], steps)
    return batch.plan(retry_failed=options.retry_failed)


def _triage(batch: "Batch", plan: "Plan", options: argparse.Namespace) -> "Summary":
    from core.batch import Control, Summary
    from core.batch.report import record_of
    from core.errors import Cancelled

    control = Control()
    summary = Summary.of(plan.items, plan.unreadable, plan.passed_over)
    try:
        with _stoppable(control), _bar(quiet=False) as bar:
            groups = batch.triage(plan, control, on_progress=lambda progress: _show(bar, progress))
    except Cancelled:
        print("dfpir: stopped; the same command goes on from here.", file=sys.stderr)
        summary.stopped = True
        return summary
    if options.json:
        for row in sorted((row for group in groups for row in group.rows), key=lambda row: row.path):
            print(json_line(record_of(row)))
        return summary
    for group in groups:
        name = group.name.replace("+", " and ").replace("-", " ") or "cannot be opened"
        sure = f"  confidence at least {group.least:.0%}, {group.unsure} to review" if group.name else ""
        print(f"{len(group.rows):8} {name}{sure}")
        for row in group.rows:
            print_line(f"         {row.path}  {_found(row)}")
    print(
        "Nothing was restored. Without --triage the same command acts on this; --group and --set change what is done."
    )
    return summary


def _carry_out(batch: "Batch", plan: "Plan", options: argparse.Namespace, told: "_Told") -> "Summary":
    from core.batch import Control

    control = Control()
    with _stoppable(control), _bar(quiet=options.quiet) as bar:
        summary = batch.run(plan, control, **told.callbacks(bar))
    _print_counts(summary, _out(options))
    if summary.stopped:
        print("dfpir: stopped; the same command goes on from here.", file=sys.stderr)
    return summary


def _watch(batch: "Batch", options: argparse.Namespace, told: "_Told") -> None:
    from core.batch import Control
    from core.batch.watch import watch

    control = Control()
    begun: list[Summary] = []

    def on_summary(summary: "Summary") -> None:
        if not begun:
            _print_counts(summary, _out(options))
            print(printable(f"Watching {batch.layout.source}. Ctrl+C ends it."), file=_out(options), flush=True)
        begun.append(summary)

    with _stoppable(control), _bar(quiet=options.quiet) as bar:
        watch(batch, control, on_summary=on_summary, retry_failed=options.retry_failed, **told.callbacks(bar))


class _Told:
    """Prints what becomes of photos.

    Attributes:
        ended: how many have ended.
    """

    def __init__(self, options: argparse.Namespace) -> None:
        self.ended = 0
        self._json, self._quiet = options.json, options.quiet

    def callbacks(self, bar: Any) -> dict[str, Any]:
        """The callbacks for a run; ``bar`` shows its progress."""
        return {
            "on_row": lambda row: self._photo(bar, row),
            "on_progress": lambda progress: _show(bar, progress),
            "on_note": lambda text: bar.write(printable(f"dfpir: {text}"), file=sys.stderr),
        }

    def _photo(self, bar: Any, row: "Row") -> None:
        from core.batch import State
        from core.batch.journal import notes_of
        from core.batch.report import record_of

        self.ended += 1
        if row.state is State.FAILED:
            bar.write(printable(f"dfpir: {row.error}{_outdated(row)}"), file=sys.stderr)
        elif not (self._quiet or self._json):
            bar.write(printable(_line(row) + _outdated(row)), file=sys.stdout)
            sys.stdout.flush()
        if not self._quiet:
            for note in notes_of(row):
                bar.write(printable(f"dfpir: {row.path}: {note}"), file=sys.stderr)
        if self._json:
            bar.write(json_line(record_of(row)), file=sys.stdout)
            sys.stdout.flush()


def _print_counts(summary: "Summary", file: Any) -> None:
    for words, number in summary.lines:
        print(f"{number:8} {words}", file=file)
    print(f"{summary.total:8} photos in all, {summary.seconds:.1f} s" + _waited(summary), file=file)
    if summary.outdated:
        told = f"{summary.outdated:8} of them with an earlier result in DST that is out of date; a report names it"
        print(told, file=file)
    if summary.passed_over:
        told = "passed over, pictures that are not restored; a report tells why"
        print(f"{len(summary.passed_over):8} {told}", file=file)


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Any]:
    from tqdm import tqdm

    shape = "{percentage:3.0f}% |{bar}| {desc}"
    with tqdm(total=1.0, bar_format=shape, leave=False, disable=True if quiet else None, file=sys.stderr) as bar:
        yield bar


def _show(bar: Any, progress: "Progress") -> None:
    bar.set_description_str(f"{progress.done}/{progress.total}{_left(progress.seconds_left)}", refresh=False)
    bar.update(progress.fraction - bar.n)


def _write_reports(batch: "Batch", plan: "Plan", summary: "Summary", options: argparse.Namespace) -> None:
    from core.batch.report import Report, write_report

    if options.report:
        report = Report.of(batch.layout.source, batch.layout.target, plan, summary, batch.journal.rows())
        for file in options.report:
            write_report(report, file)
            print(printable(str(file)), file=_out(options))


@contextmanager
def _stoppable(control: "Control") -> Iterator[None]:
    """Let the first interrupt stop the run at its next safe point, and the second one end the program."""

    def stop(number: int, frame: FrameType | None) -> None:
        if control.cancelled:
            raise KeyboardInterrupt
        print("\ndfpir: stopping; once more to end at once.", file=sys.stderr)
        control.cancel()

    try:
        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # not on the main thread, which alone hears signals
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _line(row: "Row") -> str:
    from core.batch import State
    from core.batch.report import steps_in_words

    match row.state:
        case State.RESTORED:
            return f"{row.output}  ({steps_in_words(row.steps)}; {row.seconds:.1f} s, {row.device})"
        case State.COPIED:
            return f"{row.output}  (clean: copied)"
        case State.REVIEW:
            return f"{row.path}: to review. {row.error}"
        case _:
            return f"{row.path}: clean, left out"


def _outdated(row: "Row") -> str:
    from core.batch import stale_results

    return "".join(f" The earlier result {path} is out of date." for path in stale_results.files(row))


def _waited(summary: "Summary") -> str:
    return f"; the device waited for the disk {summary.waiting.share:.0%} of its time" if summary.waiting.total else ""


def _found(row: "Row") -> str:
    from core.batch.job import confidence

    if not row.verdict:
        return row.error
    verdict = json.loads(row.verdict)
    return f"{verdict['label']} ({confidence(verdict):.0%})"


def _left(seconds: float | None) -> str:
    if seconds is None:
        return ""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f", {hours}:{minutes:02}:{rest:02} left" if hours else f", {minutes}:{rest:02} left"


def _size(count: int) -> str:
    for limit, unit in ((10**9, "GB"), (10**6, "MB")):
        if count >= limit:
            return f"{count / limit:.1f} {unit}"
    return f"{count / 1000:.0f} kB"
