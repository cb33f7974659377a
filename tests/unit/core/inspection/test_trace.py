"""Tracing: recorded features and attention, unchanged results, and removed hooks."""

import dataclasses
import subprocess
import sys
from collections.abc import Callable

import numpy as np
import pytest
import torch

from core.checkpoints import Checkpoint
from core.errors import Cancelled, RestorationError
from core.inference import Restorer
from core.inspection import BLOCKS, STAGES, Inspector, region_of, run, trace
from core.models.config import MaskMode
from core.photo import Photo
from core.progress import CancelToken

MODES: tuple[MaskMode, ...] = ("before_softmax", "multiply_logits", "after_softmax")
DGPBS = ("encoder_shuffle_channel1", "encoder_shuffle_channel2", "encoder_shuffle_channel3", "latent_shuffle_channel")


def test_features_are_those_of_the_authors_program(parity: Callable) -> None:
    case = parity("small")
    model = case.checkpoint.build().double()
    # The expected picture is no photograph: its values go beyond [0, 1], which tracing does not mind.
    pixels = np.ascontiguousarray(case.expected["x"][0].transpose(1, 2, 0))

    seen = trace(model, case.expected["prompt"][0], pixels)

    for name, published in zip(BLOCKS, DGPBS, strict=True):
        features = seen.blocks[name].features
        np.testing.assert_allclose(features["F_n"], case.expected[f"{published}.in"][0], atol=2e-6)
        np.testing.assert_allclose(features["F_b"], case.expected[f"{published}.out"][0], atol=2e-6)
        np.testing.assert_array_equal(features["out"], features["F_b"])
    expected = case.expected["y"][0].transpose(1, 2, 0).clip(0, 1)
    np.testing.assert_allclose(seen.result, expected, atol=2e-6)


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("mode", MODES)
def test_dgpb_agrees_with_numpy(make_inspector: Callable, picture: Callable, mode: MaskMode, residual: bool) -> None:
    inspector = make_inspector(mask_mode=mode, dgpb_residual=residual)
    orders = {entry.block: entry.orders[0] for entry in inspector.orders(["rain"])}
    seen = inspector.trace(region_of(picture(32, 32)), "rain")
    for dgpb, (name, found) in zip(inspector.network.dgpb, seen.blocks.items(), strict=True):
        weights = {key: value.double().numpy() for key, value in dgpb.state_dict().items()}
        entering = found.features["F_n"].astype(np.float64)
        expected = numpy_dgpb(entering, orders[name], weights, found.attention.heads, 0.6, mode)
        for stage in ("Q", "F_a", "F_b"):
            np.testing.assert_allclose(found.features[stage], expected[stage], atol=2e-4, err_msg=f"{name} {stage}")
        np.testing.assert_allclose(found.attention.logits, expected["logits"], atol=1e-4)
        np.testing.assert_array_equal(found.attention.kept, expected["kept"])
        np.testing.assert_allclose(found.attention.weights, expected["weights"], atol=1e-4)
        leaving = expected["F_b"] + entering if residual else expected["F_b"]
        np.testing.assert_allclose(found.features["out"], leaving, atol=2e-4)


