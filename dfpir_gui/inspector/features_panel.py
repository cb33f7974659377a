"""The tab Features: input of a DGPB and outputs of its parts, next to the photo."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel

from core.inspection import (
    BlockTrace,
    Region,
    Stage,
    Strongest,
    mean_magnitude,
    principal_components,
    strongest_channels,
)
from core.inspection.charts import STAGE_LABELS, Chart, feature_overview, shown_stages, strongest_grid
from core.inspection.features import inner_range
from dfpir_gui.i18n.language import tr, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import InspectionTarget, ModelInfo
from dfpir_gui.inspector.panel import Panel, line, traced
from dfpir_gui.inspector.plots import Part, covers, overlap, part_in_sight, picture_height, show_in
from dfpir_gui.widgets.combo_box import ComboBox

MAGNITUDE, COMPONENTS = tr("Mean magnitude"), tr("Principal components as colours")
_CHANNELS = 12
_WIDE = 640
"""Width in logical pixels from which three features, or six channels, fit side by side; else two, or four."""


class FeaturesPanel(Panel):
    """F_n, Q, F_a and F_b as pictures whose zoom is linked with that of the photo, and the strongest channels.

    Attributes:
        part_changed: the user zoomed or moved the pictures; carries the visible part of the photo, or None if they show
            the whole crop.
        view: chooses between mean magnitude and principal components.
    """

    part_changed = Signal(object)

    def __init__(self, runner: InspectionRunner) -> None:
        super().__init__(runner)
        self.view = ComboBox()
        self.view.addItems([translated(MAGNITUDE), translated(COMPONENTS)])
        self.view.setAccessibleName(self.tr("View of the features"))
        self.view.setToolTip(self.tr("View of the features. Ctrl + wheel zooms all pictures and the photo together"))
        self.view.currentIndexChanged.connect(lambda _: self._draw())
        self.layout_.addWidget(line(QLabel(self.tr("Show")), self.view))
        self.overview = self.add_card(self.tr("Features"), 432, zoomable=True)
        self.strongest = self.add_card(self.tr("Strongest channels"), 432)
        self.layout_.addStretch(1)
        self._columns = 3
        self._boxes: list[pg.ViewBox] = []
        self._part: Part | None = None
        self._crop: Part = (0, 0, 0, 0)
        self._features: BlockFeatures | None = None

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        columns = 3 if self.width() >= _WIDE else 2
        if columns != self._columns:
            self._columns = columns
            self._draw()

    def fill(self, model_info: ModelInfo, target: InspectionTarget) -> None:
        """Trace the block; the cards follow."""
        cards = [self.overview, self.strongest]
        trace = traced(target, target.first, attention=False)
        self.compute(
            "features",
            cards,
            lambda inspector, report, cancel: BlockFeatures.from_trace(trace(inspector, report, cancel), target),
            self._on_features,
        )

    def show_part(self, part: Part | None) -> None:
        """Show a part of the photo in the pictures; the whole crop if it is None or outside the crop."""
        self._part = part
        for box in self._boxes:
            # Coarse features extend beyond the crop; the visible part is that of the photo.
            show_in(box, (part and overlap(part, self._crop)) or self._crop)

    def clear(self) -> None:
        """Stop the inspection and release the features."""
        super().clear()
        self.runner.discard("features")
        self._features = None
        self._boxes = []

    def _on_features(self, features: "BlockFeatures") -> None:
        self._features = features
        self._draw()

    def _draw(self) -> None:
        if self._features is not None:
            self.draw_in_turn(self._drawn(self._features))

    def _drawn(self, features: "BlockFeatures") -> Iterator[None]:
        yield from self._draw_overview(features)
        self.overview.show_chart(features.overview, *features.names)
        self.overview.caption.setText(self._caption(features.cell))  # the exported chart has both views
        yield
        yield from self._draw_strongest(features)
        self.strongest.show_chart(features.strongest_channels, *features.names)

    def _draw_overview(self, features: "BlockFeatures") -> Iterator[None]:
        plots, columns, region = self.overview.plots, self._columns, features.region
        self.overview.start_drawing()
        self._boxes = []
        x, y, width, height = region.crop
        # First of all, so that the pictures never cover the caption.
        rows = -(-(1 + len(features.magnitudes)) // columns)
        plots.share_width(columns, rows, lambda width: picture_height(width, region.aspect, bar=True))
        pictures = [plots.picture_at(0, 0, self.tr("photo"), region.pixels, rect=(x, y, width, height))]
        for place, (stage, magnitudes) in enumerate(features.magnitudes.items(), start=1):
            side = features.cell / region.scale  # side of one value in pixels of the photo
            rect = (x, y, magnitudes.shape[1] * side, magnitudes.shape[0] * side)
            colourful = self.view.currentIndex() == 1
            values = features.colours[stage] if colourful else magnitudes
            levels = None if colourful else inner_range(values)
            plot = plots.picture_at(
                place // columns,
                place % columns,
                translated_message(STAGE_LABELS[stage]),
                values,
                colours="magma",
                levels=levels,
                rect=rect,
            )
            pictures.append(plot)
            if levels is not None:
                plot.add_colour_bar("magma", levels)
            yield
        self._boxes, self._crop = [plot.view for plot in pictures], region.crop
        self.show_part(self._part)
        for box in self._boxes:
            box.sigRangeChangedManually.connect(lambda _, box=box: self._on_moved(box))
            # A view with another aspect ratio would show another part.
            box.sigResized.connect(lambda _: self.show_part(self._part))

    def _caption(self, cell: int) -> str:
        if self.view.currentIndex() == 1:
            text = self.tr(
                "Input of the block and outputs of its parts: the first three principal components of the channels as "
                "red, green and blue. Each picture has its own components, so equal colours in two pictures do not "
                "mean equal features. One value covers {cell}×{cell} pixels."
            )
        else:
            text = self.tr(
                "Input of the block and outputs of its parts: the mean magnitude over the channels. Each picture has "
                "its own scale, which need not start at 0 and ignores the edges, where the crop ends. One value covers "
                "{cell}×{cell} pixels."
            )
        return text.format(cell=cell)

    def _on_moved(self, moved: pg.ViewBox) -> None:
        visible = part_in_sight(moved)
        self._part = None if covers(visible, self._crop) else overlap(visible, self._crop)
        if self._part is None:
            self.show_part(None)
        else:
            for box in self._boxes:
                if box is not moved:
                    show_in(box, visible)
        self.part_changed.emit(self._part)

    def _draw_strongest(self, features: "BlockFeatures") -> Iterator[None]:
        plots = self.strongest.plots
        self.strongest.start_drawing()
        columns = 2 * self._columns
        rows = -(-_CHANNELS // columns)
        aspect = features.region.aspect
        plots.share_width(columns, 2 * rows, lambda width: picture_height(width, aspect))
        for half, (stage, strongest) in enumerate(features.strongest.items()):
            channels = zip(strongest.channels, strongest.strengths, strongest.maps, strict=True)
            for place, (channel, strength, values) in enumerate(channels):
                centred = values - values.mean()
                limit = max(map(abs, inner_range(centred))) or 1.0
                row = rows * half + place // columns
                title = f"{stage}  {channel} ({strength:.2g})"
                plots.tile_at(row, place % columns, title, centred, "RdBu_r", (-limit, limit))
            yield


@dataclass(frozen=True, eq=False)
class BlockFeatures:
    """What is drawn of the trace of a block, computed on the worker thread: the decompositions take a while.

    Attributes:
        names: of photo and prompt.
        region: the inspected pixels.
        cell: side of one value in pixels of the region.
        magnitudes: (h, w) mean magnitude of each shown stage.
        colours: (h, w, 3) principal components of each shown stage.
        strongest: the strongest channels before and after the block.
        overview: chart of the stages.
        strongest_channels: chart of the strongest channels.
    """

    names: tuple[str, str]
    region: Region
    cell: int
    magnitudes: Mapping[Stage, NDArray[np.float32]]
    colours: Mapping[Stage, NDArray[np.float32]]
    strongest: Mapping[Stage, Strongest]
    overview: Chart
    strongest_channels: Chart

    @classmethod
    def from_trace(cls, trace: BlockTrace, target: InspectionTarget) -> "BlockFeatures":
        """Compute everything from the trace of the block of ``target``."""
        stages, subtitle = shown_stages(trace), target.subtitle()
        ends: tuple[Stage, ...] = ("F_n", "F_b" if "F_b" in trace.features else "out")
        return cls(
            names=(target.name, target.first),
            region=target.region(),
            cell=trace.block.cell,
            magnitudes={stage: mean_magnitude(values) for stage, values in stages.items()},
            colours={stage: principal_components(values).colours for stage, values in stages.items()},
            strongest={stage: strongest_channels(trace.features[stage], _CHANNELS) for stage in ends},
            overview=feature_overview(trace, subtitle),
            strongest_channels=strongest_grid(trace, subtitle, _CHANNELS),
        )
