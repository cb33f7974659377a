import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.checkpoints import load_checkpoint
from training.engine.loop import Trainer, device_name
from training.publishing.restorer import main, publish
from training.restoration.config import TrainingConfig
from training.restoration.objective import RestorationObjective


def test_published_model_carries_its_card_and_the_same_weights(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    Trainer(RestorationObjective(config, data), tmp_path / "run").run(until=2)
    first = tmp_path / "run" / "last.safetensors"
    finish = replace(config, loss="psnr", source="finish", card={"licence": "free", "data": ["one", "two"]})
    Trainer(RestorationObjective(finish, data, init=first), tmp_path / "finish").run(until=5)
    row = {"pictures": 68, "input_psnr": 20.0, "psnr": 25.5, "input_ssim": 0.4, "ssim": 0.8}
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps({"protocol": "rgb-crop16", "sets": [{"set": "cbsd68 noise25", "scores": [], **row}]}))
    file = publish(finish, tmp_path / "finish" / "last.safetensors", scores, tmp_path / "models")
    published, trained = load_checkpoint(file), load_checkpoint(tmp_path / "finish" / "last.safetensors")
    assert published.card["figures"] == {"cbsd68 noise25": row}
    assert published.card["steps"] == 7 and published.card["samples"] == 2 * 3 + 4 * 3 + 1 * 2
    assert published.card["history"] == trained.card["history"] and len(trained.card["history"]) == 2
    assert published.card["licence"] == "free" and published.name == "small"
    assert all(torch.equal(published.state[key], trained.state[key]) for key in trained.state)
    text = (tmp_path / "models" / "small.md").read_text()
    assert "| cbsd68 noise25 | 68 | 20.00 | 25.50 | +5.50 |" in text and "- two" in text
    assert "**Steps:** 7" in text
    device = device_name(torch.device("cpu")) + "; bfloat16 autocast"
    assert f"- small: 2 steps of 3 crops of 32x32; loss L1; {device}\n" in text
    assert (
        "- finish: 4 steps of 3 crops of 32x32, then 1 step of 2 crops of 48x48; loss PSNR; "
        f"{device}; begun with run/last.safetensors\n" in text
    )


def test_command_publishes_and_names_what_is_wrong(
    config: TrainingConfig, config_file: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Trainer(RestorationObjective(config, data), tmp_path / "run").run(until=1)
    scores = tmp_path / "scores.json"
    arguments = [str(config_file), "--checkpoint", str(tmp_path / "run" / "last.safetensors")]
    arguments += ["--scores", str(scores), "--out", str(tmp_path / "out")]
    for content in (None, "no json", "[]", '{"protocol": "x", "sets": [{"set": "a"}]}'):
        if content is not None:
            scores.write_text(content)
        assert main(arguments) == 1 and "scores.json" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    scores.write_text('{"protocol": "x", "sets": []}')
    assert main(arguments) == 0 and "small.safetensors" in capsys.readouterr().out
    assert "**Steps:** 1\n" in (tmp_path / "out" / "small.md").read_text()
    (tmp_path / "out" / "small.md").unlink()
    (tmp_path / "out" / "small.md").mkdir()
    assert main(arguments) == 1 and "cannot be written" in capsys.readouterr().err
