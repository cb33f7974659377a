"""Charts of CAAPM's attention. All are channel×channel; none is a map of the photo."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

from core.inspection.attention import Attention, AttentionDifference, DropRates
from core.inspection.charts.chart import Chart, Layout, entries, extent, heatmap, label_steps
from core.inspection.charts.orders import slug
from core.inspection.labels import block_label, prompt_label
from core.messages import Message, message

if TYPE_CHECKING:  # slow to import; needed only when a chart is exported
    from matplotlib.figure import Figure

CHANNELS_NOT_PLACES = "Rows and columns are channels, not places in the photo"
"""Start of the caption of all these charts."""

Panel = tuple[str, NDArray[Any], str, float, float, int]
"""Name, values (heads, c, c), colour map, values at its ends, and number of values if there are only a few, else 0."""


def attention_maps(attention: Attention, subtitle: Message) -> Chart:
    """Draw logits, kept entries and the map after the softmax, by head.

    Args:
        attention: attention of one block.
        subtitle: photo, region and prompt; see :func:`core.inspection.charts.subtitle`.
    """
    limit, highest = extent(attention.logits), float(attention.weights.max())
    effect = {
        "before_softmax": message("the others have no weight, and each row still sums to 1"),
        "multiply_logits": message("the logits of the others become 0, which still gives them some weight"),
        "after_softmax": message("the weights of the others become 0, and rows sum to less than 1"),
    }[attention.mode]
    size = attention.logits.shape[-1]
    dropped = 1 - attention.kept.mean()
    panels: list[Panel] = [
        ("logits", attention.logits, "RdBu_r", -limit, limit, 0),
        ("kept entries (dark)", attention.kept, "Greys", 0, 1, 2),
        ("weights after softmax", attention.weights, "viridis", 0, highest, 0),
    ]
    return Chart(
        name=f"{slug(attention.block)}-attention",
        title=message(
            "Attention between channels: {block}, γ {keep:g}", block=block_label(attention.block), keep=attention.keep
        ),
        subtitle=subtitle,
        caption=message(
            "Rows and columns are channels, not places in the photo: row = query channel, column = key channel, {size} "
            "per head. Of each row the {count} largest logits are kept; {effect}. It shows which channels are mixed; "
            "it does not show where in the photo, nor whether this improves the result.",
            size=f"{size}×{size}",
            count=size - round(dropped * size),
            effect=effect,
        ),
        draw=_panels(panels),
        narrow=_narrow(panels),
        size=_size(attention.heads, 3),
        columns=("head", "query channel", "key channel", "logit", "kept", "weight"),
        rows=lambda: _rows(attention.logits, attention.kept.astype(int), attention.weights),
        arrays={"logits": attention.logits, "kept": attention.kept, "weights": attention.weights},
    )


def attention_difference(
    difference: AttentionDifference, first: str, second: str, subtitle: Message | None = None
) -> Chart:
    """Draw the second minus the first attention.

    Args:
        difference: difference in one block.
        first: key of the first prompt; or the name of the first photo, as a message (:func:`core.messages.verbatim`).
        second: that of the second.
        subtitle: photo, region and model, or both photos; see :func:`core.inspection.charts.subtitle`.
    """
    logits, weights = extent(difference.logits), extent(difference.weights)
    names = {"first": _name(first), "second": _name(second)}
    panels: list[Panel] = [
        ("logits", difference.logits, "RdBu_r", -logits, logits, 0),
        ("kept by one only", difference.kept, "RdBu_r", -1, 1, 3),
        ("weights", difference.weights, "RdBu_r", -weights, weights, 0),
    ]
    return Chart(
        name=f"{slug(difference.block)}-attention-difference",
        title=message("Attention, {second} minus {first}: {block}", block=block_label(difference.block), **names),
        subtitle=subtitle,
        caption=message(
            "Rows and columns are channels, not places in the photo. Red: larger in “{second}”; blue: larger in "
            "“{first}”. In the middle, the entries kept by only one of them ({share:.1%} of all). It shows how much "
            "the attention differs; it does not show whether that improves the result.",
            share=difference.changed,
            **names,
        ),
        draw=_panels(panels),
        narrow=_narrow(panels),
        size=_size(len(difference.logits), 3),
        columns=("head", "query channel", "key channel", "logit", "kept", "weight"),
        rows=lambda: _rows(difference.logits, difference.kept, difference.weights),
        arrays={"logits": difference.logits, "kept": difference.kept, "weights": difference.weights},
    )


def drop_rate_maps(drops: DropRates, prompt: str, subtitle: Message | None = None) -> Chart:
    """Draw how often each entry is dropped over several photos.

    Args:
        drops: drop rates of one block.
        prompt: key of the prompt of all photos.
        subtitle: folder and model; see :func:`core.inspection.charts.folder_subtitle`.
    """
    panels: list[Panel] = [("share of photos", drops.rates, "magma", 0, 1, 0)]
    return Chart(
        name=f"{slug(drops.block)}-drops",
        title=message(
            "Drop rate of each entry: {block}, {count} photos, prompt {prompt}",
            block=block_label(drops.block),
            count=drops.photos,
            prompt=prompt_label(prompt),
        ),
        subtitle=subtitle,
        caption=message(
            "Rows and columns are channels, not places in the photo. 0: never dropped, 1: always dropped; if entries "
            "were dropped at random, every rate would be near {expected:.2f}. {share:.0%} of the entries are the same "
            "for all photos. It shows how much the mask depends on the model and how much on the photo; with few "
            "photos the rates are coarse.",
            expected=drops.expected,
            share=drops.settled,
        ),
        draw=_panels(panels),
        narrow=_narrow(panels),
        size=_size(len(drops.rates), 1),
        columns=("head", "query channel", "key channel", "dropped"),
        rows=lambda: _rows(drops.rates),
        arrays={"rates": drops.rates},
    )


def _name(prompt_or_photo: str) -> Message:
    return prompt_or_photo if isinstance(prompt_or_photo, Message) else prompt_label(prompt_or_photo)


def _panels(panels: Sequence[Panel]) -> Callable[[Figure], None]:
    def draw(figure: Figure) -> None:
        heads = len(panels[0][1])
        grid = figure.subplots(len(panels), heads, squeeze=False)
        for line, (name, values, colours, low, high, steps) in zip(grid, panels, strict=True):
            for head, axes in enumerate(line):
                # One bar for the whole line, whose heads share a scale.
                bar = name if head == heads - 1 else None
                heatmap(figure, axes, values[head], colours, (low, high), steps, bar=bar, beside=list(line))
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


def _arranged(panels: Sequence[Panel], per_line: int, width: float) -> Layout:
    """So many heads of each panel on a line of ``width`` inches; the colour bars are below."""
    heads = len(panels[0][1])
    per_line = min(per_line, heads)
    lines, columns = -(-heads // per_line), per_line * len(panels)

    def draw(figure: Figure) -> None:
        grid = figure.subplots(lines, columns, squeeze=False)
        for number, (name, values, colours, low, high, steps) in enumerate(panels):
            part = grid[:, number * per_line : (number + 1) * per_line]
            for axes in part.flat[heads:]:
                axes.remove()
            shown = list(part.flat[:heads])
            for head, axes in enumerate(shown):
                heatmap(figure, axes, values[head], colours, (low, high), steps)
                axes.set_box_aspect(1)
                named = len(panels) > 1 and head < per_line
                axes.set_title(f"{name}\nhead {head + 1}" if named else f"head {head + 1}")
                if number or head % per_line:
                    axes.set_yticks([])
                else:
                    axes.set_ylabel("query channel")
                if head + per_line >= heads:
                    axes.set_xlabel("key channel")
            label = name if len(panels) == 1 else None
            bar = figure.colorbar(shown[0].images[0], ax=shown, location="bottom", shrink=0.9, label=label)
            if steps:
                label_steps(bar, (low, high), steps)
            else:
                bar.ax.locator_params(nbins=3)

    return Layout((width, (width - 0.6) / columns * lines + 2.0), draw)


def _narrow(panels: Sequence[Panel]) -> tuple[Layout, ...]:
    """For a page, if there are many heads, and for a column."""
    column = _arranged(panels, 2 if len(panels) == 1 else 1, 5.8)
    if len(panels[0][1]) <= 2:
        return (column,)
    return _arranged(panels, 4 if len(panels) == 1 else 2, 11.0), column


def _size(heads: int, lines: int) -> tuple[float, float]:
    side = 3.4 if heads <= 2 else 2.4 if heads <= 4 else 1.75
    return max(5.0, side * heads + 1.6), side * lines + 1.1


def _rows(*arrays: NDArray[Any]) -> Iterator[Sequence[Any]]:
    for head, query, key in entries(arrays[0]):
        yield head + 1, query, key, *(values[head, query, key] for values in arrays)
