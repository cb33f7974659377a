"""The DGPBs of a network by name, and the origin of their channel order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from core.checkpoints import Checkpoint
from core.errors import RestorationError
from core.messages import Message, message
from core.models import DFPIR, DGPB
from core.models.config import Order

BLOCKS = ("level 1", "level 2", "level 3", "latent")
"""Names of the four DGPBs, from full resolution down."""


@dataclass(frozen=True)
class Block:
    """One DGPB of a network.

    Attributes:
        name: one of :data:`BLOCKS`.
        channels: C, the channels of its input and output.
        shuffled: fC, the channels that DGCPM reorders (2C in the paper); 0 if the block has no DGCPM.
        heads: heads of CAAPM's attention; 0 if the block has no CAAPM.
        cell: side in pixels of the square that one value of a feature map covers.
    """

    name: str
    channels: int
    shuffled: int
    heads: int
    cell: int


def named_dgpbs(model: DFPIR) -> Iterator[tuple[str, DGPB]]:
    """Yield name and module of every DGPB, from full resolution down."""
    for name, block in zip(BLOCKS, model.dgpb, strict=False):  # without DGPBs, the list is empty
        yield name, cast(DGPB, block)


def blocks_of(model: DFPIR) -> tuple[Block, ...]:
    """Describe the DGPBs of a network, from full resolution down; empty if it was built without them."""
    config = model.config
    return tuple(
        Block(
            name=name,
            channels=config.channels(level),
            shuffled=0 if block.dgcpm is None else block.dgcpm.expand.out_channels,
            heads=0 if block.caapm is None else block.caapm.heads,
            cell=config.stem * 2**level,
        )
        for level, (name, block) in enumerate(named_dgpbs(model))
    )


def select_blocks(model: DFPIR, names: Sequence[str] | None) -> tuple[Block, ...]:
    """Return the blocks with these names in the network's order; all for None.

    Raises:
        RestorationError: the network has no block with a given name; the message lists its blocks.
    """
    blocks = blocks_of(model)
    if names is None:
        return blocks
    known = [block.name for block in blocks]
    for name in names:
        if name not in known:
            if not known:
                raise RestorationError(
                    message("This model was built without DGPBs and has no block {name}.", name=repr(name))
                )
            raise RestorationError(
                message("This model has no block {name}. Its blocks: {names}.", name=repr(name), names=known)
            )
    return tuple(block for block in blocks if block.name in names)


_BUILT_IN_CARD = message(
    "The channel order is determined by the prompt and the untrained guidance layers (DGM); as in the published "
    "training it is not learned."
)
"""Text of the built-in models' cards, which the window translates."""

_ORIGINS: dict[Order, Message] = {
    "prompt": message(
        "In the published training this order is set by the prompt and the untrained guidance layers (DGM). It differs "
        "from prompt to prompt, but it is not learned."
    ),
    "learned": message("The guidance layers (DGM) of this model were trained, so this order is learned."),
    "random": message("This model uses one random channel order for all prompts. It is not learned."),
    "identity": message("This model does not reorder its channels, whatever the prompt."),
}


def origin_of_order(checkpoint: Checkpoint) -> Message:
    """Say what determines this model's channel order, and whether it was learned.

    If the model card has a text about it (``card["order"]``), that text is quoted.
    """
    if isinstance(text := checkpoint.card.get("order"), str) and text:
        return message("From the model card: {text}", text=_BUILT_IN_CARD if text == _BUILT_IN_CARD else text)
    return _ORIGINS[checkpoint.config.order]
