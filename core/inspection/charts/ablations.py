"""Charts of ablations: numbers as bars, and the pictures behind them."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from core.inspection.ablations import AblationResult
from core.inspection.charts.chart import Chart, plain

_SHOWN_SHARE = 0.99
"""Quantile of a difference picture that reaches full colour."""


def ablation_bars(results: Sequence[AblationResult], where: str) -> Chart:
    """How much each switch changes, and what it costs in PSNR where a clean reference is known.

    Args:
        results: the unchanged model first.
        where: photo, region and prompt, for people.
    """
    judged = all(result.gain is not None for result in results)
    labels = [result.ablation.label for result in results]
    changes = [result.change for result in results]
    gains = [result.gain or 0.0 for result in results]

    def draw(figure: Figure) -> None:
        panels = figure.subplots(1, 2 if judged else 1, squeeze=False, sharey=True)[0]
        for axes, values, form, title in zip(
            panels,
            (changes, gains),
            (".2f", "+.2f"),
            ("mean |change| of the result, levels of 255", "PSNR against the unchanged model, dB"),
            strict=False,
        ):
            bars = axes.barh(labels, values, color="#4878a8")
            axes.bar_label(bars, [format(value, form) for value in values], padding=3, fontsize=8)
            axes.axvline(0, color="0.4", linewidth=0.8)
            axes.margins(x=0.18)
            axes.set_xlabel(title)
        panels[0].invert_yaxis()

    told = (
        f"With the model as it is the PSNR is {results[0].psnr:.2f} dB. " if judged and results[0].psnr is not None else
        "Without a clean reference it does not tell whether a change is for the better. "
    )  # fmt: skip
    return Chart(
        name="ablations",
        title=f"What does it matter: one part switched at a time\n{where}",
        words="Each bar is the same pass with one thing switched, in all blocks at once. " + told + "It answers for "
        "this checkpoint and this region only: nothing was trained anew, so a large change says that the trained "
        "layers rely on that part, not that a network needs it.",
        draw=draw,
        size=(11 if judged else 8, 0.34 * len(results) + 1.5),
        columns=("switch", "mean absolute change (levels of 255)", "PSNR (dB)", "gain (dB)"),
        rows=lambda: (
            (r.ablation.label, r.change, "" if r.psnr is None else r.psnr, "" if r.gain is None else r.gain)
            for r in results
        ),
        arrays={
            "labels": np.array(labels),
            "change": np.array(changes),
            "psnr": np.array([np.nan if r.psnr is None else r.psnr for r in results]),
        },
    )


def ablation_pictures(results: Sequence[AblationResult], where: str) -> Chart:
    """Result and difference picture of every switch."""
    # One scale for all, so that differences can be compared; that of the median switch, since one that destroys the
    # picture would leave all others grey.
    reaches = [float(np.quantile(np.abs(result.difference), _SHOWN_SHARE)) for result in results]
    limit = float(np.median([reach for reach in reaches if reach > 0] or [1.0]))
    columns = min(4, len(results))
    lines = -(-len(results) // columns)
    height, width = results[0].result.shape[:2]

    def draw(figure: Figure) -> None:
        grid = figure.subplots(2 * lines, columns, squeeze=False)
        for axes in grid.flat:
            plain(axes)
        for number, result in enumerate(results):
            line, column = divmod(number, columns)
            above, below = grid[2 * line][column], grid[2 * line + 1][column]
            above.imshow(result.result)
            below.imshow((0.5 + result.difference / (2 * limit)).clip(0, 1))
            above.set_title(result.ablation.label)
            below.set_xlabel(f"|change| {result.change:.2f}")

    return Chart(
        name="ablation-pictures",
        title=f"What does it matter: results, and differences to the unchanged model\n{where}",
        words="Each result and its difference to the unchanged model's result, grey where they are equal "
        f"and full colour at ±{limit * 255:.1f} levels of 255, the same for all. The difference picture shows where a "
        "switch acts, not whether it harms.",
        draw=draw,
        size=(2.5 * columns, 2 * lines * (2.4 * min(height / width, 1.6) + 0.35) + 0.8),
        columns=("switch", "mean absolute change (levels of 255)"),
        rows=lambda: ((result.ablation.label, result.change) for result in results),
        arrays={
            "labels": np.array([result.ablation.label for result in results]),
            "results": np.stack([result.result for result in results]),
        },
    )
