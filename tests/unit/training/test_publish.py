import json
from dataclasses import replace
from pathlib import Path

import torch

from core.checkpoints import load_checkpoint
from training.config import TrainingConfig
from training.engine import Trainer
from training.publish import publish


def test_published_model_carries_its_card_and_the_same_weights(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    Trainer(config, data, tmp_path / "run").run(until=2)
    row = {"input_psnr": 20.0, "psnr": 25.5, "input_ssim": 0.4, "ssim": 0.8}
    scores = tmp_path / "scores.json"
    scores.write_text(json.dumps({"protocol": "rgb-crop16", "sets": [{"set": "cbsd68 noise25", "scores": [], **row}]}))
    named = replace(config, card={"licence": "free", "data": ["one", "two"]})
    file = publish(named, tmp_path / "run" / "last.safetensors", scores, tmp_path / "models")
    published, trained = load_checkpoint(file), load_checkpoint(tmp_path / "run" / "last.safetensors")
    assert published.card["figures"] == {"cbsd68 noise25": row}
    assert published.card["steps"] == 2 and published.card["licence"] == "free" and published.name == "small"
    assert all(torch.equal(published.state[key], trained.state[key]) for key in trained.state)
    text = (tmp_path / "models" / "small.md").read_text()
    assert "| cbsd68 noise25 | 20.00 | 25.50 | +5.50 |" in text and "- two" in text
