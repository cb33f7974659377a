"""Pictures in plots: the colours that are painted are those of the data."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter

from core.degradations import KEYS
from dfpir_gui.inspector.plots import (
    CellNumbers,
    ColourBar,
    Plot,
    Slopes,
    Tile,
    lookup,
    name_cells,
    picture,
    small_font,
)


def test_a_picture_keeps_its_contrast(qapp: object) -> None:
    item = picture(np.array([[[0.25, 0.5, 0.75], [0.3, 0.5, 0.7]]], np.float32))
    item.render()
    colour = item.qimage.pixelColor(0, 0)
    assert (colour.red(), colour.green(), colour.blue()) == (64, 128, 191)


@pytest.mark.parametrize(("value", "place"), [(-1.0, 0), (1.0, 255), (9.0, 255)])
def test_numbers_get_the_colours_of_their_map(qapp: object, value: float, place: int) -> None:
    item = picture(np.array([[value, 0.0]]), colours="RdBu_r", levels=(-1, 1))
    item.render()
    colour = item.qimage.pixelColor(0, 0)
    assert (colour.red(), colour.green(), colour.blue()) == tuple(lookup("RdBu_r")[place])


def test_pictures_lie_where_they_belong(qapp: object) -> None:
    values = np.zeros((3, 5), np.float32)
    unit, photo = picture(values), picture(values, rect=(10, 20, 50, 30))
    assert unit.mapRectToParent(unit.boundingRect()) == QRectF(-0.5, -0.5, 5, 3)
    assert photo.mapRectToParent(photo.boundingRect()) == QRectF(10, 20, 50, 30)


def painted(item, width: int, height: int, scale: float = 1.0) -> np.ndarray:
    """What an item paints on grey, (height, width, 3) in RGB."""
    image = QImage(width, height, QImage.Format.Format_RGB888)
    image.fill(QColor("#808080"))
    painter = QPainter(image)
    painter.scale(scale, scale)
    item.paint(painter, None)
    painter.end()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, : 3 * width].reshape(height, width, 3).copy()


def test_a_colour_bar_shows_high_values_above_and_its_numbers_beside(qapp: object) -> None:
    bar = ColourBar("viridis", (0.0, 2.0))
    bar.resize(bar.minimumWidth(), 200)
    pixels = painted(bar, int(bar.minimumWidth()), 200)
    for y in (5, 100, 195):
        place = round(255 * (1 - (y + 0.5) / 200))
        assert np.abs(pixels[y, 4].astype(int) - lookup("viridis")[place]).max() <= 6
    beside = (pixels[:, 12:] != 128).any(axis=(1, 2))
    assert beside[:20].any() and beside[90:110].any() and beside[-20:].any() and not beside[30:80].any()


def test_numbers_of_cells_lie_in_their_cells_whatever_the_zoom(qapp: object) -> None:
    numbers = CellNumbers([["1", ""], ["", "2"]], [["#FFFFFF", "#202020"]] * 2)
    image = QImage(200, 200, QImage.Format.Format_RGB888)
    image.fill(QColor("#808080"))
    painter = QPainter(image)
    painter.translate(50, 50)
    painter.scale(100, 100)
    numbers.paint(painter, None)
    painter.end()
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(200, -1)[:, :600].reshape(200, 200, 3)
    assert pixels[:100, :100].max() > 200 and pixels[100:, 100:].min() < 80
    assert (pixels[:100, 100:] == 128).all() and (pixels[100:, :100] == 128).all()


def test_slopes_join_left_and_right(qapp: object) -> None:
    slopes = Slopes(np.array([10, 90]), np.array([90, 90]), np.array([[255, 0, 0], [0, 0, 255]], np.uint8))
    image = QImage(100, 100, QImage.Format.Format_RGB888)
    image.fill(QColor("#000000"))
    painter = QPainter(image)
    painter.scale(100, 1)
    slopes.paint(painter)
    painter.end()
    assert image.pixelColor(50, 50).red() > 60 and image.pixelColor(50, 50).blue() == 0
    assert image.pixelColor(20, 90).blue() + image.pixelColor(20, 89).blue() > 60
    assert slopes.boundingRect() == QRectF(0, 0, 1, 90)


def test_a_tile_keeps_its_aspect_and_its_colours(qapp: object) -> None:
    values = np.array([[-1.0, 1.0, 0.0, 0.0]])
    tile = Tile("a title that is much longer than the tile is wide", values, "RdBu_r", (-1.0, 1.0))
    tile.resize(80, 60)
    pixels = painted(tile, 80, 60)
    top = 60 - next(n for n, row in enumerate(pixels[::-1]) if (row != 128).any())
    assert tuple(pixels[top - 3, 10]) == tuple(lookup("RdBu_r")[0])
    assert tuple(pixels[top - 3, 30]) == tuple(lookup("RdBu_r")[255])
    assert tuple(pixels[top - 18, 30]) == tuple(lookup("RdBu_r")[255]) and top < 50


def test_numbers_that_would_run_together_are_left_out(qapp: object) -> None:
    numbers = CellNumbers([["+0.52", "+0.11"]], [["#FFFFFF", "#FFFFFF"]])
    assert (painted(numbers, 30, 30, scale=12.0) == 128).all()
    assert (painted(numbers, 120, 60, scale=60.0) != 128).any()


def test_the_axis_of_prompts_has_space_for_names_of_two_lines(qapp: object) -> None:
    plot = Plot()
    name_cells(plot, KEYS)
    needed = QFontMetrics(small_font()).boundingRect(0, 0, 100, 100, 0, "low\nlight").height()
    assert plot.axes["bottom"].minimumHeight() >= needed + plot.axes["bottom"].style["tickTextOffset"][1]
