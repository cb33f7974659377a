"""Views of a feature map that fit on a screen: magnitude, principal components, strongest channels (paper, Fig. 6)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

COMPONENTS = 3
"""Principal components that are shown, one per colour."""

_LEAST_WITH_EDGES = 8


def mean_magnitude(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean absolute value over the channels: (C, h, w) -> (h, w), at least 0."""
    return np.abs(features).mean(axis=0)


def inner_range(values: NDArray[np.float32]) -> tuple[float, float]:
    """The range that a feature map is shown in: 1st to 99th percentile of (h, w) values without the outermost ones.

    At the edges convolutions see zeros in place of a photo. What they make of them is often larger than all that is
    inside, which would be shown in one colour if it counted. Maps smaller than 8×8 keep their edges.
    """
    inner = values[1:-1, 1:-1] if min(values.shape) >= _LEAST_WITH_EDGES else values
    low, high = np.percentile(inner, (1, 99))
    return float(low), float(high)


@dataclass(frozen=True, eq=False)
class Components:
    """The first three principal components of a feature map, one pixel being one observation of C channels.

    Attributes:
        maps: (3, h, w) float32, centred; those that do not exist (fewer channels than three) are 0.
        explained: (3,) float64, share of the variance that each holds, 0 to 1, descending.
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
    """The first three principal components of (C, h, w) features.

    The sign of a component is arbitrary; here its largest weight is positive, so that the same features always look
    the same. The basis belongs to these features: colours of two feature maps cannot be compared with each other.
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
    """The channels of a feature map that vary most from pixel to pixel; a constant one holds no picture.

    Attributes:
        channels: (n,) int64, the strongest first.
        strengths: (n,) float32, standard deviation over the pixels.
        maps: (n, h, w) float32, these channels.
    """

    channels: NDArray[np.int64]
    strengths: NDArray[np.float32]
    maps: NDArray[np.float32]


def strongest_channels(features: NDArray[np.float32], count: int = 12) -> Strongest:
    """The ``count`` strongest channels of (C, h, w) features, or all if there are fewer."""
    strengths = features.std(axis=(1, 2))
    channels = np.argsort(-strengths, kind="stable")[:count]
    return Strongest(channels, strengths[channels], features[channels])
