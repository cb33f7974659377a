import sys
from types import SimpleNamespace

import cv2
import numpy as np
import pytest

from core.degradations import DEGRADATIONS
from core.evaluation import psnr
from training import baselines, synthesis
from training.baselines.haze import airlight, dark_channel, guided_filter
from training.data.data_errors import DataError
from training.data.pictures import to_bytes, to_unit

Picture = np.ndarray


@pytest.fixture
def scene() -> Picture:
    """Smooth shading, flat patches with sharp edges, and fine texture: (96, 128, 3) multiples of 1/255."""
    rng = np.random.default_rng(4)
    rows, columns = np.mgrid[0:96, 0:128] / 128
    picture = np.stack([0.3 + 0.4 * rows, 0.7 - 0.4 * columns, 0.35 + 0.2 * rows + 0.2 * columns], axis=2)
    for _ in range(14):
        top, left = rng.integers(0, 80), rng.integers(0, 110)
        picture[top : top + rng.integers(8, 30), left : left + rng.integers(8, 40)] = rng.uniform(0.02, 0.9, 3)
    picture[60:90, 20:60, :] += 0.1 * ((np.indices((30, 40)).sum(axis=0) // 3) % 2)[:, :, None]
    return to_unit(to_bytes(picture))


@pytest.mark.parametrize(
    "entry", [entry for entry in baselines.BASELINES if entry.package is None], ids=lambda e: e.name
)
def test_shape_range_and_input_are_kept(entry: baselines.Baseline) -> None:
    rng = np.random.default_rng(1)
    for picture in (rng.random((33, 47, 3), np.float32), np.zeros((40, 32, 3), np.float32)):
        given = picture.copy()
        restored = entry.restore(picture, 25.0, np.full((3, 3), 1 / 9, np.float32))
        assert restored.shape == picture.shape and restored.dtype == np.float32
        assert restored.min() >= 0 and restored.max() <= 1 and np.isfinite(restored).all()
        np.testing.assert_array_equal(picture, given)


def test_every_family_has_a_baseline_and_oracles_need_known_kernels() -> None:
    for family in {entry.family for entry in DEGRADATIONS}:
        blind = baselines.baselines_for(family, kernel_known=False)
        assert blind and not any(entry.oracle for entry in blind)
    oracles = set(baselines.baselines_for("blur", kernel_known=True)) - set(
        baselines.baselines_for("blur", kernel_known=False)
    )
    assert ["oracle" in entry.name for entry in oracles] == [True]


def test_required_arguments_are_checked() -> None:
    picture = np.zeros((8, 8, 3), np.float32)
    by_name = {entry.name: entry for entry in baselines.BASELINES}
    with pytest.raises(ValueError, match="noise"):
        by_name["non-local means"].restore(picture, None, None)
    with pytest.raises(ValueError, match="kernel"):
        by_name["Wiener, true kernel (oracle)"].restore(picture, None, None)


def test_non_local_means_removes_noise(scene: Picture) -> None:
    noisy = synthesis.gaussian_noise(scene, 25.0, np.random.default_rng(2))
    restored = baselines.non_local_means(noisy, 25.0)
    assert psnr(restored, scene) > psnr(noisy, scene) + 3
    assert np.abs(finest(restored)).mean() < 0.5 * np.abs(finest(noisy)).mean()


def finest(picture: Picture) -> Picture:
    """The diagonal detail of every 2x2 pixels, which is mostly noise."""
    return picture[0::2, 0::2] - picture[0::2, 1::2] - picture[1::2, 0::2] + picture[1::2, 1::2]


def test_bm3d_gets_sigma_on_the_scale_of_the_picture(monkeypatch: pytest.MonkeyPatch, scene: Picture) -> None:
    def bm3d_rgb(picture: Picture, sigma: float) -> Picture:
        assert picture.dtype == np.float64
        return picture + 10 * sigma

    monkeypatch.setitem(sys.modules, "bm3d", SimpleNamespace(bm3d_rgb=bm3d_rgb))
    restored = baselines.bm3d(scene, 5.1)
    np.testing.assert_allclose(restored, np.clip(scene + 0.2, 0, 1), atol=1e-6)
    assert restored.dtype == np.float32


def test_without_its_package_bm3d_is_not_available(monkeypatch: pytest.MonkeyPatch, scene: Picture) -> None:
    monkeypatch.setitem(sys.modules, "bm3d", None)
    with pytest.raises(DataError, match=r"dfpir-studio\[baselines\].*non-commercial"):
        baselines.bm3d(scene, 25.0)
    absent = baselines.Baseline("x", "noise", baselines.BASELINES[0].restore, package="no_such_package")
    assert not absent.available and baselines.BASELINES[0].available


def test_dark_channel_prior_removes_haze(scene: Picture) -> None:
    clear = cv2.resize(scene, (384, 288), interpolation=cv2.INTER_NEAREST)
    clear[::12, ::12] = 0.0  # the prior holds: every window has something dark in it, as leaves and shadows are
    depth = np.tile(np.linspace(0.0, 1.0, 384, dtype=np.float32), (288, 1))
    depth[:60] = 3.0  # and there is a sky, to tell the airlight by
    hazy = synthesis.haze(clear, depth, beta=1.5, airlight=np.full(3, 0.9, np.float32))
    np.testing.assert_allclose(airlight(hazy), 0.9, atol=0.01)
    assert psnr(baselines.dark_channel_prior(hazy)[60:], clear[60:]) > psnr(hazy[60:], clear[60:]) + 8


def test_dark_channel_is_the_least_value_around(scene: Picture) -> None:
    dark = dark_channel(scene)
    assert dark[40, 50] == scene[33:48, 43:58].min()
    assert dark[0, 127] == scene[:8, 120:].min()


def test_airlight_is_the_colour_of_the_densest_haze() -> None:
    picture = np.random.default_rng(0).uniform(0, 0.5, (60, 60, 3)).astype(np.float32)
    picture[:20, :20] = (0.8, 0.85, 0.9)
    picture[50, 50] = 1.0  # a lamp: brighter, but dark next to it
    np.testing.assert_array_equal(airlight(picture), np.float32([0.8, 0.85, 0.9]))


def test_guided_filter_keeps_structure_of_the_guide_and_averages_the_rest(scene: Picture) -> None:
    guide = scene[:, :, 0]
    follows = 0.3 * guide + 0.2
    np.testing.assert_allclose(guided_filter(guide, follows, 8, 1e-9), follows, atol=1e-3)
    noise = np.random.default_rng(0).normal(0, 1, guide.shape).astype(np.float32)
    assert guided_filter(np.full_like(guide, 0.5), noise, 8, 1e-3).std() < 0.15


@pytest.mark.parametrize("exposure", [0.05, 0.3, 1.0])
def test_gamma_brings_the_mean_to_mid_grey(scene: Picture, exposure: float) -> None:
    dark = to_unit(to_bytes(scene * exposure))
    restored = baselines.gamma_to_mean(dark)
    assert restored.mean() == pytest.approx(0.45, abs=2e-3)
    order = np.argsort(dark.ravel(), kind="stable")
    assert (np.diff(restored.ravel()[order]) >= 0).all()  # one curve for all, and it never falls


def test_low_light_methods_brighten(scene: Picture) -> None:
    dark = to_unit(to_bytes((scene * 0.5) ** 2))
    assert psnr(baselines.gamma_to_mean(dark), scene) > psnr(dark, scene) + 5
    assert psnr(baselines.clahe(dark), scene) > psnr(dark, scene) + 1
    assert not baselines.gamma_to_mean(np.zeros((4, 4, 3), np.float32)).any()


def test_median_removes_thin_streaks(scene: Picture) -> None:
    smooth = cv2.GaussianBlur(scene, (0, 0), 3)
    wet = smooth.copy()
    wet[:, 5::9] = np.clip(wet[:, 5::9] + 0.4, 0, 1)
    assert psnr(baselines.median(wet), smooth) > psnr(wet, smooth) + 10


def test_sharpening_helps_against_mild_gaussian_blur(scene: Picture) -> None:
    line = cv2.getGaussianKernel(13, 1.5).astype(np.float32)
    soft = synthesis.blur(scene, line @ line.T)
    assert psnr(baselines.unsharp(soft), scene) > psnr(soft, scene) + 0.3
    assert psnr(baselines.wiener_gaussian(soft), scene) > psnr(soft, scene) + 0.3


def test_the_true_kernel_removes_most_of_a_heavy_blur(scene: Picture) -> None:
    kernel = synthesis.camera_shake_kernel(15, np.random.default_rng(8))
    shaken = to_unit(to_bytes(synthesis.blur(scene, kernel)))
    assert psnr(baselines.wiener(shaken, kernel), scene) > psnr(shaken, scene) + 3
    mirrored = np.ascontiguousarray(kernel[::-1, ::-1])
    assert psnr(baselines.wiener(shaken, mirrored), scene) < psnr(shaken, scene)


def test_bytes_and_back_keep_8_bit_values() -> None:
    levels = np.arange(256, dtype=np.uint8).reshape(16, 16)
    np.testing.assert_array_equal(to_bytes(to_unit(levels)), levels)
    np.testing.assert_array_equal(to_bytes(np.array([-1.0, 0.5 / 255, 2.0])), [0, 1, 255])
