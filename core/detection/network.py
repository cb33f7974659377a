"""The detector's network: one encoder for all crops, one for the view, and a small head."""

import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.detection.detection import FAMILIES
from core.detection.statistics import COUNT

OUTPUTS = len(FAMILIES) + 1
"""A logit for each family, then the natural logarithm of σ on the 0-255 scale."""

_VIEW_NUMBERS = 16 + 8 + 8
_LEVELS = 3
_CROP_NUMBERS = 3 + 3 * _LEVELS + 4
_RANKS = (0.0, 0.25, 0.5, 1.0)
_CENTRE = 3.5  # brings the logarithms near 0
_MOST_PIXELS = 16 * 2**20  # that the network looks at in one picture; a hundred times as many as ours
_FLOOR = 0.5  # added to σ before taking logarithms, on the 0-255 scale, so that no noise at all has one too


@dataclass(frozen=True)
class DetectorConfig:
    """Sizes of the network and of what it looks at.

    Attributes:
        widths: channels at 1/2, 1/4 and 1/8 of the resolution.
        features: numbers that describe a crop or the view.
        hidden: width of the head.
        crop: side of a crop in pixels, divisible by 8.
        view: side of the view in pixels, divisible by 8.
        native_crops: crops in full resolution per picture.
        reduced_crops: crops of the reduced picture.
        reduced_side: longer side in pixels to which a larger picture is reduced.

    Raises:
        ValueError: a size is no positive number, or not divisible by 8 where it must be, or all are absurdly large.
    """

    widths: tuple[int, int, int] = (16, 48, 96)
    features: int = 96
    hidden: int = 128
    crop: int = 64
    view: int = 96
    native_crops: int = 16
    reduced_crops: int = 16
    reduced_side: int = 768

    def __post_init__(self) -> None:
        sizes = [value for value in asdict(self).values() if not isinstance(value, tuple)]
        sizes += self.widths
        if len(self.widths) != 3 or not all(type(value) is int and 0 < value <= 4096 for value in sizes):
            raise ValueError(f"{self}: wanted three widths, and whole numbers from 1 to 4096")
        if (self.native_crops + self.reduced_crops) * self.crop**2 > _MOST_PIXELS:
            raise ValueError(f"{self}: so many crops of this size would need too much memory")
        if self.crop % 8 or self.view % 8:
            raise ValueError(f"crop {self.crop} and view {self.view} must be divisible by 8")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "DetectorConfig":
        """The configuration with these fields; those not given keep their defaults.

        Raises:
            ValueError: a field is unknown or out of range.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown entries of the network: {', '.join(sorted(unknown))}")
        given = dict(values)
        if "widths" in given:
            given["widths"] = tuple(given["widths"])
        return cls(**given)

    def to_dict(self) -> dict[str, Any]:
        """Plain values that JSON can hold, for :meth:`from_dict`."""
        return {**asdict(self), "widths": list(self.widths)}


class DetectorNetwork(nn.Module):
    """Crops and view -> logits of the families, and σ.

    There is no normalisation layer: the strength of noise is an amplitude, which normalising would take away.
    """

    def __init__(self, config: DetectorConfig) -> None:
        super().__init__()
        self.config = config
        size = config.features
        self.crops = Encoder(config.widths, _CROP_NUMBERS, size)
        self.view = Encoder(config.widths, _VIEW_NUMBERS, size)
        self.numbers = nn.Sequential(nn.Linear(COUNT, size), nn.ReLU(), nn.Linear(size, size), nn.ReLU())
        self.native_pool = Pool(size)
        self.reduced_pool = Pool(size)
        self.vote = nn.Linear(size, OUTPUTS)
        self.head = nn.Sequential(
            nn.Linear(6 * size + 2 * OUTPUTS + 3 * len(_RANKS), config.hidden),
            nn.ReLU(),
            nn.Linear(config.hidden, OUTPUTS),
        )

    def forward(self, native: Tensor, reduced: Tensor, view: Tensor, numbers: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Judge a batch of pictures.

        Args:
            native: (B, N, 3, S, S) float32 RGB in [0, 1].
            reduced: (B, M, 3, S, S).
            view: (B, 3, V, V).
            numbers: (B, ``COUNT``).

        Returns:
            (B, 6) the verdict: a logit for each of ``FAMILIES``, then log σ; and what each crop by itself says,
            (B, N, 6) and (B, M, 6), which training uses as well.
        """
        batch, count = native.shape[:2]
        both = torch.cat([native.flatten(0, 1), reduced.flatten(0, 1)])  # (B*N + B*M, 3, S, S)
        local = crop_numbers(both)
        described = self.crops(both, local)

        def parted(values: Tensor) -> tuple[Tensor, Tensor]:
            ours, theirs = values[: batch * count], values[batch * count :]
            return ours.reshape(batch, count, *values.shape[1:]), theirs.reshape(batch, -1, *values.shape[1:])

        ours, theirs = parted(described)  # (B, N, F), (B, M, F)
        measured = local[:, :3].mean(1)  # log σ by wavelets, which the network only has to correct
        ours_measured = parted(measured)[0]
        steps = parted(local[:, 3:5].mean(1))  # how sharp the picture's details are
        votes, other_votes = parted(_with_sigma(self.vote(described), measured))
        spread = [_ranked(part) for part in (ours_measured, *steps)]
        whole = self.view(view, view_numbers(view))
        pooled = [self.native_pool(ours), self.reduced_pool(theirs), whole, self.numbers(numbers)]
        verdict = self.head(torch.cat([*pooled, votes.mean(1), other_votes.mean(1), *spread], 1))
        # Texture looks like noise to wavelets, so the flatter places are asked.
        return _with_sigma(verdict, spread[0][:, 1]), votes, other_votes


