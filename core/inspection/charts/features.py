"""Charts of feature maps around the perturbation (the paper's Fig. 6)."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from core.inspection.charts.chart import Chart, plain
from core.inspection.charts.orders import slug
from core.inspection.features import inner_range, mean_magnitude, principal_components, strongest_channels
from core.inspection.trace import BlockTrace, Stage

STAGE_WORDS: Mapping[Stage, str] = {
    "F_n": "F_n: enters the block",
    "Q": "Q: after DGCPM",
    "F_a": "F_a: after the attention",
    "F_b": "F_b: after CAAPM",
    "out": "F_n + F_b: passed on",
}
"""What each stage is, for people."""


def shown_stages(seen: BlockTrace) -> dict[Stage, NDArray[np.float32]]:
    """The stages worth showing: what is passed on only where it is not one of the others."""
    stages = dict(seen.features)
    if "out" in stages and any(np.array_equal(stages["out"], stages[name]) for name in stages if name != "out"):
        del stages["out"]
    return stages


def feature_overview(seen: BlockTrace, where: str) -> Chart:
    """Mean magnitude and principal components of every stage, before and after next to each other.

    Its arrays are in float16, which is half the size and finer than any picture shows.

    Args:
        seen: one block.
        where: photo, region and prompt, for people.
    """
    stages = shown_stages(seen)
    magnitudes = {name: mean_magnitude(features) for name, features in stages.items()}
    components = {name: principal_components(features) for name, features in stages.items()}

    def draw(figure: Figure) -> None:
        upper, lower = figure.subplots(2, len(stages), squeeze=False)
        for column, name in enumerate(stages):
            low, high = inner_range(magnitudes[name])
            image = upper[column].imshow(magnitudes[name], cmap="magma", vmin=low, vmax=high)
            figure.colorbar(image, ax=upper[column], orientation="horizontal", shrink=0.8, pad=0.02)
            lower[column].imshow(components[name].colours)
            shares = " · ".join(f"{share:.0%}" for share in components[name].explained)
            upper[column].set_title(_math(name))
            lower[column].set_xlabel(f"variance {shares}")
            plain(upper[column])
            plain(lower[column])
        upper[0].set_ylabel("mean |value|")
        lower[0].set_ylabel("3 principal components")

    values = next(iter(stages.values()))
    aspect = values.shape[1] / values.shape[2]
    return Chart(
        name=f"{slug(seen.block.name)}-features",
        title=f"Features: {seen.block.name}, {len(values)} channels\n{where}",
        words="From left to right what enters the block and what its parts make of it. Above, the mean magnitude over "
        "the channels, each picture on its own scale, which need not begin at 0; below, the first three principal "
        "components as red, green and blue, with the share of the variance they hold. Each has components of its own, "
        f"so equal colours in two pictures do not mean equal features. One value stands for {seen.block.cell}×"
        f"{seen.block.cell} pixels.",
        draw=draw,
        size=(2.6 * len(stages), 2 * min(2.4 * aspect, 4) + 1.8),
        columns=("stage", "mean magnitude", "largest magnitude", *(f"variance of component {n}" for n in (1, 2, 3))),
        rows=lambda: (
            (name, magnitudes[name].mean(), np.abs(stages[name]).max(), *components[name].explained) for name in stages
        ),
        arrays={name: features.astype(np.float16) for name, features in stages.items()},
    )


def strongest_grid(seen: BlockTrace, where: str, count: int = 12) -> Chart:
    """The strongest channels before and after the perturbation."""
    names: tuple[Stage, ...] = ("F_n", "F_b" if "F_b" in seen.features else "out")
    found = {name: strongest_channels(seen.features[name], count) for name in names}
    columns = -(-min(count, seen.block.channels) // 2)

    def draw(figure: Figure) -> None:
        halves: Any = figure.subfigures(2, 1)
        for part, name in zip(halves, names, strict=True):
            part.suptitle(_math(name), fontsize=9)
            grid = part.subplots(2, columns, squeeze=False)
            for axes in grid.flat:
                plain(axes)
            strongest = found[name]
            for axes, channel, strength, values in zip(
                grid.flat, strongest.channels, strongest.strengths, strongest.maps, strict=False
            ):
                _signed(axes, values)
                axes.set_title(f"{channel}  ({strength:.2g})", fontsize=8)

    def rows() -> Any:
        for name, strongest in found.items():
            for rank, (channel, strength) in enumerate(zip(strongest.channels, strongest.strengths, strict=True)):
                yield name, rank + 1, channel, strength

    values = found["F_n"].maps
    return Chart(
        name=f"{slug(seen.block.name)}-channels",
        title=f"Strongest channels: {seen.block.name}\n{where}",
        words="The channels that vary most over the region (their standard deviation in brackets) before and after the "
        "block; red is above the channel's mean, blue below, each on its own scale. The same number above and below is "
        "the same channel only in name: the block mixes them. It does not show which channels matter for the result.",
        draw=draw,
        size=(1.5 * columns + 0.4, 4 * min(1.5 * values.shape[1] / values.shape[2], 2.5) + 2.4),
        columns=("stage", "rank", "channel", "standard deviation"),
        rows=rows,
        arrays={
            key: value
            for name, strongest in found.items()
            for key, value in ((f"{name}_channels", strongest.channels), (f"{name}_maps", strongest.maps))
        },
    )


def _signed(axes: Axes, values: NDArray[np.float32]) -> None:
    centred = values - values.mean()
    limit = max(map(abs, inner_range(centred))) or 1.0
    axes.imshow(centred, cmap="RdBu_r", vmin=-limit, vmax=limit)


def _math(stage: Stage) -> str:
    # "F_n: enters the block" with its index set low
    symbol, _, words = STAGE_WORDS[stage].partition(":")
    return f"${symbol}$:{words}" if "_" in symbol else STAGE_WORDS[stage]
