"""Every action of the window: text, icon, shortcuts, place in the menus, and when it is enabled."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolBar, QToolButton

from dfpir_gui.app.pages import PAGES
from dfpir_gui.i18n.language import tr, translate, translated
from dfpir_gui.session import Change, Session
from dfpir_gui.studio.scene import Mode
from dfpir_gui.widgets import icons
from dfpir_gui.widgets.page import STUDIO, Page

_ESCAPE = "Esc"
"""Of all actions with this key, only one has it at a time; see :meth:`Actions._assign_escape`."""


@dataclass(frozen=True)
class ActionSpec:
    """One action.

    Attributes:
        text: menu text; ``&`` marks the mnemonic, which is unique in its menu.
        tip: what the action does.
        icon: file name in ``resources/icons`` without ``.svg``, or empty.
        keys: shortcuts; the first one is shown.
        shown_key: a key that is only displayed: it must be held or depends on the focus, and is handled elsewhere.
    """

    text: str
    tip: str
    icon: str = ""
    keys: tuple[str, ...] = ()
    shown_key: str = ""


SPECS = {
    "open": ActionSpec(tr("&Open…"), tr("Open photos"), "open", ("Ctrl+O",)),
    "open_folder": ActionSpec(tr("Open &folder…"), tr("Open all photos in a folder"), "", ("Ctrl+Shift+O",)),
    "paste": ActionSpec(tr("&Paste"), tr("Open the image or files from the clipboard"), "paste", ("Ctrl+V",)),
    "save": ActionSpec(
        tr("&Save"), tr("Save the restored photo next to the original, under the suggested name"), "save", ("Ctrl+S",)
    ),
    "save_as": ActionSpec(tr("Save &as…"), tr("Choose a name and save the restored photo"), "", ("Ctrl+Shift+S",)),
    "show_in_folder": ActionSpec(
        tr("Show in fol&der"), tr("Show the saved file, or else the photo, in the file manager"), "", ("Ctrl+Shift+E",)
    ),
    "export": ActionSpec(
        tr("&Export…"), tr("Choose format, quality, metadata and name, and save"), "export", ("Ctrl+E",)
    ),
    "close_photo": ActionSpec(tr("&Close photo"), tr("Close the current photo"), "close", ("Ctrl+W",)),
    "quit": ActionSpec(tr("&Quit"), tr("Close the window"), "quit", ("Ctrl+Q",)),
    "settings": ActionSpec(tr("Se&ttings…"), tr("Theme, language, device, precision, memory"), "settings", ("Ctrl+,",)),
    "undo": ActionSpec(tr("&Undo"), tr("Undo the last change"), "undo", ("Ctrl+Z",)),
    "redo": ActionSpec(tr("&Redo"), tr("Redo the last undone change"), "redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    "copy": ActionSpec(tr("&Copy photo"), tr("Copy the result, or the photo, to the clipboard"), "copy", ("Ctrl+C",)),
    "copy_steps": ActionSpec(tr("Copy &steps"), tr("Copy the steps of the photo"), "", ("Ctrl+Shift+C",)),
    "paste_steps": ActionSpec(
        tr("Paste st&eps"), tr("Replace the steps of the selected photos by the copied ones"), "", ("Ctrl+Shift+V",)
    ),
    "restore": ActionSpec(tr("&Restore"), tr("Restore the photo"), "restore", ("Return", "Enter")),
    "restore_all": ActionSpec(
        tr("Restore &all"), tr("Restore all open photos, one after another"), "", ("Ctrl+Return",)
    ),
    "preview": ActionSpec(tr("&Preview"), tr("Restore only the visible area"), "preview", ("P",)),
    "apply_recipe": ActionSpec(
        tr("Apply re&cipe…"), tr("Apply the steps, rotation and crop of a recipe file"), "", ("Ctrl+R",)
    ),
    "try_all": ActionSpec(tr("&Try all…"), tr("Try every step on the visible area"), "try-all", ("T",)),
    "mask_edit": ActionSpec(tr("&Edit mask"), tr("Limit a step to a part of the photo"), "mask", ("M",)),
    "mask_done": ActionSpec(tr("&Done"), tr("Stop editing the mask"), keys=(_ESCAPE,)),
    "mask_brush": ActionSpec(tr("&Brush"), tr("Paint the mask with a brush"), "brush", ("B",)),
    "mask_linear": ActionSpec(tr("&Linear gradient"), tr("Add a linear gradient to the mask"), "linear", ("G",)),
    "mask_radial": ActionSpec(tr("&Radial gradient"), tr("Add a radial gradient to the mask"), "radial", ("Shift+G",)),
    "mask_luminance": ActionSpec(tr("Li&ghtness range"), tr("Add a range of lightness to the mask"), "lightness"),
    "mask_colour": ActionSpec(tr("&Colour range"), tr("Add a range of colours to the mask"), "colour-range"),
    "mask_sky": ActionSpec(tr("&Sky"), tr("Add the sky to the mask"), "sky", ("Shift+S",)),
    "mask_all_but_sky": ActionSpec(
        tr("E&verywhere except the sky"), tr("Leave the sky out of the mask"), "", ("Ctrl+Alt+S",)
    ),
    "mask_picture": ActionSpec(tr("&Picture…"), tr("Add a grey picture from a file to the mask"), "photo"),
    "mask_invert": ActionSpec(tr("&Invert mask"), tr("Apply the step outside the mask instead"), "", ("Shift+I",)),
    "mask_remove": ActionSpec(tr("Re&move mask"), tr("Apply the step everywhere")),
    "mask_overlay": ActionSpec(tr("Show mas&k"), tr("Show the mask in red over the photo"), "", ("O",)),
    "mask_erase": ActionSpec(tr("Er&ase"), tr("Remove from the mask while painting"), "", ("X",)),
    "mask_smaller": ActionSpec(tr("Smaller br&ush"), tr("Make the brush smaller"), "", ("[",)),
    "mask_larger": ActionSpec(tr("Larger brus&h"), tr("Make the brush larger"), "", ("]",)),
    "next_photo": ActionSpec(tr("&Next photo"), tr("Show the next open photo"), "", ("Ctrl+Right", "Ctrl+PgDown")),
    "previous_photo": ActionSpec(
        tr("Pre&vious photo"), tr("Show the previous open photo"), "", ("Ctrl+Left", "Ctrl+PgUp")
    ),
    "stop": ActionSpec(tr("&Stop"), tr("Stop the current work"), "stop", (_ESCAPE,)),
    "fit": ActionSpec(tr("&Fit"), tr("Show the whole photo"), "fit", ("0", "Ctrl+0")),
    "zoom_100": ActionSpec(tr("&100 %"), tr("Zoom to 100 %"), "actual", ("Ctrl+1",)),
    "zoom_200": ActionSpec(tr("&200 %"), tr("Zoom to 200 %"), "double", ("Ctrl+2",)),
    "zoom_in": ActionSpec(tr("Zoom &in"), tr("Show the photo larger"), "zoom-in", ("+", "=", "Ctrl++", "Ctrl+=")),
    "zoom_out": ActionSpec(tr("Zoom &out"), tr("Show the photo smaller"), "zoom-out", ("-", "Ctrl+-")),
    "split": ActionSpec(tr("&Split"), tr("Show before and after on either side of a line"), "compare", ("1",)),
    "side": ActionSpec(tr("Side &by side"), tr("Show before and after next to each other"), "side", ("2",)),
    "hold": ActionSpec(tr("&Hold"), tr("Show the result only; hold Space to see the original"), "hold", ("3",)),
    "difference": ActionSpec(
        tr("&Difference"), tr("Show where the result differs from the original"), "difference", ("4",)
    ),
    "amplify": ActionSpec(tr("&Amplify difference"), tr("Amplify the difference more"), keys=(".",)),
    "attenuate": ActionSpec(tr("A&ttenuate difference"), tr("Amplify the difference less"), keys=(",",)),
    "loupe": ActionSpec(tr("&Loupe"), tr("Magnify before and after at the cursor"), "loupe", ("L",)),
    "original": ActionSpec(tr("Show o&riginal"), tr("Show the original while the key is held"), shown_key="Space"),
    "split_left": ActionSpec(tr("Move split l&eft"), tr("Show more of the result"), shown_key="Left"),
    "split_right": ActionSpec(tr("Move split ri&ght"), tr("Show more of the original"), shown_key="Right"),
    "histogram": ActionSpec(tr("Histogra&m"), tr("Show the histogram below the result"), "", ("H",)),
    "clipping": ActionSpec(
        tr("Mar&k clipped areas"), tr("Mark clipped shadows in blue and clipped lights in red"), "", ("J",)
    ),
    "full_screen": ActionSpec(tr("Full scree&n"), tr("Show only the photo; Esc leaves the full screen"), "", ("F11",)),
    "rotate_left": ActionSpec(
        tr("Rotate &left"), tr("Rotate the photo by 90° to the left"), "rotate-left", ("Ctrl+[",)
    ),
    "rotate_right": ActionSpec(
        tr("Rotate ri&ght"), tr("Rotate the photo by 90° to the right"), "rotate-right", ("Ctrl+]",)
    ),
    "crop": ActionSpec(tr("Cr&op…"), tr("Crop and rotate the photo before it is restored"), "crop", ("C",)),
    "models": ActionSpec(tr("&Manage models…"), tr("Add, inspect, select and remove models"), "models", ("Ctrl+M",)),
    "guide": ActionSpec(tr("&Guide"), tr("Read the user guide"), "", ("Shift+F1",)),
    "hints": ActionSpec(tr("Show &hints again"), tr("Show the hints for the first steps again")),
    "shortcuts": ActionSpec(tr("&Keyboard shortcuts"), tr("List all keyboard shortcuts"), "keyboard", ("F1",)),
    "log": ActionSpec(tr("Show &log"), tr("Show the log of the program"), "log"),
    "about": ActionSpec(tr("&About DFPIR Studio"), tr("Version and licence"), "info"),
}

RECENT, COMPARE_WITH = "recent", "compare_with"
SUBMENUS = {RECENT: tr("Open &recent"), COMPARE_WITH: tr("&Compare with")}
"""Submenus that other parts of the window fill."""

VIEW = tr("&View")

MENUS: dict[str, tuple[str | None, ...]] = {
    tr("&File"): (
        "open",
        "open_folder",
        RECENT,
        "close_photo",
        None,
        "save",
        "save_as",
        "export",
        "show_in_folder",
        None,
        "quit",
    ),
    tr("&Edit"): ("undo", "redo", None, "copy", "paste", "copy_steps", "paste_steps", None, "settings"),
    VIEW: (
        *("fit", "zoom_100", "zoom_200", "zoom_in", "zoom_out", None),
        *("split", "side", "hold", "difference", None),
        *("original", "loupe", "split_left", "split_right", "amplify", "attenuate", None),
        *("histogram", "clipping", "full_screen"),
    ),
    tr("&Photo"): (
        *("restore", "preview", "restore_all", "stop", None),
        *("try_all", "apply_recipe", None),
        *("rotate_left", "rotate_right", "crop", None),
        *("next_photo", "previous_photo"),
    ),
    tr("Mas&k"): (
        *("mask_edit", "mask_done", None),
        *("mask_brush", "mask_linear", "mask_radial", "mask_luminance", "mask_colour"),
        *("mask_sky", "mask_all_but_sky", "mask_picture", None, "mask_invert", "mask_remove", None),
        *("mask_overlay", "mask_erase", "mask_smaller", "mask_larger"),
    ),
    tr("&Models"): ("models", COMPARE_WITH),
    tr("&Help"): ("guide", "shortcuts", "hints", None, "log", None, "about"),
}
"""Actions and submenus of each menu; None is a separator."""

STUDIO_SPEC = ActionSpec(tr("St&udio"), tr("Restore and compare photos"), "studio", ("F2",))
FIRST_PAGE_KEY = 3
"""The other pages have the function keys from F3 on."""

TOOLBAR: tuple[str | None, ...] = (
    *("open", "save", None, "restore", "stop", None, "undo", "redo", None),
    *("split", "side", "hold", "difference", "loupe", None),
    *("fit", "zoom_100", "zoom_200"),
)
ICON_ONLY = ("undo", "redo")


class Actions(QObject):
    """All actions as attributes, enabled according to the session and the current page.

    Attributes:
        pages: the actions that show a page, by its key, the Studio first.
        modes: the actions that select how before and after are compared.
        recent: the submenu of recent files; empty until another part fills it.
        compare_with: the submenu of what the photo is compared with; likewise.
    """

    recent: QMenu
    compare_with: QMenu
    open: QAction
    open_folder: QAction
    paste: QAction
    save: QAction
    save_as: QAction
    show_in_folder: QAction
    copy_steps: QAction
    paste_steps: QAction
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
    histogram: QAction
    clipping: QAction
    full_screen: QAction
    rotate_left: QAction
    rotate_right: QAction
    crop: QAction
    guide: QAction
    hints: QAction
    split_left: QAction
    split_right: QAction
    mask_edit: QAction
    mask_done: QAction
    mask_brush: QAction
    mask_linear: QAction
    mask_radial: QAction
    mask_luminance: QAction
    mask_colour: QAction
    mask_sky: QAction
    mask_all_but_sky: QAction
    mask_picture: QAction
    mask_invert: QAction
    mask_remove: QAction
    mask_overlay: QAction
    mask_erase: QAction
    mask_smaller: QAction
    mask_larger: QAction
    shortcuts: QAction
    log: QAction
    models: QAction
    about: QAction

    def __init__(self, session: Session, parent: QObject, pages: Sequence[Page] = PAGES) -> None:
        super().__init__(parent)
        self._session = session
        self._studio_shown = True
        self._cropping = False
        self._page_specs = {STUDIO: STUDIO_SPEC} | {
            page.key: ActionSpec(page.title, page.tip, page.icon, (f"F{number}",))
            for number, page in enumerate(pages, FIRST_PAGE_KEY)
        }
        for name, spec in SPECS.items():
            setattr(self, name, self._create(spec))
        self.pages = {key: self._create(spec) for key, spec in self._page_specs.items()}
        self.modes = {mode: getattr(self, mode.value) for mode in Mode}
        self._make_exclusive(self.pages.values())
        self._make_exclusive(self.modes.values())
        self.split.setChecked(True)
        checkable = (self.original, self.loupe, self.histogram, self.clipping, self.full_screen)
        for action in (*checkable, self.mask_edit, self.mask_brush, self.mask_invert):
            action.setCheckable(True)
        for action in (self.mask_overlay, self.mask_erase):
            action.setCheckable(True)
        self.mask_done.setEnabled(False)
        for signal in (self.mask_done.enabledChanged, self.full_screen.toggled):
            signal.connect(self._assign_escape)
        self._assign_escape()
        session.subscribe(self._on_change)
        self._on_change(Change.STATE)

    def fill_menus(self, bar: QMenuBar) -> None:
        """Add the menus with every action to the menu bar."""
        for title, names in MENUS.items():
            menu = bar.addMenu(translated(title))
            menu.setToolTipsVisible(True)
            for name in names:
                if name is None:
                    menu.addSeparator()
                elif name in (RECENT, COMPARE_WITH):
                    setattr(self, name, menu.addMenu(translated(SUBMENUS[name])))
                else:
                    menu.addAction(getattr(self, name))
            if title == VIEW:
                menu.addSeparator()
                menu.addActions(list(self.pages.values()))

    def fill_toolbar(self, bar: QToolBar) -> None:
        """Add the most used actions to the tool bar."""
        for name in TOOLBAR:
            if name is None:
                bar.addSeparator()
                continue
            bar.addAction(getattr(self, name))
            button = bar.widgetForAction(getattr(self, name))
            if name in ICON_ONLY and isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    @property
    def all(self) -> list[QAction]:
        """All actions of the menus."""
        return [*(getattr(self, name) for name in SPECS), *self.pages.values()]

    def set_page(self, page: str) -> None:
        """Disable the actions of the Studio while another page is shown."""
        self._studio_shown = page == STUDIO
        self._on_change(Change.STATE)

    def set_cropping(self, cropping: bool) -> None:
        """Disable the actions on the photo while it is cropped."""
        self._cropping = cropping
        self._on_change(Change.STATE)

    def shortcut_sections(self) -> list[tuple[str, list[tuple[str, str]]]]:
        """Return the title of each menu with descriptions and keys (at most two) of its actions."""
        sections = []
        for title, names in MENUS.items():
            specs = [SPECS[name] for name in names if name is not None and name in SPECS]
            if title == VIEW:
                specs += self._page_specs.values()
            rows = [(translated(spec.tip), _keys_of(spec)) for spec in specs if _keys_of(spec)]
            if rows:
                sections.append((plain(translated(title)), rows))
        return sections

    def _assign_escape(self) -> None:
        """Let Esc leave the innermost mode: the mask, then the full screen; otherwise it stops the current work."""
        modes = {"mask_done": self.mask_done.isEnabled(), "full_screen": self.full_screen.isChecked(), "stop": True}
        left_by_escape = next(name for name, active in modes.items() if active)
        for name in modes:
            keys = [key for key in SPECS[name].keys if key != _ESCAPE] + [_ESCAPE] * (name == left_by_escape)
            getattr(self, name).setShortcuts([QKeySequence(key) for key in keys])

    def _make_exclusive(self, actions: Iterable[QAction]) -> None:
        group = QActionGroup(self)
        for action in actions:
            action.setCheckable(True)
            group.addAction(action)

    def _create(self, spec: ActionSpec) -> QAction:
        # Text after a tab is shown as a key without being a shortcut.
        text, tip = translated(spec.text), translated(spec.tip)
        action = QAction(f"{text}\t{_readable(spec.shown_key)}" if spec.shown_key else text, self)
        key = _readable(spec.keys[0] if spec.keys else spec.shown_key)
        action.setToolTip(f"{tip} ({key})" if key else tip)
        action.setStatusTip("")
        action.setShortcuts([QKeySequence(entry) for entry in spec.keys])
        action.setIconText(plain(text))
        if spec.icon:
            action.setIcon(icons.icon(spec.icon))
        return action

    def _on_change(self, changed: Change) -> None:
        session, active = self._session, self._studio_shown and not self._cropping
        self.restore.setEnabled(active and session.can_restore)
        self.stop.setEnabled(self._studio_shown and session.can_stop)
        view_actions = (self.fit, self.zoom_100, self.zoom_200, self.zoom_in, self.zoom_out, self.loupe, self.clipping)
        for action in (*view_actions, *self.modes.values()):
            action.setEnabled(active and session.photo is not None)
        self.full_screen.setEnabled(active and (session.photo is not None or self.full_screen.isChecked()))
        self.histogram.setEnabled(active)
        self.save.setEnabled(active and (session.can_save or session.updating))  # it waits for the update
        for action in (self.save_as, self.export):
            action.setEnabled(active and session.can_save)
        for action in (self.rotate_left, self.rotate_right, self.crop):
            action.setEnabled(active and session.can_change_geometry)
        self.copy_steps.setEnabled(active and bool(session.steps))
        self.paste_steps.setEnabled(active and session.current is not None and session.copied_steps is not None)
        self.show_in_folder.setEnabled(active and session.current is not None)
        for action in (self.copy, self.apply_recipe):
            action.setEnabled(active and session.photo is not None)
        self.preview.setEnabled(active and session.can_preview)
        self.try_all.setEnabled(active and session.photo is not None)
        self.restore_all.setEnabled(active and session.can_restore_all)
        self.close_photo.setEnabled(active and session.current is not None)
        for action in (self.next_photo, self.previous_photo):
            action.setEnabled(active and len(session.documents) > 1)
        undo = session.current.undo if session.current else None
        self.undo.setEnabled(active and undo is not None and undo.can_undo)
        self.undo.setText(translated("&Undo") + (f" {undo.undo_text}" if undo and undo.can_undo else ""))
        self.redo.setEnabled(active and undo is not None and undo.can_redo)
        self.redo.setText(translated("&Redo") + (f" {undo.redo_text}" if undo and undo.can_redo else ""))
        self.mask_edit.setEnabled(active and bool(session.current and session.current.edit.stack))
        for action in (self.original, self.split_left, self.split_right, self.amplify, self.attenuate):
            action.setEnabled(active and session.after is not None)


def plain(text: str) -> str:
    """Return a menu text without its mnemonic, which some languages put in brackets, and without a final ellipsis."""
    return re.sub(r"\(&\w\)", "", text).replace("&", "").removesuffix("…")


def _keys_of(spec: ActionSpec) -> str:
    shown = spec.keys[:2] or (spec.shown_key,) * bool(spec.shown_key)
    keys = list(dict.fromkeys(_readable(key) for key in shown))  # Return and Enter have the same name in some languages
    if len(keys) < 2:
        return "".join(keys)
    return translate("Actions", "{key} or {other}").format(key=keys[0], other=keys[1])


def _readable(key: str) -> str:
    return QKeySequence(key).toString(QKeySequence.SequenceFormat.NativeText) if key else ""
