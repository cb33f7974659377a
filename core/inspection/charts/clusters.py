"""Chart of clusters in the latent features (paper, Fig. 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from core.inspection.charts.chart import Chart, Layout, number_text
from core.inspection.clusters import Clusters, Where
from core.inspection.labels import prompt_label
from core.messages import Message, message

if TYPE_CHECKING:  # slow to import; needed only when a chart is exported
    from matplotlib.figure import Figure

WHERE_LABELS: Mapping[Where, Message] = {
    "before": message("before the DGPB"),
    "after": message("after it, each with its own prompt"),
    "control": message("after it, all with one prompt"),
}
"""Titles of the three embeddings."""


def score(value: float | None) -> str:
    """A silhouette score as text; a message if it is not defined."""
    return message("not defined") if value is None else number_text(value, "+.2f")


def cluster_clouds(clusters: Clusters, subtitle: Message | None = None) -> Chart:
    """Draw the three embeddings next to each other.

    Args:
        clusters: the embeddings.
        subtitle: folder and model; see :func:`core.inspection.charts.folder_subtitle`.
    """
    labels = [sample.label for sample in clusters.samples]
    kinds = sorted(set(labels))

    def draw(figure: Figure, *, narrow: bool = False) -> None:
        from matplotlib import colormaps

        shape = (len(clusters.clouds), 1) if narrow else (1, len(clusters.clouds))
        panels = figure.subplots(*shape, squeeze=False).flatten()
        for axes, (where, cloud) in zip(panels, clusters.clouds.items(), strict=True):
            for number, kind in enumerate(kinds):
                points = cloud.points[[label == kind for label in labels]]
                axes.scatter(*points.T, s=22, color=colormaps["tab10"](number), label=prompt_label(kind), linewidths=0)
            axes.set_title(WHERE_LABELS[where])
            axes.set_xlabel(f"silhouette: features {score(cloud.in_features)}, in this plot {score(cloud.in_points)}")
            axes.set_xticks([])
            axes.set_yticks([])
        figure.legend(
            *panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3 if narrow else len(kinds)
        )

    clouds = clusters.clouds
    return Chart(
        name="clusters",
        title=message("Clusters of degradations in the latent features of {count} pictures", count=len(labels)),
        subtitle=subtitle,
        caption=message(
            "One dot per picture: its latent features, averaged over the picture, embedded by t-SNE and coloured by "
            "its degradation. Silhouette scores range from −1 to +1 (compact, separate clusters). In the middle each "
            "picture has the prompt of its own degradation, and the prompt alone separates pictures: two degradations "
            "may be apart there although the photos do not differ. In the control, all with the prompt {prompt}, only "
            "differences of the photos remain; these may be scenes and cameras if each degradation comes from another "
            "collection. Distances between clusters in t-SNE mean little.",
            prompt=prompt_label(clusters.control),
        ),
        draw=draw,
        size=(3.7 * len(clouds), 4.2),
        narrow=(Layout((5.5, 4.2 * len(clouds) + 0.3 * (len(kinds) // 3)), lambda figure: draw(figure, narrow=True)),),
        columns=("picture", "label", *(f"{where} {axis}" for where in clouds for axis in "xy")),
        rows=lambda: (
            (sample.name, sample.label, *(value for cloud in clouds.values() for value in cloud.points[row]))
            for row, sample in enumerate(clusters.samples)
        ),
        arrays={
            "pictures": np.array([sample.name for sample in clusters.samples]),
            "labels": np.array(labels),
            **{f"{where}_points": cloud.points for where, cloud in clouds.items()},
            "silhouette_in_features": np.array([_number(cloud.in_features) for cloud in clouds.values()]),
            "silhouette_in_points": np.array([_number(cloud.in_points) for cloud in clouds.values()]),
        },
    )


def _number(value: float | None) -> float:
    return float("nan") if value is None else value
