"""Every action of the window: its words, icon and keys, and when it can be used."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenuBar, QToolBar, QToolButton

from dfpir_gui import icons
from dfpir_gui.pages import PAGES, STUDIO, Page
from dfpir_gui.session import Change, Session
from dfpir_gui.views.scene import Mode


@dataclass(frozen=True)
class _Spec:
    """One action.

    Attributes:
        text: in menus and on buttons; ``&`` marks the key for the menu.
        tip: what it does.
        icon: name in ``resources/icons``, or empty.
        keys: shortcuts, the one that is shown first.
        shown_key: a key that is handled elsewhere, because it must be held or depends on the focus.
        short: text for the tool bar, where that of the menu is too long.
    """

    text: str
    tip: str
    icon: str = ""
    keys: tuple[str, ...] = ()
    shown_key: str = ""
    short: str = ""


_SPECS = {
    "open": _Spec("&Open…", "Open a photo", "open", ("Ctrl+O",)),
    "save_as": _Spec("&Save as…", "Save the restored photo under a new name", "save", ("Ctrl+S",)),
    "close_photo": _Spec("&Close photo", "Close the photo that is shown", "close", ("Ctrl+W",)),
    "quit": _Spec("&Quit", "Close the window", "quit", ("Ctrl+Q",)),
    "undo": _Spec("&Undo", "Take the last change back", "undo", ("Ctrl+Z",)),
    "redo": _Spec("&Redo", "Make the change again", "redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    "restore": _Spec("&Restore", "Restore the photo", "restore", ("Return", "Enter")),
    "restore_all": _Spec("Restore &all", "Restore all open photos, one after the other", "", ("Ctrl+Return",)),
    "next_photo": _Spec("&Next photo", "Show the next open photo", "", ("Ctrl+Right", "Ctrl+PgDown")),
    "previous_photo": _Spec("Pre&vious photo", "Show the open photo before this one", "", ("Ctrl+Left", "Ctrl+PgUp")),
    "stop": _Spec("S&top", "Stop what is running", "stop", ("Esc",)),
    "fit": _Spec("&Fit", "Show the whole photo", "fit", ("0", "Ctrl+0")),
    "zoom_100": _Spec("&100 %", "One screen pixel for each photo pixel", "actual", ("Ctrl+1",)),
    "zoom_200": _Spec("&200 %", "Four screen pixels for each photo pixel", "double", ("Ctrl+2",)),
    "zoom_in": _Spec("Zoom &in", "Show the photo larger", "zoom-in", ("+", "=", "Ctrl++", "Ctrl+=")),
    "zoom_out": _Spec("Zoom &out", "Show the photo smaller", "zoom-out", ("-", "Ctrl+-")),
    "split": _Spec("&Split", "Before and after on the two sides of a line", "compare", ("1",)),
    "side": _Spec("S&ide by side", "Before and after beside each other, moved together", "side", ("2",)),
    "hold": _Spec("&Hold", "The restoration alone; hold Space to see the original", "hold", ("3",)),
    "difference": _Spec("&Difference", "Where the restoration differs from the original", "difference", ("4",)),
    "amplify": _Spec("&Amplify the difference", "Amplify the difference more", keys=(".",)),
    "attenuate": _Spec("A&ttenuate the difference", "Amplify the difference less", keys=(",",)),
    "loupe": _Spec("&Loupe", "Magnify before and after beside the cursor", "loupe", ("L",)),
    "original": _Spec("Show the &original", "Show the photo as it was, while held", shown_key="Space"),
    "split_left": _Spec("Move the line &left", "Show more of the restoration", shown_key="Left"),
    "split_right": _Spec("Move the line &right", "Show more of the original", shown_key="Right"),
    "shortcuts": _Spec("&Keyboard shortcuts", "All keys on one sheet", "keyboard", ("F1",)),
    "about": _Spec("&About DFPIR Studio", "Version and licence", "info"),
}

_VIEW = "&View"
_MENUS = {
    "&File": ("open", "close_photo", None, "save_as", None, "quit"),
    "&Edit": ("undo", "redo"),
    _VIEW: (
        *("fit", "zoom_100", "zoom_200", "zoom_in", "zoom_out", None),
        *("split", "side", "hold", "difference", None),
        *("original", "loupe", "split_left", "split_right", "amplify", "attenuate"),
    ),
    "&Photo": ("restore", "restore_all", "stop", None, "next_photo", "previous_photo"),
    "&Help": ("shortcuts", "about"),
}

_STUDIO = _Spec("&Studio", "Restore and compare photos", "studio", ("F2",))
_FIRST_PAGE_KEY = 3
"""The pages besides the Studio have the function keys from this one on."""

_TOOLBAR = (
    *("open", "save_as", None, "restore", "stop", None, "undo", "redo", None),
    *("split", "side", "hold", "difference", "loupe", None),
    *("fit", "zoom_100", "zoom_200"),
)
_ICON_ONLY = ("undo", "redo")


class Actions(QObject):
    """The actions, each under its name, enabled as the session allows.

    Attributes:
        pages: the actions that choose a page, by its key, the Studio first.
        modes: the actions that choose how before and after are compared.
    """

    open: QAction
    save_as: QAction
    close_photo: QAction
    quit: QAction
    undo: QAction
    redo: QAction
    restore: QAction
    restore_all: QAction
    next_photo: QAction
    previous_photo: QAction
    stop: QAction
    fit: QAction
    zoom_100: QAction
    zoom_200: QAction
    zoom_in: QAction
    zoom_out: QAction
    split: QAction
    side: QAction
    hold: QAction
    difference: QAction
    amplify: QAction
    attenuate: QAction
    loupe: QAction
    original: QAction
    split_left: QAction
    split_right: QAction
    shortcuts: QAction
    about: QAction

    def __init__(self, session: Session, parent: QObject, pages: Sequence[Page] = PAGES) -> None:
        super().__init__(parent)
        self._session = session
        self._studio_shown = True
        self._page_specs = {STUDIO: _STUDIO} | {
            page.key: _Spec(page.title, page.tip, page.icon, (f"F{number}",))
            for number, page in enumerate(pages, _FIRST_PAGE_KEY)
        }
        for name, spec in _SPECS.items():
            setattr(self, name, self._make(spec))
        self.pages = {key: self._make(spec) for key, spec in self._page_specs.items()}
        self.modes = {mode: getattr(self, mode.value) for mode in Mode}
        self._choose_one_of(self.pages.values())
        self._choose_one_of(self.modes.values())
        self.split.setChecked(True)
        for action in (self.original, self.loupe):
            action.setCheckable(True)
        session.subscribe(self._on_change)
        self._on_change(Change.STATE)

    def fill_menus(self, bar: QMenuBar) -> None:
        """Put every action into the menu bar."""
        for title, names in _MENUS.items():
            menu = bar.addMenu(title)
            menu.setToolTipsVisible(True)
            for name in names:
                if name is None:
                    menu.addSeparator()
                else:
                    menu.addAction(getattr(self, name))
            if title == _VIEW:
                menu.addSeparator()
                menu.addActions(list(self.pages.values()))

    def fill_toolbar(self, bar: QToolBar) -> None:
        """Put the most used actions onto the tool bar."""
        for name in _TOOLBAR:
            if name is None:
                bar.addSeparator()
                continue
            bar.addAction(getattr(self, name))
            button = bar.widgetForAction(getattr(self, name))
            if name in _ICON_ONLY and isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def show_for(self, page: str) -> None:
        """Let the actions that work on the Studio's photo rest while another page is in sight."""
        self._studio_shown = page == STUDIO
        self._on_change(Change.STATE)

    def sheet(self) -> list[tuple[str, str]]:
        """Return what each action does and its two usual keys, for the shortcut sheet."""
        rows = []
        for spec in (*_SPECS.values(), *self._page_specs.values()):
            keys = [_readable(key) for key in spec.keys[:2]] or [_readable(spec.shown_key)] * bool(spec.shown_key)
            if keys:
                rows.append((spec.tip, " or ".join(keys)))
        return rows

    def _choose_one_of(self, actions: Iterable[QAction]) -> None:
        group = QActionGroup(self)
        for action in actions:
            action.setCheckable(True)
            group.addAction(action)

    def _make(self, spec: _Spec) -> QAction:
        # Behind a tab, a menu shows a key without claiming it.
        action = QAction(f"{spec.text}\t{_readable(spec.shown_key)}" if spec.shown_key else spec.text, self)
        key = _readable(spec.keys[0] if spec.keys else spec.shown_key)
        action.setToolTip(f"{spec.tip} ({key})" if key else spec.tip)
        action.setStatusTip("")
        action.setShortcuts([QKeySequence(entry) for entry in spec.keys])
        action.setIconText(spec.short or spec.text.replace("&", "").removesuffix("…"))
        if spec.icon:
            action.setIcon(icons.icon(spec.icon))
        return action

    def _on_change(self, changed: Change) -> None:
        session, here = self._session, self._studio_shown
        self.restore.setEnabled(here and session.can_restore)
        self.stop.setEnabled(here and session.can_stop)
        self.save_as.setEnabled(here and session.can_save)
        looks = (self.fit, self.zoom_100, self.zoom_200, self.zoom_in, self.zoom_out, self.loupe)
        for action in (*looks, *self.modes.values()):
            action.setEnabled(here and session.photo is not None)
        self.restore_all.setEnabled(here and session.can_restore_all)
        self.close_photo.setEnabled(here and session.current is not None)
        for action in (self.next_photo, self.previous_photo):
            action.setEnabled(here and len(session.documents) > 1)
        undo = session.current.undo if session.current else None
        self.undo.setEnabled(here and undo is not None and undo.canUndo())
        self.undo.setText(f"&Undo {undo.undoText()}" if undo and undo.canUndo() else "&Undo")
        self.redo.setEnabled(here and undo is not None and undo.canRedo())
        self.redo.setText(f"&Redo {undo.redoText()}" if undo and undo.canRedo() else "&Redo")
        for action in (self.original, self.split_left, self.split_right, self.amplify, self.attenuate):
            action.setEnabled(here and session.result is not None)


def _readable(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) if key else ""
