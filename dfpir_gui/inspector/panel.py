"""Base of the tabs of the Inspector: a column of cards, or a text why there is nothing to show."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSlider, QStackedWidget, QVBoxLayout, QWidget

from core.inspection import STAGES, AblationResult, BlockTrace, Inspector, Stage
from core.inspection.charts import ablation_pictures
from core.progress import CancelToken
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.inspector.card import Card, figure_size
from dfpir_gui.inspector.inspection_runner import Inspection, InspectionRunner
from dfpir_gui.inspector.inspection_target import InspectionTarget, ModelInfo
from dfpir_gui.inspector.plots import picture_height
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.wheel import let_wheel_scroll
from dfpir_gui.workers.worker_thread import Progress, Report

T = TypeVar("T")

LOADING = tr("Loading the model…")
FAILED = tr("The model cannot be inspected; see the message above.")
NO_PHOTO = tr("Open a photo in the Studio first.")
NO_DGPB = tr("This model has no perturbation blocks (DGPB).")
SAME_PROMPT = tr("Both prompts are the same, so there is no difference. Choose another one to compare with.")
ONE_PROMPT = tr("This model has only one prompt; there is nothing to compare it with.")


class Panel(QWidget):
    """One tab. Its data is released by :meth:`clear` when another tab is shown.

    Attributes:
        needs_photo: whether a photo is required.
        reason: why nothing is shown; empty while charts are shown.
        cards: the charts, from top to bottom.
    """

    needs_photo = True

    def __init__(self, runner: InspectionRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.runner = runner
        self.cards: list[Card] = []
        self._drawings: dict[str, Iterator[None]] = {}
        self._unreleased: list[Card] = []
        self._next_drawing = QTimer(self, interval=0)
        self._next_drawing.timeout.connect(self._draw_next)
        self._source: Path | None = None
        self._filled_with: tuple[ModelInfo, InspectionTarget] | None = None
        self._reason = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter, margin=4 * GRID)
        self._reason.setProperty("role", "quiet")
        inside = QWidget()
        self.layout_ = QVBoxLayout(inside)
        self.layout_.setContentsMargins(0, GRID, 0, GRID)
        self.layout_.setSpacing(2 * GRID)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("Charts"))
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._reason)
        self._stack.addWidget(scroll)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self._stack)
        self.show_reason(LOADING)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt's
        let_wheel_scroll(self)
        super().showEvent(event)

    def add_card(self, title: str, height: int, *, zoomable: bool = False) -> Card:
        """Add a card below the others."""
        card = Card(title, height, zoomable=zoomable)
        card.export_requested.connect(lambda path: self._export(card, path))
        self.cards.append(card)
        self.layout_.addWidget(card)
        return card

    @property
    def reason(self) -> str:
        """Why nothing is shown; empty while charts are shown."""
        return self._reason.text() if self._stack.currentIndex() == 0 else ""

    def show_target(self, model_info: ModelInfo | None, target: InspectionTarget | None) -> None:
        """Show the charts of ``target``, or why there are none. Charts that are shown already are kept.

        Args:
            model_info: information on the model, or None until it is loaded.
            target: the user's choice, or None until the model is loaded.
        """
        self._source = target.source if target is not None else None
        reason = self.reason_for_empty(model_info, target)
        if reason:
            self.clear()
            self.show_reason(reason)
        elif model_info is not None and target is not None:
            self._stack.setCurrentIndex(1)
            shown = self._filled_with
            if shown is None or shown[0] is not model_info or not shown[1].equals(target):
                self._filled_with = model_info, target
                self.fill(model_info, target)

    def forget_target(self) -> None:
        """Let the next :meth:`show_target` compute and draw all charts anew, even if nothing changed."""
        self._filled_with = None

    def reason_for_empty(self, model_info: ModelInfo | None, target: InspectionTarget | None) -> str:
        """Return why there is nothing to show; empty if there is something."""
        if model_info is None or target is None:
            return LOADING
        if not model_info.blocks:
            return NO_DGPB
        return NO_PHOTO if self.needs_photo and target.pixels is None else ""

    def show_reason(self, text: str) -> None:
        """Show a text, marked by ``tr``, instead of the cards."""
        self._reason.setText(translated(text))
        self._stack.setCurrentIndex(0)

    def fill(self, model_info: ModelInfo, target: InspectionTarget) -> None:
        """Fill the cards; called only if there is something to show."""
        raise NotImplementedError

    def clear(self) -> None:
        """Stop running inspections and release the data, the plots one after the other."""
        self._filled_with = None
        self._drawings = {}
        for card in self.cards:
            card.hide_chart()
        self._unreleased = list(self.cards)
        self._next_drawing.start()

    @property
    def busy(self) -> bool:
        """Whether charts are being computed or drawn."""
        return bool(self._drawings) or any(card.busy for card in self.cards)

    def draw_in_turn(self, drawing: Iterator[None], kind: str = "") -> None:
        """Draw charts step by step, so that the window stays responsive in between.

        A later call with the same ``kind``, or :meth:`clear`, replaces what has not been drawn yet.

        Args:
            drawing: draws a part each time it is advanced.
            kind: which of the panel's charts are drawn.
        """
        self._drawings[kind] = drawing
        self._next_drawing.start()

    def _draw_next(self) -> None:
        if self._drawings:
            kind, drawing = next(iter(self._drawings.items()))
            try:
                next(drawing)
            except StopIteration:
                if self._drawings.get(kind) is drawing:
                    del self._drawings[kind]
        elif self._unreleased:
            self._unreleased.pop().release_plots()
        else:
            self._next_drawing.stop()

    def compute(
        self,
        kind: str,
        cards: Sequence[Card],
        work: Inspection[T],
        done: Callable[[T], None],
        *,
        ended: Callable[[], None] = lambda: None,
        progress: Callable[[Progress], None] | None = None,
    ) -> None:
        """Run an inspection as :meth:`InspectionRunner.run` does; meanwhile ``cards`` say that they are computed."""
        for card in cards:
            card.show_busy()

        def after() -> None:
            if not self._drawings and not self.runner.is_busy(kind):
                if any(card.busy for card in cards):
                    self.forget_target()  # it failed; the next attempt may succeed
                for card in cards:
                    card.end_busy()
            ended()

        self.runner.run(kind, work, done, ended=after, progress=progress)

    def _export(self, card: Card, path: Path) -> None:
        chart = card.chart
        if chart is None or self.runner.refuses_to_replace(path):
            return
        writing = self.tr("Writing…")
        card.status.setText(writing)
        source, size = self._source, figure_size()

        def ended() -> None:
            if card.status.text() == writing:
                card.status.clear()  # it failed; the error bar says why

        self.runner.run(
            f"export {chart.name}",
            # The dialog asked before replacing a file.
            lambda inspector, report, cancel: chart.save(path, overwrite=True, source=source, size=size),
            lambda saved: card.status.setText(self.tr("Saved as {name}").format(name=saved.name)),
            ended=ended,
        )


def traced(
    target: InspectionTarget, prompt: str, *, stages: Sequence[Stage] = STAGES, attention: bool = True
) -> Callable[[Inspector, Report, CancelToken], BlockTrace]:
    """Return an inspection that traces the block of ``target`` under ``prompt``; see ``Inspector.trace``."""

    def work(inspector: Inspector, report: Report, cancel: CancelToken) -> BlockTrace:
        trace = inspector.trace(
            target.region(), prompt, blocks=[target.block], stages=stages, attention=attention, cancel=cancel
        )
        return trace.blocks[target.block]

    return work


def line(*widgets: QWidget) -> QWidget:
    """Put controls side by side; a slider takes the remaining width."""
    row = QWidget()
    layout = QHBoxLayout(row)
    layout.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
    layout.setSpacing(GRID)
    for widget in widgets:
        layout.addWidget(widget, 1 if isinstance(widget, QSlider) else 0)
    if not any(isinstance(widget, QSlider) for widget in widgets):
        layout.addStretch(1)
    return row


def draw_results(card: Card, results: Sequence[AblationResult], target: InspectionTarget) -> Iterator[None]:
    """Draw the unchanged result and, if there is another, the last one and their difference, grey where it is 0."""
    card.start_drawing()
    height, width = results[0].result.shape[:2]
    card.plots.share_width(3, 1, lambda column: picture_height(column, height / width))
    pictures = [
        (translated_message(result.ablation.label), result.result) for result in results[:: len(results) - 1 or 1]
    ]
    if len(results) > 1:
        difference = results[-1].difference
        limit = float(np.quantile(np.abs(difference), 0.99)) or 1.0
        title = translate("Inspector", "difference (±{levels} levels)").format(levels=f"{limit * 255:.1f}")
        pictures.append((title, 0.5 + difference / (2 * limit)))
    for column, (title, values) in enumerate(pictures):
        card.plots.picture_at(0, column, title, values)
        yield
    chart = ablation_pictures(results, target.subtitle())
    card.show_chart(chart, target.name, target.first, results[-1].ablation.slug)
