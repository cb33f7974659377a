"""Channel orders: by the prompt, fixed, and learned through a soft permutation."""

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.checkpoints import Checkpoint, load_checkpoint, save_checkpoint
from core.degradations import KEYS
from core.models import DFPIR, DGCPM, DGM, DFPIRConfig
from core.models.channel_order import RandomOrder, reorder, soft_permutation
from core.models.config import Order
from core.prompts import random_codes

TINY = DFPIRConfig(dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=12)
ORDERS: tuple[Order, ...] = get_args(Order)

scores_arrays = arrays.arrays(
    np.float64,
    st.integers(2, 9).map(lambda n: (1, n)),
    elements=st.integers(-50, 50).map(lambda number: number / 10),
    unique=True,
)


def network(order: Order) -> DFPIR:
    torch.manual_seed(0)
    return DFPIR(dataclasses.replace(TINY, order=order))


class TestDGM:
    def test_lists_channels_by_descending_score(self, randomised: Callable, features: Callable) -> None:
        dgm = randomised(DGM(12, 10))
        prompt = features(3, 12)
        hidden = prompt.numpy() @ dgm.hidden.weight.numpy().T + dgm.hidden.bias.numpy()
        scores = hidden @ dgm.score.weight.numpy().T + dgm.score.bias.numpy()
        np.testing.assert_array_equal(dgm(prompt).numpy(), np.argsort(-scores, axis=1))

    @pytest.mark.parametrize("cast", [torch.nn.Module.half, torch.nn.Module.bfloat16])
    def test_half_precision_module_keeps_its_orders(self, features: Callable, cast) -> None:
        torch.manual_seed(0)
        model = DFPIR(TINY)
        prompts = features(20, 12).float()
        before = [block.dgcpm.dgm(prompts) for block in model.dgpb]
        cast(model)
        assert model.stem.weight.dtype.itemsize == 2
        assert {p.dtype for block in model.dgpb for p in block.dgcpm.dgm.parameters()} == {torch.float32}
        assert all(
            torch.equal(block.dgcpm.dgm(prompts), order) for block, order in zip(model.dgpb, before, strict=True)
        )

    def test_prompt_is_not_rounded_under_autocast(self, features: Callable) -> None:
        torch.manual_seed(0)
        dgm = DGM(64, 256)
        prompts = features(8, 64).float()
        with torch.autocast("cpu", torch.bfloat16):
            under_autocast = dgm(prompts)
        assert torch.equal(under_autocast, dgm(prompts))
        # What would happen otherwise:
        rounded = torch.nn.Linear(64, 256)
        rounded.load_state_dict(dgm.score.state_dict())
        scores = rounded.bfloat16()(dgm.hidden.bfloat16()(prompts.bfloat16()))
        assert not torch.equal(scores.topk(256).indices, under_autocast)

    def test_converts_to_float64_and_back(self) -> None:
        dgm = DGM(12, 10)
        before = {name: value.clone() for name, value in dgm.state_dict().items()}
        assert {p.dtype for p in dgm.double().parameters()} == {torch.float64}
        assert {p.dtype for p in dgm.float().parameters()} == {torch.float32}
        assert all(torch.equal(value, before[name]) for name, value in dgm.state_dict().items())

    def test_gets_no_gradient_while_everything_else_does(self) -> None:
        torch.manual_seed(0)
        model = DFPIR(TINY)
        model(torch.rand(2, 3, 16, 16), torch.randn(2, 12)).square().mean().backward()
        without = {name for name, parameter in model.named_parameters() if parameter.grad is None}
        assert without == {name for name, _ in model.named_parameters() if ".dgm." in name}


