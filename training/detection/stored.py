"""Network inputs of photographs and of synthetic samples, computed once for training on both."""

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.detection.network import DetectorConfig
from core.detection.sampling import extract_inputs
from training.detection.config import DetectorTraining, RealPhotographs
from training.detection.kept_arrays import kept
from training.detection.photographs import LABELS, Photograph, list_photographs, with_variants
from training.detection.samples import Labels, Sample
from training.engine.toml import ConfigError

_FULL = 60.0  # total weight of a family's photographs from which they are not drawn more often
_FACTORS = (0.5, 3.0)


@dataclass(frozen=True, eq=False)
class StoredInputs:
    """Inputs of n rows, each a photograph, a variant of one, or a synthetic sample, with labels.

    Attributes:
        native, reduced: (n, N, 3, S, S) and (n, M, 3, S, S) uint8.
        view: (n, 3, V, V) uint8.
        numbers: (n, K) float32.
        present, counts: (n, 5) float32; see :class:`training.detection.samples.Labels`.
        sigma: (n,) float32, of the noise on the 0-255 scale, 0 if unknown.
        picture: (n,) int64, number of the photograph; -1 for synthetic samples.
    """

    native: NDArray[np.uint8]
    reduced: NDArray[np.uint8]
    view: NDArray[np.uint8]
    numbers: NDArray[np.float32]
    present: NDArray[np.float32]
    counts: NDArray[np.float32]
    sigma: NDArray[np.float32]
    picture: NDArray[np.int64]

    def draw(self, row: int, crops: tuple[int, int], rng: np.random.Generator) -> Sample:
        """The sample of a row, with ``crops`` random native and reduced crops, mirrored in half of the cases."""
        native, reduced, view = self.native[row], self.reduced[row], self.view[row]
        native = native[rng.permutation(len(native))[: crops[0]]]
        reduced = reduced[rng.permutation(len(reduced))[: crops[1]]]
        if rng.random() < 0.5:
            native, reduced, view = native[..., ::-1], reduced[..., ::-1], view[..., ::-1]
        return Sample(native, reduced, view, self.numbers[row], self.labels(row))

    def labels(self, row: int) -> Labels:
        """The labels of a row."""
        return Labels(self.present[row], self.counts[row], float(self.sigma[row]))


class MixedSamples:
    """Draws photographs and synthetic samples for training, and holds photographs out.

    Args:
        config: of the training, with ``photographs``.
        data: folder with the folders that the labels name.
        synthetic: draws this many synthetic samples with this many native and reduced crops.
        cache: folder for files with the inputs, named by what determines them; None for none.

    Raises:
        ConfigError, DataError: labels or photographs are missing or unreadable.
    """

    def __init__(
        self,
        config: DetectorTraining,
        data: Path,
        synthetic: Callable[[int, tuple[int, int]], Iterable[Sample]],
        cache: Path | None,
    ) -> None:
        assert config.photographs is not None
        self._config, self._settings = config, config.photographs
        settings, network, seed = config.photographs, config.network, config.seed
        self._photographs = list_photographs(data)
        self._held_out = held_out(self._photographs, settings)
        pictures = (config.sources, config.shares, config.photographic, config.holdout)
        kernels = (config.kernels, config.kernel_names)
        names = (
            _key(network, seed, settings.variants, LABELS.read_text()),
            _key(network, seed, settings.samples, settings.crops, *pictures, *kernels),
        )
        self._real = kept(
            cache and cache / f"photographs-{names[0]}.npz",
            StoredInputs,
            lambda: stored(of_photographs(self._photographs, network, settings.variants, seed)),
        )
        self._synthetic = kept(
            cache and cache / f"samples-{names[1]}.npz",
            StoredInputs,
            lambda: stored((-1, sample) for sample in synthetic(settings.samples, settings.crops)),
        )
        weights = [photograph.weight for photograph in self._photographs]
        self._cumulative = np.cumsum(chances(self._real, weights, ~self._held_out))

    def draw(self, step: int, index: int) -> Sample:
        """Sample ``index`` of the batch of a step: first the photographs, then the synthetic ones."""
        rng = np.random.default_rng((self._config.seed, step, index, 2))
        crops = (self._config.native_crops, self._config.reduced_crops)
        if index < self._settings.batch:
            row = min(int(np.searchsorted(self._cumulative, rng.random(), "right")), len(self._cumulative) - 1)
            return self._real.draw(row, crops, rng)
        return self._synthetic.draw(int(rng.integers(len(self._synthetic.picture))), crops, rng)

    @property
    def held_out(self) -> list[Photograph]:
        """The photographs that are not trained on."""
        return [photograph for photograph, held in zip(self._photographs, self._held_out, strict=True) if held]

    def held_out_samples(self) -> list[Sample]:
        """The inputs of the photographs held out, as they are, with all crops."""
        real, samples = self._real, []
        for number in np.flatnonzero(self._held_out):
            row = int(np.argmax(real.picture == number))
            parts = (real.native[row], real.reduced[row], real.view[row], real.numbers[row])
            samples.append(Sample(*parts, real.labels(row)))
        return samples


