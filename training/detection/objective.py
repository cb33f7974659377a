"""The objective of the detector: samples, loss, validation and export."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor, nn

from core.detection.calibration import Calibration
from core.detection.detection import FAMILIES
from core.detection.detector import judge
from core.detection.files import DetectorFile, load_detector, save_detector
from core.detection.network import DetectorNetwork
from training.data.data_errors import DataError
from training.detection.calibration import fit_calibration
from training.detection.config import DetectorTraining, families_of
from training.detection.photographs import score
from training.detection.pictures import open_galleries
from training.detection.samples import Sample, Sampler
from training.detection.stored import MixedSamples
from training.engine.history import earlier_parts
from training.engine.objective import Arrays
from training.engine.state import ResumeError
from training.synthesis import load_kernels
from training.synthesis.blur import Kernel

log = logging.getLogger(__name__)

CROP_WEIGHT = 0.3
"""Weight of the loss of single crops, relative to that of the whole picture."""

SAMPLES_PER_SCENE = 3
"""Every scene is used three times in a batch: degraded in two ways, and clean. The network then learns from the
differences between them, not from the scene."""

SIGMA_WEIGHT = 3.0
"""Weight of the error of log σ relative to the cross-entropy: few samples have noise of known σ."""

VALIDATION_BATCH = 8

_NATIVE = [name == "noise" for name in FAMILIES]  # families that a single full-resolution crop must detect


class DetectionObjective:
    """The :class:`training.engine.objective.Objective` of a detector.

    A batch is (native, reduced, view, numbers, present, counts, sigma): uint8 crops (B, N, 3, S, S) and
    (B, M, 3, S, S), uint8 views (B, 3, V, V), float32 statistics; (B, 5) float32 labels and whether they count, and
    (B,) float32 σ on the 0-255 scale, 0 if unknown.

    Args:
        config: what to train.
        data_root: the data folder that the configuration's folders are relative to.
        init: detector with the initial weights of a new run.
        cache: folder in which the inputs of photographs and of their synthetic samples are kept.

    Raises:
        DataError: pictures or kernels are missing or unreadable.
        ResumeError: ``init`` has another network.
        CheckpointError: ``init`` cannot be read.
    """

    def __init__(
        self, config: DetectorTraining, data_root: Path, init: Path | None = None, cache: Path | None = None
    ) -> None:
        initial = None if init is None else load_detector(init)
        if initial is not None and initial.config != config.network:
            raise ResumeError(
                f"{init}: its network differs from that of the configuration. Make [detector.network] equal."
            )
        self.settings = config
        self.init = init
        self.earlier: Sequence[Mapping[str, Any]] = [] if initial is None else earlier_parts(initial.card)
        self._initial = initial
        self.calibration = Calibration()
        self._training, self._held_out = open_galleries(config, data_root)
        self._sampler = Sampler(config, _kernels(config, data_root))
        shares = np.array(list(config.shares.values()))
        self._cumulative = np.cumsum(shares / shares.sum())
        self._validation: list[tuple[str, Sample]] = []
        self._mixed = None
        if config.photographs is not None:
            self._mixed = MixedSamples(config, data_root.parent, self._training_samples, cache)

    def network(self) -> DetectorNetwork:
        """A new network, or one with the weights of ``init``."""
        network = DetectorNetwork(self.settings.network)
        if self._initial is not None:
            network.load_state_dict(dict(self._initial.state))
        return network

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> Arrays:
        """The samples of step ``step`` that process ``rank`` of ``ranks`` trains on."""
        settings, size = self.settings, self.settings.stage_at(step).batch
        if self._mixed is not None:
            return _collated([self._mixed.draw(step, index) for index in range(rank, size, ranks)])
        # Stratified instead of independent draws: in every step the kinds have nearly their shares.
        order = np.random.default_rng((settings.seed, step))
        kinds = [self._kind(float(place)) for place in (order.permutation(size) + order.random()) / size]
        samples = []
        for index in range(rank, size, ranks):
            leader = index - index % SAMPLES_PER_SCENE
            scene = np.random.default_rng((settings.seed, step, leader))
            setting = self._sampler.draw_scene(kinds[leader], self._training, scene)
            kind = "clean" if index % SAMPLES_PER_SCENE == SAMPLES_PER_SCENE - 1 else kinds[index]
            counts = (settings.native_crops, settings.reduced_crops)
            rng = np.random.default_rng((settings.seed, step, index, 1))
            samples.append(self._sampler.draw(kind, setting, counts, rng))
        return _collated(samples)

    def loss(self, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        """Loss of the output for the whole picture and, with a smaller weight, for single crops: () float32."""
        *inputs, present, counts, sigma = batch
        overall, native_outputs, reduced_outputs = network(*network_inputs(*inputs))
        of_noise = counts * torch.tensor(_NATIVE, device=counts.device)
        crops = _loss(native_outputs, present, of_noise, sigma) + _loss(
            reduced_outputs, present, counts - of_noise, None
        )
        return _loss(overall[:, None], present, counts, sigma) + CROP_WEIGHT * crops

    def validate(self, network: nn.Module) -> dict[str, float]:
        """Calibrate the detector on held-out pictures, and evaluate it there.

        Returns:
            For each kind of sample the share of correct detections, and for σ ``1 - mean |error| / 10``. With
            photographs, also the shares of those held out of :func:`training.detection.photographs.score`.
        """
        kinds, answers, outputs = [], [], []
        for kind, sample, output in self._outputs(network, self._validation_samples()):
            kinds.append(kind)
            answers.append(sample.answer)
            outputs.append(output)
        photographs = [] if self._mixed is None else [("", sample) for sample in self._mixed.held_out_samples()]
        of_photographs = [output for *_, output in self._outputs(network, photographs)]
        every = [*answers, *(sample.answer for _, sample in photographs)]
        logits = np.stack([*outputs, *of_photographs])  # (n, 6)
        present = np.stack([answer.present for answer in every])
        counts = np.stack([answer.counts for answer in every])
        self.calibration = fit_calibration(logits[:, :-1], present, counts)
        right: dict[str, list[float]] = {}
        errors = []
        for kind, answer, output in zip(kinds, answers, outputs, strict=True):
            found = judge(output[:-1], float(output[-1]), self.calibration).found
            named = np.array([name in found for name in FAMILIES])
            right.setdefault(kind, []).append(float(np.all((named == answer.present) | (answer.counts == 0))))
            if answer.sigma:
                errors.append(abs(float(np.exp(output[-1])) - answer.sigma))
        figures = {kind: float(np.mean(values)) for kind, values in right.items()}
        if self._mixed is not None:
            shares = score(np.stack(of_photographs), self.calibration, self._mixed.held_out)
            parts = {"photographs named": shares["named"], "photographs left alone": shares["left_alone"]}
            figures.update({name: value for name, value in parts.items() if value is not None})
        return {**figures, "sigma": 1.0 - float(np.mean(errors)) / 10.0} if errors else figures

    def draw_samples(self, count: int, crops: tuple[int, int], *, held_out: bool) -> Iterator[tuple[str, Sample]]:
        """Independent samples with their kinds, each of a scene of its own; a third of them are clean.

        Args:
            count: number of samples.
            crops: native and reduced crops per sample.
            held_out: whether to draw from the pictures held out for validation.
        """
        gallery = self._held_out if held_out else self._training
        for index in range(count):
            rng = np.random.default_rng((self.settings.seed, 2**33 + held_out, index))
            kind = "clean" if index % SAMPLES_PER_SCENE == 0 else self._kind(float(rng.random()))
            yield kind, self._sampler.draw(kind, self._sampler.draw_scene(kind, gallery, rng), crops, rng)

    def pictures(self, network: nn.Module) -> dict[str, NDArray[np.uint8]]:
        """The view of one held-out sample of each kind, (V, V, 3) uint8."""
        views = {kind: sample.view for kind, sample in reversed(self._validation_samples())}
        return {kind: np.ascontiguousarray(view.transpose(1, 2, 0)) for kind, view in views.items()}

    def export(self, network: nn.Module, file: Path, card: Mapping[str, Any]) -> None:
        """Write a detector file with the calibration of the last validation.

        Raises:
            CheckpointError: a weight is not finite, or the file cannot be written.
        """
        assert isinstance(network, DetectorNetwork)
        state = {name: tensor.detach().to("cpu", torch.float32) for name, tensor in network.state_dict().items()}
        save_detector(file, DetectorFile(self.settings.network, state, self.calibration, dict(card)))

    def state(self) -> dict[str, Any]:
        """The calibration."""
        return {"calibration": self.calibration.to_dict()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Restore the calibration of an interrupted run."""
        self.calibration = Calibration.from_dict(state["calibration"])

    def _kind(self, place: float) -> str:
        kinds = list(self.settings.shares)
        return kinds[min(int(np.searchsorted(self._cumulative, place)), len(kinds) - 1)]

    def _training_samples(self, count: int, crops: tuple[int, int]) -> Iterator[Sample]:
        for index, (_, sample) in enumerate(self.draw_samples(count, crops, held_out=False)):
            yield sample
            if index % 200 == 0:
                log.info("sample %d of %d", index, count)

    def _outputs(
        self, network: nn.Module, samples: Sequence[tuple[str, Sample]]
    ) -> Iterator[tuple[str, Sample, NDArray[np.float64]]]:
        device = next(network.parameters()).device
        for start in range(0, len(samples), VALIDATION_BATCH):
            part = samples[start : start + VALIDATION_BATCH]
            inputs = (torch.from_numpy(array).to(device) for array in _collated([sample for _, sample in part])[:4])
            outputs = network(*network_inputs(*inputs))[0].double().cpu().numpy()
            yield from ((kind, sample, output) for (kind, sample), output in zip(part, outputs, strict=True))

    def _validation_samples(self) -> list[tuple[str, Sample]]:
        if not self._validation:
            # Equal numbers of single kinds, whatever their shares in training; half as many mixtures.
            kinds = ["clean", *self.settings.shares]
            weights = [1 if len(families_of(kind)) < 2 else 0.5 for kind in kinds]
            network = self.settings.network
            counts = (network.native_crops, network.reduced_crops)
            for number, (kind, weight) in enumerate(zip(kinds, weights, strict=True)):
                for index in range(max(round(self.settings.validation * weight / sum(weights)), 1)):
                    rng = np.random.default_rng((self.settings.seed, 2**32 + number, index))
                    setting = self._sampler.draw_scene(kind, self._held_out, rng)
                    self._validation.append((kind, self._sampler.draw(kind, setting, counts, rng)))
        return self._validation


