from dataclasses import replace
from importlib import resources
from pathlib import Path

import pytest

from training.engine.config import Stage
from training.engine.state import same_until
from training.engine.toml import ConfigError, read_toml
from training.restoration.config import TrainingConfig, load_config
from training.restoration.task import Task

HISTORY = Path(__file__).parents[4] / "docs" / "history"


def test_file_is_read_completely(config: TrainingConfig) -> None:
    assert (config.name, config.seed, config.steps, len(config.tasks)) == ("small", 5, 6, 6)
    assert config.model.stem == 2 and config.model.dgpb_residual and config.optimiser.muon_lr == 0.02
    assert config.tasks[2].options == {"depth": "depth"}
    assert [config.stage_at(step).patch for step in range(7)] == [32, 32, 32, 32, 48, 48, 48]
    assert config.stage_at(5) == Stage(2, 48, 2)
    assert config.source == "small" and config.loss_text == "L1"
    assert replace(config, loss="psnr", frequency_loss=0.3).loss_text == "PSNR + 0.3 x L1 of spectra"
    assert replace(config, loss="psnr", psnr_ceiling=40).loss_text == "PSNR up to 40 dB"
    assert replace(config, frequency_families=["blur"]).loss_text == "L1"
    spectral = replace(config, frequency_loss=4, frequency_families=["blur"])
    assert spectral.loss_text == "L1 + 4 x L1 of spectra (blur only)"
    with pytest.raises(ValueError, match="frequency_families 'snow'"):
        replace(config, frequency_families=["snow"])


def test_every_configuration_is_valid() -> None:
    """Those that ship, and those of the earlier stages of the bundled models."""
    files = [*Path(str(resources.files("training") / "configs")).glob("*.toml"), *HISTORY.glob("*.toml")]
    assert len(files) > 15
    for file in [file for file in files if "detector" not in read_toml(file)]:
        config = load_config(file)
        assert config.source == file.stem and config.resolved(samples_per_epoch=100).steps > 0


def test_epochs_become_the_steps_that_see_as_many_samples(config_file: Path) -> None:
    text = config_file.read_text(encoding="utf-8").replace("steps = 4", "epochs = 1.5\nlr = 1e-4", 1)
    config_file.write_text(text, encoding="utf-8")
    config = load_config(config_file)
    assert config.stages[0] == Stage(0, 32, 3, epochs=1.5, lr=1e-4)
    resolved = config.resolved(samples_per_epoch=7)
    assert resolved.stages == (Stage(4, 32, 3, lr=1e-4), Stage(2, 48, 2))  # 10.5 samples, 3 a step
    assert resolved.steps == 6 and type(resolved) is TrainingConfig and resolved.resolved(1) == resolved


def test_fingerprint_depends_only_on_settings_that_determine_the_weights(config: TrainingConfig) -> None:
    same = replace(config, workers=3, validate_every=7, save_every=9, name="x", source="y", card={"a": 1})
    assert same.fingerprint() == config.fingerprint()
    others = [
        replace(config, seed=6),
        replace(config, autocast="float32"),
        replace(config, optimiser=replace(config.optimiser, lr=2e-3)),
        replace(config, model=replace(config.model, keep=0.8)),
        replace(config, stages=config.stages[:1]),
        replace(config, tasks=config.tasks[1:]),
        replace(config, tasks=(replace(config.tasks[0], options={"jpeg": 0.5}), *config.tasks[1:])),
    ]
    assert len({one.fingerprint() for one in [config, *others]}) == 8
    # A field that a later version brings, at its default, changes nothing: only what differs is told.
    assert "frequency_loss" not in config.fingerprint() and "betas" not in config.fingerprint()


