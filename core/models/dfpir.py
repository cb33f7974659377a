"""DFPIR, the whole network (paper, Fig. 2)."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from core.models.config import LEVELS, DFPIRConfig
from core.models.dgpb import DGPB
from core.models.layers import Downsample, TransformerBlock, Upsample, conv3x3, pointwise


class DFPIR(nn.Module):
    """All-in-one image restoration network, conditioned on the embedding of a text prompt.

    Three encoder levels and a latent level. Each has a DGPB: those of the encoder perturb the features of the skip
    connections, that of the latent level the features that enter the decoder. Decoder level 1 and the refinement
    work on the concatenated 2C channels. The output is the input plus the predicted residual.
    """

    def __init__(self, config: DFPIRConfig | None = None) -> None:
        super().__init__()
        self.config = config = config or DFPIRConfig()
        channels = [config.channels(level) for level in range(LEVELS)]
        colours = 3 * config.stem**2

        def level(width: int, index: int, count: int) -> nn.Sequential:
            blocks = (
                TransformerBlock(width, config.heads[index], config.expansion, config.borders) for _ in range(count)
            )
            return nn.Sequential(*blocks)

        self.stem = conv3x3(colours, config.dim, config.borders)
        self.encoder = nn.ModuleList(level(channels[n], n, config.blocks[n]) for n in range(LEVELS - 1))
        self.down = nn.ModuleList(Downsample(channels[n], config.borders) for n in range(LEVELS - 1))
        self.latent = level(channels[-1], LEVELS - 1, config.blocks[-1])
        self.dgpb = nn.ModuleList(
            DGPB(channels[n], config.heads[n], config) for n in range(LEVELS) if config.perturbation != "none"
        )
        self.up = nn.ModuleList(Upsample(channels[n + 1], config.borders) for n in range(LEVELS - 1))
        # Level 1 keeps the concatenated channels; its decoder works at 2C.
        self.fuse = nn.ModuleList(
            nn.Identity() if n == 0 else pointwise(2 * channels[n], channels[n]) for n in range(LEVELS - 1)
        )
        decoder_channels = [2 * channels[0], *channels[1:-1]]
        self.decoder = nn.ModuleList(
            level(decoder_channels[n], n, config.num_decoder_blocks[n]) for n in range(LEVELS - 1)
        )
        self.refinement = level(decoder_channels[0], 0, config.refinement_blocks)
        self.head = conv3x3(decoder_channels[0], colours, config.borders)

    def forward(self, image: Tensor, prompt: Tensor) -> Tensor:
        """Restore a batch of pictures.

        Args:
            image: (B, 3, H, W) float, RGB in [0, 1]; H and W multiples of ``config.multiple``.
            prompt: (B, prompt_dim) float32, one embedding per picture.

        Returns:
            (B, 3, H, W) float, not clipped.

        Raises:
            ValueError: a shape does not fit.
        """
        self._check(image, prompt)
        x = self.stem(F.pixel_unshuffle(image, self.config.stem))  # (B, C, H, W) with stem = 1
        skips: list[Tensor] = []
        for n in range(LEVELS - 1):
            x = self.encoder[n](x)  # (B, 2^n C, H / 2^n, W / 2^n)
            skips.append(self._perturb(n, x, prompt))
            x = self.down[n](x)  # from the unperturbed features
        x = self._perturb(LEVELS - 1, self.latent(x), prompt)  # (B, 8C, H/8, W/8)
        for n in reversed(range(LEVELS - 1)):
            x = self.fuse[n](torch.cat([self.up[n](x), skips[n]], dim=1))
            x = self.decoder[n](x)  # (B, 2^n C, H / 2^n, W / 2^n); at level 1 (B, 2C, H, W)
        residual = F.pixel_shuffle(self.head(self.refinement(x)), self.config.stem)  # (B, 3, H, W)
        return image + residual

    def _perturb(self, level: int, x: Tensor, prompt: Tensor) -> Tensor:
        perturbed: Tensor = self.dgpb[level](x, prompt) if len(self.dgpb) else x
        return perturbed

    def _check(self, image: Tensor, prompt: Tensor) -> None:
        if image.ndim != 4 or image.shape[1] != 3:
            raise ValueError(f"image has shape {tuple(image.shape)}; expected (B, 3, H, W)")
        multiple = self.config.multiple
        if image.shape[2] % multiple or image.shape[3] % multiple:
            raise ValueError(f"image is {image.shape[3]}x{image.shape[2]} pixels; expected multiples of {multiple}")
        if tuple(prompt.shape) != (image.shape[0], self.config.prompt_dim):
            raise ValueError(
                f"prompt has shape {tuple(prompt.shape)}; expected ({image.shape[0]}, {self.config.prompt_dim})"
            )
