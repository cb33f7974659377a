"""Measuring a restorer on folders of pictures: ``dfpir-evaluate``."""

import json
import zlib
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import fmean, median

import numpy as np
from numpy.typing import NDArray

from core.degradations import DEGRADATIONS
from core.evaluation import PAPER, Score, centre_crop, score
from core.inference import Restorer
from core.photo import Photo
from training.pictures import DataError, list_pairs, list_pictures, read_picture
from training.synthesis import blur, gaussian_noise, load_kernels

PAIRED_SETS = {
    "rain100l": "rain",
    "rain100h": "rain",
    "sots_indoor": "haze",
    "sots_outdoor": "haze",
    "lol": "low-light",
}
"""Folders with ``degraded/`` and ``clean/``, and the degradation that each shows."""

CLEAN_SETS = ("cbsd68", "kodak24", "urban100")
"""Folders with ``clean/`` alone: noise and blur are added by the protocol."""

HELD_OUT_KERNELS = ("levin4", "levin8")
"""Measured camera shakes (Levin et al., CVPR 2009) that no training uses."""

Picture = NDArray[np.float32]


@dataclass(frozen=True)
class TestSet:
    """Pictures of one degradation.

    Attributes:
        name: e.g. ``"cbsd68 noise25"``.
        degradation: key of the right prompt.
        names: of the pictures.
        load: index -> degraded and clean, each (H, W, 3) float32 in [0, 1].
    """

    name: str
    degradation: str
    names: tuple[str, ...]
    load: Callable[[int], tuple[Picture, Picture]]


@dataclass(frozen=True)
class SetResult:
    """Scores on one test set: of the degraded pictures themselves and of the restored ones, in the order of names."""

    name: str
    degradation: str
    names: tuple[str, ...]
    before: tuple[Score, ...]
    after: tuple[Score, ...]

    def summary(self) -> dict[str, object]:
        """Means, medians and the five worst pictures, as plain values."""
        gains = sorted((a.psnr - b.psnr, name) for a, b, name in zip(self.after, self.before, self.names, strict=True))
        return {
            "set": self.name,
            "degradation": self.degradation,
            "pictures": len(self.names),
            "input_psnr": fmean(s.psnr for s in self.before),
            "input_ssim": fmean(s.ssim for s in self.before),
            "psnr": fmean(s.psnr for s in self.after),
            "ssim": fmean(s.ssim for s in self.after),
            "median_psnr": median(s.psnr for s in self.after),
            "worst": [{"picture": name, "gain": gain} for gain, name in gains[:5]],
        }


def find_sets(root: Path, kernels: Path | None = None) -> list[TestSet]:
    """The test sets in a folder, known by their names; see :data:`PAIRED_SETS` and :data:`CLEAN_SETS`.

    Args:
        root: folder of the sets.
        kernels: ``.npz`` file with the held-out kernels; without it nothing is blurred.

    Raises:
        DataError: no set is there, or one is incomplete.
    """
    sets: list[TestSet] = []
    for folder in sorted(entry for entry in root.iterdir() if entry.is_dir()) if root.is_dir() else []:
        if folder.name in CLEAN_SETS:
            sets.extend(_synthetic_sets(folder, kernels))
        elif folder.name in PAIRED_SETS:
            sets.append(_paired_set(folder, PAIRED_SETS[folder.name]))
    if not sets:
        known = ", ".join([*CLEAN_SETS, *PAIRED_SETS])
        raise DataError(f"{root}: holds none of the known test sets ({known}).")
    return sets


def _paired_set(folder: Path, degradation: str) -> TestSet:
    pairs = list_pairs(folder)

    def load(index: int) -> tuple[Picture, Picture]:
        degraded, clean = (_unit(centre_crop(read_picture(file))) for file in pairs[index])
        if degraded.shape != clean.shape:
            raise DataError(f"{pairs[index][0]}: differs in size from its clean picture.")
        return degraded, clean

    return TestSet(folder.name, degradation, tuple(degraded.name for degraded, _ in pairs), load)


def _synthetic_sets(folder: Path, kernels: Path | None) -> Iterator[TestSet]:
    files = list_pictures(folder / "clean")
    names = tuple(file.name for file in files)

    def clean(index: int) -> Picture:
        return _unit(centre_crop(read_picture(files[index])))

    def noisy(index: int, sigma: float) -> tuple[Picture, Picture]:
        # The noise of a picture depends on its name alone, so a subset of a set gives the same figures for each.
        rng = np.random.default_rng((round(sigma), zlib.crc32(names[index].encode())))
        picture = clean(index)
        return gaussian_noise(picture, sigma, rng), picture

    for entry in DEGRADATIONS:
        if sigma := entry.sigma:
            yield TestSet(f"{folder.name} {entry.key}", entry.key, names, lambda i, s=sigma: noisy(i, s))  # type: ignore[misc]
    if kernels is not None:
        spread = load_kernels(kernels, HELD_OUT_KERNELS)

        def blurred(index: int) -> tuple[Picture, Picture]:
            picture = clean(index)
            degraded = blur(picture, spread[index % len(spread)])  # the kernels take turns
            return (np.round(degraded * 255.0) / 255.0).astype(np.float32), picture

        yield TestSet(f"{folder.name} blur", "blur", names, blurred)


def evaluate(restorer: Restorer, test_set: TestSet, limit: int | None = None, prompt: str | None = None) -> SetResult:
    """Restore every picture of a set and score it.

    Args:
        restorer: the model.
        test_set: the pictures.
        limit: use this many pictures at most, spread evenly over the set.
        prompt: key of a degradation to ask for instead of the right one.
    """
    count = len(test_set.names)
    chosen = np.unique(np.linspace(0, count - 1, min(limit or count, count)).round().astype(int)).tolist()
    before, after = [], []
    for index in chosen:
        degraded, clean = test_set.load(index)
        result = restorer.restore(Photo.from_array(degraded), prompt or test_set.degradation)
        before.append(score(degraded, clean))
        after.append(score(result.photo.pixels, clean))
    return SetResult(
        test_set.name,
        prompt or test_set.degradation,
        tuple(test_set.names[index] for index in chosen),
        tuple(before),
        tuple(after),
    )


def markdown(results: list[SetResult]) -> str:
    """The results as a Markdown table, one row per set."""
    lines = [
        "| set | pictures | input PSNR | PSNR | gain | median | input SSIM | SSIM |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        row = result.summary()
        lines.append(
            "| {set} | {pictures} | {input_psnr:.2f} | {psnr:.2f} | {gain:+.2f} | {median_psnr:.2f} | {input_ssim:.3f} "
            "| {ssim:.3f} |".format(gain=row["psnr"] - row["input_psnr"], **row)  # type: ignore[operator]
        )
    return "\n".join(lines)


def write_json(file: Path, model: str, results: list[SetResult]) -> None:
    """Write all scores, summaries first, to a JSON file.

    Raises:
        DataError: the file cannot be written.
    """
    content = {
        "protocol": PAPER,
        "model": model,
        "sets": [
            {
                **result.summary(),
                "scores": [
                    {"picture": name, "input": asdict(before), "output": asdict(after)}
                    for name, before, after in zip(result.names, result.before, result.after, strict=True)
                ],
            }
            for result in results
        ],
    }
    try:
        file.write_text(json.dumps(content, indent=1), encoding="utf-8")
    except OSError as error:
        raise DataError(f"{file}: cannot be written: {error.strerror}.") from error


def _unit(picture: NDArray[np.uint8]) -> Picture:
    return picture.astype(np.float32) / np.float32(255.0)