def test_options_and_states_of_earlier_versions_keep_working(config: TrainingConfig) -> None:
    entry = {"kind": "clean", "folders": ["clean"], "share": 1.0, "degradation": "haze", "pale": True}
    task = Task.from_dict(entry)
    assert task.options == {"low_contrast": True}
    now = replace(config, tasks=(task, config.tasks[0]))
    earlier = now.fingerprint().replace("low_contrast", "pale")
    assert "pale" in earlier and same_until(now, earlier, 3)
    assert not same_until(now, earlier.replace("pale", "sky"), 3)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('kind = "noise"', 'kind = "snow"', r"task\.noise: .*snow"),
        ('degradation = "rain"', 'degradation = "snow"', r"task\.rain: .*snow"),
        ('kind = "clean"', 'kind = "clean"\ndegradation = "snow"', r"task\.clean: .*snow"),
        ("share = 1.0", "share = -1.0", r"task\.noise: .*share"),
        ("patch = 32", "patch = 30", "divisible by 16"),
        ("patch = 32", "", "patch"),
        ("steps = 4", "steps = 0", "positive"),
        ("steps = 4", "steps = 4\nepochs = 2", "either steps or epochs"),
        ("steps = 4", 'steps = 4\nschedule = "cosine"', "needs an lr"),
        ("batch = 3", "batch = 0", "positive"),
        ("dim = 8", "dim = 7", "dim"),
        ("lr = 1e-3", "rate = 1e-3", "rate"),
        ("lr = 1e-3", "lr = 1e-3\nmin_lr = 1e-2", "min_lr"),
        ("lr = 1e-3", 'lr = 1e-3\nkind = "sgd"', "sgd"),
        ("lr = 1e-3", "lr = 1e-3\nbetas = [0.9, 1.0]", "betas"),
        ("lr = 1e-3", 'lr = 1e-3\nschedule = "linear"', "linear"),
        ("warmup = 2", "warmup = -2", "warmup"),
        ("ema = 0.9", "ema = 1.0", "ema"),
        ("seed = 5", "seeds = 5", "seeds"),
        ("seed = 5", 'autocast = "float8"', "float8"),
        ("seed = 5", 'loss = "l3"', "l3"),
        ("seed = 5", "psnr_ceiling = 0", "psnr_ceiling"),
        ("seed = 5", "frequency_bound = -1", "frequency_bound"),
        ("seed = 5", "workers = 0", "workers"),
        ("[task.noise]", "[[task]]", "toml: .*task"),
        ("[task.noise]", "[task]", r"such as \[task"),
        ("[task.noise]", "[tusk.noise]", "tusk"),
        ("[model]", "[model", "configuration"),
        ('folders = ["clean"]', "", r"task\.noise: 'folders' is missing"),
    ],
)
def test_mistakes_are_named_with_their_file(config_file: Path, old: str, new: str, message: str) -> None:
    text = config_file.read_text(encoding="utf-8")
    assert old in text
    config_file.write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(ConfigError, match=message) as caught:
        load_config(config_file)
    assert config_file.name in str(caught.value)


def test_tasks_of_the_base_get_new_shares_and_are_removed_by_0(config_file: Path, tmp_path: Path) -> None:
    above = tmp_path / "above.toml"
    above.write_text(
        f'base = "{config_file.name}"\n[task]\nnoise.share = 0.25\nrain.share = 0\nblur.jpeg = 0.5\n'
        '[task.grain]\nkind = "noise"\ndegradation = "noise50"\nfolders = ["clean"]\nshare = 2.0\n',
        encoding="utf-8",
    )
    below, tasks = load_config(config_file).tasks, load_config(above).tasks
    assert [task.name for task in tasks] == ["noise25", "haze", "blur", "low-light", "clean", "noise50"]
    assert tasks[0] == replace(below[0], share=0.25) and tasks[1] == below[2]
    assert tasks[2].options == {**below[3].options, "jpeg": 0.5} and tasks[5].share == 2.0


def test_a_file_without_remaining_tasks_is_named(config_file: Path) -> None:
    text = config_file.read_text(encoding="utf-8").replace("share = 1.0", "share = 0")
    config_file.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"at least one \[task"):
        load_config(config_file)


def test_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml"):
        load_config(tmp_path / "none.toml")
