"""Ablations of a trained network: another order, another mask, or parts of its DGPBs switched off.

Nothing is retrained: an ablation shows how much this checkpoint relies on a part, not what a network trained without
it would achieve.
"""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray

from core.errors import RestorationError
from core.evaluation import psnr
from core.inspection.blocks import named_dgpbs
from core.inspection.labels import prompt_label
from core.messages import Message, message, verbatim
from core.models import DFPIR, DGPB

OrderSwitch = Literal["own", "other", "identity", "random"]


@dataclass(frozen=True)
class Ablation:
    """Changes that are made in all DGPBs at once. The default changes nothing.

    Attributes:
        order: order of the channels: ``"own"``: that of the pass's prompt; ``"other"``: that of the prompt ``other``;
            ``"identity"``: no reordering; ``"random"``: one random order per block.
        other: key of the prompt for ``"other"``.
        seed: seed of the random order, not negative.
        keep: γ, the share of each row of the attention that is kept, in (0, 1]; 1 is no mask. None: that of the model.
        dgcpm: False: CAAPM gets F_n instead of Q.
        caapm: False: the block returns Q instead of F_b. With both off it returns its input.

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
            raise RestorationError(message("The order of another prompt is set, but no prompt was given."))
        if self.keep is not None and not 0 < self.keep <= 1:
            raise RestorationError(
                message("γ = {value:g} is out of range. Choose more than 0 and at most 1.", value=self.keep)
            )
        if self.seed < 0:
            raise RestorationError(message("The seed {value} is negative. Choose 0 or more.", value=self.seed))

    @property
    def label(self) -> Message:
        """The changes in words, e.g. ``"order identity, mask off"``; ``"unchanged"`` for the default."""
        return self._label(prompt_label(self.other or ""))

    def _label(self, other: Message) -> Message:
        if not self.dgcpm and not self.caapm:
            return message("DGPB off")
        parts = []
        if not self.dgcpm:
            parts.append(message("DGCPM off"))
        elif self.order == "other":
            parts.append(message("order of {prompt}", prompt=other))
        elif self.order == "identity":
            parts.append(message("order identity"))
        elif self.order == "random":
            parts.append(message("order random (seed {seed})", seed=self.seed))
        if not self.caapm:
            parts.append(message("CAAPM off"))
        elif self.keep is not None:
            parts.append(message("mask off") if self.keep == 1 else message("γ {keep:g}", keep=self.keep))
        if len(parts) == 2:
            return message("{first}, {second}", first=parts[0], second=parts[1])
        return parts[0] if parts else message("unchanged")

    @property
    def slug(self) -> str:
        """The changes for names of files, e.g. ``"order-identity-gamma-0.5"``; empty for the default."""
        if self == Ablation():
            return ""
        label = str(self._label(verbatim(self.other or "")))
        return re.sub(r"[^\w.]+", "-", label.replace("γ", "gamma").lower()).strip("-.")


def standard_ablations(other: str | None) -> tuple[Ablation, ...]:
    """Return the set of ablations of ``dfpir inspect``, the unchanged model first.

    Args:
        other: key of another prompt whose order is applied; None omits that ablation.
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
    """Context in which an ablation is applied to a model; it is undone afterwards.

    Args:
        model: in eval mode. Changes of parts that it does not have do nothing.
        ablation: the changes.
        other: (prompt_dim,) embedding of ``ablation.other``, needed for the order of another prompt.

    Raises:
        ValueError: ``other`` is missing.
    """
    if ablation.order == "other" and other is None:
        raise ValueError("the embedding of the other prompt is missing")
    with ExitStack() as stack:
        for number, (_, block) in enumerate(named_dgpbs(model)):
            _apply(stack, block, ablation, other, number)
        yield


def _apply(stack: ExitStack, block: DGPB, ablation: Ablation, other: NDArray[np.float32] | None, number: int) -> None:
    if block.dgcpm is not None and ablation.order != "own":
        stack.enter_context(_reordered(block, ablation, other, number))
    if block.caapm is not None and ablation.keep is not None:
        stack.callback(setattr, block.caapm, "keep", block.caapm.keep)
        block.caapm.keep = ablation.keep
    without_dgcpm = block.dgcpm is None or not ablation.dgcpm
    without_caapm = block.caapm is None or not ablation.caapm
    if without_dgcpm and without_caapm:
        # A block without parts but with the residual connection would double its input.
        stack.callback(block.register_forward_hook(lambda module, inputs, output: inputs[0]).remove)
    for name, off in (("dgcpm", not ablation.dgcpm), ("caapm", not ablation.caapm)):
        if off:
            stack.callback(setattr, block, name, getattr(block, name))
            setattr(block, name, None)  # DGPB.forward skips it


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

    def replace(module: object, inputs: object, output: torch.Tensor) -> torch.Tensor:
        replaced: torch.Tensor = order.to(output.device).expand_as(output)  # (fC,) -> (B, fC)
        return replaced

    handle = dgm.register_forward_hook(replace)
    try:
        yield
    finally:
        handle.remove()


@dataclass(frozen=True, eq=False)
class AblationResult:
    """The result of an ablation.

    Attributes:
        ablation: the changes.
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
        """Mean absolute difference to the result of the unchanged model, in levels of 255."""
        return float(np.abs(self.difference).mean() * 255)


def compare_results(
    ablation: Ablation,
    result: NDArray[np.float32],
    unchanged: NDArray[np.float32],
    reference: NDArray[np.float32] | None,
) -> AblationResult:
    """Compare an ablation's result with the unchanged model's and, if there is one, with the clean reference.

    Args:
        ablation: the changes.
        result: (H, W, 3) float32 in [0, 1].
        unchanged: the result of the unchanged model, of the same shape.
        reference: the clean picture, of the same shape, or None.
    """
    difference = result - unchanged
    if reference is None:
        return AblationResult(ablation, result, difference, None, None)
    quality = psnr(result, reference)
    gain = quality - psnr(unchanged, reference) if np.any(difference) else 0.0
    return AblationResult(ablation, result, difference, quality, gain)
