"""Charts of feature maps before and after the perturbation (paper, Fig. 6)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.inspection.charts.chart import Chart, Layout, plain, small
from core.inspection.charts.orders import slug
from core.inspection.features import inner_range, mean_magnitude, principal_components, strongest_channels
from core.inspection.labels import block_label
from core.inspection.trace import BlockTrace, Stage
from core.messages import Message, message

if TYPE_CHECKING:  # slow to import; needed only when a chart is exported
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STAGE_LABELS: Mapping[Stage, Message] = {
    "F_n": message("F_n: input of the block"),
    "Q": message("Q: after DGCPM"),
    "F_a": message("F_a: after the attention"),
    "F_b": message("F_b: after CAAPM"),
    "out": message("F_n + F_b: output"),
}
"""Names of the stages."""


def shown_stages(trace: BlockTrace) -> dict[Stage, NDArray[np.float32]]:
    """Return the stages to show; the output is omitted if it equals one of the others."""
    stages = dict(trace.features)
    if "out" in stages and any(np.array_equal(stages["out"], stages[name]) for name in stages if name != "out"):
        del stages["out"]
    return stages


def feature_overview(trace: BlockTrace, subtitle: Message) -> Chart:
    """Draw mean magnitude and principal components of every stage side by side.

    Its arrays are float16: half the size, and more precise than the pictures.

    Args:
        trace: record of one block.
        subtitle: photo, region and prompt; see :func:`core.inspection.charts.subtitle`.
    """
    stages = shown_stages(trace)
    magnitudes = {name: mean_magnitude(features) for name, features in stages.items()}
    components = {name: principal_components(features) for name, features in stages.items()}

    def draw(figure: Figure, *, narrow: bool = False) -> None:
        shape = (len(stages), 2) if narrow else (2, len(stages))
        grid = figure.subplots(*shape, squeeze=False)
        upper, lower = grid.T if narrow else grid
        for column, name in enumerate(stages):
            low, high = inner_range(magnitudes[name])
            image = upper[column].imshow(magnitudes[name], cmap="magma", vmin=low, vmax=high)
            # Below each other, bars at the right: numbers below would run into the next title.
            bar = figure.colorbar(
                image, ax=upper[column], location="right" if narrow else "bottom", shrink=0.8, pad=0.02
            )
            bar.ax.locator_params(nbins=3)
            lower[column].imshow(components[name].colours)
            shares = " · ".join(f"{share:.0%}" for share in components[name].explained)
            upper[column].set_title(_math(name))
            lower[column].set_xlabel(f"variance {shares}")
            plain(upper[column])
            plain(lower[column])
        if narrow:
            upper[-1].set_xlabel("mean |value|")
            for axes, name in zip(lower, stages, strict=True):
                axes.set_title("3 principal components" if name == next(iter(stages)) else "")
        else:
            upper[0].set_ylabel("mean |value|")
            lower[0].set_ylabel("3 principal components")

    values = next(iter(stages.values()))
    aspect = values.shape[1] / values.shape[2]
    return Chart(
        name=f"{slug(trace.block.name)}-features",
        title=message("Features: {block}, {count} channels", block=block_label(trace.block.name), count=len(values)),
        subtitle=subtitle,
        caption=message(
            "From left to right the input of the block and the outputs of its parts. Top: the mean magnitude over the "
            "channels; each picture has its own scale, which need not start at 0. Bottom: the first three principal "
            "components as red, green and blue, with their shares of the variance. Each picture has its own "
            "components, so equal colours in two pictures do not mean equal features. One value covers {cell}×{cell} "
            "pixels.",
            cell=trace.block.cell,
        ),
        draw=draw,
        size=(2.5 * len(stages), 2 * min(2.4 * aspect, 4) + 1.8),
        narrow=(
            Layout((5.4, len(stages) * (min(2.3 * aspect, 4) + 0.6) + 0.9), lambda figure: draw(figure, narrow=True)),
        ),
        columns=("stage", "mean magnitude", "largest magnitude", *(f"variance of component {n}" for n in (1, 2, 3))),
        rows=lambda: (
            (name, magnitudes[name].mean(), np.abs(stages[name]).max(), *components[name].explained) for name in stages
        ),
        arrays={name: features.astype(np.float16) for name, features in stages.items()},
    )


def strongest_grid(trace: BlockTrace, subtitle: Message, count: int = 12) -> Chart:
    """Draw the strongest channels before and after the perturbation."""
    names: tuple[Stage, ...] = ("F_n", "F_b" if "F_b" in trace.features else "out")
    selected = {name: strongest_channels(trace.features[name], count) for name in names}
    shown = min(count, trace.block.channels)
    wide = -(-shown // 2)

    def draw(figure: Figure, columns: int = wide) -> None:
        halves: Any = figure.subfigures(2, 1)
        for part, name in zip(halves, names, strict=True):
            part.suptitle(_math(name), fontsize=small(9))
            grid = part.subplots(-(-shown // columns), columns, squeeze=False)
            for axes in grid.flat:
                plain(axes)
            strongest = selected[name]
            for axes, channel, strength, values in zip(
                grid.flat, strongest.channels, strongest.strengths, strongest.maps, strict=False
            ):
                _signed(axes, values)
                axes.set_title(f"{channel}  ({strength:.2g})", fontsize=small(8))

    def rows() -> Iterator[Sequence[Any]]:
        for name, strongest in selected.items():
            for rank, (channel, strength) in enumerate(zip(strongest.channels, strongest.strengths, strict=True)):
                yield name, rank + 1, channel, strength

    values = selected["F_n"].maps
    side = min(1.5 * values.shape[1] / values.shape[2], 2.5)
    return Chart(
        name=f"{slug(trace.block.name)}-channels",
        title=message("Strongest channels: {block}", block=block_label(trace.block.name)),
        subtitle=subtitle,
        caption=message(
            "The channels with the largest variation over the region (standard deviation in brackets) before and after "
            "the block; red: above the channel's mean, blue: below, each on its own scale. Equal numbers above and "
            "below are not the same channel, since the block mixes channels. It does not show which channels affect "
            "the result."
        ),
        draw=draw,
        size=(1.5 * wide + 0.4, 4 * side + 2.4),
        narrow=(Layout((4.9, 2 * -(-shown // 3) * (side + 0.4) + 1.2), lambda figure: draw(figure, min(3, shown))),),
        columns=("stage", "rank", "channel", "standard deviation"),
        rows=rows,
        arrays={
            key: value
            for name, strongest in selected.items()
            for key, value in ((f"{name}_channels", strongest.channels), (f"{name}_maps", strongest.maps))
        },
    )


def _signed(axes: Axes, values: NDArray[np.float32]) -> None:
    centred = values - values.mean()
    limit = max(map(abs, inner_range(centred))) or 1.0
    axes.imshow(centred, cmap="RdBu_r", vmin=-limit, vmax=limit)


def _math(stage: Stage) -> str:
    # "F_n: input of the block" with n as a subscript
    symbol, _, text = STAGE_LABELS[stage].partition(":")
    return f"${symbol}$:{text}" if "_" in symbol else STAGE_LABELS[stage]
