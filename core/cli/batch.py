"""``dfpir batch``: restores all photos of a folder into another one."""

import argparse
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING, Any, TextIO

from core.cli.batch_options import add_options, config_from, layout_from, overrides_from, recipe_from, settings_from
from core.cli.output import error_text, json_line, print_line, printable, time_left, warn, with_file
from core.errors import DFPIRError
from core.io.sizes import size_text
from core.messages import with_advice_once
from core.presets import is_preset

if TYPE_CHECKING:
    from core.batch import BackendConfig, Batch, BatchSettings, Control, Layout, Plan, Progress, Row, Summary


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "batch",
        help="restore all photos of a folder",
        description="Restore all photos in SRC and its subfolders into the same tree under DST. A journal in DST "
        "records what is done: the same command continues where it was stopped, and does only what is new or has "
        "changed. Nothing in SRC is ever changed.",
        epilog="Exit codes: 0 no failures, 1 some photos failed or were not reached, 2 nothing was started, "
        "130 stopped.",
    )
    add_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Plan and carry out. Returns the exit code.

    Raises:
        DFPIRError: nothing can be started: bad settings, no such model or device, another batch in the same folder.
    """
    from core.batch import Batch, Summary
    from core.batch.report import check_report_file

    layout, recipe = layout_from(options), recipe_from(options)
    settings, config = settings_from(options, recipe), config_from(options, recipe)
    if recipe is not None and not is_preset(recipe) and recipe.model_sha256 != config.model_hash():
        warn(f"{options.recipe} is of another model, {recipe.model!r}: the results will differ.")
    for file in options.report:
        check_report_file(file)
    if options.dry_run:
        return _dry_run(layout, settings, config, options)
    with Batch(layout, settings, config) as batch:
        plan = _plan(batch, options)
        _warn_about(plan, options)
        printer = _Printer(options)
        try:
            if options.watch:
                _watch(batch, options, printer)
                plan = batch.plan()
                summary = Summary.from_plan(plan)
            elif options.triage:
                summary = _triage(batch, plan, options)
            else:
                summary = _run_plan(batch, plan, options, printer)
        except DFPIRError as error:
            if not printer.count:
                raise
            warn(error_text(error))
            with suppress(DFPIRError):  # the journal may be lost with the target
                plan = batch.plan()
                _write_reports(batch, plan, Summary.from_plan(plan), options)
            return 1  # something was done
        _write_reports(batch, plan, summary, options)
    return summary.exit_code


def _counts_stream(options: argparse.Namespace) -> TextIO:
    """Where counts and the like go: with ``--json``, standard output has only the photos."""
    return sys.stderr if options.json else sys.stdout


def _dry_run(layout: "Layout", settings: "BatchSettings", config: "BackendConfig", options: argparse.Namespace) -> int:
    from core.batch import make_plan
    from core.batch.journal import known_rows

    plan = make_plan(
        layout,
        settings,
        known_rows(layout.target),
        model=config.model_hash(),
        detector=config.detector_hash(),
        retry_failed=options.retry_failed,
    )
    for item in plan.items:
        result = f"→ {item.row.output}, about {size_text(item.bytes)} " if item.why.runs else ""
        print_line(f"{item.row.path} {result}({item.why})")
    _print_vanished(plan, options)
    for entry in plan.passed_over:
        print_line(f"{entry.path} (passed over: {entry.reason})")
    for line in plan.unreadable:
        print_line(f"cannot read folder {line}")
    counts = ", ".join(f"{number} {why}" for why, number in sorted(plan.counts.items(), key=lambda pair: -pair[1]))
    print(
        f"{len(plan.items)} photos"
        + (f": {counts}" if counts else "")
        + f". {plan.other} other file{'s' * (plan.other != 1)}."
    )
    needed, free = size_text(plan.bytes), size_text(plan.free)
    print(f"{len(plan.to_run)} to do, about {needed}; {free} are free. Nothing was written.")
    return 0


def _warn_about(plan: "Plan", options: argparse.Namespace) -> None:
    for line in plan.unreadable:
        warn(f"cannot read folder {line}")
    _print_vanished(plan, options)
    if not options.quiet:
        for entry in plan.passed_over:
            warn(f"passed over {entry.path}: {entry.reason}")
    if plan.bytes > plan.free:
        warn(f"the results may need {size_text(plan.bytes)}, {size_text(plan.free)} are free.")


def _print_vanished(plan: "Plan", options: argparse.Namespace) -> None:
    if plan.vanished:
        are = "photo of an earlier run is" if len(plan.vanished) == 1 else "photos of earlier runs are"
        line = f"{len(plan.vanished)} {are} no longer among those of SRC; results in DST are kept."
        print(line, file=_counts_stream(options))


def _plan(batch: "Batch", options: argparse.Namespace) -> "Plan":
    """The plan, after the steps of ``--set`` were stored."""
    plan = batch.plan(retry_failed=options.retry_failed)
    if not options.set:
        return plan
    from pathspec import PathSpec

    batch.remember(plan)
    for pattern, steps in overrides_from(options):
        spec = PathSpec.from_lines("gitignore", [pattern])
        batch.set_steps([item.row.path for item in plan.items if spec.match_file(item.row.path)], steps)
    return batch.plan(retry_failed=options.retry_failed)


def _triage(batch: "Batch", plan: "Plan", options: argparse.Namespace) -> "Summary":
    from core.batch import Control, Summary
    from core.batch.report import to_record
    from core.errors import Cancelled

    control = Control()
    summary = Summary.from_plan(plan)
    try:
        with _stoppable(control), _bar(quiet=False) as bar:
            groups = batch.triage(plan, control, on_progress=lambda progress: _show(bar, progress))
    except Cancelled:
        _print_stopped()
        summary.stopped = True
        return summary
    if options.json:
        for row in sorted((row for group in groups for row in group.rows), key=lambda row: row.path):
            print(json_line(to_record(row)))
        return summary
    for group in groups:
        name = group.name.replace("+", " and ").replace("-", " ") or "cannot be opened"
        confidence = f"  confidence at least {group.least:.0%}, {group.unsure} to review" if group.name else ""
        print(f"{len(group.rows):8} {name}{confidence}")
        for row in group.rows:
            print_line(f"         {row.path}  {_verdict_text(row)}")
    print("Nothing was restored. The same command without --triage restores; --group and --set change the steps.")
    return summary


def _run_plan(batch: "Batch", plan: "Plan", options: argparse.Namespace, printer: "_Printer") -> "Summary":
    from core.batch import Control

    control = Control()
    with _stoppable(control), _bar(quiet=options.quiet) as bar:
        summary = batch.run(plan, control, **printer.callbacks(bar))
    _print_counts(summary, _counts_stream(options))
    if summary.stopped:
        _print_stopped()
    return summary


def _watch(batch: "Batch", options: argparse.Namespace, printer: "_Printer") -> None:
    from core.batch import Control
    from core.batch.watch import watch

    control = Control()
    summaries: list[Summary] = []

    def on_summary(summary: "Summary") -> None:
        if not summaries:
            _print_counts(summary, _counts_stream(options))
            line = f"Watching {batch.layout.source}. Ctrl+C ends it."
            print(printable(line), file=_counts_stream(options), flush=True)
        summaries.append(summary)

    with _stoppable(control), _bar(quiet=options.quiet) as bar:
        watch(batch, control, on_summary=on_summary, retry_failed=options.retry_failed, **printer.callbacks(bar))


@dataclass
class _Printer:
    """Prints the outcome of each photo.

    Attributes:
        options: of the command.
        count: of photos that have ended.
    """

    options: argparse.Namespace
    count: int = 0

    def callbacks(self, bar: Any) -> dict[str, Any]:
        """The callbacks for a run; ``bar`` shows its progress."""
        return {
            "on_row": lambda row: self._print_row(bar, row),
            "on_progress": lambda progress: _show(bar, progress),
            "on_note": lambda text: bar.write(printable(f"dfpir: {text}"), file=sys.stderr),
        }

    def _print_row(self, bar: Any, row: "Row") -> None:
        from core.batch import State
        from core.batch.report import to_record

        self.count += 1
        outdated = "".join(f" The earlier result {path} is out of date." for path in row.outdated)
        if row.state is State.FAILED:
            reason = with_file(str(row.error), row.path, row.output)
            bar.write(printable(f"dfpir: {reason}{outdated}"), file=sys.stderr)
        elif not (self.options.quiet or self.options.json):
            bar.write(printable(_line(row) + outdated), file=sys.stdout)
            sys.stdout.flush()
        if not self.options.quiet:
            if row.may_be_revised:
                bar.write(printable(f"dfpir: {row.path}: {' '.join(with_advice_once(row.warnings))}"), file=sys.stderr)
            for note in row.notes:
                bar.write(printable(f"dfpir: {row.path}: {note}"), file=sys.stderr)
        if self.options.json:
            bar.write(json_line(to_record(row)), file=sys.stdout)
            sys.stdout.flush()


def _print_counts(summary: "Summary", stream: TextIO) -> None:
    from core.batch import State

    for label, number in summary.lines:
        print(f"{number:8} {label}", file=stream)
    share = summary.idle.share
    idle = f"; the device waited for the disk {share:.0%} of its time" if summary.idle.total else ""
    print(f"{summary.total:8} photos in all, {summary.seconds:.1f} s{idle}", file=stream)
    if summary.counts[State.REVIEW]:
        print("         Decide on those to review on the Batch page of dfpir-gui, or with --set.", file=stream)
    if summary.outdated:
        label = "of them with an earlier result in DST that is out of date; a report names it"
        print(f"{summary.outdated:8} {label}", file=stream)
    if summary.passed_over:
        label = "passed over, pictures that are not restored; a report gives the reasons"
        print(f"{len(summary.passed_over):8} {label}", file=stream)


def _print_stopped() -> None:
    print("dfpir: stopped; the same command continues from here.", file=sys.stderr)


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Any]:
    from tqdm import tqdm

    shape = "{percentage:3.0f}% |{bar}| {desc}"
    disabled = True if quiet else None
    with tqdm(total=1.0, bar_format=shape, leave=False, disable=disabled, file=sys.stderr, miniters=0) as bar:
        yield bar


def _show(bar: Any, progress: "Progress") -> None:
    counts = f"{progress.done}/{progress.total}"
    bar.set_description_str(", ".join(filter(None, (counts, time_left(progress.seconds_left)))), refresh=False)
    bar.update(progress.fraction - bar.n)


def _write_reports(batch: "Batch", plan: "Plan", summary: "Summary", options: argparse.Namespace) -> None:
    from core.batch.report import Report, write_report

    if options.report:
        layout = batch.layout
        report = Report.from_plan(layout.source, layout.target, plan, summary, batch.journal.rows())
        for file in options.report:
            write_report(report, file)
            print(printable(str(file)), file=_counts_stream(options))


@contextmanager
def _stoppable(control: "Control") -> Iterator[None]:
    """Let the first interrupt stop the run at its next safe point, and the second one end the program."""

    def stop(number: int, frame: FrameType | None) -> None:
        if control.cancelled:
            raise KeyboardInterrupt
        print("\ndfpir: stopping; interrupt again to end at once.", file=sys.stderr)
        control.cancel()

    try:
        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    except ValueError:  # signals can be handled only on the main thread
        before = {}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _line(row: "Row") -> str:
    from core.batch import State
    from core.batch.settings import steps_text

    match row.state:
        case State.RESTORED:
            return f"{row.output}  ({steps_text(row.steps)}; {row.seconds:.1f} s, {row.device})"
        case State.COPIED:
            return f"{row.output}  ({'left unchanged' if row.left_by_user else 'clean'}: copied)"
        case State.REVIEW:
            return f"{row.path}: to review. {row.error}"
        case _:
            return f"{row.path}: {'left unchanged' if row.left_by_user else 'clean'}, left out"


def _verdict_text(row: "Row") -> str:
    from core.batch.verdict import verdict_from_json

    if not row.verdict:
        return str(row.error)
    verdict = verdict_from_json(row.verdict)
    return f"{verdict.label} ({verdict.confidence:.0%})"
