"""One pass through the network with its DGPBs watched: attention maps and feature maps, as plain arrays.

Watching means forward hooks, which are removed when the pass ends, however it ends. They only read: the result is
the same to the last bit, and a network that is not traced carries nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.hooks import RemovableHandle

from core.inspection.attention import Attention, recompute
from core.inspection.blocks import Block, chosen_blocks, named_dgpbs
from core.models import DFPIR, DGPB
from core.progress import CancelToken

Stage = Literal["F_n", "Q", "F_a", "F_b", "out"]
"""The paper's names: F_n enters the DGPB, Q leaves DGCPM, F_a the attention and F_b CAAPM.

``"out"`` is what the block passes on: F_b itself as published, F_n + F_b in a network with ``dgpb_residual``.
"""

STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, eq=False)
class BlockTrace:
    """What was seen in one DGPB.

    Attributes:
        block: its shape.
        features: stage to (C, h, w) float32, h and w being the region's sides divided by ``block.cell``, rounded up.
            Holds the stages asked for that the block has.
        attention: None if it was not asked for or the block has no CAAPM.
    """

    block: Block
    features: Mapping[Stage, NDArray[np.float32]]
    attention: Attention | None


@dataclass(frozen=True, eq=False)
class Trace:
    """What was seen in one pass.

    Attributes:
        result: (H, W, 3) float32 in [0, 1], the restored region, the same as without tracing.
        blocks: name to what was seen there, from full resolution down.
    """

    result: NDArray[np.float32]
    blocks: Mapping[str, BlockTrace]


def trace(
    model: DFPIR,
    prompt: NDArray[np.float32],
    pixels: NDArray[np.float32],
    *,
    blocks: Sequence[str] | None = None,
    stages: Sequence[Stage] = STAGES,
    attention: bool = True,
    cancel: CancelToken | None = None,
) -> Trace:
    """Restore a picture and keep what was asked for of what happens in its DGPBs.

    Args:
        model: in eval mode, float32 or float64.
        prompt: (prompt_dim,) embedding.
        pixels: (H, W, 3) float32 in [0, 1], any size from 1x1.
        blocks: names of the blocks to watch; None for all.
        stages: of the features to keep; each costs C·h·w floats per block.
        attention: whether to keep attention maps.
        cancel: asked at every DGPB.

    Raises:
        RestorationError: the network has no such block.
        Cancelled: ``cancel`` was set.
    """
    watched = chosen_blocks(model, blocks)
    height, width = pixels.shape[:2]
    seen = {block.name: _Notes(block, -(-height // block.cell), -(-width // block.cell)) for block in watched}
    with _hooked(model, seen, frozenset(stages), attention, cancel or CancelToken()):
        result = run(model, prompt, pixels)
    return Trace(result, {name: notes.finished() for name, notes in seen.items()})


@torch.inference_mode()
def run(model: DFPIR, prompt: NDArray[np.float32], pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Restore a picture in the model's own precision, in one piece, as :class:`core.Restorer` does it.

    Args:
        model: in eval mode.
        prompt: (prompt_dim,) embedding.
        pixels: (H, W, 3) float32 in [0, 1]; padded by reflection to the network's multiple, and cropped again.

    Returns:
        (H, W, 3) float32, clipped to [0, 1].
    """
    weight = next(model.parameters())
    height, width = pixels.shape[:2]
    multiple = model.config.multiple
    padded = np.pad(pixels, ((0, -height % multiple), (0, -width % multiple), (0, 0)), mode="reflect")
    image = torch.tensor(padded).to(weight).permute(2, 0, 1)[None]  # (1, 3, H', W'), channels-last in memory
    output = model(image, torch.tensor(prompt).to(weight)[None])[0, :, :height, :width]
    return np.ascontiguousarray(output.clamp(0, 1).permute(1, 2, 0).float().cpu().numpy())


class _Notes:
    """What the hooks of one block have seen so far."""

    def __init__(self, block: Block, rows: int, columns: int) -> None:
        self.block, self._rows, self._columns = block, rows, columns
        self.features: dict[Stage, NDArray[np.float32]] = {}
        self.query: Tensor | None = None
        self.attention: Attention | None = None

    def keep(self, stage: Stage, features: Tensor) -> None:
        # What lies beyond belongs to the padding. A copy, so that the whole tensor can go.
        part = features[0, :, : self._rows, : self._columns]
        self.features[stage] = np.array(part.float().cpu().numpy(), order="C")

    def finished(self) -> BlockTrace:
        ordered = {stage: self.features[stage] for stage in STAGES if stage in self.features}
        return BlockTrace(self.block, ordered, self.attention)


@contextmanager
def _hooked(
    model: DFPIR, seen: Mapping[str, _Notes], stages: frozenset[Stage], attention: bool, cancel: CancelToken
) -> Iterator[None]:
    handles: list[RemovableHandle] = []
    try:
        for name, block in named_dgpbs(model):
            handles.append(block.register_forward_pre_hook(lambda *_: cancel.check()))
            if name in seen:
                handles.extend(_feature_hooks(block, seen[name], stages))
                if attention:
                    handles.extend(_attention_hooks(block, seen[name]))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _feature_hooks(block: DGPB, notes: _Notes, stages: frozenset[Stage]) -> Iterator[RemovableHandle]:
    def entering(stage: Stage) -> Any:
        return lambda module, inputs: notes.keep(stage, inputs[0])

    def leaving(stage: Stage) -> Any:
        return lambda module, inputs, output: notes.keep(stage, output)

    if "F_n" in stages:
        yield block.register_forward_pre_hook(entering("F_n"))
    if "Q" in stages and block.dgcpm is not None:
        yield block.dgcpm.register_forward_hook(leaving("Q"))
    if block.caapm is not None:
        if "F_a" in stages:
            yield block.caapm.norm_ffn.register_forward_pre_hook(entering("F_a"))
        if "F_b" in stages:
            yield block.caapm.register_forward_hook(leaving("F_b"))
    if "out" in stages:
        yield block.register_forward_hook(leaving("out"))


def _attention_hooks(block: DGPB, notes: _Notes) -> Iterator[RemovableHandle]:
    caapm = block.caapm
    if caapm is None:
        return

    def see_query(module: object, inputs: object, output: Tensor) -> None:
        notes.query = output

    def see_key(module: object, inputs: object, output: Tensor) -> None:
        assert notes.query is not None  # the query comes first
        notes.attention = recompute(notes.block.name, caapm, notes.query, output)
        notes.query = None

    yield caapm.query_depthwise.register_forward_hook(see_query)
    yield caapm.key_value_depthwise.register_forward_hook(see_key)
