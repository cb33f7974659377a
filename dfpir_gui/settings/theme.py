"""Colours and style sheet: qdarkstyle's two themes, with one accent colour and a neutral surround.

The surround of the photo is a neutral grey that is darker than most photos, because a bright or tinted one would
change how the colours of the photo are perceived.
"""

import dataclasses
from dataclasses import dataclass
from enum import StrEnum

import qdarkstyle
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication
from qdarkstyle.dark.palette import DarkPalette
from qdarkstyle.light.palette import LightPalette
from qdarkstyle.palette import Palette

GRID = 8
"""All margins and gaps are multiples of this many logical pixels."""


ON_PRIMARY = "#FFFFFF"
"""Colour of text and icon on the primary button, in both themes."""


class Theme(StrEnum):
    """The themes that the user can choose."""

    SYSTEM = "system"
    DARK = "dark"
    LIGHT = "light"


@dataclass(frozen=True)
class Colours:
    """The colours of one theme, as ``"#RRGGBB"``. Each is also an attribute of this module, e.g. ``theme.QUIET_TEXT``.

    Attributes:
        accent: focus and selection marks.
        text: labels and icons.
        strong_text: emphasised text.
        quiet_text: secondary text, with a contrast of at least 4.5:1 to its background.
        disabled: text and icons of disabled controls.
        page: background of pages and panels.
        bar: background of menu, tool, page and status bar.
        button: background of buttons, and of controls under the mouse.
        edge: lines.
        selected: background of selected items.
        primary: background of the primary button, whose text is white.
        primary_hover: the same under the mouse.
        surround: around the photo.
        error: error marks.
        warning: warning marks.
    """

    accent: str
    text: str
    strong_text: str
    quiet_text: str
    disabled: str
    page: str
    bar: str
    button: str
    edge: str
    selected: str
    primary: str
    primary_hover: str
    surround: str
    error: str
    warning: str


DARK = Colours(
    accent=DarkPalette.COLOR_ACCENT_4,
    text=DarkPalette.COLOR_TEXT_2,
    strong_text=DarkPalette.COLOR_TEXT_1,
    quiet_text=DarkPalette.COLOR_TEXT_4,
    disabled=DarkPalette.COLOR_DISABLED,
    page=DarkPalette.COLOR_BACKGROUND_1,
    bar=DarkPalette.COLOR_BACKGROUND_2,
    button=DarkPalette.COLOR_BACKGROUND_4,
    edge=DarkPalette.COLOR_BACKGROUND_5,
    selected=DarkPalette.COLOR_ACCENT_1,
    primary=DarkPalette.COLOR_ACCENT_3,
    primary_hover="#1F7FCC",
    surround="#161616",
    error="#E0645C",
    warning="#E0A94A",
)
LIGHT = Colours(
    accent="#0B78C4",
    text=LightPalette.COLOR_TEXT_2,
    strong_text=LightPalette.COLOR_TEXT_1,
    quiet_text="#4F6173",
    disabled="#8794A1",
    page=LightPalette.COLOR_BACKGROUND_1,
    bar=LightPalette.COLOR_BACKGROUND_2,
    button=LightPalette.COLOR_BACKGROUND_4,
    edge=LightPalette.COLOR_BACKGROUND_6,
    selected=LightPalette.COLOR_ACCENT_2,
    primary="#1A72BB",
    primary_hover="#155F9C",
    surround="#6B6B6B",
    error="#B3261E",
    warning="#8A5A00",
)

_current = DARK


def __getattr__(name: str) -> str:
    """The colours of the current theme, under their names in capitals."""
    if name.isupper() and name.lower() in _NAMES:
        return str(getattr(_current, name.lower()))
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


_NAMES = frozenset(field.name for field in dataclasses.fields(Colours))


