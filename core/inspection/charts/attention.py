"""Charts of CAAPM's attention. All are channel×channel; none is a picture of the photo."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from matplotlib.figure import Figure
from numpy.typing import NDArray

from core.inspection.attention import Attention, AttentionDifference, DropRates
from core.inspection.charts.chart import Chart, entries, extent, heatmap
from core.inspection.charts.orders import slug

CHANNELS_NOT_PLACES = "Rows and columns are channels, not places in the photo"
"""What every one of these charts must say."""

Panel = tuple[str, NDArray[Any], str, float, float]
"""Name, values (heads, c, c), colour map, and the values at its ends."""


def attention_maps(attention: Attention, where: str) -> Chart:
    """Logits, kept entries and the map after the softmax, head by head.

    Args:
        attention: of one block.
        where: photo, region and prompt, for people.
    """
    limit, highest = extent(attention.logits), float(attention.weights.max())
    how = {
        "before_softmax": "the others get no weight, and each row still sums to 1",
        "multiply_logits": "the others' logits become 0, which still has some weight",
        "after_softmax": "the others' weights become 0, and rows sum to less than 1",
    }[attention.mode]
    size = attention.logits.shape[-1]
    dropped = 1 - attention.kept.mean()
    return Chart(
        name=f"{slug(attention.block)}-attention",
        title=f"Attention between channels: {attention.block}, γ {attention.keep:g}\n{where}",
        words=f"{CHANNELS_NOT_PLACES}: row = query channel, column = key channel, {size}×{size} per head. Of each row "
        f"the {size - round(dropped * size)} largest logits are kept; {how}. It shows which channels are mixed with "
        "which; it does not show where in the photo anything happens, nor what it is worth.",
        draw=_panels(
            [
                ("logits", attention.logits, "RdBu_r", -limit, limit),
                ("kept (dark) / dropped", attention.kept, "Greys", 0, 1),
                ("weights after softmax", attention.weights, "viridis", 0, highest),
            ]
        ),
        size=_size(attention.heads, 3),
        columns=("head", "query channel", "key channel", "logit", "kept", "weight"),
        rows=lambda: _rows(attention.logits, attention.kept.astype(int), attention.weights),
        arrays={"logits": attention.logits, "kept": attention.kept, "weights": attention.weights},
    )


def attention_difference(found: AttentionDifference, first: str, second: str) -> Chart:
    """What the second attention has more than the first.

    Args:
        found: of one block.
        first: names the first, for people.
        second: names the second.
    """
    logits, weights = extent(found.logits), extent(found.weights)
    return Chart(
        name=f"{slug(found.block)}-attention-difference",
        title=f"Attention, {second} minus {first}: {found.block}",
        words=f"{CHANNELS_NOT_PLACES}. Red is more in “{second}”, blue more in “{first}”; in the middle, entries "
        f"kept by only one of them ({found.changed:.1%} of all). It shows how far the attention moves; it does not "
        "show whether that helps.",
        draw=_panels(
            [
                ("logits", found.logits, "RdBu_r", -logits, logits),
                ("kept by one only", found.kept, "RdBu_r", -1, 1),
                ("weights", found.weights, "RdBu_r", -weights, weights),
            ]
        ),
        size=_size(len(found.logits), 3),
        columns=("head", "query channel", "key channel", "logit", "kept", "weight"),
        rows=lambda: _rows(found.logits, found.kept, found.weights),
        arrays={"logits": found.logits, "kept": found.kept, "weights": found.weights},
    )


def drop_rate_maps(found: DropRates, prompt: str) -> Chart:
    """How often each entry is dropped over several photos."""
    return Chart(
        name=f"{slug(found.block)}-drops",
        title=f"How often each entry is dropped: {found.block}, {found.photos} photos, prompt {prompt}",
        words=f"{CHANNELS_NOT_PLACES}. 0 is never dropped, 1 always; if photos decided at random, every entry would "
        f"be near {found.expected:.2f}. For {found.settled:.0%} of the entries all photos agree. It shows how far the "
        "mask is a habit of the model and how far it follows the photo; few photos make it coarse.",
        draw=_panels([("share of photos", found.rates, "magma", 0, 1)]),
        size=_size(len(found.rates), 1),
        columns=("head", "query channel", "key channel", "dropped"),
        rows=lambda: _rows(found.rates),
        arrays={"rates": found.rates},
    )


def _panels(panels: Sequence[Panel]) -> Callable[[Figure], None]:
    def draw(figure: Figure) -> None:
        heads = len(panels[0][1])
        grid = figure.subplots(len(panels), heads, squeeze=False)
        for line, (name, values, colours, low, high) in zip(grid, panels, strict=True):
            for head, axes in enumerate(line):
                # The bar belongs to the whole line, whose heads share one scale.
                bar = name if head == heads - 1 else None
                heatmap(figure, axes, values[head], colours=colours, low=low, high=high, bar=bar, beside=list(line))
                axes.set_box_aspect(1)
                if head:
                    axes.set_yticks([])
                else:
                    axes.set_ylabel("query channel")
        for head, axes in enumerate(grid[0]):
            axes.set_title(f"head {head + 1}")
        for axes in grid[-1]:
            axes.set_xlabel("key channel")

    return draw


def _size(heads: int, lines: int) -> tuple[float, float]:
    side = 3.4 if heads <= 2 else 2.4 if heads <= 4 else 1.75
    return max(5.0, side * heads + 1.6), side * lines + 1.1


def _rows(*arrays: NDArray[Any]) -> Iterator[Sequence[Any]]:
    for head, query, key in entries(arrays[0]):
        yield head + 1, query, key, *(values[head, query, key] for values in arrays)
