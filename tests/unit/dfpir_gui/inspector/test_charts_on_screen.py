"""Charts on the screen say what their exports say: colour bars, names of axes, orientation; no tab is cut off."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtWidgets import QFileDialog, QScrollArea

from core.inspection import strongest_channels
from core.inspection.charts import FIGURE_SIZES
from dfpir_gui.inspector.card import Card, figure_size
from dfpir_gui.inspector.plots import CellNumbers, Plot, Slopes, Tile
from dfpir_gui.settings.settings import Settings


def plots_of(card: Card) -> list[Plot]:
    return [item for item in card.plots.ci.items if isinstance(item, Plot)]


def label(plot: Plot, side: str) -> str:
    return plot.axes[side].labelText


def test_matrices_have_colour_bars_with_their_scale_and_named_axes(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    attention = driver.show("Attention")
    for card in (attention.maps, attention.between_prompts):
        plots = plots_of(card)
        assert len(plots) == 3
        for plot in plots:
            assert (label(plot, "left"), label(plot, "bottom")) == ("query channel", "key channel")
    weights = attention._attention.weights
    bar = plots_of(attention.maps)[2].colour_bar
    assert bar.levels == (0.0, pytest.approx(float(weights.max())))
    order = driver.show("Order")
    for card, count in ((order.similarity, 2), (order.matrix, 4)):
        assert [plot.colour_bar is not None for plot in plots_of(card)] == [True] * count
    assert label(plots_of(order.matrix)[0], "left") == "channel of Q"
    features = driver.show("Features")
    photo, *stages = plots_of(features.overview)
    assert photo.colour_bar is None and stages and all(plot.colour_bar is not None for plot in stages)


def test_numbers_in_matrices_and_slopes_are_those_of_the_orders(make_page: Callable) -> None:
    driver = make_page()
    panel = driver.show("Order")
    orders = panel._orders
    for plot, values in zip(plots_of(panel.similarity), (orders.kendall, orders.spearman), strict=True):
        (numbers,) = (item for item in plot.contents if isinstance(item, CellNumbers))
        assert numbers.texts == [[f"{value:+.2f}" for value in row] for row in values]
        assert all(
            (colour == "#FFFFFF") == (abs(value) > 0.6)
            for colours, row in zip(numbers.colours, values, strict=True)
            for colour, value in zip(colours, row, strict=True)
        )
    (slopes,) = (item for item in plots_of(panel.slopes)[0].contents if isinstance(item, Slopes))
    left, right = (orders.positions[orders.index(key)] for key in (driver.page.first.currentData(), panel._pair[1]))
    ends = [(line.y1(), line.y2()) for line in slopes.lines]
    assert ends == list(zip(left.tolist(), right.tolist(), strict=True))


def test_the_strongest_channels_are_pictures_with_the_colours_of_their_values(
    make_page: Callable, put: Callable
) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    panel = driver.show("Features")
    tiles = [item for item in panel.strongest.plots.ci.items if isinstance(item, Tile)]
    strongest = strongest_channels(panel.overview.chart.arrays["F_n"].astype(np.float32), 12)
    assert [tile.title.split()[:2] for tile in tiles[: len(strongest.channels)]] == [
        ["F_n", str(channel)] for channel in strongest.channels
    ]
    values = strongest.maps[0] - strongest.maps[0].mean()
    high = tiles[0].pixels[np.unravel_index(values.argmax(), values.shape)].astype(int)
    low = tiles[0].pixels[np.unravel_index(values.argmin(), values.shape)].astype(int)
    assert high[0] - high[2] > low[0] - low[2]  # red is high, blue is low


def test_drop_rates_share_one_scale(make_page: Callable, put: Callable, tmp_path) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    put("many/a.png"), put("many/b.png")
    panel = driver.show("Attention")
    panel.count_drops(tmp_path / "many")
    driver.settle()
    for plot in plots_of(panel.drops):
        assert plot.colour_bar.levels == (0.0, 1.0) and label(plot, "left") == "query channel"


def test_clusters_point_up_as_in_their_export(make_page: Callable, many) -> None:
    driver = make_page()
    panel = driver.show("Clusters")
    panel.find_clusters(many)
    driver.settle()
    for plot in plots_of(panel.card):
        assert not plot.view.yInverted()


@pytest.mark.parametrize("size", [(888, 480), (1208, 700)])  # in windows of 960 and 1280 pixels
def test_no_tab_is_wider_than_the_page(make_page: Callable, put: Callable, size: tuple[int, int]) -> None:
    driver = make_page()
    driver.page.resize(*size)
    driver.open(put("one.png"))
    for title in driver.page.panels:
        panel = driver.show(title)
        area = panel.findChild(QScrollArea)
        if panel.reason == "":
            assert area.widget().minimumSizeHint().width() <= area.viewport().width(), title
            for card in panel.cards:
                right = card.export.mapTo(area.viewport(), card.export.rect().topRight()).x()
                assert right <= area.viewport().width(), title


def test_matrices_are_placed_by_the_width(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    panel = driver.show("Attention")
    driver.page.resize(1300, 700)
    driver.settle()
    wide = panel.maps.plots.height()
    driver.page.resize(800, 700)
    driver.settle()
    assert panel.maps.plots.height() > wide and len(plots_of(panel.maps)) == 3


@pytest.mark.parametrize("width", [888, 1208, 1848])
def test_numbers_of_all_ablations_are_not_cut(make_page: Callable, put: Callable, width: int) -> None:
    driver = make_page()
    driver.page.resize(width, 700)
    driver.open(put("one.png"))
    panel = driver.show("Ablations")
    panel.load_reference(put("clean.png", seed=5))
    driver.settle()
    panel.run_all.click()
    driver.settle()
    plots = plots_of(panel.all)
    assert len(plots) == 2

    def all_inside() -> bool:
        panel.all.plots.grab()  # texts are placed when they are painted
        for plot in plots:
            inside = plot.view.sceneBoundingRect()
            for text in (item for item in plot.contents if isinstance(item, pg.TextItem)):
                box = text.mapRectToScene(text.boundingRect())
                if not (inside.left() - 1 <= box.left() and box.right() <= inside.right() + 1):
                    return False
        return all(plot._cells.itemAt(0, 1).item.boundingRect().width() <= plot.view.width() for plot in plots)

    driver.qtbot.waitUntil(all_inside, timeout=20_000)


def test_matrices_and_pictures_grow_with_the_window(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))  # 96×64
    for width in (1848, 888, 1848):
        driver.page.resize(width, 900)
        driver.settle()
        for title in ("Attention", "Features"):
            plots = driver.show(title).cards[0].plots
            driver.qtbot.waitUntil(lambda plots=plots: plots.height() == plots.heightForWidth(plots.width()))
            for plot in (item for item in plots.ci.items if item.colour_bar is not None):
                size = plot.view.size()
                assert plot.sceneBoundingRect().bottom() <= plots.height()
                if width == 1848:
                    expected = 1 if title == "Attention" else 64 / 96
                    assert size.height() / size.width() == pytest.approx(expected, abs=0.12)


def test_texts_of_clusters_do_not_run_together(make_page: Callable, many: Path) -> None:
    driver = make_page()
    driver.page.resize(888, 600)  # that of a window of 960 pixels
    panel = driver.show("Clusters")
    panel.find_clusters(many)
    driver.settle()
    plots = plots_of(panel.card)
    assert len(plots) == 3
    for plot in plots:
        title = plot._cells.itemAt(0, 1)
        for text in (title.item, plot.axes["bottom"].label):
            assert text.boundingRect().width() <= plot.size().width()


def test_matrices_with_numbers_lie_below_each_other_in_small_windows(make_page: Callable) -> None:
    driver = make_page()
    panel = driver.show("Order")
    heights = {}
    for width in (1500, 888):
        driver.page.resize(width, 700)
        driver.settle()
        every = panel.similarity.plots, panel.matrix.plots
        driver.qtbot.waitUntil(
            lambda every=every: all(one.height() == one.heightForWidth(one.width()) for one in every)
        )
        heights[width] = [plots.height() for plots in every]
        assert [len(plots_of(card)) for card in (panel.similarity, panel.matrix)] == [2, 4]
    assert heights[888] == pytest.approx([2 * height for height in heights[1500]], rel=0.02)  # twice as many rows


def test_the_chosen_width_is_kept_for_all_charts(make_page: Callable) -> None:
    driver = make_page()
    card = driver.show("Order").strips
    menu = card.export.menu()
    menu.aboutToShow.emit()
    entries = {action.data(): action for action in menu.actions() if action.isCheckable()}
    assert set(entries) == {"", *FIGURE_SIZES} and entries[""].isChecked()
    entries["page"].trigger()
    assert Settings().figure_size == "page" and figure_size() == FIGURE_SIZES["page"]
    other = driver.page.panels["Order"].slopes.export.menu()
    other.aboutToShow.emit()
    assert [action.data() for action in other.actions() if action.isChecked()] == ["page"]
    assert any("PDF" in action.text() for action in menu.actions())


def suggested_name(card: Card) -> str:
    card._ask(".png")
    dialog = card.findChild(QFileDialog)
    try:
        return Path(dialog.selectedFiles()[0]).name
    finally:
        dialog.reject()
        dialog.setParent(None)


def test_exports_are_named_after_what_they_show(make_page: Callable, put: Callable, many, tmp_path) -> None:
    driver = make_page()
    driver.open(put("two.png"))
    driver.open(put("one.png"))
    page = driver.page
    first, second = page.target.first, page.target.second
    names = {}
    for title, panel in page.panels.items():
        driver.show(title)
        if title == "Ablations":
            panel.run_all.click()
        elif title == "Clusters":
            panel.find_clusters(many)
        elif title == "Attention":
            put("few/a.png")
            panel.count_drops(tmp_path / "few")
        driver.settle()
        names[title] = [suggested_name(card) for card in panel.cards]
    assert names == {
        "Order": [
            "latent-order.png",
            f"{first}-{second}-latent-slopes.png",
            "latent-correlations.png",
            f"{first}-{second}-latent-matrix.png",
        ],
        "Attention": [
            f"one-{first}-latent-attention.png",
            f"one-{first}-{second}-latent-attention-difference.png",
            f"one-two-{first}-latent-attention-difference.png",
            f"few-{first}-latent-drops.png",
            f"one-{first}-gamma-0.5-ablation-pictures.png",
        ],
        "Features": [f"one-{first}-latent-features.png", f"one-{first}-latent-channels.png"],
        "Clusters": [f"many-{first}-clusters.png"],
        "Ablations": [f"one-{first}-ablation-pictures.png", f"one-{first}-ablations.png"],
    }
    panel = page.panels["Ablations"]
    for switch in (panel.dgcpm, panel.caapm):
        switch.setChecked(False)
        driver.settle()
        switched = "dgcpm" if switch is panel.dgcpm else "dgpb"
        assert suggested_name(panel.one) == f"one-{first}-{switched}-off-ablation-pictures.png"
