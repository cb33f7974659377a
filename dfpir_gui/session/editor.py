"""Changes of the steps, each of which can be undone."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from core.inference import Step
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import translate
from dfpir_gui.session.document import Document
from dfpir_gui.session.state import Change
from dfpir_gui.session.steps import Edit, Stack, StackStep, first_key, moved, placed, stack_of, with_entry, without
from dfpir_gui.session.undo import UndoHistory

if TYPE_CHECKING:
    from dfpir_gui.session.session import Session


class StepEditor:
    """Edits the stack of the photo that is shown.

    A change for which all passes are there changes the result, too; any other leaves the result as it is, out of date.

    Args:
        session: whose photo is edited.
        reconcile: brings the result of a document in line with its edit.
    """

    def __init__(self, session: "Session", reconcile: Callable[[Document], Change]) -> None:
        self._session = session
        self._reconcile = reconcile
        self._drag = 0

    def add(self, key: str, strength: float = 1.0) -> None:
        """Put a step at the end of the stack."""
        self._change(
            lambda stack: (*stack, StackStep(key, strength)),
            translate("Editing", "Add {name}").format(name=names.label(key)),
        )

    def toggle(self, family: str) -> None:
        """Take the steps of a family out if there are any that take part; else put one in, where it is best removed."""
        document = self._session.current
        if document is None:
            return
        stack = document.edit.stack
        mine = [entry for entry in stack if entry.family == family]
        name = names.family_label(family)
        if any(entry.enabled for entry in mine):
            self._change(
                lambda stack: tuple(entry for entry in stack if entry not in mine),
                translate("Editing", "Leave {name}").format(name=name),
            )
        elif mine:
            at = stack.index(mine[0])
            self._change(
                lambda stack: with_entry(stack, at, enabled=True),
                translate("Editing", "Remove {name}").format(name=name),
            )
        else:
            key = document.detection.key_of(family) if document.detection else first_key(family)
            self._change(
                lambda stack: placed(stack, StackStep(key)), translate("Editing", "Remove {name}").format(name=name)
            )

    def reset_to_detected(self) -> None:
        """Take the steps that the detector proposes in place of the whole stack."""
        document = self._session.current
        if document is not None and document.detection is not None:
            self.replace(document.proposed_steps, translate("Editing", "Choose what was found"))

    def replace(self, steps: Iterable[Step], words: str = "") -> None:
        """Take these steps in place of the whole stack."""
        wanted = stack_of(steps)
        self._change(lambda stack: wanted, words or translate("Editing", "Choose steps"))

    def remove(self, index: int) -> None:
        """Take a step out of the stack."""
        self._change(
            lambda stack: without(stack, index), translate("Editing", "Remove {name}").format(name=self._label(index))
        )

    def move(self, index: int, to: int) -> None:
        """Move a step to another place, clipped to the ends."""
        self._change(
            lambda stack: moved(stack, index, to), translate("Editing", "Move {name}").format(name=self._label(index))
        )

    def enable(self, index: int, enabled: bool) -> None:
        """Let a step take part or not."""
        words = translate("Editing", "Switch {name} on") if enabled else translate("Editing", "Switch {name} off")
        words = words.format(name=self._label(index))
        self._change(lambda stack: with_entry(stack, index, enabled=enabled), words)

    def set_strength(self, index: int, strength: float) -> None:
        """Set how much of a step is applied, clipped to 0.0 to 1.0. Undo takes one drag at a time."""
        strength = min(max(strength, 0.0), 1.0)
        words = translate("Editing", "Strength of {name}").format(name=self._label(index))
        self._change(lambda stack: with_entry(stack, index, strength=strength), words, (self._drag, index))

    def finish_drag(self) -> None:
        """Note that a slider was let go: its next change is one of its own for undo."""
        self._drag += 1

    def set_degradation(self, index: int, key: str) -> None:
        """Let a step remove something else, such as noise of another σ."""
        words = translate("Editing", "{name} to {other}").format(name=self._label(index), other=names.label(key))
        self._change(lambda stack: with_entry(stack, index, degradation=key), words)

    def apply(self, document: Document, steps: tuple[Step, ...]) -> None:
        """Note that the result that is shown was made with ``steps``."""
        edit = document.edit
        self._push(document, Edit(edit.stack, steps), translate("Editing", "Restore"))

    def undo(self) -> None:
        """Take the last change back, if there is one."""
        self._restore(UndoHistory.undo)

    def redo(self) -> None:
        """Make the change again that was taken back last, if there is one."""
        self._restore(UndoHistory.redo)

    def _restore(self, step: Callable[[UndoHistory], Edit | None]) -> None:
        document = self._session.current
        edit = step(document.undo) if document else None
        if document is not None and edit is not None:
            document.edit = edit
            self._follow(document)

    def _follow(self, document: Document) -> None:
        self._session.changed(document, self._reconcile(document) | Change.STEPS | Change.STATE)

    def _label(self, index: int) -> str:
        document = self._session.current
        return names.label(document.edit.stack[index].degradation) if document else ""

    def _change(self, change: Callable[[Stack], Stack], words: str, merge_key: tuple[int, int] | None = None) -> None:
        document = self._session.current
        if document is None:
            return
        document.user_edited = True
        edit = Edit(change(document.edit.stack), document.edit.applied)
        if edit.applied is not None and (not edit.steps or self._session.can_blend(document, edit.steps)):
            edit = Edit(edit.stack, edit.steps)
        self._push(document, edit, words, merge_key)

    def _push(self, document: Document, edit: Edit, words: str, merge_key: tuple[int, int] | None = None) -> None:
        if edit != document.edit:
            document.undo.add(document.edit, edit, words, merge_key)
            document.edit = edit
            self._follow(document)