class TestOrders:
    @pytest.mark.parametrize("order", ORDERS)
    def test_forward_against_numpy(self, randomised: Callable, features: Callable, order: Order) -> None:
        dgcpm = randomised(DGCPM(4, 6, 2, order))
        x, prompt = features(2, 4, 3, 5), features(2, 6)
        if order in ("prompt", "learned"):
            hidden = prompt.numpy() @ dgcpm.dgm.hidden.weight.numpy().T + dgcpm.dgm.hidden.bias.numpy()
            scores = hidden @ dgcpm.dgm.score.weight.numpy().T + dgcpm.dgm.score.bias.numpy()
        else:
            fixed = -np.arange(8) if order == "identity" else dgcpm.state_dict()["dgm.scores"].numpy()
            scores = np.stack([fixed, fixed])

        wide = np.einsum("dc,bchw->bdhw", dgcpm.expand.weight.numpy()[:, :, 0, 0], x.numpy())
        wide += dgcpm.expand.bias.numpy()[:, None, None]
        shuffled = np.stack([sample[np.argsort(-row)] for sample, row in zip(wide, scores, strict=True)])
        expected = np.einsum("dc,bchw->bdhw", dgcpm.reduce.weight.numpy()[:, :, 0, 0], shuffled)
        expected += dgcpm.reduce.bias.numpy()[:, None, None]

        np.testing.assert_allclose(dgcpm(x, prompt).numpy(), expected, rtol=1e-10, atol=1e-12)

    @pytest.mark.parametrize("order", ["random", "identity"])
    def test_fixed_order_is_the_same_for_all_prompts_and_gets_no_gradient(self, order: Order) -> None:
        dgm = DGCPM(8, 12, 2, order).dgm
        rows = dgm(torch.randn(3, 12, generator=torch.Generator().manual_seed(0)))
        assert rows.shape == (3, 16) and rows.dtype == torch.int64
        assert torch.equal(rows[0], rows[1]) and torch.equal(rows[0], rows[2])
        assert sorted(rows[0].tolist()) == list(range(16))
        assert (rows[0].tolist() == list(range(16))) == (order == "identity")
        assert not list(dgm.parameters())

    def test_random_order_is_independent_of_the_global_seed(self) -> None:
        prompt = torch.zeros(1, 12)
        torch.manual_seed(1)
        first = RandomOrder(64)(prompt)
        torch.manual_seed(2)
        assert torch.equal(RandomOrder(64)(prompt), first)
        assert not torch.equal(RandomOrder(128)(prompt)[0, :64], first[0])

    @pytest.mark.parametrize("order", ORDERS)
    def test_half_precision_network_keeps_its_orders(self, features: Callable, order: Order) -> None:
        model, prompts = network(order), features(20, 12).float()
        before = [block.dgcpm.dgm(prompts) for block in model.dgpb]
        model.half()
        assert all(torch.equal(b.dgcpm.dgm(prompts), o) for b, o in zip(model.dgpb, before, strict=True))

    @pytest.mark.parametrize("order", ORDERS)
    def test_checkpoint_restores_the_order(self, tmp_path: Path, order: Order) -> None:
        model, bank = network(order).eval(), random_codes(KEYS, seed=1, width=12)
        with torch.no_grad():
            for name, tensor in model.state_dict().items():
                if ".dgm." in name:  # other than a new network's
                    tensor.copy_(tensor.flip(-1))
        path = save_checkpoint(tmp_path / "model.safetensors", Checkpoint.from_model(model, bank))
        built = load_checkpoint(path).build()

        assert built.config.order == order
        prompts = torch.from_numpy(np.stack([bank.embedding(key) for key in KEYS]))
        for ours, theirs in zip(model.dgpb, built.dgpb, strict=True):
            assert torch.equal(theirs.dgcpm.dgm(prompts), ours.dgcpm.dgm(prompts))

    def test_configuration_without_an_order_is_the_published_one(self) -> None:
        values = TINY.to_dict()
        del values["order"]
        assert DFPIRConfig.from_dict(values) == dataclasses.replace(TINY, order="prompt")


class TestSoftPermutation:
    @settings(deadline=None)
    @given(scores_arrays, st.floats(0.05, 5))
    def test_agrees_with_the_formula(self, scores: np.ndarray, temperature: float) -> None:
        soft = soft_permutation(torch.from_numpy(scores), temperature)[0].numpy()
        scaled = scores[0] / scores[0].std()
        for row, ranked in enumerate(sorted(scaled, reverse=True)):
            weights = np.exp(-np.abs(ranked - scaled) / temperature)
            np.testing.assert_allclose(soft[row], weights / weights.sum(), rtol=1e-6, atol=1e-12)

    @settings(deadline=None)
    @given(scores_arrays)
    def test_its_largest_entries_are_the_order(self, scores: np.ndarray) -> None:
        soft = soft_permutation(torch.from_numpy(scores), 1.0)[0]
        assert soft.argmax(dim=-1).tolist() == np.argsort(-scores[0]).tolist()

    def test_approaches_the_permutation_at_low_temperature(self) -> None:
        soft = soft_permutation(torch.tensor([[0.1, 3.0, -1.0]]), 1e-3)
        torch.testing.assert_close(soft, torch.eye(3)[[1, 0, 2]][None])

    def test_is_independent_of_the_scale_of_the_scores(self, features: Callable) -> None:
        scores = features(2, 7)
        torch.testing.assert_close(soft_permutation(100 * scores + 3), soft_permutation(scores))

    def test_gradient(self, features: Callable) -> None:
        assert torch.autograd.gradcheck(lambda s: soft_permutation(s, 0.7), features(2, 5).requires_grad_())
        equal = torch.ones(1, 4, requires_grad=True)
        soft_permutation(equal).square().sum().backward()
        assert torch.isfinite(equal.grad).all()


