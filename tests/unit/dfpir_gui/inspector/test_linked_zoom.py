"""The features and the photo at the left show the same part of the photo."""

from collections.abc import Callable

import cv2
import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, Qt

from dfpir_gui.inspector.plots import covers, overlap, part_in_sight
from tests.unit.dfpir_gui.inspector.conftest import PageDriver

CROP = (100, 40, 160, 120)


@pytest.fixture
def driver(make_page: Callable[..., PageDriver], tmp_path) -> PageDriver:
    """A photo of 400×300 pixels with the frame at :data:`CROP`, and its features."""
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    file = tmp_path / "a.png"
    file.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    driver = make_page()
    driver.open(file)
    driver.show("Features")
    driver.page.photo.set_crop(CROP)
    driver.settle()
    return driver


def photo(driver: PageDriver) -> pg.ViewBox:
    return driver.page.photo._plots.getItem(0, 0).view


def tile(driver: PageDriver, row: int = 0, column: int = 1) -> pg.ViewBox:
    return driver.page.panels["Features"].overview.plots.getItem(row, column).view


def turn(driver: PageDriver, box: pg.ViewBox, at: tuple[float, float], clicks: int) -> None:
    """Turn the wheel over a point of the photo."""
    plots = box.getViewWidget()
    driver.turn_wheel(plots, box.mapViewToScene(QPointF(*at)), clicks)


def around(box: pg.ViewBox) -> tuple[float, float]:
    """The centre of the visible part."""
    x, y, width, height = part_in_sight(box)
    return x + width / 2, y + height / 2


def test_at_first_the_photo_is_whole_and_the_features_are_those_of_the_crop(driver: PageDriver) -> None:
    assert covers(part_in_sight(photo(driver)), (0, 0, 400, 300))
    seen = part_in_sight(tile(driver))
    height = max(120, 160 * tile(driver).height() / tile(driver).width())  # more is seen in a view that is taller
    assert around(tile(driver)) == pytest.approx((180, 100)) and seen[3] == pytest.approx(height, rel=0.02)


def test_zooming_into_a_feature_brings_the_same_part_of_the_photo_into_sight(driver: PageDriver) -> None:
    turn(driver, tile(driver, 1, 0), (200, 90), 12)
    part = driver.page.photo.part
    assert part is not None and overlap(part, CROP) == part and part[3] < 60
    assert part[0] <= 200 <= part[0] + part[2] and part[1] <= 90 <= part[1] + part[3]
    assert around(photo(driver)) == pytest.approx((part[0] + part[2] / 2, part[1] + part[3] / 2), abs=0.01)
    assert part_in_sight(tile(driver)) == pytest.approx(part_in_sight(tile(driver, 1, 0)), abs=0.5)  # all go together
    turn(driver, tile(driver), (200, 90), -40)  # and out again: the whole photo, the whole crop
    assert driver.page.photo.part is None and covers(part_in_sight(photo(driver)), (0, 0, 400, 300))
    assert around(tile(driver)) == pytest.approx((180, 100))


def test_zooming_into_the_photo_takes_the_features_along_as_far_as_the_crop_goes(driver: PageDriver) -> None:
    turn(driver, photo(driver), (180, 100), 12)
    part = driver.page.photo.part
    common = overlap(part, CROP)
    assert common is not None and common[2] < 160
    assert around(tile(driver)) == pytest.approx((common[0] + common[2] / 2, common[1] + common[3] / 2), abs=0.01)
    turn(driver, photo(driver), (180, 100), -40)
    turn(driver, photo(driver), (390, 290), 30)  # nothing of the crop is there
    assert overlap(driver.page.photo.part, CROP) is None and around(tile(driver)) == pytest.approx((180, 100))


def test_part_stays_in_sight_when_another_block_is_chosen_and_a_double_click_shows_all(driver: PageDriver) -> None:
    turn(driver, tile(driver), (200, 90), 12)
    before = part_in_sight(tile(driver))
    driver.page.block.setCurrentIndex(0)
    driver.settle()
    assert part_in_sight(tile(driver)) == pytest.approx(before, abs=0.5)
    viewport = driver.page.photo._plots.viewport()
    centre, mouse = viewport.rect().center(), driver.qtbot
    for click in (mouse.mousePress, mouse.mouseRelease, mouse.mouseDClick, mouse.mouseRelease):
        click(viewport, Qt.MouseButton.LeftButton, pos=centre)
    driver.page.grab()
    assert driver.page.photo.part is None and around(tile(driver)) == pytest.approx((180, 100))


def test_another_photo_is_shown_whole(driver: PageDriver, put: Callable) -> None:
    turn(driver, tile(driver), (200, 90), 12)
    driver.open(put("b.png"))
    assert driver.page.photo.part is None
    assert covers(part_in_sight(photo(driver)), (0, 0, 96, 64)) and covers(part_in_sight(tile(driver)), (0, 0, 96, 64))


def test_the_wheel_alone_scrolls_the_panel_and_zooms_the_photo(driver: PageDriver) -> None:
    before, whole = part_in_sight(tile(driver)), part_in_sight(photo(driver))
    plots = driver.page.panels["Features"].overview.plots
    driver.turn_wheel(plots, tile(driver).mapViewToScene(QPointF(180, 100)), 5, control=False)
    assert part_in_sight(tile(driver)) == before
    view = driver.page.photo._plots
    driver.turn_wheel(view, photo(driver).mapViewToScene(QPointF(200, 150)), 5, control=False)
    assert part_in_sight(photo(driver))[2] < whole[2]