class Encoder(nn.Module):
    """Pictures -> a vector each: residual convolutions at three resolutions, mean and spread over the area."""

    def __init__(self, widths: tuple[int, int, int], numbers: int, features: int) -> None:
        super().__init__()
        first, second, third = widths
        self.body = nn.Sequential(
            nn.Conv2d(24, first, 3, padding=1),
            nn.ReLU(),
            Residual(first),
            nn.Conv2d(first, second, 3, stride=2, padding=1),
            nn.ReLU(),
            Residual(second),
            nn.Conv2d(second, third, 3, stride=2, padding=1),
            nn.ReLU(),
            Residual(third),
        )
        self.out = nn.Linear(2 * third + numbers, features)

    def forward(self, pictures: Tensor, numbers: Tensor) -> Tensor:
        """Describe pictures (n, 3, S, S) in [0, 1], with further ``numbers`` (n, k) about them: (n, features)."""
        cells = F.pixel_unshuffle(pictures, 2)  # (n, 12, S/2, S/2): every pixel kept, a quarter of the cost
        grouped = cells.reshape(-1, 3, 4, *cells.shape[2:])
        detail = (grouped - grouped.mean(2, keepdim=True)).flatten(1, 2)  # faint noise is to be seen as well
        maps = self.body(torch.cat([cells - 0.5, 8 * detail], 1).contiguous(memory_format=torch.channels_last))
        spread = (maps.var((2, 3), correction=0) + 1e-6).sqrt()  # of a constant, the root alone has no slope
        return F.relu(self.out(torch.cat([maps.mean((2, 3)), spread, numbers], 1)))


class Residual(nn.Module):
    """``relu(x + conv(relu(conv(x))))``, the identity at first."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, maps: Tensor) -> Tensor:
        """(n, C, h, w) -> the same shape."""
        return F.relu(maps + self.second(F.relu(self.first(maps))))


class Pool(nn.Module):
    """Crops -> picture: the mean over crops, and one that attends, for each feature, to the crops that show it best."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.attention = nn.Linear(features, features)

    def forward(self, crops: Tensor) -> Tensor:
        """(B, N, F) -> (B, 2F)."""
        weights = self.attention(crops).softmax(1)
        return torch.cat([crops.mean(1), (weights * crops).sum(1)], 1)


