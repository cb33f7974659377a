"""The detector's file."""

import json
from pathlib import Path

import pytest
import safetensors.torch
import torch

from core.detection import Detector
from core.detection.detection import FAMILIES
from core.detection.files import DetectorFile, load_detector, save_detector
from core.errors import CheckpointError

ENTRY = "dfpir-studio detector"


def test_round_trip(small_detector: DetectorFile, small_file: Path) -> None:
    read = load_detector(small_file)
    assert read.config == small_detector.config and read.card == small_detector.card
    assert read.calibration == small_detector.calibration
    assert read.state.keys() == small_detector.state.keys()
    assert all(torch.equal(read.state[name], small_detector.state[name]) for name in read.state)


def test_same_content_gives_the_same_bytes(small_detector: DetectorFile, tmp_path: Path) -> None:
    one = save_detector(tmp_path / "one", small_detector).read_bytes()
    assert save_detector(tmp_path / "two", small_detector).read_bytes() == one


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "incomplete"),
        (b"not a model at all, but long enough to have a header", "incomplete"),
        (safetensors.torch.save({"a": torch.zeros(2)}), "not a detector"),
        (safetensors.torch.save({"a": torch.zeros(2)}, {ENTRY: "{"}), "header"),
        (safetensors.torch.save({"a": torch.zeros(2)}, {ENTRY: "[]"}), "header"),
        (safetensors.torch.save({"a": torch.zeros(2)}, {ENTRY: '{"format": 1}'}), "header"),
        (safetensors.torch.save({"a": torch.zeros(2)}, {ENTRY: '{"format": 2}'}), "format 2"),
    ],
)
def test_file_that_is_no_detector_is_refused_by_name(content: bytes, message: str, tmp_path: Path) -> None:
    file = tmp_path / "broken.safetensors"
    file.write_bytes(content)
    with pytest.raises(CheckpointError, match=r"broken\.safetensors") as caught:
        load_detector(file)
    assert message in str(caught.value)


def test_truncated_file_is_refused(small_file: Path) -> None:
    small_file.write_bytes(small_file.read_bytes()[:-7])
    with pytest.raises(CheckpointError, match="ast 7 bytes are missing"):
        load_detector(small_file)


def test_missing_file_and_folder_are_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match=r"no file .*none\.safetensors"):
        load_detector(tmp_path / "none.safetensors")
    with pytest.raises(CheckpointError, match="folder"):
        load_detector(tmp_path)


def test_weights_that_do_not_fit_or_are_not_finite_are_refused(small_detector: DetectorFile, tmp_path: Path) -> None:
    wrong = dict(small_detector.state)
    wrong["vote.bias"] = torch.zeros(7)
    with pytest.raises(CheckpointError, match=r"vote\.bias"):
        Detector(DetectorFile(small_detector.config, wrong))
    wrong["vote.bias"] = torch.full((6,), float("nan"))
    with pytest.raises(CheckpointError, match=r"vote\.bias"):
        save_detector(tmp_path / "nan.safetensors", DetectorFile(small_detector.config, wrong))
    assert not (tmp_path / "nan.safetensors").exists()
    tensors = {**small_detector.state, "vote.bias": torch.full((6,), float("inf"))}
    header = {"format": 1, "config": small_detector.config.to_dict(), "card": {}}
    header["calibration"] = small_detector.calibration.to_dict()
    file = tmp_path / "inf.safetensors"
    file.write_bytes(safetensors.torch.save(tensors, {ENTRY: json.dumps(header)}))
    with pytest.raises(CheckpointError, match="not finite"):
        load_detector(file)


def test_missing_folder_is_named(small_detector: DetectorFile, tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="deep"):
        save_detector(tmp_path / "deep" / "detector.safetensors", small_detector)


def test_calibration_has_every_family(small_detector: DetectorFile) -> None:
    assert set(small_detector.calibration.thresholds) == set(FAMILIES)
