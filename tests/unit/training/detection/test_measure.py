"""Evaluation of a detector, and its card."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.detection import CLASSES, FAMILIES, Detection, Detector
from core.detection.files import DetectorFile, load_detector, save_detector
from core.detection.network import DetectorConfig, DetectorNetwork
from core.photo import Photo
from training.data.data_errors import DataError
from training.detection import cases, measure
from training.detection.cases import Case
from training.detection.measure import Judged
from training.detection.photographs import Photograph
from training.detection.samples import Labels
from training.publishing.detector import publish

EMPTY = np.zeros((0, 0, 3), np.float32)
SMALL = DetectorConfig(widths=(4, 4, 4), features=4, hidden=4, crop=16, view=16, native_crops=2, reduced_crops=2)


def write_picture(file: Path, seed: int) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    small = np.random.default_rng(seed).integers(40, 216, (6, 8, 3), np.uint8)
    picture = cv2.resize(small, (72, 64), interpolation=cv2.INTER_CUBIC)
    file.write_bytes(cv2.imencode(".png", picture)[1].tobytes())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    root = tmp_path / "data"
    folders = [*cases.CLEAN_FOLDERS, *cases.PAIRS, *(f"eval/real/{name}" for name in cases.REAL), "photos_large"]
    for number, folder in enumerate(folders):
        write_picture(root / folder / f"{number}.png", number)
    kernels = root / cases.KERNEL_FILE
    kernels.parent.mkdir(parents=True)
    np.savez(kernels, **dict.fromkeys(cases.KERNELS, np.ones((3, 3))))
    return root


@pytest.fixture
def detector() -> Detector:
    torch.manual_seed(0)
    return Detector(DetectorFile(SMALL, DetectorNetwork(SMALL).state_dict(), card={"name": "tiny"}))


def judged(kind: str, *found: str, may: tuple[str, ...] = (), chance: float = 0.9, sigma: float = 0.0) -> Judged:
    chances = {name: chance if name in found else 1 - chance for name in FAMILIES}
    detection = Detection({**chances, "clean": 0.1 if found else chance}, found, sigma or None, chance < 0.6)
    return Judged(Case("x", kind, EMPTY, may, sigma), detection)


@pytest.mark.parametrize(
    ("entry", "right", "first"),
    [
        (judged("haze", "haze"), True, "haze"),
        (judged("haze", "haze", "rain"), False, "haze"),
        (judged("haze"), False, "clean"),
        (judged("clean"), True, "clean"),
        (judged("clean", "blur"), False, "blur"),
        (judged("low-light", "noise", "low-light", may=("noise",)), True, "low-light"),
        (judged("low-light", "noise", may=("noise",)), False, "clean"),
        (judged("low-light+noise", "noise", "low-light"), True, "noise"),
        (judged("low-light+noise", "low-light"), False, "low-light"),
        (judged("rain+haze", "rain", "haze", chance=0.55), False, "clean"),  # unsure: nothing is proposed
    ],
)
def test_detection_is_correct_apart_from_ambiguous_families(entry: Judged, right: bool, first: str) -> None:
    assert (entry.right, entry.first) == (right, first)


def test_confusion_counts_every_case_once() -> None:
    table = measure.confusion([judged("haze", "haze"), judged("haze"), judged("clean", "rain"), judged("clean")])
    assert table["haze"] == {**dict.fromkeys(CLASSES, 0), "haze": 1, "clean": 1, "exactly": 1, "all": 2}
    assert table["clean"]["rain"] == 1 and table["clean"]["clean"] == 1


def test_detections_are_counted_by_quarters_of_the_strength() -> None:
    def at(strength: float, *found: str) -> Judged:
        entry = judged("haze", *found)
        return replace(entry, case=replace(entry.case, strength=strength))

    entries = [at(0.0), at(0.2, "haze"), at(0.3, "haze"), at(0.76), at(1.0, "haze"), judged("clean")]
    assert measure.by_strength(entries)["haze"] == [0.5, 1.0, None, 0.5]


def test_calibration_error_ignores_ambiguous_families() -> None:
    sure = [judged("low-light", "low-light", "noise", may=("noise",), chance=1.0) for _ in range(4)]
    errors = measure.calibration_errors([*sure, judged("noise", "noise", chance=1.0)])
    assert errors["noise"] == 0 and errors["low-light"] == 0
    wrong = [judged("low-light", "low-light", "noise", chance=1.0) for _ in range(3)]
    assert measure.calibration_errors([*wrong, judged("noise", "noise", chance=1.0)])["noise"] == pytest.approx(0.75)


def test_synthetic_cases_are_reproducible_and_include_every_kind(data: Path) -> None:
    first, again = list(cases.synthetic(data)), list(cases.synthetic(data))
    assert len(first) == len(cases.CLEAN_FOLDERS) * 2 * (len(CLASSES) + len(cases.MIXTURES))
    assert {case.kind for case in first} == {*CLASSES, *cases.MIXTURES}
    for one, two in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.picture, two.picture)
        assert (one.sigma > 0) == ("noise" in one.families)
        assert not set(one.open) & set(one.families)


def test_graded_noise_has_the_stated_sigma(data: Path) -> None:
    clean = cv2.imread(str(next((data / "eval/cbsd68/clean").iterdir())))[..., ::-1] / 255.0
    graded = list(cases.graded_noise(data))
    assert [case.sigma for case in graded] == [float(sigma) for sigma in cases.SIGMAS]
    for case in graded[:5]:  # beyond, clipping takes a part away
        assert np.std(case.picture - clean) * 255 == pytest.approx(case.sigma, rel=0.05)


def test_unknown_folder_of_real_photographs_is_named(data: Path) -> None:
    write_picture(data / "eval/real/snow/1.png", 1)
    with pytest.raises(DataError, match="snow"):
        list(cases.real(data))


def test_a_perfect_detector_has_perfect_scores(data: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = {}
    for source in (cases.synthetic, cases.graded_noise, cases.clean_photographs, cases.real, cases.benchmark_pairs):
        answers.update({case.picture.tobytes(): case for case in source(data)})

    def knows(detector: Detector, photo: Photo) -> Detection:
        case = answers[photo.pixels.tobytes()]
        chances = {name: float(name in case.families) for name in FAMILIES}
        return Detection({**chances, "clean": float(not case.families)}, case.families, case.sigma or None, False)

    monkeypatch.setattr(Detector, "detect", knows)
    figures = measure.measure(detector, data)
    assert figures["synthetic"]["right"] == figures["clean"]["right"] == figures["real"]["right"] == 1.0
    assert figures["calibration_error"]["mean"] == 0 and figures["sigma"]["mean_error"] == 0
    assert set(figures["pairs"].values()) == {1.0} and figures["clean"]["wrong"] == {}


def test_missed_noise_counts_as_sigma_zero(data: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch) -> None:
    blind = Detection({**dict.fromkeys(FAMILIES, 0.0), "clean": 1.0}, (), None, unsure=False)
    monkeypatch.setattr(Detector, "detect", lambda detector, photo: blind)
    figures = measure.measure(detector, data)
    assert figures["sigma"]["mean_error"] == pytest.approx(np.mean(cases.SIGMAS))
    assert figures["synthetic"]["right"] == pytest.approx(1 / 6) and figures["real"]["right"] == 0


def test_command_writes_scores_that_publishing_adds_to_the_card(
    data: Path, detector: Detector, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file, scores = tmp_path / "run.safetensors", tmp_path / "scores.json"
    save_detector(file, DetectorFile(SMALL, DetectorNetwork(SMALL).state_dict(), card={"name": "tiny", "steps": 3}))
    command: Callable[[list[str]], int] = measure.main
    assert command(["--data", str(data), "--detector", str(file), "--json", str(scores)]) == 0
    table = capsys.readouterr().out
    published = publish(file, scores, tmp_path / "out")
    assert published.name == "tiny.safetensors"
    read = load_detector(published)
    assert read.card["figures"] == json.loads(scores.read_text(encoding="utf-8"))
    assert read.card["parameters"] == sum(tensor.numel() for tensor in read.state.values())
    text = published.with_suffix(".md").read_text(encoding="utf-8")
    assert text.startswith("# tiny\n") and table.strip() in text and "**Steps:** 3" in text
    assert all(f"| {kind} |" in text for kind in CLASSES)


def test_every_nth_photograph_of_train_real_is_evaluated(
    data: Path, detector: Detector, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    folders = ["train_real/rain", "train_real/rain", "train_real/clean_hard", "train_real/clean_hard", "train/more"]
    photographs = []
    for number, folder in enumerate(folders):
        file = tmp_path / f"{number}.png"
        write_picture(file, number)
        photographs.append(Photograph(file, folder, Labels.from_families([]), 1.0))
    monkeypatch.setattr(measure, "list_photographs", lambda data: photographs)
    rain = Detection({**dict.fromkeys(FAMILIES, 0.0), "clean": 0.0, "rain": 1.0}, ("rain",), None, unsure=False)
    monkeypatch.setattr(Detector, "detect", lambda detector, photo: rain)
    figures = measure.measure_photographs(detector, data, 2)
    assert (figures["photographs"], figures["named"], figures["clean"], figures["left_alone"]) == (1, 1.0, 1, 0.0)
    table = measure.markdown({**measure.measure(detector, data), "photographs": figures})
    assert "| held-out photographs, degradation of their folder detected | 1 | 82 % | 100.0% |" in table
    assert "| held-out clean photographs left alone | 1 | 90 % | 0.0% |" in table


def test_missing_data_is_an_error_message(
    tmp_path: Path, detector: Detector, capsys: pytest.CaptureFixture[str]
) -> None:
    file = save_detector(tmp_path / "d.safetensors", DetectorFile(SMALL, DetectorNetwork(SMALL).state_dict()))
    assert measure.main(["--data", str(tmp_path / "none"), "--detector", str(file)]) == 1
    assert "none" in capsys.readouterr().err
