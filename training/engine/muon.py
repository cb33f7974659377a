"""Muon in the precision that the processor multiplies fastest."""

from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from core.system.devices import native_bfloat16

_COEFFICIENTS = (3.4445, -4.7750, 2.0315)
_ITERATIONS = 5
_SMALLEST_NORM = 1e-7


class Muon(torch.optim.Optimizer):
    """Momentum whose updates are orthogonalised (Jordan et al., 2024), for matrices.

    The same as ``torch.optim.Muon`` with its defaults, whose states it loads. That one always multiplies in bfloat16,
    which takes five times as long as float32 on a processor without instructions for it, and then a third of a step of
    the compact network.

    Args:
        weights: (O, I) float32 each.
        lr: learning rate; a matrix with more rows than columns gets √(O / I) times as much.
        weight_decay: decoupled, as of AdamW.
        momentum: decay of the average of the gradients; the update is Nesterov's.
        dtype: of the products; None for bfloat16 where the processor has instructions for it and on accelerators, else
            float32.
    """

    def __init__(
        self,
        weights: Iterable[nn.Parameter],
        lr: float,
        weight_decay: float = 0.0,
        momentum: float = 0.95,
        dtype: torch.dtype | None = None,
    ) -> None:
        self._dtype = dtype
        super().__init__(weights, {"lr": lr, "weight_decay": weight_decay, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        """Update all weights that have a gradient. ``closure`` is not supported."""
        for group in self.param_groups:
            lr, momentum = group["lr"], group["momentum"]
            for weight in group["params"]:
                if weight.grad is None:
                    continue
                state = self.state[weight]
                if "momentum_buffer" not in state:
                    state["momentum_buffer"] = torch.zeros_like(weight.grad)
                average = state["momentum_buffer"]
                average.lerp_(weight.grad, 1 - momentum)
                update = orthogonal(weight.grad.lerp(average, momentum), self._dtype or _fastest(weight))
                weight.mul_(1 - lr * group["weight_decay"])
                weight.add_(update, alpha=-lr * max(1.0, weight.shape[0] / weight.shape[1]) ** 0.5)


def orthogonal(matrix: Tensor, dtype: torch.dtype) -> Tensor:
    """A matrix with the singular vectors of ``matrix`` and singular values near 1, by Newton-Schulz iterations.

    Args:
        matrix: (O, I) float.
        dtype: of the computation.

    Returns:
        (O, I) of that type.
    """
    a, b, c = _COEFFICIENTS
    x = matrix.to(dtype)
    tall = x.shape[0] > x.shape[1]
    if tall:
        x = x.T
    x = x / x.norm().clamp_min(_SMALLEST_NORM)
    for _ in range(_ITERATIONS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if tall else x


def _fastest(weight: Tensor) -> torch.dtype:
    return torch.float32 if weight.device.type == "cpu" and not native_bfloat16() else torch.bfloat16
