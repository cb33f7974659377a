"""A checkpoint in memory: configuration, weights, prompt bank and model card."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from core.checkpoints.validation import brief, check_shapes
from core.errors import CheckpointError
from core.messages import message
from core.models import DFPIR, DFPIRConfig
from core.models.config import LEVELS
from core.prompts import PromptBank

_MIN_TENSORS_PER_BLOCK = 8


@dataclass(frozen=True, eq=False)
class Checkpoint:
    """A trained network: configuration, weights, prompts and model card.

    Attributes:
        config: the network's configuration.
        state: weights by the names of :class:`core.models.DFPIR`'s ``state_dict``, floating-point and finite, on the
            CPU.
        prompts: the embeddings the network was trained with. Empty for published checkpoints; it then names the encoder
            that makes them.
        card: the model card as values for JSON: ``"name"``, ``"licence"``, ``"data"``, ...
        source: the file it was read from, or None.
        kind: ``"native"``, or ``"published"`` for files in the authors' format.
        sha256: hash of that file, 64 hexadecimal digits, or ``""``.

    Raises:
        CheckpointError: the width of the embeddings does not match the network.
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
                message(
                    "The prompt embeddings have {count} numbers, but the network takes {expected}. Use weights and "
                    "prompts of the same model.",
                    count=self.prompts.width,
                    expected=self.config.prompt_dim,
                )
            )

    @classmethod
    def from_model(cls, model: DFPIR, prompts: PromptBank, card: Mapping[str, Any] | None = None) -> "Checkpoint":
        """Make the checkpoint of a network, with a float32 copy of its weights on the CPU."""
        state = {
            name: tensor.detach().to("cpu", torch.float32, copy=True) for name, tensor in model.state_dict().items()
        }
        return cls(model.config, state, prompts, dict(card or {}))

    @property
    def name(self) -> str:
        """The card's ``"name"``, else the file's name without its suffixes, else ``"unnamed"``."""
        if isinstance(name := self.card.get("name"), str) and name:
            return name
        if self.source is None:
            return "unnamed"
        return self.source.name.removesuffix(self.source.suffix).removesuffix(".pth") or self.source.name

    def build(self) -> DFPIR:
        """Build the network: on the CPU, float32, in eval mode. It shares no memory with ``state``.

        Raises:
            CheckpointError: the weights do not fit ``config``; the message names missing, unexpected and misshapen
                ones.
        """
        check_fit(self.state, self.config)
        model = _skeleton(self.config)
        weights = {name: tensor.to("cpu", torch.float32, copy=True) for name, tensor in self.state.items()}
        model.load_state_dict(weights, strict=True, assign=True)
        return model.eval()


def check_fit(state: Mapping[str, Tensor], config: DFPIRConfig, display_name: Callable[[str], str] = str) -> None:
    """Check that names and shapes of ``state`` are those of the network with this configuration.

    Args:
        state: weights by our names.
        config: the network's configuration.
        display_name: maps our names to those used in the error message.

    Raises:
        CheckpointError: they are not; the message names the first few and counts all.
    """
    _check_sizes(state, config)
    try:
        shapes = _shapes(config)
    except (RuntimeError, TypeError, ValueError, OverflowError) as error:
        raise CheckpointError(
            message("No network can be built from its configuration: {reason}.", reason=str(error))
        ) from error
    check_shapes(state, shapes, display_name)


def _check_sizes(state: Mapping[str, Tensor], config: DFPIRConfig) -> None:
    # Before anything is built: a forged configuration could demand billions of channels.
    blocks = sum(config.blocks) + sum(config.num_decoder_blocks) + config.refinement_blocks
    if _MIN_TENSORS_PER_BLOCK * blocks > len(state):
        raise CheckpointError(
            message(
                "The configuration asks for {blocks} Transformer blocks, but there are {count} tensors.",
                blocks=brief(str(blocks)),
                count=len(state),
            )
        )
    # Each of these is the size of one dimension of a tensor.
    latent = config.channels(LEVELS - 1)
    sizes = {"dim": latent}
    if config.perturbation in ("full", "dgcpm"):
        sizes["shuffle_factor"] = config.shuffle_factor * latent
    widest = max((side for tensor in state.values() for side in tensor.shape), default=0)
    for name, size in sizes.items():
        if size > widest:
            raise CheckpointError(
                message(
                    "The configuration's {field} asks for {count} channels, but the widest tensor has {most}.",
                    field=name,
                    count=brief(str(size)),
                    most=widest,
                )
            )


@lru_cache(maxsize=4)
def _shapes(config: DFPIRConfig) -> dict[str, torch.Size]:
    # Kept because a file is checked by its header, after it was read and when its network is built.
    return {name: tensor.shape for name, tensor in _skeleton(config).state_dict().items()}


def _skeleton(config: DFPIRConfig) -> DFPIR:
    # No memory for weights, and no time for their random initialisation.
    with torch.device("meta"):
        return DFPIR(config)
