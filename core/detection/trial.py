"""Trials of the removal of rain: is it rain, and is there haze as well?

If rain is possible but not certain, the built-in restorer removes it from a small crop. It was trained to leave
pictures without rain alone, so what it removes is evidence: rain is bright, grey, and in thin streaks that are nearly
upright. What it removes by mistake, such as texture, mostly is not.

Dense rain looks like a veil. If both rain and haze are found, rain is removed from a small copy of the photo, and the
detector judges haze by that.

See docs/measurements.md for both. The restorer that the user has chosen does not matter.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from core.checkpoints import load_checkpoint
from core.checkpoints.builtin import DEFAULT_MODEL, find_model
from core.detection.sampling import cut, planes, reduce

Pixels = NDArray[np.float32]

POSSIBLE = (0.1, 0.9)
"""Probabilities of rain between which a trial is made."""

_REDUCED_SIDE = 1024
"""Larger photos are reduced to this many pixels on the longer side, for streaks to be as thin as in the training."""

_SIDE = 160
"""Side of the crop in pixels."""

_CROPS, _CHOSEN = 5, 3
"""The fourth of five crops, by contrast: streaks hardly show on white, and in the strongest texture others do."""

_TYPICAL = 1.2
"""Evidence that few crops without rain reach, and most with rain exceed."""

_WEIGHT, _MOST = 2.0, 2.0
"""Log-odds of each unit of evidence above :data:`_TYPICAL`, and the largest."""

_COPY_SIDE, _MULTIPLE = 384, 16
"""Longer side of the small copy, and what its sides are multiples of."""

_LEVEL = 1.0 / 255.0


class RainTrial:
    """The restorer that is used for trials. It is loaded when the first trial is made.

    Args:
        device: torch device.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._loaded: tuple[torch.nn.Module, torch.Tensor] | None = None

    @torch.inference_mode()
    def evidence(self, pixels: Pixels) -> float:
        """Remove rain from a crop of a photo (H, W, 3) in sRGB; see :func:`evidence`.

        Raises:
            CheckpointError: the built-in restorer cannot be loaded.
        """
        crop = cut(reduce(pixels, _REDUCED_SIDE), _CROPS, _SIDE)[_CHOSEN]
        return evidence(crop, self._without_rain(crop))

    @torch.inference_mode()
    def small_copy_without_rain(self, pixels: Pixels) -> Pixels:
        """Reduce a photo (H, W, 3) in sRGB to at most 384 pixels, and remove rain.

        Returns:
            (h, w, 3) float32 in [0, 1]; up to 15 pixels are cut off at two sides.

        Raises:
            CheckpointError: the built-in restorer cannot be loaded.
        """
        small = reduce(pixels, _COPY_SIDE)
        height, width = (side // _MULTIPLE * _MULTIPLE for side in small.shape[:2])
        return self._without_rain(small[:height, :width]) if height and width else small

    def _without_rain(self, pixels: Pixels) -> Pixels:
        network, prompt = self._load()
        image = torch.from_numpy(planes(pixels[None])).to(self._device)
        result = network(image, prompt)[0].permute(1, 2, 0).float().clamp(0.0, 1.0).cpu().numpy()
        return np.asarray(np.ascontiguousarray(result), np.float32)

    def _load(self) -> tuple[torch.nn.Module, torch.Tensor]:
        if self._loaded is None:
            checkpoint = load_checkpoint(find_model(DEFAULT_MODEL))
            prompt = torch.from_numpy(np.array(checkpoint.prompts.embedding("rain"), np.float32))[None]
            self._loaded = checkpoint.build().to(self._device), prompt.to(self._device)
        return self._loaded


def evidence(before: Pixels, after: Pixels) -> float:
    """How much what was removed resembles rain: about 0.3 if hardly anything was, rarely above 1.2 without rain.

    The logarithm of the ratio of its differences across to those down, which streaks that are nearly upright raise,
    less 0.6 times that of the ratio of its colour to its lightness. Both ratios approach 1 for what is not visible.

    Args:
        before: (H, W, 3) float32 in [0, 1].
        after: the same with rain removed.
    """
    removed = before - after
    grey = removed.mean(axis=2, dtype=np.float32)
    across, down = _size(np.diff(grey, axis=1)), _size(np.diff(grey, axis=0))
    upright = np.log((across + _LEVEL / 10) / (down + _LEVEL / 10))
    colour = np.log((_size(removed - grey[..., None]) + _LEVEL / 4) / (_size(grey) + _LEVEL / 4))
    return float(upright - 0.6 * colour)


def log_odds(evidence: float) -> float:
    """By how much evidence raises the log-odds of rain: 0 to 2; it does not lower them, since streaks may be faint."""
    return float(np.clip(_WEIGHT * (evidence - _TYPICAL), 0.0, _MOST))


def _size(values: Pixels) -> float:
    return float(np.sqrt(cv2.norm(np.ascontiguousarray(values), cv2.NORM_L2SQR) / max(values.size, 1)))
