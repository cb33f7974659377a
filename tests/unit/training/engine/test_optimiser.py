import copy
import math

import pytest
import torch

from core.models import DFPIR, DFPIRConfig
from training.engine.config import Optimiser, RunSettings, Stage
from training.engine.optimiser import Optimisers, Rates

CONFIG = DFPIRConfig(
    dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=16, stem=2
)


def network() -> DFPIR:
    torch.manual_seed(0)
    return DFPIR(CONFIG).to(memory_format=torch.channels_last)


def loss_of(model: DFPIR) -> torch.Tensor:
    torch.manual_seed(1)
    return model(torch.rand(2, 3, 32, 32), torch.randn(2, 16)).square().mean()


def update(model: DFPIR, optimisers: Optimisers) -> float:
    loss_of(model).backward()
    norm = optimisers.collect()
    optimisers.step(1.0)
    return norm.item()


def rates(optimiser: Optimiser, *stages: Stage) -> Rates:
    return Rates(RunSettings(name="x", stages=stages, optimiser=optimiser))


@pytest.mark.parametrize("muon_lr", [0.0, 0.02])
@pytest.mark.parametrize("kind", ["adam", "adamw"])
def test_one_step_changes_every_weight_but_those_of_the_dgm(kind: str, muon_lr: float) -> None:
    model = network()
    before = {name: weight.detach().clone() for name, weight in model.named_parameters()}
    update(model, Optimisers(model, Optimiser(kind=kind, lr=1e-3, muon_lr=muon_lr)))  # type: ignore[arg-type]
    unchanged = {name for name, weight in model.named_parameters() if torch.equal(weight, before[name])}
    assert unchanged == {name for name in before if ".dgm." in name}  # the published order is not learned
    assert all(weight.grad is None for weight in model.parameters())


def test_adam_and_adamw_follow_their_papers() -> None:
    for kind, decay in (("adam", 0.0), ("adam", 0.1), ("adamw", 0.1)):
        weight = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.constant_(weight.weight, 2.0)
        settings = Optimiser(kind=kind, lr=0.01, betas=(0.8, 0.9), weight_decay=decay, clip=0.0)  # type: ignore[arg-type]
        optimisers = Optimisers(weight, settings)
        value, m, v = 2.0, 0.0, 0.0
        for step, gradient in enumerate((3.0, -1.0, 0.5), 1):
            weight(torch.full((1, 1), gradient)).sum().backward()
            optimisers.collect()
            optimisers.step(0.5)
            if kind == "adamw":
                value *= 1 - 0.005 * decay
            g = gradient + (decay * value if kind == "adam" else 0)
            m, v = 0.8 * m + 0.2 * g, 0.9 * v + 0.1 * g * g
            value -= 0.005 * (m / (1 - 0.8**step)) / (math.sqrt(v / (1 - 0.9**step)) + 1e-8)
            assert weight.weight.item() == pytest.approx(value, rel=1e-5)


def test_muon_s_updates_are_orthogonal() -> None:
    model = network()
    weight = model.up[0].conv.weight
    before = weight.detach().clone()
    update(model, Optimisers(model, Optimiser(muon_lr=0.02)))
    spectrum = torch.linalg.svdvals((weight.detach() - before).flatten(1))
    assert spectrum.min() / spectrum.max() > 0.4  # Newton-Schulz brings all singular values near one another


def test_weight_moved_after_creating_the_optimiser_is_detected() -> None:
    model = network()
    optimisers = Optimisers(model, Optimiser(muon_lr=0.02))
    model.down[0].conv.weight.data = model.down[0].conv.weight.data.clone()
    with pytest.raises(RuntimeError, match="moved"):
        update(model, optimisers)


