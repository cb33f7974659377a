"""Every action of the window: its words, icon and keys, and when it can be used."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenuBar, QToolBar, QToolButton

from dfpir_gui import icons
from dfpir_gui.pages import PAGES, STUDIO, Page
from dfpir_gui.session import Change, Session, State


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
    "quit": _Spec("&Quit", "Close the window", "quit", ("Ctrl+Q", "Ctrl+W")),
    "restore": _Spec("&Restore", "Restore the photo", "restore", ("Return", "Enter")),
    "stop": _Spec("S&top", "Stop what is running", "stop", ("Esc",)),
    "fit": _Spec("&Fit", "Show the whole photo", "fit", ("0", "Ctrl+0")),
    "zoom_100": _Spec("&100 %", "One screen pixel for each photo pixel", "actual", ("Ctrl+1",)),
    "zoom_200": _Spec("&200 %", "Four screen pixels for each photo pixel", "", ("Ctrl+2",)),
    "zoom_in": _Spec("Zoom &in", "Show the photo larger", "zoom-in", ("+", "=", "Ctrl++", "Ctrl+=")),
    "zoom_out": _Spec("Zoom &out", "Show the photo smaller", "zoom-out", ("-", "Ctrl+-")),
    "original": _Spec(
        "Show the &original", "Show the photo as it was, while held", "compare", shown_key="Space", short="Original"
    ),
    "split_left": _Spec("Move the line &left", "Show more of the restoration", shown_key="Left"),
    "split_right": _Spec("Move the line &right", "Show more of the original", shown_key="Right"),
    "shortcuts": _Spec("&Keyboard shortcuts", "All keys on one sheet", "keyboard", ("F1",)),
    "about": _Spec("&About DFPIR Studio", "Version and licence", "info"),
}

_VIEW = "&View"
_MENUS = {
    "&File": ("open", "save_as", None, "quit"),
    _VIEW: ("fit", "zoom_100", "zoom_200", "zoom_in", "zoom_out", None, "original", "split_left", "split_right"),
    "&Photo": ("restore", "stop"),
    "&Help": ("shortcuts", "about"),
}

_STUDIO = _Spec("&Studio", "Restore and compare photos", "studio", ("F2",))
_FIRST_PAGE_KEY = 3
"""The pages besides the Studio have the function keys from this one on."""

_TOOLBAR = ("open", "save_as", None, "restore", "stop", None, "original", None, "fit", "zoom_100", "zoom_200")
_ICON_ONLY = ("zoom_in", "zoom_out")


class Actions(QObject):
    """The actions, each under its name, enabled as the session allows.

    Attributes:
        pages: the actions that choose a page, by its key, the Studio first.
    """

    open: QAction
    save_as: QAction
    quit: QAction
    restore: QAction
    stop: QAction
    fit: QAction
    zoom_100: QAction
    zoom_200: QAction
    zoom_in: QAction
    zoom_out: QAction
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
        group = QActionGroup(self)
        for action in self.pages.values():
            action.setCheckable(True)
            group.addAction(action)
        self.original.setCheckable(True)
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
        for name in (*_TOOLBAR, *_ICON_ONLY):
            if name is None:
                bar.addSeparator()
                continue
            action = getattr(self, name)
            bar.addAction(action)
            button = bar.widgetForAction(action)
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
        self.open.setEnabled(session.state is not State.SAVING)
        for action in (self.fit, self.zoom_100, self.zoom_200, self.zoom_in, self.zoom_out):
            action.setEnabled(here and session.photo is not None)
        for action in (self.original, self.split_left, self.split_right):
            action.setEnabled(here and session.result is not None)


def _readable(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) if key else ""
