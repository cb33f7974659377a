"""Configuration of a DFPIR. The defaults are the published network."""

import math
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

MaskMode = Literal["before_softmax", "multiply_logits", "after_softmax"]
"""How CAAPM drops attention entries; see :func:`core.models.dgpb.masked_softmax`."""

Perturbation = Literal["full", "dgcpm", "caapm", "none"]
"""Which parts of the DGPB exist (the paper's ablations)."""

Order = Literal["prompt", "random", "identity", "learned"]
"""What determines the order of DGCPM's channels; see :mod:`core.models.channel_order`."""

Borders = Literal["zeros", "replicate"]
"""Padding of 3x3 convolutions at the border of a feature map."""

LEVELS = 4
"""Encoder levels, the latent level included."""


@dataclass(frozen=True)
class DFPIRConfig:
    """Configuration of a :class:`core.models.DFPIR`.

    Attributes:
        dim: channels of level 1; level n has ``dim * 2**(n-1)``.
        blocks: Transformer blocks of encoder levels 1-3 and of the latent level.
        decoder_blocks: Transformer blocks of decoder levels 1-3; None takes those of the encoder (published).
        refinement_blocks: Transformer blocks after the first decoder level.
        heads: attention heads of levels 1-4; each must divide the channels of its level.
        expansion: GDFN's hidden channels are ``int(expansion * channels)``.
        keep: γ, the share of each row of CAAPM's attention that is kept, in (0, 1].
        mask_mode: how the other entries are dropped.
        prompt_dim: width of the prompt embedding.
        perturbation: parts of the DGPB that exist.
        shuffle_factor: DGCPM reorders ``shuffle_factor * channels`` channels (2 in the paper; 1 is its ablation).
        stem: pixel-unshuffle factor before the first convolution; 1 in the published network. With 2 the network
            works at half resolution and costs about a quarter.
        dgpb_residual: whether the input of a DGPB is added to its output; False in the published network.
        order: what determines the order of DGCPM's channels: ``"prompt"``: the scores of the untrained DGM (published);
            ``"learned"``: the same, but the DGM is trained by a straight-through estimator; ``"random"``: one random
            order per block, the same for all prompts; ``"identity"``: no reordering.
        borders: padding of all 3x3 convolutions: ``"zeros"`` (published) or ``"replicate"``, the outermost pixels.
            Zeros act like a dark edge and can leave traces at the border of a bright photo.

    Raises:
        ValueError: a value is out of range; the message names the field.
    """

    dim: int = 48
    blocks: tuple[int, int, int, int] = (4, 6, 6, 8)
    decoder_blocks: tuple[int, int, int] | None = None
    refinement_blocks: int = 4
    heads: tuple[int, int, int, int] = (1, 2, 4, 8)
    expansion: float = 2.66
    keep: float = 0.9
    mask_mode: MaskMode = "before_softmax"
    prompt_dim: int = 512
    perturbation: Perturbation = "full"
    shuffle_factor: int = 2
    stem: int = 1
    dgpb_residual: bool = False
    order: Order = "prompt"
    borders: Borders = "zeros"

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", tuple(self.blocks))
        object.__setattr__(self, "heads", tuple(self.heads))
        if self.decoder_blocks is not None:
            object.__setattr__(self, "decoder_blocks", tuple(self.decoder_blocks))
        _require(
            isinstance(self.dim, int) and self.dim >= 1 and self.dim % 2 == 0,
            "dim",
            self.dim,
            "an even number of channels",
        )
        _require(_counts(self.blocks, LEVELS, 0), "blocks", self.blocks, "four counts, none negative")
        _require(
            self.decoder_blocks is None or _counts(self.decoder_blocks, LEVELS - 1, 0),
            "decoder_blocks",
            self.decoder_blocks,
            "three counts, none negative",
        )
        _require(self.refinement_blocks >= 0, "refinement_blocks", self.refinement_blocks, "0 or more")
        _require(_counts(self.heads, LEVELS, 1), "heads", self.heads, "four positive counts")
        for level, heads in enumerate(self.heads):
            _require(self.channels(level) % heads == 0, "heads", self.heads, "divisors of the level's channels")
        _require((2 * self.dim) % self.heads[0] == 0, "heads", self.heads, "a divisor of twice dim on the first level")
        _require(
            math.isfinite(self.expansion) and int(self.expansion * self.dim) >= 1,
            "expansion",
            self.expansion,
            "a finite factor, large enough for one channel",
        )
        _require(0.0 < self.keep <= 1.0, "keep", self.keep, "a share in (0, 1]")
        _require(self.mask_mode in get_args(MaskMode), "mask_mode", self.mask_mode, f"one of {get_args(MaskMode)}")
        _require(self.prompt_dim >= 1, "prompt_dim", self.prompt_dim, "at least 1")
        _require(
            self.perturbation in get_args(Perturbation),
            "perturbation",
            self.perturbation,
            f"one of {get_args(Perturbation)}",
        )
        _require(self.shuffle_factor >= 1, "shuffle_factor", self.shuffle_factor, "at least 1")
        _require(self.stem >= 1, "stem", self.stem, "at least 1")
        _require(self.order in get_args(Order), "order", self.order, f"one of {get_args(Order)}")
        _require(self.borders in get_args(Borders), "borders", self.borders, f"one of {get_args(Borders)}")

    def channels(self, level: int) -> int:
        """Channels of encoder level ``level`` (0-3; 3 is the latent)."""
        return int(self.dim * 2**level)

    @property
    def num_decoder_blocks(self) -> tuple[int, int, int]:
        """Transformer blocks of decoder levels 1-3."""
        first, second, third, _ = self.blocks
        return self.decoder_blocks or (first, second, third)

    @property
    def multiple(self) -> int:
        """Height and width of the network's input must be multiples of this number of pixels."""
        return int(self.stem * 2 ** (LEVELS - 1))

    def to_dict(self) -> dict[str, Any]:
        """Return the fields as values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "DFPIRConfig":
        """Inverse of :meth:`to_dict`; lists are accepted in place of tuples.

        Raises:
            ValueError: an unknown field, or a value out of range.
        """
        unknown = set(values) - {field.name for field in fields(cls)}
        if unknown:
            raise ValueError(f"unknown configuration fields: {', '.join(sorted(unknown))}")
        try:
            return cls(**values)
        except TypeError as error:
            raise ValueError(f"configuration field of a wrong type: {error}") from error


def _counts(values: tuple[int, ...], length: int, least: int) -> bool:
    return len(values) == length and all(isinstance(v, int) and v >= least for v in values)


def _require(condition: bool, name: str, value: object, expected: str) -> None:
    if not condition:
        raise ValueError(f"{name} = {value!r}: expected {expected}")
