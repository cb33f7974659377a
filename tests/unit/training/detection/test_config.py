"""The configuration of a detector's training."""

from pathlib import Path

import pytest

from core.detection import FAMILIES
from core.detection.network import DetectorNetwork
from training.detection import DetectorTraining, load_detector_config
from training.detection.config import families_of
from training.engine.toml import ConfigError


def test_values_are_read(config: DetectorTraining) -> None:
    assert config.name == "small-detector" and config.steps == 4 and config.network.widths == (4, 6, 8)
    assert [source.folder for source in config.sources] == ["clean", "rain", "indoor"]
    assert config.kernel_names == ("a",) and "cross-entropy" in config.loss_text


def test_families_of_a_kind() -> None:
    assert families_of("clean") == ()
    assert families_of("low-light+noise") == ("low-light", "noise")


ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize(
    "file",
    [
        "training/configs/detector.toml",
        "docs/history/detector-on.toml",
        "docs/history/detector-finish.toml",
        "docs/history/detector-photographs.toml",
    ],
)
def test_configurations_cover_every_family_within_the_size_and_leave_out_the_test_kernels(file: str) -> None:
    config = load_detector_config(ROOT / file)
    assert {family for kind in config.shares for family in families_of(kind)} == set(FAMILIES)
    assert not {"levin4", "levin8"} & set(config.kernel_names)
    assert not [source.folder for source in config.sources if "eval" in source.folder]
    assert sum(weight.numel() for weight in DetectorNetwork(config.network).parameters()) <= 2_000_000


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("blur = 0.2", "snow = 0.2", "snow"),
        ("blur = 0.2", "clean = 0.2", "clean"),
        ("blur = 0.2", "blur = 0", "blur"),
        ('family = "rain"', 'family = "snow"', "snow"),
        ("share = 0.5", "share = 1.5", "share"),
        ("holdout = 0.2", "holdout = 1.0", "holdout"),
        ("crop = 32", "crop = 30", "crop"),
        ("hidden = 8", "heads = 8", "heads"),
        ("[detector.shares]", "[detector.parts]", "parts"),
        ("seed = 4", "sead = 4", "sead"),
    ],
)
def test_mistakes_are_named_with_the_file(config_file: Path, old: str, new: str, message: str) -> None:
    text = config_file.read_text(encoding="utf-8")
    assert old in text
    config_file.write_text(text.replace(old, new), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"small-detector\.toml") as caught:
        load_detector_config(config_file)
    assert message in str(caught.value)
