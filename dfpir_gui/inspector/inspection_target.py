"""The inspected photo, prompts and block, and information about the model. Plain values without Qt."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.inspection import Block, BlockOrders, Crop, Inspector, Region, describe_region, region_of
from core.inspection.charts import subtitle
from core.messages import Message

DEFAULT_SIDE = 256
"""Side in pixels of the initial crop of a photo."""


@dataclass(frozen=True, eq=False)
class ModelInfo:
    """Properties of a model that do not depend on the photo.

    Attributes:
        model: its name.
        blocks: its DGPBs; none if it was built without them.
        prompts: keys of its prompts.
        origin: what determines the channel order and whether it was learned.
        orders: channel orders of the blocks with a DGCPM, for all prompts.
    """

    model: str
    blocks: tuple[Block, ...]
    prompts: tuple[str, ...]
    origin: Message
    orders: tuple[BlockOrders, ...]

    @classmethod
    def from_inspector(cls, inspector: Inspector) -> "ModelInfo":
        """Collect the information on the model of ``inspector``; called on the worker thread."""
        orders = inspector.orders()
        for block in orders:  # computed here, since that takes a second
            _ = block.kendall, block.spearman, block.distances
        return cls(
            model=inspector.checkpoint.name,
            blocks=inspector.blocks,
            prompts=inspector.prompts,
            origin=inspector.origin_of_order,
            orders=orders,
        )

    def orders_of(self, block: str) -> BlockOrders | None:
        """Return the orders of a block, or None if it has no DGCPM."""
        return next((orders for orders in self.orders if orders.block == block), None)


@dataclass(frozen=True, eq=False)
class InspectionTarget:
    """The current choice of the user.

    Attributes:
        name: name of the photo; empty without a photo.
        pixels: (H, W, 3) float32 of the whole photo, or None without a photo.
        crop: the inspected part in pixels of the photo.
        first: key of the prompt of all passes.
        second: key of the prompt for comparison, or None if the model has only one prompt.
        block: name of the DGPB; empty for a model without DGPBs.
        source: the photo's file, or None.
        model: name of the model.
    """

    name: str
    pixels: NDArray[np.float32] | None
    crop: Crop
    first: str
    second: str | None
    block: str
    source: Path | None = None
    model: str = ""

    def region(self) -> Region:
        """Return the crop, reduced if it is large.

        Raises:
            ValueError: there is no photo.
        """
        if self.pixels is None:
            raise ValueError("no photo is open")
        return region_of(self.pixels, self.crop)

    def region_description(self) -> Message:
        """Return :attr:`core.inspection.Region.description` of :meth:`region`, which itself may take long to cut.

        Raises:
            ValueError: there is no photo.
        """
        if self.pixels is None:
            raise ValueError("no photo is open")
        height, width = self.pixels.shape[:2]
        return describe_region((width, height), self.crop)

    def equals(self, other: "InspectionTarget") -> bool:
        """Whether ``other`` is the same choice of the same photo in memory."""
        return self.pixels is other.pixels and self._choice() == other._choice()

    def _choice(self) -> tuple[object, ...]:
        return self.name, self.crop, self.first, self.second, self.block, self.source

    def subtitle(self) -> Message:
        """Return photo, region, prompt and model, for the subtitles of charts.

        Raises:
            ValueError: there is no photo.
        """
        return subtitle(self.name, self.region_description(), self.first, self.model)

    def subtitle_of_prompts(self) -> Message:
        """Return photo, region and model, for charts that compare prompts.

        Raises:
            ValueError: there is no photo.
        """
        return subtitle(self.name, self.region_description(), None, self.model)


def centre_crop(width: int, height: int, side: int = DEFAULT_SIDE) -> Crop:
    """Return the square of at most ``side`` pixels in the centre of a photo, limited to the photo."""
    across, down = min(side, width), min(side, height)
    return (width - across) // 2, (height - down) // 2, across, down
