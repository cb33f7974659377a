"""Ablations by switch: what the network gives with another order, another mask, or half of its DGPBs.

Nothing is trained anew: a switch shows what this checkpoint makes of its parts, not what a network trained without
them would reach.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import RestorationError
from core.evaluation import psnr
from core.inspection.blocks import named_dgpbs
from core.models import DFPIR, DGPB

OrderSwitch = Literal["own", "other", "identity", "random"]


@dataclass(frozen=True)
class Ablation:
    """What is switched in all DGPBs at once. The default changes nothing.

    Attributes:
        order: ``"own"``: as the prompt of the pass says; ``"other"``: as the prompt ``other`` says; ``"identity"``:
            channels stay where they are; ``"random"``: one random order per block.
        other: key of the prompt for ``"other"``.
        seed: of the random order, not negative.
        keep: γ, the share of each row of the attention that is kept, in (0, 1]; 1 is no mask. None: the model's own.
        dgcpm: False feeds F_n to CAAPM in place of Q.
        caapm: False passes Q on in place of F_b. With both off the block hands on what it got.

    Raises:
        RestorationError: a value is out of range, or ``other`` is missing.
    """

    order: OrderSwitch = "own"
    other: str | None = None
    seed: int = 0
    keep: float | None = None
    dgcpm: bool = True
    caapm: bool = True

    def __post_init__(self) -> None:
        if self.order == "other" and self.other is None:
            raise RestorationError("The order of another prompt was asked for, but no prompt was named.")
        if self.keep is not None and not 0 < self.keep <= 1:
            raise RestorationError(f"γ = {self.keep:g} is out of range. Choose more than 0 and at most 1.")
        if self.seed < 0:
            raise RestorationError(f"The seed {self.seed} is negative. Choose 0 or more.")

    @property
    def label(self) -> str:
        """What is switched, for people."""
        parts = []
        if not self.dgcpm and not self.caapm:
            return "DGPB off"
        if not self.dgcpm:
            parts.append("DGCPM off")
        elif self.order != "own":
            named = {"other": f"of {self.other}", "identity": "identity", "random": f"random (seed {self.seed})"}
            parts.append(f"order {named[self.order]}")
        if not self.caapm:
            parts.append("CAAPM off")
        elif self.keep is not None:
            parts.append("mask off" if self.keep == 1 else f"γ {self.keep:g}")
        return ", ".join(parts) or "as it is"


def standard_ablations(other: str | None) -> tuple[Ablation, ...]:
    """The set that ``dfpir inspect`` runs, the unchanged model first.

    Args:
        other: key of the prompt whose order is tried; None leaves that one out.
    """
    return (
        Ablation(),
        *([Ablation(order="other", other=other)] if other else []),
        Ablation(order="identity"),
        *(Ablation(order="random", seed=seed) for seed in range(3)),
        Ablation(keep=1.0),
        Ablation(keep=0.5),
        Ablation(keep=0.1),
        Ablation(dgcpm=False),
        Ablation(caapm=False),
        Ablation(dgcpm=False, caapm=False),
    )


@contextmanager
def ablated(model: DFPIR, ablation: Ablation, other: NDArray[np.float32] | None = None) -> Iterator[None]:
    """Within the context ``model`` runs as ``ablation`` says; afterwards it is as it was.

    Args:
        model: in eval mode. Switches for parts that it does not have do nothing.
        ablation: what to switch.
        other: (prompt_dim,) embedding of ``ablation.other``, needed for the order of another prompt.

    Raises:
        ValueError: ``other`` is missing.
    """
    if ablation.order == "other" and other is None:
        raise ValueError("the embedding of the other prompt is missing")
    with ExitStack() as stack:
        for number, (_, block) in enumerate(named_dgpbs(model)):
            _switch(stack, block, ablation, other, number)
        yield


def _switch(stack: ExitStack, block: DGPB, ablation: Ablation, other: NDArray[np.float32] | None, number: int) -> None:
    if block.dgcpm is not None and ablation.order != "own":
        stack.enter_context(_reordered(block, ablation, other, number))
    if block.caapm is not None and ablation.keep is not None:
        stack.callback(setattr, block.caapm, "keep", block.caapm.keep)
        block.caapm.keep = ablation.keep
    without_dgcpm = block.dgcpm is None or not ablation.dgcpm
    without_caapm = block.caapm is None or not ablation.caapm
    if without_dgcpm and without_caapm:
        # Left to itself, a block without halves but with the residual would double its input.
        stack.callback(block.register_forward_hook(lambda module, inputs, output: inputs[0]).remove)
    for name, off in (("dgcpm", not ablation.dgcpm), ("caapm", not ablation.caapm)):
        if off:
            stack.callback(setattr, block, name, getattr(block, name))
            setattr(block, name, None)  # DGPB.forward does without


@contextmanager
def _reordered(block: DGPB, ablation: Ablation, other: NDArray[np.float32] | None, number: int) -> Iterator[None]:
    assert block.dgcpm is not None
    dgm, channels = block.dgcpm.dgm, block.dgcpm.expand.out_channels
    if ablation.order == "other":
        device = block.dgcpm.expand.weight.device
        with torch.inference_mode():
            order = dgm(torch.tensor(other, device=device)[None])[0].cpu()
    elif ablation.order == "identity":
        order = torch.arange(channels)
    else:
        order = torch.from_numpy(np.random.default_rng([ablation.seed, number]).permutation(channels))

    def replace(module: object, inputs: Any, output: torch.Tensor) -> torch.Tensor:
        return order.to(output.device).expand_as(output)  # (fC,) -> (B, fC)

    handle = dgm.register_forward_hook(replace)
    try:
        yield
    finally:
        handle.remove()


@dataclass(frozen=True, eq=False)
class AblationResult:
    """What came of one ablation.

    Attributes:
        ablation: what was switched.
        result: (H, W, 3) float32 in [0, 1].
        difference: (H, W, 3) float32 in [-1, 1]: ``result`` minus the result of the unchanged model.
        psnr: dB to the clean reference, or None without one.
        gain: ``psnr`` minus that of the unchanged model in dB, or None without a reference.
    """

    ablation: Ablation
    result: NDArray[np.float32]
    difference: NDArray[np.float32]
    psnr: float | None
    gain: float | None

    @property
    def change(self) -> float:
        """Mean absolute difference to the unchanged model's result, in levels of 0-255."""
        return float(np.abs(self.difference).mean() * 255)


def judged(
    ablation: Ablation,
    result: NDArray[np.float32],
    plain: NDArray[np.float32],
    reference: NDArray[np.float32] | None,
) -> AblationResult:
    """Compare an ablation's result with the unchanged model's and, if there is one, with the clean reference.

    Args:
        ablation: what was switched.
        result: (H, W, 3) float32 in [0, 1].
        plain: the unchanged model's result, of the same shape.
        reference: the clean picture, of the same shape, or None.
    """
    reached = None if reference is None else psnr(result, reference)
    if reached is None or reference is None:
        gain = None
    else:
        same = np.array_equal(result, plain)
        gain = 0.0 if same else reached - psnr(plain, reference)
    return AblationResult(ablation, result, result - plain, reached, gain)
