"""The entry point of detection."""

import math
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.detection.calibration import Calibration
from core.detection.detection import BESIDE_OTHERS, CERTAIN, CLASSES, FAMILIES, WITHOUT_RAIN, Detection
from core.detection.files import DetectorFile, built_in_detector, load_detector
from core.detection.sampling import extract_inputs
from core.detection.trial import POSSIBLE, RainTrial, log_odds
from core.photo import Photo
from core.system.devices import choose_device


class Detector:
    """A loaded detector for any number of photos. Equal photos give equal detections.

    Args:
        file: the file of a detector, or a loaded one; None takes the built-in detector.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``. The network is small enough for the CPU.

    Raises:
        CheckpointError: the file cannot be loaded.
        RestorationError: the device does not exist.
    """

    def __init__(self, file: str | Path | DetectorFile | None = None, device: str = "cpu") -> None:
        self._device = choose_device(device)
        loaded = file if isinstance(file, DetectorFile) else load_detector(file or built_in_detector())
        self._network = loaded.build().to(self._device).to(memory_format=torch.channels_last)
        self.card = loaded.card
        self.calibration = loaded.calibration
        self._trial = RainTrial(self._device)

    @property
    def device(self) -> str:
        """Name of the torch device in use."""
        return str(self._device)

    def detect(self, photo: Photo) -> Detection:
        """Detect degradations in a photo of any size from 1x1; the photo is not changed.

        The detection is made on its visible pixels in sRGB; transparent parts are ignored. If rain is possible but not
        certain, or found together with haze, there is a trial of removing it, see :mod:`core.detection.trial`.

        Raises:
            CheckpointError: the built-in restorer, which makes the trial, cannot be loaded.
        """
        pixels = photo.visible_part().srgb()
        logits, log_sigma = self._run(pixels)
        detection, evidence = judge(logits, log_sigma, self.calibration), None
        if POSSIBLE[0] <= detection.probabilities["rain"] <= POSSIBLE[1]:
            evidence = self._trial.evidence(pixels)
            detection = judge(logits, log_sigma, self.calibration, evidence)
        if not {"rain", "haze"} <= set(detection.relied_on):
            return detection
        without_rain, _ = self._run(self._trial.small_copy_without_rain(pixels))
        haze = float(without_rain[FAMILIES.index("haze")])
        return judge(logits, log_sigma, self.calibration, evidence, haze_without_rain=haze)

    @torch.inference_mode()
    def _run(self, pixels: NDArray[np.float32]) -> tuple[NDArray[np.float64], float]:
        inputs = extract_inputs(pixels, self._network.config)
        tensors = [torch.from_numpy(part)[None].to(self._device) for part in inputs]
        outputs = self._network(*tensors)[0][0].double().cpu().numpy()  # (6,)
        return outputs[: len(FAMILIES)], float(outputs[-1])


def judge(
    logits: NDArray[np.float64],
    log_sigma: float,
    calibration: Calibration,
    rain_trial: float | None = None,
    haze_without_rain: float | None = None,
) -> Detection:
    """Make the detection from the network's outputs.

    A family is found if it reaches its threshold, and, if others do so as well, also that of :data:`BESIDE_OTHERS`.

    Args:
        logits: (5,), one for each family.
        log_sigma: natural logarithm of σ on the 0-255 scale.
        calibration: calibration curves and thresholds.
        rain_trial: evidence of rain from a trial, see :func:`core.detection.trial.evidence`; None without a trial.
        haze_without_rain: logit of haze after rain was removed, which counts if it is lower; None if it was not.
    """
    logits = logits.copy()
    if haze_without_rain is not None:
        logits[FAMILIES.index("haze")] = min(logits[FAMILIES.index("haze")], haze_without_rain)
    if rain_trial is not None:
        logits[FAMILIES.index("rain")] += log_odds(rain_trial) / calibration.curves["rain"].scale
    values = calibration.probabilities(logits[None])[0]
    probabilities = {name: float(value) for name, value in zip(CLASSES, values, strict=True)}
    reached = [name for name in FAMILIES if probabilities[name] >= calibration.thresholds[name]]
    ranked = sorted(reached, key=lambda name: -probabilities[name])
    alone = len(ranked) == 1
    beside = BESIDE_OTHERS if haze_without_rain is None else {**BESIDE_OTHERS, "haze": WITHOUT_RAIN}
    found = tuple(name for name in ranked if alone or probabilities[name] >= beside.get(name, 0.0))
    sigma = min(math.exp(min(log_sigma, 10.0)), 255.0) if "noise" in found else None
    return Detection(probabilities, found, sigma, unsure=bool(max(values) < CERTAIN), rain_trial=rain_trial)
