"""The tab What matters: parts of the DGPBs switched on the visible crop, and what that does to the result."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLabel, QPushButton, QSpinBox

from core.errors import RestorationError
from core.inspection import Ablation, AblationResult, Inspector, region_of, standard_ablations
from core.inspection.charts import ablation_bars, ablation_pictures
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.i18n.core_words import translated_list
from dfpir_gui.i18n.language import tr, translated
from dfpir_gui.inspector.card import ask_photo
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import Facts, InspectionTarget
from dfpir_gui.inspector.panel import Panel, line, show_results, where
from dfpir_gui.inspector.plots import name_rows
from dfpir_gui.settings import theme
from dfpir_gui.widgets.headings import quiet
from dfpir_gui.workers.worker_thread import Progress, Report

NOT_RUN = tr("Try all switches one after the other to see how much each of them changes.")
_ORDERS = {
    tr("as the prompt says"): "own",
    tr("of the other prompt"): "other",
    tr("identity"): "identity",
    tr("random"): "random",
}
_MASKS = (tr("as trained"), tr("off"), "γ")


class AblationPanel(Panel):
    """One switch at a time with its result, or all of them as bars.

    Attributes:
        order: chooses the order of channels.
        seed: of the random order.
        mask: as trained, off, or γ.
        gamma: γ, for the last.
        dgcpm: whether DGCPM is on.
        caapm: whether CAAPM is on.
        reference: chooses the clean picture of the photo.
        run_all: runs all switches.
    """

    def __init__(self, bench: InspectionRunner) -> None:
        super().__init__(bench)
        self.order, self.seed = QComboBox(), QSpinBox(maximum=9999, prefix=self.tr("seed "))
        for text, switch in _ORDERS.items():
            self.order.addItem(translated(text), switch)
        self.mask = QComboBox()
        self.mask.addItems([translated(text) for text in _MASKS])
        self.gamma = QDoubleSpinBox(minimum=0.01, maximum=1.0, singleStep=0.05, value=0.5)
        self.dgcpm, self.caapm = QCheckBox(self.tr("DGCPM"), checked=True), QCheckBox(self.tr("CAAPM"), checked=True)
        self.order.setAccessibleName(self.tr("Order of channels"))
        self.order.setToolTip(self.tr("Which order DGCPM puts the channels in, in all blocks"))
        self.seed.setAccessibleName(self.tr("Seed of the random order"))
        self.mask.setAccessibleName(self.tr("Mask of the attention"))
        self.mask.setToolTip(self.tr("Which entries of CAAPM's attention are kept, in all blocks"))
        self.gamma.setAccessibleName(self.tr("γ, the share of entries that are kept"))
        self.dgcpm.setToolTip(self.tr("Off: the attention's query comes from the features themselves"))
        self.caapm.setToolTip(self.tr("Off: what DGCPM gives is passed on as it is"))
        order, mask = QLabel(self.tr("Order")), QLabel(self.tr("Mask"))
        self.layout_.addWidget(line(order, self.order, self.seed, mask, self.mask, self.gamma))
        self.reference = QPushButton(self.tr("Clean reference…"))
        self.reference.setToolTip(self.tr("The clean picture of this very photo, of the same size, for PSNR"))
        asked = self.tr("Clean picture of this photo")
        self.reference.clicked.connect(lambda: ask_photo(self, asked, self.take_reference))
        self.told = quiet()
        self.told.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        self.layout_.addWidget(line(self.dgcpm, self.caapm, self.reference))
        self.layout_.addWidget(self.told)
        self.one = self.add_card(self.tr("Result of this switch"), 264)
        self.run_all = QPushButton(self.tr("Try all switches"))
        self.run_all.clicked.connect(self._ask_all)
        self.stop = QPushButton(self.tr("Cancel"), enabled=False)
        self.stop.clicked.connect(lambda: self.bench.stop(_ALL))
        self.all_told = quiet()
        self.layout_.addWidget(line(self.run_all, self.stop, self.all_told))
        self.all = self.add_card(self.tr("What does it matter"), 360)
        self.layout_.addStretch(1)
        for box in (self.order, self.mask):
            box.currentIndexChanged.connect(lambda _: self._ask_one())
        for spin in (self.seed, self.gamma):
            spin.valueChanged.connect(lambda _: self._ask_one())
        for check in (self.dgcpm, self.caapm):
            check.toggled.connect(lambda _: self._ask_one())
        self._look: InspectionTarget | None = None
        self._clean: tuple[str, NDArray[np.float32]] | None = None  # the photo's name that it belongs to

    def fill(self, facts: Facts, look: InspectionTarget) -> None:
        """Run the switch that is set; all of them are run only when asked for."""
        if self._clean is not None and self._clean[0] != look.name:
            self._clean = None
        self._look = look
        self.order.model().item(1).setEnabled(look.second is not None)
        if look.second is None and self.order.currentIndex() == 1:
            self.order.setCurrentIndex(0)
        self.bench.drop(_ALL)
        self.stop.setEnabled(False)
        self.all_told.clear()
        self.all.say(NOT_RUN)
        self._ask_one()

    def rest(self) -> None:
        """Stop, and let go of the results."""
        super().rest()
        for kind in (_ONE, _ALL, _REFERENCE):
            self.bench.drop(kind)
        self._look = None

    def ablation(self) -> Ablation:
        """What the switches are set to."""
        look = self._look
        order = self.order.currentData()
        keep = {0: None, 1: 1.0, 2: self.gamma.value()}[self.mask.currentIndex()]
        return Ablation(
            order=order,  # type: ignore[arg-type]
            other=look.second if look is not None and order == "other" else None,
            seed=self.seed.value(),
            keep=keep,
            dgcpm=self.dgcpm.isChecked(),
            caapm=self.caapm.isChecked(),
        )

    def take_reference(self, path: Path) -> None:
        """Read the clean picture of the photo; results are compared with it from then on."""
        look = self._look
        if look is None or look.pixels is None:
            return
        wanted = look.pixels.shape

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> NDArray[np.float32]:
            clean = Photo.open(path).pixels
            if clean.shape != wanted:
                raise RestorationError(
                    self.tr(
                        "{name} has {size} pixels, the photo {wanted}. Choose the clean picture of the same photo."
                    ).format(
                        name=path.name,
                        size=f"{clean.shape[1]}×{clean.shape[0]}",
                        wanted=f"{wanted[1]}×{wanted[0]}",
                    )
                )
            return clean

        def taken(clean: NDArray[np.float32]) -> None:
            self._clean = (look.name, clean)
            self.all.say(NOT_RUN)
            self._ask_one()

        self.bench.ask(_REFERENCE, work, taken)

    def _ask_one(self) -> None:
        self.seed.setEnabled(self.order.currentData() == "random")
        self.gamma.setEnabled(self.mask.currentIndex() == 2)
        if self._look is not None:
            switch = self.ablation()
            switches = (Ablation(),) if switch == Ablation() else (Ablation(), switch)
            self._ask(_ONE, switches, self._on_one)

    def _ask_all(self) -> None:
        if self._look is not None:
            self.stop.setEnabled(True)
            self._ask(_ALL, standard_ablations(self._look.second), self._on_all)

    def _ask(self, kind: str, switches: Sequence[Ablation], done: object) -> None:
        look, clean = self._look, None if self._clean is None else self._clean[1]
        assert look is not None

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> tuple[AblationResult, ...]:
            region = look.region()
            reference = None if clean is None else region_of(clean, look.crop).pixels
            return inspector.ablations(
                region,
                look.first,
                switches,
                reference,
                progress=lambda share: report(Progress(f"{share:.0%}", share)),
                cancel=cancel,
            )

        def ended() -> None:
            if kind == _ALL:
                self.stop.setEnabled(False)
                self.all_told.clear()

        told = self.all_told if kind == _ALL else self.told
        self.bench.ask(kind, work, done, ended=ended, progress=lambda p: told.setText(p.phase))  # type: ignore[arg-type]

    def _on_one(self, results: tuple[AblationResult, ...]) -> None:
        look = self._look
        if look is None:
            return
        plain, changed = results[0], results[-1]
        if changed.ablation == Ablation():
            reached = "" if plain.psnr is None else f" PSNR {plain.psnr:.2f} dB."
            self.told.setText(self.tr("Nothing is switched: this is the model's own result.") + reached)
        else:
            self.told.setText(self._words(plain, changed))
        show_results(self.one, results)
        self.one.show_chart(ablation_pictures(results, where(look)))

    def _words(self, plain: AblationResult, changed: AblationResult) -> str:
        words = self.tr("{switch}: changes the result by {change} levels of 255 on average.").format(
            switch=translated_list(changed.ablation.label), change=f"{changed.change:.2f}"
        )
        if changed.psnr is not None and changed.gain is not None:
            judged = self.tr("PSNR {psnr} dB, {gain} dB against {plain} dB as it is.").format(
                psnr=f"{changed.psnr:.2f}", gain=f"{changed.gain:+.2f}", plain=f"{plain.psnr:.2f}"
            )
        else:
            judged = self.tr("Without a clean reference it cannot be said whether for the better.")
        return f"{words} {judged}"

    def _on_all(self, results: tuple[AblationResult, ...]) -> None:
        look = self._look
        if look is None:
            return
        self.all.plots.clear()
        panels = [(self.tr("mean |change|, levels of 255"), [result.change for result in results], ".2f")]
        if results[0].gain is not None:
            panels.append((self.tr("PSNR against as it is, dB"), [result.gain or 0.0 for result in results], "+.2f"))
        labels = [translated_list(result.ablation.label) for result in results]
        for column, (title, values, form) in enumerate(panels):
            plot = self.all.plots.plot_at(0, column, title)
            places = np.arange(len(values))
            plot.addItem(
                pg.BarGraphItem(x0=0, y=places, height=0.7, width=values, brush=theme.ACCENT, pen=pg.mkPen(None))
            )
            if column == 0:
                name_rows(plot, labels)
                plot.getAxis("left").setWidth(18 * theme.GRID)
            else:
                plot.hideAxis("left")
            for place, value in enumerate(values):
                text = pg.TextItem(format(value, form), color=theme.TEXT, anchor=(0 if value >= 0 else 1, 0.5))
                text.setPos(value, place)
                plot.addItem(text)
            reach = max(map(abs, values)) or 1.0
            plot.setXRange(-1.3 * reach if min(values) < 0 else 0, 1.3 * reach if max(values) > 0 else 0.1 * reach)
            plot.setYRange(-0.6, len(values) - 0.4)
        self.all.show_chart(ablation_bars(results, where(look)))


_ONE, _ALL, _REFERENCE = "one switch", "all switches", "reference"
