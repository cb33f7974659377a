"""A checkpoint in memory: configuration, weights, prompts and a model card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from core.checkpoints.validation import brief, check_shapes
from core.errors import CheckpointError
from core.models import DFPIR, DFPIRConfig
from core.models.config import LEVELS
from core.prompts import PromptBank

_TENSORS_OF_A_BLOCK = 8  # at least


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """Everything that a trained network is made of.

    Attributes:
        config: the network's configuration.
        state: weights by the names of :class:`core.models.DFPIR`'s ``state_dict``, floating and finite, on the CPU.
        prompts: the embeddings it was trained with. Empty for published checkpoints; it then names the encoder that
            makes them.
        card: the model card, plain values that JSON can hold: ``"name"``, ``"licence"``, ``"data"``, ...
        source: the file it was read from, or None.
        kind: ``"native"``, or ``"published"`` for files in the authors' format.
        sha256: of that file, 64 hexadecimal digits, or ``""``.

    Raises:
        CheckpointError: the embeddings are of another width than the network takes.
    """

    config: DFPIRConfig
    state: Mapping[str, Tensor]
    prompts: PromptBank
    card: Mapping[str, Any] = field(default_factory=dict)
    source: Path | None = None
    kind: Literal["native", "published"] = "native"
    sha256: str = ""

    def __post_init__(self) -> None:
        if self.prompts.width not in (None, self.config.prompt_dim):
            raise CheckpointError(
                f"The prompt embeddings have {self.prompts.width} numbers, but the network takes "
                f"{self.config.prompt_dim}. Take weights and prompts of the same model."
            )

    @classmethod
    def of(cls, model: DFPIR, prompts: PromptBank, card: Mapping[str, Any] | None = None) -> "Checkpoint":
        """The checkpoint of a network: a float32 copy of its weights on the CPU."""
        state = {
            name: tensor.detach().to("cpu", torch.float32, copy=True) for name, tensor in model.state_dict().items()
        }
        return cls(model.config, state, prompts, dict(card or {}))

    @property
    def name(self) -> str:
        """The card's name, else the file's without its suffixes, else ``"unnamed"``."""
        if isinstance(named := self.card.get("name"), str) and named:
            return named
        if self.source is None:
            return "unnamed"
        return self.source.name.removesuffix(self.source.suffix).removesuffix(".pth") or self.source.name

    def build(self) -> DFPIR:
        """A network with these weights: on the CPU, float32, in eval mode. It shares no memory with ``state``.

        Raises:
            CheckpointError: the weights do not fit ``config``; the message names those missing, unexpected and of a
                wrong shape.
        """
        check_fit(self.state, self.config)
        model = _skeleton(self.config)
        weights = {name: tensor.to("cpu", torch.float32, copy=True) for name, tensor in self.state.items()}
        model.load_state_dict(weights, strict=True, assign=True)
        return model.eval()


def check_fit(state: Mapping[str, Tensor], config: DFPIRConfig, shown: Callable[[str], str] = str) -> None:
    """Check that names and shapes of ``state`` are those of the network that ``config`` describes.

    Args:
        state: weights by our names.
        config: the network's configuration.
        shown: turns our names into those that the message should use.

    Raises:
        CheckpointError: they are not; the message names the first few and counts all.
    """
    _check_sizes(state, config)
    try:
        wanted = {name: tensor.shape for name, tensor in _skeleton(config).state_dict().items()}
    except (RuntimeError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(f"No network can be built from its configuration: {error}.") from error
    check_shapes(state, wanted, shown)


def _check_sizes(state: Mapping[str, Tensor], config: DFPIRConfig) -> None:
    # Before anything is built: a forged configuration could ask for billions.
    blocks = sum(config.blocks) + sum(config.num_decoder_blocks) + config.refinement_blocks
    if _TENSORS_OF_A_BLOCK * blocks > len(state):
        raise CheckpointError(
            f"The configuration asks for {brief(str(blocks))} Transformer blocks, but there are {len(state)} tensors."
        )
    # Each of these is a side of one of the network's tensors.
    latent = config.channels(LEVELS - 1)
    sizes = {"dim": latent}
    if config.perturbation in ("full", "dgcpm"):
        sizes["shuffle_factor"] = config.shuffle_factor * latent
    widest = max((side for tensor in state.values() for side in tensor.shape), default=0)
    for name, size in sizes.items():
        if size > widest:
            raise CheckpointError(
                f"The configuration's {name} asks for {brief(str(size))} channels, but the widest tensor has {widest}."
            )


def _skeleton(config: DFPIRConfig) -> DFPIR:
    # Without memory for its weights, and without the time that filling them with random numbers takes.
    with torch.device("meta"):
        return DFPIR(config)
