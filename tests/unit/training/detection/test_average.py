"""Averaging two detectors."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.detection.files import DetectorFile, load_detector, save_detector
from core.detection.network import DetectorConfig, DetectorNetwork
from training.detection import DetectorTraining
from training.detection.average import averaged, main
from training.engine.state import ResumeError


def detector(config: DetectorConfig, seed: int) -> DetectorFile:
    torch.manual_seed(seed)
    state = {name: tensor.clone() for name, tensor in DetectorNetwork(config).state_dict().items()}
    return DetectorFile(config, state, card={"name": "small", "steps": 3})


def test_the_share_is_that_of_the_second(config: DetectorTraining) -> None:
    first, second = detector(config.network, 0), detector(config.network, 1)
    for share, factors in ((0.0, (1.0, 0.0)), (0.25, (0.75, 0.25)), (1.0, (0.0, 1.0))):
        mixed = averaged(first, second, share)
        assert mixed.keys() == first.state.keys()
        for name, tensor in mixed.items():
            expected = factors[0] * first.state[name].double() + factors[1] * second.state[name].double()
            torch.testing.assert_close(tensor.double(), expected, rtol=0, atol=1e-6)


def test_other_networks_and_shares_are_refused(config: DetectorTraining) -> None:
    first, other = detector(config.network, 0), detector(replace(config.network, hidden=16), 0)
    with pytest.raises(ResumeError, match="different networks"):
        averaged(first, other, 0.5)
    with pytest.raises(ValueError, match="not in 0 to 1"):
        averaged(first, first, 1.5)


def test_the_command_writes_a_calibrated_average(
    config: DetectorTraining, config_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [save_detector(tmp_path / f"{seed}.safetensors", detector(config.network, seed)) for seed in range(2)]
    out = tmp_path / "average.safetensors"
    command = [str(config_file), *map(str, files), "--share", "0.25", "--data", str(data), "--out", str(out)]
    assert main(command) == 0
    made = load_detector(out)
    expected = averaged(load_detector(files[0]), load_detector(files[1]), 0.25)
    assert all(torch.equal(made.state[name], tensor) for name, tensor in expected.items())
    assert made.calibration != load_detector(files[0]).calibration
    assert made.card["steps"] == 3 and "0.75 of the weights of 0.safetensors" in made.card["history"][-1]["config"]
    assert "clean" in json.loads(capsys.readouterr().out)
    assert main([*command[:1], str(tmp_path / "none.safetensors"), *command[2:]]) == 1
    assert "none.safetensors" in capsys.readouterr().err
