"""One picture's way through the compiled network, as a list of stages that know what they cost."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from core.inference.streaming.attention import ChannelSums, GlobalSums
from core.inference.streaming.blocks import Core, apply, gather, reorder
from core.inference.streaming.costs import apply_cost, convolution_cost, gather_cost, product_cost
from core.inference.streaming.picture import NotFinite, Picture
from core.inference.streaming.weights import AttentionBlock, Reordering
from core.inference.streaming.workers import Finished, RowWorkers
from core.models.config import LEVELS
from core.progress import CancelToken, ProgressCallback
from core.system.memory import check_free, release_free_memory

if TYPE_CHECKING:
    from core.inference.streaming.compiled import CompiledDFPIR

BAND_POSITIONS = 8192
"""Positions of a band, unless told otherwise.

Measured on one core with blocks of the published network: 2048 and 4096 took a fifth longer.
"""

GPU_BAND_POSITIONS = 1 << 19
"""Positions of a band on a GPU, which has no cache to stay in, but kernels to start."""

_LEAST_ROWS = 4
"""Of a band, so that what a window keeps of the rows above does not cost more than the band."""


@dataclass(frozen=True)
class Stage:
    """A part of the work.

    Attributes:
        cost: of all its rows together, in any unit.
        height: rows that it reports as finished, in bands.
        run: does it.
    """

    cost: float
    height: int
    run: Callable[[Finished], None]


class StreamingRun:
    """One picture's way through the network.

    Args:
        network: compiled.
        picture: padded to the network's multiple.
        prompt: (1, prompt_dim) on the network's device.
        band: positions of a band.
        workers: threads that share the rows of every stage; see :class:`RowWorkers`.
        matrices: of all attentions, in the order of the blocks, to be used instead of the picture's own.
        sums: to be added to.
        core: the part of the picture that counts in the sums, in pixels; all of it if None.
    """

    def __init__(
        self,
        network: "CompiledDFPIR",
        picture: Picture,
        prompt: Tensor,
        band: int,
        workers: int | None,
        matrices: Sequence[Tensor] | None = None,
        sums: GlobalSums | None = None,
        core: Core | None = None,
    ) -> None:
        self._network = network
        self._picture = picture
        self._prompt = prompt
        self._band = band
        self._given = None if matrices is None else iter(matrices)
        own = GlobalSums(network.dtype, network.device) if matrices is None else None
        self._sums = sums or own
        self._core = core or Core(0, picture.height, 0, picture.width)
        self._mixers = 0
        self._workers = RowWorkers(workers, network.dtype, network.device)
        stem = network.config.stem
        self._sizes = [(picture.height // (stem * 2**n), picture.width // (stem * 2**n)) for n in range(LEVELS)]
        self._maps: dict[int, Tensor] = {}  # (H, W, C) by level; encoder level 1 is the right half of a wider one

    def run(self, out: Tensor | None, progress: ProgressCallback, cancel: CancelToken) -> None:
        """Go through all stages and fill ``out`` (H, W, 3), if it is wanted.

        Raises as :meth:`CompiledDFPIR.restore` does.
        """
        with self._workers:
            stages = list(self._stages(out))
            total, done = sum(stage.cost for stage in stages), 0.0
            for stage in stages:
                share = stage.cost / stage.height

                def finished(rows: int, share: float = share) -> None:
                    nonlocal done
                    done += rows * share
                    progress(min(done / total, 1.0))
                    cancel.check()

                cancel.check()
                stage.run(finished)

    def _stages(self, out: Tensor | None) -> Iterator[Stage]:
        network, config = self._network, self._network.config
        yield self._stage(0, convolution_cost(3 * config.stem**2, config.dim, network.dtype), self._stem)
        for n in range(LEVELS - 1):
            yield from self._blocks(n, config.channels(n), network.encoder[n])
            down_cost = convolution_cost(2 * config.channels(n), config.channels(n), network.dtype)
            yield self._stage(n + 1, down_cost * 2, partial(self._down, n))
            yield from self._perturbation(n)  # overwrites what the encoder goes on from: after downsampling
        yield from self._blocks(LEVELS - 1, config.channels(LEVELS - 1), network.latent)
        yield from self._perturbation(LEVELS - 1)
        for n in reversed(range(LEVELS - 1)):
            up_cost = convolution_cost(config.channels(n + 1), 2 * config.channels(n + 1), network.dtype)
            yield self._stage(n + 1, up_cost, partial(self._up, n))
            yield from self._blocks(n, config.channels(n) * (2 if n == 0 else 1), network.decoder[n])
        if out is not None:
            head_cost = convolution_cost(2 * config.dim, 3 * config.stem**2, network.dtype)
            yield self._stage(0, head_cost, partial(self._head, out))

    def _blocks(self, level: int, channels: int, mixers: list[AttentionBlock]) -> Iterator[Stage]:
        for mixer in mixers:
            assert mixer.channels == channels
            yield from self._mixer(level, mixer, None, keep_input=True)

    def _mixer(
        self, level: int, mixer: AttentionBlock, reordering: Reordering | None, keep_input: bool
    ) -> Iterator[Stage]:
        rows, dtype = self._rows(level), self._network.dtype
        matrix: Tensor | None = next(self._given) if self._given else None

        def first(sums: ChannelSums, core: Core, finished: Finished) -> None:
            nonlocal matrix
            gather(mixer, reordering, self._maps[level], sums, core, rows, self._workers, finished)
            if matrix is None:
                matrix = self._workers.call(partial(mixer.attention.matrix, sums, dtype))
            if not torch.isfinite(matrix).all():
                raise NotFinite

        def second(finished: Finished) -> None:
            assert matrix is not None
            apply(mixer, matrix, self._maps[level], keep_input, rows, self._workers, finished)

        if self._sums is not None:
            sums = self._sums.of(self._mixers, mixer.attention)
            core = self._core.at_level(self._network.config.stem * 2**level)
            yield self._stage(level, gather_cost(mixer, dtype), partial(first, sums, core))
        self._mixers += 1
        yield self._stage(level, apply_cost(mixer, dtype), second)

    def _perturbation(self, level: int) -> Iterator[Stage]:
        if not self._network.dgpb:
            return
        dgpb, dtype = self._network.dgpb[level], self._network.dtype
        reordering = dgpb.reordering(self._prompt, dtype)
        if dgpb.caapm is not None:
            yield from self._mixer(level, dgpb.caapm, reordering, dgpb.residual)
        elif reordering is not None:
            cost = product_cost(len(reordering.bias), dtype)
            rows = self._rows(level)
            yield self._stage(
                level,
                cost,
                lambda finished: reorder(reordering, self._maps[level], dgpb.residual, rows, self._workers, finished),
            )

    def _stem(self, finished: Finished) -> None:
        network, (height, width) = self._network, self._sizes[0]
        channels = network.config.dim
        if network.device.type == "cpu":  # which else may promise memory that it does not have
            check_free(height * width * 2 * channels * network.dtype.itemsize)
        self._whole = torch.empty(height, width, 2 * channels, dtype=network.dtype, device=network.device)
        self._maps[0] = self._whole[..., channels:]
        network.stem(self._picture, self._maps[0], self._rows(0), self._workers, finished)

    def _down(self, level: int, finished: Finished) -> None:
        self._maps[level + 1] = self._network.down[level](
            self._maps[level], self._rows(level + 1), self._workers, finished
        )
        self._leave(level)

    def _up(self, level: int, finished: Finished) -> None:
        below = self._maps.pop(level + 1)
        target = self._maps[level] if level else self._whole[..., : self._network.config.dim]
        self._network.up[level](below, target, self._rows(level + 1), self._workers, finished)
        if level == 0:
            self._maps[0] = self._whole
        self._leave(level + 1)

    def _head(self, out: Tensor, finished: Finished) -> None:
        self._network.head(self._whole, self._picture, out, self._rows(0), self._workers, finished)

    def _leave(self, level: int) -> None:
        # The pieces that come and go have other sizes on the next level.
        rows, columns = self._sizes[level]
        if self._network.device.type == "cpu" and rows * columns > self._band:
            release_free_memory()

    def _rows(self, level: int) -> int:
        return band_rows(self._band, *self._sizes[level])

    def _stage(self, level: int, cost: float, run: Callable[[Finished], None]) -> Stage:
        height, width = self._sizes[level]
        return Stage(cost * height * width, height, run)


def band_rows(band: int, height: int, width: int) -> int:
    """Rows of a band of about ``band`` positions in a map of this size."""
    return min(max(band // width, _LEAST_ROWS), height)
