"""The Inspector in Chinese: all charts, captions and controls are translated."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QWidget

from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.inspector.panel import Panel
from dfpir_gui.inspector.plots import Plots, Tile

SPOKEN = re.compile(r"[一-鿿]")
NAMES = re.compile(r"DGCPM|CAAPM|DGPB|Kendall|Spearman|PSNR|rain|haze|blur|one|png|CSV")
"""Words that are the same in all languages: the paper's terms, prompts and files."""


@pytest.fixture(autouse=True)
def _chinese(qapp: QApplication) -> Iterator[None]:
    use_language(qapp, "zh_CN")
    yield
    use_language(qapp, "en")


def texts_of(panel: QWidget) -> list[str]:
    """All texts of a panel: labels, buttons, and the titles and axes of its plots."""
    words = [label.text() for label in panel.findChildren(QLabel) if not label.isHidden()]
    words += [button.text() for button in panel.findChildren(QAbstractButton)]
    for plots in panel.findChildren(Plots):
        for plot in plots.ci.items:
            if isinstance(plot, Tile):
                words.append(plot.title)
                continue
            words += [plot.title, *(axis.labelText for axis in plot.axes.values())]
    return [re.sub(r"<[^>]*>|&nbsp;", "", text) for text in words]


def untranslated(panel: Panel) -> list[str]:
    return [
        text for text in texts_of(panel) if re.search("[A-Za-z]{3}", NAMES.sub("", text)) and not SPOKEN.search(text)
    ]


@pytest.mark.parametrize("tab", ["Order", "Attention", "Features", "Ablations"])
def test_every_tab_is_translated(make_page: Callable, put: Callable, tab: str) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    panel = driver.show(tab)
    if tab == "Ablations":
        panel.run_all.click()
        driver.settle()
    shown = [card for card in panel.cards if card.chart is not None]
    assert shown
    for card in shown:
        assert SPOKEN.search(card.heading.text()), card.heading.text()
        assert not re.search("[a-z]{4} [a-z]{3}", card.caption.text()), card.caption.text()
    assert untranslated(panel) == []
    assert untranslated(driver.page.photo) == []


def test_a_followed_channel_is_listed_in_chinese(make_page: Callable) -> None:
    driver = make_page(prompts=("noise15", "haze"))
    panel = driver.show("Order")
    panel.follow(3)
    orders = driver.page.model_info.orders_of("latent")
    first, second = orders.positions[:, 3]
    assert panel.strips.note.text() == f"通道 3 在各提示下的位置：噪点 σ 15 {first}、雾霾 {second}"


def test_clusters_are_translated(make_page: Callable, many: Path) -> None:
    driver = make_page()
    panel = driver.show("Clusters")
    panel.find_clusters(many)
    driver.settle()
    assert panel.status.text() == "已略去：blur.png：模型没有 运动模糊 的提示"
    assert SPOKEN.search(panel.card.caption.text())
    assert untranslated(panel) == []


def test_prompts_are_offered_in_chinese(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    for box in (driver.page.first, driver.page.second):
        assert box.count() > 1
        assert all(SPOKEN.search(box.itemText(index)) for index in range(box.count()))
