"""Refit of a detector's head: ``python -m training.detection.refit CONFIG --data DATA --init FILE --out FILE``.

The encoders stay as they are; the head is fitted to their features of real photographs
(:mod:`training.detection.photographs`) and of synthetic samples of the configuration. This takes seconds once the
features are computed (``--cache DIR`` keeps them).

With ``--keep-head`` only the calibration is fitted.

Figures of photographs come from heads and curves that did not see them: those of ``sources left out`` from ones that
did not see any photograph of their source either, those of ``all sources`` from ones that saw others of their source.
"""

import argparse
import json
import logging
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

from core.detection import FAMILIES, Detection
from core.detection.calibration import Calibration
from core.detection.detector import judge
from core.detection.files import DetectorFile, load_detector, save_detector
from core.errors import DFPIRError
from core.io.atomic import publish
from training.detection.calibration import fit_calibration
from training.detection.config import DetectorTraining, Refit, load_detector_config
from training.detection.features import Features, of_photographs, of_samples
from training.detection.kept_arrays import kept
from training.detection.objective import SIGMA_WEIGHT, DetectionObjective
from training.detection.photographs import Photograph, leave_sources_out, list_photographs, score, score_detections
from training.engine.history import earlier_parts

log = logging.getLogger("training.detection.refit")

Head = tuple[Tensor, Tensor, Tensor, Tensor]
"""Weights and biases of the head's two layers."""

_ITERATIONS = 60


@dataclass(frozen=True)
class Fitted:
    """A refitted detector.

    Attributes:
        detector: the file's content.
        figures: metrics of photographs, values for JSON.
    """

    detector: DetectorFile
    figures: dict[str, Any]


def fit_head(head: Head, features: Features, settings: Refit) -> Head:
    """Fit a head to features by L-BFGS.

    The loss is that of the training, with weights, plus ``settings.pull`` times the squared distance from ``head``.

    Args:
        head: the start.
        features: of all pictures to fit to.
        settings: weights of the loss.
    """
    inputs, measured = torch.from_numpy(features.inputs), torch.from_numpy(features.measured)
    present, sigma = torch.from_numpy(features.present), torch.from_numpy(features.sigma)
    weights = torch.from_numpy(features.counts * features.weight[:, None])
    known = (sigma > 0).float() * torch.from_numpy(features.weight)
    target = sigma.clamp_min(0.1).log() - measured
    parameters = [part.clone().requires_grad_() for part in head]
    total = features.weight.sum()
    optimiser = torch.optim.LBFGS(
        parameters, max_iter=_ITERATIONS, history_size=15, line_search_fn="strong_wolfe", tolerance_change=1e-7
    )

    def loss() -> Tensor:
        optimiser.zero_grad()
        outputs = _apply((parameters[0], parameters[1], parameters[2], parameters[3]), inputs)
        entropy = F.binary_cross_entropy_with_logits(outputs[:, :-1], present, reduction="none")
        error = F.smooth_l1_loss(outputs[:, -1], target, reduction="none", beta=0.1)
        value = ((entropy * weights).sum() + SIGMA_WEIGHT * (error * known).sum()) / total
        value = value + settings.pull * sum(
            (new - old).square().sum() for new, old in zip(parameters, head, strict=True)
        )
        value.backward()
        return torch.as_tensor(value)

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    first, first_bias, second, second_bias = (part.detach() for part in parameters)
    return first, first_bias, second, second_bias


def outputs_of(head: Head, features: Features) -> NDArray[np.float64]:
    """Outputs of the network with this head: (n, 6), logits and log σ."""
    with torch.inference_mode():
        outputs = _apply(head, torch.from_numpy(features.inputs)).double().numpy()
    outputs[:, -1] += features.measured
    return outputs


def refit(
    initial: DetectorFile,
    photographs: Sequence[Photograph],
    real: Features,
    samples: Features,
    held_out: Features,
    config: DetectorTraining,
    *,
    keep_head: bool = False,
) -> Fitted:
    """Refit the head of a detector, with figures from heads and curves that had not seen the photographs.

    Args:
        initial: the detector.
        photographs: the photographs that ``real`` numbers.
        real: their features, and those of variants.
        samples: features of synthetic samples, to fit to.
        held_out: features of synthetic samples of held-out pictures, for the calibration.
        config: its ``refit`` has the settings.
        keep_head: whether to change only the calibration.
    """
    head, settings = _head_of(initial), config.refit
    synthetic = _reweighted(samples, settings.synthetic * float(real.weight.sum()) / len(samples.weight))
    first_rows = np.array([np.argmax(real.picture == number) for number in range(len(photographs))])
    plain = real[first_rows]
    sources = [photograph.source for photograph in photographs]

    def head_for(features: Features) -> Head:
        return head if keep_head else fit_head(head, features + synthetic, settings)

    final = head_for(real)
    of_held_out = outputs_of(final, held_out)
    figures, outputs = {}, {}
    for name, parts in (
        ("sources left out", leave_sources_out(sources, settings.folds)),
        ("all sources", _mixed_parts(len(photographs), settings.folds)),
    ):
        masks = list(parts)
        outputs[name] = np.zeros((len(photographs), len(FAMILIES) + 1))
        for part in masks:
            outputs[name][part] = outputs_of(head_for(real[~part[real.picture]]), plain[part])
        # The curves, too, are fitted to other photographs; else the figures are too high, see docs/measurements.md.
        detections: dict[int, Detection] = {}
        for part in masks:
            curves = _calibrated(outputs[name], plain, photographs, of_held_out, held_out, settings, ~part)
            for number in np.flatnonzero(part).tolist():
                row = outputs[name][number]
                detections[number] = judge(row[:-1], float(row[-1]), curves)
        figures[name] = score_detections([detections[number] for number in range(len(photographs))], photographs)
        log.info("%s: done", name)
    calibration = _calibrated(outputs["sources left out"], plain, photographs, of_held_out, held_out, settings)
    figures["seen in training"] = score(outputs_of(final, plain), calibration, photographs)
    state = {**initial.state, **dict(zip(_NAMES, final, strict=True))}
    return Fitted(DetectorFile(initial.config, state, calibration, _card(initial, config)), figures)


