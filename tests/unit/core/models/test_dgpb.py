"""The perturbation block: reordering, masks, and the attention against NumPy."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.models import CAAPM, DGCPM, DGPB, DFPIRConfig
from core.models.config import MaskMode
from core.models.dgpb import kept_entries, masked_softmax

MODES: tuple[MaskMode, ...] = ("before_softmax", "multiply_logits", "after_softmax")
TINY = DFPIRConfig(dim=8, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 1, 2, 2), expansion=1.5, prompt_dim=12)

logits_arrays = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 2), st.integers(1, 9)).map(lambda s: (s[0], s[1], s[1])),
    elements=st.floats(-5, 5),
    unique=True,
)


class TestDGCPM:
    @settings(deadline=None, max_examples=20)
    @given(st.integers(1, 8), st.integers(1, 3), st.integers(0, 1000))
    def test_equals_one_convolution_per_prompt(
        self, randomised: Callable, features: Callable, channels: int, factor: int, seed: int
    ) -> None:
        dgcpm = randomised(DGCPM(channels, 6, factor), seed)
        x, prompt = features(2, channels, 3, 4, seed=seed), features(2, 6, seed=seed + 1)
        out = dgcpm(x, prompt)
        for sample, order in enumerate(dgcpm.dgm(prompt).numpy()):
            half, double = dgcpm.reduce.weight.numpy()[:, :, 0, 0], dgcpm.expand.weight.numpy()[:, :, 0, 0]
            weight = half @ double[order]
            bias = dgcpm.reduce.bias.numpy() + half @ dgcpm.expand.bias.numpy()[order]
            folded = np.einsum("dc,chw->dhw", weight, x.numpy()[sample]) + bias[:, None, None]
            np.testing.assert_allclose(out.numpy()[sample], folded, rtol=1e-9, atol=1e-9)

    def test_samples_of_a_batch_have_their_own_orders(self, randomised: Callable, features: Callable) -> None:
        dgcpm = randomised(DGCPM(6, 6, 2))
        x, prompt = features(1, 6, 3, 4).expand(2, -1, -1, -1), features(2, 6)
        together = dgcpm(x, prompt)
        assert not torch.allclose(together[0], together[1])
        for sample in range(2):
            torch.testing.assert_close(dgcpm(x[:1], prompt[sample : sample + 1])[0], together[sample])


class TestMask:
    @settings(deadline=None)
    @given(logits_arrays, st.floats(0.01, 1))
    def test_largest_entries_of_each_row_are_kept(self, logits: np.ndarray, keep: float) -> None:
        kept = kept_entries(torch.from_numpy(logits), keep).numpy()
        count = max(1, int(keep * logits.shape[-1]))
        assert (kept.sum(axis=-1) == count).all()
        dropped_max = np.where(kept, -np.inf, logits).max(axis=-1)
        assert (np.where(kept, logits, np.inf).min(axis=-1) > dropped_max).all()

    def test_number_of_kept_entries_is_the_same_with_ties(self) -> None:
        ties = torch.tensor([[1.0, 2.0, 2.0, 2.0, 0.0], [3.0, 3.0, 3.0, 3.0, 3.0]])
        kept = kept_entries(ties, 0.6)
        assert kept.sum(dim=-1).tolist() == [3, 3]
        assert kept[0].tolist() == [False, True, True, True, False]
        assert kept_entries(ties, 0.4).sum(dim=-1).tolist() == [2, 2]

    @settings(deadline=None)
    @given(logits_arrays)
    def test_all_modes_are_the_plain_softmax_if_nothing_is_dropped(self, logits: np.ndarray) -> None:
        values = torch.from_numpy(logits)
        for mode in MODES:
            torch.testing.assert_close(masked_softmax(values, kept_entries(values, 1.0), mode), values.softmax(-1))

    @settings(deadline=None)
    @given(logits_arrays, st.floats(0.01, 0.95))
    def test_dropped_entries_in_every_mode(self, logits: np.ndarray, keep: float) -> None:
        values = torch.from_numpy(logits)
        kept = kept_entries(values, keep)
        before, multiplied, after = (masked_softmax(values, kept, mode).numpy() for mode in MODES)
        dropped = ~kept.numpy()

        assert (before[dropped] == 0).all() and (after[dropped] == 0).all()
        np.testing.assert_allclose(before.sum(axis=-1), 1)
        np.testing.assert_allclose(multiplied.sum(axis=-1), 1)
        assert (after.sum(axis=-1) <= 1 + 1e-12).all()
        # Renormalised, the third is the first.
        np.testing.assert_allclose(after / after.sum(axis=-1, keepdims=True), before, rtol=1e-9)
        # A logit of 0 has a weight, unlike one of -∞.
        weights = np.exp(np.where(dropped, 0, logits))
        np.testing.assert_allclose(multiplied, weights / weights.sum(axis=-1, keepdims=True), rtol=1e-9)


def numpy_attention(caapm: CAAPM, q: np.ndarray, x: np.ndarray, mode: MaskMode) -> np.ndarray:
    """F_a of one sample, (C, H, W) twice -> (C, H, W), with loops, from the description only."""
    channels, height, width = x.shape

    def norm(layer: torch.nn.Module, values: np.ndarray) -> np.ndarray:
        centred = values - values.mean(axis=0)
        scaled = centred / np.sqrt((centred**2).mean(axis=0) + 1e-5)
        return scaled * layer.weight.numpy()[:, None, None] + layer.bias.numpy()[:, None, None]

    def convolved(values: np.ndarray, point: torch.nn.Conv2d, depth: torch.nn.Conv2d) -> np.ndarray:
        wide = np.einsum("dc,chw->dhw", point.weight.numpy()[:, :, 0, 0], values)
        out = np.zeros_like(wide)
        for c, row, column in np.ndindex(*wide.shape):
            for i, j in np.ndindex(3, 3):
                y, z = row + i - 1, column + j - 1
                if 0 <= y < height and 0 <= z < width:
                    out[c, row, column] += depth.weight.numpy()[c, 0, i, j] * wide[c, y, z]
        return out.reshape(len(wide), -1)

    query = convolved(norm(caapm.norm_query, q), caapm.query, caapm.query_depthwise)
    key_value = convolved(norm(caapm.norm_input, x), caapm.key_value, caapm.key_value_depthwise)
    key, value = key_value[:channels], key_value[channels:]
    size = channels // caapm.heads
    attended = np.zeros_like(query)
    for row in range(channels):
        head = row // size
        members = range(head * size, (head + 1) * size)
        logits = (
            np.array([query[row] @ key[m] / np.linalg.norm(query[row]) / np.linalg.norm(key[m]) for m in members])
            * caapm.temperature[head].item()
        )
        dropped = np.argsort(logits)[: size - int(caapm.keep * size)]
        masked = logits.copy()
        if mode != "after_softmax":
            masked[dropped] = -np.inf if mode == "before_softmax" else 0
        weights = np.exp(masked) / np.exp(masked).sum()
        if mode == "after_softmax":
            weights[dropped] = 0
        attended[row] = sum(weight * value[m] for weight, m in zip(weights, members, strict=True))
    out = np.einsum("dc,cn->dn", caapm.project_out.weight.numpy()[:, :, 0, 0], attended * caapm.scale.item())
    return out.reshape(channels, height, width)


class TestCAAPM:
    @pytest.mark.parametrize("mode", MODES)
    def test_attention_agrees_with_numpy(self, randomised: Callable, features: Callable, mode: MaskMode) -> None:
        caapm = randomised(CAAPM(8, 2, DFPIRConfig(keep=0.6, mask_mode=mode)))
        q, x = features(2, 8, 3, 4, seed=3), features(2, 8, 3, 4, seed=4)
        out = caapm.attend(q, x).numpy()
        for sample in range(2):
            expected = numpy_attention(caapm, q.numpy()[sample], x.numpy()[sample], mode)
            np.testing.assert_allclose(out[sample], expected, rtol=1e-9, atol=1e-11)

    def test_only_the_feed_forward_part_has_a_residual(self, randomised: Callable, features: Callable) -> None:
        caapm = randomised(CAAPM(8, 2, DFPIRConfig()))
        q, x = features(1, 8, 3, 4, seed=3), features(1, 8, 3, 4, seed=4)
        attended = caapm.attend(q, x)
        torch.testing.assert_close(caapm(q, x), attended + caapm.ffn(caapm.norm_ffn(attended)))
        with torch.no_grad():
            caapm.scale.zero_()
            caapm.norm_ffn.bias.zero_()
        torch.testing.assert_close(caapm(q, x), torch.zeros_like(x))  # nothing of q and x gets past the attention

    def test_starts_at_the_published_scale(self) -> None:
        assert CAAPM(8, 2, DFPIRConfig()).scale.item() == pytest.approx(0.2)

    def test_mask_and_softmax_are_float32_in_a_half_precision_model(self, features: Callable) -> None:
        torch.manual_seed(0)
        caapm = CAAPM(8, 2, DFPIRConfig())
        q, x = features(1, 8, 8, 8, seed=3).float(), features(1, 8, 8, 8, seed=4).float()
        expected = caapm.attend(q, x)
        out = caapm.bfloat16().attend(q.bfloat16(), x.bfloat16())
        assert out.dtype == torch.bfloat16
        torch.testing.assert_close(out.float(), expected, rtol=0, atol=0.03 * expected.abs().max().item())


class TestDGPB:
    def test_is_dgcpm_followed_by_caapm(self, randomised: Callable, features: Callable) -> None:
        block = randomised(DGPB(8, 2, TINY))
        x, prompt = features(1, 8, 4, 4), features(1, 12)
        torch.testing.assert_close(block(x, prompt), block.caapm(block.dgcpm(x, prompt), x))

    def test_ablations(self, randomised: Callable, features: Callable) -> None:
        x, prompt = features(1, 8, 4, 4), features(1, 12)
        for perturbation, expected in (
            ("dgcpm", lambda block: block.dgcpm(x, prompt)),
            ("caapm", lambda block: block.caapm(x, x)),
        ):
            block = randomised(DGPB(8, 2, DFPIRConfig(prompt_dim=12, perturbation=perturbation)))
            torch.testing.assert_close(block(x, prompt), expected(block))

    def test_residual(self, randomised: Callable, features: Callable) -> None:
        plain = randomised(DGPB(8, 2, TINY))
        residual = DGPB(8, 2, DFPIRConfig(prompt_dim=12, expansion=1.5, dgpb_residual=True)).double()
        residual.load_state_dict(plain.state_dict())
        x, prompt = features(1, 8, 4, 4), features(1, 12)
        torch.testing.assert_close(residual(x, prompt), x + plain(x, prompt))
