"""The results of an evaluation, as Markdown tables and as JSON."""

import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import fmean, median
from typing import Any

from core.degradations import KEYS, degradation
from core.evaluation import Protocol, Score
from core.io import atomic
from training.data.data_errors import DataError
from training.evaluation.brightness import Brightness, median_ratio
from training.evaluation.scoring import WORST, SetResult


@dataclass
class Report:
    """Results of one evaluation by one protocol.

    Attributes:
        protocol: evaluation protocol.
        model: name of the model.
        where: device and precision, e.g. ``"cpu, float32"``.
        sets: with the true prompts, one for each set.
        detected: with the detector's prompts.
        prompts: one for each set and prompt, including the true one; the method is the key of the prompt.
        baselines: for each set the model with the true prompt on the same pictures, then the baselines.
        clean: clean pictures, one for each prompt.
        best: the best of several plausible prompts, for each set that has several; the method is its key.
        brightness: of photographs before and after removing haze.
    """

    protocol: Protocol
    model: str
    where: str
    sets: list[SetResult] = field(default_factory=list)
    detected: list[SetResult] = field(default_factory=list)
    prompts: list[SetResult] = field(default_factory=list)
    baselines: list[SetResult] = field(default_factory=list)
    clean: list[SetResult] = field(default_factory=list)
    best: list[SetResult] = field(default_factory=list)
    brightness: list[Brightness] = field(default_factory=list)


def markdown(report: Report) -> str:
    """All results as Markdown."""
    parts = [f"{report.model}, {report.where}. Protocol {report.protocol.name}: {report.protocol.description}."]
    if report.sets:
        parts += ["## With the true prompt", _sets(report.sets), _worst(report.sets)]
    if report.best:
        parts += ["## With the best of several plausible prompts", _best(report.sets, report.best)]
    if report.detected:
        parts += ["## With the detected prompt", _detected(report.sets, report.detected)]
    if report.prompts:
        explained = "Mean PSNR in dB; in brackets the difference from the true prompt (bold)."
        parts += ["## Effect of wrong prompts", explained, _matrix(report.prompts)]
    if report.baselines:
        parts += ["## Comparison with classical methods on the same pictures", _baselines(report.baselines)]
    if report.clean:
        parts += ["## Clean pictures with each prompt, PSNR to the input in dB", _clean(report.clean)]
    if report.brightness:
        parts += ["## Brightness of photographs before and after removing haze", _brightness(report.brightness)]
    return "\n\n".join(parts)


def write_json(file: Path, report: Report) -> None:
    """Write all scores, summaries first, to a JSON file; infinite values (identical pictures) become null.

    Raises:
        DataError: the file cannot be written.
    """
    content: dict[str, Any] = {
        "protocol": report.protocol.name,
        "model": report.model,
        "where": report.where,
        "sets": [_entry(result) for result in report.sets],
        "detected": [{**_entry(result), "found_right": found_right(result)} for result in report.detected],
        "prompts": [_entry(result) for result in report.prompts],
        "baselines": [_entry(result) for result in report.baselines],
        "clean": [{**clean_summary(result), "scores": _scores(result)} for result in report.clean],
        "best": [_entry(result) for result in report.best],
        "brightness": [{**asdict(entry), "ratio": entry.ratio} for entry in report.brightness],
    }
    text = json.dumps(_finite({key: value for key, value in content.items() if value or key == "sets"}), indent=1)
    try:
        atomic.publish(text.encode(), file, overwrite=True)
    except OSError as error:
        raise DataError(f"{file}: cannot be written: {error.strerror}.") from error


def found_right(result: SetResult) -> float:
    """Share of the pictures for which the detector chose exactly one step, of the set's family."""
    family = degradation(result.degradation).family
    return fmean([degradation(key).family for key in steps] == [family] for steps in result.steps)


def clean_summary(result: SetResult) -> dict[str, Any]:
    """Changes of clean pictures: statistics of the PSNR to the input over those that changed at all."""
    ranked = sorted((score.psnr, name) for score, name in zip(result.after, result.names, strict=True))
    changed = [psnr for psnr, _ in ranked if math.isfinite(psnr)] or [math.inf]
    return {
        "set": result.name,
        "prompt": result.method,
        "pictures": len(result.names),
        "unchanged": sum(1 for psnr, _ in ranked if math.isinf(psnr)),
        "psnr": fmean(changed),
        "median_psnr": median(changed),
        "worst": [{"picture": name, "psnr": psnr} for psnr, name in ranked[:WORST]],
    }


def _sets(results: Sequence[SetResult]) -> str:
    header = ["set", "pictures", "input PSNR", "PSNR", "gain", "median", "input SSIM", "SSIM"]
    rows = []
    for row in (result.summary() for result in results):
        cells = [row["set"], row["pictures"], _db(row["input_psnr"]), _db(row["psnr"])]
        cells += [_gain(row["psnr"], row["input_psnr"]), _db(row["median_psnr"])]
        cells += [f"{row['input_ssim']:.3f}", f"{row['ssim']:.3f}"]
        if "lpips" in row:
            cells += [f"{row['input_lpips']:.3f}", f"{row['lpips']:.3f}"]
        rows.append(cells)
    lpips = len(rows[0]) > len(header)
    return _table([*header, "input LPIPS", "LPIPS"] if lpips else header, rows)


