"""Properties of JPEG from its standard."""

import numpy as np
import pytest

from core.evaluation import psnr
from training import synthesis


def test_quality_orders_the_error_and_the_result_is_8_bit(scene: np.ndarray) -> None:
    coded = [synthesis.jpeg(scene, quality) for quality in (10, 40, 75, 95)]
    errors = [psnr(picture, scene) for picture in coded]
    assert errors == sorted(errors) and errors[-1] > errors[0] + 6
    for picture in coded:
        np.testing.assert_allclose(picture * 255, np.round(picture * 255), atol=1e-4)


def test_block_artefacts_appear_at_low_quality() -> None:
    rows, columns = np.indices((128, 128)) / 128
    smooth = np.repeat((0.2 + 0.6 * np.hypot(rows, columns) / 1.5).astype(np.float32)[..., None], 3, axis=2)
    steps = np.abs(np.diff(synthesis.jpeg(smooth, 5)[..., 0], axis=1)).mean(0)
    at_edges = steps[7::8].mean()
    assert at_edges > 2 * np.delete(steps, np.arange(7, 127, 8)).mean()


def test_subsampling_halves_the_colour_resolution_only() -> None:
    fine = np.zeros((64, 64, 3), np.float32)
    fine[:, ::2, 0] = fine[:, 1::2, 2] = 1.0  # columns red and blue in turn
    errors = [np.abs(synthesis.jpeg(fine, 95, subsampling=kind) - fine).mean() for kind in ("4:4:4", "4:2:2", "4:2:0")]
    assert errors[1] > 5 * errors[0] and errors[2] > 5 * errors[0]
    across = fine.transpose(1, 0, 2)  # rows: halved by 4:2:0 alone
    rows = [np.abs(synthesis.jpeg(across, 95, subsampling=kind) - across).mean() for kind in ("4:2:2", "4:2:0")]
    assert rows[1] > 5 * rows[0]


def test_channels_keep_their_order() -> None:
    colour = np.full((32, 32, 3), [0.8, 0.4, 0.1], np.float32)
    np.testing.assert_allclose(synthesis.jpeg(colour, 95), colour, atol=0.02)


def test_wrong_settings_are_rejected(scene: np.ndarray) -> None:
    with pytest.raises(ValueError, match="quality 0"):
        synthesis.jpeg(scene, 0)
    with pytest.raises(ValueError, match="4:1:0"):
        synthesis.jpeg(scene, 50, subsampling="4:1:0")


def test_random_quality_stays_in_its_range(scene: np.ndarray) -> None:
    best = synthesis.random_jpeg(scene, np.random.default_rng(0), qualities=(95, 95))
    assert psnr(best, scene) > psnr(synthesis.jpeg(scene, 60), scene)