def _loss(outputs: Tensor, present: Tensor, counts: Tensor, sigma: Tensor | None) -> Tensor:
    """Cross-entropy of the families that count, plus the error of log σ where σ is known; mean over samples.

    Args:
        outputs: (B, n, 6), n outputs for each picture.
        present: (B, 5).
        counts: (B, 5).
        sigma: (B,), 0 where unknown; or None.
    """
    outputs = outputs.float()
    count = outputs.shape[1]
    logits, log_sigma = outputs[..., :-1], outputs[..., -1]
    target = present[:, None].expand(-1, count, -1)
    entropy = F.binary_cross_entropy_with_logits(logits, target, reduction="none")
    loss = (entropy * counts[:, None]).sum() / (len(outputs) * count)
    if sigma is not None:
        known = (sigma > 0).float()[:, None]
        log_target = sigma.clamp_min(0.1).log()[:, None].expand(-1, count)
        error = F.smooth_l1_loss(log_sigma, log_target, reduction="none", beta=0.1)
        loss = loss + SIGMA_WEIGHT * (error * known).sum() / (len(outputs) * count)
    return loss


def network_inputs(native: Tensor, reduced: Tensor, view: Tensor, numbers: Tensor) -> tuple[Tensor, ...]:
    """The network's inputs from those of samples: uint8 crops and views as float32 in [0, 1]."""
    return native.float() / 255.0, reduced.float() / 255.0, view.float() / 255.0, numbers


def _collated(samples: Sequence[Sample]) -> Arrays:
    return (
        np.stack([sample.native for sample in samples]),
        np.stack([sample.reduced for sample in samples]),
        np.stack([sample.view for sample in samples]),
        np.stack([sample.numbers for sample in samples]),
        np.stack([sample.answer.present for sample in samples]),
        np.stack([sample.answer.counts for sample in samples]),
        np.array([sample.answer.sigma for sample in samples], np.float32),
    )


def _kernels(config: DetectorTraining, root: Path) -> list[Kernel]:
    if not config.kernels:
        return []
    file = root / config.kernels
    try:
        return load_kernels(file, config.kernel_names)
    except (OSError, KeyError, ValueError) as error:
        raise DataError(f"{file}: cannot be read as blur kernels: {error}.") from error
