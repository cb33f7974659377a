"""Adding missing embeddings to a prompt bank."""

from collections.abc import Sequence

import numpy as np
import pytest

from core.degradations import KEYS, degradation
from core.errors import PromptError, RestorationError
from core.prompts import CLIP, Prompt, PromptBank, prompt_texts, random_codes, resolve


class FakeEncoder:
    """Encodes by counting letters, and records the texts."""

    def __init__(self, identity: str = CLIP) -> None:
        self.identity = identity
        self.asked: list[str] = []

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        self.asked += texts
        return np.array([[len(text), text.count("a")] for text in texts], np.float32)


def never() -> FakeEncoder:
    raise AssertionError("the encoder was not needed")


@pytest.fixture
def bank() -> PromptBank:
    return PromptBank(CLIP, {"haze": Prompt(degradation("haze").prompt, np.array([1, 2], np.float32))})


def test_no_encoder_is_made_if_nothing_is_missing(bank: PromptBank) -> None:
    assert resolve(bank, ["haze"], never) is bank
    assert resolve(bank, [], never) is bank
    assert resolve(bank, {"haze": degradation("haze").prompt}, never) is bank
    codes = random_codes(KEYS, seed=7)
    assert resolve(codes, KEYS, never) is codes


def test_only_what_is_missing_is_encoded(bank: PromptBank) -> None:
    encoder = FakeEncoder()
    larger = resolve(bank, ["rain", "haze", "low-light"], lambda: encoder)
    assert encoder.asked == ["Rain degradation with rain lines", "Lowlight degradation"]
    assert set(larger.names) == {"haze", "rain", "low-light"} and larger.encoder == CLIP
    np.testing.assert_array_equal(larger.embedding("rain"), [len(encoder.asked[0]), encoder.asked[0].count("a")])
    np.testing.assert_array_equal(larger.embedding("low-light"), [len(encoder.asked[1]), encoder.asked[1].count("a")])
    np.testing.assert_array_equal(larger.embedding("haze"), [1, 2])
    assert bank.names == ("haze",)


def test_an_empty_bank_is_filled() -> None:
    encoder = FakeEncoder()
    filled = resolve(PromptBank(CLIP, {}), KEYS, lambda: encoder)
    assert filled.names == KEYS
    assert encoder.asked == [degradation(key).prompt for key in KEYS]


def test_custom_text(bank: PromptBank) -> None:
    encoder = FakeEncoder()
    larger = resolve(bank, {"haze": "Mist", "snow": "Snow flakes"}, lambda: encoder)
    assert encoder.asked == ["Mist", "Snow flakes"]
    assert larger.prompts["haze"].text == "Mist" and larger.embedding("haze")[0] == 4


def test_random_codes_cannot_be_extended() -> None:
    codes = random_codes(["haze", "rain"], seed=7)
    with pytest.raises(PromptError, match=r"fixed random codes.*'blur'.*haze, rain"):
        resolve(codes, ["haze", "blur"], never)
    with pytest.raises(PromptError, match="no text encoder can add 'haze'"):
        resolve(codes, {"haze": "Mist"}, never)


def test_embeddings_of_two_encoders_are_not_mixed(bank: PromptBank) -> None:
    other = FakeEncoder("open_clip ViT-B-32/laion2b")
    with pytest.raises(PromptError, match=r"'rain' cannot be added.*ViT-B-32-quickgelu/openai.*ViT-B-32/laion2b"):
        resolve(bank, ["rain"], lambda: other)
    assert other.asked == []


def test_an_unknown_degradation_is_named(bank: PromptBank) -> None:
    with pytest.raises(RestorationError, match="snow"):
        resolve(bank, ["snow"], never)


def test_an_encoder_of_another_width_is_refused() -> None:
    bank = PromptBank(CLIP, {"haze": Prompt("Haze", np.ones(3, np.float32))})
    with pytest.raises(PromptError, match="different widths"):
        resolve(bank, ["rain"], FakeEncoder)


def test_texts_of_the_checkpoints() -> None:
    assert prompt_texts(["noise25", "blur"]) == {
        "noise25": "Gaussian noise with a standard deviation of 25",
        "blur": "Blur degradation with motion blur",
    }
    assert prompt_texts(["noise15", "noise50", "rain", "haze"], simple=True) == {
        "noise15": "Noise",
        "noise50": "Noise",
        "rain": "Rain",
        "haze": "Haze",
    }
    with pytest.raises(PromptError, match="Motion blur"):
        prompt_texts(["blur"], simple=True)