def numpy_dgpb(
    x: np.ndarray, order: np.ndarray, w: dict[str, np.ndarray], heads: int, keep: float, mode: str
) -> dict[str, np.ndarray]:
    """Every stage of a DGPB from the paper's description only; (C, H, W) float64."""
    channels, height, width = x.shape

    def point(name: str, values: np.ndarray) -> np.ndarray:
        out = np.tensordot(w[f"{name}.weight"][:, :, 0, 0], values, 1)
        return out + w[f"{name}.bias"][:, None, None] if f"{name}.bias" in w else out

    def depth(name: str, values: np.ndarray) -> np.ndarray:
        padded, kernel = np.pad(values, ((0, 0), (1, 1), (1, 1))), w[f"{name}.weight"][:, 0]
        return sum(
            kernel[:, i, j, None, None] * padded[:, i : i + height, j : j + width] for i in range(3) for j in range(3)
        )

    def norm(name: str, values: np.ndarray) -> np.ndarray:
        scaled = (values - values.mean(0)) / np.sqrt(values.var(0) + 1e-5)
        return scaled * w[f"{name}.weight"][:, None, None] + w[f"{name}.bias"][:, None, None]

    q = point("dgcpm.reduce", point("dgcpm.expand", x)[order])
    query = depth("caapm.query_depthwise", point("caapm.query", norm("caapm.norm_query", q))).reshape(channels, -1)
    key, value = np.split(
        depth("caapm.key_value_depthwise", point("caapm.key_value", norm("caapm.norm_input", x))).reshape(
            2 * channels, -1
        ),
        2,
    )
    size = channels // heads
    logits, kept, weights = (np.zeros((heads, size, size)) for _ in range(3))
    attended = np.zeros_like(query)
    for head in range(heads):
        rows = slice(head * size, (head + 1) * size)
        for i in range(size):
            a = query[rows][i] / np.linalg.norm(query[rows][i])
            logits[head, i] = [a @ b / np.linalg.norm(b) for b in key[rows]]
            logits[head, i] *= w["caapm.temperature"][head, 0, 0]
            ranked = sorted(range(size), key=lambda j, row=logits[head, i]: -row[j])
            kept[head, i, ranked[: int(keep * size)]] = 1
        if mode == "before_softmax":
            raised = np.exp(logits[head]) * kept[head]
            weights[head] = raised / raised.sum(1, keepdims=True)
        elif mode == "multiply_logits":
            raised = np.exp(logits[head] * kept[head])
            weights[head] = raised / raised.sum(1, keepdims=True)
        else:
            raised = np.exp(logits[head])
            weights[head] = raised / raised.sum(1, keepdims=True) * kept[head]
        attended[rows] = weights[head] @ value[rows]
    scaled = (attended * w["caapm.scale"]).reshape(channels, height, width)
    f_a = point("caapm.project_out", scaled)
    gate, passed = np.split(depth("caapm.ffn.depthwise", point("caapm.ffn.project_in", norm("caapm.norm_ffn", f_a))), 2)
    erf = np.vectorize(__import__("math").erf)
    f_b = f_a + point("caapm.ffn.project_out", gate * 0.5 * (1 + erf(gate / np.sqrt(2))) * passed)
    return {"Q": q, "F_a": f_a, "F_b": f_b, "logits": logits, "kept": kept.astype(bool), "weights": weights}


class TestNothingChanges:
    def test_result_is_bit_identical(self, inspector: Inspector, picture: Callable) -> None:
        region = region_of(picture(37, 51))
        plain = inspector.restore(region, "noise25")
        np.testing.assert_array_equal(inspector.trace(region, "noise25").result, plain)
        np.testing.assert_array_equal(inspector.restore(region, "noise25"), plain)

    def test_result_is_that_of_the_restorer(self, tiny_checkpoint: Checkpoint, picture: Callable) -> None:
        pixels = picture(37, 51)
        result = Restorer(tiny_checkpoint, device="cpu", precision="float32").restore(Photo.from_array(pixels), "haze")
        seen = Inspector(tiny_checkpoint, device="cpu").trace(region_of(pixels), "haze")
        np.testing.assert_allclose(seen.result, result.photo.pixels, atol=1e-6)

    def test_no_hook_is_left(self, inspector: Inspector, picture: Callable, count_hooks: Callable) -> None:
        during = []
        probe = inspector.network.head.register_forward_hook(lambda *_: during.append(count_hooks(inspector.network)))
        inspector.trace(region_of(picture()), "rain")
        probe.remove()
        assert during[0] > 4
        assert count_hooks(inspector.network) == 0

    def test_no_hook_is_left_after_a_failure(
        self, inspector: Inspector, picture: Callable, count_hooks: Callable
    ) -> None:
        with pytest.raises(ValueError, match="prompt has shape"):
            trace(inspector.network, np.zeros(3, np.float32), picture())
        assert count_hooks(inspector.network) == 0

    def test_cancel_ends_the_pass(self, inspector: Inspector, picture: Callable, count_hooks: Callable) -> None:
        token = CancelToken()
        token.cancel()
        with pytest.raises(Cancelled):
            inspector.trace(region_of(picture()), "rain", cancel=token)
        assert count_hooks(inspector.network) == 0


