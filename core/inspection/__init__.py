"""Inspection of the perturbation blocks: channel orders, attention masks, feature maps, ablations.

Results are plain arrays; :mod:`core.inspection.charts` draws them::

    from core import Photo
    from core.inspection import Inspector, region_of

    inspector = Inspector()
    print(inspector.origin_of_order)
    print(inspector.orders()[-1].kendall)  # rank correlations of the latent block between all prompts
    region = region_of(Photo.open("beach.jpg").pixels, crop=(100, 80, 256, 256))
    trace = inspector.trace(region, "haze", blocks=["latent"]).blocks["latent"]
    trace.attention.kept, trace.features["F_b"]
"""

from core.inspection.ablations import Ablation, AblationResult, ablated, standard_ablations
from core.inspection.attention import Attention, AttentionDifference, DropRates, difference, drop_rates
from core.inspection.blocks import BLOCKS, Block, blocks_of, origin_of_order
from core.inspection.clusters import Cloud, Clusters, Pooled, Sample, clusters_of
from core.inspection.features import (
    Components,
    Strongest,
    mean_magnitude,
    principal_components,
    strongest_channels,
)
from core.inspection.inspector import Inspector
from core.inspection.orders import BlockOrders, channel_orders
from core.inspection.region import LONGEST, Crop, Region, describe_region, region_of
from core.inspection.trace import STAGES, BlockTrace, Stage, Trace, run, trace

__all__ = [
    "BLOCKS",
    "LONGEST",
    "STAGES",
    "Ablation",
    "AblationResult",
    "Attention",
    "AttentionDifference",
    "Block",
    "BlockOrders",
    "BlockTrace",
    "Cloud",
    "Clusters",
    "Components",
    "Crop",
    "DropRates",
    "Inspector",
    "Pooled",
    "Region",
    "Sample",
    "Stage",
    "Strongest",
    "Trace",
    "ablated",
    "blocks_of",
    "channel_orders",
    "clusters_of",
    "describe_region",
    "difference",
    "drop_rates",
    "mean_magnitude",
    "origin_of_order",
    "principal_components",
    "region_of",
    "run",
    "standard_ablations",
    "strongest_channels",
    "trace",
]
