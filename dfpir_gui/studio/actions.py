"""Every action of the window: its words, icon and keys, and when it can be used."""

import re
from collections.abc import Iterable, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QToolButton

from dfpir_gui.app.pages import PAGES
from dfpir_gui.i18n.language import translate, translated
from dfpir_gui.session import Change, Session
from dfpir_gui.studio.action_table import (
    BESIDE,
    FIRST_PAGE_KEY,
    ICON_ONLY,
    MENUS,
    RECENT,
    SPECS,
    STUDIO_SPEC,
    SUBMENUS,
    TOOLBAR,
    VIEW,
    Spec,
)
from dfpir_gui.studio.scene import Mode
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.page import STUDIO, Page


class Actions(QObject):
    """The actions, each under its name, enabled as the session allows.

    Attributes:
        pages: the actions that choose a page, by its key, the Studio first.
        modes: the actions that choose how before and after are compared.
        recent: the menu of recent files, once the menus are filled; others fill it.
        beside: the menu of what the photo is compared with; likewise.
    """

    recent: QMenu
    beside: QMenu
    open: QAction
    open_folder: QAction
    paste: QAction
    save_as: QAction
    close_photo: QAction
    quit: QAction
    settings: QAction
    undo: QAction
    redo: QAction
    restore: QAction
    restore_all: QAction
    preview: QAction
    export: QAction
    copy: QAction
    apply_recipe: QAction
    try_all: QAction
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
    log: QAction
    models: QAction
    about: QAction

    def __init__(self, session: Session, parent: QObject, pages: Sequence[Page] = PAGES) -> None:
        super().__init__(parent)
        self._session = session
        self._studio_shown = True
        self._page_specs = {STUDIO: STUDIO_SPEC} | {
            page.key: Spec(page.title, page.tip, page.icon, (f"F{number}",))
            for number, page in enumerate(pages, FIRST_PAGE_KEY)
        }
        for name, spec in SPECS.items():
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
        for title, names in MENUS.items():
            menu = bar.addMenu(translated(title))
            menu.setToolTipsVisible(True)
            for name in names:
                if name is None:
                    menu.addSeparator()
                elif name in (RECENT, BESIDE):
                    setattr(self, name, menu.addMenu(translated(SUBMENUS[name])))
                else:
                    menu.addAction(getattr(self, name))
            if title == VIEW:
                menu.addSeparator()
                menu.addActions(list(self.pages.values()))

    def fill_toolbar(self, bar: QToolBar) -> None:
        """Put the most used actions onto the tool bar."""
        for name in TOOLBAR:
            if name is None:
                bar.addSeparator()
                continue
            bar.addAction(getattr(self, name))
            button = bar.widgetForAction(getattr(self, name))
            if name in ICON_ONLY and isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    def show_for(self, page: str) -> None:
        """Let the actions that work on the Studio's photo rest while another page is in sight."""
        self._studio_shown = page == STUDIO
        self._on_change(Change.STATE)

    def sheet(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return, for each menu, its title and what its actions do with their two usual keys: the shortcut sheet."""
        sections = []
        for title, names in MENUS.items():
            specs = [SPECS[name] for name in names if name in SPECS]
            if title == VIEW:
                specs += self._page_specs.values()
            rows = [(translated(spec.tip), _keys_of(spec)) for spec in specs if _keys_of(spec)]
            if rows:
                sections.append((plain(translated(title)), rows))
        return sections

    def _choose_one_of(self, actions: Iterable[QAction]) -> None:
        group = QActionGroup(self)
        for action in actions:
            action.setCheckable(True)
            group.addAction(action)

    def _make(self, spec: Spec) -> QAction:
        # Behind a tab, a menu shows a key without claiming it.
        text, tip = translated(spec.text), translated(spec.tip)
        action = QAction(f"{text}\t{_readable(spec.shown_key)}" if spec.shown_key else text, self)
        key = _readable(spec.keys[0] if spec.keys else spec.shown_key)
        action.setToolTip(f"{tip} ({key})" if key else tip)
        action.setStatusTip("")
        action.setShortcuts([QKeySequence(entry) for entry in spec.keys])
        action.setIconText(translated(spec.short) if spec.short else plain(text))
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
        self.export.setEnabled(here and session.can_save)
        for action in (self.copy, self.apply_recipe):
            action.setEnabled(here and session.photo is not None)
        self.preview.setEnabled(here and session.can_restore)
        self.try_all.setEnabled(here and session.photo is not None)
        self.restore_all.setEnabled(here and session.can_restore_all)
        self.close_photo.setEnabled(here and session.current is not None)
        for action in (self.next_photo, self.previous_photo):
            action.setEnabled(here and len(session.documents) > 1)
        undo = session.current.undo if session.current else None
        self.undo.setEnabled(here and undo is not None and undo.can_undo)
        self.undo.setText(translated("&Undo") + (f" {undo.undo_text}" if undo and undo.can_undo else ""))
        self.redo.setEnabled(here and undo is not None and undo.can_redo)
        self.redo.setText(translated("&Redo") + (f" {undo.redo_text}" if undo and undo.can_redo else ""))
        for action in (self.original, self.split_left, self.split_right, self.amplify, self.attenuate):
            action.setEnabled(here and session.after is not None)


def plain(text: str) -> str:
    """Return the text of a menu entry without its mnemonic, which some languages put in brackets, and its dots."""
    return re.sub(r"\(&\w\)", "", text).replace("&", "").removesuffix("…")


def _keys_of(spec: Spec) -> str:
    given = spec.keys[:2] or (spec.shown_key,) * bool(spec.shown_key)
    keys = list(dict.fromkeys(_readable(key) for key in given))  # two keys can have one name in some languages
    if len(keys) < 2:
        return "".join(keys)
    return translate("Actions", "{key} or {other}").format(key=keys[0], other=keys[1])


def _readable(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) if key else ""
