"""The tab Attention: which channels CAAPM mixes with which, and what its mask drops. Channels, never places."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QComboBox, QLabel, QPushButton, QSlider

from core.inspection import (
    LONGEST,
    Ablation,
    AblationResult,
    Attention,
    AttentionDifference,
    DropRates,
    Inspector,
    Region,
    difference,
    region_of,
)
from core.inspection.charts import ablation_pictures, attention_difference, attention_maps, drop_rate_maps
from core.inspection.folder import pictures_in
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.inspector.card import Card, ask_folder
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import Facts, InspectionTarget
from dfpir_gui.inspector.panel import ONE_PROMPT, Panel, line, show_results, traced, where
from dfpir_gui.inspector.plots import picture
from dfpir_gui.settings import theme
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.workers.worker_thread import Progress, Report

NO_CAAPM = tr("The blocks of this model have no attention (no CAAPM): there is nothing to show here.")
NO_FOLDER = tr("Choose a folder of photos to count how often each entry is dropped.")
NO_OTHER_PHOTO = tr("Open a second photo in the Studio to compare this one with.")
CHANNELS = tr("Channel × channel: rows are query channels, columns key channels. None of this is a place in the photo.")
_SIDE = 232
_LIVE_MS = 150
"""How long the slider of γ must rest before the result is made anew."""


class AttentionPanel(Panel):
    """Logits, kept entries and weights of one head; differences; drop rates; γ by hand.

    Attributes:
        head: chooses the head.
        gamma: γ in percent; the result follows.
    """

    def __init__(self, bench: InspectionRunner) -> None:
        super().__init__(bench)
        said = quiet(translated(CHANNELS))
        said.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        self.layout_.addWidget(said)
        self.head = QComboBox()
        self.head.setToolTip(self.tr("Head of the attention"))
        self.head.setAccessibleName(self.tr("Head"))
        self.head.currentIndexChanged.connect(lambda _: self._draw())
        self.layout_.addWidget(line(QLabel(self.tr("Head")), self.head))
        self.maps = self.add_card(self.tr("Attention between channels"), _SIDE)
        self.apart = self.add_card(self.tr("Difference between the two prompts"), _SIDE)
        self.other = QComboBox()
        self.other.setAccessibleName(self.tr("Other photo"))
        self.other.setToolTip(self.tr("The photo that this one is compared with; both are open in the Studio"))
        self.other.currentIndexChanged.connect(lambda _: self._ask_other())
        self.layout_.addWidget(line(QLabel(self.tr("Compare with")), self.other))
        self.photos = self.add_card(self.tr("Difference between two photos"), _SIDE)
        self.choose = QPushButton(self.tr("Choose folder…"))
        self.choose.setToolTip(self.tr("Photos over which dropped entries are counted, with the first prompt for all"))
        self.choose.clicked.connect(lambda: ask_folder(self, self.tr("Photos to count over"), self.count_over))
        self.stop = QPushButton(self.tr("Cancel"), enabled=False)
        self.stop.clicked.connect(lambda: self.bench.stop(_DROPS))
        self.told = quiet()
        self.layout_.addWidget(line(self.choose, self.stop, self.told))
        self.drops = self.add_card(self.tr("How often each entry is dropped"), _SIDE + 40)
        self.gamma = QSlider(Qt.Orientation.Horizontal, minimum=1, maximum=100, value=50)
        self.gamma.setAccessibleName(self.tr("γ, the share of entries that are kept, in percent"))
        self.gamma.setToolTip(self.tr("γ: the share of each row of the attention that is kept; 1 masks nothing"))
        self._moved = QTimer(self, singleShot=True, interval=_LIVE_MS)
        self._moved.timeout.connect(self._ask_gamma)
        self.gamma.valueChanged.connect(lambda percent: self.gamma_text.setText(_gamma(percent)))
        self.gamma.valueChanged.connect(lambda _: self._moved.start())
        self.gamma_text = QLabel()
        self.gamma_text.setMinimumWidth(8 * theme.GRID)
        self.layout_.addWidget(line(QLabel(self.tr("γ")), self.gamma, self.gamma_text))
        self.live = self.add_card(self.tr("Result with another γ"), 264)
        self.layout_.addStretch(1)
        self._others: dict[str, NDArray[np.float32]] = {}
        self._look: InspectionTarget | None = None
        self._seen: Attention | None = None
        self._difference: AttentionDifference | None = None
        self._between: tuple[str, AttentionDifference] | None = None
        self._rates: dict[str, DropRates] = {}
        self._folder: Path | None = None
        self._counted_with = ""

    def why_empty(self, facts: Facts | None, look: InspectionTarget | None) -> str:
        """As for all panels; and blocks without CAAPM have no attention."""
        why = super().why_empty(facts, look)
        return why or ("" if facts is not None and facts.blocks[0].heads else NO_CAAPM)

    def offer_photos(self, photos: dict[str, NDArray[np.float32]]) -> None:
        """Offer the other photos that are open, by their names."""
        self._others = photos
        kept = self.other.currentText()
        self.other.blockSignals(True)
        self.other.clear()
        self.other.addItems(list(photos))
        self.other.setCurrentText(kept)
        self.other.blockSignals(False)
        self.other.setEnabled(bool(photos))

    def fill(self, facts: Facts, look: InspectionTarget) -> None:
        """Trace under both prompts; the cards follow."""
        self._look = look
        block = next(block for block in facts.blocks if block.name == look.block)
        if self.head.count() != block.heads:
            self.head.blockSignals(True)
            self.head.clear()
            self.head.addItems([str(number + 1) for number in range(block.heads)])
            self.head.blockSignals(False)
        self.bench.ask("attention", traced(look, look.first, stages=()), lambda seen: self._on_seen(seen.attention))
        if look.second is None:
            self.apart.say(ONE_PROMPT)
        self._ask_other()
        if look.first != self._counted_with:
            self._rates = {}
        self._draw_drops()
        self._ask_gamma()

    def rest(self) -> None:
        """Stop and let go of everything but the counts of the folder, which took long."""
        super().rest()
        for kind in ("attention", "second attention", "other photo", _GAMMA):
            self.bench.drop(kind)
        self._look = self._seen = self._difference = self._between = None

    def count_over(self, folder: Path) -> None:
        """Count over the photos of ``folder`` how often each entry is dropped."""
        look = self._look
        if look is None:
            return
        self._folder = folder
        self._rates, self._counted_with = {}, look.first
        self.stop.setEnabled(True)
        self._draw_drops()

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> tuple[DropRates, ...]:
            files = pictures_in(folder)
            words = self.tr("Photo {number} of {count}")

            def regions() -> Iterator[Region]:
                for number, file in enumerate(files):
                    told = words.format(number=number + 1, count=len(files))
                    report(Progress(told, number / len(files)))
                    yield region_of(Photo.open(file).pixels, longest=LONGEST)

            return inspector.drop_rates(regions(), look.first, cancel=cancel)

        self.bench.ask(
            _DROPS,
            work,
            self._on_drops,
            ended=lambda: (self.stop.setEnabled(False), self.told.clear()),
            progress=lambda told: self.told.setText(told.phase),
        )

    def _on_seen(self, seen: Attention | None) -> None:
        self._seen = seen
        self._draw()
        look = self._look
        if look is not None and look.second is not None and seen is not None:
            self.bench.ask(
                "second attention",
                traced(look, look.second, stages=()),
                lambda second: self._on_second(seen, second.attention),
            )

    def _on_second(self, seen: Attention, second: Attention | None) -> None:
        assert second is not None  # the same block has one under every prompt
        self._difference = difference(seen, second)
        self._draw()

    def _on_drops(self, rates: tuple[DropRates, ...]) -> None:
        self._rates = {found.block: found for found in rates}
        self._draw_drops()

    def _ask_other(self) -> None:
        look, pixels = self._look, self._others.get(self.other.currentText())
        self._between = None
        if look is None or pixels is None:
            self.photos.say(NO_OTHER_PHOTO)
            return
        name = self.other.currentText()

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> AttentionDifference:
            mine, theirs = (
                inspector.trace(region, look.first, blocks=[look.block], stages=(), cancel=cancel)
                .blocks[look.block]
                .attention
                for region in (look.region(), region_of(pixels))
            )
            assert mine is not None and theirs is not None
            return difference(mine, theirs)

        self.bench.ask("other photo", work, lambda found: self._on_between(name, found))

    def _on_between(self, name: str, found: AttentionDifference) -> None:
        self._between = (name, found)
        self._draw()

    def _draw(self) -> None:
        look, head = self._look, max(self.head.currentIndex(), 0)
        if look is None:
            return
        if (seen := self._seen) is not None:
            limit = float(np.abs(seen.logits).max()) or 1.0
            self.maps.plots.clear()
            for column, (title, values, colours, levels) in enumerate(
                (
                    (self.tr("logits"), seen.logits, "RdBu_r", (-limit, limit)),
                    (self.tr("kept dark"), seen.kept, "Greys", (0.0, 1.0)),
                    (self.tr("weights after softmax"), seen.weights, "viridis", (0.0, float(seen.weights.max()))),
                )
            ):
                _matrix(self.maps, column, title, values[head], colours, levels)
            self.maps.show_chart(attention_maps(seen, where(look)))
        if self._difference is not None and look.second is not None:
            self._draw_difference(self.apart, self._difference, look.first, look.second, head)
        if self._between is not None:
            self._draw_difference(self.photos, self._between[1], look.name, self._between[0], head)

    def _draw_difference(self, card: Card, found: AttentionDifference, first: str, second: str, head: int) -> None:
        card.plots.clear()
        for column, (title, values) in enumerate(
            (
                (self.tr("logits"), found.logits),
                (self.tr("kept by one only"), found.kept),
                (self.tr("weights"), found.weights),
            )
        ):
            limit = float(np.abs(values).max()) or 1.0
            _matrix(card, column, title, values[head], "RdBu_r", (-limit, limit))
        card.show_chart(attention_difference(found, first, second))

    def _draw_drops(self) -> None:
        look = self._look
        if look is None or (found := self._rates.get(look.block)) is None:
            uncounted = self.tr("{folder}: not counted with this prompt.")
            self.drops.say(NO_FOLDER if self._folder is None else uncounted.format(folder=self._folder.name))
            return
        self.drops.plots.clear()
        for head, rates in enumerate(found.rates):
            _matrix(
                self.drops,
                head,
                self.tr("head {number}").format(number=head + 1),
                rates,
                "magma",
                (0.0, 1.0),
                columns=4,
                scaled=False,
            )
        self.drops.plots.setFixedHeight((_SIDE - 40) * -(-len(found.rates) // 4) + 40)
        self.drops.show_chart(drop_rate_maps(found, self._counted_with))

    def _ask_gamma(self) -> None:
        self.gamma_text.setText(_gamma(self.gamma.value()))
        look, keep = self._look, self.gamma.value() / 100
        if look is None:
            return

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> tuple[AblationResult, ...]:
            switches = (Ablation(), Ablation(keep=keep))
            return inspector.ablations(look.region(), look.first, switches, cancel=cancel)

        self.bench.ask(_GAMMA, work, self._on_gamma)

    def _on_gamma(self, results: tuple[AblationResult, ...]) -> None:
        look = self._look
        if look is None:
            return
        show_results(self.live, results)
        self.live.show_chart(ablation_pictures(results, where(look)))


_DROPS = "drop rates"
_GAMMA = "another γ"


def _gamma(percent: int) -> str:
    return translate("AttentionPanel", "1.00, no mask") if percent == 100 else f"{percent / 100:.2f}"


def _matrix(
    card: Card,
    place: int,
    title: str,
    values: Any,
    colours: str,
    levels: tuple[float, float],
    columns: int = 3,
    scaled: bool = True,
) -> None:
    low, high = f"{levels[0]:.2g}", f"{levels[1]:.2g}"
    ends = f"±{high}" if levels[0] < 0 else translate("AttentionPanel", "{low} to {high}").format(low=low, high=high)
    plot = card.plots.plot_at(place // columns, place % columns, f"{title} ({ends})" if scaled else title)
    plot.addItem(picture(values, colours=colours, levels=levels))
    plot.setMaximumWidth(_SIDE)  # about square
