"""Changes by a restoration, against colours and counts from independent sources."""

import numpy as np
import pytest

from core.quality import Changes, compare


def flat(*rgb: float, side: int = 8) -> np.ndarray:
    return np.full((side, side, 3), rgb, np.float32)


def test_identical_photos_have_no_changes() -> None:
    pixels = np.random.default_rng(0).random((20, 30, 3), np.float32) * 0.9 + 0.05
    assert compare(pixels, pixels) == Changes(0.0, 0.0, 0.0, 0.0, 0.0)


def test_the_colour_shift_is_ciede2000() -> None:
    # sRGB red and green are 86.6 apart: L*a*b* (53.24, 80.09, 67.20) and (87.73, -86.18, 83.18).
    changes = compare(flat(1, 0, 0), flat(0, 1, 0))
    assert changes.colour_shift == pytest.approx(86.61, abs=0.05)
    assert changes.cast == pytest.approx(np.hypot(80.09 + 86.18, 67.20 - 83.18), abs=0.2)


def test_removed_grain_is_not_a_colour_shift() -> None:
    clean = flat(0.5, 0.5, 0.5, side=512)
    noisy = clean + np.random.default_rng(1).normal(0, 0.08, clean.shape).astype(np.float32)
    changes = compare(noisy, clean)
    assert changes.colour_shift < 1.5
    assert changes.changed > 0.95


def test_clipped_and_changed_pixels_are_counted() -> None:
    before = flat(0.5, 0.5, 0.5, side=10)
    after = before.copy()
    after[0, :5] = 1.0
    after[1, :3, 2] = 0.0
    after[2, 0] += 0.5 / 255  # less than a level
    changes = compare(before, after)
    assert (changes.clipped_before, changes.clipped_after) == (0.0, pytest.approx(0.08))
    assert changes.changed == pytest.approx(0.08)


def test_counts_equal_those_of_single_pixels() -> None:
    rng = np.random.default_rng(3)
    # Many values at and next to the bounds: half a level, a level less a millionth, and their neighbours.
    level = 1 / 255
    near = np.float32([0, level / 2, 1 - level / 2, 0.5, 0.5 + level - 1e-6, 0.5 + level, 1])
    near = np.concatenate([near, np.nextafter(near, np.float32(2)), np.nextafter(near, np.float32(-1))]).clip(0, 1)
    before, after = rng.choice(near, (2, 300, 411, 3)).astype(np.float32)
    changes = compare(before, after)
    for share, pixels in ((changes.clipped_before, before), (changes.clipped_after, after)):
        clipped = (pixels < np.float32(level / 2)) | (pixels > np.float32(1 - level / 2))
        assert share == clipped.any(axis=2).mean()
    assert changes.changed == (np.abs(after - before) >= np.float32(level - 1e-6)).any(axis=2).mean()
