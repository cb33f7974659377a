"""Running an evaluation: the methods and pictures that a request implies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatch
from pathlib import Path

from core.degradations import KEYS
from core.evaluation import PAPER, PROTOCOLS, Protocol
from core.evaluation.protocols import Perceptual
from training.data.data_errors import DataError
from training.data.layouts import list_pictures
from training.evaluation.brightness import measure_brightness
from training.evaluation.methods import (
    TRUE,
    Detect,
    Restores,
    baseline_methods,
    detected_prompt,
    every_prompt,
    given_prompt,
)
from training.evaluation.more_sets import find_more
from training.evaluation.report import Report
from training.evaluation.scoring import Comparison, Method, SetResult, measure, spread
from training.evaluation.sets import EvaluationSet, find_clean, find_sets


@dataclass(frozen=True)
class Request:
    """What to evaluate.

    Attributes:
        data: folder of test sets, see :func:`training.evaluation.sets.find_sets`.
        protocol: evaluation protocol.
        kernels: file of the held-out kernels; None for no blur.
        more: whether to include the sets of :mod:`training.evaluation.more_sets`.
        train: folder of the training data, for its held-out pairs.
        hazy: folder of hazy photographs without originals, whose brightness before and after is compared.
        only: patterns (``rain*``), one of which the name of a set must match in any case; empty for every set.
        limit: maximum number of pictures of each set, or None.
        extra_limit: maximum number of these pictures for wrong prompts, baselines and clean pictures, or None.
        detect: the detector, to include detected prompts.
        every: whether to include every prompt on every set.
        baselines: whether to include the baselines.
        clean: whether to include clean pictures with every prompt.
        perceptual: an additional distance.
        seen: called with every comparison with the true prompt.
        done: called after every restored picture with its number and the total.
        keep: called with the incomplete report after every set.
    """

    data: Path
    protocol: Protocol = PROTOCOLS[PAPER]
    kernels: Path | None = None
    more: bool = False
    train: Path | None = None
    hazy: Path | None = None
    only: Sequence[str] = ()
    limit: int | None = None
    extra_limit: int | None = None
    detect: Detect | None = None
    every: bool = False
    baselines: bool = False
    clean: bool = False
    perceptual: Perceptual | None = None
    seen: Callable[[Comparison], None] = lambda comparison: None
    done: Callable[[int, int], None] = lambda count, total: None
    keep: Callable[[Report], None] = lambda report: None


@dataclass
class _Job:
    """A set, its methods, and the selected pictures."""

    pictures: EvaluationSet
    main: list[Method]
    extra: list[Method]
    chosen: list[int]
    fewer: list[int]
    results: list[SetResult] = field(default_factory=list)

    @property
    def work(self) -> int:
        return len(self.main) * len(self.chosen) + len(self.extra) * len(self.fewer)


def run(request: Request, restorer: Restores, model: str, where: str) -> Report:
    """Run the requested evaluation.

    Args:
        request: what to evaluate.
        restorer: the model.
        model: its name, for the report.
        where: device and precision, for the report.

    Raises:
        DataError: no set matches, or pictures are missing or unreadable.
        DFPIRError: the restorer failed.
    """
    prompts = every_prompt(restorer)
    jobs = [_job(pictures, request, restorer, prompts) for pictures in _sets(request)]
    jobs += [_clean_job(pictures, request, restorer, prompts) for pictures in _clean_sets(request)]
    hazy = 0 if request.hazy is None else len(spread(len(list_pictures(request.hazy)), request.limit))
    total, count = sum(job.work for job in jobs) + hazy, 0

    def done() -> None:
        nonlocal count
        count += 1
        request.done(count, total)

    def seen(comparison: Comparison) -> None:
        done()
        if comparison.method == TRUE:
            request.seen(comparison)

    report = Report(request.protocol, model, where)
    for job in jobs:
        for methods, chosen in ((job.main, job.chosen), (job.extra, job.fewer)):
            if methods:
                job.results += measure(
                    job.pictures, methods, request.protocol, chosen=chosen, perceptual=request.perceptual, seen=seen
                )
        _sort(job, report, request.every)
        request.keep(report)
    if request.hazy is not None:
        report.brightness = measure_brightness(request.hazy, restorer, "haze", limit=request.limit, done=done)
    return report


def _sets(request: Request) -> list[EvaluationSet]:
    found = find_sets(request.data, request.kernels, request.protocol.crop)
    if request.more:
        found += find_more(request.data, request.train, request.kernels, request.protocol.crop)
    patterns = [pattern.lower() for pattern in request.only]
    chosen = [entry for entry in found if not patterns or any(fnmatch(entry.name.lower(), p) for p in patterns)]
    if not chosen:
        names = ", ".join(entry.name for entry in found)
        raise DataError(f"No set matches {' or '.join(request.only)}. Sets in {request.data}: {names}.")
    return chosen


def _clean_sets(request: Request) -> list[EvaluationSet]:
    return find_clean(request.data, request.protocol.crop) if request.clean else []


def _job(pictures: EvaluationSet, request: Request, restorer: Restores, prompts: Sequence[Method]) -> _Job:
    chosen = spread(len(pictures.names), request.limit)
    fewer = [chosen[index] for index in spread(len(chosen), request.extra_limit)]
    main = [given_prompt(restorer, TRUE, pictures.degradation)]
    if request.detect is not None:
        main.append(detected_prompt(restorer, request.detect))
    extra = [
        method
        for method in prompts
        if (request.every or method.name in pictures.others) and method.name != pictures.degradation
    ]
    if request.baselines:
        extra += baseline_methods(pictures)
    return _Job(pictures, main, extra, chosen, fewer)


def _clean_job(pictures: EvaluationSet, request: Request, restorer: Restores, prompts: Sequence[Method]) -> _Job:
    chosen = spread(len(pictures.names), request.limit)
    fewer = [chosen[index] for index in spread(len(chosen), request.extra_limit)]
    detected = [detected_prompt(restorer, request.detect)] if request.detect is not None else []
    return _Job(pictures, [], [*prompts, *detected], chosen, fewer)


def _sort(job: _Job, report: Report, every: bool) -> None:
    """Add the results of a job to the report."""
    if not job.pictures.degradation:
        report.clean += job.results
        return
    main, extra = job.results[: len(job.main)], job.results[len(job.main) :]
    report.sets.append(main[0])
    report.detected += main[1:]
    # On the same pictures as the other methods, so that the results are comparable.
    true = main[0].on([job.pictures.names[index] for index in job.fewer])
    if job.pictures.others:
        keys = {job.pictures.degradation, *job.pictures.others}
        candidates = [replace(true, method=true.degradation), *(result for result in extra if result.method in keys)]
        report.best.append(max(candidates, key=lambda result: result.psnr))
    if every:
        tried = {result.method: result for result in (replace(true, method=true.degradation), *extra)}
        report.prompts += [tried[key] for key in KEYS if key in tried]
    baselines = [result for result in extra if result.method not in KEYS]
    if baselines:
        report.baselines += [replace(true, method=report.model), *baselines]
