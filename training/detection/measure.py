"""Evaluation of a detector: ``python -m training.detection.measure --data DIR [--detector FILE] [--json FILE]``.

``DIR`` contains ``eval``, ``photos_large`` and ``train/blur_kernels``, and with ``--photographs N`` also ``train`` and
``train_real``. A detection is correct if it names exactly the families that are present, apart from those that are
ambiguous (:class:`training.detection.cases.Case`). If the detector is unsure, it names none, since nothing is proposed
then.
"""

import argparse
import json
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from core.detection import CLASSES, FAMILIES, Detection, Detector
from core.errors import DFPIRError
from core.io.atomic import publish
from core.photo import Photo
from training.data.pictures import read_picture, to_unit
from training.detection import cases
from training.detection.calibration import calibration_error
from training.detection.cases import Case
from training.detection.photographs import list_photographs, score_detections

QUARTERS = 4
"""Number of parts of the range of strengths for results by strength."""


@dataclass(frozen=True)
class Judged:
    """A case, without its picture, with its detection."""

    case: Case
    detection: Detection

    @property
    def named(self) -> tuple[str, ...]:
        """The families on which the program acts, the most probable first."""
        return self.detection.relied_on

    @property
    def right(self) -> bool:
        """Whether exactly the families that are present are named."""
        named = set(self.named) - set(self.case.open)
        return named == set(self.case.families)

    @property
    def first(self) -> str:
        """The most probable named family that is not ambiguous; ``"clean"`` if none."""
        return next((name for name in self.named if name not in self.case.open), "clean")


def judge_all(detector: Detector, pictures: Iterable[Case]) -> list[Judged]:
    """Run the detector on every case, one at a time."""
    judged = []
    for case in pictures:
        detection = detector.detect(Photo.from_array(case.picture))
        empty = np.zeros((0, 0, 3), np.float32)
        judged.append(Judged(replace(case, picture=empty), detection))
    return judged


def measure(detector: Detector, data: Path) -> dict[str, Any]:
    """All metrics, as plain values for JSON.

    Raises:
        DataError: test data is missing.
    """
    synthetic = judge_all(detector, cases.synthetic(data))
    single = [entry for entry in synthetic if entry.case.kind in CLASSES]
    mixed = [entry for entry in synthetic if entry.case.kind not in CLASSES]
    graded = judge_all(detector, cases.graded_noise(data))
    clean = judge_all(detector, cases.clean_photographs(data))
    real = judge_all(detector, cases.real(data))
    pairs = judge_all(detector, cases.benchmark_pairs(data))
    errors = calibration_errors(single)
    return {
        "synthetic": {
            "pictures": len(single),
            "right": _share(single),
            "by_class": _by_kind(single),
            "by_strength": by_strength(single),
            "mixed": _by_kind(mixed),
            "unsure": _unsure(single),
            "confusion": confusion(synthetic),
        },
        "calibration_error": {"mean": float(np.mean(list(errors.values()))), **errors},
        "sigma": {
            "pictures": len(graded),
            "mean_error": float(np.mean([_sigma_error(entry) for entry in graded])),
            "by_sigma": {
                str(sigma): float(np.mean([_sigma_error(e) for e in graded if e.case.sigma == sigma]))
                for sigma in cases.SIGMAS
            },
        },
        "clean": {
            "pictures": len(clean),
            "right": _share(clean),
            "unsure": _unsure(clean),
            "wrong": {entry.case.name: entry.detection.label for entry in clean if not entry.right},
        },
        "real": {
            "pictures": len(real),
            "right": float(np.mean([entry.case.kind in entry.named for entry in real])),
            "exact": _share(real),
            "photos": {entry.case.name: entry.detection.label for entry in real},
        },
        "pairs": {
            kind: float(np.mean([kind in entry.named for entry in pairs if entry.case.kind == kind]))
            for kind in cases.PAIRS.values()
        },
    }


def measure_photographs(detector: Detector, data: Path, every: int) -> dict[str, Any]:
    """Metrics of every n-th labelled photograph, see :func:`training.detection.photographs.score_detections`.

    Those are the photographs that a training with ``held_out = every`` does not use.

    Raises:
        DataError: photographs are missing.
    """
    chosen = [photograph for photograph in list_photographs(data)[::every] if "train_real/" in photograph.folder]
    pictures = (to_unit(read_picture(photograph.file)) for photograph in chosen)
    return score_detections([detector.detect(Photo.from_array(picture)) for picture in pictures], chosen)


def calibration_errors(judged: list[Judged]) -> dict[str, float]:
    """Expected calibration error of every class; cases in which the class is ambiguous do not count."""
    predicted = np.array([[entry.detection.probabilities[name] for name in CLASSES] for entry in judged])
    truth = np.stack([cases.truth_of(entry.case) for entry in judged])
    known = ~np.isnan(truth)
    return {name: calibration_error(predicted[known[:, i], i], truth[known[:, i], i]) for i, name in enumerate(CLASSES)}


def by_strength(judged: list[Judged]) -> dict[str, list[float | None]]:
    """For each family, the share of correct detections in each quarter of its strengths, mildest first."""
    table: dict[str, list[float | None]] = {}
    for family in FAMILIES:
        quarters: list[list[Judged]] = [[] for _ in range(QUARTERS)]
        for entry in judged:
            if entry.case.kind == family and entry.case.strength is not None:
                quarters[min(int(entry.case.strength * QUARTERS), QUARTERS - 1)].append(entry)
        table[family] = [_share(entries) if entries else None for entries in quarters]
    return table