def _style(colours: Colours) -> str:
    c = colours
    return f"""
QMenuBar, QToolBar, QStatusBar {{ background-color: {c.bar}; border: none; }}
QMenuBar::item {{ background: transparent; }}
QMenuBar::item:selected {{ background-color: {c.button}; }}
QStackedWidget {{ padding: 0px; border: none; }}

QToolBar {{ padding: 4px 8px; spacing: 4px; }}
QToolBar QToolButton[popupMode], QToolBar QToolButton:disabled {{ padding: 4px 6px; background-color: {c.bar}; }}
QToolBar QToolButton[popupMode]:hover {{ background-color: {c.button}; }}
QToolBar QToolButton[popupMode]:checked {{
    padding: 4px 6px; background-color: {c.selected}; color: {c.strong_text}; }}
QToolBar QToolButton[popupMode]:checked:disabled {{ background-color: {c.bar}; }}

QWidget#toolBarSpacer {{ background: transparent; }}
QToolBar QToolButton#engineButton {{ padding: 4px 24px 4px 8px; border: 1px solid {c.edge}; }}
QToolButton#engineButton::menu-indicator {{
    subcontrol-origin: padding; subcontrol-position: center right; right: 8px; }}

QTabBar::tab:top:!selected:hover {{ border: 1px solid {c.edge}; border-bottom: 3px solid {c.edge}; }}

QFrame#pageBar {{ background-color: {c.bar}; border: none; border-radius: 0px; }}
QToolButton[role="page"] {{ background-color: {c.bar}; border: none; border-left: 3px solid {c.bar}; border-radius: 0px;
    padding: 4px 3px 4px 0px; color: {c.quiet_text}; }}
QToolButton[role="page"]:hover {{ color: {c.text}; border-left-color: {c.edge}; }}
QToolButton[role="page"]:checked {{
    background-color: {c.selected}; color: {c.strong_text}; border-left-color: {c.accent}; }}
QToolButton[role="page"]:focus {{ border: 1px solid {c.accent}; border-left-width: 3px; }}

QPushButton, QPushButton:disabled, QPushButton:checked {{
    padding: 4px 16px; min-height: 22px; border: 1px solid transparent; }}
QPushButton:checked, QPushButton:checked:hover, QToolButton:checked, QToolButton:checked:hover {{
    background-color: {c.selected}; color: {c.strong_text}; }}
QPushButton:disabled, QPushButton:disabled:checked {{ background-color: {c.bar}; color: {c.disabled}; }}
QPushButton::menu-indicator {{ subcontrol-origin: padding; subcontrol-position: center right;
    right: 6px; bottom: 0px; }}
QTableView::item {{ padding: 0px 4px; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {c.accent}; }}
QPushButton[role="primary"] {{ background-color: {c.primary}; color: white; font-weight: bold; }}
QPushButton[role="primary"]:hover {{ background-color: {c.primary_hover}; }}
QPushButton[role="primary"]:focus {{ border-color: {c.strong_text}; }}
QPushButton[role="primary"]:disabled {{ background-color: {c.bar}; color: {c.disabled}; }}

QLabel[role="heading"] {{ font-weight: bold; color: {c.text}; }}
QLabel[role="quiet"] {{ color: {c.quiet_text}; }}
QLabel[role="quiet"]:disabled {{ color: {c.disabled}; }}
QLabel[role="error"] {{ color: {c.error}; }}
QLabel[role="warning"] {{ color: {c.warning}; }}
QLabel[role="title"] {{ font-size: 16pt; color: {c.text}; }}
QListView#filmstrip {{ border: none; padding: 4px 0px; }}
QFrame#sidePanel, QFrame#sidePanel QScrollArea, QScrollArea#plain {{ border: none; }}
QFrame#sidePanel QLabel {{ padding: 0px; }}
QFrame[role="step"], QFrame[role="step"]:disabled {{ background-color: {c.bar}; border: none; border-radius: 4px; }}
QFrame[role="step"] QLabel, QFrame[role="step"] QCheckBox, QFrame[role="step"] QSlider {{ background: transparent; }}
QFrame[role="step"] QSlider:disabled, QFrame[role="step"] QLabel:disabled,
QFrame[role="step"] QCheckBox:disabled {{ background: transparent; }}
QFrame[role="step"] QToolButton:disabled {{ background: transparent; }}
QFrame#dropLine {{ background-color: {c.accent}; border: none; border-radius: 0px; }}
QCheckBox:focus {{ border: 1px solid {c.accent}; border-radius: 4px; }}
QToolButton[role="small"] {{ padding: 0px; background: transparent; border: 1px solid transparent; }}
QToolButton[role="small"]:disabled {{ background: transparent; }}
QToolButton[role="small"]:hover:enabled {{ background-color: {c.button}; }}
QToolButton[role="small"]:checked:enabled {{ background-color: {c.selected}; }}
QToolButton[role="flat"] {{ padding: 4px 8px; background-color: {c.bar}; border: 1px solid transparent; }}
QToolButton[role="flat"]:hover {{ background-color: {c.button}; }}
QToolButton[role="flat"]:checked:enabled {{ background-color: {c.selected}; color: {c.strong_text}; }}
QToolButton[role="flat"]::menu-indicator {{ image: none; }}
QPushButton[role="link"] {{ padding: 0px 8px; min-height: 18px; background-color: {c.bar}; }}
QFrame[role="step"] QPushButton[role="link"] {{ background-color: {c.button}; }}
QFrame[role="step"] QPushButton[role="link"]:hover, QFrame[role="step"] QPushButton[role="link"]:focus {{
    border: 1px solid {c.accent}; }}
QFrame[role="step"] QPushButton[role="link"]:disabled {{ background-color: {c.bar}; }}
QPushButton[role="link"]:hover {{ background-color: {c.button}; }}
QFrame#qualityWarning {{
    background-color: {c.bar}; border: none; border-left: 4px solid {c.warning}; border-radius: 0px; }}
QFrame#qualityWarning QLabel {{ background: transparent; }}
QSlider::handle:focus {{ background-color: {c.accent}; }}
QSlider::handle:disabled {{ background-color: {c.disabled}; }}
QSlider::sub-page:horizontal:disabled, QSlider::add-page:horizontal:disabled {{ background: {c.button}; }}
QDialogButtonBox {{ dialogbuttonbox-buttons-have-icons: 0; }}
QMessageBox QPushButton {{ padding: 4px 8px; }}

QStatusBar QPushButton {{ padding: 0px 16px; min-height: 18px; }}
QProgressBar::chunk {{ background-color: {c.accent}; }}

QFrame#errorBar {{ background-color: {c.bar}; border: none; border-radius: 0px; }}
QFrame#errorBar[severity="error"] {{ border-left: 4px solid {c.error}; }}
QFrame#errorBar[severity="warning"] {{ border-left: 4px solid {c.warning}; }}
QFrame#errorBar QLabel {{ background: transparent; }}
QFrame#errorBar QPlainTextEdit {{ font-family: monospace; }}

QFrame#dropArea {{ border: 2px dashed {c.edge}; border-radius: 8px; }}
QFrame#dropArea[dragActive="true"] {{ border-color: {c.accent}; background-color: {c.selected}; }}
QFrame#dropArea QLabel {{ background: transparent; }}
QToolButton[role="sample"][popupMode] {{ padding: 8px; border: 1px solid transparent; background-color: {c.bar}; }}
QToolButton[role="sample"][popupMode]:hover {{ background-color: {c.button}; }}
QToolButton[role="sample"][popupMode]:focus {{ border: 1px solid {c.accent}; }}
"""


def colours_for(theme: Theme) -> Colours:
    """The colours of a theme. For SYSTEM, those of the system's theme, and dark ones if it is unknown."""
    if theme is Theme.SYSTEM:
        light = QGuiApplication.styleHints().colorScheme() is Qt.ColorScheme.Light
        return LIGHT if light else DARK
    return LIGHT if theme is Theme.LIGHT else DARK


def apply_theme(app: QApplication, theme: Theme = Theme.DARK) -> None:
    """Set the style sheet of the application, which must exist because qdarkstyle loads its resources into it."""
    global _current
    _current = colours_for(theme)
    palette: type[Palette] = LightPalette if _current is LIGHT else DarkPalette
    sheet = qdarkstyle.load_stylesheet(qt_api="pyside6", palette=palette) + _style(_current)
    if sheet != app.styleSheet():  # Qt would style every widget again, about a millisecond each
        # Qt goes through the widgets that the old sheet styled, among which menu bars of deleted windows can be left.
        app.setStyleSheet("")
        app.setStyleSheet(sheet)
