"""The Inspector in Chinese: no chart, no caption and no control is left in English."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.inspector.panel import Panel
from dfpir_gui.inspector.plots import Plots

SPOKEN = re.compile(r"[一-鿿]")
NAMES = re.compile(r"DGCPM|CAAPM|DGPB|Kendall|Spearman|PSNR|rain|haze|blur|one|png|CSV")
"""Words that are the same in all languages: the paper's terms, prompts and files."""


@pytest.fixture(autouse=True)
def _chinese(qapp: QApplication) -> Iterator[None]:
    use_language(qapp, "zh_CN")
    yield
    use_language(qapp, "en")


def said(panel: QWidget) -> list[str]:
    """All that a panel says: labels, buttons, and the titles and axes of its plots."""
    words = [label.text() for label in panel.findChildren(QLabel) if not label.isHidden()]
    words += [button.text() for button in panel.findChildren(QAbstractButton)]
    for plots in panel.findChildren(Plots):
        for plot in plots.ci.items:
            words += [plot.titleLabel.text, *(plot.getAxis(side).labelText for side in ("left", "bottom"))]
    return [re.sub(r"<[^>]*>|&nbsp;", "", text) for text in words]


def left_in_english(panel: Panel) -> list[str]:
    return [text for text in said(panel) if re.search("[A-Za-z]{3}", NAMES.sub("", text)) and not SPOKEN.search(text)]


@pytest.mark.parametrize("tab", ["Order", "Attention", "Features", "What matters"])
def test_every_tab_speaks_chinese(make_page: Callable, put: Callable, tab: str) -> None:
    bench = make_page()
    bench.open(put("one.png"))
    panel = bench.show(tab)
    if tab == "What matters":
        panel.run_all.click()
        bench.settle()
    shown = [card for card in panel.cards if card.chart is not None]
    assert shown
    for card in shown:
        assert SPOKEN.search(card.heading.text()), card.heading.text()
        assert not re.search("[a-z]{4} [a-z]{3}", card.words.text()), card.words.text()
    assert left_in_english(panel) == []
    assert left_in_english(bench.page.photo) == []


def test_clusters_speak_chinese(make_page: Callable, many: Path) -> None:
    bench = make_page()
    panel = bench.show("Clusters")
    panel.look_into(many)
    bench.settle()
    assert panel.told.text() == "已略去：blur.png: 模型没有 blur 的提示"
    assert SPOKEN.search(panel.card.words.text())
    assert left_in_english(panel) == []
