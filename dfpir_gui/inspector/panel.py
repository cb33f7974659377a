"""What the tabs of the Inspector have in common: cards below each other, or a sentence why there are none."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QSlider, QStackedWidget, QVBoxLayout, QWidget

from core.inspection import AblationResult, BlockTrace, Inspector
from core.progress import CancelToken
from dfpir_gui.i18n.core_words import translated_list, translated_sentence
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.inspector.card import Card
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import Facts, InspectionTarget
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.wheel import let_wheel_scroll
from dfpir_gui.workers.worker_thread import Report

LOADING = tr("Loading the model…")
FAILED = tr("The model cannot be looked into; the message above says why.")
NO_PHOTO = tr("Open a photo in the Studio first; this panel shows what the model does with it.")
NO_DGPB = tr("This model was built without perturbation blocks (DGPB): there is nothing to show here.")
ONE_PROMPT = tr("This model knows one prompt only, so there is nothing to compare it with.")


class Panel(QWidget):
    """One tab. It holds only what it shows: :meth:`rest` lets go of it when another tab comes into sight.

    Attributes:
        needs_photo: whether there is nothing to show without a photo.
        reason: why nothing is shown; empty while something is.
        cards: the charts, from above.
    """

    needs_photo = True

    def __init__(self, bench: InspectionRunner, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bench = bench
        self.cards: list[Card] = []
        self._source: Path | None = None
        self._reason = QLabel(wordWrap=True, alignment=Qt.AlignmentFlag.AlignCenter, margin=4 * GRID)
        self._reason.setProperty("role", "quiet")
        inside = QWidget()
        self.layout_ = QVBoxLayout(inside)
        self.layout_.setContentsMargins(0, GRID, 0, GRID)
        self.layout_.setSpacing(2 * GRID)
        scroll = QScrollArea(widgetResizable=True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setAccessibleName(self.tr("Charts"))
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
        """A new card below the others."""
        card = Card(title, height, zoomable=zoomable)
        card.wanted.connect(lambda path: self._export(card, path))
        self.cards.append(card)
        self.layout_.addWidget(card)
        return card

    @property
    def reason(self) -> str:
        """Why nothing is shown; empty while something is."""
        return self._reason.text() if self._stack.currentIndex() == 0 else ""

    def show_look(self, facts: Facts | None, look: InspectionTarget | None) -> None:
        """Show what belongs to ``look``, or say why nothing can be shown.

        Args:
            facts: about the model, or None until it is loaded.
            look: what is looked at, or None until the model is loaded.
        """
        self._source = look.source if look is not None else None
        why = self.why_empty(facts, look)
        if why:
            self.rest()
            self.show_reason(why)
        elif facts is not None and look is not None:
            self._stack.setCurrentIndex(1)
            self.fill(facts, look)

    def why_empty(self, facts: Facts | None, look: InspectionTarget | None) -> str:
        """Why there is nothing to show, in a sentence, or nothing."""
        if facts is None or look is None:
            return LOADING
        if not facts.blocks:
            return NO_DGPB
        return NO_PHOTO if self.needs_photo and look.pixels is None else ""

    def show_reason(self, why: str) -> None:
        """Show a sentence in place of the cards."""
        self._reason.setText(translated(why))
        self._stack.setCurrentIndex(0)

    def fill(self, facts: Facts, look: InspectionTarget) -> None:
        """Fill the cards; there is something to show."""
        raise NotImplementedError

    def rest(self) -> None:
        """Stop what runs and let go of what is held."""
        for card in self.cards:
            card.say("")

    def _export(self, card: Card, path: Path) -> None:
        chart = card.chart
        if chart is None or self.bench.refuses_to_replace(path):
            return
        card.note.setText(self.tr("Writing…"))
        source = self._source
        self.bench.ask(
            f"export {chart.name}",
            lambda inspector, report, cancel: chart.save(path, overwrite=True, source=source),  # the dialog has asked
            lambda saved: card.note.setText(self.tr("Saved as {name}").format(name=saved.name)),
        )


def traced(
    look: InspectionTarget, prompt: str, **options: object
) -> Callable[[Inspector, Report, CancelToken], BlockTrace]:
    """The inspection that traces the block of ``look`` under ``prompt``; ``options`` as for ``Inspector.trace``."""

    def work(inspector: Inspector, report: Report, cancel: CancelToken) -> BlockTrace:
        seen = inspector.trace(look.region(), prompt, blocks=[look.block], cancel=cancel, **options)  # type: ignore[arg-type]
        return seen.blocks[look.block]

    return work


def where(look: InspectionTarget) -> str:
    """Photo, region and prompt, for the titles of charts."""
    return look.where(look.region())


def line(*widgets: QWidget) -> QWidget:
    """Controls beside each other; a slider takes what room there is."""
    made = QWidget()
    layout = QHBoxLayout(made)
    layout.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
    layout.setSpacing(GRID)
    for widget in widgets:
        layout.addWidget(widget, 1 if isinstance(widget, QSlider) else 0)
    if not any(isinstance(widget, QSlider) for widget in widgets):
        layout.addStretch(1)
    return made


def show_results(card: Card, results: Sequence[AblationResult]) -> None:
    """Show the unchanged result, the last one, and their difference, which is grey where they are equal."""
    plain, changed = results[0], results[-1]
    reach = float(np.quantile(np.abs(changed.difference), 0.99)) or 1.0
    card.plots.clear()
    for column, (title, values) in enumerate(
        (
            (translated_sentence("as it is"), plain.result),
            (translated_list(changed.ablation.label), changed.result),
            (
                translate("Inspector", "difference (±{levels} levels)").format(levels=f"{reach * 255:.1f}"),
                0.5 + changed.difference / (2 * reach),
            ),
        )
    ):
        card.plots.picture_at(0, column, title, values)
