"""The streaming engine equals the plain network up to rounding."""

from copy import deepcopy
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from core.errors import Cancelled
from core.inference.streaming import CompiledDFPIR, NonFiniteError
from core.inference.streaming.attention import ChannelSums
from core.models import DFPIR, DFPIRConfig
from core.progress import CancelToken

SMALL: dict[str, Any] = {
    "dim": 8,
    "blocks": (1, 1, 1, 1),
    "refinement_blocks": 1,
    "heads": (1, 1, 2, 2),
    "expansion": 1.3,  # hidden channels that are no multiple of 16
    "prompt_dim": 6,
}


@lru_cache(maxsize=64)
def network(config: DFPIRConfig) -> DFPIR:
    torch.manual_seed(1)
    model = DFPIR(config).eval().requires_grad_(False)
    for parameter in model.parameters():
        if parameter.ndim == 1:  # including those that are initialised with ones or zeros
            parameter += 0.3 * torch.randn_like(parameter)
    return model


def pictures(batch: int, height: int, width: int) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(height * 100 + width).random((batch, 3, height, width), np.float32))


def prompts(batch: int, width: int = 6) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(batch).standard_normal((batch, width), np.float32))


def plain(model: DFPIR, images: torch.Tensor, codes: torch.Tensor) -> torch.Tensor:
    """(B, 3, H, W) of any size through the plain network, padded as documented; (B, H, W, 3)."""
    height, width = images.shape[2:]
    margin = [(0, 0), (0, 0), (0, -height % model.config.multiple), (0, -width % model.config.multiple)]
    padded = torch.from_numpy(np.pad(images.numpy(), margin, mode="reflect"))
    return model(padded, codes)[:, :, :height, :width].permute(0, 2, 3, 1)


def channels_last(image: torch.Tensor) -> torch.Tensor:
    return image.permute(1, 2, 0).contiguous()


configs = st.builds(
    DFPIRConfig,
    dim=st.sampled_from([4, 8, 10]),
    blocks=st.tuples(*[st.integers(0, 2)] * 4),
    decoder_blocks=st.none() | st.tuples(*[st.integers(0, 2)] * 3),
    refinement_blocks=st.integers(0, 2),
    heads=st.sampled_from([(1, 1, 1, 1), (1, 2, 2, 4), (2, 4, 4, 2)]),
    expansion=st.sampled_from([1.3, 2.0, 2.66]),
    keep=st.sampled_from([0.2, 0.9, 1.0]),
    mask_mode=st.sampled_from(["before_softmax", "multiply_logits", "after_softmax"]),
    prompt_dim=st.just(6),
    perturbation=st.sampled_from(["full", "full", "dgcpm", "caapm", "none"]),
    shuffle_factor=st.integers(1, 3),
    stem=st.integers(1, 3),
    dgpb_residual=st.booleans(),
    order=st.sampled_from(["prompt", "random", "identity", "learned"]),
    borders=st.sampled_from(["zeros", "replicate"]),
)


def mask_depends_on_rounding(model: DFPIR, image: torch.Tensor, code: torch.Tensor) -> bool:
    """Whether a change of the picture by the size of rounding errors changes the plain result by far more."""
    result, generator = plain(model, image, code), torch.Generator().manual_seed(5)
    changed = [image + 1e-6 * torch.randn(image.shape, generator=generator) for _ in range(3)]
    return any(bool((plain(model, other, code) - result).abs().max() > 1e-4) for other in changed)


@settings(deadline=None, max_examples=25)
@given(config=configs, height=st.integers(1, 50), width=st.integers(1, 50), band=st.integers(1, 2000))
def test_every_network_and_size_equals_the_plain_forward_pass(
    config: DFPIRConfig, height: int, width: int, band: int
) -> None:
    model, image, code = network(config), pictures(1, height, width), prompts(1)
    # In a picture of few pixels channels tie, and rounding decides which entries the mask keeps.
    assume(config.keep == 1.0 or not mask_depends_on_rounding(model, image, code))
    restored = CompiledDFPIR(model).restore(channels_last(image[0]), code[0], band=band)
    expected = plain(model, image, code)[0]
    assert (restored - expected).abs().max() < 3e-4 * (expected - channels_last(image[0])).abs().max() + 1e-6


def test_float64_differs_by_its_rounding_only() -> None:
    model, image, code = network(DFPIRConfig(**SMALL | {"blocks": (1, 0, 0, 0)})), pictures(1, 16, 9), prompts(1)
    model, image, code = deepcopy(model).double(), image.double(), code.double()
    restored = CompiledDFPIR(model, torch.float64).restore(channels_last(image[0]), code[0], band=40)
    torch.testing.assert_close(restored, plain(model, image, code)[0], rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("height", "width"), [(16, 9), (1, 1), (40, 24)])
