"""Charts of channel orders (paper, Fig. 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from core.inspection.charts.chart import Chart, Layout, extent, heatmap, number_text, small
from core.inspection.labels import block_label, prompt_label
from core.inspection.orders import BlockOrders
from core.messages import Message, message

if TYPE_CHECKING:  # slow to import; needed only when a chart is exported
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

RAINBOW = "turbo"
"""Colour map of channel numbers."""


def order_strips(orders: BlockOrders, origin: Message, subtitle: Message | None = None) -> Chart:
    """Draw the order of every prompt as coloured strips: original above, reordered below.

    Args:
        orders: orders of one block.
        origin: what determines the order and whether it was learned; see :func:`core.inspection.origin_of_order`.
        subtitle: the model; see :func:`core.inspection.charts.model_subtitle`.
    """
    count = orders.orders.shape[1]
    wide = min(2, len(orders.prompts))
    lines = -(-len(orders.prompts) // wide)

    def draw(figure: Figure, columns: int = wide) -> None:
        lines = -(-len(orders.prompts) // columns)
        grid = figure.subplots(lines, columns, squeeze=False)
        for axes in grid.flat[len(orders.prompts) :]:
            axes.remove()
        for axes, prompt, order in zip(grid.flat, orders.prompts, orders.orders, strict=False):
            axes.imshow(np.stack([np.arange(count), order]), cmap=RAINBOW, aspect="auto", interpolation="nearest")
            axes.set_title(prompt_label(prompt))
            axes.set_yticks([0, 1], ["original", "reordered"])
            axes.set_xticks([0, count - 1], ["0", str(count - 1)])
            axes.axhline(0.5, color="white", linewidth=2)
            axes.spines[:].set_visible(False)
        for axes in grid[-1]:
            axes.set_xlabel("position")

    return Chart(
        name=f"{slug(orders.block)}-order",
        title=message(
            "Channel order by prompt: {block}, {count} channels", block=block_label(orders.block), count=count
        ),
        subtitle=subtitle,
        caption=message(
            "Colour = channel number. Top row: before reordering; below: after, for each prompt. It shows the order of "
            "each prompt and that they differ; it does not show that one order is better than another. {origin}",
            origin=origin,
        ),
        draw=draw,
        size=(10, 0.6 + 1.15 * lines),
        narrow=(Layout((5.5, 0.9 + 1.15 * len(orders.prompts)), lambda figure: draw(figure, 1)),),
        columns=("position", *(f"channel for {prompt}" for prompt in orders.prompts)),
        rows=lambda: ((place, *orders.orders[:, place]) for place in range(count)),
        arrays={"prompts": np.array(orders.prompts), "orders": orders.orders, "positions": orders.positions},
    )


def slopes(orders: BlockOrders, first: str, second: str, subtitle: Message | None = None) -> Chart:
    """Draw the position of each channel under two prompts as a line; see :func:`order_strips`."""
    a, b = orders.index(first), orders.index(second)
    left, right = orders.positions[a], orders.positions[b]
    count = len(left)

    def draw(figure: Figure) -> None:
        axes = figure.subplots()
        colours = figure_colours(count)
        for channel in range(count):
            axes.plot([0, 1], [left[channel], right[channel]], color=colours[channel], linewidth=0.7, alpha=0.7)
        axes.set_xticks([0, 1], [prompt_label(first), prompt_label(second)])
        axes.set_xlim(-0.02, 1.02)
        axes.set_ylim(count - 0.5, -0.5)
        axes.set_ylabel("position (0 = first)")

    return Chart(
        name=f"{slug(orders.block)}-slopes",
        title=message(
            "Order, {first} → {second}: {block}, Kendall τ {kendall}, Spearman ρ {spearman}",
            block=block_label(orders.block),
            first=prompt_label(first),
            second=prompt_label(second),
            kendall=number_text(float(orders.kendall[a, b]), "+.3f"),
            spearman=number_text(float(orders.spearman[a, b]), "+.3f"),
        ),
        subtitle=subtitle,
        caption=message(
            "One line per channel, coloured by its number, from its position under the first prompt to that under the "
            "second. Horizontal lines are channels that keep their position; crossing lines everywhere mean unrelated "
            "orders (τ near 0). It does not show the content of the channels."
        ),
        draw=draw,
        size=(7, 6),
        narrow=(Layout((5.5, 5.5), draw),),
        columns=("channel", f"position for {first}", f"position for {second}"),
        rows=lambda: zip(range(count), left, right, strict=True),
        arrays={"first": left, "second": right},
    )


def correlations(orders: BlockOrders, subtitle: Message | None = None) -> Chart:
    """Draw the rank correlations between the orders of all prompts; see :func:`order_strips`."""
    kendall, spearman = orders.kendall, orders.spearman

    def draw(figure: Figure, columns: int = 2) -> None:
        for axes, values, label in zip(
            figure.subplots(2 // columns, columns), (kendall, spearman), ("Kendall τ", "Spearman ρ"), strict=True
        ):
            heatmap(figure, axes, values, "RdBu_r", (-1, 1), bar=label)
            between_prompts(axes, orders.prompts, values, "+.2f")

    return Chart(
        name=f"{slug(orders.block)}-correlations",
        title=message("Similarity of the orders: {block}", block=block_label(orders.block)),
        subtitle=subtitle,
        caption=message(
            "Rank correlation of the channels' positions under two prompts: +1 for equal orders, 0 for unrelated, −1 "
            "for reversed ones. It compares orders only. Any two random orders give a value near 0, so it does not "
            "show that the model distinguishes degradations by their meaning."
        ),
        draw=draw,
        size=(11, 4.6),
        narrow=(Layout((5.5, 9.2), lambda figure: draw(figure, 1)),),
        columns=("prompt", "other prompt", "kendall", "spearman"),
        rows=lambda: (
            (one, other, kendall[i, j], spearman[i, j])
            for i, one in enumerate(orders.prompts)
            for j, other in enumerate(orders.prompts)
        ),
        arrays={"prompts": np.array(orders.prompts), "kendall": kendall, "spearman": spearman},
    )


def folded(orders: BlockOrders, first: str, second: str, subtitle: Message | None = None) -> Chart:
    """Draw the C×C matrices equivalent to DGCPM under two prompts, their difference, and all distances.

    See :func:`order_strips`.
    """
    one, two = (orders.matrices[orders.index(prompt)] for prompt in (first, second))
    distances = orders.distances
    channels = len(one)

    def draw(figure: Figure, columns: int = 2) -> None:
        grid = figure.subplots(4 // columns, columns)
        top_left, top_right, bottom_left, bottom_right = grid.flat
        limit = max(extent(one), extent(two))
        for axes, values, title in (
            (top_left, one, prompt_label(first)),
            (top_right, two, prompt_label(second)),
            (bottom_left, two - one, f"{prompt_label(second)} minus {prompt_label(first)}"),
        ):
            heatmap(figure, axes, values, "RdBu_r", (-limit, limit), bar="weight")
            axes.set(title=title, xlabel="channel of $F_n$", ylabel="channel of Q")
        heatmap(figure, bottom_right, distances, "viridis", (0, 2**0.5), bar="distance")
        between_prompts(bottom_right, orders.prompts, distances, ".2f", dark_is_high=False)
        bottom_right.set_title("distances between prompts")

    return Chart(
        name=f"{slug(orders.block)}-matrix",
        title=message(
            "DGCPM as one matrix: {block}, {size}", block=block_label(orders.block), size=f"{channels}×{channels}"
        ),
        subtitle=subtitle,
        caption=message(
            "With its order fixed, DGCPM is one linear map in every pixel: Q = matrix · F_n + bias. The distance is |A "
            "− B| divided by the mean norm of the matrices: 0 for equal maps, 1.41 for unrelated ones. It shows how "
            "differently two prompts mix channels; it does not show which of them the photo needs."
        ),
        draw=draw,
        size=(10, 8.4),
        narrow=(Layout((6, 12), lambda figure: draw(figure, 1)),),
        columns=("prompt", "other prompt", "distance"),
        rows=lambda: (
            (a, b, distances[i, j]) for i, a in enumerate(orders.prompts) for j, b in enumerate(orders.prompts)
        ),
        arrays={
            "prompts": np.array(orders.prompts),
            "matrices": orders.matrices,
            "biases": orders.biases,
            "distances": distances,
        },
    )


def figure_colours(count: int) -> NDArray[np.float64]:
    """Return the colours of ``count`` channels: (count, 4) RGBA in [0, 1]."""
    from matplotlib import colormaps

    return np.asarray(colormaps[RAINBOW](np.linspace(0, 1, count)))


def between_prompts(
    axes: Axes, prompts: tuple[str, ...], values: NDArray[np.float64], form: str, *, dark_is_high: bool = True
) -> None:
    """Label rows and columns with the prompts, and write the values into the cells."""
    names = [prompt_label(prompt) for prompt in prompts]
    axes.set_xticks(range(len(prompts)), names, rotation=45, ha="right")
    axes.set_yticks(range(len(prompts)), names)
    axes.tick_params(length=0)
    size = small(7)
    for i, j in np.ndindex(*values.shape):
        light = abs(values[i, j]) > 0.6 if dark_is_high else values[i, j] < 0.8
        axes.text(
            j,
            i,
            number_text(float(values[i, j]), form),
            ha="center",
            va="center",
            color="w" if light else "k",
            fontsize=size,
        )


def slug(block: str) -> str:
    """Return a block's name for file names: ``"level 1"`` -> ``"level1"``."""
    return block.replace(" ", "")
