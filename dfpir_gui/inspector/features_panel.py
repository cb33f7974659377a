"""The tab Features: what enters a DGPB and what its parts make of it, beside the photo."""

import pyqtgraph as pg
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QLabel

from core.inspection import (
    BlockTrace,
    Region,
    mean_magnitude,
    principal_components,
    strongest_channels,
)
from core.inspection.charts import STAGE_WORDS, feature_overview, shown_stages, strongest_grid
from core.inspection.features import inner_range
from dfpir_gui.i18n.core_words import translated_sentence
from dfpir_gui.i18n.language import tr, translated
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import Facts, InspectionTarget
from dfpir_gui.inspector.panel import Panel, line, traced
from dfpir_gui.inspector.plots import Part, covers, overlap, part_in_sight, show_in

MAGNITUDE, COMPONENTS = tr("Mean magnitude"), tr("Principal components as colours")
_COLUMNS, _CHANNELS = 3, 12


class FeaturesPanel(Panel):
    """F_n, Q, F_a and F_b as pictures whose zoom is linked with that of the photo, and the strongest channels.

    Attributes:
        part_changed: the user has zoomed or moved the pictures; carries the part of the photo that they show, or None
            if they show all of the traced crop.
        view: chooses what is shown of the features.
    """

    part_changed = Signal(object)

    def __init__(self, bench: InspectionRunner) -> None:
        super().__init__(bench)
        self.view = QComboBox()
        self.view.addItems([translated(MAGNITUDE), translated(COMPONENTS)])
        self.view.setAccessibleName(self.tr("What is shown of the features"))
        self.view.setToolTip(
            self.tr("What is shown of the features; Ctrl and the wheel zoom all pictures and the photo together")
        )
        self.view.currentIndexChanged.connect(lambda _: self._draw())
        self.layout_.addWidget(line(QLabel(self.tr("Show")), self.view))
        self.overview = self.add_card(self.tr("Features"), 432, zoomable=True)
        self.strongest = self.add_card(self.tr("Strongest channels"), 432)
        self.layout_.addStretch(1)
        self._look: InspectionTarget | None = None
        self._boxes: list[pg.ViewBox] = []
        self._part: Part | None = None
        self._crop: Part = (0, 0, 0, 0)
        self._seen: BlockTrace | None = None

    def fill(self, facts: Facts, look: InspectionTarget) -> None:
        """Trace the block; the cards follow."""
        self._look = look
        self.bench.ask("features", traced(look, look.first, attention=False), self._on_seen)

    def show_part(self, part: Part | None) -> None:
        """Show what the pictures hold of a part of the photo, or the whole crop if that is None or nothing of it."""
        self._part = part
        for box in self._boxes:
            # Coarse features reach beyond the crop's edge; the photo decides what is seen.
            show_in(box, (part and overlap(part, self._crop)) or self._crop)

    def rest(self) -> None:
        """Stop, and let go of the features."""
        super().rest()
        self.bench.drop("features")
        self._look = self._seen = None
        self._boxes = []

    def _on_seen(self, seen: BlockTrace) -> None:
        self._seen = seen
        self._draw()

    def _draw(self) -> None:
        seen, look = self._seen, self._look
        if seen is None or look is None:
            return
        region = look.region()
        self._draw_overview(seen, region)
        self.overview.show_chart(feature_overview(seen, look.where(region)))
        self.overview.words.setText(self._words(seen.block.cell))  # the chart that is exported shows both views
        self._draw_strongest(seen)
        self.strongest.show_chart(strongest_grid(seen, look.where(region), _CHANNELS))

    def _draw_overview(self, seen: BlockTrace, region: Region) -> None:
        plots = self.overview.plots
        plots.clear()
        x, y, width, height = region.crop
        pictures = [plots.picture_at(0, 0, self.tr("the photo"), region.pixels, rect=(x, y, width, height))]
        for place, (stage, features) in enumerate(shown_stages(seen).items(), start=1):
            side = seen.block.cell / region.scale  # of one value, in pixels of the photo
            rect = (x, y, features.shape[2] * side, features.shape[1] * side)
            colourful = self.view.currentIndex() == 1
            values = principal_components(features).colours if colourful else mean_magnitude(features)
            levels = None if colourful else inner_range(values)
            plot = plots.picture_at(
                place // _COLUMNS,
                place % _COLUMNS,
                translated_sentence(STAGE_WORDS[stage]),
                values,
                colours="magma",
                levels=levels,
                rect=rect,
            )
            pictures.append(plot)
        self._boxes, self._crop = [plot.getViewBox() for plot in pictures], region.crop
        self.show_part(self._part)
        for box in self._boxes:
            box.sigRangeChangedManually.connect(lambda _, box=box: self._on_moved(box))
            # A view that gets another shape would else show too much or too little.
            box.sigResized.connect(lambda _: self.show_part(self._part))

    def _words(self, cell: int) -> str:
        if self.view.currentIndex() == 1:
            told = self.tr(
                "What enters the block and what its parts make of it: the first three principal components over the "
                "channels as red, green and blue. Each picture has components of its own, so equal colours in two "
                "pictures do not mean equal features. One value stands for {cell}×{cell} pixels."
            )
        else:
            told = self.tr(
                "What enters the block and what its parts make of it: the mean magnitude over the channels, each "
                "picture on a scale of its own, which need not begin at 0 and leaves out the edges, where the network "
                "sees zeros. One value stands for {cell}×{cell} pixels."
            )
        return told.format(cell=cell)

    def _on_moved(self, moved: pg.ViewBox) -> None:
        seen = part_in_sight(moved)
        self._part = None if covers(seen, self._crop) else overlap(seen, self._crop)
        if self._part is None:
            self.show_part(None)
        else:
            for box in self._boxes:
                if box is not moved:
                    show_in(box, seen)
        self.part_changed.emit(self._part)

    def _draw_strongest(self, seen: BlockTrace) -> None:
        plots = self.strongest.plots
        plots.clear()
        across = _CHANNELS // 2
        for half, stage in enumerate(("F_n", "F_b" if "F_b" in seen.features else "out")):
            found = strongest_channels(seen.features[stage], _CHANNELS)  # type: ignore[index]
            listed = zip(found.channels, found.strengths, found.maps, strict=True)
            for place, (channel, strength, values) in enumerate(listed):
                centred = values - values.mean()
                limit = max(map(abs, inner_range(centred))) or 1.0
                row = 2 * half + place // across
                title = f"{stage}  {channel} ({strength:.2g})"
                plots.picture_at(row, place % across, title, centred, colours="RdBu_r", levels=(-limit, limit))
