"""Colours and style: qdarkstyle's dark theme, with one accent colour and a quieter surround.

The photo is to be the brightest thing in the window, and its surround a neutral grey, since a tinted one
would change how its colours are seen.
"""

import qdarkstyle
from PySide6.QtWidgets import QApplication
from qdarkstyle.dark.palette import DarkPalette

GRID = 8
"""All margins and gaps are multiples of this many logical pixels."""

ACCENT = DarkPalette.COLOR_ACCENT_4
TEXT = DarkPalette.COLOR_TEXT_2
QUIET_TEXT = DarkPalette.COLOR_TEXT_4
DISABLED = DarkPalette.COLOR_DISABLED
SURROUND = "#161616"
ERROR = "#E0645C"
WARNING = "#E0A94A"

_BAR = DarkPalette.COLOR_BACKGROUND_2
BUTTON = DarkPalette.COLOR_BACKGROUND_4

_STYLE = f"""
QMenuBar, QToolBar, QStatusBar {{ background-color: {_BAR}; border: none; }}
QMenuBar::item {{ background: transparent; }}
QMenuBar::item:selected {{ background-color: {BUTTON}; }}
QStackedWidget {{ padding: 0px; border: none; }}

QToolBar {{ padding: 4px 8px; spacing: 4px; }}
QToolBar QToolButton[popupMode], QToolBar QToolButton:disabled {{ padding: 4px 8px; background-color: {_BAR}; }}
QToolBar QToolButton[popupMode]:hover {{ background-color: {BUTTON}; }}
QToolBar QToolButton[popupMode]:checked {{ padding: 4px 8px; background-color: {DarkPalette.COLOR_ACCENT_1}; }}

QFrame#pageBar {{ background-color: {_BAR}; border: none; border-radius: 0px; }}
QToolButton[role="page"] {{ background-color: {_BAR}; border: none; border-left: 3px solid {_BAR}; border-radius: 0px;
    padding: 4px 3px 4px 0px; color: {QUIET_TEXT}; }}
QToolButton[role="page"]:hover {{ background-color: {BUTTON}; border-left-color: {BUTTON}; }}
QToolButton[role="page"]:checked {{ color: {TEXT}; border-left-color: {ACCENT}; }}
QToolButton[role="page"]:focus {{ border: 1px solid {ACCENT}; border-left-width: 3px; }}

QPushButton, QPushButton:disabled, QPushButton:checked {{
    padding: 4px 16px; min-height: 22px; border: 1px solid transparent; }}
QPushButton:focus, QToolButton:focus {{ border: 1px solid {ACCENT}; }}
QPushButton[role="primary"] {{ background-color: {DarkPalette.COLOR_ACCENT_3}; color: white; font-weight: bold; }}
QPushButton[role="primary"]:hover {{ background-color: {DarkPalette.COLOR_ACCENT_4}; }}
QPushButton[role="primary"]:focus {{ border-color: {DarkPalette.COLOR_TEXT_1}; }}
QPushButton[role="primary"]:disabled {{ background-color: {_BAR}; color: {DISABLED}; }}

QLabel[role="heading"] {{ font-weight: bold; color: {TEXT}; }}
QLabel[role="quiet"] {{ color: {QUIET_TEXT}; }}
QLabel[role="title"] {{ font-size: 16pt; color: {TEXT}; }}
QListView#filmstrip {{ border: none; padding: 4px 0px; }}
QFrame#sidePanel, QFrame#sidePanel QScrollArea {{ border: none; }}
QFrame#sidePanel QLabel {{ padding: 0px; }}
QFrame[role="step"] {{ background-color: {_BAR}; border: none; border-radius: 4px; }}
QFrame[role="step"] QLabel, QFrame[role="step"] QCheckBox, QFrame[role="step"] QSlider {{ background: transparent; }}
QCheckBox:focus {{ border: 1px solid {ACCENT}; border-radius: 4px; }}
QToolButton[role="small"] {{ padding: 0px; background: transparent; border: 1px solid transparent; }}
QToolButton[role="small"]:disabled {{ background: transparent; }}
QToolButton[role="small"]:hover:enabled {{ background-color: {BUTTON}; }}
QToolButton[role="flat"] {{ padding: 4px 8px; background-color: {_BAR}; border: 1px solid transparent; }}
QToolButton[role="flat"]:hover {{ background-color: {BUTTON}; }}
QToolButton[role="flat"]::menu-indicator {{ image: none; }}
QPushButton[role="link"] {{ padding: 0px 8px; min-height: 18px; background-color: {_BAR}; }}
QPushButton[role="link"]:hover {{ background-color: {BUTTON}; }}
QFrame#harm {{ background-color: {_BAR}; border: none; border-left: 4px solid {WARNING}; border-radius: 0px; }}
QFrame#harm QLabel {{ background: transparent; }}
QSlider::handle:focus {{ background-color: {ACCENT}; }}

QStatusBar QPushButton {{ padding: 0px 16px; min-height: 18px; }}
QProgressBar::chunk {{ background-color: {ACCENT}; }}

QFrame#errorBar {{ background-color: {_BAR}; border: none; border-radius: 0px; }}
QFrame#errorBar[severity="error"] {{ border-left: 4px solid {ERROR}; }}
QFrame#errorBar[severity="warning"] {{ border-left: 4px solid {WARNING}; }}
QFrame#errorBar QLabel {{ background: transparent; }}
QFrame#errorBar QPlainTextEdit {{ font-family: monospace; }}

QFrame#dropArea {{ border: 2px dashed {DarkPalette.COLOR_BACKGROUND_5}; border-radius: 8px; }}
QFrame#dropArea[hot="true"] {{ border-color: {ACCENT}; background-color: {DarkPalette.COLOR_ACCENT_1}; }}
QFrame#dropArea QLabel {{ background: transparent; }}
QToolButton[role="sample"][popupMode] {{ padding: 8px; border: 1px solid transparent; background-color: {_BAR}; }}
QToolButton[role="sample"][popupMode]:hover {{ background-color: {BUTTON}; }}
QToolButton[role="sample"][popupMode]:focus {{ border: 1px solid {ACCENT}; }}
"""


def apply_theme(app: QApplication) -> None:
    """Give the application its style. The QApplication must exist: qdarkstyle loads its resources into it."""
    app.setStyleSheet(qdarkstyle.load_stylesheet(qt_api="pyside6") + _STYLE)
