"""Channel orders against the authors' program and explicit sums."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from core.checkpoints import load_checkpoint
from core.checkpoints.builtin import built_in_models
from core.degradations import KEYS
from core.errors import PromptError
from core.inspection import BLOCKS, BlockOrders, Inspector, blocks_of, channel_orders, origin_of_order
from core.messages import Message
from core.models import DFPIR

DGPBS = ("encoder_shuffle_channel1", "encoder_shuffle_channel2", "encoder_shuffle_channel3", "latent_shuffle_channel")


def test_orders_are_those_of_the_authors_program(parity: Callable) -> None:
    case = parity("small")
    prompts = {str(row): prompt for row, prompt in enumerate(case.expected["prompt"])}

    found = channel_orders(case.checkpoint.build(), prompts)

    assert [entry.block for entry in found] == list(BLOCKS)
    for entry, published in zip(found, DGPBS, strict=True):
        np.testing.assert_array_equal(entry.orders, case.expected[f"{published}.order"])


def test_matrix_is_equivalent_to_dgcpm(inspector: Inspector, picture: Callable) -> None:
    for entry, dgpb in zip(inspector.orders(), inspector.network.dgpb, strict=True):
        expand, reduce = dgpb.dgcpm.expand, dgpb.dgcpm.reduce
        double, half = expand.weight.detach().numpy()[:, :, 0, 0], reduce.weight.detach().numpy()[:, :, 0, 0]
        x = np.random.default_rng(2).standard_normal(double.shape[1])  # F_n in one pixel
        for row, order in enumerate(entry.orders):
            wide = double @ x + expand.bias.detach().numpy()
            shuffled = np.array([wide[channel] for channel in order])
            expected = half @ shuffled + reduce.bias.detach().numpy()
            np.testing.assert_allclose(entry.matrices[row] @ x + entry.biases[row], expected, atol=1e-5)


def test_positions_are_the_inverse_of_orders(inspector: Inspector) -> None:
    entry = inspector.orders()[1]
    for order, position in zip(entry.orders, entry.positions, strict=True):
        for place, channel in enumerate(order):
            assert position[channel] == place


@settings(deadline=None, max_examples=15)
@given(st.permutations(range(7)), st.permutations(range(7)))
def test_rank_correlations_by_counting(first: list[int], second: list[int]) -> None:
    orders = np.array([first, second])
    entry = BlockOrders("latent", ("a", "b"), orders, np.zeros((2, 3, 3), np.float32), np.zeros((2, 3), np.float32))
    p, q = ([list(order).index(channel) for channel in range(7)] for order in (first, second))
    pairs = [(i, j) for i in range(7) for j in range(i)]
    tau = sum(np.sign((p[i] - p[j]) * (q[i] - q[j])) for i, j in pairs) / len(pairs)
    rho = 1 - 6 * sum((a - b) ** 2 for a, b in zip(p, q, strict=True)) / (7 * (49 - 1))
    np.testing.assert_allclose(entry.kendall, [[1, tau], [tau, 1]], atol=1e-12)
    np.testing.assert_allclose(entry.spearman, [[1, rho], [rho, 1]], atol=1e-12)


def test_distances_are_relative_to_the_norm_of_the_matrices() -> None:
    def distances(*matrices: list[list[float]]) -> np.ndarray:
        made = np.array(matrices, np.float32)
        names = tuple("abc"[: len(made)])
        return BlockOrders("latent", names, np.zeros((len(made), 4), int), made, made[:, 0]).distances

    unit, other = [[1, 0], [0, 0]], [[0, 0], [0, 1]]
    np.testing.assert_allclose(distances(unit, other, unit), [[0, 2**0.5, 0], [2**0.5, 0, 2**0.5], [0, 2**0.5, 0]])
    np.testing.assert_allclose(distances(unit, [[-1, 0], [0, 0]])[0, 1], 2)
    np.testing.assert_allclose(distances([[0, 0], [0, 0]], [[0, 0], [0, 0]]), 0)


def test_orders_of_given_prompts(inspector: Inspector) -> None:
    assert inspector.orders()[0].prompts == KEYS
    chosen = inspector.orders(["haze", "rain"])[3]
    assert chosen.prompts == ("haze", "rain")
    assert chosen.index("rain") == 1
    np.testing.assert_array_equal(chosen.orders[1], inspector.orders()[3].orders[KEYS.index("rain")])
    assert inspector.orders([]) == ()


def test_prompt_that_is_not_in_the_bank(make_inspector: Callable) -> None:
    with pytest.raises(PromptError, match="haze"):
        make_inspector(prompts=("rain",)).orders(["rain", "haze"])


@pytest.mark.parametrize("without", ["none", "caapm"])
def test_models_without_dgcpm_have_no_orders(make_inspector: Callable, without: str) -> None:
    inspector = make_inspector(perturbation=without)
    assert inspector.orders() == ()
    assert [block.shuffled for block in inspector.blocks] == ([] if without == "none" else [0, 0, 0, 0])


def test_blocks_describe_their_shape(inspector: Inspector) -> None:
    latent = inspector.blocks[-1]
    assert (latent.name, latent.channels, latent.shuffled, latent.heads, latent.cell) == ("latent", 64, 128, 2, 16)


def test_blocks_of_the_published_network() -> None:
    with torch.device("meta"):
        blocks = blocks_of(DFPIR())
    assert [block.shuffled for block in blocks] == [96, 192, 384, 768]
    assert [block.heads for block in blocks] == [1, 2, 4, 8]
    assert [block.cell for block in blocks] == [1, 2, 4, 8]


class TestOrigin:
    def test_text_of_the_model_card_comes_first(self, make_inspector: Callable) -> None:
        origin = make_inspector(card={"order": "Learned by soft sort."}).origin_of_order
        assert origin == "From the model card: Learned by soft sort."

    @pytest.mark.parametrize("file", built_in_models().values(), ids=lambda file: file.stem)
    def test_texts_of_built_in_cards_can_be_translated(self, file: Path) -> None:
        origin = origin_of_order(load_checkpoint(file))
        assert isinstance(origin.parameters["text"], Message)

    @pytest.mark.parametrize(
        ("order", "words"),
        [
            ("prompt", "not learned"),
            ("learned", "is learned"),
            ("random", "one random channel order for all prompts"),
            ("identity", "does not reorder"),
        ],
    )
    def test_text_of_the_configuration_without_a_card(self, make_inspector: Callable, order: str, words: str) -> None:
        assert words in make_inspector(order=order).origin_of_order

    def test_random_order_is_the_same_for_all_prompts(self, make_inspector: Callable) -> None:
        entry = make_inspector(order="random").orders()[2]
        np.testing.assert_array_equal(entry.kendall, 1.0)
        np.testing.assert_array_equal(entry.distances, 0.0)
