"""Pictures in plots: the colours that are painted are those of the data."""

import numpy as np
import pytest
from PySide6.QtCore import QRectF

from dfpir_gui.inspector.plots import lookup, picture


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
