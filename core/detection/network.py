"""The detector's network: an encoder for crops, one for the view of the whole picture, and a small head."""

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
"""Number of outputs: a logit for each family, then the natural logarithm of σ on the 0-255 scale."""

_VIEW_NUMBERS = 16 + 8 + 8  # bins of the histograms
_LEVELS = 3
_CROP_NUMBERS = 3 + 3 * _LEVELS + 4
_RANKS = (0.0, 0.25, 0.5, 1.0)
_CENTRE = 3.5  # centres the logarithms around 0
_MAX_PIXELS = 16 * 2**20  # in the crops of one picture; a hundred times those of the built-in detector
_FLOOR = 0.5  # added to σ on the 0-255 scale before taking the logarithm, so that σ = 0 has one


@dataclass(frozen=True)
class DetectorConfig:
    """Sizes of the network and of its inputs.

    Attributes:
        widths: channels at 1/2, 1/4 and 1/8 of the resolution.
        features: number of features of a crop or the view.
        hidden: width of the head.
        crop: side of a crop in pixels, divisible by 8.
        view: side of the view in pixels, divisible by 8.
        native_crops: crops in full resolution per picture.
        reduced_crops: crops of the reduced picture.
        reduced_side: longer side in pixels to which a larger picture is reduced.

    Raises:
        ValueError: a size is not a positive number, not divisible by 8 where it must be, or too large.
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
            raise ValueError(f"{self}: expected three widths, and whole numbers from 1 to 4096")
        if (self.native_crops + self.reduced_crops) * self.crop**2 > _MAX_PIXELS:
            raise ValueError(f"{self}: so many crops of this size need too much memory")
        if self.crop % 8 or self.view % 8:
            raise ValueError(f"crop {self.crop} and view {self.view} must be divisible by 8")

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "DetectorConfig":
        """Make a configuration from the given fields; the others have their defaults.

        Raises:
            ValueError: a field is unknown or out of range.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown configuration fields: {', '.join(sorted(unknown))}")
        arguments = dict(values)
        if "widths" in arguments:
            arguments["widths"] = tuple(arguments["widths"])
        return cls(**arguments)

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as values for JSON."""
        return {**asdict(self), "widths": list(self.widths)}


class DetectorNetwork(nn.Module):
    """Crops, view and statistics -> logits of the families, and σ.

    There are no normalisation layers: the strength of noise is an amplitude, which normalisation would remove.
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
        """Detect degradations in a batch of pictures.

        Args:
            native: (B, N, 3, S, S) float32 RGB in [0, 1].
            reduced: (B, M, 3, S, S).
            view: (B, 3, V, V).
            numbers: (B, ``COUNT``), see :func:`core.detection.statistics.statistics`.

        Returns:
            (B, 6) outputs: a logit for each of ``FAMILIES``, then log σ; and the same for each crop by itself,
            (B, N, 6) and (B, M, 6), which training uses as well.
        """
        batch, count = native.shape[:2]
        crops = torch.cat([native.flatten(0, 1), reduced.flatten(0, 1)])  # (B*N + B*M, 3, S, S)
        local = crop_numbers(crops)
        features = self.crops(crops, local)

        def split(values: Tensor) -> tuple[Tensor, Tensor]:
            first, second = values[: batch * count], values[batch * count :]
            return first.reshape(batch, count, *values.shape[1:]), second.reshape(batch, -1, *values.shape[1:])

        native_features, reduced_features = split(features)  # (B, N, F), (B, M, F)
        measured = local[:, :3].mean(1)  # log σ by wavelets, which the network corrects
        native_measured = split(measured)[0]
        sharpness = split(local[:, 3:5].mean(1))
        votes, reduced_votes = split(_with_sigma(self.vote(features), measured))
        spread = [_ranked(part) for part in (native_measured, *sharpness)]
        whole = self.view(view, view_numbers(view))
        pooled = [self.native_pool(native_features), self.reduced_pool(reduced_features), whole, self.numbers(numbers)]
        outputs = self.head(torch.cat([*pooled, votes.mean(1), reduced_votes.mean(1), *spread], 1))
        # Wavelets take texture for noise, so σ is based on the flatter crops.
        return _with_sigma(outputs, spread[0][:, 1]), votes, reduced_votes


class Encoder(nn.Module):
    """Pictures -> one vector each: residual convolutions at three resolutions, mean and deviation over the area."""

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
        """Pictures (n, 3, S, S) in [0, 1] and statistics of them (n, k) -> (n, features)."""
        cells = F.pixel_unshuffle(pictures, 2)  # (n, 12, S/2, S/2): all pixels, a quarter of the cost
        grouped = cells.reshape(-1, 3, 4, *cells.shape[2:])
        detail = (grouped - grouped.mean(2, keepdim=True)).flatten(1, 2)  # amplified, for faint noise
        maps = self.body(torch.cat([cells - 0.5, 8 * detail], 1).contiguous(memory_format=torch.channels_last))
        spread = (maps.var((2, 3), correction=0) + 1e-6).sqrt()  # 1e-6: the root has no gradient at 0
        return F.relu(self.out(torch.cat([maps.mean((2, 3)), spread, numbers], 1)))


class Residual(nn.Module):
    """``relu(x + conv(relu(conv(x))))``; the identity when initialised."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        nn.init.zeros_(self.second.weight)

    def forward(self, maps: Tensor) -> Tensor:
        """(n, C, h, w) -> the same shape."""
        return F.relu(maps + self.second(F.relu(self.first(maps))))


class Pool(nn.Module):
    """Crops -> picture: the mean over the crops, and for each feature a mean weighted by attention."""

    def __init__(self, features: int) -> None:
        super().__init__()
        self.attention = nn.Linear(features, features)

    def forward(self, crops: Tensor) -> Tensor:
        """(B, N, F) -> (B, 2F)."""
        weights = self.attention(crops).softmax(1)
        return torch.cat([crops.mean(1), (weights * crops).sum(1)], 1)


def crop_numbers(crops: Tensor) -> Tensor:
    """Statistics of crops (n, 3, S, S): (n, 16).

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

    The dark channel is the minimum around a pixel over all colours: low where there is no haze (He et al.,
    *Single image haze removal using dark channel prior*, CVPR 2009).
    """
    grey = view.mean(1)
    dark = -F.max_pool2d(-view.amin(1, keepdim=True), 5, 1, 2)[:, 0]
    saturation = (view.amax(1) - view.amin(1)) / (view.amax(1) + 0.02)
    return torch.cat([_histogram(grey, 16), _histogram(dark, 8), _histogram(saturation, 8)], 1)


def _with_sigma(outputs: Tensor, measured: Tensor) -> Tensor:
    # (..., 6) and (...): the last output corrects the measured, centred log σ.
    return torch.cat([outputs[..., :-1], outputs[..., -1:] + (measured - _CENTRE + math.log(255))[..., None]], -1)


def _ranked(values: Tensor) -> Tensor:
    # (B, n) -> (B, 4): quantiles over the crops of each picture.
    return values.quantile(values.new_tensor(_RANKS), dim=1).T


def _histogram(values: Tensor, bins: int) -> Tensor:
    # (n, V, V) in [0, 1] -> (n, bins): shares, each value split between its two nearest bins.
    centres = torch.linspace(0, 1, bins, device=values.device)
    near = 1 - (values.flatten(1)[:, None] - centres[:, None]).abs() * (bins - 1)  # (n, bins, V*V)
    return near.clamp_min(0).mean(2) * bins / 4
