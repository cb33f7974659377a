import copy

import pytest
import torch

from training.engine.muon import Muon, orthogonal

SHAPES = [(24, 60), (60, 24), (32, 32)]


def trained(optimiser_of, steps: int = 4) -> list[torch.Tensor]:
    """Weights of three matrices after steps with random gradients, those of the second without any at first."""
    generator = torch.Generator().manual_seed(3)
    weights = [torch.nn.Parameter(torch.randn(shape, generator=generator)) for shape in SHAPES]
    optimiser = optimiser_of(weights)
    for step in range(steps):
        for place, weight in enumerate(weights):
            gradient = torch.randn(weight.shape, generator=generator)
            weight.grad = None if step == 0 and place == 1 else gradient
        optimiser.step()
    return [weight.detach() for weight in weights]


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.bfloat16, 0.0), (torch.float32, 0.04)])
def test_the_updates_are_those_of_pytorch(dtype: torch.dtype, tolerance: float) -> None:
    expected = trained(lambda weights: torch.optim.Muon(weights, lr=0.05, weight_decay=0.1))
    actual = trained(lambda weights: Muon(weights, 0.05, 0.1, dtype=dtype))
    for a, b in zip(actual, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=0, atol=tolerance * 0.05)


def test_singular_vectors_are_kept_and_singular_values_made_equal() -> None:
    generator = torch.Generator().manual_seed(1)
    for shape in SHAPES:
        matrix = torch.randn(shape, generator=generator)
        u, values, v = torch.linalg.svd(orthogonal(matrix, torch.float32), full_matrices=False)
        a, _, b = torch.linalg.svd(matrix, full_matrices=False)
        assert values.min() > 0.4 and values.max() < 1.3
        assert torch.linalg.matrix_norm(u @ v - a @ b, ord=2) < 1e-3


def test_a_state_of_pytorch_continues() -> None:
    weights = [torch.nn.Parameter(torch.ones(4, 6)), torch.nn.Parameter(torch.ones(4, 6))]
    first = torch.optim.Muon([weights[0]], lr=0.1, weight_decay=0.0)
    for weight in weights:
        weight.grad = torch.arange(24.0).reshape(4, 6)
    first.step()
    weights[1].data.copy_(weights[0].data)
    second = Muon([weights[1]], 0.1, dtype=torch.bfloat16)
    second.load_state_dict(copy.deepcopy(first.state_dict()))
    first.step()
    second.step()
    assert torch.equal(weights[0], weights[1])
