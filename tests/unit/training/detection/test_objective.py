"""Training of a detector."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from core.detection import FAMILIES, Detector
from core.detection.calibration import Calibration
from core.detection.files import load_detector
from core.photo import Photo
from training.detection import DetectionObjective, DetectorTraining
from training.engine.config import Stage
from training.engine.loop import LAST, Trainer
from training.engine.state import ResumeError, load_state


@pytest.fixture
def objective(config: DetectorTraining, data: Path) -> DetectionObjective:
    return DetectionObjective(config, data)


def tensors(objective: DetectionObjective, step: int = 0) -> tuple[torch.Tensor, ...]:
    return tuple(torch.from_numpy(array) for array in objective.batch(step))


def test_batch_is_a_function_of_the_step_and_divided_among_processes(objective: DetectionObjective) -> None:
    whole, again, other = objective.batch(3), objective.batch(3), objective.batch(4)
    parts = [objective.batch(3, rank, 2) for rank in range(2)]
    for index, array in enumerate(whole):
        assert len(array) == 4
        np.testing.assert_array_equal(array, again[index])
        np.testing.assert_array_equal(array[0::2], parts[0][index])
        np.testing.assert_array_equal(array[1::2], parts[1][index])
    assert not np.array_equal(whole[0], other[0])


def test_kinds_are_drawn_near_their_shares(config: DetectorTraining, data: Path) -> None:
    objective = DetectionObjective(replace(config, shares={"noise": 3, "blur": 1}, stages=(Stage(1, 32, 12),)), data)
    present = np.concatenate([objective.batch(step)[4] for step in range(8)])
    assert (present.max(axis=1) == 0).mean() == pytest.approx(1 / 3)  # each third sample shows the scene clean
    assert present[:, FAMILIES.index("noise")].mean() == pytest.approx(2 / 3 * 3 / 4, abs=0.08)
    assert present[:, FAMILIES.index("blur")].mean() == pytest.approx(2 / 3 * 1 / 4, abs=0.08)


def test_three_consecutive_samples_share_a_scene(config: DetectorTraining, data: Path) -> None:
    objective = DetectionObjective(replace(config, shares={"blur": 1}, stages=(Stage(1, 32, 6),)), data)
    for step in range(4):
        alike = np.corrcoef(objective.batch(step)[2].reshape(6, -1))  # of the views
        assert min(alike[:3, :3].min(), alike[3:, 3:].min()) > 0.5 > alike[:3, 3:].max()


def test_loss_is_cross_entropy_of_what_counts_and_the_error_of_log_sigma(objective: DetectionObjective) -> None:
    batch = list(tensors(objective))
    batch[4] = torch.tensor([[1.0, 0, 0, 0, 0]]).repeat(4, 1)
    batch[5] = torch.tensor([[1.0, 1, 0, 1, 1]]).repeat(4, 1)
    batch[6] = torch.tensor([20.0, 0.0, 0.0, 0.0])
    said = torch.tensor([0.5, -1.0, 7.0, -2.0, 0.3, 3.5])

    class Fixed(torch.nn.Module):
        def forward(self, native: torch.Tensor, *others: torch.Tensor) -> tuple[torch.Tensor, ...]:
            assert native.max() <= 1 and others[1].max() <= 1
            silent = torch.zeros(4, 2, 6)
            return said.repeat(4, 1), silent, silent

    expected = F.softplus(-said[0]) + F.softplus(said[1]) + F.softplus(said[3]) + F.softplus(said[4])
    expected += 3 * (abs(np.log(20) - 3.5) - 0.05) / 4  # smooth L1 with beta 0.1, one of four pictures
    # The crops say nothing, log 2 each: noise from the native ones, the other three families from the reduced ones.
    expected += 0.3 * (4 * np.log(2) + 3 * (np.log(20) - 0.05) / 4)
    assert objective.loss(Fixed(), tuple(batch)).item() == pytest.approx(float(expected), rel=1e-5)


def test_run_is_resumed_exactly_and_ends_in_a_detector(config: DetectorTraining, data: Path, tmp_path: Path) -> None:
    Trainer(DetectionObjective(config, data), tmp_path / "whole").run()
    Trainer(DetectionObjective(config, data), tmp_path / "parts").run(until=2)
    torch.manual_seed(999)
    Trainer(DetectionObjective(config, data), tmp_path / "parts").run()
    one, two = (load_state(tmp_path / name / LAST)["model"] for name in ("whole", "parts"))
    assert all(torch.equal(one[name], two[name]) for name in one)
    files = [tmp_path / name / "last.safetensors" for name in ("whole", "parts")]
    assert load_detector(files[0]).calibration == load_detector(files[1]).calibration != Calibration()
    detection = Detector(files[1]).detect(Photo.from_array(np.zeros((40, 50, 3), np.uint8)))
    assert set(detection.probabilities) == {*FAMILIES, "clean"}
    assert load_detector(files[0]).card["name"] == "small-detector"


def test_training_learns_to_distinguish_black_from_bright(config: DetectorTraining, data: Path, tmp_path: Path) -> None:
    longer = replace(config, shares={"low-light": 1}, stages=(Stage(40, 32, 9),), validate_every=40)
    objective = DetectionObjective(longer, data)
    trainer = Trainer(objective, tmp_path / "run")
    batch = tensors(objective, 1000)
    before = objective.loss(trainer.model, batch).item()
    trainer.run()
    assert objective.loss(trainer.model, batch).item() < 0.6 * before


def test_validation_measures_every_kind_and_calibrates(objective: DetectionObjective) -> None:
    torch.manual_seed(0)
    with torch.no_grad():
        figures = objective.validate(objective.network().eval())
    assert set(figures) == {"clean", *objective.settings.shares, "sigma"}
    assert all(0 <= value <= 1 for name, value in figures.items() if name != "sigma")
    fitted, state = objective.calibration, objective.state()
    assert fitted != Calibration()
    objective.calibration = Calibration()
    objective.load_state(state)
    assert objective.calibration == fitted


def test_pictures_for_the_log_show_each_kind(objective: DetectionObjective) -> None:
    pictures = objective.pictures(objective.network())
    assert set(pictures) == {"clean", *objective.settings.shares}
    assert all(picture.shape == (32, 32, 3) and picture.dtype == np.uint8 for picture in pictures.values())


def test_new_run_can_start_from_a_detector_of_the_same_network(
    objective: DetectionObjective, config: DetectorTraining, data: Path, tmp_path: Path
) -> None:
    network = objective.network()
    file = tmp_path / "begin.safetensors"
    objective.export(network, file, {"name": "first", "steps": 7})
    begun = DetectionObjective(config, data, file)
    weights = begun.network().state_dict()
    assert all(torch.equal(weights[name], value) for name, value in network.state_dict().items())
    assert sum(part["steps"] for part in begun.earlier) == 7
    wider = replace(config, network=replace(config.network, hidden=9))
    with pytest.raises(ResumeError, match=r"begin\.safetensors"):
        DetectionObjective(wider, data, file)
