"""Masks in the Studio after rotation and crop, and what is said while a changed mask is applied."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QIcon
from pytestqt.qtbot import QtBot

from core.geometry import Geometry
from core.masks import Component, Mask, Sky
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.session import State
from dfpir_gui.studio.masks.overlay import thumbnail
from dfpir_gui.studio.steps import _MASK_ICON
from tests.unit.dfpir_gui.stand_ins import FakeRestorer

EXCEPT_SKY = Mask((Component(Sky()),), inverted=True)


@pytest.fixture
def meadow(write_png: Callable[..., Path]) -> Path:
    """Sky over rough grass."""
    noise = np.random.default_rng(3).normal(0, 14, (120, 160, 3))
    picture = np.full((120, 160, 3), (60, 110, 40)) + noise
    picture[:50] = (150, 190, 235)
    return write_png("meadow.png", np.clip(picture, 0, 255).astype(np.uint8))


@pytest.fixture
def masked(qtbot: QtBot, window: MainWindow, restorer: FakeRestorer, meadow: Path) -> MainWindow:
    """The restored photo, whose step leaves the sky out."""
    window.open_photo(meadow)
    session = window.session
    qtbot.waitUntil(lambda: session.state is State.READY, timeout=20_000)
    session.choose("haze")
    session.editor.set_mask(0, EXCEPT_SKY, "Mask")
    restorer.finish()
    session.restore()
    qtbot.waitUntil(lambda: session.state is State.RESTORED, timeout=20_000)
    return window


def rotate(qtbot: QtBot, window: MainWindow, geometry: Geometry) -> None:
    window.session.set_geometry(geometry, "Change")
    document = window.session.current
    qtbot.waitUntil(lambda: document.photo.preserved.geometry == geometry and document.geometry_request is None)


@pytest.mark.parametrize("geometry", [Geometry(1), Geometry(2, (0, 0, 160, 100)), Geometry(0, (0, 30, 160, 90))])
def test_the_sky_stays_out_after_rotation_and_crop(qtbot: QtBot, masked: MainWindow, geometry: Geometry) -> None:
    session = masked.session
    whole = session.current.masks.render(EXCEPT_SKY)
    rotate(qtbot, masked, geometry)
    document = session.current
    values = document.masks.render(document.edit.stack[0].mask)
    left, top, width, height = geometry.box(160, 120)
    expected = np.rot90(whole, -geometry.quarters)[top : top + height, left : left + width]
    assert np.abs(values - expected).max() < 0.05


def test_a_sky_added_after_rotation_is_at_the_top_and_pasting_finds_that_of_the_other_photo(
    qtbot: QtBot, masked: MainWindow, write_png: Callable[..., Path]
) -> None:
    session = masked.session
    rotate(qtbot, masked, Geometry(1))
    first = session.current
    assert first.edit.stack[0].mask.components[0].shape == Sky(turns=1)
    masked.open_photo(write_png("other.png", np.full((60, 80, 3), 138, np.uint8)))
    qtbot.waitUntil(lambda: session.current is not first and session.state is State.READY, timeout=20_000)
    session.copy_steps(first)
    session.paste_steps(session.documents)
    assert first.edit.stack[0].mask.components[0].shape == Sky(turns=1)
    assert session.current.edit.stack[0].mask == EXCEPT_SKY


@pytest.mark.parametrize("geometry", [Geometry(1), Geometry(0, (0, 30, 160, 90))])
def test_the_thumbnail_follows_rotation_and_crop(qtbot: QtBot, masked: MainWindow, geometry: Geometry) -> None:
    row = masked.studio.panel.steps.rows[0]
    rendered = masked.studio.mask_editor.rendered
    session = masked.session
    qtbot.waitUntil(lambda: rendered.find(session.current, session.current.edit.stack[0].mask) is not None)

    def shown() -> object:
        return row.mask_button.icon().pixmap(_MASK_ICON).toImage()

    before = shown()
    rotate(qtbot, masked, geometry)
    document = session.current
    qtbot.waitUntil(lambda: rendered.find(document, document.edit.stack[0].mask) is not None)
    row = masked.studio.panel.steps.rows[0]
    values = rendered.find(document, document.edit.stack[0].mask)
    assert shown() == QIcon(thumbnail(values, _MASK_ICON)).pixmap(_MASK_ICON).toImage()
    assert shown() != before


def test_while_a_changed_mask_is_applied_nothing_asks_to_restore(qtbot: QtBot, masked: MainWindow) -> None:
    session, panel, actions = masked.session, masked.studio.panel.result, masked.actions_
    document = session.current

    def check_waiting() -> None:
        assert document.blend_request is not None and document.outdated
        assert panel.text.text().splitlines()[-1] == "Updating…"
        assert not actions.restore.isEnabled() and not actions.restore_all.isEnabled()
        assert actions.save.isEnabled() and not actions.save_as.isEnabled()  # Save waits for the update

    def wait_for_end() -> None:
        qtbot.waitUntil(lambda: document.blend_request is None and not document.outdated, timeout=20_000)
        assert "Updating…" not in panel.text.text()
        assert not actions.restore.isEnabled() and actions.save.isEnabled()

    session.editor.set_mask(0, Mask(EXCEPT_SKY.components, inverted=True, feather=0.05), "Feather mask")
    check_waiting()
    wait_for_end()
    session.editor.set_strength(0, 0.5)
    check_waiting()
    wait_for_end()
    actions.undo.trigger()
    check_waiting()
    wait_for_end()
