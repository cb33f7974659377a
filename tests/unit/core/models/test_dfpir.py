"""The whole network in its variants: shapes, effect of the prompt, invalid input."""

import dataclasses
import json

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.models import DFPIR, DFPIRConfig
from core.models.config import MaskMode

TINY = DFPIRConfig(dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=12)
VARIANTS = {
    "no DGPB": {"perturbation": "none"},
    "DGCPM only": {"perturbation": "dgcpm"},
    "CAAPM only": {"perturbation": "caapm"},
    "shuffle factor 1": {"shuffle_factor": 1},
    "stem 2": {"stem": 2},
    "residual": {"dgpb_residual": True},
    "another decoder": {"decoder_blocks": (0, 2, 1)},
    "no refinement": {"refinement_blocks": 0},
    "random order": {"order": "random"},
    "no reordering": {"order": "identity"},
    "learned order": {"order": "learned"},
}


def network(**changes: object) -> DFPIR:
    torch.manual_seed(0)
    return DFPIR(dataclasses.replace(TINY, **changes)).eval()


def picture(height: int = 16, width: int = 32, batch: int = 2) -> torch.Tensor:
    return torch.rand(batch, 3, height, width, generator=torch.Generator().manual_seed(1))


def prompts(batch: int = 2) -> torch.Tensor:
    return 10 * torch.randn(batch, TINY.prompt_dim, generator=torch.Generator().manual_seed(2))


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS.keys())
def test_variants_run_and_learn(changes: dict) -> None:
    model = network(**changes)
    out = model(picture(), prompts())
    assert out.shape == (2, 3, 16, 32)
    out.square().mean().backward()
    learning = [p.grad for name, p in model.named_parameters() if ".dgm." not in name]
    assert all(gradient is not None and torch.isfinite(gradient).all() for gradient in learning)


@pytest.mark.parametrize("changes", VARIANTS.values(), ids=VARIANTS.keys())
def test_prompt_has_an_effect_if_it_determines_an_order(changes: dict) -> None:
    model = network(**changes)
    same = picture(batch=1).expand(2, -1, -1, -1)
    with torch.no_grad():
        out = model(same, prompts())
    steered = not torch.allclose(out[0], out[1], atol=1e-6)
    config = model.config
    assert steered == (config.perturbation in ("full", "dgcpm") and config.order in ("prompt", "learned"))


@settings(deadline=None, max_examples=15)
@given(st.integers(1, 3), st.integers(1, 3), st.integers(1, 2), st.integers(1, 2))
def test_output_has_the_shape_of_the_input(rows: int, columns: int, batch: int, stem: int) -> None:
    model = network(stem=stem)
    height, width = rows * model.config.multiple, columns * model.config.multiple
    with torch.no_grad():
        assert model(picture(height, width, batch), prompts(batch)).shape == (batch, 3, height, width)


def test_samples_of_a_batch_are_independent() -> None:
    model = network().double()
    x, prompt = picture().double(), prompts().double()
    with torch.no_grad():
        together = model(x, prompt)
        for sample in range(2):
            alone = model(x[sample : sample + 1], prompt[sample : sample + 1])
            torch.testing.assert_close(alone[0], together[sample])


def test_network_predicts_a_residual() -> None:
    model = network()
    with torch.no_grad():
        model.head.weight.zero_()
        torch.testing.assert_close(model(picture(), prompts()), picture(), rtol=0, atol=0)


def test_channels_last_is_only_a_layout() -> None:
    model = network().double()
    x, prompt = picture().double(), prompts().double()
    with torch.no_grad():
        plain = model(x, prompt)
        last = model.to(memory_format=torch.channels_last)(x.contiguous(memory_format=torch.channels_last), prompt)
    torch.testing.assert_close(last, plain)


