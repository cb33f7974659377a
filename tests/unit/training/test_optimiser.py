import copy
import math

import pytest
import torch

from core.models import DFPIR, DFPIRConfig
from training.config import Optimiser
from training.optimiser import Optimisers

CONFIG = DFPIRConfig(
    dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=16, stem=2
)


def network() -> DFPIR:
    torch.manual_seed(0)
    return DFPIR(CONFIG).to(memory_format=torch.channels_last)


def backward(model: DFPIR) -> None:
    torch.manual_seed(1)
    model(torch.rand(2, 3, 32, 32), torch.randn(2, 16)).square().mean().backward()


@pytest.mark.parametrize("muon_lr", [0.0, 0.02])
def test_one_step_changes_every_weight_but_those_of_the_dgm(muon_lr: float) -> None:
    model = network()
    optimisers = Optimisers(model, Optimiser(lr=1e-3, muon_lr=muon_lr, warmup=1), steps=10)
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    backward(model)
    optimisers.step(0)
    unchanged = {name for name, weight in model.named_parameters() if torch.equal(weight, before[name])}
    assert unchanged == {name for name in before if ".dgm." in name}  # the published order is not learned
    assert all(weight.grad is None for weight in model.parameters())


def test_muon_s_updates_are_orthogonal() -> None:
    model = network()
    optimisers = Optimisers(model, Optimiser(muon_lr=0.02, warmup=1), steps=10)
    weight = model.up[0].conv.weight
    before = weight.detach().clone()
    backward(model)
    optimisers.step(0)
    update = (weight.detach() - before).flatten(1)
    spectrum = torch.linalg.svdvals(update)
    assert spectrum.min() / spectrum.max() > 0.4  # Newton-Schulz brings all singular values near one another


def test_weight_moved_away_from_its_optimiser_is_noticed() -> None:
    model = network()
    optimisers = Optimisers(model, Optimiser(muon_lr=0.02), steps=10)
    model.down[0].conv.weight.data = model.down[0].conv.weight.data.clone()
    backward(model)
    with pytest.raises(RuntimeError, match="moved"):
        optimisers.step(0)


def test_rate_warms_up_and_follows_a_cosine_to_zero() -> None:
    optimisers = Optimisers(network(), Optimiser(warmup=10), steps=110)
    rates = [optimisers.rate(step) for step in range(110)]
    assert rates[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert rates[10] == 1.0 and rates[60] == pytest.approx(0.5) and rates[109] < 0.001
    assert rates[35] == pytest.approx((1 + math.cos(math.pi / 4)) / 2)


def test_state_makes_a_copy_go_on_alike() -> None:
    models = [network(), network()]
    first = Optimisers(models[0], Optimiser(muon_lr=0.02, warmup=2), steps=10)
    backward(models[0])
    first.step(0)
    models[1].load_state_dict(models[0].state_dict())
    second = Optimisers(models[1], Optimiser(muon_lr=0.02, warmup=2), steps=10)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for model, optimisers in zip(models, (first, second), strict=True):
        backward(model)
        optimisers.step(1)
    for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert torch.equal(a, b)
