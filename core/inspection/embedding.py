"""t-SNE that can be stopped. scikit-learn's cannot, once it has begun: so it runs in a process that can be ended."""

import multiprocessing
from collections.abc import Sequence
from multiprocessing.connection import Connection

import numpy as np
from numpy.typing import NDArray

from core.errors import RestorationError
from core.progress import CancelToken

_LOOK_S = 0.1


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
        while not ours.poll(_LOOK_S):
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
