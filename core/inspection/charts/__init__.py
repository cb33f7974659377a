"""Charts of the results of :mod:`core.inspection`, each with a caption and its data; drawn by matplotlib."""

from core.inspection.charts.ablations import ablation_bars, ablation_pictures
from core.inspection.charts.attention import (
    CHANNELS_NOT_PLACES,
    attention_difference,
    attention_maps,
    drop_rate_maps,
)
from core.inspection.charts.chart import (
    FIGURE_SIZES,
    FORMATS,
    PICTURES,
    Chart,
    FigureSize,
    folder_subtitle,
    model_subtitle,
    number_text,
    pair_subtitle,
    subtitle,
)
from core.inspection.charts.clusters import WHERE_LABELS, cluster_clouds, score
from core.inspection.charts.features import STAGE_LABELS, feature_overview, shown_stages, strongest_grid
from core.inspection.charts.orders import correlations, figure_colours, folded, order_strips, slopes, slug
from core.inspection.charts.page import Album

__all__ = [
    "CHANNELS_NOT_PLACES",
    "FIGURE_SIZES",
    "FORMATS",
    "PICTURES",
    "STAGE_LABELS",
    "WHERE_LABELS",
    "Album",
    "Chart",
    "FigureSize",
    "ablation_bars",
    "ablation_pictures",
    "attention_difference",
    "attention_maps",
    "cluster_clouds",
    "correlations",
    "drop_rate_maps",
    "feature_overview",
    "figure_colours",
    "folded",
    "folder_subtitle",
    "model_subtitle",
    "number_text",
    "order_strips",
    "pair_subtitle",
    "score",
    "shown_stages",
    "slopes",
    "slug",
    "strongest_grid",
    "subtitle",
]
