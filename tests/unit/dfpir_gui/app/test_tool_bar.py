"""The tool bar in wide and narrow windows: all buttons stay visible."""

import pytest
from PySide6.QtWidgets import QApplication, QToolButton
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session import Session
from dfpir_gui.settings.theme import Theme, apply_theme


@pytest.fixture(autouse=True)
def _styled(qapp: QApplication) -> None:
    apply_theme(qapp)  # its buttons are wider than those of the default style


@pytest.fixture(params=["en", "zh_CN"])
def localised(qtbot: QtBot, qapp: QApplication, session: Session, request: pytest.FixtureRequest):
    use_language(qapp, request.param)
    window = MainWindow(session, ())
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    yield window
    use_language(qapp, "en")


def hidden(window: MainWindow) -> list[str]:
    """Return the buttons that are not completely visible."""
    bar = window.tool_bar
    buttons = [b for b in bar.findChildren(QToolButton) if not b.objectName().startswith("qt_")]
    assert len(buttons) == 15
    return [b.text() for b in buttons if not (b.isVisible() and bar.rect().contains(b.geometry()))]


def test_all_buttons_are_visible_and_texts_are_shown_if_they_fit(qtbot: QtBot, localised: MainWindow) -> None:
    for width, with_texts in ((1400, True), (960, False), (1400, True)):
        localised.resize(width, 700)
        beside = localised.pages.bar.width()
        qtbot.waitUntil(lambda width=width, beside=beside: localised.tool_bar.width() == width - beside)
        assert localised.tool_bar.texts_shown is with_texts
        qtbot.waitUntil(lambda: hidden(localised) == [])
    extension = localised.tool_bar.findChild(QToolButton, "qt_toolbar_ext_button")
    assert extension is None or not extension.isVisible()


def test_the_window_fits_a_screen_of_1024_by_700(localised: MainWindow) -> None:
    minimum = localised.minimumSizeHint().expandedTo(localised.minimumSize())
    assert minimum.width() <= 1024
    assert minimum.height() <= 700


def test_texts_are_hidden_when_the_last_button_gets_wider(qtbot: QtBot, window: MainWindow) -> None:
    bar = window.tool_bar
    button = bar.findChild(QToolButton, "engineButton")
    window.resize(1400, 700)
    qtbot.waitUntil(lambda: bar.texts_shown)
    button.setText("GPU 0 · " + "bfloat16 " * 8)
    qtbot.waitUntil(lambda: not bar.texts_shown)
    qtbot.waitUntil(lambda: hidden(window) == [])
    button.setText("CPU")
    qtbot.waitUntil(lambda: bar.texts_shown)


@pytest.mark.parametrize("theme", [Theme.DARK, Theme.LIGHT])
def test_nothing_looks_chosen_while_no_photo_is_open(qapp, qtbot: QtBot, window: MainWindow, painted, theme) -> None:
    apply_theme(qapp, theme)
    try:
        window.resize(1400, 700)
        actions = window.actions_
        buttons = [window.tool_bar.widgetForAction(action) for action in (actions.split, actions.side)]
        assert not any(button.isEnabled() for button in buttons)
        chosen, other = (painted(button)[4, 4] for button in buttons)
        assert (chosen == other).all()
    finally:
        apply_theme(qapp)
