"""Deeper networks initialised from shallower ones."""

from dataclasses import replace

import pytest
import torch

from core.models import DFPIR, DFPIRConfig
from training.restoration.depth_expansion import can_expand, expand_into

SHALLOW = DFPIRConfig(
    dim=8, blocks=(1, 0, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=16, stem=2
)


@pytest.mark.parametrize(
    "deeper",
    [
        {},
        {"refinement_blocks": 3},
        {"blocks": (2, 1, 1, 3)},
        {"decoder_blocks": (2, 1, 2)},
        {"blocks": (1, 2, 2, 2), "decoder_blocks": (1, 1, 1), "refinement_blocks": 2},
    ],
)
def test_expanded_network_equals_the_shallower_and_learns(deeper: dict[str, object]) -> None:
    torch.manual_seed(0)
    old = DFPIR(SHALLOW).eval()
    config = replace(SHALLOW, **deeper)  # type: ignore[arg-type]
    assert can_expand(SHALLOW, config)
    new = DFPIR(config).eval()
    expand_into(new, old.state_dict())
    image, prompt = torch.rand(2, 3, 32, 48), torch.randn(2, 16)
    with torch.no_grad():
        assert torch.equal(new(image, prompt), old(image, prompt))
    # Of a block that is the identity, the last convolution is what learns first.
    new(image, prompt).square().mean().backward()
    gradients = [p.grad for name, p in new.named_parameters() if name.endswith("project_out.weight")]
    assert all(gradient is not None and gradient.abs().max() > 0 for gradient in gradients)


@pytest.mark.parametrize(
    "other",
    [{"dim": 16}, {"blocks": (1, 0, 1, 0)}, {"refinement_blocks": 0}, {"decoder_blocks": (0, 0, 1)}, {"stem": 1}],
)
def test_other_networks_cannot_be_expanded(other: dict[str, object]) -> None:
    assert not can_expand(SHALLOW, replace(SHALLOW, **other))  # type: ignore[arg-type]


def test_weights_of_another_network_are_refused() -> None:
    state = DFPIR(replace(SHALLOW, refinement_blocks=2)).state_dict()
    with pytest.raises(RuntimeError, match="refinement"):
        expand_into(DFPIR(SHALLOW), state)
