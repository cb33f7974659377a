"""What the rules of proposed steps are based on: ``python benchmarks/proposals.py TABLE --data DATA/eval``. Tables:

``orders``: PSNR of pictures with two degradations after removing them in either order.
``noise``: σ that restores best, by the source of the noise, against the σ added and the σ detected.
``strengths``: strength that restores best, by family and probability, against full strength.
``outcome``: what the proposed steps lose against the true prompt, on every test set (``--limit`` pictures of each).

All values are means over pictures of CBSD68, those of ``outcome`` over pictures of each set, PSNR in dB (RGB, not
clipped).
"""

import argparse
from collections.abc import Callable
from fnmatch import fnmatch
from pathlib import Path

import numpy as np

from core import Detector, Photo, Restorer
from core.checkpoints.builtin import DEFAULT_MODEL
from core.degradations import DEGRADATIONS
from core.detection import FAMILIES
from core.quality import propose_strengths
from core.steps import parse_steps
from training.data.layouts import list_pictures
from training.data.pictures import read_picture, to_unit
from training.evaluation.scoring import spread
from training.evaluation.sets import EvaluationSet, find_sets
from training.synthesis import camera_grain, film_grain, gaussian_noise, sensor_grain
from training.synthesis.light import Picture
from training.synthesis.mixed import degrade_mixed
from training.synthesis.outdoor_haze import outdoor_haze
from training.synthesis.sky import scene_map
from training.synthesis.strength import degrade

MIXTURES = (
    ("noise", "low-light"),
    ("noise", "haze"),
    ("noise", "blur"),
    ("noise", "rain"),
    ("rain", "haze"),
    ("blur", "low-light"),
    ("blur", "haze"),
)
SIGMAS = (8.0, 15.0, 25.0, 35.0)
SOURCES: dict[str, Callable[[Picture, float, np.random.Generator], Picture]] = {
    "white": gaussian_noise,
    "sensor": sensor_grain,
    "camera": camera_grain,
    "film": film_grain,
}
STOPS = tuple(entry for entry in DEGRADATIONS if entry.sigma is not None)
TOLERANCE = 0.25


def psnr(picture: Picture, clean: Picture) -> float:
    """Peak signal-to-noise ratio in dB of (H, W, 3) float32 pictures."""
    return float(-10.0 * np.log10(np.mean((picture - clean) ** 2) + 1e-10))


def key_of(family: str, sigma: float) -> str:
    """Key of a family; of noise, the one nearest to σ by ratio."""
    if family != "noise":
        return family
    return min(STOPS, key=lambda entry: abs(np.log((entry.sigma or 1.0) / max(sigma, 1.0)))).key


def measure_orders(restorer: Restorer, pictures: list[Picture]) -> None:
    """Print a table of both orders for each mixture."""
    print("| mixture | degraded | first order | PSNR | second order | PSNR |\n|---|---|---|---|---|---|")
    for mixture in MIXTURES:
        rows = []
        for number, clean in enumerate(pictures):
            rng = np.random.default_rng((5, number))
            strengths = {family: 0.35 if family in ("noise", "blur") else 0.5 for family in mixture}
            degraded, facts = degrade_mixed(clean, strengths, rng)
            sigma = float(np.hypot.reduce([fact.sigma for fact in facts]))
            keys = [key_of(family, sigma) for family in mixture]
            orders = (keys, keys[::-1])
            results = [restorer.restore(Photo.from_array(degraded), order).photo.pixels for order in orders]
            rows.append([psnr(picture, clean) for picture in (degraded, *results)])
        before, first, second = np.mean(rows, 0)
        names = [", ".join(mixture), ", ".join(mixture[::-1])]
        print(
            f"| {' + '.join(mixture)} | {before:.2f} | {names[0]} | {first:.2f} | {names[1]} | {second:.2f} |",
            flush=True,
        )


def best_sigma(scores: list[float]) -> float:
    """σ of the highest PSNR: the vertex of the parabola through the PSNR of the three prompts over log σ.

    Where it lies outside, it is limited to half the lowest and 1.4 times the highest prompt.
    """
    places = np.log([entry.sigma or 1.0 for entry in STOPS])
    bend, slope, _ = np.polyfit(places, scores, 2)
    low, high = places[0] - np.log(2.0), places[-1] + np.log(1.4)
    if bend >= 0:
        return float(np.exp(low if scores[0] > scores[-1] else high))
    return float(np.exp(np.clip(-slope / (2 * bend), low, high)))


def measure_noise(restorer: Restorer, detector: Detector, pictures: list[Picture]) -> None:
    """Print a table by source and σ."""
    print(
        "| source | σ added | best σ | detected σ | within 25 % | PSNR best prompt | detected | noisy |\n"
        + "|---" * 8
        + "|"
    )
    for name, source in SOURCES.items():
        for sigma in SIGMAS:
            rows = []
            for number, clean in enumerate(pictures):
                noisy = source(clean, sigma, np.random.default_rng((6, number, int(sigma))))
                photo = Photo.from_array(noisy)
                scores = [psnr(restorer.restore(photo, entry.key).photo.pixels, clean) for entry in STOPS]
                found = detector.detect(photo)
                best, seen = best_sigma(scores), found.sigma or 0.0
                chosen = key_of("noise", seen) if found.sigma else ""
                mine = psnr(noisy, clean) if not chosen else scores[[entry.key for entry in STOPS].index(chosen)]
                added = float(np.std(noisy - clean)) * 255.0
                near = abs(seen / best - 1.0) <= TOLERANCE
                rows.append([added, best, seen, near, max(scores), mine, psnr(noisy, clean), *scores])
            mean = np.mean(rows, 0)
            print(
                f"| {name} | {mean[0]:.1f} | {mean[1]:.1f} | {mean[2]:.1f} | {mean[3]:.0%} "
                f"| {mean[4]:.2f} | {mean[5]:.2f} | {mean[6]:.2f} |",
                flush=True,
            )


