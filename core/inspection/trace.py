"""A pass through the network in which attention and feature maps of its DGPBs are recorded, as plain arrays.

Forward hooks record; they are removed at the end of the pass, also after an error. They only read, so the result is
bit-identical to that without tracing.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.utils.hooks import RemovableHandle

from core.inspection.attention import Attention, recompute_attention
from core.inspection.blocks import Block, named_dgpbs, select_blocks
from core.models import DFPIR, DGPB
from core.progress import CancelToken

Stage = Literal["F_n", "Q", "F_a", "F_b", "out"]
"""The paper's names: F_n enters the DGPB, Q leaves DGCPM, F_a the attention and F_b CAAPM.

``"out"`` is the output of the block: F_b in the published network, F_n + F_b with ``dgpb_residual``.
"""

STAGES: tuple[Stage, ...] = get_args(Stage)


@dataclass(frozen=True, eq=False)
class BlockTrace:
    """The record of one DGPB.

    Attributes:
        block: the block.
        features: (C, h, w) float32 of the requested stages that the block has; h and w are the region's sides divided
        by
            ``block.cell``, rounded up.
        attention: None if it was not requested or the block has no CAAPM.
    """

    block: Block
    features: Mapping[Stage, NDArray[np.float32]]
    attention: Attention | None


@dataclass(frozen=True, eq=False)
class Trace:
    """The record of one pass.

    Attributes:
        result: (H, W, 3) float32 in [0, 1], the restored region, the same as without tracing.
        blocks: the records by the names of the blocks, from full resolution down.
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
    """Restore a picture and record features and attention of its DGPBs.

    Args:
        model: in eval mode, float32 or float64.
        prompt: (prompt_dim,) embedding.
        pixels: (H, W, 3) float32 in [0, 1], any size from 1x1.
        blocks: names of the blocks to record; None for all.
        stages: stages of the features to record; each takes C·h·w floats per block.
        attention: whether to record attention maps.
        cancel: checked at every DGPB.

    Raises:
        RestorationError: the network does not have a given block.
        Cancelled: ``cancel`` was set.
    """
    height, width = pixels.shape[:2]
    recorders = {
        block.name: _Recorder(block, -(-height // block.cell), -(-width // block.cell))
        for block in select_blocks(model, blocks)
    }
    with _hooked(model, recorders, frozenset(stages), attention, cancel or CancelToken()):
        result = run(model, prompt, pixels)
    return Trace(result, {name: recorder.record() for name, recorder in recorders.items()})


@torch.inference_mode()
def run(model: DFPIR, prompt: NDArray[np.float32], pixels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Restore a picture as a whole in the model's precision, like :class:`core.Restorer`.

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


class _Recorder:
    """Collects what the hooks of one block see."""

    def __init__(self, block: Block, rows: int, columns: int) -> None:
        self.block, self._rows, self._columns = block, rows, columns
        self.features: dict[Stage, NDArray[np.float32]] = {}
        self.query: Tensor | None = None
        self.attention: Attention | None = None

    def keep(self, stage: Stage, features: Tensor) -> None:
        # Without the padding. A copy, so that the tensor itself is released.
        part = features[0, :, : self._rows, : self._columns]
        self.features[stage] = np.array(part.float().cpu().numpy(), order="C")

    def record(self) -> BlockTrace:
        ordered = {stage: self.features[stage] for stage in STAGES if stage in self.features}
        return BlockTrace(self.block, ordered, self.attention)


@contextmanager
def _hooked(
    model: DFPIR, recorders: Mapping[str, _Recorder], stages: frozenset[Stage], attention: bool, cancel: CancelToken
) -> Iterator[None]:
    handles: list[RemovableHandle] = []
    try:
        for name, block in named_dgpbs(model):
            handles.append(block.register_forward_pre_hook(lambda *_: cancel.check()))
            if name in recorders:
                handles.extend(_feature_hooks(block, recorders[name], stages))
                if attention:
                    handles.extend(_attention_hooks(block, recorders[name]))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _feature_hooks(block: DGPB, recorder: _Recorder, stages: frozenset[Stage]) -> Iterator[RemovableHandle]:
    def on_input(stage: Stage) -> Callable[[nn.Module, tuple[Tensor, ...]], None]:
        return lambda module, inputs: recorder.keep(stage, inputs[0])

    def on_output(stage: Stage) -> Callable[[nn.Module, tuple[Tensor, ...], Tensor], None]:
        return lambda module, inputs, output: recorder.keep(stage, output)

    if "F_n" in stages:
        yield block.register_forward_pre_hook(on_input("F_n"))
    if "Q" in stages and block.dgcpm is not None:
        yield block.dgcpm.register_forward_hook(on_output("Q"))
    if block.caapm is not None:
        if "F_a" in stages:
            yield block.caapm.norm_ffn.register_forward_pre_hook(on_input("F_a"))
        if "F_b" in stages:
            yield block.caapm.register_forward_hook(on_output("F_b"))
    if "out" in stages:
        yield block.register_forward_hook(on_output("out"))


def _attention_hooks(block: DGPB, recorder: _Recorder) -> Iterator[RemovableHandle]:
    caapm = block.caapm
    if caapm is None:
        return

    def on_query(module: object, inputs: object, output: Tensor) -> None:
        recorder.query = output

    def on_key_value(module: object, inputs: object, output: Tensor) -> None:
        assert recorder.query is not None  # CAAPM computes the query first
        recorder.attention = recompute_attention(recorder.block.name, caapm, recorder.query, output)
        recorder.query = None

    yield caapm.query_depthwise.register_forward_hook(on_query)
    yield caapm.key_value_depthwise.register_forward_hook(on_key_value)
