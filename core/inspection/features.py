"""Summaries of feature maps: magnitude, principal components, strongest channels (paper, Fig. 6)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 3
"""Number of principal components, one per colour."""

_MIN_SIDE_WITHOUT_EDGES = 8


def mean_magnitude(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean absolute value over the channels: (C, h, w) -> (h, w), at least 0."""
    magnitude: NDArray[np.float32] = np.abs(features).mean(axis=0)
    return magnitude


def inner_range(values: NDArray[np.float32]) -> tuple[float, float]:
    """Range in which a feature map is shown: 1st to 99th percentile of (h, w) values without the outermost ones.

    At the edges convolutions see the zeros of the padding, and their results are often far larger than those inside.
    Maps smaller than 8×8 keep their edges.
    """
    inner = values[1:-1, 1:-1] if min(values.shape) >= _MIN_SIDE_WITHOUT_EDGES else values
    low, high = np.percentile(inner, (1, 99))
    return float(low), float(high)


@dataclass(frozen=True, eq=False)
class Components:
    """The first three principal components of a feature map; each pixel is one observation of C channels.

    Attributes:
        maps: (3, h, w) float32, centred; with fewer than three channels the missing ones are 0.
        explained: (3,) float64, share of the variance of each, 0 to 1, descending.
    """

    maps: NDArray[np.float32]
    explained: NDArray[np.float64]

    @property
    def colours(self) -> NDArray[np.float32]:
        """(h, w, 3) in [0, 1]: the components as red, green and blue, each in its :func:`inner_range`."""
        low, high = np.array([inner_range(values) for values in self.maps]).T[:, :, None, None]
        spread = np.where(high > low, high - low, 1.0)
        return np.ascontiguousarray(((self.maps - low) / spread).clip(0, 1).transpose(1, 2, 0), np.float32)


def principal_components(features: NDArray[np.float32]) -> Components:
    """Compute the first three principal components of (C, h, w) features.

    The sign of a component is arbitrary; here its largest weight is positive, so that equal features give equal
    results. The basis depends on the features: colours of two feature maps cannot be compared.
    """
    channels, height, width = features.shape
    rows = features.reshape(channels, -1).astype(np.float64)
    rows = rows - rows.mean(axis=1, keepdims=True)
    variances, vectors = np.linalg.eigh(rows @ rows.T / rows.shape[1])  # ascending
    count = min(COMPONENTS, channels)
    basis = vectors[:, ::-1][:, :count]  # (C, count)
    basis = basis * np.sign(basis[np.abs(basis).argmax(axis=0), np.arange(count)])
    maps = np.zeros((COMPONENTS, height, width), np.float32)
    maps[:count] = (basis.T @ rows).reshape(count, height, width)
    explained, total = np.zeros(COMPONENTS), variances.clip(0).sum()
    if total > 0:
        explained[:count] = variances[::-1][:count].clip(0) / total
    return Components(maps, explained)


@dataclass(frozen=True, eq=False)
class Strongest:
    """The channels of a feature map with the largest variation over the pixels.

    Attributes:
        channels: (n,) int64, numbers of the channels, the strongest first.
        strengths: (n,) float32, standard deviation over the pixels.
        maps: (n, h, w) float32, these channels.
    """

    channels: NDArray[np.int64]
    strengths: NDArray[np.float32]
    maps: NDArray[np.float32]


def strongest_channels(features: NDArray[np.float32], count: int = 12) -> Strongest:
    """Return the ``count`` strongest channels of (C, h, w) features, or all if there are fewer."""
    strengths = features.std(axis=(1, 2))
    channels = np.argsort(-strengths, kind="stable")[:count]
    return Strongest(channels, strengths[channels], features[channels])
