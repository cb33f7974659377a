"""One frame through the network: padding, precision, progress and cancellation."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from core.inference.device import PRECISIONS, Precision
from core.models import DFPIR, DGPB, TransformerBlock
from core.progress import CancelToken, ProgressCallback

Pixels = NDArray[np.float32]


class NotFinite(Exception):
    """The network's output holds infinities or NaN."""


def run_frame(
    model: DFPIR,
    prompt: Tensor,
    pixels: Pixels,
    precision: Precision,
    progress: ProgressCallback,
    cancel: CancelToken,
) -> Pixels:
    """Restore one picture as a whole.

    It is padded on the right and below to multiples of ``model.config.multiple`` by reflection, and cropped again.

    Args:
        model: in eval mode, on the device to use.
        prompt: (1, prompt_dim) float32 on the same device.
        pixels: (H, W, 3) float32 in [0, 1], any size from 1x1.
        precision: of the convolutions and matrix products.
        progress: called as blocks of the network are finished.
        cancel: asked before each block.

    Returns:
        (H, W, 3) float32, clipped to [0, 1].

    Raises:
        NotFinite: the output is not finite, as happens in reduced precision.
        Cancelled: ``cancel`` was set.
        RuntimeError: torch's own, such as out of memory.
    """
    height, width = pixels.shape[:2]
    multiple = model.config.multiple
    below, right = -height % multiple, -width % multiple
    padded = np.pad(pixels, ((0, below), (0, right), (0, 0)), mode="reflect") if below or right else pixels
    device = prompt.device
    image = torch.tensor(padded, device=device).permute(2, 0, 1)[None]  # (1, 3, H', W'), channels-last in memory
    reduced = precision != "float32"
    with torch.inference_mode(), _watched(model, progress, cancel):
        with torch.autocast(device.type, PRECISIONS[precision], enabled=reduced):
            output = model(image, prompt)
        output = output[0, :, :height, :width].float()
        if not torch.isfinite(output).all():
            raise NotFinite
        restored = output.clamp(0.0, 1.0).permute(1, 2, 0).cpu().numpy()  # (H, W, 3)
    return np.ascontiguousarray(restored)


@contextmanager
def _watched(model: DFPIR, progress: ProgressCallback, cancel: CancelToken) -> Iterator[None]:
    # Hooks on the blocks, for this pass only. A block's share of the work goes with its channels squared, times pixels.
    costs: dict[nn.Module, float] = {
        module: _cost(name) for name, module in model.named_modules() if isinstance(module, TransformerBlock | DGPB)
    }
    total, done = sum(costs.values()) or 1.0, 0.0

    def before(module: nn.Module, inputs: object) -> None:
        cancel.check()

    def after(module: nn.Module, inputs: object, output: object) -> None:
        nonlocal done
        done += costs[module]
        progress(min(done / total, 1.0))

    handles = []
    try:
        for block in costs:
            handles.append(block.register_forward_pre_hook(before))
            handles.append(block.register_forward_hook(after))
        yield
    finally:
        for handle in handles:
            handle.remove()


def _cost(name: str) -> float:
    room, _, rest = name.partition(".")
    if room in ("encoder", "decoder", "dgpb"):
        level = int(rest.split(".")[0])
        wide = room == "decoder" and level == 0
    else:
        level, wide = (3, False) if room == "latent" else (0, True)
    # Channels double and pixels go down to a quarter from level to level: c² · pixels is the same on all of them.
    return 4.0 if wide else 1.0


def scaled(progress: ProgressCallback, start: float, end: float) -> Callable[[float], None]:
    """A progress callback that maps its 0 to 1 into ``start`` to ``end`` of another."""
    return lambda fraction: progress(start + (end - start) * fraction)