@pytest.mark.parametrize("muon_lr", [0.0, 0.02])
def test_gradient_is_clipped_as_a_whole(muon_lr: float) -> None:
    plain = network()
    (100 * loss_of(plain)).backward()
    expected = math.sqrt(sum(p.grad.square().sum().item() for p in plain.parameters() if p.grad is not None))
    model = network()
    optimisers = Optimisers(model, Optimiser(muon_lr=muon_lr, clip=0.25))
    (100 * loss_of(model)).backward()
    assert optimisers.collect().item() == pytest.approx(expected, rel=1e-5)
    groups = [group for one in (optimisers.adam, optimisers.muon) if one for group in one.param_groups]
    clipped = [p.grad for group in groups for p in group["params"] if p.grad is not None]
    assert math.sqrt(sum(g.square().sum().item() for g in clipped)) == pytest.approx(0.25, rel=1e-4)


def test_scaled_loss_gives_the_same_update_and_an_overflow_none() -> None:
    models = [network(), network()]
    settings = Optimiser(lr=1e-3, muon_lr=0.02)
    plain = Optimisers(models[0], settings)
    scaled = Optimisers(models[1], settings, torch.amp.GradScaler("cpu", init_scale=256.0))
    loss_of(models[0]).backward()
    scaled.scaler.scale(loss_of(models[1])).backward()
    assert scaled.collect().item() == pytest.approx(plain.collect().item(), rel=1e-6)
    plain.step(1.0)
    scaled.step(1.0)
    for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-5, atol=1e-6)
    before = [weight.detach().clone() for weight in models[1].parameters()]
    scaled.scaler.scale(math.inf * loss_of(models[1])).backward()
    assert not math.isfinite(scaled.collect().item())
    scaled.step(1.0)
    assert all(torch.equal(a, b) for a, b in zip(before, models[1].parameters(), strict=True))
    assert scaled.scaler.get_scale() == 128.0


def test_rate_warms_up_and_follows_a_cosine_to_zero() -> None:
    schedule = rates(Optimiser(warmup=10), Stage(60, 16, 1), Stage(50, 32, 1))
    shares = [schedule.share(step) for step in range(110)]
    assert shares[:10] == pytest.approx([(step + 1) / 10 for step in range(10)])
    assert shares[10] == 1.0 and shares[60] == pytest.approx(0.5) and 0 < shares[109] < 0.001
    assert shares[35] == pytest.approx((1 + math.cos(math.pi / 4)) / 2)


def test_cosine_ends_at_min_lr_and_a_constant_rate_stays() -> None:
    cosine = rates(Optimiser(lr=1e-3, min_lr=1e-4, warmup=0), Stage(100, 16, 1))
    assert cosine.share(0) == 1.0 and cosine.share(50) == pytest.approx(0.55)
    assert cosine.share(100) == cosine.share(500) == pytest.approx(0.1)
    constant = rates(Optimiser(schedule="constant", warmup=2), Stage(100, 16, 1))
    assert [constant.share(step) for step in (0, 1, 2, 99)] == [0.5, 1.0, 1.0, 1.0]


def test_stage_with_a_rate_starts_a_new_schedule() -> None:
    paper = Optimiser(kind="adam", lr=1e-4, warmup=4)
    schedule = rates(
        paper,
        Stage(60, 16, 1),
        Stage(44, 16, 1),
        Stage(10, 32, 1, lr=1e-5),
        Stage(10, 32, 1, lr=2e-5, schedule="constant"),
    )
    rate = [1e-4 * schedule.share(step) for step in range(124)]
    assert rate[54] == pytest.approx(0.5e-4) and rate[103] < 1e-7  # the second stage goes on with the first one's
    assert rate[104] == pytest.approx(1e-5) and rate[109] == pytest.approx(0.5e-5) and rate[113] < 1e-6
    assert rate[114:] == pytest.approx([2e-5] * 10)


def test_restored_state_continues_identically() -> None:
    models = [network(), network()]
    first = Optimisers(models[0], Optimiser(muon_lr=0.02))
    update(models[0], first)
    models[1].load_state_dict(models[0].state_dict())
    second = Optimisers(models[1], Optimiser(muon_lr=0.02))
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    for model, optimisers in zip(models, (first, second), strict=True):
        update(model, optimisers)
    for a, b in zip(models[0].parameters(), models[1].parameters(), strict=True):
        assert torch.equal(a, b)
