"""The table of actions: their words, icons and keys, and where they are found."""

from dataclasses import dataclass


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
    "open": Spec("&Open…", "Open photos", "open", ("Ctrl+O",)),
    "open_folder": Spec("Open &folder…", "Open all photos of a folder", "", ("Ctrl+Shift+O",)),
    "paste": Spec("&Paste", "Open the picture or the files in the clipboard", "paste", ("Ctrl+V",)),
    "save_as": Spec("&Save as…", "Save the restored photo under a new name", "save", ("Ctrl+S",)),
    "export": Spec("&Export…", "Choose format, quality, metadata and name, and save", "export", ("Ctrl+E",)),
    "close_photo": Spec("&Close photo", "Close the photo that is shown", "close", ("Ctrl+W",)),
    "quit": Spec("&Quit", "Close the window", "quit", ("Ctrl+Q",)),
    "settings": Spec("Se&ttings…", "Theme, language, device, precision, memory", "settings", ("Ctrl+,",)),
    "undo": Spec("&Undo", "Take the last change back", "undo", ("Ctrl+Z",)),
    "redo": Spec("&Redo", "Make the change again", "redo", ("Ctrl+Shift+Z", "Ctrl+Y")),
    "copy": Spec("&Copy picture", "Copy the result, or the photo, to the clipboard", "copy", ("Ctrl+C",)),
    "restore": Spec("&Restore", "Restore the photo", "restore", ("Return", "Enter")),
    "restore_all": Spec("Restore &all", "Restore all open photos, one after the other", "", ("Ctrl+Return",)),
    "preview": Spec("&Preview", "Restore only what is in sight, to see what the steps do", "preview", ("P",)),
    "apply_recipe": Spec("&Apply recipe…", "Take the steps that were written beside another result", "", ("Ctrl+R",)),
    "try_all": Spec("&Try all…", "Try every prompt on what is in sight", "try-all", ("T",)),
    "next_photo": Spec("&Next photo", "Show the next open photo", "", ("Ctrl+Right", "Ctrl+PgDown")),
    "previous_photo": Spec("Pre&vious photo", "Show the open photo before this one", "", ("Ctrl+Left", "Ctrl+PgUp")),
    "stop": Spec("S&top", "Stop what is running", "stop", ("Esc",)),
    "fit": Spec("&Fit", "Show the whole photo", "fit", ("0", "Ctrl+0")),
    "zoom_100": Spec("&100 %", "One screen pixel for each photo pixel", "actual", ("Ctrl+1",)),
    "zoom_200": Spec("&200 %", "Four screen pixels for each photo pixel", "double", ("Ctrl+2",)),
    "zoom_in": Spec("Zoom &in", "Show the photo larger", "zoom-in", ("+", "=", "Ctrl++", "Ctrl+=")),
    "zoom_out": Spec("Zoom &out", "Show the photo smaller", "zoom-out", ("-", "Ctrl+-")),
    "split": Spec("&Split", "Before and after on the two sides of a line", "compare", ("1",)),
    "side": Spec("S&ide by side", "Before and after beside each other, moved together", "side", ("2",)),
    "hold": Spec("&Hold", "The restoration alone; hold Space to see the original", "hold", ("3",)),
    "difference": Spec("&Difference", "Where the restoration differs from the original", "difference", ("4",)),
    "amplify": Spec("&Amplify the difference", "Amplify the difference more", keys=(".",)),
    "attenuate": Spec("A&ttenuate the difference", "Amplify the difference less", keys=(",",)),
    "loupe": Spec("&Loupe", "Magnify before and after beside the cursor", "loupe", ("L",)),
    "original": Spec("Show the &original", "Show the photo as it was, while held", shown_key="Space"),
    "split_left": Spec("Move the line &left", "Show more of the restoration", shown_key="Left"),
    "split_right": Spec("Move the line &right", "Show more of the original", shown_key="Right"),
    "models": Spec("&Manage models…", "Add, examine, choose and remove models", "models", ("Ctrl+M",)),
    "shortcuts": Spec("&Keyboard shortcuts", "All keys on one sheet", "keyboard", ("F1",)),
    "log": Spec("Show &log", "What the program has noted", "log"),
    "about": Spec("&About DFPIR Studio", "Version and licence", "info"),
}

VIEW = "&View"
RECENT = "recent"
"""Stands for the menu of recent files."""

BESIDE = "beside"
"""Stands for the menu of what the photo is compared with."""

SUBMENUS = {RECENT: "Open &recent", BESIDE: "&Compare with"}

MENUS = {
    "&File": ("open", "open_folder", RECENT, "close_photo", None, "save_as", "export", None, "quit"),
    "&Edit": ("undo", "redo", None, "copy", "paste", None, "settings"),
    VIEW: (
        *("fit", "zoom_100", "zoom_200", "zoom_in", "zoom_out", None),
        *("split", "side", "hold", "difference", None),
        *("original", "loupe", "split_left", "split_right", "amplify", "attenuate"),
    ),
    "&Photo": (
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
    "&Models": ("models", BESIDE),
    "&Help": ("shortcuts", "log", None, "about"),
}

STUDIO_SPEC = Spec("&Studio", "Restore and compare photos", "studio", ("F2",))
FIRST_PAGE_KEY = 3
"""The pages besides the Studio have the function keys from this one on."""

TOOLBAR = (
    *("open", "save_as", None, "restore", "stop", None, "undo", "redo", None),
    *("split", "side", "hold", "difference", "loupe", None),
    *("fit", "zoom_100", "zoom_200"),
)
ICON_ONLY = ("undo", "redo")
