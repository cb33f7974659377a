"""Changes of the steps, each of which can be undone."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import partial

from core.geometry import Geometry
from core.inference import Step
from core.masks import Mask
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import Retranslatable, translate
from dfpir_gui.session.document import Document
from dfpir_gui.session.documents import Documents
from dfpir_gui.session.geometry_changes import GeometryChanges
from dfpir_gui.session.restorations import Restorations
from dfpir_gui.session.state import Change
from dfpir_gui.session.steps import (
    Edit,
    Stack,
    StackStep,
    first_key,
    inserted,
    moved,
    stack_from_steps,
    with_degradation,
    with_enabled,
    with_mask,
    with_sky_at_top,
    with_strength,
    without,
)
from dfpir_gui.session.strengths import StrengthFinder
from dfpir_gui.session.undo import UndoHistory


class StepEditor:
    """Edits the stack of the current photo.

    If the kept passes suffice for the changed steps, the result follows; otherwise it stays and is outdated.

    Args:
        documents: the open photos.
        restorations: bring the result in line with the steps.
        geometry_changes: bring the photo in line with rotation and crop, which undo restores.
        strengths: find out the strength of new steps.
    """

    def __init__(
        self,
        documents: Documents,
        restorations: Restorations,
        geometry_changes: GeometryChanges,
        strengths: StrengthFinder,
    ) -> None:
        self._documents = documents
        self._restorations = restorations
        self._geometry_changes = geometry_changes
        self._strengths = strengths
        self._drag = 0  # counts drags of sliders
        self._new_steps = 0

    def add(self, key: str, strength: float | None = None) -> None:
        """Add a step at the end of the stack.

        Args:
            key: of the degradation.
            strength: None takes all of it, or as much as the photo needs; see :meth:`toggle`.

        Raises:
            RestorationError: there is no degradation called ``key``, or the strength is not in 0 to 1.
        """
        text = Retranslatable(lambda: translate("Editing", "Add {name}").format(name=_name(key)))
        if strength is None:
            self._insert(key, lambda stack, entry: (*stack, entry), text)
        else:
            self._change(lambda stack: (*stack, StackStep(key, strength)), text)

    def toggle(self, family: str) -> None:
        """Remove the enabled steps of a family; if there are none, enable or insert one, where it is best removed.

        A new one has all of the strength, or as much as the photo needs. If that is not known, it follows in a moment.
        """
        document = self._documents.current
        if document is None:
            return
        stack = document.edit.stack
        of_family = [entry for entry in stack if entry.family == family]
        if any(entry.enabled for entry in of_family):
            self._change(
                lambda stack: tuple(entry for entry in stack if entry not in of_family),
                Retranslatable(lambda: translate("Editing", "Keep {name}").format(name=names.family_label(family))),
            )
            return
        text = Retranslatable(lambda: translate("Editing", "Remove {name}").format(name=names.family_label(family)))
        if of_family:
            index = stack.index(of_family[0])
            self._change(lambda stack: with_enabled(stack, index, True), text)
        else:
            key = document.detection.key_of(family) if document.detection else first_key(family)
            self._insert(key, inserted, text)

    def _insert(self, key: str, insert: Callable[[Stack, StackStep], Stack], text: str) -> None:
        """Insert a step with the strength that the photo needs."""
        document = self._documents.current
        if document is None:
            return
        step = Step(key)
        entry = stack_from_steps(document.detection.limit((step,)) if document.detection else (step,))[0]
        self._new_steps += 1
        merge_key = (-self._new_steps, 0)
        self._change(lambda stack: insert(stack, entry), text, merge_key)

        def limit(strength: float) -> None:
            self._change_document(document, lambda stack: _limited(stack, entry, strength), text, merge_key)

        self._strengths.find(document, key, limit)

    def reset_to_detected(self) -> None:
        """Replace the stack by the steps that the detector proposes."""
        document = self._documents.current
        if document is not None and document.detection is not None:
            self.replace(document.proposed_steps, Retranslatable(lambda: translate("Editing", "Reset to detected")))

    def replace(self, steps: Iterable[Step], text: str = "") -> None:
        """Replace the whole stack by ``steps``; ``text`` names the change for undo."""
        new = stack_from_steps(steps)
        self._change(lambda stack: new, text or Retranslatable(lambda: translate("Editing", "Choose steps")))

    def apply(self, steps: Iterable[Step], geometry: Geometry, text: str) -> None:
        """Replace the stack, and rotate and crop the photo, as one change.

        Args:
            steps: with masks of the rotated and cropped photo.
            geometry: rotation and crop.
            text: names the change for undo.
        """
        document = self._documents.current
        if document is None or geometry == document.edit.geometry:
            self.replace(steps, text)
        else:
            self._geometry_changes.apply(document, stack_from_steps(steps), geometry, text)

    def paste(self, documents: Iterable[Document], stack: Stack, quarters: int = 0) -> None:
        """Replace the stacks of ``documents``, which need not be current, by ``stack``; each can be undone there.

        ``quarters`` are the turns of the photo that the stack is from. In a photo that is rotated otherwise, the sky of
        masks is at the top.
        """
        for document in documents:
            same = document.edit.geometry.quarters == quarters
            pasted = partial(_replaced, stack if same else with_sky_at_top(stack))
            self._change_document(document, pasted, Retranslatable(lambda: translate("Editing", "Paste steps")))

    def remove(self, index: int) -> None:
        """Remove a step."""
        key = self._key(index)
        text = Retranslatable(lambda: translate("Editing", "Remove {name}").format(name=_name(key)))
        self._change(lambda stack: without(stack, index), text)

    def move(self, index: int, to: int) -> None:
        """Move a step to another place, clipped to the ends."""
        key = self._key(index)
        text = Retranslatable(lambda: translate("Editing", "Move {name}").format(name=_name(key)))
        self._change(lambda stack: moved(stack, index, to), text)

    def enable(self, index: int, enabled: bool) -> None:
        """Enable or disable a step."""
        key = self._key(index)

        def text() -> str:
            text = translate("Editing", "Switch {name} on") if enabled else translate("Editing", "Switch {name} off")
            return text.format(name=_name(key))

        self._change(lambda stack: with_enabled(stack, index, enabled), Retranslatable(text))

    def set_strength(self, index: int, strength: float) -> None:
        """Set the strength of a step, clipped to 0.0 to 1.0. Changes until :meth:`finish_drag` are undone as one."""
        strength = min(max(strength, 0.0), 1.0)
        key = self._key(index)
        text = Retranslatable(lambda: translate("Editing", "Strength of {name}").format(name=_name(key)))
        self._change(lambda stack: with_strength(stack, index, strength), text, (self._drag, index))

    def finish_drag(self) -> None:
        """Note that a slider was released: its next change is undone separately."""
        self._drag += 1

    def set_mask(self, index: int, mask: Mask | None, text: str, merge: int | None = None) -> None:
        """Set where a step applies; None is everywhere.

        Args:
            index: of the step.
            mask: its new mask.
            text: name of the change for undo.
            merge: changes with the same number until :meth:`finish_drag` are undone as one; None never merges.
        """
        merge_key = None if merge is None else (self._drag, -1 - merge)
        self._change(lambda stack: with_mask(stack, index, mask), text, merge_key)

    def set_degradation(self, index: int, key: str) -> None:
        """Let a step remove another degradation, such as noise of another σ."""
        old = self._key(index)
        text = Retranslatable(
            lambda: translate("Editing", "{name} to {other}").format(name=_name(old), other=names.label(key))
        )
        self._change(lambda stack: with_degradation(stack, index, key), text)

    def undo(self) -> None:
        """Undo the last change, if there is one."""
        self._restore(UndoHistory.undo)

    def redo(self) -> None:
        """Redo the change that was undone last, if there is one."""
        self._restore(UndoHistory.redo)

    def _restore(self, step: Callable[[UndoHistory], Edit | None]) -> None:
        document = self._documents.current
        edit = step(document.undo) if document else None
        if document is not None and edit is not None:
            document.restore_edit(edit)
            self._changed(document)

    def _key(self, index: int) -> str:
        document = self._documents.current
        return document.edit.stack[index].degradation if document else ""

    def _change(self, change: Callable[[Stack], Stack], text: str, merge_key: tuple[int, int] | None = None) -> None:
        if self._documents.current is not None:
            self._change_document(self._documents.current, change, text, merge_key)

    def _change_document(
        self, document: Document, change: Callable[[Stack], Stack], text: str, merge_key: tuple[int, int] | None = None
    ) -> None:
        document.user_edited = True
        edit = replace(document.edit, stack=change(document.edit.stack))
        if edit.applied is not None and (not edit.steps or self._restorations.can_blend(document, edit.steps)):
            edit = replace(edit, applied=edit.steps)
        if document.set_edit(edit, text, merge_key):
            self._changed(document)

    def _changed(self, document: Document) -> None:
        if self._geometry_changes.reconcile(document):
            changed = Change.RESULT
        else:
            changed = self._restorations.reconcile(document)
        self._documents.changed(document, changed | Change.STEPS | Change.STATE)


def _name(key: str) -> str:
    """The name of a degradation; empty for an empty key, which there is without a photo."""
    return names.label(key) if key else ""


def _limited(stack: Stack, entry: StackStep, strength: float) -> Stack:
    """The stack with a smaller strength for ``entry``, unless its strength was changed or it was removed."""
    index = next((i for i, other in enumerate(stack) if replace(other, mask=None) == entry), None)
    return stack if index is None else with_strength(stack, index, strength)


def _replaced(new: Stack, _old: Stack) -> Stack:
    """``new``: the change of a stack that is replaced as a whole."""
    return new