def held_out(photographs: Sequence[Photograph], settings: RealPhotographs) -> NDArray[np.bool_]:
    """Which photographs are not trained on, (n,): those of the sources left out, else every n-th.

    Raises:
        ConfigError: there is no photograph of a source that is to be left out.
    """
    if not settings.left_out:
        return np.equal(np.arange(len(photographs)) % settings.held_out, 0)
    sources = [photograph.source for photograph in photographs]
    unknown = sorted(set(settings.left_out) - set(sources))
    if unknown:
        raise ConfigError(f"left_out: there are no photographs of the sources {', '.join(unknown)}.")
    return np.isin(sources, settings.left_out)


def stored(samples: Iterable[tuple[int, Sample]]) -> StoredInputs:
    """Rows of samples, each with its ``picture``."""
    rows = [
        (s.native, s.reduced, s.view, s.numbers, s.answer.present, s.answer.counts, s.answer.sigma, number)
        for number, s in samples
    ]
    native, reduced, view, numbers, present, counts, sigma, picture = map(np.array, zip(*rows, strict=True))
    return StoredInputs(
        native, reduced, view, numbers, present, counts, sigma.astype(np.float32), picture.astype(np.int64)
    )


def of_photographs(
    photographs: Sequence[Photograph], network: DetectorConfig, variants: int, seed: int
) -> Iterable[tuple[int, Sample]]:
    """Samples of photographs as they are, and of ``variants`` random variants of those of a weight of 0.5 or more.

    Args:
        photographs: read one at a time.
        network: number and sizes of the crops.
        variants: for each photograph.
        seed: of the variants.
    """
    for number, _, pixels in with_variants(photographs, variants, seed):
        native, reduced, view, numbers = extract_inputs(pixels, network)
        yield number, Sample(_bytes(native), _bytes(reduced), _bytes(view), numbers, photographs[number].labels)


def chances(inputs: StoredInputs, weights: Sequence[float], used: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The chance of every row to be drawn, (n,), with a sum of 1.

    That of a photograph is its weight, divided among its rows. Families with few photographs are drawn more often,
    those with many less often.

    Args:
        inputs: rows of photographs only.
        weights: of the photographs.
        used: (number of photographs,), those of which rows are drawn.
    """
    picture = inputs.picture
    chance = np.asarray(weights, np.float64)[picture] / np.bincount(picture)[picture] * used[picture]
    factors = np.clip(_FULL / np.maximum(chance @ inputs.present, 1.0), *_FACTORS)  # (5,)
    degraded = inputs.present.max(1) > 0
    chance = chance * np.where(degraded, (inputs.present * factors).max(1), 1.0)
    return np.asarray(chance / chance.sum())


def _key(*parts: object) -> str:
    """Name of what determines stored inputs."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:12]


def _bytes(values: NDArray[np.float32]) -> NDArray[np.uint8]:
    return np.asarray(np.round(values * 255.0), np.uint8)