def crop_numbers(crops: Tensor) -> Tensor:
    """Plain statistics of crops (n, 3, S, S): (n, 16).

    For each channel log σ by the median absolute deviation of the diagonal Haar wavelet (Donoho and Johnstone, *Ideal
    spatial adaptation by wavelet shrinkage*, Biometrika 1994). Of luminance: at three levels of the transform the
    logarithms of the mean coefficient down, across and diagonal; skewness and kurtosis of fine detail; mean and
    standard deviation.
    """
    sigma = _haar(crops)[3].abs().flatten(2).median(2).values / 0.6745  # (n, 3)
    grey = crops.mean(1)
    detail = grey - F.avg_pool2d(grey, 3, 1, 1, count_include_pad=False)
    variance = detail.square().mean((1, 2)) + (_FLOOR / 255) ** 2
    skewness = detail.pow(3).mean((1, 2)) / variance.pow(1.5)
    kurtosis = detail.pow(4).mean((1, 2)) / variance.square()
    moments = [
        (skewness / 2).clamp(-2, 2),
        (kurtosis + 1).log() - 1.5,
        grey.mean((1, 2)),
        grey.std((1, 2), correction=0),
    ]
    sizes = [sigma]
    for _ in range(_LEVELS):
        grey, *bands = _haar(grey)
        sizes.append(torch.stack([band.abs().mean((1, 2)) for band in bands], 1))
    logs = torch.cat(sizes, 1).add(_FLOOR / 255).log() + _CENTRE
    return torch.cat([logs, torch.stack(moments, 1)], 1)


def _haar(planes: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    # (..., S, S) -> means, and differences down, across and diagonal, (..., S/2, S/2) each.
    a, b = planes[..., 0::2, 0::2], planes[..., 0::2, 1::2]
    c, d = planes[..., 1::2, 0::2], planes[..., 1::2, 1::2]
    return (a + b + c + d) / 4, (a + b - c - d) / 2, (a - b + c - d) / 2, (a - b - c + d) / 2


def view_numbers(view: Tensor) -> Tensor:
    """Histograms of a view (n, 3, V, V): (n, 32), of luminance, the dark channel and saturation.

    The dark channel is the least value around a pixel over all colours: low wherever there is no haze (He et al.,
    *Single image haze removal using dark channel prior*, CVPR 2009).
    """
    grey = view.mean(1)
    dark = -F.max_pool2d(-view.amin(1, keepdim=True), 5, 1, 2)[:, 0]
    saturation = (view.amax(1) - view.amin(1)) / (view.amax(1) + 0.02)
    return torch.cat([_histogram(grey, 16), _histogram(dark, 8), _histogram(saturation, 8)], 1)


def _with_sigma(outputs: Tensor, measured: Tensor) -> Tensor:
    # (..., 6) and (...): the last output as a correction of the centred log σ that was measured.
    return torch.cat([outputs[..., :-1], outputs[..., -1:] + (measured - _CENTRE + math.log(255))[..., None]], -1)


def _ranked(values: Tensor) -> Tensor:
    # (B, n) -> (B, 4), of the crops of each picture.
    return values.quantile(values.new_tensor(_RANKS), dim=1).T


def _histogram(values: Tensor, bins: int) -> Tensor:
    # (n, V, V) in [0, 1] -> (n, bins): shares, each value split between its two nearest bins.
    centres = torch.linspace(0, 1, bins, device=values.device)
    near = 1 - (values.flatten(1)[:, None] - centres[:, None]).abs() * (bins - 1)  # (n, bins, V*V)
    return near.clamp_min(0).mean(2) * bins / 4
