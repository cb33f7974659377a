"""The table of actions: their words, icons and keys, and where they are found."""

from dataclasses import dataclass

from dfpir_gui.i18n.language import tr


@dataclass(frozen=True)
class Spec:
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


SPECS = {
    "open": Spec(tr("&Open…"), tr("Open photos"), "open", ("Ctrl+O",)),
    "open_folder": Spec(tr("Open &folder…"), tr("Open all photos of a folder"), "", ("Ctrl+Shift+O",)),
    "paste": Spec(tr("&Paste"), tr("Open the picture or the files in the clipboard"), "paste", ("Ctrl+V",)),
    "save_as": Spec(tr("&Save as…"), tr("Save the restored photo under a new name"), "save", ("Ctrl+S",)),
    "export": Spec(tr("&Export…"), tr("Choose format, quality, metadata and name, and save"), "export", ("Ctrl+E",)),
    "close_photo": Spec(tr("&Close photo"), tr("Close the photo that is shown"), "close", ("Ctrl+W",)),
    "quit": Spec(tr("&Quit"), tr("Close the window"), "quit", ("Ctrl+Q",)),
    "settings": Spec(tr("Se&ttings…"), tr("Theme, language, device, precision, memory"), "settings", ("Ctrl+,",)),
    "undo": Spec(tr("&Undo"), tr("Take the last change back"), "undo", ("Ctrl+Z",)),
    "redo": Spec(tr("&Redo"), tr("Make the change again"), "redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    "copy": Spec(tr("&Copy picture"), tr("Copy the result, or the photo, to the clipboard"), "copy", ("Ctrl+C",)),
    "restore": Spec(tr("&Restore"), tr("Restore the photo"), "restore", ("Return", "Enter")),
    "restore_all": Spec(tr("Restore &all"), tr("Restore all open photos, one after the other"), "", ("Ctrl+Return",)),
    "preview": Spec(tr("&Preview"), tr("Restore only what is in sight, to see what the steps do"), "preview", ("P",)),
    "apply_recipe": Spec(
        tr("&Apply recipe…"), tr("Take the steps that were written beside another result"), "", ("Ctrl+R",)
    ),
    "try_all": Spec(tr("&Try all…"), tr("Try every prompt on what is in sight"), "try-all", ("T",)),
    "next_photo": Spec(tr("&Next photo"), tr("Show the next open photo"), "", ("Ctrl+Right", "Ctrl+PgDown")),
    "previous_photo": Spec(
        tr("Pre&vious photo"), tr("Show the open photo before this one"), "", ("Ctrl+Left", "Ctrl+PgUp")
    ),
    "stop": Spec(tr("S&top"), tr("Stop what is running"), "stop", ("Esc",)),
    "fit": Spec(tr("&Fit"), tr("Show the whole photo"), "fit", ("0", "Ctrl+0")),
    "zoom_100": Spec(tr("&100 %"), tr("One screen pixel for each photo pixel"), "actual", ("Ctrl+1",)),
    "zoom_200": Spec(tr("&200 %"), tr("Four screen pixels for each photo pixel"), "double", ("Ctrl+2",)),
    "zoom_in": Spec(tr("Zoom &in"), tr("Show the photo larger"), "zoom-in", ("+", "=", "Ctrl++", "Ctrl+=")),
    "zoom_out": Spec(tr("Zoom &out"), tr("Show the photo smaller"), "zoom-out", ("-", "Ctrl+-")),
    "split": Spec(tr("&Split"), tr("Before and after on the two sides of a line"), "compare", ("1",)),
    "side": Spec(tr("S&ide by side"), tr("Before and after beside each other, moved together"), "side", ("2",)),
    "hold": Spec(tr("&Hold"), tr("The restoration alone; hold Space to see the original"), "hold", ("3",)),
    "difference": Spec(tr("&Difference"), tr("Where the restoration differs from the original"), "difference", ("4",)),
    "amplify": Spec(tr("&Amplify the difference"), tr("Amplify the difference more"), keys=(".",)),
    "attenuate": Spec(tr("A&ttenuate the difference"), tr("Amplify the difference less"), keys=(",",)),
    "loupe": Spec(tr("&Loupe"), tr("Magnify before and after beside the cursor"), "loupe", ("L",)),
    "original": Spec(tr("Show the &original"), tr("Show the photo as it was, while held"), shown_key="Space"),
    "split_left": Spec(tr("Move the line &left"), tr("Show more of the restoration"), shown_key="Left"),
    "split_right": Spec(tr("Move the line &right"), tr("Show more of the original"), shown_key="Right"),
    "models": Spec(tr("&Manage models…"), tr("Add, examine, choose and remove models"), "models", ("Ctrl+M",)),
    "shortcuts": Spec(tr("&Keyboard shortcuts"), tr("All keys on one sheet"), "keyboard", ("F1",)),
    "log": Spec(tr("Show &log"), tr("What the program has noted"), "log"),
    "about": Spec(tr("&About DFPIR Studio"), tr("Version and licence"), "info"),
}

VIEW = tr("&View")
RECENT = "recent"
"""Stands for the menu of recent files."""

BESIDE = "beside"
"""Stands for the menu of what the photo is compared with."""

SUBMENUS = {RECENT: tr("Open &recent"), BESIDE: tr("&Compare with")}

MENUS = {
    tr("&File"): ("open", "open_folder", RECENT, "close_photo", None, "save_as", "export", None, "quit"),
    tr("&Edit"): ("undo", "redo", None, "copy", "paste", None, "settings"),
    VIEW: (
        *("fit", "zoom_100", "zoom_200", "zoom_in", "zoom_out", None),
        *("split", "side", "hold", "difference", None),
        *("original", "loupe", "split_left", "split_right", "amplify", "attenuate"),
    ),
    tr("&Photo"): (
        "restore",
        "preview",
        "restore_all",
        "stop",
        None,
        "try_all",
        "apply_recipe",
        None,
        "next_photo",
        "previous_photo",
    ),
    tr("&Models"): ("models", BESIDE),
    tr("&Help"): ("shortcuts", "log", None, "about"),
}

STUDIO_SPEC = Spec(tr("&Studio"), tr("Restore and compare photos"), "studio", ("F2",))
FIRST_PAGE_KEY = 3
"""The pages besides the Studio have the function keys from this one on."""

TOOLBAR = (
    *("open", "save_as", None, "restore", "stop", None, "undo", "redo", None),
    *("split", "side", "hold", "difference", "loupe", None),
    *("fit", "zoom_100", "zoom_200"),
)
ICON_ONLY = ("undo", "redo")