def confusion(judged: list[Judged]) -> dict[str, dict[str, int]]:
    """True kind -> most probable detection -> count; ``"exactly"`` counts the correct detections."""
    table: dict[str, dict[str, int]] = {}
    for entry in judged:
        row = table.setdefault(entry.case.kind, {**dict.fromkeys(CLASSES, 0), "exactly": 0, "all": 0})
        row[entry.first] += 1
        row["exactly"] += entry.right
        row["all"] += 1
    return table


def markdown(figures: dict[str, Any]) -> str:
    """The metrics as Markdown tables for the card."""
    synthetic, real, clean = figures["synthetic"], figures["real"], figures["clean"]
    sigma = figures["sigma"]
    lines = [
        "| check | pictures | target | measured |",
        "|---|---|---|---|",
        f"| synthetic, six classes, correct | {synthetic['pictures']} | 95 % | {synthetic['right']:.1%} |",
        *(f"| synthetic, {kind}, both correct | | | {value:.1%} |" for kind, value in synthetic["mixed"].items()),
        f"| real photographs, degradation of their folder detected | {real['pictures']} | 85 % | {real['right']:.1%} |",
        *_of_photographs(figures.get("photographs")),
        f"| clean CBSD68 and large photos detected as clean | {clean['pictures']} | 97 % | {clean['right']:.1%} |",
        f"| expected calibration error, mean over classes | {synthetic['pictures']} | ≤ 0.05 "
        f"| {figures['calibration_error']['mean']:.3f} |",
        f"| mean σ error, σ 5 to 50, undetected noise counts as σ 0 | {sigma['pictures']} | ≤ 2.5 "
        f"| {sigma['mean_error']:.2f} |",
        *(f"| {kind} test pairs, {kind} detected | | | {value:.1%} |" for kind, value in figures["pairs"].items()),
        "",
        "Confusion: true degradation (rows), most probable detected family (columns), and share of correct detections.",
        "",
        "| true | " + " | ".join(CLASSES) + " | correct |",
        "|---" * (len(CLASSES) + 2) + "|",
    ]
    for kind, row in synthetic["confusion"].items():
        lines.append(
            f"| {kind} | " + " | ".join(str(row[name]) for name in CLASSES) + f" | {row['exactly'] / row['all']:.1%} |"
        )
    lines += ["", "Correct detections by strength, in quarters from just visible (left) to heavy (right).", ""]
    lines += ["| family |" + " |" * QUARTERS, "|---" * (QUARTERS + 1) + "|"]
    for family, quarters in synthetic["by_strength"].items():
        shares = ["" if value is None else f"{value:.1%}" for value in quarters]
        lines.append(f"| {family} | " + " | ".join(shares) + " |")
    lines += ["", "| σ | " + " | ".join(sigma["by_sigma"]) + " |", "|---" * (len(sigma["by_sigma"]) + 1) + "|"]
    lines.append("| mean error | " + " | ".join(f"{value:.2f}" for value in sigma["by_sigma"].values()) + " |")
    errors = ", ".join(f"{name} {figures['calibration_error'][name]:.3f}" for name in CLASSES)
    lines += ["", f"Calibration error by class: {errors}. Unsure: {synthetic['unsure']:.1%} of the synthetic pictures."]
    lines += ["", "Clean pictures detected as degraded: " + (_listed(clean["wrong"]) or "none") + "."]
    lines += ["", "Real photographs: " + _listed(real["photos"]) + "."]
    return "\n".join(lines) + "\n"


def main(arguments: list[str] | None = None) -> int:
    """Run the evaluation from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Evaluate a detector on pictures that are not used for training.")
    parser.add_argument("--data", type=Path, required=True, help="folder with eval, photos_large, train/blur_kernels")
    parser.add_argument("--detector", type=Path, metavar="FILE", help="default: the built-in one")
    parser.add_argument(
        "--photographs", type=int, metavar="N", help="also evaluate every N-th labelled photograph below train_real"
    )
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the metrics to FILE")
    options = parser.parse_args(arguments)
    try:
        detector = Detector(options.detector)
        figures = measure(detector, options.data)
        if options.photographs:
            figures["photographs"] = measure_photographs(detector, options.data, options.photographs)
        print(markdown(figures))
        if options.json:
            text = json.dumps(figures, indent=1, ensure_ascii=False)
            publish(text.encode(), options.json, overwrite=True)
    except (DFPIRError, OSError) as error:
        print(f"measure: {error}", file=sys.stderr)
        return 1
    return 0


def _of_photographs(figures: dict[str, Any] | None) -> list[str]:
    if figures is None:
        return []
    return [
        f"| held-out photographs, degradation of their folder detected | {figures['photographs']} | 82 % "
        f"| {figures['named']:.1%} |",
        f"| held-out clean photographs left alone | {figures['clean']} | 90 % | {figures['left_alone']:.1%} |",
    ]


def _sigma_error(entry: Judged) -> float:
    return abs((entry.detection.sigma or 0.0) - entry.case.sigma)


def _share(judged: list[Judged]) -> float:
    return float(np.mean([entry.right for entry in judged]))


def _unsure(judged: list[Judged]) -> float:
    return float(np.mean([entry.detection.unsure for entry in judged]))


def _by_kind(judged: list[Judged]) -> dict[str, float]:
    kinds = dict.fromkeys(entry.case.kind for entry in judged)
    return {kind: _share([entry for entry in judged if entry.case.kind == kind]) for kind in kinds}


def _listed(labels: dict[str, str]) -> str:
    return ", ".join(f"{name}: {label}" for name, label in labels.items())


if __name__ == "__main__":
    sys.exit(main())
