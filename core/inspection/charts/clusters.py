"""Charts of latent features as clusters (the paper's Fig. 3)."""

from collections.abc import Mapping

import numpy as np
from matplotlib import colormaps
from matplotlib.figure import Figure

from core.inspection.charts.chart import Chart
from core.inspection.clusters import Clusters, Where

WHERE_WORDS: Mapping[Where, str] = {
    "before": "before the DGPB",
    "after": "after it, each with its own prompt",
    "control": "after it, all with one prompt",
}
"""What each cloud is, for people."""


def score(value: float | None) -> str:
    """A silhouette score for people."""
    return "not defined" if value is None else f"{value:+.2f}"


def cluster_words(clusters: Clusters) -> str:
    """What the clouds show and what they do not."""
    return (
        "One dot per picture: its latent features, averaged over the picture, placed by t-SNE and coloured by what "
        "the picture suffers from. Silhouette scores go from −1 to +1 (tight, separate clusters). In the middle each "
        "picture has the prompt of its own kind of damage, and the prompt itself moves pictures apart: two kinds may "
        f"separate there though the photos say nothing. The control, all with the prompt {clusters.control!r}, has "
        "none of that; only what shows there comes from the photos, and even that may be scenes and cameras if each "
        "kind of damage comes from another collection. Distances between clusters in t-SNE mean little."
    )


def cluster_clouds(clusters: Clusters) -> Chart:
    """The clouds next to each other."""
    labels = [sample.label for sample in clusters.samples]
    kinds = sorted(set(labels))

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, len(clusters.clouds), squeeze=False)[0]
        for axes, (where, cloud) in zip(panels, clusters.clouds.items(), strict=True):
            for number, kind in enumerate(kinds):
                points = cloud.points[[label == kind for label in labels]]
                axes.scatter(*points.T, s=22, color=colormaps["tab10"](number), label=kind, linewidths=0)
            axes.set_title(WHERE_WORDS[where])
            axes.set_xlabel(f"silhouette: features {score(cloud.in_features)}, here {score(cloud.in_points)}")
            axes.set_xticks([])
            axes.set_yticks([])
        figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=len(kinds))

    clouds = clusters.clouds
    return Chart(
        name="clusters",
        title=f"Do degradations form clusters? {len(labels)} pictures, latent features",
        words=cluster_words(clusters),
        draw=draw,
        size=(3.7 * len(clouds), 4.2),
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
