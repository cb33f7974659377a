"""The DGPBs of a network by name, and what a reader must know about how their order came about."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from core.checkpoints import Checkpoint
from core.errors import RestorationError
from core.models import DFPIR, DGPB

BLOCKS = ("level 1", "level 2", "level 3", "latent")
"""Names of the four DGPBs, from full resolution down."""


@dataclass(frozen=True)
class Block:
    """One DGPB of a network.

    Attributes:
        name: one of :data:`BLOCKS`.
        channels: C, of the features that enter and leave.
        shuffled: fC, the channels that DGCPM puts in order (2C in the paper); 0 if the block has no DGCPM.
        heads: of CAAPM's attention; 0 if the block has no CAAPM.
        cell: side in pixels of the square that one value of a feature map stands for.
    """

    name: str
    channels: int
    shuffled: int
    heads: int
    cell: int


def named_dgpbs(model: DFPIR) -> Iterator[tuple[str, DGPB]]:
    """Name and module of every DGPB, from full resolution down."""
    for name, block in zip(BLOCKS, model.dgpb, strict=False):  # without DGPBs, the list is empty
        yield name, cast(DGPB, block)


def blocks_of(model: DFPIR) -> tuple[Block, ...]:
    """The DGPBs of a network, from full resolution down; none if it was built without them."""
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


def chosen_blocks(model: DFPIR, names: Sequence[str] | None) -> tuple[Block, ...]:
    """The blocks called ``names``, in the network's order; all for None.

    Raises:
        RestorationError: the network has no block of that name; the message lists those it has.
    """
    blocks = blocks_of(model)
    if names is None:
        return blocks
    known = [block.name for block in blocks]
    for name in names:
        if name not in known:
            listed = ", ".join(known) if known else "none: it was built without DGPBs"
            raise RestorationError(f"This model has no block called {name!r}. Its blocks: {listed}.")
    return tuple(block for block in blocks if block.name in names)


def origin_of_order(checkpoint: Checkpoint) -> str:
    """One or two sentences for people: what decides this model's channel order, and whether it was learned.

    The model card's own words come first, if it has some (``card["order"]``).
    """
    if isinstance(told := checkpoint.card.get("order"), str) and told:
        return f"The model's card says: {told}"
    return {
        "prompt": "In the published training this order is set by the prompt and the untrained guidance layers (DGM). "
        "It differs from prompt to prompt, but it is not learned.",
        "learned": "The guidance layers (DGM) of this model were trained, so this order is learned.",
        "random": "This model puts its channels in one random order, the same for all prompts. It is not learned.",
        "identity": "This model leaves its channels where they are, whatever the prompt.",
    }[checkpoint.config.order]
