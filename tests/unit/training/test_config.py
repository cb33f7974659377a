from importlib import resources
from pathlib import Path

import pytest

from training.config import ConfigError, Stage, TrainingConfig, load_config


def test_file_is_read_completely(config: TrainingConfig) -> None:
    assert (config.name, config.seed, config.steps, len(config.tasks)) == ("small", 5, 6, 6)
    assert config.model.stem == 2 and config.model.dgpb_residual and config.optimiser.muon_lr == 0.02
    assert config.tasks[2].options == {"depth": "depth"}
    assert [config.stage_at(step).patch for step in range(7)] == [32, 32, 32, 32, 48, 48, 48]
    assert config.stage_at(5) == Stage(2, 48, 2)


def test_every_shipped_configuration_is_valid() -> None:
    files = [entry for entry in (resources.files("training") / "configs").iterdir() if entry.name.endswith(".toml")]
    assert files
    for file in files:
        assert load_config(Path(str(file))).steps > 0


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "noise"', 'kind = "snow"', "snow"),
        ('degradation = "rain"', 'degradation = "snow"', "snow"),
        ('kind = "clean"', 'kind = "clean"\ndegradation = "rain"', "random"),
        ("share = 1.0", "share = 0.0", "share"),
        ("patch = 32", "patch = 30", "divisible by 16"),
        ("steps = 4", "steps = 0", "positive"),
        ("dim = 8", "dim = 7", "dim"),
        ("lr = 1e-3", "rate = 1e-3", "rate"),
        ("seed = 5", "seeds = 5", "seeds"),
        ("[model]", "[model", "configuration"),
        ('folders = ["clean"]', "", "folders"),
    ],
)
def test_mistakes_are_named_with_their_file(config_file: Path, old: str, new: str, message: str) -> None:
    text = config_file.read_text(encoding="utf-8")
    assert old in text
    config_file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(config_file)
    assert config_file.name in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_config(tmp_path / "none.toml")
