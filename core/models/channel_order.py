"""Which order DGCPM puts its channels in: the prompt's, as published, or a fixed or learned one (ablations).

An order is a permutation: position i of the result holds channel ``order[i]``.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from core.models.config import Order

SOFT_TEMPERATURE = 3.0
"""Of :func:`soft_permutation` when orders are learned, in standard deviations of the scores.

Measured on known orders of 8, 32 and 64 channels that had to be found: 3 found many more positions than 0.1 or 1 in the
same steps, and up to 30 about as many. The forward pass is exact whatever the temperature, so softness costs nothing.
"""


class FullPrecision(nn.Module):
    """A module whose tensors follow a change of device or to float64, but not one to fewer than 32 bits.

    An order must stay as it was when a model is cast to a half precision; rounded scores would give another one.
    """

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "FullPrecision":
        def keep_precision(tensor: Tensor) -> Tensor:
            result = fn(tensor)
            if result.is_floating_point() and result.dtype.itemsize < 4:
                return tensor.to(result.device)
            return result

        super()._apply(keep_precision, recurse)
        return self


class DGM(FullPrecision):
    """Degradation guidance module: prompt embedding -> order of channels.

    Two linear layers with nothing between them give a score for each channel; the order lists the channels by
    descending score. Only the order is used, and it carries no gradient: trained as published, both layers keep
    their initial values, so the order is distinct for each prompt but not learned.

    The scores always are computed in float32 or better, and the weights must be stored so: rounded to a half
    precision they would give another order.
    """

    def __init__(self, prompt_dim: int, channels: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(prompt_dim, prompt_dim)
        self.score = nn.Linear(prompt_dim, channels)

    def scores(self, prompt: Tensor) -> Tensor:
        """(B, prompt_dim) float -> (B, channels) float32 or float64."""
        with torch.autocast(prompt.device.type, enabled=False):
            return self.score(self.hidden(prompt.to(self.score.weight.dtype)))

    def forward(self, prompt: Tensor) -> Tensor:
        """(B, prompt_dim) float -> (B, channels) int64, each row a permutation."""
        return _descending(self.scores(prompt))


class LearnedDGM(DGM):
    """``order="learned"``: a DGM that DGCPM trains, by :func:`soft_permutation` and :func:`reorder`.

    With the same weights it gives the same orders as a DGM.
    """


class RandomOrder(FullPrecision):
    """Ablation ``order="random"``: one random order for all prompts, drawn once and never learned.

    It is seeded by the number of channels, which differs from block to block of a network, and held as scores in a
    float32 buffer, like the DGM's, so that a checkpoint brings it back whatever the generator then gives.
    """

    scores: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        # On the CPU even inside ``torch.device(...)``: generators of other devices give other numbers.
        generator = torch.Generator("cpu").manual_seed(channels)
        self.register_buffer("scores", torch.randperm(channels, generator=generator, device="cpu").float())

    def forward(self, prompt: Tensor) -> Tensor:
        """(B, prompt_dim) -> (B, channels) int64, all rows the same permutation."""
        return _descending(self.scores).expand(len(prompt), -1)


class IdentityOrder(nn.Module):
    """Ablation ``order="identity"``: the channels stay where they are."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, prompt: Tensor) -> Tensor:
        """(B, prompt_dim) -> (B, channels) int64, each row 0, 1, 2, ..."""
        return torch.arange(self.channels, device=prompt.device).expand(len(prompt), -1)


def channel_order(kind: Order, prompt_dim: int, channels: int) -> nn.Module:
    """The module that maps prompts (B, prompt_dim) to orders (B, channels) int64."""
    if kind == "random":
        return RandomOrder(channels)
    if kind == "identity":
        return IdentityOrder(channels)
    return (LearnedDGM if kind == "learned" else DGM)(prompt_dim, channels)


def _descending(scores: Tensor) -> Tensor:
    return scores.topk(scores.shape[-1], dim=-1).indices


def soft_permutation(scores: Tensor, temperature: float = SOFT_TEMPERATURE) -> Tensor:
    """SoftSort: a smooth stand-in for the permutation matrix that sorts scores descendingly.

    Row i is ``softmax_j(-|s_[i] - s_j| / temperature)`` with ``s_[i]`` the i-th largest score (Prillo & Eisenschlos,
    *SoftSort: A Continuous Relaxation for the argsort Operator*, ICML 2020, arXiv 2006.16038, with the absolute
    difference for its d). The scores are first divided by their standard deviation: their order does not change, and
    the temperature means the same for every prompt and block, however large the scores have grown.

    Args:
        scores: (B, n) float.
        temperature: positive; towards 0 the matrix becomes the permutation itself.

    Returns:
        (B, n, n) float; rows sum to 1, and the largest entry of row i is the channel at position i.
    """
    # The small number keeps the gradient finite when all scores are equal.
    scores = scores / (scores.var(dim=-1, keepdim=True, correction=0) + 1e-12).sqrt()
    ranked = scores.sort(dim=-1, descending=True).values
    distances = (ranked[:, :, None] - scores[:, None, :]).abs()  # (B, n, n)
    return (-distances / temperature).softmax(dim=-1)


def reorder(wide: Tensor, order: Tensor, soft: Tensor | None = None) -> Tensor:
    """Put channels in the given order: ``out[b, i] = wide[b, order[b, i]]``, exactly.

    With ``soft`` the order is trained by a straight-through estimator (Bengio et al., *Estimating or Propagating
    Gradients Through Stochastic Neurons*, 2013, arXiv 1308.3432; for permutations Grover et al., *NeuralSort*, ICLR
    2019): forward by the hard permutation, and backward ``soft`` gets the gradient that the permutation matrix P in
    ``out = P wide`` would get.

    Args:
        wide: (B, n, H, W) float.
        order: (B, n) int64, each row a permutation.
        soft: (B, n, n) float from :func:`soft_permutation`, or None.

    Returns:
        (B, n, H, W) float, the same values whether ``soft`` is given or not.
    """
    return _select(wide, order) if soft is None else _StraightThrough.apply(wide, order, soft)


def _select(wide: Tensor, order: Tensor) -> Tensor:
    return wide.gather(1, order[:, :, None, None].expand_as(wide))


class _StraightThrough(torch.autograd.Function):
    # The usual P + soft - soft.detach() would need a matrix product over all pixels in the forward pass too, and would
    # round in half precision.

    @staticmethod
    def forward(ctx: Any, wide: Tensor, order: Tensor, soft: Tensor) -> Tensor:
        ctx.save_for_backward(wide, order)
        ctx.soft_dtype = soft.dtype
        return _select(wide, order)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, Tensor]:
        wide, order = ctx.saved_tensors
        towards_soft = gradient.flatten(2) @ wide.flatten(2).transpose(1, 2)  # (B, n, HW) @ (B, HW, n)
        return _select(gradient, order.argsort(dim=-1)), None, towards_soft.to(ctx.soft_dtype)
