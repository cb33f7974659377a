"""Depthwise convolutions of bands, with what follows them."""

import pytest
import torch
import torch.nn.functional as F

from core.inference.streaming.bands import depthwise, for_products


def rows(height: int, width: int, channels: int, dtype: torch.dtype, seed: int) -> torch.Tensor:
    return torch.randn(height + 2, width, channels, generator=torch.Generator().manual_seed(seed)).to(dtype)


def taps(channels: int, dtype: torch.dtype, seed: int) -> torch.Tensor:
    return torch.randn(channels, 1, 3, 3, generator=torch.Generator().manual_seed(seed)).to(dtype)


def gated(height: int, width: int, channels: int, dtype: torch.dtype, replicate: bool = False) -> torch.Tensor:
    """GELU of one convolution times another, by the functions under test."""
    gate = depthwise(rows(height, width, channels, dtype, 1), taps(channels, dtype, 2), replicate, "gelu")
    return depthwise(rows(height, width, channels, dtype, 3), taps(channels, dtype, 4), replicate, gate)


def expected(height: int, width: int, channels: int, dtype: torch.dtype, replicate: bool = False) -> torch.Tensor:
    """The same in float64, from the same rounded inputs, by nine shifted products."""

    def convolved(seed: int) -> torch.Tensor:
        inside = rows(height, width, channels, dtype, seed).double()
        weight = taps(channels, dtype, seed + 1).double()[:, 0]
        edges = (inside[:, :1], inside[:, -1:]) if replicate else [torch.zeros_like(inside[:, :1])] * 2
        wide = torch.cat([edges[0], inside, edges[1]], dim=1)
        parts = [wide[y : y + height, x : x + width] * weight[:, y, x] for y in range(3) for x in range(3)]
        return torch.stack(parts).sum(0).flatten(0, 1)

    return F.gelu(convolved(1)) * convolved(3)


SHAPES = [(1, 1, 1), (1, 7, 16), (5, 1, 24), (6, 9, 32), (4, 33, 48)]


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("replicate", [False, True])
@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-6), (torch.bfloat16, 0.02), (torch.float64, 1e-14)])
def test_gate_and_value_agree_with_double_precision(
    shape: tuple[int, int, int], replicate: bool, dtype: torch.dtype, bound: float
) -> None:
    exact = expected(*shape, dtype, replicate)
    made = gated(*shape, dtype, replicate)
    assert made.shape == exact.shape
    assert made.dtype == dtype
    assert (made.double() - exact).abs().max() <= bound * (1 + exact.abs().max())


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_matrices_for_products_keep_their_values(dtype: torch.dtype) -> None:
    matrix = torch.arange(12.0).view(3, 4)
    assert torch.equal(for_products(matrix, dtype).float(), matrix)
