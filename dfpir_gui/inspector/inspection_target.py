"""What the Inspector looks at, and what it knows about the model. Plain values; no toolkit."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.inspection import Block, BlockOrders, Crop, Inspector, Region, region_of

DEFAULT_SIDE = 256
"""Side in pixels of the crop that is proposed for a photo."""


@dataclass(frozen=True, eq=False)
class Facts:
    """What is true of a model whatever the photo.

    Attributes:
        model: its name.
        blocks: its DGPBs; none if it was built without them.
        prompts: keys of the prompts that it knows.
        origin: what decides the channel order and whether it was learned, in words.
        orders: of the blocks that have a DGCPM, for all prompts.
    """

    model: str
    blocks: tuple[Block, ...]
    prompts: tuple[str, ...]
    origin: str
    orders: tuple[BlockOrders, ...]

    @classmethod
    def of(cls, inspector: Inspector) -> "Facts":
        """The facts about the inspector's model. Called on the worker thread."""
        return cls(
            model=inspector.checkpoint.name,
            blocks=inspector.blocks,
            prompts=inspector.prompts,
            origin=inspector.origin_of_order,
            orders=inspector.orders(),
        )

    def orders_of(self, block: str) -> BlockOrders | None:
        """The orders of a block, or None if it has no DGCPM."""
        return next((orders for orders in self.orders if orders.block == block), None)


@dataclass(frozen=True, eq=False)
class InspectionTarget:
    """What is looked at now.

    Attributes:
        name: of the photo; empty while there is none.
        pixels: (H, W, 3) float32 of the whole photo, or None while there is none.
        crop: the part that is traced, in pixels of the photo.
        first: key of the prompt that everything is done with.
        second: key of the prompt that it is compared with, or None if the model knows one only.
        block: name of the DGPB that is shown; empty for a model without.
        source: the photo's file, or None.
    """

    name: str
    pixels: NDArray[np.float32] | None
    crop: Crop
    first: str
    second: str | None
    block: str
    source: Path | None = None

    def region(self) -> Region:
        """The crop, reduced if it is large.

        Raises:
            ValueError: there is no photo.
        """
        if self.pixels is None:
            raise ValueError("there is no photo to take a region of")
        return region_of(self.pixels, self.crop)

    def where(self, region: Region) -> str:
        """Photo, region and prompt, for the titles of charts."""
        return f"{self.name}, {region.words}, prompt {self.first}"


def middle(width: int, height: int, side: int = DEFAULT_SIDE) -> Crop:
    """The square of at most ``side`` pixels in the middle of a photo, cut to it."""
    across, down = min(side, width), min(side, height)
    return (width - across) // 2, (height - down) // 2, across, down