def test_bfloat16_stays_near_float32() -> None:
    model = network()
    with torch.no_grad():
        expected = model(picture(), prompts())
        out = model.bfloat16()(picture().bfloat16(), prompts())
    assert out.dtype == torch.bfloat16
    torch.testing.assert_close(out.float(), expected, rtol=0, atol=0.05)


@pytest.mark.parametrize(
    ("image", "prompt", "expected"),
    [
        ((3, 16, 16), (1, 12), r"\(B, 3, H, W\)"),
        ((1, 4, 16, 16), (1, 12), r"\(B, 3, H, W\)"),
        ((1, 3, 16, 20), (1, 12), "20x16 pixels; expected multiples of 8"),
        ((1, 3, 12, 16), (1, 12), "16x12 pixels; expected multiples of 8"),
        ((2, 3, 16, 16), (1, 12), r"expected \(2, 12\)"),
        ((1, 3, 16, 16), (1, 13), r"expected \(1, 12\)"),
        ((1, 3, 16, 16), (12,), r"expected \(1, 12\)"),
    ],
)
def test_wrong_shapes_are_refused(image: tuple, prompt: tuple, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        network()(torch.zeros(image), torch.zeros(prompt))


def test_stem_of_two_needs_multiples_of_sixteen() -> None:
    with pytest.raises(ValueError, match="multiples of 16"):
        network(stem=2)(torch.zeros(1, 3, 24, 16), prompts(1))


@pytest.mark.parametrize("mode", ["before_softmax", "multiply_logits", "after_softmax"])
def test_mask_modes_agree_when_nothing_is_masked(mode: MaskMode) -> None:
    with torch.no_grad():
        plain = network(keep=1.0)(picture(), prompts())
        torch.testing.assert_close(network(keep=1.0, mask_mode=mode)(picture(), prompts()), plain)


class TestConfig:
    @given(
        st.builds(
            DFPIRConfig,
            dim=st.sampled_from([8, 16, 48]),
            blocks=st.tuples(*[st.integers(0, 9)] * 4),
            decoder_blocks=st.none() | st.tuples(*[st.integers(0, 9)] * 3),
            keep=st.floats(0.01, 1),
            expansion=st.floats(1, 4),
            perturbation=st.sampled_from(["full", "dgcpm", "caapm", "none"]),
            stem=st.integers(1, 3),
            dgpb_residual=st.booleans(),
            order=st.sampled_from(["prompt", "random", "identity", "learned"]),
        )
    )
    def test_round_trip_through_json(self, config: DFPIRConfig) -> None:
        assert DFPIRConfig.from_dict(json.loads(json.dumps(config.to_dict()))) == config

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("dim", 0),
            ("dim", 47),
            ("blocks", (1, 1, 1)),
            ("blocks", (1, 1, 1, -1)),
            ("decoder_blocks", (1, 1)),
            ("refinement_blocks", -1),
            ("heads", (1, 2, 4)),
            ("heads", (1, 5, 4, 8)),
            ("heads", (0, 2, 4, 8)),
            ("expansion", 0.0),
            ("keep", 0.0),
            ("keep", 1.1),
            ("keep", float("nan")),
            ("mask_mode", "sometimes"),
            ("prompt_dim", 0),
            ("perturbation", "some"),
            ("shuffle_factor", 0),
            ("stem", 0),
            ("order", "sorted"),
        ],
    )
    def test_values_out_of_range_are_named(self, field: str, value: object) -> None:
        with pytest.raises(ValueError, match=field):
            DFPIRConfig(**{field: value})

    def test_unknown_fields_are_named(self) -> None:
        with pytest.raises(ValueError, match="colour"):
            DFPIRConfig.from_dict({"dim": 48, "colour": "blue"})

    def test_wrong_types_are_refused(self) -> None:
        with pytest.raises(ValueError, match="dim = '48'"):
            DFPIRConfig.from_dict({"dim": "48"})
        with pytest.raises(ValueError, match="wrong type"):
            DFPIRConfig.from_dict({"blocks": 4})
