"""The user guide that is shipped with the program, in the language of the window."""

import re
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from PySide6.QtCore import QLocale, QSize, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QTextBrowser, QWidget

from dfpir_gui.dialogs.help import HelpDialog
from dfpir_gui.i18n.language import translate
from dfpir_gui.settings.theme import GRID
from dfpir_gui.widgets.dialog_size import size_by_window

_NAMES = {"zh": "guide.zh-CN.md"}
_ENGLISH = "guide.md"
_OTHER_FILE = r"(?<!!)\[([^\]]+)\]\((?!https?:)[^)]*\)"
"""A link to another file of the documentation, which the window does not show."""


def guide_text(language: str = "en") -> str:
    """Return the guide as Markdown without pictures and without links to other files.

    Args:
        language: code of the language, such as ``"zh_CN"``; languages without a guide get the English one.

    Raises:
        OSError: it is not installed.
    """
    name = _NAMES.get(language.partition("_")[0], _ENGLISH)
    text = _file(name).read_text("utf-8")
    lines = [line for line in text.splitlines() if not line.startswith("![") and not _is_list_of_links(line)]
    whole_sentence = rf"(?:^|(?<=[.。]))[ \t]*{_OTHER_FILE}[.。]?[ \t]*$"
    text = re.sub(whole_sentence, "", "\n".join(lines), flags=re.MULTILINE)
    return re.sub(_OTHER_FILE, r"\1", text)


def guide_dialog(window: QWidget) -> QDialog:
    """Return a dialog with the guide. Nothing is read from the network."""
    dialog = HelpDialog(window, translate("Dialogs", "Guide"))
    browser = QTextBrowser()
    browser.setObjectName("guide")
    browser.setAccessibleName(translate("Dialogs", "Guide"))
    browser.setOpenLinks(False)
    browser.anchorClicked.connect(_open)
    browser.document().setDocumentMargin(2 * GRID)
    try:
        browser.setMarkdown(guide_text(QLocale().name()))
    except OSError as error:
        reason = error.strerror or str(error)
        browser.setPlainText(translate("Dialogs", "The guide cannot be read: {reason}").format(reason=reason))
    dialog.column.insertWidget(0, browser, 1)
    dialog.focus_contents(browser)
    size_by_window(dialog, QSize(100, 64) * GRID, QSize(110, 150) * GRID)
    return dialog


def _file(name: str) -> Traversable | Path:
    """The file in the installed package, or else in the source tree."""
    installed = resources.files("resources") / "guide" / name
    return installed if installed.is_file() else Path(__file__).parents[2] / "docs" / name


def _is_list_of_links(line: str) -> bool:
    """Whether a line contains only links to other pages, as the one below the title does."""
    return line.startswith("[") and not re.sub(r"\[[^\]]*\]\([^)]*\)|[·\s]", "", line)


def _open(url: QUrl) -> None:
    if url.scheme() in ("http", "https"):
        QDesktopServices.openUrl(url)
