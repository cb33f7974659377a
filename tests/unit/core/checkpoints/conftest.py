"""A small network and its checkpoint."""

import json
from pathlib import Path

import pytest
import torch

from core.checkpoints import Checkpoint
from core.checkpoints.native import pack
from core.degradations import KEYS
from core.models import DFPIR, DFPIRConfig
from core.prompts import random_codes

SHAPES = Path(__file__).parents[3] / "data" / "parity" / "state_dict_small.json"


@pytest.fixture(scope="session")
def config() -> DFPIRConfig:
    return DFPIRConfig(
        dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=64, stem=2
    )


@pytest.fixture(scope="session")
def model(config: DFPIRConfig) -> DFPIR:
    torch.manual_seed(0)
    return DFPIR(config).eval()


@pytest.fixture
def checkpoint(model: DFPIR) -> Checkpoint:
    card = {"name": "Tiny", "licence": "MIT", "steps": 12, "psnr": {"haze": 21.5}, "data": ["a", "b"]}
    return Checkpoint.from_model(model, random_codes(KEYS, seed=7, width=64), card)


@pytest.fixture(scope="session")
def packed(model: DFPIR) -> bytes:
    """The bytes of a native file."""
    return pack(Checkpoint.from_model(model, random_codes(KEYS, seed=7, width=64), {"name": "Tiny"}))


@pytest.fixture
def published_state() -> dict[str, torch.Tensor]:
    """Weights of a small network by the authors' names, in float32."""
    shapes = json.loads(SHAPES.read_text())
    generator = torch.Generator().manual_seed(0)
    return {key: torch.rand(shape, generator=generator) for key, shape in shapes.items()}
