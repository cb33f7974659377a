"""The entry point of inspection."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from core.checkpoints import Checkpoint, load_checkpoint
from core.checkpoints.builtin import DEFAULT_MODEL, find_model
from core.degradations import KEYS
from core.errors import RestorationError
from core.inspection.ablations import Ablation, AblationResult, ablated, compare_results
from core.inspection.attention import DropRates, drop_rates
from core.inspection.blocks import Block, blocks_of, origin_of_order
from core.inspection.clusters import Pooled, Sample, assemble, check_count, pool
from core.inspection.orders import BlockOrders, channel_orders
from core.inspection.region import Region
from core.inspection.trace import STAGES, Stage, Trace, run, trace
from core.messages import Message, message
from core.progress import CancelToken, ProgressCallback, no_progress
from core.prompts import OpenClipEncoder, TextEncoder, resolve
from core.system.devices import choose_device


class Inspector:
    """A model on a device, opened for inspection. Always in float32. Not safe for concurrent use by threads.

    Args:
        model: name of a built-in model, a checkpoint file, or a loaded checkpoint.
        device: ``"auto"``, ``"cpu"``, ``"cuda"``, ``"cuda:1"`` or ``"mps"``.
        text_encoder: makes the encoder for prompts that are not in the checkpoint's bank.

    Raises:
        CheckpointError: the model cannot be found or loaded.
        RestorationError: the device does not exist.
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
        self._bank_keys = self._prompts.names
        self.network = self.checkpoint.build().to(choose_device(device)).to(memory_format=torch.channels_last)

    @property
    def blocks(self) -> tuple[Block, ...]:
        """The model's DGPBs, from full resolution down; none if it was built without them."""
        return blocks_of(self.network)

    @property
    def prompts(self) -> tuple[str, ...]:
        """Keys of the prompts in the model's bank, or of all degradations if the bank is empty."""
        return self._bank_keys or KEYS

    @property
    def origin_of_order(self) -> Message:
        """What determines the channel order of this model, and whether it was learned."""
        return origin_of_order(self.checkpoint)

    def embedding(self, prompt: str) -> NDArray[np.float32]:
        """Return the embedding of a degradation's key: (prompt_dim,) float32.

        Raises:
            PromptError: it is not in the bank and no encoder can make it.
            RestorationError: the degradation does not exist.
        """
        self._prompts = resolve(self._prompts, [prompt], self._text_encoder)
        return self._prompts.embedding(prompt)

    def orders(self, prompts: Sequence[str] | None = None) -> tuple[BlockOrders, ...]:
        """Return the channel orders of all blocks for ``prompts``, by default all; see :func:`channel_orders`."""
        keys = self.prompts if prompts is None else prompts
        self._prompts = resolve(
            self._prompts, keys, self._text_encoder
        )  # all at once, since the encoder is slow to load
        return channel_orders(self.network, {key: self.embedding(key) for key in keys}) if keys else ()

    def restore(self, region: Region, prompt: str, ablation: Ablation | None = None) -> NDArray[np.float32]:
        """Restore a region, (H, W, 3) float32 in [0, 1], optionally with an ablation."""
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
        """Restore a region with each of several ablations.

        Args:
            region: the region.
            prompt: key of the degradation.
            ablations: the ablations.
            reference: the clean picture of the same region, or None.
            progress: called after each pass.
            cancel: checked before each pass.

        Raises:
            RestorationError: the reference has another shape than the region.
            Cancelled: ``cancel`` was set.
        """
        if reference is not None and reference.shape != region.pixels.shape:
            raise RestorationError(
                message(
                    "The clean reference has {size} pixels, the photo {expected}. Use the clean picture of the same "
                    "photo.",
                    size=f"{reference.shape[1]}×{reference.shape[0]}",
                    expected=f"{region.pixels.shape[1]}×{region.pixels.shape[0]}",
                )
            )
        requested, cancel = tuple(ablations), cancel or CancelToken()
        cancel.check()
        unchanged, results = self.restore(region, prompt), []
        for number, ablation in enumerate(requested, start=1):
            cancel.check()
            result = unchanged if ablation == Ablation() else self.restore(region, prompt, ablation)
            results.append(compare_results(ablation, result, unchanged, reference))
            progress(number / len(requested))
        return tuple(results)

    def latent_features(
        self,
        pictures: Iterable[tuple[Sample, Region]],
        control: str,
        *,
        progress: Callable[[int], None] = lambda count: None,
        cancel: CancelToken | None = None,
    ) -> Pooled:
        """Compute latent features of many pictures before and after the DGPB, averaged over their pixels.

        Args:
            pictures: each with its label, the key of its own prompt; one is in memory at a time.
            control: key of the prompt of all pictures in the control.
            progress: called with the number of finished pictures.
            cancel: checked at every block of every pass.

        Raises:
            RestorationError: the model has no DGPB, or there are too few pictures for clusters.
            Cancelled: ``cancel`` was set.
        """
        if not self.blocks:
            raise RestorationError(message("This model was built without DGPBs, so there is nothing to compare."))
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
        check_count(len(samples))
        return assemble(samples, control, rows)

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
        """Restore a region and record what happens in the DGPBs; see :func:`core.inspection.trace`."""
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
        """Count how often each entry of the attention is dropped over several photos.

        Args:
            regions: regions of the photos, read one after the other.
            prompt: key of the prompt of all photos.
            blocks: names of blocks; None for all with a CAAPM.
            cancel: checked at every block of every photo.
        """
        traces = (
            self.trace(region, prompt, blocks=blocks, stages=(), cancel=cancel).blocks.values() for region in regions
        )
        return drop_rates(
            [block.attention for block in blocks_of_photo if block.attention is not None] for blocks_of_photo in traces
        )
