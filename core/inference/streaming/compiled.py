"""A DFPIR compiled for exact restoration in bands."""

from collections.abc import Iterable, Sequence
from typing import cast

import torch
from torch import Tensor, nn

from core.inference.streaming.attention import GlobalSums
from core.inference.streaming.blocks import Core
from core.inference.streaming.picture import Head, Picture, Stem
from core.inference.streaming.resampling import Downsampling, Upsampling
from core.inference.streaming.streaming_run import BAND_POSITIONS, StreamingRun
from core.inference.streaming.weights import AttentionBlock, Perturbation
from core.models import DFPIR, DGPB, Downsample, TransformerBlock, Upsample
from core.progress import CancelToken, ProgressCallback, no_progress


class CompiledDFPIR:
    """The weights of a DFPIR, repacked; gives what ``DFPIR.forward`` gives, faster and in far less memory.

    Args:
        model: its weights are copied, except those of the DGM, which stay as they are: only float32 or better gives
            its order of channels. It must not be trained while this is in use.
        dtype: of maps and products: float32, bfloat16, float16, or float64 for a float64 model. Sums over pixels
            and attention are at least float32.
        workers: threads that share the rows of a picture; None divides single operations among PyTorch's threads
            instead. The result is the same but for the rounding of sums over pixels.
    """

    @torch.inference_mode()
    def __init__(self, model: DFPIR, dtype: torch.dtype = torch.float32, workers: int | None = None) -> None:
        self.config = config = model.config
        self.dtype = dtype
        self.device = model.head.weight.device
        self._workers = workers
        self.stem = Stem.of(model.stem, config.stem, dtype)
        self.encoder = [_mixers(cast(nn.Sequential, level), dtype) for level in model.encoder]
        self.latent = _mixers(model.latent, dtype)
        self.down = [Downsampling.of(cast(Downsample, down), dtype) for down in model.down]
        self.dgpb = [Perturbation.of(cast(DGPB, dgpb), dtype) for dgpb in model.dgpb]
        self.up = [
            Upsampling.of(cast(Upsample, up), fuse, dtype) for up, fuse in zip(model.up, model.fuse, strict=True)
        ]
        self.decoder = [_mixers(cast(nn.Sequential, level), dtype) for level in model.decoder]
        self.decoder[0] += _mixers(model.refinement, dtype)
        self.head = Head.of(model.head, config.stem, dtype)

    @torch.inference_mode()
    def restore(
        self,
        pixels: Tensor,
        prompt: Tensor,
        *,
        band: int = BAND_POSITIONS,
        matrices: Sequence[Tensor] | None = None,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> Tensor:
        """Restore one picture.

        Args:
            pixels: (H, W, 3) float32 (or float64 with a float64 model), RGB in [0, 1], any size from 1x1; continued by
                reflection on the right and below to multiples of ``config.multiple``. May lie on another device.
            prompt: (prompt_dim,), its embedding.
            band: about how many positions of a map a band has. Memory grows with it; the result does not change, but
                for rounding.
            matrices: of all attentions, from :meth:`matrices`, to use these instead of the picture's own.
            progress: called after each band with the share of work that is done.
            cancel: asked after each band.

        Returns:
            (H, W, 3) of the dtype and on the device of ``pixels``; not clipped.

        Raises:
            NotFinite: the output holds infinities or NaN, as happens in reduced precision.
            Cancelled: ``cancel`` was set.
        """
        out = torch.empty_like(pixels)
        self._passage(pixels, prompt, band, matrices).run(out, progress, cancel or CancelToken())
        return out

    @torch.inference_mode()
    def matrices(
        self,
        pixels: Tensor,
        prompt: Tensor,
        *,
        band: int = BAND_POSITIONS,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> list[Tensor]:
        """All that the network learns from a picture as a whole: its attentions' matrices, in the order of the blocks.

        Arguments and errors as for :meth:`restore`.
        """
        sums = GlobalSums(self.dtype, self.device)
        self._passage(pixels, prompt, band, None, sums).run(None, progress, cancel or CancelToken())
        return sums.matrices()

    @torch.inference_mode()
    def gather(
        self,
        pixels: Tensor,
        prompt: Tensor,
        matrices: Sequence[Tensor],
        sums: GlobalSums,
        core: Core,
        *,
        band: int = BAND_POSITIONS,
        progress: ProgressCallback = no_progress,
        cancel: CancelToken | None = None,
    ) -> None:
        """Add a tile's part to the sums of the frame that it is cut from.

        Args:
            pixels: (h, w, 3), the tile.
            prompt: (prompt_dim,).
            matrices: that the tile's attentions are done with.
            sums: of the frame.
            core: the part of the tile, in its own pixels, that no other tile adds.
            band: as for :meth:`restore`.
            progress: as for :meth:`restore`.
            cancel: as for :meth:`restore`.
        """
        self._passage(pixels, prompt, band, matrices, sums, core).run(None, progress, cancel or CancelToken())

    def _passage(
        self,
        pixels: Tensor,
        prompt: Tensor,
        band: int,
        matrices: Sequence[Tensor] | None,
        sums: GlobalSums | None = None,
        core: Core | None = None,
    ) -> StreamingRun:
        picture = Picture(pixels, self.config.multiple)
        return StreamingRun(self, picture, prompt.to(self.device)[None], band, self._workers, matrices, sums, core)


def _mixers(blocks: Iterable[nn.Module], dtype: torch.dtype) -> list[AttentionBlock]:
    return [AttentionBlock.of_block(cast(TransformerBlock, block), dtype) for block in blocks]
