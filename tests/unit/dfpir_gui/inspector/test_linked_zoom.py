"""The features and the photo at the left show the same part of the photo."""

from collections.abc import Callable

import cv2
import numpy as np
import pyqtgraph as pg
import pytest
from PySide6.QtCore import QPointF, Qt

from dfpir_gui.inspector.plots import covers, overlap, part_in_sight
from tests.unit.dfpir_gui.inspector.conftest import Bench

CROP = (100, 40, 160, 120)


@pytest.fixture
def bench(make_page: Callable[..., Bench], tmp_path) -> Bench:
    """A photo of 400×300 pixels with the frame at :data:`CROP`, and its features."""
    pixels = np.random.default_rng(0).integers(0, 256, (300, 400, 3), np.uint8)
    file = tmp_path / "a.png"
    file.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    bench = make_page()
    bench.open(file)
    bench.show("Features")
    bench.page.photo.set_crop(CROP)
    bench.settle()
    return bench


def photo(bench: Bench) -> pg.ViewBox:
    return bench.page.photo._plots.getItem(0, 0).getViewBox()


def tile(bench: Bench, row: int = 0, column: int = 1) -> pg.ViewBox:
    return bench.page.panels["Features"].overview.plots.getItem(row, column).getViewBox()


def turn(bench: Bench, box: pg.ViewBox, at: tuple[float, float], clicks: int) -> None:
    """Turn the wheel over a point of the photo."""
    plots = box.getViewWidget()
    bench.turn_wheel(plots, box.mapViewToScene(QPointF(*at)), clicks)


def around(box: pg.ViewBox) -> tuple[float, float]:
    """The middle of what is in sight."""
    x, y, width, height = part_in_sight(box)
    return x + width / 2, y + height / 2


def test_at_first_the_photo_is_whole_and_the_features_are_those_of_the_crop(bench: Bench) -> None:
    assert covers(part_in_sight(photo(bench)), (0, 0, 400, 300))
    seen = part_in_sight(tile(bench))
    assert around(tile(bench)) == pytest.approx((180, 100)) and seen[3] == pytest.approx(120, rel=0.5)


def test_zooming_into_a_feature_brings_the_same_part_of_the_photo_into_sight(bench: Bench) -> None:
    turn(bench, tile(bench, 1, 0), (200, 90), 12)
    part = bench.page.photo.part
    assert part is not None and overlap(part, CROP) == part and part[3] < 60
    assert part[0] <= 200 <= part[0] + part[2] and part[1] <= 90 <= part[1] + part[3]
    assert around(photo(bench)) == pytest.approx((part[0] + part[2] / 2, part[1] + part[3] / 2), abs=0.01)
    assert part_in_sight(tile(bench)) == pytest.approx(part_in_sight(tile(bench, 1, 0)), abs=0.5)  # all go together
    turn(bench, tile(bench), (200, 90), -40)  # and out again: the whole photo, the whole crop
    assert bench.page.photo.part is None and covers(part_in_sight(photo(bench)), (0, 0, 400, 300))
    assert around(tile(bench)) == pytest.approx((180, 100))


def test_zooming_into_the_photo_takes_the_features_along_as_far_as_the_crop_goes(bench: Bench) -> None:
    turn(bench, photo(bench), (180, 100), 12)
    part = bench.page.photo.part
    common = overlap(part, CROP)
    assert common is not None and common[2] < 160
    assert around(tile(bench)) == pytest.approx((common[0] + common[2] / 2, common[1] + common[3] / 2), abs=0.01)
    turn(bench, photo(bench), (180, 100), -40)
    turn(bench, photo(bench), (390, 290), 30)  # nothing of the crop is there
    assert overlap(bench.page.photo.part, CROP) is None and around(tile(bench)) == pytest.approx((180, 100))


def test_part_stays_in_sight_when_another_block_is_chosen_and_a_double_click_shows_all(bench: Bench) -> None:
    turn(bench, tile(bench), (200, 90), 12)
    before = part_in_sight(tile(bench))
    bench.page.block.setCurrentIndex(0)
    bench.settle()
    assert part_in_sight(tile(bench)) == pytest.approx(before, abs=0.5)
    viewport = bench.page.photo._plots.viewport()
    beside = viewport.rect().center()
    for click in (bench.qtbot.mousePress, bench.qtbot.mouseRelease, bench.qtbot.mouseDClick, bench.qtbot.mouseRelease):
        click(viewport, Qt.MouseButton.LeftButton, pos=beside)
    bench.page.grab()
    assert bench.page.photo.part is None and around(tile(bench)) == pytest.approx((180, 100))


def test_another_photo_is_shown_whole(bench: Bench, put: Callable) -> None:
    turn(bench, tile(bench), (200, 90), 12)
    bench.open(put("b.png"))
    assert bench.page.photo.part is None
    assert covers(part_in_sight(photo(bench)), (0, 0, 96, 64)) and covers(part_in_sight(tile(bench)), (0, 0, 96, 64))


def test_the_wheel_alone_scrolls_the_panel_and_zooms_the_photo(bench: Bench) -> None:
    before, whole = part_in_sight(tile(bench)), part_in_sight(photo(bench))
    plots = bench.page.panels["Features"].overview.plots
    bench.turn_wheel(plots, tile(bench).mapViewToScene(QPointF(180, 100)), 5, control=False)
    assert part_in_sight(tile(bench)) == before
    view = bench.page.photo._plots
    bench.turn_wheel(view, photo(bench).mapViewToScene(QPointF(200, 150)), 5, control=False)
    assert part_in_sight(photo(bench))[2] < whole[2]
