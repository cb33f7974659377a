"""The inputs of a detector's head, computed once for many pictures so that heads can be fitted in seconds."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass, fields

import numpy as np
import torch
from numpy.typing import NDArray

from core.detection.network import DetectorNetwork
from core.detection.sampling import extract_inputs
from training.detection.objective import DetectionObjective, network_inputs
from training.detection.photographs import Photograph, with_variants
from training.detection.samples import Labels

log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Features:
    """Features of n pictures, with their labels.

    Attributes:
        inputs: (n, F) float32, inputs of the head.
        measured: (n,) float32, the measured log σ that the head corrects.
        present, counts: (n, 5) float32; see :class:`training.detection.samples.Labels`.
        sigma: (n,) float32, of the noise on the 0-255 scale, 0 if unknown.
        weight: (n,) float32.
        picture: (n,) int64, number of the photograph that a row is a variant of; -1 for synthetic pictures.
    """

    inputs: NDArray[np.float32]
    measured: NDArray[np.float32]
    present: NDArray[np.float32]
    counts: NDArray[np.float32]
    sigma: NDArray[np.float32]
    weight: NDArray[np.float32]
    picture: NDArray[np.int64]

    def __getitem__(self, rows: NDArray[np.bool_]) -> "Features":
        """The features of some rows."""
        return Features(*(getattr(self, field.name)[rows] for field in fields(self)))

    def __add__(self, other: "Features") -> "Features":
        """The rows of both."""
        return Features(*(np.concatenate([getattr(part, f.name) for part in (self, other)]) for f in fields(self)))


class Extractor:
    """Collects features row by row.

    Args:
        network: computes them; only its head is not used.
    """

    def __init__(self, network: DetectorNetwork) -> None:
        self._network = network
        self._rows: list[tuple[object, ...]] = []

    @torch.inference_mode()
    def add(self, inputs: Iterable[torch.Tensor], labels: Labels, weight: float = 1.0, picture: int = -1) -> None:
        """Compute the features of one picture from the network's four inputs, each with a batch axis of 1."""
        seen: list[torch.Tensor] = []
        hook = self._network.head.register_forward_hook(lambda _, taken, made: seen.extend((taken[0], made)))
        try:
            output = self._network(*inputs)[0]
        finally:
            hook.remove()
        taken, made = seen
        measured = float(output[0, -1] - made[0, -1])
        row = (taken[0].numpy(), measured, labels.present, labels.counts, labels.sigma, weight, picture)
        self._rows.append(row)

    def features(self) -> Features:
        """The features of all pictures that were added."""
        columns = [np.array(column) for column in zip(*self._rows, strict=True)]
        inputs, measured, present, counts, sigma, weight = (column.astype(np.float32) for column in columns[:-1])
        return Features(inputs, measured, present, counts, sigma, weight, columns[-1].astype(np.int64))


def of_photographs(network: DetectorNetwork, photographs: list[Photograph], variants: int, seed: int) -> Features:
    """Features of photographs as they are, and of ``variants`` random variants of those of a weight of 0.5 or more.

    The weight of a photograph is divided among its rows.
    """
    extractor = Extractor(network)
    for number, rows, pixels in with_variants(photographs, variants, seed):
        photograph = photographs[number]
        tensors = [torch.from_numpy(part)[None] for part in extract_inputs(pixels, network.config)]
        extractor.add(tensors, photograph.labels, photograph.weight / rows, number)
    return extractor.features()


def of_samples(
    network: DetectorNetwork, objective: DetectionObjective, count: int, crops: tuple[int, int], *, held_out: bool
) -> Features:
    """Features of synthetic samples of the configuration, a third of them clean.

    Args:
        network: computes the features.
        objective: draws the samples.
        count: number of samples.
        crops: native and reduced crops per sample.
        held_out: whether to draw from the pictures held out for validation.
    """
    extractor = Extractor(network)
    for index, (_, sample) in enumerate(objective.draw_samples(count, crops, held_out=held_out)):
        arrays = (sample.native, sample.reduced, sample.view, sample.numbers)
        extractor.add(network_inputs(*(torch.from_numpy(array)[None] for array in arrays)), sample.answer)
        if index % 200 == 0:
            log.info("sample %d of %d", index, count)
    return extractor.features()
