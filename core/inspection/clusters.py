"""Do degradations form clusters in the latent features, before and after the DGPB (paper, Fig. 3)?

After the DGPB they may do so for a poor reason: pictures that are given different prompts are put through different
orders, and that alone moves them apart. So everything is done a second time with one and the same prompt for all.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import RestorationError
from core.inspection.embedding import embed_all
from core.progress import CancelToken

Where = Literal["before", "after", "control"]
"""Before the latent DGPB; after it, each picture with its own prompt; after it, all with the same prompt."""

LEAST = 5
"""Pictures below which no embedding is made."""


@dataclass(frozen=True)
class Sample:
    """One picture of a folder.

    Attributes:
        name: its file's name.
        label: what it suffers from, the key of its own prompt.
    """

    name: str
    label: str


@dataclass(frozen=True, eq=False)
class Pooled:
    """Latent features, each picture's averaged over its pixels.

    Attributes:
        samples: N pictures.
        control: key of the prompt that all share in the control.
        features: where to (N, C) float32. The encoder does not see the prompt, so there is one "before".
    """

    samples: tuple[Sample, ...]
    control: str
    features: dict[Where, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Cloud:
    """One embedding.

    Attributes:
        points: (N, 2) float32, t-SNE. Distances between far clusters and the clusters' sizes mean little.
        in_features: silhouette score of the labels on the standardised features, -1 to 1; None if it is not defined
            (fewer than two labels, or none shared by two pictures).
        in_points: the same on ``points``.
    """

    points: NDArray[np.float32]
    in_features: float | None
    in_points: float | None


@dataclass(frozen=True, eq=False)
class Clusters:
    """Embeddings of a folder's latent features.

    Attributes:
        samples: N pictures.
        control: key of the prompt that all share in the control.
        clouds: where to embedding.
    """

    samples: tuple[Sample, ...]
    control: str
    clouds: dict[Where, Cloud]


def pool(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over the pixels: (C, h, w) -> (C,)."""
    return features.mean(axis=(1, 2))


def clusters_of(pooled: Pooled, *, seed: int = 0, cancel: CancelToken | None = None) -> Clusters:
    """Embed pooled features and score how well their labels cluster.

    Args:
        pooled: of a folder's pictures.
        seed: of the random numbers.
        cancel: to stop within a fraction of a second; see :func:`core.inspection.embedding.embed_all`.

    Raises:
        RestorationError: there are fewer than :data:`LEAST` pictures.
        Cancelled: ``cancel`` was set.
    """
    labels = [sample.label for sample in pooled.samples]
    if len(labels) < LEAST:
        raise RestorationError(f"{len(labels)} pictures are too few to look for clusters. Give at least {LEAST}.")
    tables = {where: standardised(features) for where, features in pooled.features.items()}
    placed = zip(tables.items(), embed_all(list(tables.values()), seed, cancel), strict=True)
    clouds = {
        where: Cloud(points, silhouette(table, labels), silhouette(points, labels)) for (where, table), points in placed
    }
    return Clusters(pooled.samples, pooled.control, clouds)


def standardised(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N, C) with mean 0 and variance 1 in each column; constant columns become 0."""
    centred = features - features.mean(axis=0)
    spread = centred.std(axis=0)
    return (centred / np.where(spread > 0, spread, 1.0)).astype(np.float32)


def silhouette(points: NDArray[np.float32], labels: Sequence[str]) -> float | None:
    """Mean silhouette coefficient of (N, D) points by label (Rousseeuw 1987), -1 to 1, or None if not defined."""
    from sklearn.metrics import silhouette_score

    if not 2 <= len(set(labels)) < len(labels):
        return None
    return float(silhouette_score(points, np.array(labels)))


def assembled(samples: Sequence[Sample], control: str, rows: Sequence[tuple[NDArray[np.float32], ...]]) -> Pooled:
    """Put the pooled features of single pictures together: for each one before, after and control, (C,) float32."""
    before, after, same = (np.stack(column) for column in zip(*rows, strict=True))
    return Pooled(tuple(samples), control, {"before": before, "after": after, "control": same})
