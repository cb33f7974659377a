from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.degradations import KEYS
from core.evaluation import PAPER, PROTOCOLS
from core.inference import Restorer
from core.photo import Photo
from training.baselines import wiener
from training.data.data_errors import DataError
from training.evaluation.report import found_right
from training.evaluation.run import Request, run
from training.evaluation.sets import find_sets

NOISE = ["cbsd68 noise15", "cbsd68 noise25", "cbsd68 noise50"]


def test_the_true_prompt_is_measured_on_every_set(sets: Path, fake_restorer: Any) -> None:
    restorer = fake_restorer()
    report = run(Request(sets, kernels=sets / "kernels.npz"), restorer, "fake", "nowhere")
    assert [result.name for result in report.sets] == [*NOISE, "cbsd68 blur", "rain100l"]
    expected = [key for key in ("noise15", "noise25", "noise50", "blur") for _ in range(4)] + ["rain"] * 2
    assert restorer.asked == [(key,) for key in expected]
    assert all(result.before == result.after for result in report.sets)
    assert not (report.detected or report.prompts or report.baselines or report.clean)


def test_sets_are_chosen_by_pattern(sets: Path, fake_restorer: Any) -> None:
    def names(*patterns: str) -> list[str]:
        return [result.name for result in run(Request(sets, only=patterns), fake_restorer(), "fake", "").sets]

    assert names("CBSD68*") == NOISE and names("rain100l", "*noise50") == [NOISE[2], "rain100l"]
    with pytest.raises(DataError, match=r"gopro.*rain100l"):
        names("gopro")


def test_effect_of_wrong_prompts(sets: Path, fake_restorer: Any) -> None:
    effect = {key: 0.02 * index for index, key in enumerate(KEYS)}
    restorer = fake_restorer(effect)
    report = run(Request(sets, only=["rain100l"], every=True), restorer, "fake", "")
    assert [result.method for result in report.prompts] == list(KEYS)
    true = report.prompts[KEYS.index("rain")]
    assert true.after == report.sets[0].after
    assert len(restorer.asked) == 2 * len(KEYS)  # what was measured with the true prompt is not measured again
    assert len({result.psnr for result in report.prompts}) == len(KEYS)


def test_extra_measurements_use_fewer_of_the_same_pictures(sets: Path, fake_restorer: Any) -> None:
    counts: list[tuple[int, int]] = []
    request = Request(
        sets,
        only=["cbsd68 noise25"],
        limit=3,
        extra_limit=2,
        every=True,
        clean=True,
        done=lambda count, total: counts.append((count, total)),
    )
    report = run(request, fake_restorer(), "fake", "")
    assert report.sets[0].names == ("0.png", "2.png", "3.png")
    assert {result.names for result in report.prompts} == {("0.png", "3.png")}
    assert {result.names for result in report.clean} == {("0.png", "3.png")}
    total = 3 + 6 * 2 + 7 * 2
    assert counts == [(index + 1, total) for index in range(total)]


def test_detected_prompts_are_used_in_order(sets: Path, fake_restorer: Any) -> None:
    answers = iter([("rain",), ()])

    def detect(photo: Photo) -> Sequence[str]:
        return next(answers)

    restorer = fake_restorer({"rain": 0.1})
    report = run(Request(sets, only=["rain100l"], detect=detect), restorer, "fake", "")
    (detected,) = report.detected
    assert detected.steps == (("rain",), ()) and found_right(detected) == 0.5
    assert detected.after[0] == report.sets[0].after[0]
    assert detected.after[1] == detected.before[1]  # found clean, so left alone
    assert len(restorer.asked) == 3


def test_noise_of_another_level_counts_as_found(sets: Path, fake_restorer: Any) -> None:
    request = Request(sets, only=["cbsd68 noise25"], detect=lambda photo: ("noise50",))
    assert found_right(run(request, fake_restorer(), "fake", "").detected[0]) == 1.0
    request = Request(sets, only=["cbsd68 noise25"], detect=lambda photo: ("noise25", "haze"))
    assert found_right(run(request, fake_restorer(), "fake", "").detected[0]) == 0.0


def test_clean_pictures_get_every_prompt_and_the_detectors(sets: Path, fake_restorer: Any) -> None:
    request = Request(sets, only=["rain100l"], clean=True, detect=lambda photo: ())
    report = run(request, fake_restorer({"haze": 0.1}), "fake", "")
    assert [result.method for result in report.clean] == [*KEYS, "detected prompt"]
    changed = {result.method for result in report.clean if result.after != result.before}
    assert changed == {"haze"}


def test_only_the_prompts_of_the_model_are_used(sets: Path, fake_restorer: Any) -> None:
    restorer = fake_restorer(degradations=("haze", "rain"))
    report = run(Request(sets, only=["rain100l"], every=True), restorer, "fake", "")
    assert [result.method for result in report.prompts] == ["rain", "haze"]


def test_baselines_use_the_same_pictures_as_the_model(sets: Path, fake_restorer: Any) -> None:
    request = Request(sets, kernels=sets / "kernels.npz", only=["*blur", "rain*"], baselines=True, extra_limit=1)
    report = run(request, fake_restorer(), "fake", "")
    rows = [(result.name, result.method) for result in report.baselines]
    assert rows == [
        ("cbsd68 blur", "fake"),
        ("cbsd68 blur", "unsharp mask"),
        ("cbsd68 blur", "Wiener, assumed Gaussian"),
        ("cbsd68 blur", "Wiener, true kernel (oracle)"),
        ("rain100l", "fake"),
        ("rain100l", "median 3x3"),
    ]
    assert {result.names for result in report.baselines} == {("0.png",)}
    sample = find_sets(sets, sets / "kernels.npz")[3].load(0)
    told = wiener(sample.degraded, sample.kernel)
    assert report.baselines[3].after == (PROTOCOLS[PAPER].score(told, sample.clean),)


def test_a_real_restorer_and_another_protocol(sets: Path, tiny_checkpoint: Any) -> None:
    restorer = Restorer(tiny_checkpoint, device="cpu")
    scores = {}
    for name, protocol in PROTOCOLS.items():
        (result,) = run(Request(sets, protocol, only=["rain*"]), restorer, "tiny", "").sets
        assert result.before != result.after and np.isfinite(result.psnr)
        scores[name] = result.psnr
    assert len(set(scores.values())) == len(PROTOCOLS)
