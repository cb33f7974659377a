"""Do degradations form clusters in the latent features, before and after the DGPB (paper, Fig. 3)?

After the DGPB they may do so for a poor reason: pictures that are given different prompts are put through different
orders, and that alone moves them apart. So everything is done a second time with one and the same prompt for all.
"""

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import RestorationError
from core.progress import CancelToken

Where = Literal["before", "after", "control"]
"""Before the latent DGPB; after it, each picture with its own prompt; after it, all with the same prompt."""

LEAST = 5
"""Pictures below which no embedding is made."""

_POLL_S = 0.1


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
        cancel: to stop within a fraction of a second; see :func:`embed_all`.

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


def embed(features: NDArray[np.float32], seed: int = 0) -> NDArray[np.float32]:
    """t-SNE to two dimensions: (N, C) -> (N, 2), the same for the same seed on the same machine.

    The perplexity is 30, or a third of the pictures where they are fewer than 90.
    """
    from sklearn.manifold import TSNE  # heavy, and only needed here

    perplexity = min(30.0, (len(features) - 1) / 3)
    model = TSNE(2, perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed, n_jobs=1)
    return np.asarray(model.fit_transform(features), np.float32)


def embed_all(
    tables: Sequence[NDArray[np.float32]], seed: int = 0, cancel: CancelToken | None = None
) -> list[NDArray[np.float32]]:
    """:func:`embed` for several tables, here, or in a process of its own that a cancel ends at once.

    Args:
        tables: each (N, C) float32.
        seed: of the random numbers.
        cancel: if given, a process is started, which a script must allow: see the "main guard" in the documentation of
            :mod:`multiprocessing`.

    Raises:
        Cancelled: ``cancel`` was set; asked ten times a second.
        RestorationError: the process has died, probably for want of memory.
    """
    if cancel is None:
        return [embed(table, seed) for table in tables]
    cancel.check()
    context = multiprocessing.get_context("spawn")  # a fork would inherit the locks of the window's threads
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(theirs, tables, seed), name="dfpir-embedding", daemon=True)
    process.start()
    theirs.close()  # else its death would not be noticed
    try:
        while not ours.poll(_POLL_S):
            cancel.check()
        made: list[NDArray[np.float32]] = ours.recv()
    except EOFError as error:
        raise RestorationError(
            "The process that places the pictures has died, probably for want of memory. Take fewer pictures."
        ) from error
    finally:
        process.terminate()
        process.join()
        process.close()
        ours.close()
    return made


def _send(pipe: Connection, tables: Sequence[NDArray[np.float32]], seed: int) -> None:
    pipe.send([embed(table, seed) for table in tables])
    pipe.close()
