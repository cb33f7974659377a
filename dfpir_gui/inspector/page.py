"""The Inspector page: the photo with the inspected crop on the left, the tabs with charts on the right."""

import weakref
from collections.abc import Iterator

from PySide6.QtCore import QEvent, Qt, QTimer
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSplitter, QTabWidget, QVBoxLayout, QWidget

from core.degradations import degradation
from core.inspection import Inspector
from core.inspection.labels import block_label
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import tr, translated
from dfpir_gui.i18n.messages import translated_message
from dfpir_gui.inspector.ablation_panel import AblationPanel
from dfpir_gui.inspector.attention_panel import AttentionPanel
from dfpir_gui.inspector.clusters_panel import ClustersPanel
from dfpir_gui.inspector.features_panel import FeaturesPanel
from dfpir_gui.inspector.inspection_runner import InspectionRunner
from dfpir_gui.inspector.inspection_target import InspectionTarget, ModelInfo
from dfpir_gui.inspector.order_panel import OrderPanel
from dfpir_gui.inspector.panel import FAILED, LOADING, ONE_PROMPT, Panel
from dfpir_gui.inspector.photo_view import MAX_SIDE, PhotoView
from dfpir_gui.session import Change, Session
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.combo_box import ComboBox
from dfpir_gui.widgets.page import PageWidget


