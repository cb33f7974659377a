"""What a degradation-aware perturbation does to a photo: channel orders, attention masks, feature maps.

Plain arrays, no drawing::

    from core import Photo
    from core.inspection import Inspector, region_of

    inspector = Inspector()
    print(inspector.origin_of_order)
    print(inspector.orders()[-1].kendall)  # of the latent block, between all prompts
    region = region_of(Photo.open("beach.jpg").pixels, crop=(100, 80, 256, 256))
    seen = inspector.trace(region, "haze", blocks=["latent"]).blocks["latent"]
    seen.attention.kept, seen.features["F_b"]
"""

from core.inspection.attention import Attention, AttentionDifference, DropRates, difference, drop_rates
from core.inspection.blocks import BLOCKS, Block, blocks_of, origin_of_order
from core.inspection.inspector import Inspector
from core.inspection.orders import BlockOrders, channel_orders
from core.inspection.region import LONGEST, Crop, Region, region_of
from core.inspection.trace import STAGES, BlockTrace, Stage, Trace, run, trace

__all__ = [
    "BLOCKS",
    "LONGEST",
    "STAGES",
    "Attention",
    "AttentionDifference",
    "Block",
    "BlockOrders",
    "BlockTrace",
    "Crop",
    "DropRates",
    "Inspector",
    "Region",
    "Stage",
    "Trace",
    "blocks_of",
    "channel_orders",
    "difference",
    "drop_rates",
    "origin_of_order",
    "region_of",
    "run",
    "trace",
]
