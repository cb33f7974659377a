"""The style sheet of the application, and how often widgets are styled."""

from collections import Counter
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from dfpir_gui.batch.options import Options
from dfpir_gui.settings.theme import apply_theme


class Watcher(QObject):
    """Counts how often each object is styled."""

    def __init__(self) -> None:
        super().__init__()
        self.times: Counter[QObject] = Counter()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.StyleChange:
            self.times[watched] += 1
        return False


@pytest.fixture
def watcher(qapp: QApplication) -> Iterator[Watcher]:
    watcher = Watcher()
    qapp.installEventFilter(watcher)
    yield watcher
    qapp.removeEventFilter(watcher)
    qapp.setStyleSheet("")


def test_options_of_a_batch_are_not_styled_for_each_parent(qapp: QApplication, qtbot: QtBot, watcher: Watcher) -> None:
    apply_theme(qapp)
    watcher.times.clear()
    options = Options()
    qtbot.addWidget(options)
    for widget in (options.strength, options.mode, options.ratio, options.what):
        assert watcher.times[widget] == 1, (widget.accessibleName(), watcher.times[widget])
