"""The page Inspector: the photo with the traced crop at the left, what the model does with it at the right."""

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from core.degradations import degradation
from dfpir_gui.i18n import names
from dfpir_gui.i18n.core_words import translated_sentence
from dfpir_gui.i18n.language import tr, translated
from dfpir_gui.inspector.ablation_panel import AblationPanel
from dfpir_gui.inspector.attention_panel import AttentionPanel
from dfpir_gui.inspector.clusters_panel import ClustersPanel
from dfpir_gui.inspector.features_panel import FeaturesPanel
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import Facts, InspectionTarget
from dfpir_gui.inspector.order_panel import OrderPanel
from dfpir_gui.inspector.panel import FAILED, ONE_PROMPT, Panel
from dfpir_gui.inspector.photo_view import PhotoView
from dfpir_gui.session import Change, Session
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.page import PageWidget


class InspectorPage(PageWidget):
    """Composes the parts and tells them what is looked at. Only the tab in sight works and holds anything.

    Attributes:
        facts: about the model, or None until it is loaded.
        photo: the photo and its frame.
        first: chooses the prompt that everything is done with.
        second: chooses the one that it is compared with.
        block: chooses the DGPB.
        tabs: the panels.
    """

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.bench = InspectionRunner(session)
        self.facts: Facts | None = None
        self.photo = PhotoView()
        self.first, self.second, self.block = (_choice(*words) for words in _CHOICES)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(self.tr("What is shown"))
        self.tabs.tabBar().setAccessibleName(self.tr("What is shown"))
        features = FeaturesPanel(self.bench)
        self.panels: dict[str, Panel] = {
            tr("Order"): OrderPanel(self.bench),
            tr("Attention"): AttentionPanel(self.bench),
            tr("Features"): features,
            tr("Clusters"): ClustersPanel(self.bench),
            tr("What matters"): AblationPanel(self.bench),
        }
        for title, panel in self.panels.items():
            self.tabs.addTab(panel, translated(title))
        self._build()
        self._photo_shown: object = None
        self._answered = False
        for box in (self.first, self.second, self.block):
            box.currentIndexChanged.connect(lambda _: self._look_anew())
        self.tabs.currentChanged.connect(lambda _: self._look_anew())
        self.photo.crop_changed.connect(self._look_anew)
        self.photo.part_changed.connect(features.show_part)
        features.part_changed.connect(self.photo.show_part)
        session.subscribe(self._on_change)
        self._mirror_photo()

    @property
    def unfinished(self) -> str:
        """What closing the window would break off."""
        return self.tr("The Inspector is looking for clusters.") if self.bench.is_busy("clusters") else ""

    def end(self) -> None:
        """Cancel what runs."""
        self.bench.end()

    @property
    def look(self) -> InspectionTarget | None:
        """What is looked at, or None until the model is loaded."""
        if self.facts is None:
            return None
        photo, crop = self._session.photo, self.photo.crop
        return InspectionTarget(
            name=photo.source.stem if photo and photo.source else "",
            pixels=None if photo is None else photo.pixels,
            crop=crop or (0, 0, 0, 0),
            first=self.first.currentData() or "",
            second=self.second.currentData(),
            block=self.block.currentData() or "",
            source=photo.source if photo else None,
        )

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt's
        super().showEvent(event)
        self._ask_facts()  # each time: the session may restore with another model by now

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt's
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.facts is not None:
            QTimer.singleShot(0, self, self._redraw)  # another theme: everything is drawn anew in its colours

    def _redraw(self) -> None:
        photo, crop, part = self._session.photo, self.photo.crop, self.photo.part
        self.photo.show_photo(None if photo is None else photo.srgb())
        if crop is not None:
            self.photo.set_crop(crop)
        self.photo.show_part(part)
        self._look_anew()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GRID)
        for text, box in zip(
            (self.tr("Prompt"), self.tr("compared with"), self.tr("Block")),
            (self.first, self.second, self.block),
            strict=True,
        ):
            label = QLabel(text)
            label.setBuddy(box)
            top.addWidget(label)
            top.addWidget(box)
            top.addSpacing(GRID)
        top.addStretch(1)
        split = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False)
        split.setStyleSheet("QSplitter { background: transparent; border: none; }")
        split.addWidget(self.photo)
        split.addWidget(self.tabs)
        split.setSizes([400, 760])
        split.setStretchFactor(0, 1)  # in a small window both give way
        split.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(top)
        layout.addWidget(split, 1)

    def _ask_facts(self) -> None:
        self._answered = False
        self.bench.ask(
            "facts", lambda inspector, report, cancel: Facts.of(inspector), self._on_facts, ended=self._after_facts
        )

    def _on_facts(self, facts: Facts) -> None:
        self._answered = True
        old, self.facts = self.facts, facts
        if old is None or (old.model, old.prompts, old.blocks) != (facts.model, facts.prompts, facts.blocks):
            self._offer_choices(facts)
        self._look_anew()

    def _after_facts(self) -> None:
        if not self._answered:
            self.facts = None  # those of another model are of no use
            self._look_anew()

    def _offer_choices(self, facts: Facts) -> None:
        for box in (self.first, self.second, self.block):
            box.blockSignals(True)
            box.clear()
        for key in facts.prompts:
            self.first.addItem(names.label(key), key)
            self.second.addItem(names.label(key), key)
        for block in facts.blocks:
            self.block.addItem(translated_sentence(block.name), block.name)
        self.block.setCurrentIndex(len(facts.blocks) - 1)
        self._propose()
        for box in (self.first, self.second, self.block):
            box.blockSignals(False)
        self.second.setEnabled(len(facts.prompts) > 1)
        self.second.setToolTip(translated(_CHOICES[1][1] if len(facts.prompts) > 1 else ONE_PROMPT))
        if len(facts.prompts) < 2:
            self.second.setCurrentIndex(-1)

    def _propose(self) -> None:
        # What was found in the photo, and something unlike it.
        detection = self._session.detection
        found = next((key for key in (detection.steps() if detection else ()) if self.first.findData(key) >= 0), None)
        if found is not None:
            self.first.setCurrentIndex(self.first.findData(found))
        family = degradation(self.first.currentData()).family if self.first.count() else ""
        others = [n for n in range(self.second.count()) if n != self.first.currentIndex()]
        unlike = [n for n in others if degradation(self.second.itemData(n)).family != family]
        if self.second.currentIndex() not in unlike:
            self.second.setCurrentIndex(next(iter(unlike or others), -1))

    def _on_change(self, changed: Change) -> None:
        if changed & (Change.PHOTO | Change.DOCUMENTS):
            self._mirror_photo()
        if changed & Change.DETECTION and self.facts is not None:
            self._propose()
        if changed & Change.STEPS and self._session.supported_degradations is None and self.isVisible():
            self._ask_facts()  # nothing is known of the model: it may be another one

    def _mirror_photo(self) -> None:
        photo = self._session.photo
        panel = self.panels["Attention"]
        assert isinstance(panel, AttentionPanel)
        panel.offer_photos(
            {
                document.photo.source.name: document.photo.pixels
                for document in self._session.documents
                if document.photo is not None and document.photo.source is not None and document.photo is not photo
            }
        )
        if photo is not self._photo_shown:
            self._photo_shown = photo
            self.photo.show_photo(None if photo is None else photo.srgb())
            self.photo.part_changed.emit(None)
            self._look_anew()

    def _look_anew(self) -> None:
        look = self.look
        if look is not None and look.pixels is not None:
            traced = translated_sentence(look.region().words)
            self.photo.words.setText(self.tr("Traced: {region}. Drag the frame or its corner.").format(region=traced))
        shown = self.tabs.currentWidget()
        for panel in self.panels.values():
            if panel is not shown:
                panel.rest()
        if self.isVisible() and isinstance(shown, Panel):
            shown.show_look(self.facts, look)
            if self.facts is None and not self.bench.is_busy("facts"):
                shown.show_reason(FAILED)


_CHOICES = (
    (tr("Prompt"), tr("The prompt that the photo is restored with")),
    (tr("Prompt to compare with"), tr("The prompt that the first one is compared with")),
    (tr("Block"), tr("The perturbation block (DGPB) that is shown, from full resolution down to the latent one")),
)


def _choice(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(translated(name))
    box.setToolTip(translated(tip))
    box.setMinimumContentsLength(10)
    return box
