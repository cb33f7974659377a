"""The order in which DGCPM arranges its channels: by the prompt (published), random, identity or learned.

An order is a permutation: position i of the result holds channel ``order[i]``.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor, nn

from core.models.config import Order

SOFT_TEMPERATURE = 3.0
"""Temperature of :func:`soft_permutation` in training, in standard deviations of the scores.

Measured by recovering known orders of 8, 32 and 64 channels: 3 recovers many more positions than 0.1 or 1 in the same
number of steps; values up to 30 recover about as many. The forward pass is exact at every temperature.
"""


class FullPrecision(nn.Module):
    """A module whose tensors are never cast to fewer than 32 bits; changes of device and to float64 apply.

    Rounded to half precision, the scores of a DGM would sort into a different order of channels.
    """

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> "FullPrecision":
        def keep_precision(tensor: Tensor) -> Tensor:
            result = fn(tensor)
            if result.is_floating_point() and result.dtype.itemsize < 4:
                return tensor.to(result.device)
            return result

        apply: Callable[..., nn.Module] = super()._apply  # it has no type hints
        apply(keep_precision, recurse)
        return self


class DGM(FullPrecision):
    """Degradation guidance module: prompt embedding (B, prompt_dim) -> order of channels (B, channels).

    Two linear layers without an activation in between score the channels; the order lists the channels by descending
    score. Only the order is used, and sorting has no gradient: in the published training both layers keep their initial
    values, so the order differs from prompt to prompt but is not learned.

    Scores are computed, and weights stored, in float32 or float64: rounding would change the order.
    """

    def __init__(self, prompt_dim: int, channels: int) -> None:
        super().__init__()
        self.hidden = nn.Linear(prompt_dim, prompt_dim)
        self.score = nn.Linear(prompt_dim, channels)

    def scores(self, prompt: Tensor) -> Tensor:
        """(B, prompt_dim) float -> (B, channels) float32 or float64."""
        with torch.autocast(prompt.device.type, enabled=False):
            scores: Tensor = self.score(self.hidden(prompt.to(self.score.weight.dtype)))
            return scores

    def forward(self, prompt: Tensor) -> Tensor:
        """(B, prompt_dim) float -> (B, channels) int64, each row a permutation."""
        return _descending(self.scores(prompt))


class LearnedDGM(DGM):
    """``order="learned"``: a DGM that is trained through :func:`soft_permutation` and :func:`reorder`.

    With the same weights it gives the same orders as :class:`DGM`.
    """


class RandomOrder(FullPrecision):
    """Ablation ``order="random"``: one random order for all prompts, drawn once and not trained.

    The seed is the number of channels, which differs between the blocks of a network. The order is stored as scores in
    a float32 buffer, so that a checkpoint restores it independently of the random generator.
    """

    scores: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        # Always on the CPU, also inside ``torch.device(...)``: other devices generate other numbers.
        generator = torch.Generator("cpu").manual_seed(channels)
        self.register_buffer("scores", torch.randperm(channels, generator=generator, device="cpu").float())

    def forward(self, prompt: Tensor) -> Tensor:
        """(B, prompt_dim) -> (B, channels) int64, all rows the same permutation."""
        return _descending(self.scores).expand(len(prompt), -1)


class IdentityOrder(nn.Module):
    """Ablation ``order="identity"``: no reordering."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.channels = channels

    def forward(self, prompt: Tensor) -> Tensor:
        """(B, prompt_dim) -> (B, channels) int64, each row 0, 1, 2, ..."""
        return torch.arange(self.channels, device=prompt.device).expand(len(prompt), -1)


def channel_order(kind: Order, prompt_dim: int, channels: int) -> nn.Module:
    """Build the module that maps prompts (B, prompt_dim) to orders (B, channels) int64."""
    if kind == "random":
        return RandomOrder(channels)
    if kind == "identity":
        return IdentityOrder(channels)
    return (LearnedDGM if kind == "learned" else DGM)(prompt_dim, channels)


def _descending(scores: Tensor) -> Tensor:
    return scores.topk(scores.shape[-1], dim=-1).indices


def soft_permutation(scores: Tensor, temperature: float = SOFT_TEMPERATURE) -> Tensor:
    """SoftSort: a differentiable relaxation of the permutation matrix that sorts scores in descending order.

    Row i is ``softmax_j(-|s_[i] - s_j| / temperature)`` with ``s_[i]`` the i-th largest score (Prillo & Eisenschlos,
    *SoftSort: A Continuous Relaxation for the argsort Operator*, ICML 2020, arXiv 2006.16038, with the absolute
    difference as d). The scores are first divided by their standard deviation, which keeps their order and makes the
    temperature independent of the scale of the scores.

    Args:
        scores: (B, n) float.
        temperature: positive; the limit 0 is the permutation matrix itself.

    Returns:
        (B, n, n) float; rows sum to 1, and the largest entry of row i is the channel at position i.
    """
    # 1e-12 keeps the gradient finite when all scores are equal.
    scores = scores / (scores.var(dim=-1, keepdim=True, correction=0) + 1e-12).sqrt()
    ranked = scores.sort(dim=-1, descending=True).values
    distances = (ranked[:, :, None] - scores[:, None, :]).abs()  # (B, n, n)
    return (-distances / temperature).softmax(dim=-1)


def reorder(wide: Tensor, order: Tensor, soft: Tensor | None = None) -> Tensor:
    """Reorder channels exactly: ``out[b, i] = wide[b, order[b, i]]``.

    With ``soft`` the order is trained by a straight-through estimator (Bengio et al., *Estimating or Propagating
    Gradients Through Stochastic Neurons*, 2013, arXiv 1308.3432; for permutations Grover et al., *NeuralSort*, ICLR
    2019): the forward pass applies the hard permutation; in the backward pass ``soft`` receives the gradient of the
    permutation matrix P in ``out = P wide``.

    Args:
        wide: (B, n, H, W) float.
        order: (B, n) int64, each row a permutation.
        soft: (B, n, n) float from :func:`soft_permutation`, or None.

    Returns:
        (B, n, H, W) float, the same values whether ``soft`` is given or not.
    """
    if soft is None:
        return _select(wide, order)
    reordered: Tensor = _StraightThrough.apply(wide, order, soft)
    return reordered


def _select(wide: Tensor, order: Tensor) -> Tensor:
    return wide.gather(1, order[:, :, None, None].expand_as(wide))


class _StraightThrough(torch.autograd.Function):
    # The common form P + soft - soft.detach() needs a matrix product over all pixels in the forward pass as well, and
    # rounds in half precision.

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
