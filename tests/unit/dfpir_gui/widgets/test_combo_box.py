"""Drop-downs whose list is wider than the closed box."""

from PySide6.QtGui import QFontMetrics
from pytestqt.qtbot import QtBot

from dfpir_gui.widgets.combo_box import ComboBox


def test_list_is_as_wide_as_its_entries(qtbot: QtBot) -> None:
    box = ComboBox()
    qtbot.addWidget(box)
    texts = ["Rain", "Noise (σ 15) with a long name that does not fit"]
    box.addItems(texts)
    box.setFixedWidth(60)
    box.show()
    box.showPopup()
    assert box.view().viewport().width() >= QFontMetrics(box.view().font()).horizontalAdvance(texts[1])
    box.hidePopup()
