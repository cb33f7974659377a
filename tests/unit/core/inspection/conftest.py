"""A small network with random parameters, and pictures for it."""

from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from core.checkpoints import Checkpoint
from core.degradations import KEYS
from core.inspection import Inspector
from core.models import DFPIR, DFPIRConfig
from core.prompts import random_codes

TINY = {
    "dim": 8,
    "blocks": (1, 1, 1, 1),
    "refinement_blocks": 1,
    "heads": (1, 1, 2, 2),
    "expansion": 1.5,
    "prompt_dim": 32,
    "stem": 2,
    "keep": 0.6,
}


@pytest.fixture(scope="session")
def make_inspector() -> Callable[..., Inspector]:
    """Makes an inspector of a tiny random network with the given changes of its configuration."""

    def make(card: dict | None = None, prompts: tuple[str, ...] = KEYS, **changes: object) -> Inspector:
        torch.manual_seed(5)
        model = DFPIR(DFPIRConfig(**{**TINY, **changes}))
        for parameter in model.parameters():
            if parameter.ndim == 1:  # those that start as ones or zeros
                torch.nn.init.normal_(parameter, mean=float(parameter.detach().mean()), std=0.3)
        return Inspector(Checkpoint.from_model(model, random_codes(prompts, seed=1, width=32), card), device="cpu")

    return make


@pytest.fixture
def inspector(make_inspector: Callable[..., Inspector]) -> Iterator[Inspector]:
    """The tiny random network; checks after the test that it has no hooks and no changes."""
    made = make_inspector()
    keeps = [block.caapm.keep for block in made.network.dgpb]
    yield made
    assert hooks_of(made.network) == 0
    assert [block.caapm.keep for block in made.network.dgpb] == keeps


@pytest.fixture(scope="session")
def picture() -> Callable[..., np.ndarray]:
    """Makes (H, W, 3) float32 pictures."""

    def draw(height: int = 48, width: int = 64, seed: int = 1) -> np.ndarray:
        return np.random.default_rng(seed).random((height, width, 3), np.float32)

    return draw


def hooks_of(model: torch.nn.Module) -> int:
    return sum(len(m._forward_hooks) + len(m._forward_pre_hooks) for m in model.modules())


@pytest.fixture
def count_hooks() -> Callable[[torch.nn.Module], int]:
    return hooks_of