def measure_strengths(restorer: Restorer, detector: Detector, pictures: list[Picture]) -> None:
    """Print a table by family and strength of the degradation."""
    print(
        "| family | degraded | probability | best strength | proposed | PSNR best | full | proposed |\n"
        + "|---" * 8
        + "|"
    )
    for family in FAMILIES:
        for degree in (0.1, 0.35, 0.6, 0.9):
            rows = []
            for number, clean in enumerate(pictures):
                rng = np.random.default_rng((7, number, int(100 * degree)))
                if family == "haze" and number % 2:
                    degraded = outdoor_haze(
                        clean, scene_map((clean * 255).astype(np.uint8)) / np.float32(255), rng, camera=1
                    )
                    sigma = 0.0
                else:
                    degraded, facts = degrade(clean, family, degree, rng)
                    sigma = facts.sigma
                photo = Photo.from_array(degraded)
                key = key_of(family, sigma)
                change = restorer.restore(photo, key).photo.pixels - degraded
                best = float(np.clip(np.vdot(clean - degraded, change) / max(np.vdot(change, change), 1e-9), 0, 1))
                found = detector.detect(photo)
                steps = {step.degradation: step.strength for step in found.proposals()}
                mine = steps.get(key, 0.0)
                scores = [psnr(degraded + np.float32(s) * change, clean) for s in (0.0, best, 1.0, mine)]
                rows.append([scores[0], found.probabilities[family], best, mine, *scores[1:]])
            mean = np.mean(rows, 0)
            print(f"| {family} {degree} | " + " | ".join(f"{value:.2f}" for value in mean) + " |", flush=True)


def measure_outcome(restorer: Restorer, detector: Detector, sets: list[EvaluationSet], limit: int | None) -> None:
    """Print a table by set, and below it the pictures with other steps than the true prompt, the largest loss first."""
    print("| set | pictures | degraded | true prompt | proposed | difference |\n" + "|---" * 6 + "|")
    others: list[tuple[float, str]] = []
    for pictures in sets:
        rows = []
        for index in spread(len(pictures.names), limit):
            sample = pictures.load(index)
            photo = Photo.from_array(sample.degraded)
            found = propose_strengths(detector.detect(photo), photo, restorer)
            true, proposed = parse_steps(pictures.degradation), found.proposals()
            wanted = psnr(restorer.restore(photo, true).photo.pixels, sample.clean)
            mine = wanted
            if proposed != true:
                shown = restorer.restore(photo, proposed).photo.pixels if proposed else sample.degraded
                mine = psnr(shown, sample.clean)
                likely = ", ".join(f"{name} {value:.2f}" for name, value in found.probabilities.items() if value > 0.1)
                others.append((mine - wanted, f"{pictures.name} {pictures.names[index]}: {found.label} ({likely})"))
            rows.append((psnr(sample.degraded, sample.clean), wanted, mine))
        before, full, chosen = np.mean(rows, 0)
        print(
            f"| {pictures.name} | {len(rows)} | {before:.2f} | {full:.2f} | {chosen:.2f} | {chosen - full:+.2f} |",
            flush=True,
        )
    for loss, text in sorted(others):
        print(f"{loss:+.2f} {text}")


def main() -> None:
    """Measure and print one of the tables."""
    parser = argparse.ArgumentParser(description="Measurements behind the proposed steps.")
    parser.add_argument("table", choices=("orders", "noise", "strengths", "outcome"))
    parser.add_argument("--data", type=Path, required=True, metavar="DIR", help="folder with cbsd68")
    parser.add_argument("--every", type=int, default=11, metavar="N", help="use every Nth picture")
    parser.add_argument("--limit", type=int, metavar="N", help="with outcome: at most N pictures of each set")
    parser.add_argument("--sets", default="*", metavar="PATTERN", help="with outcome: only sets with such a name")
    parser.add_argument("--kernels", type=Path, metavar="FILE", help="with outcome: kernels.npz, to include blur")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--model", default=DEFAULT_MODEL, metavar="NAME|FILE")
    parser.add_argument("--detector", type=Path, metavar="FILE", help="default: the built-in one")
    options = parser.parse_args()
    restorer = Restorer(options.model, device="cpu", precision=options.precision)
    if options.table == "outcome":
        sets = [entry for entry in find_sets(options.data, options.kernels) if fnmatch(entry.name, options.sets)]
        measure_outcome(restorer, Detector(options.detector), sets, options.limit)
        return
    files = list_pictures(options.data / "cbsd68" / "clean")[:: options.every]
    pictures = [to_unit(read_picture(file)) for file in files]
    if options.table == "orders":
        measure_orders(restorer, pictures)
        return
    detector = Detector(options.detector)
    (measure_noise if options.table == "noise" else measure_strengths)(restorer, detector, pictures)


if __name__ == "__main__":
    main()
