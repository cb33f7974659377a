"""The tool bar with much and with little room: everything stays in sight."""

import pytest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session import Session
from dfpir_gui.settings.theme import apply_theme


@pytest.fixture(autouse=True)
def _styled(qapp: QApplication) -> None:
    apply_theme(qapp)  # the style has wider buttons than Qt's own


@pytest.fixture(params=["en", "zh_CN"])
def spoken(qtbot: QtBot, qapp: QApplication, session: Session, request: pytest.FixtureRequest):
    use_language(qapp, request.param)
    window = MainWindow(session, ())
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    use_language(qapp, "en")


def hidden(window: MainWindow) -> list[str]:
    """The buttons of the bar that are not wholly in sight."""
    bar = window.tool_bar
    buttons = [b for b in bar.findChildren(QToolButton) if not b.objectName().startswith("qt_")]
    assert len(buttons) == 15
    return [b.text() for b in buttons if not (b.isVisible() and bar.rect().contains(b.geometry()))]


def test_everything_is_in_sight_on_a_small_screen_and_worded_on_a_large_one(qtbot: QtBot, spoken: MainWindow) -> None:
    for width, worded in ((1400, True), (960, False), (1400, True)):
        spoken.resize(width, 700)
        qtbot.waitUntil(lambda width=width: spoken.tool_bar.width() == width)
        assert spoken.tool_bar.worded is worded
        qtbot.waitUntil(lambda: hidden(spoken) == [])
    extension = spoken.tool_bar.findChild(QToolButton, "qt_toolbar_ext_button")
    assert extension is None or not extension.isVisible()


def test_the_window_fits_a_screen_of_1024_by_700(spoken: MainWindow) -> None:
    least = spoken.minimumSizeHint().expandedTo(spoken.minimumSize())
    assert least.width() <= 1024
    assert least.height() <= 700


def test_words_give_way_when_the_button_at_the_end_says_more(qtbot: QtBot, window: MainWindow) -> None:
    bar = window.tool_bar
    button = bar.findChild(QToolButton, "engineButton")
    window.resize(1400, 700)
    qtbot.waitUntil(lambda: bar.worded)
    button.setText("GPU 0 · " + "bfloat16 " * 10)
    qtbot.waitUntil(lambda: not bar.worded)
    qtbot.waitUntil(lambda: hidden(window) == [])
    button.setText("CPU")
    qtbot.waitUntil(lambda: bar.worded)
