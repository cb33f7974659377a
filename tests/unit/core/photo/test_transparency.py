"""Hidden colours of transparent photos do not influence the visible ones."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.photo.transparency import fill_hidden, keep_hidden, opacity_from_alpha


def cut_out(height: int = 40, width: int = 50, feather: float = 0.0) -> np.ndarray:
    """(height, width) float32: opaque in a disc, transparent around it."""
    down, across = np.mgrid[:height, :width]
    inside = min(height, width) / 3 - np.hypot(down - height / 2, across - width / 2)
    return (np.clip(inside / feather, 0, 1) if feather else (inside > 0)).astype(np.float32)


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 37), st.integers(1, 37), st.integers(0, 99))
def test_hidden_values_are_ignored_and_visible_ones_kept(height: int, width: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    pixels = rng.random((height, width, 3), np.float32)
    opacity = (rng.random((height, width)) < 0.3).astype(np.float32)
    opacity.flat[seed % opacity.size] = 1
    others = np.where(opacity[..., None] > 0, pixels, 1 - pixels)
    made = fill_hidden(pixels, opacity)
    np.testing.assert_array_equal(made, fill_hidden(others, opacity))
    np.testing.assert_array_equal(made[opacity > 0], pixels[opacity > 0])
    visible = pixels[opacity > 0]
    assert made.min() >= visible.min() - 1e-5 and made.max() <= visible.max() + 1e-5


def test_a_uniform_colour_is_continued_without_a_seam() -> None:
    opacity = cut_out(feather=4)
    pixels = np.where(opacity[..., None] > 0, np.float32([0.2, 0.5, 0.7]), np.float32(1))
    np.testing.assert_allclose(fill_hidden(pixels, opacity), np.broadcast_to([0.2, 0.5, 0.7], pixels.shape), atol=1e-5)


@pytest.mark.parametrize("alpha", [None, np.ones((2, 2), np.float32), np.zeros((2, 2), np.float32)])
def test_nothing_is_filled_if_all_or_nothing_is_visible(alpha: np.ndarray | None) -> None:
    assert opacity_from_alpha(alpha) is None


def test_a_translucent_photo_counts_as_visible() -> None:
    assert opacity_from_alpha(np.full((3, 3), 0.1, np.float32)) is None
    some = opacity_from_alpha(np.float32([[0.0, 0.1, 0.2]]))
    assert some is not None
    np.testing.assert_allclose(some, [[0, 0.5, 1]])


def test_a_network_that_changes_nothing_returns_the_photo() -> None:
    pixels = np.random.default_rng(0).random((40, 50, 3), np.float32)
    opacity = opacity_from_alpha(cut_out(feather=5))
    assert opacity is not None
    shown = fill_hidden(pixels, opacity)
    back = keep_hidden(pixels, shown, shown.copy(), opacity)
    np.testing.assert_array_equal(back[(opacity == 0) | (opacity == 1)], pixels[(opacity == 0) | (opacity == 1)])
    np.testing.assert_allclose(back, pixels, atol=1e-6)
