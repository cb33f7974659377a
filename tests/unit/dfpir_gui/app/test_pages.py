"""The pages and the bar that selects one."""

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QVBoxLayout
from pytestqt.qtbot import QtBot

from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import Session
from dfpir_gui.session.notices import Notice
from dfpir_gui.widgets.page import STUDIO, Page, PageWidget


class CountingPage(PageWidget):
    """A page that counts how often it is created and ended."""

    created: list["CountingPage"] = []  # noqa: RUF012 - emptied by the fixture

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self.running = ""
        self.ended = 0
        self.created.append(self)
        QVBoxLayout(self).addWidget(QToolButton(text="Here"))

    @property
    def unfinished(self) -> str:
        return self.running

    def end(self) -> None:
        self.running = ""
        self.ended += 1


@pytest.fixture
def paged(qtbot: QtBot, session: Session) -> MainWindow:
    CountingPage.created.clear()
    window = MainWindow(session, (), (Page("count", "Count", "Count things", "batch", CountingPage),))
    qtbot.addWidget(window)
    window.show()
    qtbot.waitExposed(window)
    return window


def button(window: MainWindow, title: str) -> QToolButton:
    return next(b for b in window.pages.findChildren(QToolButton) if b.text() == title and b.property("role") == "page")


def test_the_work_of_a_page_is_shown_on_the_others_and_leads_to_it(qtbot: QtBot, paged: MainWindow) -> None:
    work = paged.status.work_button
    assert work.isHidden()
    qtbot.mouseClick(button(paged, "Count"), Qt.MouseButton.LeftButton)
    (page,) = CountingPage.created
    page.work_changed.emit("Batch: 3 of 8")
    assert work.isHidden()
    qtbot.mouseClick(button(paged, "Studio"), Qt.MouseButton.LeftButton)
    assert work.isVisible() and work.text() == "Batch: 3 of 8"
    qtbot.mouseClick(work, Qt.MouseButton.LeftButton)
    assert page.isVisible() and work.isHidden()
    qtbot.mouseClick(button(paged, "Studio"), Qt.MouseButton.LeftButton)
    assert work.isVisible()
    page.work_changed.emit("")
    assert work.isHidden()


def test_a_page_is_created_when_it_is_first_shown_and_kept(qtbot: QtBot, paged: MainWindow) -> None:
    assert not CountingPage.created
    assert button(paged, "Studio").isChecked()
    for title in ("Count", "Studio", "Count"):
        qtbot.mouseClick(button(paged, title), Qt.MouseButton.LeftButton)
    (page,) = CountingPage.created
    assert page.isVisible()
    assert not paged.studio.isVisible()
    assert page.session is paged.session
    assert button(paged, "Count").isChecked()
    assert not button(paged, "Studio").isChecked()


def test_function_keys_select_the_page(hand, paged: MainWindow) -> None:
    hand.press(paged, Qt.Key.Key_F3)
    assert paged.pages.current == "count"
    hand.press(paged, Qt.Key.Key_F2)
    assert paged.pages.current == STUDIO


def test_studio_actions_are_disabled_on_other_pages(qtbot: QtBot, hand, paged: MainWindow, photo_path) -> None:
    paged.open_photo(photo_path)
    qtbot.waitUntil(lambda: paged.session.photo is not None)
    paged.session.choose("haze")
    assert paged.actions_.restore.isEnabled()
    hand.press(paged, Qt.Key.Key_F3)
    assert not paged.actions_.restore.isEnabled()
    assert not paged.actions_.fit.isEnabled()
    assert not paged.tool_bar.isVisible()
    paged.open_photo(photo_path)  # shows the Studio
    assert paged.pages.current == STUDIO
    assert paged.tool_bar.isVisible()
    qtbot.waitUntil(paged.actions_.restore.isEnabled)


def test_the_page_buttons_stay_where_they_are(qtbot: QtBot, hand, paged: MainWindow) -> None:
    def places() -> list[tuple[int, int]]:
        QApplication.processEvents()
        buttons = [button(paged, text) for text in ("Studio", "Count")]
        assert all(found.isVisible() for found in buttons)
        return [found.mapTo(paged, QPoint()).toTuple() for found in buttons]

    paged.resize(1000, 700)
    before = places()
    hand.press(paged, Qt.Key.Key_F3)
    assert not paged.tool_bar.isVisible() and places() == before
    hand.press(paged, Qt.Key.Key_F2)
    paged.tool_bar.hide()
    assert places() == before


def test_the_status_bar_has_nothing_of_the_studio_on_other_pages(
    qtbot: QtBot, hand, paged: MainWindow, photo_path
) -> None:
    paged.open_photo(photo_path)
    qtbot.waitUntil(lambda: paged.session.photo is not None)
    paged.session.set_status("Saved as new.png.", photo_path)

    def texts() -> list[str]:
        widgets = [*paged.status.findChildren(QLabel), *paged.status.findChildren(QPushButton)]
        return [widget.text() for widget in widgets if widget.isVisible() and widget.text()]

    assert any(photo_path.name in text for text in texts()) and "Saved as new.png." in texts()
    assert "Show in folder" in texts()
    hand.press(paged, Qt.Key.Key_F3)
    paged.session.set_status("Saved as other.png.", photo_path)
    assert texts() == []
    hand.press(paged, Qt.Key.Key_F2)
    assert any(photo_path.name in text for text in texts()) and "Saved as other.png." in texts()


def test_the_error_bar_is_above_all_pages(hand, paged: MainWindow) -> None:
    hand.press(paged, Qt.Key.Key_F3)
    paged.session.show_notice(Notice("The disk is full."))
    assert paged.error_bar.isVisible()


def test_closing_asks_before_the_work_of_a_page_is_stopped(qtbot: QtBot, hand, paged: MainWindow) -> None:
    hand.press(paged, Qt.Key.Key_F3)
    (page,) = CountingPage.created
    page.running = "3 photos are still waiting."
    paged.close()
    assert paged.isVisible()
    box = hand.question(paged)
    assert box.text() == "3 photos are still waiting."
    keep = next(b for b in box.buttons() if b.text() == "Keep running")
    qtbot.mouseClick(keep, Qt.MouseButton.LeftButton)
    assert paged.isVisible()
    assert not page.ended
    paged.close()
    box = hand.question(paged)
    stop = next(b for b in box.buttons() if b.text() == "Stop and close")
    qtbot.mouseClick(stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not paged.isVisible())
    assert page.ended == 1
