"""Random masks for property tests."""

import cv2
import numpy as np
from hypothesis import strategies as st

from core.masks import (
    Brush,
    ColourRange,
    Component,
    LinearGradient,
    LuminanceRange,
    Mask,
    Mode,
    Picture,
    RadialGradient,
    Sky,
    Stroke,
)

shares = st.floats(0, 1)
points = st.tuples(st.floats(-1, 2), st.floats(-1, 2))
strokes = st.builds(
    Stroke,
    st.lists(points, min_size=1, max_size=6).map(tuple),
    st.floats(0.01, 0.5),
    shares,
    st.booleans(),
)
geometry = st.one_of(
    st.builds(Brush, st.lists(strokes, min_size=1, max_size=3).map(tuple)),
    st.builds(LinearGradient, st.tuples(shares, shares), st.tuples(st.floats(1.2, 2), shares)),
    st.builds(
        RadialGradient,
        points,
        st.tuples(st.floats(0.05, 1), st.floats(0.05, 1)),
        st.floats(-180, 180),
        shares,
    ),
)
ranges = st.one_of(
    st.builds(lambda low, span, soft: LuminanceRange(low, min(low + span, 1), soft), shares, shares, shares),
    st.builds(ColourRange, st.tuples(shares, shares, shares), st.floats(0, 100), st.floats(0, 100)),
    st.builds(Sky, shares),
)


def picture(height: int, width: int, seed: int = 0) -> Picture:
    """A mask picture of soft blobs."""
    noise = np.random.default_rng(seed).random((height, width), np.float32)
    blobs = cv2.GaussianBlur(noise, (0, 0), max(height, width) / 12)
    blobs = (blobs - blobs.min()) / max(float(np.ptp(blobs)), 1e-6)
    return Picture(cv2.imencode(".png", (blobs * 255).astype(np.uint8))[1].tobytes())


shapes = st.one_of(geometry, ranges, st.builds(picture, st.integers(1, 9), st.integers(1, 9), st.integers(0, 5)))


def masks(of: st.SearchStrategy = shapes) -> st.SearchStrategy[Mask]:
    """Masks of one to three components."""
    components = st.builds(Component, of, st.sampled_from(Mode), st.booleans())
    return st.builds(
        Mask, st.lists(components, min_size=1, max_size=3).map(tuple), st.booleans(), st.sampled_from([0, 0.01, 0.05])
    )


def landscape(height: int, width: int) -> np.ndarray:
    """A bright smooth sky above a dark, rough ground with a blue house: (height, width, 3) float32."""
    pixels = np.empty((height, width, 3), np.float32)
    rows = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    for channel, (top, horizon) in enumerate([(0.6, 0.85), (0.72, 0.88), (0.9, 0.92)]):
        pixels[..., channel] = top + (horizon - top) * rows
    edge = height // 2
    rough = np.random.default_rng(1).random((height - edge, width, 1), np.float32)
    rough = cv2.GaussianBlur(rough, (0, 0), width / 100)
    ground = 0.25 + 2.0 * (rough - rough.mean())
    pixels[edge:] = np.clip(np.stack([ground * 0.9, ground, ground * 0.6], axis=2), 0, 1)
    pixels[edge + height // 8 : edge + height // 4, width // 4 : width // 2] = (0.1, 0.2, 0.8)
    return pixels