class TestSelection:
    def test_blocks_stages_and_attention_are_selected(self, inspector: Inspector, picture: Callable) -> None:
        seen = inspector.trace(region_of(picture()), "rain", blocks=["level 2"], stages=["F_n"], attention=False)
        assert list(seen.blocks) == ["level 2"]
        assert list(seen.blocks["level 2"].features) == ["F_n"]
        assert seen.blocks["level 2"].attention is None

    def test_an_unknown_block_is_named(self, inspector: Inspector, picture: Callable) -> None:
        with pytest.raises(RestorationError, match=r"'bottom'.*level 1, level 2, level 3, latent"):
            inspector.trace(region_of(picture()), "rain", blocks=["bottom"])

    @pytest.mark.parametrize(
        ("perturbation", "stages"),
        [("full", STAGES), ("dgcpm", ("F_n", "Q", "out")), ("caapm", ("F_n", "F_a", "F_b", "out"))],
    )
    def test_parts_that_a_model_lacks_are_omitted(
        self, make_inspector: Callable, picture: Callable, perturbation: str, stages: tuple[str, ...]
    ) -> None:
        seen = make_inspector(perturbation=perturbation).trace(region_of(picture()), "rain")
        for found in seen.blocks.values():
            assert tuple(found.features) == stages
            assert (found.attention is None) == (perturbation == "dgcpm")

    def test_model_without_dgpb_has_no_blocks(self, make_inspector: Callable, picture: Callable) -> None:
        inspector = make_inspector(perturbation="none")
        region = region_of(picture())
        seen = inspector.trace(region, "rain")
        assert seen.blocks == {}
        np.testing.assert_array_equal(seen.result, inspector.restore(region, "rain"))

    @pytest.mark.parametrize(("height", "width"), [(48, 64), (37, 51), (1, 1), (17, 16)])
    def test_features_cover_the_region_and_no_padding(
        self, inspector: Inspector, picture: Callable, height: int, width: int
    ) -> None:
        seen = inspector.trace(region_of(picture(height, width)), "rain")
        assert seen.result.shape == (height, width, 3)
        for name, side in zip(BLOCKS, (2, 4, 8, 16), strict=True):
            channels = seen.blocks[name].block.channels
            shape = (channels, int(np.ceil(height / side)), int(np.ceil(width / side)))
            assert seen.blocks[name].features["Q"].shape == shape

    def test_arrays_do_not_keep_the_whole_tensor(self, inspector: Inspector, picture: Callable) -> None:
        features = inspector.trace(region_of(picture(17, 17)), "rain").blocks["latent"].features["F_n"]
        assert features.base is None and features.flags.c_contiguous


def test_model_in_another_precision_runs_in_that_precision(parity: Callable) -> None:
    case = parity("small")
    config = dataclasses.replace(case.checkpoint.config, mask_mode="multiply_logits")
    model = Checkpoint(config, case.checkpoint.state, case.checkpoint.prompts).build().to(torch.float64)
    pixels = np.ascontiguousarray(case.expected["x"][0].transpose(1, 2, 0))
    out = run(model, case.expected["prompt"][0], pixels)
    assert out.dtype == np.float32
    np.testing.assert_allclose(out, case.expected["y_mask_logits"][0].transpose(1, 2, 0).clip(0, 1), atol=2e-6)


def test_import_needs_neither_matplotlib_nor_slow_packages() -> None:
    code = (
        "import sys\n"
        "for name in ('matplotlib', 'sklearn', 'scipy', 'PySide6'):\n"
        "    sys.modules[name] = None\n"  # importing any of these now raises ImportError
        "from core.inspection import Inspector\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
