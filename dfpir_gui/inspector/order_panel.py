"""The tab Order: the channel order of each prompt. It needs no photo."""

from collections.abc import Iterator

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QResizeEvent

from core.inspection import BlockOrders
from core.inspection.charts import correlations, figure_colours, folded, model_subtitle, order_strips, slopes
from core.messages import Message
from dfpir_gui.i18n.language import listed, tr, translated
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import InspectionTarget, ModelInfo
from dfpir_gui.inspector.panel import ONE_PROMPT, Panel
from dfpir_gui.inspector.plots import Slopes, name_cells, name_rows, picture, prompt_name, write_numbers
from dfpir_gui.settings import theme

NO_DGCPM = tr("The blocks of this model do not reorder channels (no DGCPM).")
_BINS = 24
"""Colours of the slope chart."""


_WIDE = 640
"""Width in logical pixels from which two matrices with numbers fit side by side."""


class OrderPanel(Panel):
    """Strips, slopes, rank correlations and equivalent matrices of one block.

    Attributes:
        followed: number of the channel that is marked in all prompts, or None.
    """

    needs_photo = False

    def __init__(self, runner: InspectionRunner) -> None:
        super().__init__(runner)
        self.followed: int | None = None
        self._orders: BlockOrders | None = None
        self._trail: pg.PlotDataItem | None = None
        self._bend: pg.PlotDataItem | None = None
        self._pair: tuple[str, str | None] = ("", None)
        self._origin: Message | None = None
        self._subtitle: Message | None = None
        self._columns = 2
        self.strips = self.add_card(self.tr("Channel order by prompt"), 264)
        self.slopes = self.add_card(self.tr("From prompt to prompt"), 360)
        self.similarity = self.add_card(self.tr("Similarity of the orders"), 312)
        self.matrix = self.add_card(self.tr("DGCPM as one matrix"), 560)
        self.layout_.addStretch(1)
        self.strips.plots.scene().sigMouseMoved.connect(self._on_move)
        self.strips.plots.scene().sigMouseClicked.connect(lambda event: self._on_click(event.scenePos()))

    def reason_for_empty(self, model_info: ModelInfo | None, target: InspectionTarget | None) -> str:
        """As for all panels; a block without DGCPM has no order."""
        reason = super().reason_for_empty(model_info, target)
        if reason or model_info is None or target is None:
            return reason
        return "" if model_info.orders_of(target.block) else NO_DGCPM

    def fill(self, model_info: ModelInfo, target: InspectionTarget) -> None:
        """Draw all cards."""
        orders = model_info.orders_of(target.block)
        assert orders is not None  # see reason_for_empty
        if self._orders is None or self._orders.block != orders.block or self._orders.prompts != orders.prompts:
            self.followed = None
        self._orders, self._pair, self._origin = orders, (target.first, target.second), model_info.origin
        self._subtitle = model_subtitle(model_info.model)
        for card in self.cards if target.second is not None else (self.strips,):
            card.show_busy()
        if target.second is None:
            for card in (self.slopes, self.similarity, self.matrix):
                card.show_message(ONE_PROMPT)
        self.draw_in_turn(self._draw(orders, model_info.origin, target.first, target.second))

    def _draw(self, orders: BlockOrders, origin: Message, first: str, second: str | None) -> Iterator[None]:
        yield from self._draw_strips(orders, origin)
        if second is not None:
            self._draw_slopes(orders, first, second)
            yield
            yield from self._draw_similarity(orders)
            yield from self._draw_matrix(orders, first, second)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        columns = 2 if self.width() >= _WIDE else 1
        if columns != self._columns:
            self._columns = columns
            if self._orders is not None and self._origin is not None:
                self.draw_in_turn(self._draw(self._orders, self._origin, *self._pair))

    def clear(self) -> None:
        """Release the charts."""
        super().clear()
        self._orders = None

    def follow(self, channel: int | None) -> None:
        """Mark a channel in the strips and in the slope chart, or none."""
        self.followed = channel
        orders = self._orders
        if orders is None or self._trail is None or self._bend is None:
            return
        if channel is None:
            for line in (self._trail, self._bend):
                line.setData([], [])
            self.strips.note.setMinimumHeight(0)
            self.strips.note.setText(translated(_HINT))
            return
        places = orders.positions[:, channel]
        self._trail.setData([channel, *places], np.arange(len(places) + 1))
        pattern = self.tr("{prompt}: {place}")
        positions = listed(
            pattern.format(prompt=prompt_name(prompt), place=place)
            for prompt, place in zip(orders.prompts, places, strict=True)
        )
        text = self.tr("Position of channel {channel} by prompt – {positions}")
        note = self.strips.note
        note.setText(text.format(channel=channel, positions=positions))
        # Else the strips would move when the mouse points at one of them, which shows a shorter text.
        note.setMinimumHeight(note.heightForWidth(note.width()))
        if self._pair[1] is not None:
            ends = [places[orders.index(prompt)] for prompt in self._pair if prompt is not None]
            self._bend.setData([0, 1], ends)

    def channel_at(self, row: int, place: int) -> int | None:
        """Return the channel at a place of the strips; row 0 is the original order, then one row per prompt."""
        orders = self._orders
        if orders is None or not 0 <= row <= len(orders.prompts) or not 0 <= place < orders.orders.shape[1]:
            return None
        return place if row == 0 else int(orders.orders[row - 1, place])

    def _draw_strips(self, orders: BlockOrders, origin: Message) -> Iterator[None]:
        card, count = self.strips, orders.orders.shape[1]
        card.start_drawing()
        plot = card.plots.plot_at(0, 0)
        rows = np.vstack([np.arange(count), orders.orders])
        plot.add(picture(rows, colours="turbo", levels=(0, count - 1)))
        name_rows(plot, (self.tr("original"), *map(prompt_name, orders.prompts)))
        plot.name_axis("bottom", self.tr("position"))
        plot.axes["bottom"].setStyle(hideOverlappingLabels=False)  # else the first one is left out
        yield
        for row in range(len(rows) - 1):
            gap = 6 if row == 0 else 2
            plot.add(pg.InfiniteLine(row + 0.5, angle=0, pen=pg.mkPen(theme.SURROUND, width=gap)))
        self._trail = pg.PlotDataItem(
            pen=pg.mkPen("#FFFFFF", width=2), symbol="o", symbolSize=9, symbolBrush="#FFFFFF", symbolPen="#000000"
        )
        plot.add(self._trail)
        yield
        self._bend = pg.PlotDataItem(pen=pg.mkPen(theme.TEXT, width=4))
        card.show_chart(order_strips(orders, origin, self._subtitle))
        self.follow(self.followed)
        yield

    def _draw_slopes(self, orders: BlockOrders, first: str, second: str) -> None:
        card = self.slopes
        card.start_drawing()
        plot = card.plots.plot_at(0, 0)
        left, right = (orders.positions[orders.index(prompt)] for prompt in (first, second))
        colours = (figure_colours(_BINS)[:, :3] * 255).astype(np.uint8)
        plot.add(Slopes(left, right, colours), ignore_bounds=True)
        plot.add(self._bend, ignore_bounds=True)
        plot.view.setYRange(0, len(left) - 1, padding=0)
        plot.axes["bottom"].setTicks([[(0, prompt_name(first)), (1, prompt_name(second))]])
        plot.name_axis("left", self.tr("position"))
        plot.view.setXRange(-0.04, 1.04, padding=0)
        card.show_chart(slopes(orders, first, second, self._subtitle), first, second)
        self.follow(self.followed)

    def _draw_similarity(self, orders: BlockOrders) -> Iterator[None]:
        card = self.similarity
        card.start_drawing()
        columns = self._columns
        card.plots.share_width(columns, 2 // columns)
        for place, (values, title) in enumerate(((orders.kendall, "Kendall τ"), (orders.spearman, "Spearman ρ"))):
            plot = card.plots.matrix_at(
                place // columns, place % columns, title, values, "RdBu_r", (-1, 1), compact=True
            )
            name_cells(plot, orders.prompts)
            write_numbers(plot, values, "+.2f", 0.6)
            yield
        card.show_chart(correlations(orders, self._subtitle))
        yield

    def _draw_matrix(self, orders: BlockOrders, first: str, second: str) -> Iterator[None]:
        card = self.matrix
        card.start_drawing()
        columns = self._columns
        card.plots.share_width(columns, 4 // columns)
        one, two = (orders.matrices[orders.index(prompt)] for prompt in (first, second))
        limit = float(max(np.abs(one).max(), np.abs(two).max())) or 1.0
        names = prompt_name(first), prompt_name(second)
        minus = self.tr("{second} minus {first}").format(second=names[1], first=names[0])
        axes = (self.tr("channel of Q"), self.tr("channel of F_n"))
        for place, (values, title) in enumerate(((one, names[0]), (two, names[1]), (two - one, minus))):
            card.plots.matrix_at(place // columns, place % columns, title, values, "RdBu_r", (-limit, limit), axes)
            yield
        title = self.tr("distances between prompts")
        plot = card.plots.matrix_at(
            3 // columns, 3 % columns, title, orders.distances, "viridis", (0, 2**0.5), compact=True
        )
        name_cells(plot, orders.prompts)
        write_numbers(plot, orders.distances, ".2f", 0.8, dark_is_high=False)
        card.show_chart(folded(orders, first, second, self._subtitle), first, second)

    def _cell(self, at: QPointF) -> tuple[int, int] | None:
        plot = self.strips.plots.getItem(0, 0)
        if plot is None or not plot.view.sceneBoundingRect().contains(at):
            return None
        point = plot.view.mapSceneToView(at)
        return round(point.y()), round(point.x())

    def _on_move(self, at: QPointF) -> None:
        cell = self._cell(at)
        channel = None if cell is None else self.channel_at(*cell)
        if channel is None or cell is None or self._orders is None:
            self.strips.plots.setCursor(Qt.CursorShape.ArrowCursor)
            return
        self.strips.plots.setCursor(Qt.CursorShape.PointingHandCursor)
        row, place = cell
        if row == 0:
            text = self.tr("Channel {channel} → position {place} in the original order")
        else:
            text = self.tr("Channel {channel} → position {place} under {prompt}")
        prompt = prompt_name(self._orders.prompts[row - 1])
        self.strips.note.setText(text.format(channel=channel, place=place, prompt=prompt))

    def _on_click(self, at: QPointF) -> None:
        cell = self._cell(at)
        channel = None if cell is None else self.channel_at(*cell)
        self.follow(None if channel == self.followed else channel)


_HINT = tr("Click a channel to follow it")
