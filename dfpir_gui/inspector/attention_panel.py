"""The tab Attention: which channels CAAPM mixes, and which entries its mask drops. Channels, not positions."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QPushButton

from core.inspection import (
    LONGEST,
    Ablation,
    AblationResult,
    Attention,
    AttentionDifference,
    DropRates,
    Inspector,
    Region,
    describe_region,
    difference,
    region_of,
)
from core.inspection.charts import (
    attention_difference,
    attention_maps,
    drop_rate_maps,
    folder_subtitle,
    pair_subtitle,
)
from core.inspection.folder import pictures_in
from core.messages import Message, verbatim
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.inspector.card import COMPUTING, Card, ask_folder
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import InspectionTarget, ModelInfo
from dfpir_gui.inspector.panel import ONE_PROMPT, SAME_PROMPT, Panel, draw_results, line, traced
from dfpir_gui.settings import theme
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.widgets.slider import Slider
from dfpir_gui.workers.worker_thread import Progress, Report

NO_CAAPM = tr("The blocks of this model have no attention (no CAAPM).")
NO_FOLDER = tr("Choose a folder of photos to count how often each entry is dropped.")
NO_OTHER_PHOTO = tr("Open a second photo in the Studio for comparison.")
CHANNELS = tr("Channel × channel: rows are query channels, columns are key channels. They are not places in the photo.")
_SIDE = 232
_NARROWEST = 200
"""Width in logical pixels that a matrix with its axes and colour bar needs."""
_LIVE_MS = 150
"""Delay after the last change of γ before the result is updated."""


class AttentionPanel(Panel):
    """Logits, kept entries and weights of one head; differences; drop rates; results with another γ.

    Attributes:
        head: chooses the head.
        gamma: γ in percent; the result is updated.
    """

    def __init__(self, runner: InspectionRunner) -> None:
        super().__init__(runner)
        note = quiet(translated(CHANNELS))
        note.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        self.layout_.addWidget(note)
        self.head = ComboBox()
        self.head.setToolTip(self.tr("Head of the attention"))
        self.head.setAccessibleName(self.tr("Head"))
        self.head.currentIndexChanged.connect(lambda _: self._draw())
        self.layout_.addWidget(line(QLabel(self.tr("Head")), self.head))
        self.maps = self.add_card(self.tr("Attention between channels"), _SIDE)
        self.between_prompts = self.add_card(self.tr("Difference between the two prompts"), _SIDE)
        self.other = ComboBox()
        self.other.setAccessibleName(self.tr("Other photo"))
        self.other.setToolTip(self.tr("Another photo that is open in the Studio"))
        self.other.currentIndexChanged.connect(lambda _: self._ask_other())
        self.layout_.addWidget(line(QLabel(self.tr("Compare with")), self.other))
        self.photos = self.add_card(self.tr("Difference between two photos"), _SIDE)
        self.choose = QPushButton(self.tr("Choose folder…"))
        self.choose.setToolTip(self.tr("Count dropped entries over a folder of photos, with the first prompt"))
        self.choose.clicked.connect(lambda: ask_folder(self, self.tr("Folder of photos"), self.count_drops))
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setEnabled(False)
        self.stop.clicked.connect(lambda: self.runner.stop(_DROPS))
        self.status = quiet()
        self.layout_.addWidget(line(self.choose, self.stop, self.status))
        self.drops = self.add_card(self.tr("Drop rate of each entry"), _SIDE + 40)
        self.gamma = Slider()
        self.gamma.setRange(1, 100)
        self.gamma.setValue(50)
        self.gamma.setAccessibleName(self.tr("γ, the share of kept entries in percent"))
        self.gamma.setToolTip(self.tr("γ: share of each row of the attention that is kept; 1: no mask"))
        self.gamma_text = QLabel()
        self.gamma_text.setMinimumWidth(8 * theme.GRID)
        self._moved = QTimer(self, singleShot=True, interval=_LIVE_MS)
        self._moved.timeout.connect(self._ask_gamma)
        self.gamma.valueChanged.connect(lambda percent: self.gamma_text.setText(_gamma(percent)))
        self.gamma.valueChanged.connect(lambda _: self._moved.start())
        self.layout_.addWidget(line(QLabel(self.tr("γ")), self.gamma, self.gamma_text))
        self.live = self.add_card(self.tr("Result with another γ"), 264)
        self.layout_.addStretch(1)
        self._columns = 3
        self._others: dict[str, NDArray[np.float32]] = {}
        self._target: InspectionTarget | None = None
        self._attention: Attention | None = None
        self._difference: AttentionDifference | None = None
        self._between: tuple[str, Message, AttentionDifference] | None = None
        self._rates: dict[str, DropRates] = {}
        self._folder: Path | None = None
        self._counted_with = ("", "")  # key of the prompt, name of the model

    def reason_for_empty(self, model_info: ModelInfo | None, target: InspectionTarget | None) -> str:
        """As for all panels; blocks without CAAPM have no attention."""
        reason = super().reason_for_empty(model_info, target)
        return reason or ("" if model_info is not None and model_info.blocks[0].heads else NO_CAAPM)

    def offer_photos(self, photos: dict[str, NDArray[np.float32]]) -> None:
        """Offer the other open photos by their names."""
        self._others = photos
        current = self.other.currentText()
        self.other.blockSignals(True)
        self.other.clear()
        self.other.addItems(list(photos))
        self.other.setCurrentText(current)
        self.other.blockSignals(False)
        self.other.setEnabled(bool(photos))

    def fill(self, model_info: ModelInfo, target: InspectionTarget) -> None:
        """Trace under both prompts and fill the cards."""
        self._target = target
        block = next(block for block in model_info.blocks if block.name == target.block)
        if self.head.count() != block.heads:
            self.head.blockSignals(True)
            self.head.clear()
            self.head.addItems([str(number + 1) for number in range(block.heads)])
            self.head.blockSignals(False)
        self._attention = self._difference = None
        self.compute(
            "attention",
            [self.maps],
            traced(target, target.first, stages=()),
            lambda trace: self._on_attention(trace.attention),
            ended=lambda: self.between_prompts.end_busy() if self._attention is None else None,
        )
        if target.second is None or target.second == target.first:
            self.runner.discard("second attention")
            self.between_prompts.show_message(ONE_PROMPT if target.second is None else SAME_PROMPT)
        else:
            self.between_prompts.show_busy()
        self._ask_other()
        self._draw_drops()
        self._ask_gamma()

    def clear(self) -> None:
        """Stop inspections and release all data except the drop rates of the folder, which are slow to compute."""
        super().clear()
        for kind in ("attention", "second attention", "other photo", _GAMMA):
            self.runner.discard(kind)
        self._target = self._attention = self._difference = self._between = None

    def count_drops(self, folder: Path) -> None:
        """Count how often each entry is dropped over the photos of a folder."""
        target = self._target
        if target is None:
            return
        self._folder = folder
        self._rates, self._counted_with = {}, (target.first, target.model)
        self.stop.setEnabled(True)
        self._draw_drops()

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> tuple[DropRates, ...]:
            files = pictures_in(folder)
            phase = self.tr("Photo {number} of {count}")

            def regions() -> Iterator[Region]:
                for number, file in enumerate(files):
                    report(Progress(phase.format(number=number + 1, count=len(files)), number / len(files)))
                    yield region_of(Photo.open(file).pixels, longest=LONGEST)

            return inspector.drop_rates(regions(), target.first, cancel=cancel)

        self.runner.run(
            _DROPS,
            work,
            self._on_drops,
            ended=self._on_drops_ended,
            progress=lambda progress: self.status.setText(progress.phase),
        )

    def _on_attention(self, attention: Attention | None) -> None:
        self._attention = attention
        self._draw()
        target = self._target
        if target is not None and target.second not in (None, target.first) and attention is not None:
            assert target.second is not None
            self.compute(
                "second attention",
                [self.between_prompts],
                traced(target, target.second, stages=()),
                lambda trace: self._on_second_attention(attention, trace.attention),
            )

    def _on_second_attention(self, first: Attention, second: Attention | None) -> None:
        assert second is not None  # the same block has attention under every prompt
        self._difference = difference(first, second)
        self._draw()

    def _on_drops(self, rates: tuple[DropRates, ...]) -> None:
        self._rates = {drops.block: drops for drops in rates}
        self._draw_drops()

    def _on_drops_ended(self) -> None:
        self.stop.setEnabled(False)
        self.status.clear()
        if not self._rates:
            self._draw_drops()  # it was stopped or failed

    def _ask_other(self) -> None:
        target, pixels = self._target, self._others.get(self.other.currentText())
        self._between = None
        if target is None or pixels is None:
            self.runner.discard("other photo")
            self.photos.show_message(NO_OTHER_PHOTO)
            return
        name = self.other.currentText()

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> AttentionDifference:
            first, second = (
                inspector.trace(region, target.first, blocks=[target.block], stages=(), cancel=cancel)
                .blocks[target.block]
                .attention
                for region in (target.region(), region_of(pixels))
            )
            assert first is not None and second is not None  # see reason_for_empty
            return difference(first, second)

        self.compute("other photo", [self.photos], work, lambda between: self._on_between_photos(name, pixels, between))

    def _on_between_photos(self, name: str, pixels: NDArray[np.float32], between: AttentionDifference) -> None:
        height, width = pixels.shape[:2]
        self._between = (name, describe_region((width, height)), between)
        self._draw()

    def _draw(self) -> None:
        if self._target is not None:
            self.draw_in_turn(self._drawn(self._target, max(self.head.currentIndex(), 0)))

    def _drawn(self, target: InspectionTarget, head: int) -> Iterator[None]:
        if (attention := self._attention) is not None:
            limit = float(np.abs(attention.logits).max()) or 1.0
            self.maps.start_drawing()
            highest = float(attention.weights.max())
            maps: tuple[tuple[str, NDArray[Any], str, tuple[float, float], int], ...] = (
                (self.tr("logits"), attention.logits, "RdBu_r", (-limit, limit), 0),
                (self.tr("kept entries (dark)"), attention.kept, "Greys", (0.0, 1.0), 2),
                (self.tr("weights after softmax"), attention.weights, "viridis", (0.0, highest), 0),
            )
            for place, (title, values, colours, levels, steps) in enumerate(maps):
                self._matrix(self.maps, place, title, values[head], colours, levels, steps=steps)
                yield
            self.maps.show_chart(attention_maps(attention, target.subtitle()), target.name, target.first)
            yield
        if self._difference is not None and target.second is not None:
            between = self._difference
            yield from self._draw_difference(self.between_prompts, between, head)
            chart = attention_difference(between, target.first, target.second, target.subtitle_of_prompts())
            self.between_prompts.show_chart(chart, target.name, target.first, target.second)
            yield
        if self._between is not None:
            name, region, between = self._between
            yield from self._draw_difference(self.photos, between, head)
            shown = target.source.name if target.source is not None else target.name
            places = pair_subtitle((shown, target.region_description()), (name, region), target.first, target.model)
            chart = attention_difference(between, verbatim(shown), verbatim(name), places)
            self.photos.show_chart(chart, target.name, Path(name).stem, target.first)
            yield

    def _draw_difference(self, card: Card, between: AttentionDifference, head: int) -> Iterator[None]:
        card.start_drawing()
        maps: tuple[tuple[str, NDArray[Any], int], ...] = (
            (self.tr("logits"), between.logits, 0),
            (self.tr("kept by one only"), between.kept, 3),
            (self.tr("weights"), between.weights, 0),
        )
        for place, (title, values, steps) in enumerate(maps):
            limit = float(np.abs(values).max()) or 1.0
            self._matrix(card, place, title, values[head], "RdBu_r", (-limit, limit), steps=steps)
            yield

    def _draw_drops(self) -> None:
        target = self._target
        if target is None:
            return
        drops = self._rates.get(target.block) if self._counted_with == (target.first, target.model) else None
        if drops is None:
            text = self.tr("{folder}: not counted with this prompt.")
            if self.stop.isEnabled():
                text = COMPUTING
            elif self._folder is None:
                text = NO_FOLDER
            else:
                text = text.format(folder=self._folder.name)
            self.drops.show_message(text)
            return
        self.drops.start_drawing()
        for head, rates in enumerate(drops.rates):
            title = self.tr("head {number}").format(number=head + 1)
            self._matrix(self.drops, head, title, rates, "magma", (0.0, 1.0), count=len(drops.rates))
        folder = "" if self._folder is None else self._folder.name
        place = folder_subtitle(folder, target.model)
        self.drops.show_chart(drop_rate_maps(drops, target.first, place), folder, target.first)

    def _matrix(
        self,
        card: Card,
        place: int,
        title: str,
        values: NDArray[Any],
        colours: str,
        levels: tuple[float, float],
        count: int = 3,
        steps: int = 0,
    ) -> None:
        """Add one of ``count`` matrices to a card, as many side by side as fit."""
        columns = self._columns
        axes = (self.tr("query channel"), self.tr("key channel"))
        card.plots.matrix_at(place // columns, place % columns, title, values, colours, levels, axes, steps)
        card.plots.share_width(columns, -(-count // columns))

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        columns = min(max((self.width() - 6 * theme.GRID) // _NARROWEST, 1), 3)
        if columns != self._columns:
            self._columns = columns
            self._draw()
            self._draw_drops()

    def _ask_gamma(self) -> None:
        self.gamma_text.setText(_gamma(self.gamma.value()))
        target, keep = self._target, self.gamma.value() / 100
        if target is None:
            return

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> tuple[AblationResult, ...]:
            ablations = (Ablation(), Ablation(keep=keep))
            return inspector.ablations(target.region(), target.first, ablations, cancel=cancel)

        self.compute(_GAMMA, [self.live], work, self._on_gamma)

    def _on_gamma(self, results: tuple[AblationResult, ...]) -> None:
        target = self._target
        if target is None:
            return
        self.draw_in_turn(draw_results(self.live, results, target), _GAMMA)


_DROPS = "drop rates"
_GAMMA = "another γ"


def _gamma(percent: int) -> str:
    return translate("AttentionPanel", "1.00, no mask") if percent == 100 else f"{percent / 100:.2f}"
