"""An objective so small that hundreds of steps take a second, with failures on request."""

import json
import os
import random
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from training.engine.config import Optimiser, RunSettings, Stage

SETTINGS: dict[str, Any] = {
    "name": "toy",
    "stages": (Stage(14, 8, 4), Stage(6, 8, 2)),
    "optimiser": Optimiser(lr=1e-3, muon_lr=0.02, warmup=3, ema=0.9),
    "validate_every": 4,
    "save_every": 10,
    "autocast": "float32",
}


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.middle = nn.Conv2d(4, 4, 3, padding=1)
        self.head = nn.Conv2d(4, 3, 1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(F.dropout(self.middle(self.norm(self.stem(x))).relu(), 0.2, self.training))


class Toy:
    """Learns to double a picture; ``trouble`` maps steps to failures."""

    def __init__(self, trouble: Mapping[int, str] | None = None, **changes: Any) -> None:
        self.settings = RunSettings(**{**SETTINGS, **changes})
        self.init: Path | None = None
        self.earlier: list[dict[str, Any]] = []
        self.trouble = dict(trouble or {})
        self.secret = torch.tensor([1.0])
        self.calls = 0

    def network(self) -> Net:
        return Net()

    def batch(self, step: int, rank: int = 0, ranks: int = 1) -> tuple[np.ndarray, ...]:
        match self.trouble.get(step):
            case "kill":
                os.kill(os.getpid(), signal.SIGKILL)
        stage = self.settings.stage_at(step)
        rng = np.random.default_rng((self.settings.seed, step))
        return (rng.random((stage.batch, 3, stage.patch, stage.patch), np.float32)[rank::ranks],)

    def loss(self, network: nn.Module, batch: tuple[Tensor, ...]) -> Tensor:
        match self.trouble.get(self.calls):
            case "SIGTERM" | "SIGINT" as name:
                os.kill(os.getpid(), signal.Signals[name])
            case "nan":
                return network(batch[0]).mean() * float("nan")
            case "steep":  # 0 with an infinite slope: a finite loss whose gradient is not
                return (network(batch[0]) * 0).square().sum().sqrt()
        self.calls += 1
        jitter = 1 + 1e-3 * (random.random() + np.random.rand())  # all generators have to survive an interruption
        return (network(batch[0]).float() - 2 * jitter * batch[0]).abs().mean()

    def validate(self, network: nn.Module) -> dict[str, float]:
        assert not network.training and not torch.is_grad_enabled()
        x = torch.full((1, 3, 8, 8), 0.25)
        return {"closeness": -float((network(x).float() - 2 * x).abs().mean())}

    def pictures(self, network: nn.Module) -> dict[str, np.ndarray]:
        return {"grey": np.full((4, 6, 3), 128, np.uint8)}

    def export(self, network: nn.Module, file: Path, card: Mapping[str, Any]) -> None:
        file.write_text(json.dumps(card), encoding="utf-8")

    def state(self) -> dict[str, Any]:
        return {"secret": self.secret}

    def load_state(self, state: dict[str, Any]) -> None:
        self.secret = state["secret"]


@pytest.fixture
def toy() -> type[Toy]:
    return Toy