def main(arguments: list[str] | None = None) -> int:
    """Refit from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Refit the head of a detector on photographs and synthetic pictures.")
    parser.add_argument("config", type=Path, help="a TOML file with a table [detector.refit]")
    parser.add_argument("--data", type=Path, required=True, help="folder with train and train_real")
    parser.add_argument("--init", type=Path, required=True, metavar="FILE", help="the detector")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="the refitted detector")
    parser.add_argument("--cache", type=Path, metavar="DIR", help="keep features in this folder, and use those there")
    parser.add_argument("--keep-head", action="store_true", help="change only the calibration, not the weights")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of photographs to FILE")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", datefmt="%H:%M:%S")
    try:
        config, initial = load_detector_config(options.config), load_detector(options.init)
        network, settings = initial.build(), config.refit
        photographs = list_photographs(options.data)
        objective: list[DetectionObjective] = []

        def samples(count: int, held_out: bool) -> Features:
            if not objective:
                objective.append(DetectionObjective(config, options.data / "train"))
            return of_samples(network, objective[0], count, settings.crops, held_out=held_out)

        real = kept(
            _file(options.cache, "photographs"),
            Features,
            lambda: of_photographs(network, photographs, settings.variants, config.seed),
        )
        held_out = kept(_file(options.cache, "held-out"), Features, lambda: samples(settings.samples // 4, True))
        synthetic = held_out  # not used if the head is kept
        if not options.keep_head:
            synthetic = kept(_file(options.cache, "samples"), Features, lambda: samples(settings.samples, False))
        fitted = refit(initial, photographs, real, synthetic, held_out, config, keep_head=options.keep_head)
        save_detector(options.out, fitted.detector)
        print(json.dumps(fitted.figures, indent=1))
        if options.json:
            publish(json.dumps(fitted.figures, indent=1).encode(), options.json, overwrite=True)
    except (DFPIRError, OSError) as error:
        print(f"refit: {error}", file=sys.stderr)
        return 1
    return 0


_NAMES = ("head.0.weight", "head.0.bias", "head.2.weight", "head.2.bias")


def _head_of(detector: DetectorFile) -> Head:
    first, first_bias, second, second_bias = (detector.state[name] for name in _NAMES)
    return first, first_bias, second, second_bias


def _apply(head: Head, inputs: Tensor) -> Tensor:
    return F.linear(F.relu(F.linear(inputs, head[0], head[1])), head[2], head[3])


def _mixed_parts(count: int, folds: int) -> Iterator[NDArray[np.bool_]]:
    for fold in range(folds):
        yield np.arange(count) % folds == fold


def _reweighted(features: Features, weight: float) -> Features:
    columns = {name: getattr(features, name) for name in Features.__dataclass_fields__}
    return Features(**{**columns, "weight": np.full_like(features.weight, weight)})


def _calibrated(
    outputs: NDArray[np.float64],
    plain: Features,
    photographs: Sequence[Photograph],
    synthetic: NDArray[np.float64],
    held_out: Features,
    settings: Refit,
    used: NDArray[np.bool_] | None = None,
) -> Calibration:
    """Curves on photographs, all or those used, and held-out samples, with the thresholds of the configuration."""
    counted = np.array(["train_real/" in photograph.folder for photograph in photographs])
    counted = counted if used is None else counted & used
    logits = np.concatenate([outputs[counted, :-1], synthetic[:, :-1]])
    present = np.concatenate([plain.present[counted], held_out.present])
    counts = np.concatenate([plain.counts[counted], held_out.counts])
    curves = fit_calibration(logits, present, counts).curves
    return Calibration(curves, {**dict.fromkeys(FAMILIES, 0.5), **settings.thresholds})


def _card(initial: DetectorFile, config: DetectorTraining) -> dict[str, Any]:
    part = {
        "name": config.name,
        "steps": config.refit.samples,
    }
    return {**initial.card, **config.card, "history": [*earlier_parts(initial.card), part]}


def _file(folder: Path | None, name: str) -> Path | None:
    if folder is None:
        return None
    folder.mkdir(parents=True, exist_ok=True)
    return folder / f"{name}.npz"


if __name__ == "__main__":
    sys.exit(main())
