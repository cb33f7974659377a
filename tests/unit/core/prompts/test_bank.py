"""The prompt bank and its random codes."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from core.degradations import KEYS
from core.errors import PromptError
from core.prompts import Prompt, PromptBank, random_codes

PINNED_HAZE = [-0.31645545, 0.11103445, -0.25905403, -0.43912333]
PINNED_NOISE = [0.56051087, -0.563213]

finite = st.floats(-1e6, 1e6, width=32)
banks = st.integers(1, 9).flatmap(
    lambda width: st.builds(
        PromptBank,
        st.text(),
        st.dictionaries(st.text(), st.builds(Prompt, st.text(), arrays.arrays(np.float32, width, elements=finite))),
    )
)


def row(*values: float) -> np.ndarray:
    return np.array(values, np.float32)


class TestPromptBank:
    @settings(deadline=None, max_examples=30)
    @given(banks)
    def test_round_trip_through_json_and_an_array(self, bank: PromptBank) -> None:
        texts, embeddings = bank.to_arrays()
        assert embeddings.dtype == np.float32
        back = PromptBank.from_arrays(json.loads(json.dumps(texts)), embeddings)
        assert (back.encoder, back.names, back.width) == (bank.encoder, bank.names, bank.width)
        for key in bank.names:
            assert back.prompts[key].text == bank.prompts[key].text
            np.testing.assert_array_equal(back.embedding(key), bank.embedding(key))

    def test_an_unknown_prompt_lists_the_known_ones(self) -> None:
        bank = PromptBank("someone", {"haze": Prompt("Haze", row(1)), "rain": Prompt("Rain", row(2))})
        with pytest.raises(PromptError, match=r"'blur'.*haze, rain"):
            bank.embedding("blur")
        with pytest.raises(PromptError, match=r"'blur'.*empty"):
            PromptBank("someone", {}).embedding("blur")

    def test_adding_returns_another_bank(self) -> None:
        bank = PromptBank("someone", {"haze": Prompt("Haze", row(1))})
        larger = bank.with_prompts({"rain": ("Rain", row(2)), "haze": ("Mist", row(3))})
        assert bank.names == ("haze",) and bank.embedding("haze") == 1
        assert larger.names == ("haze", "rain") and larger.encoder == "someone"
        assert larger.prompts["haze"].text == "Mist" and larger.embedding("haze") == 3

    def test_cannot_be_changed(self) -> None:
        mine = row(1, 2)
        bank = PromptBank("someone", {"haze": Prompt("Haze", mine)})
        mine[0] = 9
        assert bank.embedding("haze")[0] == 1
        with pytest.raises(ValueError, match="read-only"):
            bank.embedding("haze")[0] = 9
        with pytest.raises(TypeError):
            bank.prompts["haze"] = Prompt("Haze", mine)

    @pytest.mark.parametrize(
        "embedding", [np.zeros((1, 3)), np.zeros(0), np.float32(1), row(1, np.nan), row(1, np.inf), np.array([1e60])]
    )
    def test_invalid_embeddings_are_named(self, embedding: np.ndarray) -> None:
        with pytest.raises(PromptError, match="'haze'"), np.errstate(over="ignore"):
            PromptBank("someone", {"haze": Prompt("Haze", embedding)})

    def test_all_have_one_width(self) -> None:
        bank = PromptBank("someone", {"haze": Prompt("Haze", row(1, 2))})
        with pytest.raises(PromptError, match="widths: 2, 3"):
            bank.with_prompts({"rain": ("Rain", row(1, 2, 3))})

    @pytest.mark.parametrize(
        "texts",
        [
            {},
            {"encoder": "someone"},
            {"encoder": 5, "prompts": [["haze", "Haze"]]},
            {"encoder": "someone", "prompts": 5},
            {"encoder": "someone", "prompts": [["haze"]]},
            {"encoder": "someone", "prompts": [["haze", None]]},
            {"encoder": "someone", "prompts": []},
            {"encoder": "someone", "prompts": [["haze", "Haze"], ["haze", "Haze"]]},
        ],
    )
    def test_damaged_lists_are_refused(self, texts: dict) -> None:
        with pytest.raises(PromptError):
            PromptBank.from_arrays(texts, np.ones((1, 4), np.float32))


class TestRandomCodes:
    def test_are_the_same_everywhere(self) -> None:
        # Values of the first run; a model trained with them knows no others.
        bank = random_codes(["haze", "noise25"], seed=7)
        np.testing.assert_allclose(bank.embedding("haze")[:4], PINNED_HAZE, rtol=1e-6)
        np.testing.assert_allclose(bank.embedding("noise25")[-2:], PINNED_NOISE, rtol=1e-6)

    @given(st.lists(st.text(max_size=8), unique=True, max_size=4), st.text(max_size=8), st.integers(0, 2**32))
    def test_each_depends_on_its_own_name_only(self, others: list[str], name: str, seed: int) -> None:
        alone = random_codes([name], seed, width=8).embedding(name)
        among = random_codes([*others, name], seed, width=8).embedding(name)
        np.testing.assert_array_equal(alone, among)

    @given(st.integers(0, 2**32), st.integers(2, 600), st.floats(0.1, 100))
    def test_have_the_given_width_and_norm(self, seed: int, width: int, norm: float) -> None:
        code = random_codes(["haze"], seed, width, norm).embedding("haze")
        assert code.shape == (width,) and code.dtype == np.float32
        assert np.linalg.norm(code.astype(np.float64)) == pytest.approx(norm, rel=1e-5)

    def test_are_far_from_each_other(self) -> None:
        _, codes = random_codes(KEYS, seed=7).to_arrays()
        cosines = codes @ codes.T / 100
        np.testing.assert_allclose(np.diag(cosines), 1, rtol=1e-5)
        assert np.abs(cosines - np.eye(len(KEYS))).max() < 0.2
        _, others = random_codes(KEYS, seed=8).to_arrays()
        assert np.abs(np.diag(codes @ others.T) / 100).max() < 0.2

    def test_are_named_in_the_encoder(self) -> None:
        bank = random_codes(["haze"], seed=7)
        assert bank.encoder == "fixed random codes, not CLIP embeddings (seed 7, norm 10)"
        assert bank.is_random
        assert not PromptBank("open_clip ViT-B-32-quickgelu/openai", {}).is_random
        assert bank.prompts["haze"].text == "haze"
