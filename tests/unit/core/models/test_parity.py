"""The network gives the results of the authors' program, from a file in the authors' format to the picture."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch

from core.checkpoints import Checkpoint
from core.models import DFPIR, DFPIRConfig
from core.models.config import MaskMode

DGPBS = ("encoder_shuffle_channel1", "encoder_shuffle_channel2", "encoder_shuffle_channel3", "latent_shuffle_channel")
SMALL = DFPIRConfig(dim=16, blocks=(1, 2, 2, 2), refinement_blocks=1, expansion=2.0)
BOTH = [
    pytest.param("small", SMALL, id="small"),
    pytest.param("published", DFPIRConfig(), id="published"),
]


def run(model: DFPIR, case: Any, dtype: torch.dtype) -> tuple[np.ndarray, list, list, list]:
    """Return the output as float64, and inputs, outputs and channel orders of the DGPBs."""
    model = model.to(dtype)
    seen: tuple[list[torch.Tensor], ...] = ([], [], [])

    def see_block(_: object, args: tuple[torch.Tensor, ...], out: torch.Tensor) -> None:
        seen[0].append(args[0])
        seen[1].append(out)

    def see_order(_: object, __: object, out: torch.Tensor) -> None:
        seen[2].append(out)

    for block in model.dgpb:
        block.register_forward_hook(see_block)
        block.dgcpm.dgm.register_forward_hook(see_order)
    with torch.no_grad():
        y = model(*case.inputs(dtype))
    return y.double().numpy(), *([tensor.numpy() for tensor in tensors] for tensors in seen)


def assert_rounds_to(values: np.ndarray, stored: np.ndarray) -> None:
    # The expected values were computed in float64 and stored as float32, so half a unit in their last place is all
    # that may lie between; 1e-9 more for another order of summation.
    allowed = np.spacing(np.abs(stored)) / 2 + 1e-9
    assert (np.abs(values - stored) <= allowed).all(), f"off by up to {np.abs(values - stored).max():.2e}"


@pytest.mark.parametrize(("name", "config"), BOTH)
def test_float64_agrees_to_the_last_stored_bit(parity: Callable, name: str, config: DFPIRConfig) -> None:
    case = parity(name)
    assert case.checkpoint.kind == "published"
    assert case.checkpoint.config == config

    y, entering, leaving, orders = run(case.checkpoint.build(), case, torch.float64)

    for level, block in enumerate(DGPBS):
        assert_rounds_to(entering[level][:1], case.expected[f"{block}.in"])
        np.testing.assert_array_equal(orders[level], case.expected[f"{block}.order"])
        assert_rounds_to(leaving[level][:1], case.expected[f"{block}.out"])
    assert_rounds_to(y, case.expected["y"])


@pytest.mark.parametrize(("name", "config"), BOTH)
def test_float32_agrees_within_its_rounding(parity: Callable, name: str, config: DFPIRConfig) -> None:
    case = parity(name)

    y, _, _, orders = run(case.checkpoint.build(), case, torch.float32)

    for level, block in enumerate(DGPBS):
        np.testing.assert_array_equal(orders[level], case.expected[f"{block}.order"])
    np.testing.assert_allclose(y, case.expected["y"], rtol=0, atol=4e-4 if config.dim == 48 else 1e-4)


@pytest.mark.parametrize(
    ("mode", "key"), [("multiply_logits", "y_mask_logits"), ("after_softmax", "y_mask_after_softmax")]
)
def test_other_mask_modes_agree(parity: Callable, mode: MaskMode, key: str) -> None:
    case = parity("small")
    config = dataclasses.replace(case.checkpoint.config, mask_mode=mode)
    model = Checkpoint(config, case.checkpoint.state, case.checkpoint.prompts).build()

    y, *_ = run(model, case, torch.float64)

    assert_rounds_to(y, case.expected[key])
    assert np.abs(y - case.expected["y"]).max() > 0.01  # the modes are not the same


def test_default_configuration_has_the_published_number_of_parameters() -> None:
    with torch.device("meta"):
        model = DFPIR()
    assert sum(parameter.numel() for parameter in model.parameters()) == 31_104_761
