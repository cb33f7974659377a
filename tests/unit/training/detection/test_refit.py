"""Refit of a detector's head."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from core.detection import FAMILIES
from core.detection.calibration import Calibration
from core.detection.files import DetectorFile, load_detector, save_detector
from core.detection.network import DetectorNetwork
from training.detection import DetectionObjective, DetectorTraining
from training.detection.config import Refit
from training.detection.features import Features, of_photographs, of_samples
from training.detection.kept_arrays import kept
from training.detection.photographs import Photograph
from training.detection.refit import fit_head, main, outputs_of, refit, score
from training.detection.samples import Labels


@pytest.fixture
def initial(config: DetectorTraining) -> DetectorFile:
    torch.manual_seed(0)
    state = {name: tensor.clone() for name, tensor in DetectorNetwork(config.network).state_dict().items()}
    return DetectorFile(config.network, state, Calibration(), {"name": "small", "steps": 3})


def toy(count: int, size: int, seed: int) -> Features:
    """Rows whose first five inputs are the answer."""
    rng = np.random.default_rng(seed)
    present = (rng.random((count, 5)) < 0.4).astype(np.float32)
    inputs = rng.normal(0, 0.1, (count, size)).astype(np.float32)
    inputs[:, :5] += present
    ones = np.ones(count, np.float32)
    return Features(
        inputs, 0 * ones, present, np.ones_like(present), np.exp(2 * present[:, 0]), ones, np.full(count, -1)
    )


def head_of(detector: DetectorFile) -> tuple[torch.Tensor, ...]:
    return tuple(detector.state[f"head.{name}"] for name in ("0.weight", "0.bias", "2.weight", "2.bias"))


def test_a_fitted_head_answers_unseen_rows_of_the_same_kind(initial: DetectorFile) -> None:
    size = initial.state["head.0.weight"].shape[1]
    before = head_of(initial)
    head = fit_head(before, toy(300, size, 0), Refit(pull=1e-5))
    unseen = toy(100, size, 1)
    right = (outputs_of(head, unseen)[:, :5] > 0) == (unseen.present > 0)
    assert right.mean() > 0.97
    assert all(torch.equal(old, kept) for old, kept in zip(before, head_of(initial), strict=True))
    near = fit_head(before, toy(300, size, 0), Refit(pull=10.0))
    moved = [sum(float((a - b).square().sum()) for a, b in zip(one, before, strict=True)) for one in (near, head)]
    assert moved[0] < 0.1 * moved[1]


def test_features_are_the_inputs_of_the_head(
    initial: DetectorFile, config: DetectorTraining, data: Path, tmp_path: Path
) -> None:
    network = initial.build()
    files = sorted((data / "clean").iterdir())[:2]
    photographs = [Photograph(file, "clean", Labels.from_families([]), 0.5 + i) for i, file in enumerate(files)]
    features = of_photographs(network, photographs, 1, seed=0)
    assert features.picture.tolist() == [0, 0, 1, 1] and features.weight.tolist() == [0.25, 0.25, 0.75, 0.75]
    from core.detection import Detector
    from core.photo import Photo

    photo = Photo.open(files[1])
    expected = Detector(initial)._run(photo.srgb())
    outputs = outputs_of(head_of(initial), features)[2]
    np.testing.assert_allclose(outputs[:5], expected[0], atol=1e-4)
    assert outputs[5] == pytest.approx(expected[1], abs=1e-4)
    assert len(kept(tmp_path / "f.npz", Features, lambda: features).weight) == 4
    again = kept(tmp_path / "f.npz", Features, lambda: pytest.fail("computed twice"))
    np.testing.assert_array_equal(again.inputs, features.inputs)


def test_samples_are_a_third_clean_and_reproducible(
    initial: DetectorFile, config: DetectorTraining, data: Path
) -> None:
    network = initial.build()
    first, second = (of_samples(network, DetectionObjective(config, data), 6, (2, 2), held_out=False) for _ in range(2))
    np.testing.assert_array_equal(first.inputs, second.inputs)
    assert [not row.any() for row in first.present] == [True, False, False] * 2


def test_scores_count_the_family_of_the_folder_and_clean_photographs() -> None:
    def photograph(folder: str) -> Photograph:
        return Photograph(Path("a.png"), f"train_real/{folder}", Labels.from_families([]), 1.0)

    outputs = np.full((4, 6), -9.0)
    outputs[0, FAMILIES.index("rain")] = outputs[1, FAMILIES.index("rain")] = 9.0
    outputs[3, FAMILIES.index("haze")] = 0.1  # unsure
    folders = ["rain", "haze", "clean_hard", "clean_hard"]
    figures = score(outputs, Calibration(), [photograph(folder) for folder in folders])
    assert figures["photographs"] == 2 and figures["named"] == 0.5
    assert (
        figures["by_family"]["rain"] == 1 and figures["by_family"]["haze"] == 0 and figures["by_family"]["blur"] is None
    )
    assert (figures["clean"], figures["left_alone"], figures["in_doubt"]) == (2, 1.0, 0.5)


def test_a_refit_changes_the_head_and_calibrates(initial: DetectorFile, config: DetectorTraining) -> None:
    size = initial.state["head.0.weight"].shape[1]
    real = replace(toy(40, size, 2), picture=np.repeat(np.arange(20), 2))
    real = replace(real, present=np.repeat(real.present[::2], 2, 0))
    inputs = real.inputs.copy()
    inputs[:, :5] = real.present
    real = replace(real, inputs=inputs)
    folders = [
        next((f for f in ("rain", "haze") if real.present[2 * i, FAMILIES.index(f)]), "clean_hard") for i in range(20)
    ]
    photographs = [
        Photograph(Path(f"{'abcde'[i % 5]}_{i}.png"), f"train_real/{folder}", Labels.from_families([]), 1.0)
        for i, folder in enumerate(folders)
    ]
    settings = replace(config, refit=Refit(folds=4, pull=1e-4, thresholds={"haze": 0.6}))
    fitted = refit(initial, photographs, real, toy(100, size, 3), toy(50, size, 4), settings)
    assert fitted.detector.calibration.thresholds["haze"] == 0.6
    assert fitted.figures["all sources"]["named"] > 0.8
    changed = {name for name in initial.state if not torch.equal(initial.state[name], fitted.detector.state[name])}
    assert changed == {"head.0.weight", "head.0.bias", "head.2.weight", "head.2.bias"}
    assert fitted.detector.card["history"][0]["steps"] == 3 and len(fitted.detector.card["history"]) == 2


def graded(initial: DetectorFile, logits: list[float], rain: list[bool]) -> Features:
    """Rows for the head of :func:`copying`, each with a logit for rain, at least -3, and -3 for the others."""
    inputs = np.zeros((len(logits), initial.state["head.0.weight"].shape[1]), np.float32)
    present = np.zeros((len(logits), 5), np.float32)
    inputs[:, FAMILIES.index("rain")] = np.array(logits) + 3
    present[:, FAMILIES.index("rain")] = rain
    ones = np.ones(len(logits), np.float32)
    return Features(inputs, 0 * ones, present, np.ones_like(present), 0 * ones, ones, np.arange(len(logits)))


def copying(initial: DetectorFile) -> DetectorFile:
    """A detector of which the head subtracts 3 from its first five inputs."""
    first, second = (torch.zeros_like(initial.state[name]) for name in ("head.0.weight", "head.2.weight"))
    first[range(5), range(5)] = second[range(5), range(5)] = 1.0
    shift = torch.tensor([-3.0] * 5 + [0.0])
    biases = {"head.0.bias": torch.zeros_like(initial.state["head.0.bias"]), "head.2.bias": shift}
    return replace(initial, state={**initial.state, "head.0.weight": first, "head.2.weight": second, **biases})


def test_curves_are_judged_on_photographs_of_other_sources(initial: DetectorFile, config: DetectorTraining) -> None:
    # Only in the photographs of source a does a logit of -1 mean rain.
    rain = [True] * 60 + [False] * 60
    names = ["a"] * 60 + ["b", "c", "d"] * 20
    photographs = [
        Photograph(Path(f"{name}_{i}.png"), f"train_real/{'rain' if rain[i] else 'clean_hard'}", labels, 1.0)
        for i, name in enumerate(names)
        for labels in [Labels.from_families(["rain"] if rain[i] else [])]
    ]
    real = graded(initial, [-1.0] * 60 + [-3.0] * 60, rain)
    samples = graded(initial, [1.0] * 10 + [-1.0] * 10 + [-3.0] * 10, [True] * 10 + [False] * 20)
    detector = copying(initial)
    settings = replace(config, refit=Refit(folds=4))
    fitted = refit(detector, photographs, real, samples, samples, settings, keep_head=True)
    assert all(torch.equal(detector.state[name], tensor) for name, tensor in fitted.detector.state.items())
    assert fitted.detector.calibration != detector.calibration
    named = {name: figures["named"] for name, figures in fitted.figures.items()}
    assert named == {"sources left out": 0.0, "all sources": 1.0, "seen in training": 1.0}


def test_errors_are_reported(
    tmp_path: Path, config_file: Path, initial: DetectorFile, capsys: pytest.CaptureFixture
) -> None:
    save_detector(tmp_path / "in.safetensors", initial)
    options = ["--data", str(tmp_path), "--init", str(tmp_path / "in.safetensors"), "--out", str(tmp_path / "out")]
    assert main([str(config_file), *options]) == 1
    assert "refit: " in capsys.readouterr().err and not (tmp_path / "out").exists()
    assert json.loads(json.dumps(load_detector(tmp_path / "in.safetensors").card))["name"] == "small"
