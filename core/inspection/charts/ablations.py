"""Charts of ablations: the size of their effect as bars, and their results as pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from core.inspection.ablations import AblationResult
from core.inspection.charts.chart import Chart, Layout, number_text, plain, small
from core.messages import Message, message

if TYPE_CHECKING:  # slow to import; needed only when a chart is exported
    from matplotlib.figure import Figure

_FULL_COLOUR = 0.99
"""Quantile of a difference picture that is shown in full colour."""


def ablation_bars(results: Sequence[AblationResult], subtitle: Message) -> Chart:
    """Draw the change of the result by each ablation, and of its PSNR if a clean reference is known.

    Args:
        results: the unchanged model first.
        subtitle: photo, region and prompt; see :func:`core.inspection.charts.subtitle`.
    """
    has_reference = all(result.gain is not None for result in results)
    labels = [result.ablation.label for result in results]
    changes = [result.change for result in results]
    gains = [result.gain or 0.0 for result in results]

    count = 2 if has_reference else 1

    def draw(figure: Figure, columns: int = count) -> None:
        panels = figure.subplots(count // columns, columns, squeeze=False, sharey=True).flatten()
        for axes, values, form, title in zip(
            panels,
            (changes, gains),
            (".2f", "+.2f"),
            ("mean |change| of the result, levels of 255", "PSNR gain over the unchanged model, dB"),
            strict=False,
        ):
            bars = axes.barh(labels, values, color="#4878a8")
            axes.bar_label(bars, [number_text(value, form) for value in values], padding=3, fontsize=small(8))
            axes.axvline(0, color="0.4", linewidth=0.8)
            axes.margins(x=0.18)
            axes.set_xlabel(title)
        panels[0].invert_yaxis()

    if has_reference and results[0].psnr is not None:
        quality = message("The PSNR of the unchanged model is {value:.2f} dB.", value=results[0].psnr)
    else:
        quality = message("Without a clean reference it is unknown whether a change is an improvement.")
    return Chart(
        name="ablations",
        title=message("Ablations: one part changed at a time"),
        subtitle=subtitle,
        caption=message(
            "Each bar is the same pass with one change in all blocks. {quality} It applies to this checkpoint and this "
            "region only: nothing was retrained, so a large change means that the trained layers rely on that part, "
            "not that a network needs it.",
            quality=quality,
        ),
        draw=draw,
        size=(11 if has_reference else 8, 0.34 * len(results) + 1.5),
        narrow=(Layout((5.8, (0.34 * len(results) + 0.9) * count + 0.8), lambda figure: draw(figure, 1)),),
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


def ablation_pictures(results: Sequence[AblationResult], subtitle: Message) -> Chart:
    """Draw result and difference picture of every ablation; of the unchanged model alone only its result."""
    # One scale for all, so that differences can be compared: that of the median ablation, since one that destroys the
    # picture would make all others grey.
    limits = [float(np.quantile(np.abs(result.difference), _FULL_COLOUR)) for result in results]
    limit = float(np.median([limit for limit in limits if limit > 0] or [1.0]))
    wide, side = (len(results), 2.5) if len(results) <= 4 else (6, 2.0)  # pictures on a line, and inches for each
    compared = len(results) > 1
    rows = 2 if compared else 1
    height, width = results[0].result.shape[:2]

    def draw(figure: Figure, columns: int = wide) -> None:
        lines = -(-len(results) // columns)
        grid = figure.subplots(rows * lines, columns, squeeze=False)
        for axes in grid.flat:
            plain(axes)
        for number, result in enumerate(results):
            line, column = divmod(number, columns)
            above = grid[rows * line][column]
            above.imshow(result.result)
            above.set_title(result.ablation.label)
            if compared:
                below = grid[rows * line + 1][column]
                below.imshow((0.5 + result.difference / (2 * limit)).clip(0, 1))
                below.set_xlabel(f"|change| {result.change:.2f}")

    def size(columns: int, side: float) -> tuple[float, float]:
        lines = -(-len(results) // columns)
        return side * columns, rows * lines * ((side - 0.1) * min(height / width, 1.6) + 0.35) + 0.8

    return Chart(
        name="ablation-pictures",
        title=message("Ablations: results, and differences to the unchanged model")
        if compared
        else message("Result of the unchanged model"),
        subtitle=subtitle,
        caption=message(
            "Each result and its difference to the result of the unchanged model: grey where they are equal, full "
            "colour at ±{value:.1f} levels of 255, the same scale for all. The difference shows where a change acts, "
            "not whether it is harmful.",
            value=limit * 255,
        )
        if compared
        else message(
            "Change a part of the network to see what that part does: its effect is shown beside this result."
        ),
        draw=draw,
        size=size(wide, side),
        narrow=(Layout((6.0, 0.85 * size(3, 2.5)[1]), lambda figure: draw(figure, min(3, len(results)))),),
        columns=("switch", "mean absolute change (levels of 255)"),
        rows=lambda: ((result.ablation.label, result.change) for result in results),
        arrays={
            "labels": np.array([result.ablation.label for result in results]),
            "results": np.stack([result.result for result in results]),
        },
    )
