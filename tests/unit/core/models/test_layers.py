"""The Restormer layers against formulas written out in NumPy."""

import math
from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import GDFN, MDTA, Downsample, LayerNorm, TransformerBlock, Upsample
from core.models.layers import _ReplicatedDepthwise, merge_heads, replicate_pad, split_heads


def conv1x1(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(B, C, H, W), (D, C, 1, 1) -> (B, D, H, W)."""
    return np.einsum("dc,bchw->bdhw", weight[:, :, 0, 0], x)


def depthwise3x3(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """(B, C, H, W), (C, 1, 3, 3) -> (B, C, H, W), zeros outside."""
    height, width = x.shape[2:]
    padded = np.pad(x, ((0, 0), (0, 0), (1, 1), (1, 1)))
    return sum(
        weight[None, :, 0, i, j, None, None] * padded[:, :, i : i + height, j : j + width]
        for i in range(3)
        for j in range(3)
    )


def test_layer_norm_is_over_the_channels_of_each_pixel(randomised: Callable, features: Callable) -> None:
    norm = randomised(LayerNorm(6))
    x = features(2, 6, 3, 5) * 3 + 1

    centred = x.numpy() - x.numpy().mean(axis=1, keepdims=True)
    scaled = centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5)
    expected = scaled * norm.weight.numpy()[:, None, None] + norm.bias.numpy()[:, None, None]

    np.testing.assert_allclose(norm(x).numpy(), expected, rtol=1e-12, atol=1e-12)


def test_layer_norm_does_not_depend_on_the_memory_layout(randomised: Callable, features: Callable) -> None:
    norm = randomised(LayerNorm(6))
    x = features(2, 6, 3, 5)
    torch.testing.assert_close(norm(x), norm(x.contiguous(memory_format=torch.channels_last)))


def test_gdfn_gates_with_the_exact_gelu_of_the_first_half(randomised: Callable, features: Callable) -> None:
    ffn = randomised(GDFN(4, 2.66))
    x = features(1, 4, 5, 3)
    hidden = int(4 * 2.66)

    wide = depthwise3x3(conv1x1(x.numpy(), ffn.project_in.weight.numpy()), ffn.depthwise.weight.numpy())
    gate, value = wide[:, :hidden], wide[:, hidden:]
    gelu = gate * 0.5 * (1 + np.vectorize(math.erf)(gate / math.sqrt(2)))
    expected = conv1x1(gelu * value, ffn.project_out.weight.numpy())

    np.testing.assert_allclose(ffn(x).numpy(), expected, rtol=1e-10, atol=1e-12)


def test_mdta_attends_between_the_channels_of_each_head(randomised: Callable, features: Callable) -> None:
    attn = randomised(MDTA(6, heads=2))
    x = features(1, 6, 4, 3)

    qkv = depthwise3x3(conv1x1(x.numpy(), attn.qkv.weight.numpy()), attn.qkv_depthwise.weight.numpy())
    qkv = qkv.reshape(18, 12)
    attended = []
    for head in range(2):
        rows = slice(3 * head, 3 * head + 3)
        q, k, v = qkv[0:6][rows], qkv[6:12][rows], qkv[12:18][rows]
        q = q / np.linalg.norm(q, axis=1, keepdims=True)
        k = k / np.linalg.norm(k, axis=1, keepdims=True)
        weights = np.exp(q @ k.T * attn.temperature.numpy()[head, 0, 0])
        attended.append(weights / weights.sum(axis=1, keepdims=True) @ v)
    expected = conv1x1(np.concatenate(attended).reshape(1, 6, 4, 3), attn.project_out.weight.numpy())

    np.testing.assert_allclose(attn(x).numpy(), expected, rtol=1e-10, atol=1e-12)


def test_attention_is_invariant_to_the_order_of_pixels_apart_from_its_convolutions(
    randomised: Callable, features: Callable
) -> None:
    # With the depthwise kernels reduced to their centre nothing but channel statistics remains.
    attn = randomised(MDTA(4, heads=1))
    with torch.no_grad():
        attn.qkv_depthwise.weight *= torch.eye(3).double()[1] * torch.eye(3).double()[1][:, None]
    x = features(1, 4, 4, 4)
    torch.testing.assert_close(attn(x.flip(2, 3)), attn(x).flip(2, 3))


def test_transformer_block_adds_both_parts_to_its_input(randomised: Callable, features: Callable) -> None:
    block = randomised(TransformerBlock(4, 2, 2.0))
    x = features(1, 4, 4, 4)
    middle = x + block.attn(block.norm1(x))
    torch.testing.assert_close(block(x), middle + block.ffn(block.norm2(middle)))
    with torch.no_grad():
        block.attn.project_out.weight.zero_()
        block.ffn.project_out.weight.zero_()
    torch.testing.assert_close(block(x), x)


def test_downsample_moves_pixels_to_channels(randomised: Callable, features: Callable) -> None:
    down = randomised(Downsample(4))
    x = features(2, 4, 6, 8)
    narrow = down.conv(x).numpy()  # (2, 2, 6, 8)
    y = down(x).numpy()
    assert y.shape == (2, 8, 3, 4)
    for channel in range(2):
        for i in range(2):
            for j in range(2):
                np.testing.assert_array_equal(y[:, 4 * channel + 2 * i + j], narrow[:, channel, i::2, j::2])


def test_upsample_moves_channels_to_pixels(randomised: Callable, features: Callable) -> None:
    up = randomised(Upsample(8))
    x = features(2, 8, 3, 4)
    wide = up.conv(x).numpy()  # (2, 16, 3, 4)
    y = up(x).numpy()
    assert y.shape == (2, 4, 6, 8)
    for i in range(2):
        for j in range(2):
            np.testing.assert_array_equal(y[:, :, i::2, j::2], wide[:, 2 * i + j :: 4])


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 6), st.integers(1, 6))
def test_merging_heads_inverts_splitting(features: Callable, heads: int, width: int, height: int, breadth: int) -> None:
    x = features(2, heads * width, height, breadth)
    split = split_heads(x, heads)
    assert split.shape == (2, heads, width, height * breadth)
    for head in range(heads):  # contiguous blocks of channels
        assert torch.equal(split[:, head], x[:, head * width : (head + 1) * width].flatten(2))
    assert torch.equal(merge_heads(split, height), x)


@pytest.mark.parametrize("module", [MDTA(4, 2), GDFN(4, 2.0), Downsample(4), Upsample(4)])
def test_convolutions_have_no_bias(module: torch.nn.Module) -> None:
    assert not [name for name, _ in module.named_parameters() if name.endswith("bias")]


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 5), (7, 4)])
def test_replicated_borders_are_those_of_numpy_and_their_gradient_is_exact(
    height: int, width: int, features: Callable
) -> None:
    x = features(2, 3, height, width).requires_grad_()
    padded = replicate_pad(x)
    np.testing.assert_array_equal(
        padded.detach().numpy(), np.pad(x.detach().numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    )
    assert padded.is_contiguous(memory_format=torch.channels_last)
    assert torch.autograd.gradcheck(replicate_pad, x)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (2, 5), (7, 4)])
def test_the_depthwise_convolution_with_replicated_borders_and_both_its_gradients(
    height: int, width: int, features: Callable
) -> None:
    x, weight = features(2, 3, height, width).requires_grad_(), features(3, 1, 3, 3).requires_grad_()
    edges = np.pad(x.detach().numpy(), ((0, 0), (0, 0), (1, 1), (1, 1)), mode="edge")
    expected = depthwise3x3(edges, weight.detach().numpy())[:, :, 1:-1, 1:-1]
    output = _ReplicatedDepthwise.apply(x, weight)
    np.testing.assert_allclose(output.detach().numpy(), expected, rtol=1e-12, atol=1e-12)
    assert torch.autograd.gradcheck(_ReplicatedDepthwise.apply, (x, weight))
