"""The entry point for looking inside a model."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.checkpoints import Checkpoint, load_checkpoint
from core.checkpoints.library import DEFAULT_MODEL, find_model
from core.degradations import KEYS
from core.errors import RestorationError
from core.inference.devices import choose_device
from core.inspection.ablations import Ablation, AblationResult, ablated, judged
from core.inspection.attention import DropRates, drop_rates
from core.inspection.blocks import Block, blocks_of, origin_of_order
from core.inspection.clusters import LEAST, Pooled, Sample, assembled, pool
from core.inspection.orders import BlockOrders, channel_orders
from core.inspection.region import Region
from core.inspection.trace import STAGES, Stage, Trace, run, trace
from core.progress import CancelToken, ProgressCallback, no_progress
from core.prompts import OpenClipEncoder, TextEncoder, resolve


class Inspector:
    """A model on a device, ready to be looked into. Always in float32. Not for use by two threads at once.

    Args:
        model: name of a built-in model, a checkpoint file, or a loaded checkpoint.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.
        text_encoder: makes the encoder for prompts that the checkpoint does not carry.

    Raises:
        CheckpointError: the model cannot be found or loaded.
        RestorationError: there is no such device.
    """

    def __init__(
        self,
        model: str | Path | Checkpoint = DEFAULT_MODEL,
        *,
        device: str = "auto",
        text_encoder: Callable[[], TextEncoder] = OpenClipEncoder,
    ) -> None:
        self.checkpoint = model if isinstance(model, Checkpoint) else load_checkpoint(find_model(model))
        self._text_encoder = text_encoder
        self._prompts = self.checkpoint.prompts
        self._carried = self._prompts.names
        self.network = self.checkpoint.build().to(choose_device(device)).to(memory_format=torch.channels_last)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The model's DGPBs, from full resolution down; none if it was built without them."""
        return blocks_of(self.network)

    @property
    def prompts(self) -> tuple[str, ...]:
        """Keys of the prompts that the model carries; of all, if it carries none and the text encoder makes them."""
        return self._carried or KEYS

    @property
    def origin_of_order(self) -> str:
        """What decides the channel order of this model, and whether it was learned, in words."""
        return origin_of_order(self.checkpoint)

    def embedding(self, prompt: str) -> NDArray[np.float32]:
        """The embedding of a degradation's key: (prompt_dim,) float32.

        Raises:
            PromptError: the model does not carry it and no encoder can make it.
            RestorationError: there is no such degradation.
        """
        self._prompts = resolve(self._prompts, [prompt], self._text_encoder)
        return self._prompts.embedding(prompt)

    def orders(self, prompts: Sequence[str] | None = None) -> tuple[BlockOrders, ...]:
        """Channel orders of all blocks, for ``prompts`` or all of :attr:`prompts`; see :func:`channel_orders`."""
        keys = self.prompts if prompts is None else prompts
        self._prompts = resolve(self._prompts, keys, self._text_encoder)  # all at once: the encoder is slow to load
        return channel_orders(self.network, {key: self.embedding(key) for key in keys}) if keys else ()

    def restore(self, region: Region, prompt: str, ablation: Ablation | None = None) -> NDArray[np.float32]:
        """The restored region, (H, W, 3) float32 in [0, 1], without tracing; ablated if that is asked for."""
        ablation = ablation or Ablation()
        other = self.embedding(ablation.other) if ablation.other is not None else None
        with ablated(self.network, ablation, other):
            return run(self.network, self.embedding(prompt), region.pixels)

    def ablations(
        self,
        region: Region,
        prompt: str,
        ablations: Iterable[Ablation],
        reference: NDArray[np.float32] | None = None,
        *,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> tuple[AblationResult, ...]:
        """What the switches do to a region.

        Args:
            region: what to restore.
            prompt: key of the degradation.
            ablations: what to switch, one after the other.
            reference: the clean picture of the same region, or None.
            progress: called after each pass.
            cancel: asked before each pass.

        Raises:
            RestorationError: the reference has another shape than the region.
            Cancelled: ``cancel`` was set.
        """
        if reference is not None and reference.shape != region.pixels.shape:
            raise RestorationError(
                f"The clean reference has {reference.shape[1]}×{reference.shape[0]} pixels, the photo "
                f"{region.pixels.shape[1]}×{region.pixels.shape[0]}. Give the clean picture of the same photo."
            )
        wanted, cancel = tuple(ablations), cancel or CancelToken()
        cancel.check()
        plain, found = self.restore(region, prompt), []
        for number, ablation in enumerate(wanted, start=1):
            cancel.check()
            result = plain if ablation == Ablation() else self.restore(region, prompt, ablation)
            found.append(judged(ablation, result, plain, reference))
            progress(number / len(wanted))
        return tuple(found)

    def latent_features(
        self,
        pictures: Iterable[tuple[Sample, Region]],
        control: str,
        *,
        progress: Callable[[int], None] = lambda count: None,
        cancel: CancelToken | None = None,
    ) -> Pooled:
        """Latent features of many pictures before and after the DGPB, averaged over their pixels.

        Args:
            pictures: each with its label, which is the key of its own prompt; one is held at a time.
            control: key of the prompt that all share in the control.
            progress: called with the number of pictures that are done.
            cancel: asked at every block of every pass.

        Raises:
            RestorationError: the model has no DGPB, or there are fewer pictures than clusters need.
            Cancelled: ``cancel`` was set.
        """
        if not self.blocks:
            raise RestorationError("This model was built without DGPBs, so there is no before and after.")
        latent = self.blocks[-1].name
        samples, rows = [], []
        for sample, region in pictures:
            own, same = (
                self.trace(region, key, blocks=[latent], stages=("F_n", "out"), attention=False, cancel=cancel)
                .blocks[latent]
                .features
                for key in (sample.label, control)
            )
            samples.append(sample)
            rows.append((pool(own["F_n"]), pool(own["out"]), pool(same["out"])))
            progress(len(samples))
        if len(samples) < LEAST:
            raise RestorationError(f"{len(samples)} pictures are too few to look for clusters. Give at least {LEAST}.")
        return assembled(samples, control, rows)

    def trace(
        self,
        region: Region,
        prompt: str,
        *,
        blocks: Sequence[str] | None = None,
        stages: Sequence[Stage] = STAGES,
        attention: bool = True,
        cancel: CancelToken | None = None,
    ) -> Trace:
        """Restore a region and keep what happens in the DGPBs; see :func:`core.inspection.trace`."""
        return trace(
            self.network,
            self.embedding(prompt),
            region.pixels,
            blocks=blocks,
            stages=stages,
            attention=attention,
            cancel=cancel,
        )

    def drop_rates(
        self,
        regions: Iterable[Region],
        prompt: str,
        *,
        blocks: Sequence[str] | None = None,
        cancel: CancelToken | None = None,
    ) -> tuple[DropRates, ...]:
        """How often each entry of the attention is dropped over several photos, one held at a time.

        Args:
            regions: of the photos; read one after the other.
            prompt: the same for all.
            blocks: names of blocks; None for all that have a CAAPM.
            cancel: asked at every block of every photo.
        """
        traces = (
            self.trace(region, prompt, blocks=blocks, stages=(), cancel=cancel).blocks.values() for region in regions
        )
        return drop_rates([seen.attention for seen in found if seen.attention is not None] for found in traces)
