from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.evaluation import PROTOCOLS
from training.data.data_errors import DataError
from training.evaluation.sets import find_clean, find_sets, read_kernels
from training.synthesis import blur


def test_clean_sets_are_degraded_and_paired_sets_unchanged(sets: Path, tmp_path: Path) -> None:
    names = [entry.name for entry in find_sets(sets, sets / "kernels.npz")]
    assert names == ["cbsd68 noise15", "cbsd68 noise25", "cbsd68 noise50", "cbsd68 blur", "rain100l"]
    assert len(find_sets(sets)) == 4
    with pytest.raises(DataError, match="cbsd68"):
        find_sets(tmp_path / "eval" / "rain100l" / "clean")
    with pytest.raises(DataError, match="nowhere"):
        find_sets(tmp_path / "nowhere")


def test_protocol_noise_is_the_same_every_time(sets: Path) -> None:
    noisy = find_sets(sets)[1]
    sample = noisy.load(2)
    np.testing.assert_array_equal(noisy.load(2).degraded, sample.degraded)
    assert sample.clean.shape == (64, 80, 3)
    assert (sample.degraded - sample.clean).std() * 255 == pytest.approx(25, rel=0.15)  # clipped at black and white
    assert not np.array_equal(sample.degraded - sample.clean, noisy.load(1).degraded - noisy.load(1).clean)


def test_held_out_kernels_alternate_and_the_result_is_8_bit(sets: Path) -> None:
    blurred = find_sets(sets, sets / "kernels.npz")[3]
    kernels = read_kernels(sets / "kernels.npz")
    for index in range(3):
        sample = blurred.load(index)
        assert sample.kernel is not None
        np.testing.assert_array_equal(sample.kernel, kernels[index % 2])
        np.testing.assert_allclose(sample.degraded, blur(sample.clean, kernels[index % 2]), atol=0.5 / 255 + 1e-6)
        np.testing.assert_allclose(sample.degraded * 255, np.round(sample.degraded * 255), atol=1e-3)
    assert blurred.kernels_known and not find_sets(sets)[0].kernels_known


def test_the_crop_is_that_of_the_protocol(sets: Path) -> None:
    whole = find_sets(sets, crop=PROTOCOLS["rgb-uint8"].crop)
    assert {entry.load(0).clean.shape for entry in whole} == {(70, 90, 3)}


def test_clean_pictures_are_their_own_input(sets: Path) -> None:
    (clean,) = find_clean(sets)
    sample = clean.load(1)
    np.testing.assert_array_equal(sample.degraded, sample.clean)
    assert (clean.name, clean.degradation, len(clean.names)) == ("cbsd68", "", 4)
    with pytest.raises(DataError, match="kodak24"):
        find_clean(sets / "rain100l")


def test_a_clean_set_may_contain_its_pictures_directly(tmp_path: Path, write_picture: Callable[..., None]) -> None:
    write_picture(tmp_path / "Kodak24" / "kodim01.png", 1)
    assert [entry.name for entry in find_sets(tmp_path / "Kodak24")] == [
        "Kodak24 noise15",
        "Kodak24 noise25",
        "Kodak24 noise50",
    ]


def test_unusable_kernel_files_are_named(sets: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "few.npz", levin4=np.eye(5))
    with pytest.raises(DataError, match="levin8"):
        find_sets(sets, tmp_path / "few.npz")
    (tmp_path / "broken.npz").write_text("no kernels")
    with pytest.raises(DataError, match=r"broken\.npz"):
        find_sets(sets, tmp_path / "broken.npz")
    (tmp_path / "empty.npz").touch()
    with pytest.raises(DataError, match=r"empty\.npz"):
        find_sets(sets, tmp_path / "empty.npz")
    with pytest.raises(DataError, match=r"none\.npz"):
        find_sets(sets, tmp_path / "none.npz")


def test_halves_that_differ_in_size_are_named(sets: Path, write_picture: Callable[..., None]) -> None:
    write_picture(sets / "rain100l" / "clean" / "1.png", 5, height=50)
    rain = find_sets(sets)[-1]
    with pytest.raises(DataError, match=r"degraded.*1\.png.*clean"):
        rain.load(1)


def test_the_border_of_reside_indoor_originals_is_cut(tmp_path: Path) -> None:
    clean = np.random.default_rng(0).integers(0, 256, (480, 640, 3), np.uint8)
    for half, picture in (("hazy/1400_1", clean[10:-10, 10:-10]), ("gt/1400", clean)):
        file = tmp_path / "SOTS" / "indoor" / f"{half}.png"
        file.parent.mkdir(parents=True)
        file.write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    sample = find_sets(tmp_path)[0].load(0)
    assert sample.clean.shape == (448, 608, 3)
    np.testing.assert_array_equal(sample.degraded, sample.clean)


def test_a_picture_too_small_for_the_protocol_is_named(tmp_path: Path, write_picture: Callable[..., None]) -> None:
    write_picture(tmp_path / "cbsd68" / "tiny.png", 1, height=12)
    with pytest.raises(DataError, match=r"tiny\.png"):
        find_sets(tmp_path)[0].load(0)
