"""Channel orders (DGCPM) of prompts, and how much they differ.

These orders are the only way in which a prompt affects the network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from core.inspection.blocks import named_dgpbs
from core.models import DFPIR, DGCPM


@dataclass(frozen=True, eq=False)
class BlockOrders:
    """The orders of one block for several prompts, and the equivalent matrices of DGCPM.

    With the order fixed, DGCPM (paper, Eq. 1-2) is linear: ``Q = matrix @ F_n + bias`` in every pixel, with
    ``matrix = W_reduce W_expand[order]`` and ``bias = b_reduce + W_reduce b_expand[order]``.

    Attributes:
        block: one of :data:`core.inspection.BLOCKS`.
        prompts: P keys.
        orders: (P, fC) int64; position i of the result holds channel ``orders[p, i]``.
        matrices: (P, C, C) float32.
        biases: (P, C) float32.
    """

    block: str
    prompts: tuple[str, ...]
    orders: NDArray[np.int64]
    matrices: NDArray[np.float32]
    biases: NDArray[np.float32]

    @property
    def positions(self) -> NDArray[np.int64]:
        """(P, fC) int64: position of each channel; the inverse of ``orders``."""
        return np.argsort(self.orders, axis=1)

    @cached_property
    def kendall(self) -> NDArray[np.float64]:
        """(P, P) in [-1, 1]: Kendall's τ of the channels' positions; 1 for equal orders, 0 for unrelated ones."""
        from scipy.stats import kendalltau  # slow to import

        return _pairwise(self.positions, lambda a, b: kendalltau(a, b).statistic)

    @cached_property
    def spearman(self) -> NDArray[np.float64]:
        """(P, P) in [-1, 1]: Spearman's ρ of the channels' positions; 1 for equal orders, 0 for unrelated ones."""
        from scipy.stats import spearmanr

        return _pairwise(self.positions, lambda a, b: spearmanr(a, b).statistic)

    @cached_property
    def distances(self) -> NDArray[np.float64]:
        """(P, P), at least 0: distances between the matrices of prompts relative to their norms.

        ``|A - B| / sqrt((|A|² + |B|²) / 2)`` in the Frobenius norm: 0 for equal matrices, √2 for unrelated ones.
        """

        def distance(a: NDArray[Any], b: NDArray[Any]) -> float:
            norm = np.sqrt((np.sum(a**2) + np.sum(b**2)) / 2)
            return float(np.sqrt(np.sum((a - b) ** 2)) / norm) if norm else 0.0

        return _pairwise(self.matrices.astype(np.float64), distance, diagonal=0.0)

    def index(self, prompt: str) -> int:
        """Return the row of ``prompt``.

        Raises:
            ValueError: it is not in :attr:`prompts`.
        """
        return self.prompts.index(prompt)


@torch.inference_mode()
def channel_orders(model: DFPIR, prompts: Mapping[str, NDArray[np.float32]]) -> tuple[BlockOrders, ...]:
    """Compute the orders of all blocks with a DGCPM for every prompt.

    Args:
        model: any DFPIR; blocks without a DGCPM are omitted.
        prompts: at least one key with its embedding, (prompt_dim,) float32.

    Returns:
        One :class:`BlockOrders` per block, from full resolution down.
    """
    device = next(model.parameters()).device
    embeddings = torch.from_numpy(np.stack(list(prompts.values()))).to(device)  # (P, prompt_dim)
    results = []
    for name, block in named_dgpbs(model):
        if block.dgcpm is None:
            continue
        orders = block.dgcpm.dgm(embeddings)  # (P, fC)
        folded = [fold(block.dgcpm, order) for order in orders]
        results.append(
            BlockOrders(
                block=name,
                prompts=tuple(prompts),
                orders=orders.cpu().numpy(),
                matrices=np.stack([matrix for matrix, _ in folded]),
                biases=np.stack([bias for _, bias in folded]),
            )
        )
    return tuple(results)


def fold(dgcpm: DGCPM, order: torch.Tensor) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Compute the matrix and bias that are equivalent to DGCPM with a fixed order.

    Args:
        dgcpm: the module.
        order: (fC,) int64, a permutation, on the module's device.

    Returns:
        ``matrix`` (C, C) and ``bias`` (C,), float32: Q = matrix @ F_n + bias. Both are computed in float64.
    """
    expand, reduce = (conv.weight.flatten(1).double() for conv in (dgcpm.expand, dgcpm.reduce))  # (fC, C), (C, fC)
    matrix = reduce @ expand[order]
    bias = _bias(dgcpm.reduce) + reduce @ _bias(dgcpm.expand)[order]
    return matrix.float().cpu().numpy(), bias.float().cpu().numpy()


def _bias(conv: torch.nn.Conv2d) -> torch.Tensor:
    assert conv.bias is not None  # both convolutions of DGCPM have one
    return conv.bias.double()


def _pairwise(
    rows: NDArray[Any], measure: Callable[[NDArray[Any], NDArray[Any]], float], diagonal: float = 1.0
) -> NDArray[np.float64]:
    table = np.full((len(rows), len(rows)), diagonal)
    for a in range(len(rows)):
        for b in range(a):
            table[a, b] = table[b, a] = measure(rows[a], rows[b])
    return table