class InspectorPage(PageWidget):
    """Composes photo, choices and tabs. Only the visible tab runs inspections and holds data.

    Args:
        session: holds the photo and the model.
        complete: whether the panels are made at once; otherwise :meth:`in_steps` makes them.

    Attributes:
        model_info: information on the model, or None until it is loaded.
        photo: the photo and its frame.
        first: chooses the prompt of all passes.
        second: chooses the prompt for comparison.
        block: chooses the DGPB.
        tabs: the panels.
    """

    def __init__(self, session: Session, parent: QWidget | None = None, *, complete: bool = True) -> None:
        super().__init__(parent)
        self._session = session
        self.runner = InspectionRunner(session)
        self.model_info: ModelInfo | None = None
        self._described: tuple[weakref.ref[Inspector], ModelInfo] | None = None  # used on the worker thread only
        self.photo = PhotoView()
        self.first, self.second, self.block = (_choice(*words) for words in _CHOICES)
        self.tabs = QTabWidget()
        self.tabs.setAccessibleName(self.tr("Charts"))
        self.tabs.tabBar().setAccessibleName(self.tr("Charts"))
        self.panels: dict[str, Panel] = {}
        self._build()
        self._photo_shown: object = None
        self._complete = self._answered = self._asked = False
        self._prompt_chosen = False  # by the user, so that it does not follow the Studio any more
        if complete:
            for _ in self._add_panels():
                pass

    @classmethod
    def in_steps(cls, session: Session) -> "Iterator[InspectorPage]":
        """Make a page step by step, so that the window stays responsive in between; the page may be shown meanwhile."""
        page = cls(session, complete=False)
        yield page
        for _ in page._add_panels():
            yield page

    def _add_panels(self) -> Iterator[None]:
        for title, make in _PANELS.items():
            panel = make(self.runner)
            yield
            self.panels[title] = panel
            self.tabs.addTab(panel, translated(title))
            yield
        self._connect()
        self._complete = True
        if self.isVisible():
            self._load_model_info()

    def _connect(self) -> None:
        features = self.panels["Features"]
        assert isinstance(features, FeaturesPanel)
        for box in (self.first, self.second):
            box.activated.connect(lambda _: self._note_choice())
        for box in (self.first, self.second, self.block):
            box.currentIndexChanged.connect(lambda _: self._update_panels())
        self.tabs.currentChanged.connect(lambda _: self._update_panels())
        self.photo.crop_changed.connect(self._update_panels)
        self.photo.part_changed.connect(features.show_part)
        features.part_changed.connect(self.photo.show_part)
        self._session.subscribe(self._on_change)
        self._mirror_photo()

    @property
    def unfinished(self) -> str:
        """What closing the window would interrupt."""
        return self.tr("The Inspector is computing clusters.") if self.runner.is_busy("clusters") else ""

    def end(self) -> None:
        """Cancel all inspections."""
        self.runner.end()

    @property
    def target(self) -> InspectionTarget | None:
        """The user's choice, or None until the model is loaded."""
        if self.model_info is None:
            return None
        crop = self.photo.crop
        # The frame may still be that of the photo before, or none.
        photo = self._session.photo if self._session.photo is self._photo_shown and crop is not None else None
        return InspectionTarget(
            name=photo.source.stem if photo and photo.source else "",
            pixels=None if photo is None else photo.pixels,
            crop=crop or (0, 0, 0, 0),
            first=self.first.currentData() or "",
            second=self.second.currentData(),
            block=self.block.currentData() or "",
            source=photo.source if photo else None,
            model=self.model_info.model,
        )

    @property
    def _loading(self) -> bool:
        return self.runner.is_busy("model_info") or not self._asked

    def showEvent(self, event: QShowEvent) -> None:  # noqa: D102 - Qt's
        super().showEvent(event)
        if self._complete:
            self._load_model_info()  # each time, since the model may have changed

    def changeEvent(self, event: QEvent) -> None:  # noqa: D102 - Qt's
        super().changeEvent(event)
        if event.type() == QEvent.Type.StyleChange and self.model_info is not None:
            QTimer.singleShot(0, self, self._redraw)  # another theme has other colours

    def _redraw(self) -> None:
        crop, part = self.photo.crop, self.photo.part
        for panel in self.panels.values():
            panel.forget_target()
        self._show_photo()
        if crop is not None:
            self.photo.set_crop(crop)
        self.photo.show_part(part)
        self._update_panels()

    def _build(self) -> None:
        top = QHBoxLayout()
        top.setSpacing(GRID)
        for text, box in zip(
            (self.tr("Prompt"), self.tr("Compare with"), self.tr("Block")),
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
        split.setStretchFactor(0, 1)
        split.setStretchFactor(1, 2)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(GRID)
        layout.addLayout(top)
        layout.addWidget(split, 1)

    def _load_model_info(self) -> None:
        self._answered, self._asked = False, True
        self.runner.run(
            "model_info",
            lambda inspector, report, cancel: self._describe(inspector),
            self._on_model_info,
            ended=self._after_model_info,
        )

    def _describe(self, inspector: Inspector) -> ModelInfo:
        """The same object as before for the same model, which shows that nothing changed; on the worker thread."""
        if self._described is None or self._described[0]() is not inspector:
            self._described = weakref.ref(inspector), ModelInfo.from_inspector(inspector)
        return self._described[1]

    def _on_model_info(self, model_info: ModelInfo) -> None:
        self._answered = True
        old, self.model_info = self.model_info, model_info
        if old is None or (old.model, old.prompts, old.blocks) != (
            model_info.model,
            model_info.prompts,
            model_info.blocks,
        ):
            self._offer_choices(model_info)
        self._update_panels()

    def _after_model_info(self) -> None:
        if not self._answered:
            self.model_info = None  # it would be that of another model
            self._update_panels()

    def _offer_choices(self, model_info: ModelInfo) -> None:
        for box in (self.first, self.second, self.block):
            box.blockSignals(True)
            box.clear()
        for key in model_info.prompts:
            self.first.addItem(names.label(key), key)
            self.second.addItem(names.label(key), key)
        for block in model_info.blocks:
            text = translated_message(block_label(block.name))
            self.block.addItem(text[:1].upper() + text[1:], block.name)
        self.block.setCurrentIndex(len(model_info.blocks) - 1)
        self._propose()
        for box in (self.first, self.second, self.block):
            box.blockSignals(False)
        self.second.setEnabled(len(model_info.prompts) > 1)
        self.second.setToolTip(translated(_CHOICES[1][1] if len(model_info.prompts) > 1 else ONE_PROMPT))
        if len(model_info.prompts) < 2:
            self.second.setCurrentIndex(-1)

    def _note_choice(self) -> None:
        self._prompt_chosen = True

    def _propose(self) -> None:
        """Choose what is removed in the Studio, or else what was detected; and another family for comparison."""
        detection = self._session.detection
        keys = (*(step.degradation for step in self._session.steps), *(detection.likely_steps() if detection else ()))
        proposed = next((key for key in keys if self.first.findData(key) >= 0), None)
        if proposed is not None:
            self.first.setCurrentIndex(self.first.findData(proposed))
        family = degradation(self.first.currentData()).family if self.first.count() else ""
        others = [n for n in range(self.second.count()) if n != self.first.currentIndex()]
        other_families = [n for n in others if degradation(self.second.itemData(n)).family != family]
        if self.second.currentIndex() not in other_families:
            self.second.setCurrentIndex(next(iter(other_families or others), -1))

    def _on_change(self, changed: Change) -> None:
        if changed & (Change.PHOTO | Change.DOCUMENTS):
            self._mirror_photo()
        if changed & (Change.DETECTION | Change.STEPS) and self.model_info is not None and not self._prompt_chosen:
            self._propose()
        if changed & Change.STEPS and self._session.supported_degradations is None and self.isVisible():
            self._load_model_info()  # the model may have changed
        elif changed & Change.STEPS and self.isVisible():
            self._update_panels()  # says whether a step is masked

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
            self._show_photo()
            self._photo_shown = photo
            self._prompt_chosen = False
            if self.model_info is not None:
                self._propose()
            self.photo.part_changed.emit(None)
            self._update_panels()
        elif photo is None:
            self._update_panels()  # says whether one is being opened

    def _show_photo(self) -> None:
        """Show the photo as the Studio does: a whole photo converted here would block the window."""
        pyramid = self._session.before
        if self._session.photo is None or pyramid is None:
            self.photo.show_photo(None)
            return
        level = pyramid.levels[pyramid.level_for(MAX_SIDE / max(pyramid.width, pyramid.height))]
        self.photo.show_photo(level, (pyramid.width, pyramid.height))

    def _update_panels(self) -> None:
        target = self.target
        if target is not None and target.pixels is not None:
            region = translated_message(target.region_description())
            text = self.tr("Inspected: {region}. Drag the frame or its corner.")
            if any(step.mask is not None for step in self._session.steps):
                text = self.tr(
                    "Inspected: {region}. Drag the frame or its corner. The mask of a step in the Studio is not "
                    "applied here."
                )
            self.photo.description.setText(text.format(region=region))
        elif self._session.photo is not None:
            self.photo.description.setText(translated(LOADING if self._loading else FAILED))
        elif self._session.documents:
            self.photo.description.setText(self.tr("Opening the photo…"))
        else:
            self.photo.description.setText(self.tr("No photo is open."))
        shown = self.tabs.currentWidget()
        for panel in self.panels.values():
            if panel is not shown:
                panel.clear()
        if self.isVisible() and isinstance(shown, Panel):
            shown.show_target(self.model_info, target)
            if self.model_info is None and not self._loading:
                shown.show_reason(FAILED)


_PANELS: dict[str, type[Panel]] = {
    tr("Order"): OrderPanel,
    tr("Attention"): AttentionPanel,
    tr("Features"): FeaturesPanel,
    tr("Clusters"): ClustersPanel,
    tr("Ablations"): AblationPanel,
}

_CHOICES = (
    (tr("Prompt"), tr("Prompt with which the photo is restored")),
    (tr("Prompt for comparison"), tr("Prompt with which the first one is compared")),
    (tr("Block"), tr("Perturbation block (DGPB) to show: from full resolution (level 1) to the latent block")),
)


def _choice(name: str, tip: str) -> QComboBox:
    box = ComboBox()
    box.setAccessibleName(translated(name))
    box.setToolTip(translated(tip))
    box.setMinimumContentsLength(10)
    return box
