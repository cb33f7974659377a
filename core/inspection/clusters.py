"""Clusters of degradations in the latent features, before and after the DGPB (paper, Fig. 3).

After the DGPB different prompts alone separate pictures, since each prompt applies another channel order. As a control
the features are therefore also computed with the same prompt for all pictures.
"""

import multiprocessing
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.errors import RestorationError
from core.messages import message
from core.progress import CancelToken

Where = Literal["before", "after", "control"]
"""Before the latent DGPB; after it with the prompt of each picture; after it with the same prompt for all."""

MIN_PICTURES = 5
"""Minimum number of pictures for an embedding."""

_POLL_S = 0.1


@dataclass(frozen=True)
class Sample:
    """One picture of a folder.

    Attributes:
        name: name of its file.
        label: its degradation, the key of its own prompt.
    """

    name: str
    label: str


@dataclass(frozen=True, eq=False)
class Pooled:
    """Latent features averaged over the pixels of each picture.

    Attributes:
        samples: N pictures.
        control: key of the prompt of all pictures in the control.
        features: (N, C) float32 for each of the three. "before" does not depend on the prompt.
    """

    samples: tuple[Sample, ...]
    control: str
    features: dict[Where, NDArray[np.float32]]


@dataclass(frozen=True, eq=False)
class Cloud:
    """One embedding.

    Attributes:
        points: (N, 2) float32, t-SNE. Distances between clusters and their sizes mean little.
        in_features: silhouette score of the labels on the standardised features, -1 to 1; None if it is not defined
            (fewer than two labels, or no two pictures with the same label).
        in_points: the same for ``points``.
    """

    points: NDArray[np.float32]
    in_features: float | None
    in_points: float | None


@dataclass(frozen=True, eq=False)
class Clusters:
    """Embeddings of a folder's latent features.

    Attributes:
        samples: N pictures.
        control: key of the prompt of all pictures in the control.
        clouds: the three embeddings.
    """

    samples: tuple[Sample, ...]
    control: str
    clouds: dict[Where, Cloud]


def pool(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean over the pixels: (C, h, w) -> (C,)."""
    means: NDArray[np.float32] = features.mean(axis=(1, 2))
    return means


def clusters_of(pooled: Pooled, *, seed: int = 0, cancel: CancelToken | None = None) -> Clusters:
    """Embed pooled features and score how well their labels cluster.

    Args:
        pooled: features of the pictures of a folder.
        seed: seed of the random numbers.
        cancel: stops within a fraction of a second; see :func:`embed_all`.

    Raises:
        RestorationError: there are fewer than :data:`MIN_PICTURES` pictures, or the embedding failed.
        Cancelled: ``cancel`` was set.
    """
    labels = [sample.label for sample in pooled.samples]
    check_count(len(labels))
    tables = {where: standardise(features) for where, features in pooled.features.items()}
    embeddings = embed_all(list(tables.values()), seed, cancel)
    clouds = {
        where: Cloud(points, silhouette(table, labels), silhouette(points, labels))
        for (where, table), points in zip(tables.items(), embeddings, strict=True)
    }
    return Clusters(pooled.samples, pooled.control, clouds)


def check_count(count: int) -> None:
    """Check the number of pictures.

    Raises:
        RestorationError: there are fewer than :data:`MIN_PICTURES`.
    """
    if count < MIN_PICTURES:
        raise RestorationError(
            message(
                "{count} pictures are too few for clusters. Use at least {minimum}.", count=count, minimum=MIN_PICTURES
            )
        )


def standardise(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """Scale (N, C) to mean 0 and variance 1 in each column; constant columns become 0."""
    centred = features - features.mean(axis=0)
    deviation = centred.std(axis=0)
    scaled: NDArray[np.float32] = (centred / np.where(deviation > 0, deviation, 1.0)).astype(np.float32)
    return scaled


def silhouette(points: NDArray[np.float32], labels: Sequence[str]) -> float | None:
    """Mean silhouette coefficient of (N, D) points by label (Rousseeuw 1987), -1 to 1, or None if not defined."""
    from sklearn.metrics import silhouette_score

    if not 2 <= len(set(labels)) < len(labels):
        return None
    return float(silhouette_score(points, np.array(labels)))


def assemble(samples: Sequence[Sample], control: str, rows: Sequence[tuple[NDArray[np.float32], ...]]) -> Pooled:
    """Combine the pooled features of single pictures, each before, after and control, (C,) float32."""
    before, after, same = (np.stack(column) for column in zip(*rows, strict=True))
    return Pooled(tuple(samples), control, {"before": before, "after": after, "control": same})


def embed(features: NDArray[np.float32], seed: int = 0) -> NDArray[np.float32]:
    """t-SNE to two dimensions: (N, C) -> (N, 2), the same for the same seed on the same machine.

    The perplexity is 30, or a third of the number of pictures if there are fewer than 90.
    """
    from sklearn.manifold import TSNE  # slow to import

    perplexity = min(30.0, (len(features) - 1) / 3)
    model = TSNE(2, perplexity=perplexity, init="pca", learning_rate="auto", random_state=seed, n_jobs=1)
    return np.asarray(model.fit_transform(features), np.float32)


def embed_all(
    tables: Sequence[NDArray[np.float32]], seed: int = 0, cancel: CancelToken | None = None
) -> list[NDArray[np.float32]]:
    """Apply :func:`embed` to several tables; with ``cancel`` in a process of its own, since t-SNE cannot be stopped.

    Args:
        tables: each (N, C) float32.
        seed: seed of the random numbers.
        cancel: checked ten times a second. If given, a process is started, which a script must allow: see the "main
            guard" in the documentation of :mod:`multiprocessing`.

    Raises:
        Cancelled: ``cancel`` was set.
        RestorationError: the process ended early, probably because it ran out of memory.
    """
    if cancel is None:
        return [embed(table, seed) for table in tables]
    cancel.check()
    context = multiprocessing.get_context("spawn")  # a fork would inherit locks of other threads
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_send, args=(sender, tables, seed), name="dfpir-embedding", daemon=True)
    process.start()
    sender.close()  # so that the end of the process closes the pipe
    try:
        while not receiver.poll(_POLL_S):
            cancel.check()
        embeddings: list[NDArray[np.float32]] = receiver.recv()
    except EOFError as error:
        raise RestorationError(message("t-SNE stopped, probably out of memory. Use fewer pictures.")) from error
    finally:
        process.terminate()
        process.join()
        process.close()
        receiver.close()
    return embeddings


def _send(pipe: Connection, tables: Sequence[NDArray[np.float32]], seed: int) -> None:
    pipe.send([embed(table, seed) for table in tables])
    pipe.close()