def _worst(results: Sequence[SetResult]) -> str:
    rows = []
    for result in results:
        worst = result.summary()["worst"]
        rows.append([result.name, ", ".join(f"{entry['picture']} ({entry['gain']:+.2f})" for entry in worst)])
    return _table(["set", f"the {WORST} pictures with the lowest gain (dB)"], rows)


def _best(true: Sequence[SetResult], best: Sequence[SetResult]) -> str:
    rows = []
    for result in best:
        own = next(entry for entry in true if entry.name == result.name).on(result.names)
        cells = [result.name, len(result.names), own.degradation, _db(own.psnr), result.method, _db(result.psnr)]
        rows.append([*cells, _gain(result.psnr, own.psnr)])
    return _table(["set", "pictures", "prompt", "PSNR", "best prompt", "PSNR", "difference"], rows)


def _brightness(found: Sequence[Brightness]) -> str:
    ranked = sorted(found, key=lambda entry: entry.ratio)
    cells = [
        len(found),
        f"{fmean(entry.before for entry in found):.3f}",
        f"{fmean(entry.after for entry in found):.3f}",
    ]
    darkest = ", ".join(f"{entry.name} ({entry.ratio:.2f})" for entry in ranked[:WORST])
    header = ["photographs", "mean before", "mean after", "median of after / before", f"the {WORST} darkest"]
    return _table(header, [[*cells, f"{median_ratio(list(found)):.3f}", darkest]])


def _detected(true: Sequence[SetResult], detected: Sequence[SetResult]) -> str:
    rows = [
        [a.name, len(a.names), _db(a.psnr), _db(b.psnr), _gain(b.psnr, a.psnr), f"{found_right(b):.0%}"]
        for a, b in zip(true, detected, strict=True)
    ]
    return _table(["set", "pictures", "true prompt", "detected prompt", "difference", "found right"], rows)


def _matrix(results: Sequence[SetResult]) -> str:
    keys = [key for key in KEYS if any(result.method == key for result in results)]
    rows = []
    for name in dict.fromkeys(result.name for result in results):
        found = {result.method: result for result in results if result.name == name}
        true = next(result for result in found.values() if result.method == result.degradation)
        cells = [_against(found[key], true) if key in found else "" for key in keys]
        rows.append([name, len(true.names), _db(fmean(score.psnr for score in true.before)), *cells])
    return _table(["set", "pictures", "input", *keys], rows)


def _against(result: SetResult, true: SetResult) -> str:
    return f"**{_db(true.psnr)}**" if result is true else f"{_db(result.psnr)} ({_gain(result.psnr, true.psnr)})"


def _baselines(results: Sequence[SetResult]) -> str:
    header = ["set", "pictures", "method", "PSNR", "gain", "median", "SSIM", "s/megapixel"]
    rows = []
    for row in (result.summary() for result in results):
        cells = [row["set"], row["pictures"], row["method"], _db(row["psnr"])]
        cells += [_gain(row["psnr"], row["input_psnr"]), _db(row["median_psnr"])]
        rows.append([*cells, f"{row['ssim']:.3f}", f"{row['seconds_per_megapixel']:.2f}"])
    return _table(header, rows)


def _clean(results: Sequence[SetResult]) -> str:
    rows = []
    for row in map(clean_summary, results):
        worst = row["worst"]
        figures = ", ".join(_db(entry["psnr"]) for entry in worst)
        cells = [row["set"], row["prompt"], row["pictures"], row["unchanged"]]
        rows.append([*cells, _db(row["psnr"]), _db(row["median_psnr"]), figures])
    return _table(["set", "prompt", "pictures", "unchanged", "mean", "median", f"worst {WORST}"], rows)


def _entry(result: SetResult) -> dict[str, Any]:
    return {**result.summary(), "scores": _scores(result)}


def _scores(result: SetResult) -> list[dict[str, Any]]:
    rows = zip(result.names, result.before, result.after, result.steps, strict=True)
    return [
        {"picture": name, "input": _plain(before), "output": _plain(after), **({"steps": list(steps)} if steps else {})}
        for name, before, after, steps in rows
    ]


def _plain(score: Score) -> dict[str, float]:
    return {key: value for key, value in asdict(score).items() if value is not None}


def _finite(value: object) -> object:
    if isinstance(value, dict):
        return {key: _finite(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_finite(entry) for entry in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _db(value: float) -> str:
    return f"{value:.2f}" if math.isfinite(value) else "∞"


def _gain(value: float, reference: float) -> str:
    return "+0.00" if value == reference else f"{value - reference:+.2f}"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [list(header), ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(str(cell) for cell in line)} |" for line in lines)
