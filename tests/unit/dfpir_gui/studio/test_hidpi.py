"""Screens with more than one device pixel per logical pixel. Qt reads the ratio once, so each needs a process."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dfpir_gui

_PROGRAM = """
import numpy as np
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication
from dfpir_gui.studio.canvas import Canvas
from dfpir_gui.workers.image_pyramid import Pyramid

app = QApplication([])
canvas = Canvas()
canvas.resize(400, 300)
canvas.show()
app.processEvents()
photo = np.random.default_rng(0).integers(0, 256, (200, 300, 3)).astype(np.uint8)
canvas.set_photo(Pyramid.from_pixels(photo.astype(np.float32) / 255))
print(canvas.devicePixelRatioF())
for zoom in (1, 3):
    canvas.zoom_to(zoom)
    image = canvas.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    shown = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    box, (left, top) = canvas.viewport.visible, canvas.viewport.origin
    large = np.kron(photo, np.ones((zoom, zoom, 1), np.uint8))
    expected = large[box.top - top : box.bottom - top, box.left - left : box.right - left]
    print((shown[box.top : box.bottom, box.left : box.right] == expected).all())
canvas.fit()
canvas.set_result(Pyramid.from_pixels(np.zeros((200, 300, 3), np.float32)))
canvas.move_split(-0.2)
centre = canvas.handle.geometry().center().x() * canvas.devicePixelRatioF()
print(abs(centre - canvas.viewport.split_column) <= canvas.devicePixelRatioF())
"""


@pytest.mark.parametrize("ratio", ["1.5", "2.0"])
def test_photo_pixels_are_device_pixels(ratio: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _PROGRAM],
        cwd=tmp_path,
        env=os.environ | {"QT_SCALE_FACTOR": ratio, "PYTHONPATH": _search_path()},
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert done.stdout.split() == [ratio, "True", "True", "True"]


def _search_path() -> str:
    root = str(Path(dfpir_gui.__file__).parents[1])
    return os.pathsep.join([root, *filter(None, [os.environ.get("PYTHONPATH")])])
