"""The tab Features: what enters a DGPB and what its parts make of it, beside the photo."""

from PySide6.QtWidgets import QComboBox, QLabel

from core.inspection import (
    BlockTrace,
    Region,
    mean_magnitude,
    principal_components,
    strongest_channels,
)
from core.inspection.charts import STAGE_WORDS, feature_overview, shown_stages, strongest_grid
from dfpir_gui.core_words import translated_sentence
from dfpir_gui.inspector.look import Facts, Look
from dfpir_gui.inspector.panel import Panel, line, traced
from dfpir_gui.inspector.workbench import Workbench
from dfpir_gui.language import tr, translated

MAGNITUDE, COMPONENTS = tr("Mean magnitude"), tr("Principal components as colours")
_COLUMNS, _CHANNELS = 3, 12


class FeaturesPanel(Panel):
    """F_n, Q, F_a and F_b as pictures whose zoom is linked with that of the photo, and the strongest channels.

    Attributes:
        view: chooses what is shown of the features.
    """

    def __init__(self, bench: Workbench) -> None:
        super().__init__(bench)
        self.view = QComboBox()
        self.view.addItems([translated(MAGNITUDE), translated(COMPONENTS)])
        self.view.setAccessibleName(self.tr("What is shown of the features"))
        self.view.setToolTip(self.tr("What is shown of the features; the wheel zooms into all pictures together"))
        self.view.currentIndexChanged.connect(lambda _: self._draw())
        self.layout_.addWidget(line(QLabel(self.tr("Show")), self.view))
        self.overview = self.add_card(self.tr("Features"), 432, zoomable=True)
        self.strongest = self.add_card(self.tr("Strongest channels"), 432)
        self.layout_.addStretch(1)
        self._look: Look | None = None
        self._seen: BlockTrace | None = None

    def fill(self, facts: Facts, look: Look) -> None:
        """Trace the block; the cards follow."""
        self._look = look
        self.bench.ask("features", traced(look, look.first, attention=False), self._on_seen)

    def rest(self) -> None:
        """Stop, and let go of the features."""
        super().rest()
        self.bench.drop("features")
        self._look = self._seen = None

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
        self._draw_strongest(seen)
        self.strongest.show_chart(strongest_grid(seen, look.where(region), _CHANNELS))

    def _draw_overview(self, seen: BlockTrace, region: Region) -> None:
        plots = self.overview.plots
        plots.clear()
        x, y, width, height = region.crop
        first = plots.picture_at(0, 0, self.tr("the photo"), region.pixels, rect=(x, y, width, height))
        for place, (stage, features) in enumerate(shown_stages(seen).items(), start=1):
            side = seen.block.cell / region.scale  # of one value, in pixels of the photo
            rect = (x, y, features.shape[2] * side, features.shape[1] * side)
            colourful = self.view.currentIndex() == 1
            values = principal_components(features).colours if colourful else mean_magnitude(features)
            levels = None if colourful else (float(values.min()), float(values.max()))
            plot = plots.picture_at(
                place // _COLUMNS,
                place % _COLUMNS,
                translated_sentence(STAGE_WORDS[stage]),
                values,
                colours="magma",
                levels=levels,
                rect=rect,
            )
            plot.setXLink(first)
            plot.setYLink(first)
        # Coarse features reach beyond the region's edge; the photo decides what is seen.
        first.getViewBox().setRange(xRange=(x, x + width), yRange=(y, y + height), padding=0)

    def _draw_strongest(self, seen: BlockTrace) -> None:
        plots = self.strongest.plots
        plots.clear()
        across = _CHANNELS // 2
        for half, stage in enumerate(("F_n", "F_b" if "F_b" in seen.features else "out")):
            found = strongest_channels(seen.features[stage], _CHANNELS)  # type: ignore[index]
            for place, (channel, values) in enumerate(zip(found.channels, found.maps, strict=True)):
                centred = values - values.mean()
                limit = float(abs(centred).max()) or 1.0
                row = 2 * half + place // across
                title = f"{stage}  {channel}"
                plots.picture_at(row, place % across, title, centred, colours="RdBu_r", levels=(-limit, limit))
