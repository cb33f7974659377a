"""Motion blur compared with its geometry."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from training.synthesis import line_kernel, load_trace, motion_margin, random_motion_blur
from training.synthesis.light import to_encoded, to_linear
from training.synthesis.motion import (
    _random_views,
    brightened,
    camera_views,
    displacement,
    kernel_extent,
    moved,
    moved_layers,
    random_kernel_of_extent,
    random_track,
    region_mask,
    track_extent,
)


def shift(x: float, y: float = 0.0) -> np.ndarray:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]], float)


def test_extent_is_the_largest_width() -> None:
    line = np.linspace(0, 10, 30) * np.exp(1j * np.deg2rad(30))
    circle = 4 * np.exp(1j * np.linspace(0, 2 * np.pi, 200))
    assert track_extent(line) == pytest.approx(10, rel=0.01) and track_extent(circle) == pytest.approx(8, rel=0.01)
    np.testing.assert_allclose(track_extent(np.stack([line, 2 * line], 1)), [10, 20], rtol=0.01)
    assert kernel_extent(line_kernel(12, 45)) == pytest.approx(12, abs=1.5)


def test_no_motion_changes_nothing(random_picture: Callable[..., np.ndarray]) -> None:
    light = random_picture()
    np.testing.assert_allclose(moved(light, np.stack([np.eye(3)] * 3)), light, atol=1e-6)
    still = np.eye(3)[None]
    cover = np.zeros(light.shape[:2], np.float32)
    cover[10:30, 20:40] = 1
    np.testing.assert_allclose(moved_layers(light, cover, still, still), light, atol=1e-5)


def test_extent_of_views(scene: np.ndarray) -> None:
    view = scene.swapaxes(0, 1)
    for seed in range(8):
        out = random_motion_blur(view, (3, 9), np.random.default_rng(seed))
        np.testing.assert_array_equal(
            out, random_motion_blur(np.ascontiguousarray(view), (3, 9), np.random.default_rng(seed))
        )


def test_a_straight_path_is_the_mean_of_shifted_pictures(random_picture: Callable[..., np.ndarray]) -> None:
    light = random_picture()
    out = moved(light, np.stack([shift(x) for x in (-2, 0, 2)]))
    expected = (np.roll(light, -2, 1) + light + np.roll(light, 2, 1)) / 3
    np.testing.assert_allclose(out[:, 2:-2], expected[:, 2:-2], atol=1e-5)


def test_total_light_is_preserved_away_from_borders() -> None:
    light = np.zeros((80, 80, 3), np.float32)
    light[38:42, 38:42] = 1.0
    for seed in range(10):
        views, _ = _random_views(light.shape, 15.0, 15.0, np.random.default_rng(seed), None)
        assert moved(light, views).sum() == pytest.approx(light.sum(), rel=0.02)


@pytest.mark.parametrize("extent", [3.0, 12.0, 40.0])
def test_paths_have_the_given_extent_zero_mean_and_a_seed(extent: float) -> None:
    points = np.array([x + 1j * y for x in (40, 100, 160) for y in (40, 100, 160)], complex)
    for seed in range(15):
        views, near = _random_views((200, 200, 3), 0.5 * extent, extent, np.random.default_rng(seed), None)
        moves = displacement(near, points)
        assert track_extent(moves).mean() == pytest.approx(extent, rel=0.03)
        assert track_extent(displacement(views, points)).mean() == pytest.approx(0.5 * extent, rel=0.03)
        assert np.abs(moves.mean(0)).max() < 0.05 * extent
        steps = np.abs(np.diff(moves, axis=0))
        assert 15 <= len(views) <= 40 and np.median(steps) < 3  # close enough to leave no separate copies
        again, _ = _random_views((200, 200, 3), 0.5 * extent, extent, np.random.default_rng(seed), None)
        np.testing.assert_array_equal(views, again)


def test_motion_varies_over_the_picture() -> None:
    corners = np.array([0, 200, 200j, 200 + 200j], complex)
    spread = []
    for seed in range(30):
        views, _ = _random_views((200, 200, 3), 12.0, 12.0, np.random.default_rng(seed), None)
        moves = displacement(views, corners)
        spread.append(np.ptp(moves, axis=1).max())
    assert np.mean(np.array(spread) > 1.0) > 0.5  # by more than a pixel in most


def test_homographies_are_those_of_a_rotating_camera() -> None:
    still = np.zeros(1)
    middle = np.array([50 + 60j, 90 + 60j])
    options = {"focal": 500.0, "principal": (50.0, 60.0)}
    turned = camera_views(np.array([7 - 3j]), still, still, **options)
    # The point in the middle moves by the track, up to the other turn's cosine.
    np.testing.assert_allclose(displacement(turned, middle[:1]), [[7 - 3j]], atol=0.05)
    rolled = camera_views(np.array([0j]), np.array([np.pi / 2]), still, **options)
    np.testing.assert_allclose(displacement(rolled, middle), [[0, -40 + 40j]], atol=1e-9)
    nearer = camera_views(np.array([0j]), still, np.array([np.log(1.1)]), **options)
    np.testing.assert_allclose(displacement(nearer, middle), [[0, 4]], atol=1e-9)


def test_a_moving_region_is_opaque_and_leaves_the_rest_sharp() -> None:
    light = np.full((60, 60, 3), 0.2, np.float32)
    light[:, 30:33] = 0.6  # a pole in the background
    light[20:40, 20:40] = [1.0, 0.0, 0.0]
    cover = np.zeros((60, 60), np.float32)
    cover[20:40, 20:40] = 1.0
    out = moved_layers(light, cover, np.eye(3)[None], np.stack([shift(x) for x in (-4, -2, 0, 2, 4)]))
    np.testing.assert_allclose(out[:20], light[:20], atol=1e-5)
    np.testing.assert_allclose(out[24:36, 24:36], light[24:36, 24:36], atol=1e-5)
    np.testing.assert_allclose(out[30, 17], 0.2 * light[30, 20] + 0.8 * 0.2, atol=0.02)  # 1 of 5 moments
    np.testing.assert_allclose(out[30, 23], 0.8 * light[30, 20] + 0.2 * out[0, 0], atol=0.1)  # what was hidden


def test_region_masks_are_parts_of_the_picture(scene: np.ndarray) -> None:
    shares = []
    for seed in range(20):
        cover = region_mask(scene, np.random.default_rng(seed))
        assert cover.shape == scene.shape[:2] and cover.min() >= 0 and cover.max() <= 1
        assert np.mean((cover > 0.01) & (cover < 0.99)) < 0.6
        shares.append(float(cover.mean()))
    assert 0.05 < np.mean(shares) < 0.7


def test_tracks_have_three_kinds_and_extent_one(tmp_path: Path) -> None:
    file = tmp_path / "trace.txt"
    time = np.arange(100) * 10_000_000
    rows = [f"{t} {np.sin(t / 1e8):.6f} 0.05 0" for t in time]
    file.write_text("\n".join(["100", "683163086", *rows, "", "capture timestamp 683163086"]), encoding="utf-8")
    trace = load_trace(file)
    assert trace.shape == (100, 4) and trace[-1, 0] == pytest.approx(0.99)
    rng = np.random.default_rng(0)
    tracks = [random_track(rng, trace) for _ in range(60)]
    for track in tracks:
        assert track_extent(track) == pytest.approx(1) and abs(track.mean()) < 1e-9
    length = np.array([np.abs(np.diff(track)).sum() for track in tracks])
    assert length.min() < 1.2 and 1.8 < length.max() <= 2.2  # nearly straight ones, and tangled ones
    file.write_text("8\n0\n1 2 3\n", encoding="utf-8")
    with pytest.raises(ValueError):
        load_trace(file)


@pytest.mark.parametrize("extent", [4.0, 20.0])
def test_kernels_are_resized_to_the_extent(extent: float) -> None:
    measured = [line_kernel(9, 20), line_kernel(30, 70)]
    for seed in range(12):
        kernel = random_kernel_of_extent(extent, measured, np.random.default_rng(seed))
        assert kernel.sum() == pytest.approx(1, abs=1e-4)
        assert kernel_extent(kernel) == pytest.approx(extent, rel=0.35, abs=2)


def test_strong_highlights_apply_to_lamps_only(scene: np.ndarray) -> None:
    lamp = (scene.min(axis=2) == 1.0).astype(float)
    assert 0 < lamp.mean() < 0.03
    np.testing.assert_allclose(
        brightened(scene, 8.0).max(axis=2), np.where(lamp, 8.0, to_linear(scene).max(axis=2)), rtol=1e-5
    )
    white = np.ones_like(scene)
    np.testing.assert_array_equal(brightened(white, 8.0), white)


def test_blur_is_seeded_varies_in_severity_and_stays_in_place(scene: np.ndarray) -> None:
    kernels = [line_kernel(9, 20)]
    errors = {}
    for extent in (3.0, 12.0, 30.0):
        pictures = [
            random_motion_blur(scene, (extent, extent), np.random.default_rng(seed), kernels=kernels)
            for seed in range(8)
        ]
        again = random_motion_blur(scene, (extent, extent), np.random.default_rng(7), kernels=kernels)
        np.testing.assert_array_equal(pictures[7], again)
        for picture in pictures:
            assert picture.dtype == np.float32 and picture.min() >= 0 and picture.max() <= 1
            assert abs(to_linear(picture).mean() - to_linear(scene).mean()) < 0.03
        errors[extent] = np.mean([np.mean((picture - scene) ** 2) for picture in pictures])
    assert errors[3.0] < errors[12.0] < errors[30.0]
    assert motion_margin(30) > 15 and motion_margin(3) < 8


def test_a_flat_picture_stays_flat() -> None:
    flat = np.full((48, 48, 3), to_encoded(np.float32(0.3)), np.float32)
    for seed in range(6):
        out = random_motion_blur(flat, (10, 20), np.random.default_rng(seed))
        assert np.abs(out.mean() - flat.mean()) < 0.01
