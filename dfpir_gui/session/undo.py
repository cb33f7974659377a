"""The undo history of one photo: its edits, in the order in which they were made."""

from collections.abc import Iterator
from dataclasses import dataclass

from dfpir_gui.i18n.language import retranslate
from dfpir_gui.session.steps import Edit

_MAX_CHANGES = 200


@dataclass(frozen=True)
class _Change:
    """One change.

    Attributes:
        before: the edit before it.
        after: the edit after it.
        text: what was changed, for the menu, e.g. ``"Add Haze"``.
        merge_key: consecutive changes with the same key become one; None never merges.
    """

    before: Edit
    after: Edit
    text: str
    merge_key: tuple[int, int] | None


class UndoHistory:
    """Keeps the last 200 changes of an edit. Undoing one restores the whole :class:`Edit`."""

    def __init__(self) -> None:
        self._done: list[_Change] = []
        self._undone: list[_Change] = []  # the change that is redone next is the last one

    def add(self, before: Edit, after: Edit, text: str, merge_key: tuple[int, int] | None = None) -> None:
        """Record a change that was just made. Changes that were undone can no longer be redone."""
        self._undone.clear()
        last = self._done[-1] if self._done else None
        if last is not None and merge_key is not None and last.merge_key == merge_key:
            self._done[-1] = _Change(last.before, after, text, merge_key)
            return
        self._done.append(_Change(before, after, text, merge_key))
        del self._done[:-_MAX_CHANGES]

    def undo(self) -> Edit | None:
        """Go one change back; return the edit to restore, or None if there is nothing to undo."""
        if not self._done:
            return None
        change = self._done.pop()
        self._undone.append(change)
        return change.before

    def redo(self) -> Edit | None:
        """Go one change forward; return the edit to restore, or None if there is nothing to redo."""
        if not self._undone:
            return None
        change = self._undone.pop()
        self._done.append(change)
        return change.after

    @property
    def earlier(self) -> Iterator[Edit]:
        """The edits before, as :meth:`undo` would restore them one after the other."""
        return (change.before for change in reversed(self._done))

    @property
    def can_undo(self) -> bool:
        """Whether there is a change to undo."""
        return bool(self._done)

    @property
    def can_redo(self) -> bool:
        """Whether there is a change to redo."""
        return bool(self._undone)

    @property
    def undo_text(self) -> str:
        """What :meth:`undo` takes back; empty if nothing."""
        return retranslate(self._done[-1].text) if self._done else ""

    @property
    def redo_text(self) -> str:
        """What :meth:`redo` makes again; empty if nothing."""
        return retranslate(self._undone[-1].text) if self._undone else ""
