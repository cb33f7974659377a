"""The tab Ablations: parts of the DGPBs changed or switched off, and the effect on the result of the crop."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import QCheckBox, QDoubleSpinBox, QLabel, QPushButton, QSpinBox

from core.errors import RestorationError
from core.inspection import Ablation, AblationResult, Inspector, region_of, standard_ablations
from core.inspection.charts import ablation_bars, number_text
from core.photo import Photo
from core.progress import CancelToken
from dfpir_gui.i18n.language import tr, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.inspector.card import ask_photo
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import InspectionTarget, ModelInfo
from dfpir_gui.inspector.panel import Panel, draw_results, line
from dfpir_gui.inspector.plots import name_rows
from dfpir_gui.session import wording
from dfpir_gui.settings import theme
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.widgets.headings import VanishingLabel, quiet
from dfpir_gui.workers.worker_thread import Progress, Report

NOT_RUN = tr("Run all ablations to compare their effects.")
_ORDERS = {
    tr("Of the prompt"): "own",
    tr("Of the other prompt"): "other",
    tr("Identity"): "identity",
    tr("Random"): "random",
}
_WIDE, _BARS = 900, 344
"""Width in logical pixels from which two bar charts fit side by side, and their height."""

_MASKS = (tr("As trained"), tr("Off"), "γ")


class AblationPanel(Panel):
    """The result of one ablation, or the effects of all of them as bars.

    Attributes:
        order_choice: chooses the order of channels.
        seed: seed of the random order.
        mask_choice: as trained, off, or γ.
        gamma: γ for the last.
        dgcpm: whether DGCPM is on.
        caapm: whether CAAPM is on.
        reference: chooses the clean picture of the photo.
        run_all: runs all ablations.
    """

    def __init__(self, runner: InspectionRunner) -> None:
        super().__init__(runner)
        self.order_choice, self.seed = ComboBox(), QSpinBox(maximum=9999, prefix=self.tr("seed "))
        for text, switch in _ORDERS.items():
            self.order_choice.addItem(translated(text), switch)
        self.mask_choice = ComboBox()
        self.mask_choice.addItems([translated(text) for text in _MASKS])
        self.gamma = QDoubleSpinBox(minimum=0.01, maximum=1.0, singleStep=0.05, value=0.5)
        self.dgcpm, self.caapm = QCheckBox(self.tr("DGCPM")), QCheckBox(self.tr("CAAPM"))
        for part in (self.dgcpm, self.caapm):
            part.setChecked(True)
        self.order_choice.setAccessibleName(self.tr("Order of the channels"))
        self.order_choice.setToolTip(self.tr("Order that DGCPM applies in all blocks"))
        self.seed.setAccessibleName(self.tr("Seed of the random order"))
        self.mask_choice.setAccessibleName(self.tr("Mask of the attention"))
        self.mask_choice.setToolTip(self.tr("Entries of CAAPM's attention that are kept in all blocks"))
        self.gamma.setAccessibleName(self.tr("γ, the share of kept entries"))
        self.dgcpm.setToolTip(self.tr("Off: the query of the attention comes from F_n"))
        self.caapm.setToolTip(self.tr("Off: the block returns the output of DGCPM"))
        order, mask = QLabel(self.tr("Order")), QLabel(self.tr("Mask"))
        self.layout_.addWidget(line(order, self.order_choice, self.seed))
        self.layout_.addWidget(line(mask, self.mask_choice, self.gamma))
        self.reference = QPushButton(self.tr("Clean reference…"))
        self.reference.setToolTip(self.tr("Clean picture of the same photo and size, for PSNR"))
        title = self.tr("Clean picture of this photo")
        self.reference.clicked.connect(lambda: ask_photo(self, title, self.load_reference))
        self.status = VanishingLabel()
        self.status.setContentsMargins(2 * theme.GRID, 0, 2 * theme.GRID, 0)
        self.layout_.addWidget(line(self.dgcpm, self.caapm, self.reference))
        self.layout_.addWidget(self.status)
        self.one = self.add_card(self.tr("Result of this ablation"), 264)
        self.run_all = QPushButton(self.tr("Run all ablations"))
        self.run_all.clicked.connect(self._run_all)
        self.stop = QPushButton(self.tr("Stop"))
        self.stop.setEnabled(False)
        self.stop.clicked.connect(lambda: self.runner.stop(_ALL))
        self.all_status = quiet()
        self.layout_.addWidget(line(self.run_all, self.stop, self.all_status))
        self.all = self.add_card(self.tr("Effect of each part"), _BARS)
        self.layout_.addStretch(1)
        for box in (self.order_choice, self.mask_choice):
            box.currentIndexChanged.connect(lambda _: self._run_one())
        for spin in (self.seed, self.gamma):
            spin.valueChanged.connect(lambda _: self._run_one())
        for check in (self.dgcpm, self.caapm):
            check.toggled.connect(lambda _: self._run_one())
        self._columns = 2
        self._all_results: tuple[AblationResult, ...] = ()
        self._target: InspectionTarget | None = None
        self._clean: tuple[str, NDArray[np.float32]] | None = None  # name of the photo and its clean picture

    def fill(self, model_info: ModelInfo, target: InspectionTarget) -> None:
        """Run the chosen ablation; all of them are run only on request."""
        if self._clean is not None and self._clean[0] != target.name:
            self._clean = None
        self._target = target
        model = self.order_choice.model()
        assert isinstance(model, QStandardItemModel)
        model.item(1).setEnabled(target.second is not None)
        if target.second is None and self.order_choice.currentIndex() == 1:
            self.order_choice.setCurrentIndex(0)
        self.runner.discard(_ALL)
        self.stop.setEnabled(False)
        self.all_status.clear()
        self._all_results = ()
        self.all.show_message(NOT_RUN)
        self._run_one()

    def clear(self) -> None:
        """Stop inspections and release the results."""
        super().clear()
        for kind in (_ONE, _ALL, _REFERENCE):
            self.runner.discard(kind)
        self._target, self._all_results = None, ()

    def ablation(self) -> Ablation:
        """Return the chosen ablation."""
        target = self._target
        order = self.order_choice.currentData()
        keep = {0: None, 1: 1.0, 2: self.gamma.value()}[self.mask_choice.currentIndex()]
        return Ablation(
            order=order,
            other=target.second if target is not None and order == "other" else None,
            seed=self.seed.value(),
            keep=keep,
            dgcpm=self.dgcpm.isChecked(),
            caapm=self.caapm.isChecked(),
        )

    def load_reference(self, path: Path) -> None:
        """Read the clean picture of the photo, with which results are compared from then on."""
        target = self._target
        if target is None or target.pixels is None:
            return
        expected = target.pixels.shape

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> NDArray[np.float32]:
            clean = Photo.open(path).pixels
            if clean.shape != expected:
                raise RestorationError(
                    self.tr(
                        "{name} has {size} pixels, the photo {expected}. Choose the clean picture of the same photo."
                    ).format(
                        name=path.name,
                        size=f"{clean.shape[1]}×{clean.shape[0]}",
                        expected=f"{expected[1]}×{expected[0]}",
                    )
                )
            return clean

        def loaded(clean: NDArray[np.float32]) -> None:
            self._clean = (target.name, clean)
            self._all_results = ()
            self.all.show_message(NOT_RUN)
            self._run_one()

        self.runner.run(_REFERENCE, work, loaded)

    def _run_one(self) -> None:
        self.seed.setEnabled(self.order_choice.currentData() == "random")
        self.gamma.setEnabled(self.mask_choice.currentIndex() == 2)
        if self._target is not None:
            ablation = self.ablation()
            ablations = (Ablation(),) if ablation == Ablation() else (Ablation(), ablation)
            self._run(_ONE, ablations, self._on_one)

    def _run_all(self) -> None:
        if self._target is not None:
            self.stop.setEnabled(True)
            self._run(_ALL, standard_ablations(self._target.second), self._on_all)

    def _run(
        self, kind: str, ablations: Sequence[Ablation], done: Callable[[tuple[AblationResult, ...]], None]
    ) -> None:
        target, clean = self._target, None if self._clean is None else self._clean[1]
        assert target is not None

        def work(inspector: Inspector, report: Report, cancel: CancelToken) -> tuple[AblationResult, ...]:
            region = target.region()
            reference = None if clean is None else region_of(clean, target.crop).pixels
            return inspector.ablations(
                region,
                target.first,
                ablations,
                reference,
                progress=lambda share: report(Progress(wording.percent(share), share)),
                cancel=cancel,
            )

        def ended() -> None:
            if kind == _ALL:
                self.stop.setEnabled(False)
                self.all_status.clear()

        status, card = (self.all_status, self.all) if kind == _ALL else (self.status, self.one)
        self.compute(kind, [card], work, done, ended=ended, progress=lambda progress: status.setText(progress.phase))

    def _on_one(self, results: tuple[AblationResult, ...]) -> None:
        target = self._target
        if target is None:
            return
        self.status.setText(self._summary(results[0], results[-1]))
        self.draw_in_turn(draw_results(self.one, results, target), _ONE)

    def _summary(self, unchanged: AblationResult, changed: AblationResult) -> str:
        if changed.ablation == Ablation():
            if unchanged.psnr is None:
                return self.tr("This is the result of the unchanged model.")
            text = self.tr("This is the result of the unchanged model. PSNR {psnr} dB.")
            return text.format(psnr=f"{unchanged.psnr:.2f}")
        values = {"ablation": translated_message(changed.ablation.label), "change": f"{changed.change:.2f}"}
        if changed.psnr is None or changed.gain is None:
            text = self.tr(
                "{ablation}: mean change of the result {change} levels of 255. Without a clean reference it is unknown "
                "whether this is an improvement."
            )
            return text.format(**values)
        text = self.tr(
            "{ablation}: mean change of the result {change} levels of 255. PSNR {psnr} dB, {gain} dB compared with the "
            "unchanged model ({unchanged} dB)."
        )
        psnr, gain = f"{changed.psnr:.2f}", number_text(changed.gain, "+.2f")
        return text.format(**values, psnr=psnr, gain=gain, unchanged=f"{unchanged.psnr:.2f}")

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: D102 - Qt's
        super().resizeEvent(event)
        columns = 2 if self.width() >= _WIDE else 1
        if columns != self._columns:
            self._columns = columns
            if self._all_results:
                self._on_all(self._all_results)

    def _on_all(self, results: tuple[AblationResult, ...]) -> None:
        target = self._target
        if target is None:
            return
        self._all_results = results
        self.all.start_drawing()
        panels = [(self.tr("mean |change|, levels of 255"), [result.change for result in results], ".2f")]
        if results[0].gain is not None:
            panels.append(
                (self.tr("PSNR gain over the unchanged model, dB"), [result.gain or 0.0 for result in results], "+.2f")
            )
        labels = [translated_message(result.ablation.label) for result in results]
        columns = min(self._columns, len(panels))
        self.all.plots.share_width(columns, len(panels) // columns, lambda _: _BARS)
        for number, (title, values, form) in enumerate(panels):
            row, column = divmod(number, columns)
            plot = self.all.plots.plot_at(row, column, title)
            plot.axes["bottom"].setStyle(hideOverlappingLabels=False)  # else 0 is left out
            places = np.arange(len(values))
            plot.add(pg.BarGraphItem(x0=0, y=places, height=0.7, width=values, brush=theme.ACCENT, pen=pg.mkPen(None)))
            name_rows(plot, labels)
            for place, value in enumerate(values):
                text = pg.TextItem(number_text(value, form), color=theme.TEXT, anchor=(0 if value >= 0 else 1, 0.5))
                text.setPos(value, place)
                plot.add(text)
            limit = max(map(abs, values)) or 1.0
            # Space for the number at the end of the longest bar.
            plot.view.setXRange(-1.5 * limit if min(values) < 0 else 0, 1.5 * limit if max(values) > 0 else 0.1 * limit)
            plot.view.setYRange(-0.6, len(values) - 0.4)
        self.all.show_chart(ablation_bars(results, target.subtitle()), target.name, target.first)


_ONE, _ALL, _REFERENCE = "one ablation", "all ablations", "reference"
