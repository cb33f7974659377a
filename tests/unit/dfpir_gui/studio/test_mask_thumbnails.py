"""Thumbnails and overlays of masks while photos are rotated, cropped and switched, in every order of events."""

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QIcon, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from core.geometry import Geometry
from core.masks import Brush, Component, LinearGradient, LuminanceRange, Mask, Sky, Stroke
from core.progress import CancelToken
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.studio.masks import overlay
from dfpir_gui.studio.masks.overlay import thumbnail
from dfpir_gui.studio.steps import _MASK_ICON, StepRow
from dfpir_gui.widgets import icons
from dfpir_gui.workers.requests import GeometryRequest
from tests.unit.dfpir_gui.stand_ins import FakeRestorer

BRIGHT = Mask.from_shape(LuminanceRange(0.6, 1.0, 0.05))  # the same before and after a rotation
EXCEPT_SKY = Mask((Component(Sky()),), inverted=True)
RAMP = Mask.from_shape(LinearGradient((0.5, 0.2), (0.5, 0.6)))


class Held:
    """Work of the window that ends when the test says so.

    Args:
        window: whose masks are rendered, and whose photos are rotated.
    """

    def __init__(self, window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
        self.renderings: list[Callable[[], None]] = []
        self.rotations: list[Callable[[], None]] = []
        run_file = window.session._jobs.run_file

        def submit(work: Callable[..., Any], done: Callable[[Any], None], failed: object) -> CancelToken:
            self.renderings.append(lambda: done(work(lambda progress: None, CancelToken())))
            return CancelToken()

        def run(request: Any, done: Callable[[Any], None], failed: Any) -> CancelToken:
            if not isinstance(request, GeometryRequest):
                return run_file(request, done, failed)
            self.rotations.append(lambda: run_file(request, done, failed))
            return CancelToken()

        monkeypatch.setattr(window.session, "submit_to_screen", submit)
        monkeypatch.setattr(window.session._jobs, "run_file", run)

    def render_all(self, qtbot: QtBot, window: MainWindow) -> None:
        """Let all renderings end, and those that follow them."""
        rendered, timer = window.studio.mask_editor.rendered, window.studio.mask_editor.rendered._timer
        for _ in range(40):
            while self.renderings:
                self.renderings.pop(0)()
            if timer.isActive():
                qtbot.waitUntil(lambda: not timer.isActive())
            if not self.renderings and not rendered._wanted:
                return
        raise AssertionError("masks are rendered without end")


@pytest.fixture
def scene(write_png: Callable[..., Path]) -> Path:
    """Sky over rough grass, which is brighter on the left."""
    noise = np.random.default_rng(3).normal(0, 14, (120, 160, 3))
    picture = np.full((120, 160, 3), (60, 110, 40)) + noise
    picture[:50] = (150, 190, 235)
    picture[50:, :40] += 120
    return write_png("meadow.png", np.clip(picture, 0, 255).astype(np.uint8))


@pytest.fixture
def opened(qtbot: QtBot, window: MainWindow, scene: Path) -> MainWindow:
    open_with_step(qtbot, window, scene)
    return window


@pytest.fixture
def held(opened: MainWindow, monkeypatch: pytest.MonkeyPatch) -> Held:
    return Held(opened, monkeypatch)


def open_with_step(qtbot: QtBot, window: MainWindow, path: Path) -> None:
    before = window.session.current
    window.open_photo(path)
    qtbot.waitUntil(lambda: window.session.current is not before and window.session.state is State.READY)
    window.session.choose("haze")


def row_of(window: MainWindow) -> StepRow:
    return window.studio.panel.steps.rows[0]


def shown(window: MainWindow) -> QImage:
    return row_of(window).mask_button.icon().pixmap(_MASK_ICON).toImage()


def expected(window: MainWindow, *, quick: bool = False) -> QImage:
    """The thumbnail of the mask in the photo as it is now."""
    document = window.session.current
    mask = document.edit.stack[0].mask
    width, height = document.masks.size
    values = (
        document.masks.render_quickly(mask, overlay.quick_size(width, height))
        if quick
        else overlay.render(document.masks, mask)
    )
    return QIcon(thumbnail(values, _MASK_ICON)).pixmap(_MASK_ICON).toImage()


def neutral() -> QImage:
    return icons.icon("mask").pixmap(_MASK_ICON).toImage()


def end_rotation(qtbot: QtBot, window: MainWindow, held: Held) -> None:
    held.rotations.pop(0)()
    qtbot.waitUntil(lambda: window.session.current.geometry_request is None or bool(held.rotations))


@pytest.mark.parametrize("mask", [BRIGHT, EXCEPT_SKY, RAMP])
@pytest.mark.parametrize("geometry", [Geometry(1), Geometry(0, (0, 30, 100, 90))])
def test_until_the_photo_is_rotated_its_previous_thumbnail_is_shown_and_then_the_new_one(
    qtbot: QtBot, opened: MainWindow, held: Held, mask: Mask, geometry: Geometry
) -> None:
    session = opened.session
    session.editor.set_mask(0, mask, "Mask")
    held.render_all(qtbot, opened)
    before = shown(opened)
    assert before == expected(opened)
    session.set_geometry(geometry, "Rotate")
    assert not held.renderings  # its masks are those of the rotated photo, which is not there yet
    assert shown(opened) == before
    end_rotation(qtbot, opened, held)
    assert shown(opened) == neutral()
    held.render_all(qtbot, opened)
    assert shown(opened) == expected(opened) != before
    opened.actions_.undo.trigger()
    end_rotation(qtbot, opened, held)
    held.render_all(qtbot, opened)
    assert shown(opened) == before
    opened.actions_.redo.trigger()
    end_rotation(qtbot, opened, held)
    held.render_all(qtbot, opened)
    assert shown(opened) == expected(opened) != before


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("mask", [BRIGHT, EXCEPT_SKY])
def test_a_rendering_that_ends_after_the_rotation_is_not_shown(
    qtbot: QtBot, opened: MainWindow, held: Held, mask: Mask, exact: bool
) -> None:
    session = opened.session
    session.editor.set_mask(0, mask, "Mask")
    rendered = opened.studio.mask_editor.rendered
    if exact:
        held.renderings.pop(0)()
        qtbot.waitUntil(lambda: not rendered._timer.isActive())
    assert len(held.renderings) == 1
    late = held.renderings.pop()
    session.set_geometry(Geometry(1), "Rotate")
    end_rotation(qtbot, opened, held)
    late()
    assert shown(opened) == neutral()
    held.render_all(qtbot, opened)
    assert shown(opened) == expected(opened)


@pytest.mark.parametrize("order", list(itertools.permutations(["render", "rotate", "render again"])))
def test_several_rotations_and_renderings_in_any_order(
    qtbot: QtBot, opened: MainWindow, held: Held, order: tuple[str, ...]
) -> None:
    session = opened.session
    session.editor.set_mask(0, BRIGHT, "Mask")
    session.set_geometry(Geometry(1), "Rotate")
    for event in order:
        if event == "rotate" and held.rotations:
            end_rotation(qtbot, opened, held)
            session.set_geometry(Geometry(2), "Rotate")
        elif event != "rotate" and held.renderings:
            held.renderings.pop(0)()
        assert shown(opened) in (neutral(), expected(opened), expected(opened, quick=True))
    while held.rotations:
        end_rotation(qtbot, opened, held)
    held.render_all(qtbot, opened)
    assert shown(opened) == expected(opened)


def test_the_thumbnail_of_one_photo_is_not_shown_for_another(
    qtbot: QtBot, opened: MainWindow, held: Held, write_png: Callable[..., Path]
) -> None:
    session = opened.session
    session.editor.set_mask(0, BRIGHT, "Mask")
    held.render_all(qtbot, opened)
    first, before = session.current, shown(opened)
    open_with_step(qtbot, opened, write_png("dark.png", np.full((60, 80, 3), 40, np.uint8)))
    session.editor.set_mask(0, BRIGHT, "Mask")
    assert shown(opened) == neutral()
    late = held.renderings.pop()
    session.show(first)
    assert shown(opened) == before
    late()
    assert shown(opened) == before
    held.render_all(qtbot, opened)
    session.show(session.documents[1])
    held.render_all(qtbot, opened)
    assert shown(opened) == expected(opened) != before


def test_a_step_that_loses_its_mask_shows_none(qtbot: QtBot, opened: MainWindow, held: Held) -> None:
    opened.session.editor.set_mask(0, RAMP, "Mask")
    held.render_all(qtbot, opened)
    opened.session.editor.set_mask(0, None, "Mask")
    assert shown(opened) == neutral() and row_of(opened).mask_button.text() == "Everywhere"


def test_the_masks_of_many_steps_are_rendered_once(qtbot: QtBot, opened: MainWindow, held: Held) -> None:
    session = opened.session
    masks = [Mask.from_shape(LinearGradient((0.5, 0.05 * n), (0.5, 0.9))) for n in range(12)]
    for _ in masks[1:]:
        session.editor.add("haze")
    for index, mask in enumerate(masks):
        session.editor.set_mask(index, mask, "Mask")
    held.render_all(qtbot, opened)
    rendered = opened.studio.mask_editor.rendered
    assert all(rendered.find(session.current, mask) is not None for mask in masks)


def test_while_the_photo_is_rotated_nothing_is_drawn_on_it(
    qtbot: QtBot, opened: MainWindow, held: Held, drag: Callable[[QWidget, QPointF, QPointF], None]
) -> None:
    session, canvas = opened.session, opened.studio.canvas
    qtbot.mouseClick(row_of(opened).mask_button, Qt.MouseButton.LeftButton)
    opened.actions_.mask_brush.trigger()

    def paint() -> None:
        frame = canvas.photo_frames()[0]
        drag(canvas, frame.to_canvas(0.3, 0.3), frame.to_canvas(0.6, 0.3))

    session.set_geometry(Geometry(1), "Rotate")
    paint()
    assert session.steps[0].mask is None
    end_rotation(qtbot, opened, held)
    paint()
    assert session.steps[0].mask is not None


def test_the_overlay_of_the_photo_before_the_rotation_is_removed(qtbot: QtBot, opened: MainWindow, held: Held) -> None:
    session, editor = opened.session, opened.studio.mask_editor
    session.editor.set_mask(0, BRIGHT, "Mask")
    qtbot.mouseClick(row_of(opened).mask_button, Qt.MouseButton.LeftButton)
    held.render_all(qtbot, opened)
    assert editor.overlay.values.shape == (120, 160)
    session.set_geometry(Geometry(1), "Rotate")
    assert editor.overlay.values.shape == (120, 160)  # of the photo that is still shown
    end_rotation(qtbot, opened, held)
    assert editor.overlay.values is None
    held.render_all(qtbot, opened)
    assert editor.overlay.values.shape == (160, 120)


def test_a_dot_of_one_pixel_in_a_large_photo_is_not_called_empty(
    qtbot: QtBot, window: MainWindow, write_png: Callable[..., Path]
) -> None:
    open_with_step(qtbot, window, write_png("large.png", np.full((1200, 3000, 3), 90, np.uint8)))
    dot = Mask.from_shape(Brush((Stroke(((341 / 1024, 200 / 410),), 1 / 3000, 1.0),)))
    session, rendered = window.session, window.studio.mask_editor.rendered
    session.editor.set_mask(0, dot, "Mask")
    qtbot.waitUntil(lambda: rendered.find(session.current, dot) is not None)
    assert not rendered.find(session.current, dot).max() > 1 / 510  # lost when it is reduced
    assert row_of(window).mask_button.text() == "Mask"


def test_the_overlay_does_not_cover_a_result_that_the_user_has_waited_for(
    qtbot: QtBot, opened: MainWindow, restorer: FakeRestorer
) -> None:
    session, editor = opened.session, opened.studio.mask_editor
    session.editor.set_mask(0, BRIGHT, "Mask")
    qtbot.mouseClick(row_of(opened).mask_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not editor._rest_timer.isActive())
    assert editor.overlay_shown  # there is no result yet
    restorer.finish()
    session.restore()
    qtbot.waitUntil(lambda: session.state is State.RESTORED)
    qtbot.waitUntil(lambda: not editor.overlay_shown)
    opened.actions_.mask_overlay.trigger()
    assert editor.overlay_shown