class TestReorder:
    @pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16])
    def test_soft_matrix_does_not_change_the_values(self, features: Callable, dtype: torch.dtype) -> None:
        wide, scores = features(2, 6, 3, 4).to(dtype), features(2, 6).float()
        order = scores.argsort(dim=-1, descending=True)
        out = reorder(wide, order, soft_permutation(scores).requires_grad_())
        assert out.dtype == dtype
        for sample in range(2):
            assert torch.equal(out[sample], wide[sample, order[sample]])

    def test_gradients_are_those_of_a_straight_through_estimator(self, features: Callable) -> None:
        scores = features(2, 6)
        order = scores.argsort(dim=-1, descending=True)
        gradients = []
        for explicit in (False, True):
            wide = features(2, 6, 3, 4).requires_grad_()
            soft = soft_permutation(scores).detach().requires_grad_()
            if explicit:
                hard = torch.nn.functional.one_hot(order, 6).double()
                out = torch.einsum("bij,bjhw->bihw", hard + soft - soft.detach(), wide)
            else:
                out = reorder(wide, order, soft)
            (out * features(2, 6, 3, 4, seed=9)).sum().backward()
            gradients.append((wide.grad, soft.grad))
        torch.testing.assert_close(gradients[0], gradients[1])


def loss_of_known_orders(order: Order) -> float:
    """Train only the order, for two prompts with different target permutations; returns the last squared error."""
    generator = torch.Generator().manual_seed(4)
    wanted = torch.stack([torch.randperm(6, generator=generator) for _ in range(2)])
    prompts = torch.randn(2, 16, generator=generator)
    torch.manual_seed(0)
    dgcpm = DGCPM(6, 16, 1, order)
    for conv in (dgcpm.expand, dgcpm.reduce):
        torch.nn.init.dirac_(conv.weight.requires_grad_(False))
        torch.nn.init.zeros_(conv.bias.requires_grad_(False))
    optimiser = torch.optim.Adam(dgcpm.parameters(), lr=1e-2)
    for _ in range(150):
        x = torch.randn(2, 6, 4, 4, generator=generator)
        target = torch.stack([sample[order] for sample, order in zip(x, wanted, strict=True)])
        loss = (dgcpm(x, prompts) - target).square().mean()
        if not loss.requires_grad:
            break
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return loss.item()


class TestLearned:
    def test_output_is_bit_identical_to_that_of_the_prompt_order(self) -> None:
        published, learned = network("prompt"), network("learned")
        learned.load_state_dict(published.state_dict(), strict=True)
        image = torch.rand(2, 3, 16, 16, generator=torch.Generator().manual_seed(1))
        prompt = 10 * torch.randn(2, 12, generator=torch.Generator().manual_seed(2))
        with torch.no_grad():
            expected = published(image, prompt)
            assert torch.equal(learned(image, prompt), expected)
        assert torch.equal(learned(image, prompt), expected)

    @pytest.mark.parametrize("autocast", [False, True])
    def test_the_dgm_gets_gradients(self, autocast: bool) -> None:
        model = network("learned")
        with torch.autocast("cpu", torch.bfloat16, enabled=autocast):
            out = model(torch.rand(2, 3, 16, 16), torch.randn(2, 12))
        out.float().square().mean().backward()
        for block in model.dgpb:
            for parameter in block.dgcpm.dgm.parameters():
                assert parameter.dtype == parameter.grad.dtype == torch.float32
                assert torch.isfinite(parameter.grad).all() and parameter.grad.abs().max() > 0

    def test_inference_computes_no_soft_permutation(self, monkeypatch: pytest.MonkeyPatch) -> None:
        calls: list[tuple[int, ...]] = []

        def counted(scores: torch.Tensor) -> torch.Tensor:
            calls.append(tuple(scores.shape))
            return soft_permutation(scores)

        monkeypatch.setattr("core.models.dgpb.soft_permutation", counted)
        model = network("learned")
        with torch.no_grad():
            model(torch.rand(1, 3, 8, 8), torch.randn(1, 12))
        assert calls == []
        model(torch.rand(1, 3, 8, 8), torch.randn(1, 12))
        assert calls == [(1, 16), (1, 32), (1, 64), (1, 128)]

    def test_learns_known_orders_that_other_modes_cannot(self) -> None:
        losses = {order: loss_of_known_orders(order) for order in ORDERS}
        others = min(loss for order, loss in losses.items() if order != "learned")
        assert losses["learned"] < 0.5 * others
