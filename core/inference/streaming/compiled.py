"""A DFPIR compiled for exact restoration in bands, and its run over one image.

A run is a list of stages with known costs, so that progress reports the work that is done and not the stages.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import cast

import torch
from torch import Tensor, nn

from core.inference.streaming.attention import ChannelSums, GlobalSums
from core.inference.streaming.blocks import TileInterior, apply, gather, reorder
from core.inference.streaming.buffers import FeatureMap
from core.inference.streaming.convolutions import Downsampling, Head, NonFiniteError, PaddedImage, Stem, Upsampling
from core.inference.streaming.weights import AttentionBlock, Perturbation, Reordering
from core.inference.streaming.workers import RowsDone, RowWorkers
from core.models import DFPIR, DGPB, Downsample, TransformerBlock, Upsample
from core.models.config import LEVELS
from core.progress import CancelToken, ProgressCallback, no_progress
from core.system.memory import check_free, release_free_memory

BAND_POSITIONS = 8192
"""Default number of positions in a band.

Measured on one core with blocks of the published network: 2048 and 4096 took a fifth longer.
"""

GPU_BAND_POSITIONS = 1 << 19
"""Positions of a band on a GPU, where starting kernels costs more than missing the cache."""

_MIN_ROWS = 4
"""Rows of a band at least, so that the rows a window keeps of the band above do not cost more than the band."""

_MIN_BANDS = 8
"""Bands of a map at least, so that several workers can share it evenly, as long as they keep ``_MIN_POSITIONS``."""

_MIN_POSITIONS = 4096
"""Positions of a band at least, for which calling its operations costs little, unless the map has few rows."""

_MIN_LOW_BANDS = 4
"""Bands at least of a map of few positions, as long as they keep ``_MIN_LOW_ROWS`` rows."""

_MIN_LOW_ROWS = 8

_MIN_FREED_BANDS = 16
"""Bands of a map above which memory of temporary tensors is returned to the system after a level."""


class CompiledDFPIR:
    """The weights of a DFPIR, repacked: the same results as ``DFPIR.forward``, faster and in far less memory.

    Args:
        model: its weights are copied, except those of the DGM, which stay as they are: only float32 or better gives
            its order of channels. It must not be trained while this is in use.
        dtype: of maps and products: float32, bfloat16, float16, or float64 for a float64 model. Sums over pixels
            and attention are at least float32.
        workers: threads that share the rows of an image; None divides single operations among PyTorch's threads
            instead. The result does not depend on it.
    """

    @torch.inference_mode()
    def __init__(self, model: DFPIR, dtype: torch.dtype = torch.float32, workers: int | None = None) -> None:
        self.config = config = model.config
        self.dtype = dtype
        self.device = model.head.weight.device
        self._workers = workers
        self.stem = Stem.from_layer(model.stem, config.stem, dtype)
        self.encoder = [_compile_blocks(cast(nn.Sequential, level), dtype) for level in model.encoder]
        self.latent = _compile_blocks(model.latent, dtype)
        self.down = [Downsampling.from_layer(cast(Downsample, down), dtype) for down in model.down]
        self.dgpb = [Perturbation.from_dgpb(cast(DGPB, dgpb), dtype) for dgpb in model.dgpb]
        self.up = [
            Upsampling.from_layers(cast(Upsample, up), fuse, dtype)
            for up, fuse in zip(model.up, model.fuse, strict=True)
        ]
        self.decoder = [_compile_blocks(cast(nn.Sequential, level), dtype) for level in model.decoder]
        self.decoder[0] += _compile_blocks(model.refinement, dtype)
        self.head = Head.from_layer(model.head, config.stem, dtype)

    @torch.inference_mode()
    def restore(
        self,
        pixels: Tensor,
        prompt: Tensor,
        *,
        band: int = BAND_POSITIONS,
        attention_matrices: Sequence[Tensor] | None = None,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> Tensor:
        """Restore one image.

        Args:
            pixels: (H, W, 3) float32 (or float64 with a float64 model), RGB in [0, 1], any size from 1x1; continued by
                reflection on the right and below to multiples of ``config.multiple``. May be on another device.
            prompt: (prompt_dim,), its embedding.
            band: approximate number of positions of a map in a band. Memory grows with it; the result does not change,
                but for rounding.
            attention_matrices: of all attentions, from :meth:`attention_matrices`, used instead of the image's own.
            progress: called after each band with the share of work that is done.
            cancel: checked after each band.

        Returns:
            (H, W, 3) of the dtype and on the device of ``pixels``; not clipped.

        Raises:
            NonFiniteError: the output holds infinities or NaN, as happens in reduced precision.
            Cancelled: ``cancel`` was set.
        """
        out = torch.empty_like(pixels)
        self._start(pixels, prompt, band, attention_matrices).run(out, progress, cancel or CancelToken())
        return out

    @torch.inference_mode()
    def attention_matrices(
        self,
        pixels: Tensor,
        prompt: Tensor,
        *,
        band: int = BAND_POSITIONS,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> list[Tensor]:
        """The matrices of all attentions, in the order of the blocks: all that depends on the image as a whole.

        Arguments and errors as for :meth:`restore`.
        """
        sums = GlobalSums(self.dtype, self.device)
        self._start(pixels, prompt, band, None, sums).run(None, progress, cancel or CancelToken())
        return sums.matrices()

    @torch.inference_mode()
    def gather(
        self,
        pixels: Tensor,
        prompt: Tensor,
        attention_matrices: Sequence[Tensor],
        sums: GlobalSums,
        interior: TileInterior,
        *,
        band: int = BAND_POSITIONS,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> None:
        """Add a tile's part to the sums of the frame that it is cut from.

        Args:
            pixels: (h, w, 3), the tile.
            prompt: (prompt_dim,).
            attention_matrices: that the tile's attentions use.
            sums: of the frame; added to.
            interior: the part of the tile, in its own pixels, that no other tile adds.
            band: as for :meth:`restore`.
            progress: as for :meth:`restore`.
            cancel: as for :meth:`restore`.
        """
        run = self._start(pixels, prompt, band, attention_matrices, sums, interior)
        run.run(None, progress, cancel or CancelToken())

    def _start(
        self,
        pixels: Tensor,
        prompt: Tensor,
        band: int,
        matrices: Sequence[Tensor] | None,
        sums: GlobalSums | None = None,
        interior: TileInterior | None = None,
    ) -> "StreamingRun":
        image = PaddedImage(pixels, self.config.multiple)
        return StreamingRun(self, image, prompt.to(self.device)[None], band, self._workers, matrices, sums, interior)


def _compile_blocks(blocks: Iterable[nn.Module], dtype: torch.dtype) -> list[AttentionBlock]:
    return [AttentionBlock.from_transformer_block(cast(TransformerBlock, block), dtype) for block in blocks]


@dataclass(frozen=True)
class Stage:
    """A part of the work.

    Attributes:
        cost: of all its rows together, in any unit.
        height: rows that it reports as done, in bands.
        run: does it.
    """

    cost: float
    height: int
    run: Callable[[RowsDone], None]


class StreamingRun:
    """The run of a compiled network over one image.

    Args:
        network: compiled.
        image: padded to the network's multiple.
        prompt: (1, prompt_dim) on the network's device.
        band: positions of a band.
        workers: threads that share the rows of every stage; see :class:`RowWorkers`.
        attention_matrices: of all attentions, in the order of the blocks, used instead of the image's own.
        sums: to be added to.
        interior: the part of the image that counts in the sums, in pixels; all of it if None.
    """

    def __init__(
        self,
        network: CompiledDFPIR,
        image: PaddedImage,
        prompt: Tensor,
        band: int,
        workers: int | None,
        attention_matrices: Sequence[Tensor] | None = None,
        sums: GlobalSums | None = None,
        interior: TileInterior | None = None,
    ) -> None:
        self._network = network
        self._image = image
        self._prompt = prompt
        self._band = band
        self._given = None if attention_matrices is None else iter(attention_matrices)
        own = GlobalSums(network.dtype, network.device) if attention_matrices is None else None
        self._sums = sums or own
        self._interior = interior or TileInterior(0, image.height, 0, image.width)
        self._attention_count = 0
        self._workers = RowWorkers(workers, network.dtype, network.device)
        stem = network.config.stem
        self._sizes = [(image.height // (stem * 2**n), image.width // (stem * 2**n)) for n in range(LEVELS)]
        self._maps: dict[int, Tensor] = {}  # (H, W, C) by level; C is twice as large in decoder level 1
        self._coarse: dict[int, FeatureMap] = {}  # their memory, except that of level 1

    def run(self, out: Tensor | None, progress: ProgressCallback, cancel: CancelToken) -> None:
        """Run all stages and fill ``out`` (H, W, 3), unless it is None.

        Raises as :meth:`CompiledDFPIR.restore` does.
        """
        stages = list(self._stages(out))
        total, done, lock = sum(stage.cost for stage in stages), 0.0, threading.Lock()

        def watch() -> None:
            progress(min(done / total, 1.0))
            cancel.check()

        def run_stages(check: Callable[[], None]) -> None:
            for stage in stages:
                row_cost = stage.cost / stage.height

                def rows_done(rows: int, row_cost: float = row_cost) -> None:
                    nonlocal done
                    with lock:
                        done += rows * row_cost
                    check()

                stage.run(rows_done)

        cancel.check()
        with self._workers:
            self._workers.lead(run_stages, watch)

    def _stages(self, out: Tensor | None) -> Iterator[Stage]:
        network, config = self._network, self._network.config
        yield self._stage(0, convolution_cost(3 * config.stem**2, config.dim, network.dtype), self._stem)
        for n in range(LEVELS - 1):
            yield from self._blocks(n, config.channels(n), network.encoder[n])
            down_cost = convolution_cost(2 * config.channels(n), config.channels(n), network.dtype)
            yield self._stage(n + 1, down_cost * 2, partial(self._down, n))
            yield from self._perturbation(n)  # overwrites the input of the downsampling, so it runs after it
        yield from self._blocks(LEVELS - 1, config.channels(LEVELS - 1), network.latent)
        yield from self._perturbation(LEVELS - 1)
        for n in reversed(range(LEVELS - 1)):
            up_cost = convolution_cost(config.channels(n + 1), 2 * config.channels(n + 1), network.dtype)
            yield self._stage(n + 1, up_cost, partial(self._up, n))
            yield from self._blocks(n, config.channels(n) * (2 if n == 0 else 1), network.decoder[n])
        if out is not None:
            head_cost = convolution_cost(2 * config.dim, 3 * config.stem**2, network.dtype)
            yield self._stage(0, head_cost, partial(self._head, out))

    def _blocks(self, level: int, channels: int, blocks: list[AttentionBlock]) -> Iterator[Stage]:
        for block in blocks:
            assert block.channels == channels
            yield from self._block(level, block, None, residual=True)

    def _block(
        self, level: int, block: AttentionBlock, reordering: Reordering | None, residual: bool
    ) -> Iterator[Stage]:
        band_height, dtype = self._band_height(level), self._network.dtype
        matrix: Tensor | None = next(self._given) if self._given else None

        def first_pass(sums: ChannelSums, interior: TileInterior, rows_done: RowsDone) -> None:
            nonlocal matrix
            gather(block, reordering, self._maps[level], sums, interior, band_height, self._workers, rows_done)
            if matrix is None:
                matrix = block.attention.matrix(sums, dtype)
            if not torch.isfinite(matrix).all():
                raise NonFiniteError

        def second_pass(rows_done: RowsDone) -> None:
            assert matrix is not None
            apply(block, matrix, self._maps[level], residual, band_height, self._workers, rows_done)

        if self._sums is not None:
            sums = self._sums.of_block(self._attention_count, block.attention)
            interior = self._interior.at_level(self._network.config.stem * 2**level)
            yield self._stage(level, gather_cost(block, dtype), partial(first_pass, sums, interior))
        self._attention_count += 1
        yield self._stage(level, apply_cost(block, dtype), second_pass)

    def _perturbation(self, level: int) -> Iterator[Stage]:
        if not self._network.dgpb:
            return
        dgpb, dtype = self._network.dgpb[level], self._network.dtype
        reordering = dgpb.reordering(self._prompt, dtype)
        if dgpb.caapm is not None:
            yield from self._block(level, dgpb.caapm, reordering, dgpb.residual)
        elif reordering is not None:
            cost = product_cost(len(reordering.bias), dtype)
            height = self._band_height(level)
            yield self._stage(
                level,
                cost,
                lambda rows_done: reorder(
                    reordering, self._maps[level], dgpb.residual, height, self._workers, rows_done
                ),
            )

    def _stem(self, rows_done: RowsDone) -> None:
        network, (height, width) = self._network, self._sizes[0]
        channels = network.config.dim
        if network.device.type == "cpu":  # the system may promise memory that it does not have
            check_free(height * width * 2 * channels * network.dtype.itemsize)
        self._whole = FeatureMap((height, width, 2 * channels), network.dtype, network.device)
        half = self._whole.tensor.view(2, height, width, channels)[0]
        self._maps[0] = half  # its memory is taken when it is written to, the other half's only in the decoder
        network.stem(self._image, self._maps[0], self._band_height(0), self._workers, rows_done)

    def _down(self, level: int, rows_done: RowsDone) -> None:
        coarse = self._network.down[level](self._maps[level], self._band_height(level + 1), self._workers, rows_done)
        self._coarse[level + 1] = coarse
        self._maps[level + 1] = coarse.tensor
        self._free_scratch(level)

    def _up(self, level: int, rows_done: RowsDone) -> None:
        coarse, band_height = self._coarse.pop(level + 1), self._band_height(level + 1)
        del self._maps[level + 1]
        upsampling, workers = self._network.up[level], self._workers
        if level:
            upsampling(coarse, self._maps[level], band_height, workers, rows_done)
        else:
            self._widen(coarse, upsampling, band_height, rows_done)
        del coarse
        self._free_scratch(level + 1)

    def _widen(self, coarse: FeatureMap, upsampling: Upsampling, band_height: int, rows_done: RowsDone) -> None:
        # Rows of C channels become rows of 2C channels in the same memory: in each round the lower half of those that
        # are left, which are moved behind them.
        whole, skip = self._whole.tensor, self._maps[0]
        channels = skip.shape[2]
        stop = len(coarse.tensor)
        while stop:
            start = -(-stop // 2) if stop > _MIN_LOW_ROWS else 0
            source = skip if start else skip[: 2 * stop].clone()

            def move(first: int, last: int, source: Tensor = source) -> None:
                whole[first:last, :, channels:] = source[first:last]
                if source is skip:
                    self._whole.release(first // 2, last // 2)  # where they were

            upsampling(
                coarse,
                whole[..., :channels],
                band_height,
                self._workers,
                rows_done,
                limits=(start, stop),
                prepare=move,
            )
            stop = start
        self._maps[0] = whole

    def _head(self, out: Tensor, rows_done: RowsDone) -> None:
        self._network.head(self._whole, self._image, out, self._band_height(0), self._workers, rows_done)

    def _free_scratch(self, level: int) -> None:
        # Buffers and temporary tensors have other sizes on the next level, so these cannot be reused. They are about as
        # large as a band: beside small maps, getting their memory anew from the system costs more than it saves.
        rows, columns = self._sizes[level]
        if self._network.device.type == "cpu" and rows * columns > _MIN_FREED_BANDS * self._band:
            self._workers.free_scratch()
            release_free_memory()

    def _band_height(self, level: int) -> int:
        return band_height(self._band, *self._sizes[level], level)

    def _stage(self, level: int, cost: float, run: Callable[[RowsDone], None]) -> Stage:
        height, width = self._sizes[level]
        return Stage(cost * height * width, height, run)


def band_height(band: int, height: int, width: int, level: int) -> int:
    """Rows of a band of about ``band`` positions in a map of this size; of half as many on the lowest level.

    That has the most channels, so that its bands would take more memory than all others.
    """
    if level == LEVELS - 1:
        band //= 2
    shared = max(height // _MIN_BANDS, _MIN_POSITIONS // width)
    divisible = max(height // _MIN_LOW_BANDS, _MIN_LOW_ROWS)
    return min(max(min(band // width, shared, divisible), _MIN_ROWS), height)


@dataclass(frozen=True)
class CostRates:
    """Nanoseconds that a stage takes for a position of a map, by kind of work. Only the ratios matter.

    Attributes:
        product: for an operation of a matrix product.
        channel: for a channel that a depthwise convolution, a gate or a square reads, or that a product writes.
        norm: for a channel that is normalised, with all costs that the operations of a product do not cover.
        copy: for a channel that is moved.
        position: independent of the number of channels.
    """

    product: float
    channel: float
    norm: float
    copy: float
    position: float


# Non-negative least squares over the processor times of all stages: in full precision of 4 restorations (published maps
# at 0.26 megapixels, compact ones at 1 and 6), in half precision of 7 by earlier kernels with a matrix unit (at 0.26 to
# 24). A channel costs nothing there because its kernels are as fast as the norms before them are slow.
_FULL_PRECISION = CostRates(product=0.0063, channel=0.255, norm=1.92, copy=1.61, position=87.0)
_HALF_PRECISION = CostRates(product=0.0004, channel=0.0, norm=2.49, copy=0.34, position=98.0)


def cost_rates(dtype: torch.dtype) -> CostRates:
    """The rates for a precision."""
    return _HALF_PRECISION if dtype.itemsize < 4 else _FULL_PRECISION


def gather_cost(block: AttentionBlock, dtype: torch.dtype) -> float:
    """The cost of a block's first pass, per position."""
    rate, c = cost_rates(dtype), block.channels
    operations = 2 * c * (2 * c + c / block.heads) + (2 * c * c if block.query_norm else 0)
    norms = 2 * c if block.query_norm else c
    # Queries and keys are written, convolved and squared.
    return rate.product * operations + rate.norm * norms + rate.channel * 6 * c + rate.position


def apply_cost(block: AttentionBlock, dtype: torch.dtype) -> float:
    """The cost of a block's second pass, per position."""
    rate, c, hidden = cost_rates(dtype), block.channels, len(block.ffn.out)
    operations = 2 * c * 2 * c + 2 * c * 3 * hidden
    convolved = c + 2 * hidden
    written = convolved + 2 * c
    return rate.product * operations + rate.norm * 2 * c + rate.channel * (convolved + hidden + written) + rate.position


def convolution_cost(channels_in: int, channels_out: int, dtype: torch.dtype) -> float:
    """The cost of a dense 3x3 convolution and the copy that follows it, per position."""
    rate = cost_rates(dtype)
    return rate.product * 18 * channels_in * channels_out + rate.copy * (channels_in + channels_out) + rate.position


def product_cost(channels: int, dtype: torch.dtype) -> float:
    """The cost of a C x C product, per position."""
    rate = cost_rates(dtype)
    return rate.product * 2 * channels**2 + rate.copy * 2 * channels + rate.position