def test_replicated_borders_agree_in_float64(height: int, width: int) -> None:
    config = DFPIRConfig(
        **SMALL | {"keep": 1.0, "borders": "replicate"}
    )  # near ties of the mask may be resolved differently
    model, image, code = deepcopy(network(config)).double(), pictures(1, height, width).double(), prompts(1).double()
    restored = CompiledDFPIR(model, torch.float64).restore(channels_last(image[0]), code[0], band=40)
    torch.testing.assert_close(restored, plain(model, image, code)[0], rtol=1e-10, atol=1e-10)


def test_each_prompt_of_a_batch_gives_its_own_result() -> None:
    model, images, codes = network(DFPIRConfig(**SMALL)), pictures(3, 40, 24), prompts(3)
    expected = plain(model, images, codes)
    compiled = CompiledDFPIR(model)
    for image, code, reference in zip(images, codes, expected, strict=True):
        torch.testing.assert_close(compiled.restore(channels_last(image), code), reference, rtol=0, atol=1e-5)
    other = compiled.restore(channels_last(images[0]), codes[1])
    assert (other - expected[0]).abs().max() > 1e-3


@pytest.mark.parametrize(("dtype", "bound"), [(torch.float32, 1e-5), (torch.bfloat16, 0.1), (torch.float16, 0.02)])
def test_reduced_precisions_differ_by_their_rounding(dtype: torch.dtype, bound: float) -> None:
    # Without a mask: near ties may be resolved differently, which would matter with so few channels.
    model, image, code = network(DFPIRConfig(**SMALL, keep=1.0)), pictures(1, 64, 48), prompts(1)
    restored = CompiledDFPIR(model, dtype).restore(channels_last(image[0]), code[0], band=500)
    expected = plain(model, image, code)[0]
    assert restored.dtype == torch.float32
    assert (restored - expected).std() < bound * (expected - channels_last(image[0])).std()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_published_width_with_one_block_per_level(dtype: torch.dtype) -> None:
    config = DFPIRConfig(blocks=(1, 1, 1, 1), refinement_blocks=0)
    if dtype != torch.float32:  # near ties of the mask are resolved differently, depending on the processor's rounding
        config = replace(config, keep=1.0)
    torch.manual_seed(0)
    model, image, code = DFPIR(config).requires_grad_(False), pictures(1, 40, 32), prompts(1, 512)
    restored = CompiledDFPIR(model, dtype).restore(channels_last(image[0]), code[0], band=200)
    expected = plain(model, image, code)[0]
    assert (restored - expected).abs().max() < (1e-5 if dtype == torch.float32 else 1e-2)


@pytest.mark.parametrize(("heads", "channels"), [(1, 32), (2, 64), (8, 256), (3, 384)])
@pytest.mark.parametrize("rows", [3, 37])
def test_sums_in_bfloat16_equal_those_in_double_precision(heads: int, channels: int, rows: int) -> None:
    torch.manual_seed(0)
    query_key = torch.randn(rows, 150, 2 * channels).to(torch.bfloat16)
    sums = ChannelSums(heads, channels, torch.bfloat16, torch.device("cpu"))
    sums.add(query_key)
    sums.add(query_key[:, 10:140])  # of a tile: not contiguous
    pixels = torch.cat([query_key.flatten(0, 1), query_key[:, 10:140].flatten(0, 1)]).double()
    query, key = (part.unflatten(1, (heads, -1)) for part in pixels.split(channels, dim=1))  # (N, heads, c)
    expected = torch.nn.functional.cosine_similarity(query[..., :, None], key[..., None, :], dim=0)
    assert (sums.cosines() - expected).abs().max() < 2e-3


def test_progress_increases_by_bands_and_ends_at_1() -> None:
    seen: list[float] = []
    image = channels_last(pictures(1, 64, 64)[0])
    CompiledDFPIR(network(DFPIRConfig(**SMALL))).restore(image, prompts(1)[0], band=512, progress=seen.append)
    assert seen == sorted(seen) and abs(seen[-1] - 1.0) < 1e-9
    assert max(np.diff([0.0, *seen])) < 0.05  # reported often


def test_cancel_stops_within_a_band() -> None:
    token, seen = CancelToken(), []

    def progress(fraction: float) -> None:
        seen.append(fraction)
        if len(seen) == 7:
            token.cancel()

    compiled = CompiledDFPIR(network(DFPIRConfig(**SMALL)))
    image = channels_last(pictures(1, 64, 64)[0])
    with pytest.raises(Cancelled):
        compiled.restore(image, prompts(1)[0], band=512, progress=progress, cancel=token)
    assert len(seen) == 7


def test_overflow_is_an_error() -> None:
    model = DFPIR(DFPIRConfig(**SMALL)).requires_grad_(False)
    model.stem.weight *= 1e7
    image = channels_last(pictures(1, 16, 16)[0])
    with pytest.raises(NonFiniteError):
        CompiledDFPIR(model, torch.float16).restore(image, prompts(1)[0])
    assert torch.isfinite(CompiledDFPIR(model, torch.float32).restore(image, prompts(1)[0])).all()
