from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from training.data.data_errors import DataError
from training.evaluation.held_out import HELD_OUT
from training.evaluation.more_sets import EXTENTS, find_more, saturated, shake_of_extent
from training.evaluation.run import Request, run
from training.evaluation.sets import find_sets
from training.synthesis import blur
from training.synthesis.kernels import spread


def test_every_set_of_the_table_is_found(sets: Path, train: Path) -> None:
    found = {entry.name: entry for entry in find_more(sets, train, sets / "kernels.npz")}
    made = [f"sigma {sigma}" for sigma in (5, 10, 20, 35, 60, 75)] + ["saturated noise15"]
    made += ["blur mild", "blur moderate", "blur levin4", "blur levin8"]
    pairs = ["real noise PolyU", "real noise CC", "O-HAZE", "SICE", "GoPro", "REDS"]
    assert list(found) == [*(f"cbsd68 {name}" for name in made), *pairs]
    assert [found[f"cbsd68 sigma {sigma}"].degradation for sigma in (5, 10, 20, 35, 60, 75)] == [
        *("noise15", "noise15", "noise15", "noise25", "noise50", "noise50"),
    ]
    assert found["cbsd68 sigma 35"].others == ("noise15", "noise25", "noise50") and not found["SICE"].others
    assert found["GoPro"].names == ("gopro_2.png",) and found["REDS"].names == ("reds_test001_0001.png",)
    assert len(found["O-HAZE"].names) == 2 and len(found["SICE"].names) == 1
    assert "other.png" not in {name for entry in found.values() for name in entry.names}
    assert len(find_more(sets)) == 9


def test_noise_has_its_deviation_and_benchmarks_are_unchanged(sets: Path) -> None:
    found = {entry.name: entry for entry in find_more(sets)}
    for sigma in (5, 20):
        sample = found[f"cbsd68 sigma {sigma}"].load(1)
        middle = (sample.clean > 0.3) & (sample.clean < 0.7)
        assert (sample.degraded - sample.clean)[middle].std() * 255 == pytest.approx(sigma, rel=0.1)
    strong, plain = found["cbsd68 saturated noise15"].load(0), find_sets(sets)[0].load(0)
    np.testing.assert_array_equal(strong.clean, saturated(plain.clean))
    middle = (strong.clean > 0.3) & (strong.clean < 0.7) & (plain.clean > 0.3) & (plain.clean < 0.7)
    difference = (strong.degraded - strong.clean) - (plain.degraded - plain.clean)
    assert np.abs(difference[middle]).max() < 1.01 / 255  # the same noise


def test_saturated_colours_have_twice_the_saturation() -> None:
    picture = np.full((4, 4, 3), [0.5, 0.4, 0.45], np.float32)
    grey = 0.299 * 0.5 + 0.587 * 0.4 + 0.114 * 0.45
    expected = grey + 2 * (picture[0, 0] - grey)
    np.testing.assert_allclose(saturated(picture)[1, 1], expected, atol=0.5 / 255 + 1e-6)
    even = np.full((4, 4, 3), 102 / 255, np.float32)
    np.testing.assert_allclose(saturated(even), even, atol=1e-6)


def test_shakes_have_the_given_extent() -> None:
    for extent in (5.0, 9.0, 19.0):
        kernel = shake_of_extent(extent, np.random.default_rng(int(extent)))
        assert kernel.sum() == pytest.approx(1.0, abs=1e-5) and kernel.min() >= 0
        there = np.argwhere(kernel > 0.01 * kernel.max())
        longer = np.ptp(there, axis=0).max() + 1
        assert extent - 1 <= longer <= extent + 5
        assert spread(kernel) < extent / 1.5


def test_blurred_sets_are_the_same_every_time(sets: Path) -> None:
    found = {entry.name: entry for entry in find_more(sets, kernels=sets / "kernels.npz")}
    for name in (*(f"cbsd68 blur {extent}" for extent in EXTENTS), "cbsd68 blur levin8"):
        sample = found[name].load(1)
        np.testing.assert_array_equal(sample.degraded, found[name].load(1).degraded)
        assert sample.kernel is not None
        np.testing.assert_allclose(sample.degraded, blur(sample.clean, sample.kernel), atol=0.51 / 255)
    np.testing.assert_allclose(found["cbsd68 blur levin8"].load(0).kernel, 1 / 9)


def test_pairs_that_are_missing_are_named(sets: Path, train: Path, tmp_path: Path) -> None:
    (train / "low_light_pairs" / "degraded" / f"{HELD_OUT['low_light_pairs'][0]}.png").unlink()
    with pytest.raises(DataError, match="low_light_pairs"):
        find_more(sets, train)
    with pytest.raises(DataError, match="nowhere"):
        find_more(sets, tmp_path / "nowhere")


def test_the_best_prompt_and_brightness_are_reported(sets: Path, tmp_path: Path, fake_restorer: Any) -> None:
    for number, grey in enumerate((60, 120, 200)):
        (tmp_path / "hazy").mkdir(exist_ok=True)
        picture = np.full((20, 30, 3), grey, np.uint8)
        (tmp_path / "hazy" / f"{number}.png").write_bytes(cv2.imencode(".png", picture)[1].tobytes())
    restorer = fake_restorer({"noise15": 0.2, "noise25": 0.1, "noise50": 0.3, "haze": -60 / 255})
    counts: list[tuple[int, int]] = []
    reports = []
    request = Request(
        sets,
        only=["cbsd68 sigma 5"],
        more=True,
        hazy=tmp_path / "hazy",
        done=lambda count, total: counts.append((count, total)),
        keep=lambda report: reports.append(len(report.sets)),
    )
    report = run(request, restorer, "fake", "")
    assert [result.name for result in report.sets] == ["cbsd68 sigma 5"] and report.sets[0].degradation == "noise15"
    (best,) = report.best
    assert best.method == "noise25" and best.psnr > report.sets[0].psnr
    assert not report.prompts
    assert [entry.ratio for entry in report.brightness] == pytest.approx([0.0, 0.5, 0.7], abs=0.01)
    assert counts[-1] == (4 * 3 + 3, 4 * 3 + 3) and reports == [1]
