import pytest

from core.degradations import DEGRADATIONS, KEYS, degradation, passes, text_key
from core.errors import RestorationError


def test_order_and_detailed_prompts_are_those_of_the_published_5_task_checkpoint() -> None:
    assert [entry.prompt for entry in DEGRADATIONS] == [
        "Gaussian noise with a standard deviation of 15",
        "Gaussian noise with a standard deviation of 25",
        "Gaussian noise with a standard deviation of 50",
        "Rain degradation with rain lines",
        "Hazy degradation with normal haze",
        "Blur degradation with motion blur",
        "Lowlight degradation",
    ]
    assert [entry.simple_prompt for entry in DEGRADATIONS] == ["Noise", "Noise", "Noise", "Rain", "Haze", None, None]


def test_keys_are_those_of_the_command_line_and_find_their_entries() -> None:
    assert KEYS == ("noise15", "noise25", "noise50", "rain", "haze", "blur", "low-light")
    assert [degradation(key).key for key in KEYS] == list(KEYS)
    assert [entry.sigma for entry in DEGRADATIONS] == [15, 25, 50, None, None, None, None]


def test_unknown_key_lists_the_known_ones() -> None:
    with pytest.raises(RestorationError, match=r"'snow'.*noise15, .*low-light"):
        degradation("snow")


def test_a_prompt_in_other_words_is_a_degradation_of_its_own() -> None:
    key = text_key("  remove the   fog ")
    entry = degradation(key)
    assert (entry.key, entry.family, entry.prompt) == ("text:remove the fog", "text", "remove the fog")
    assert "remove the fog" in entry.label


@pytest.mark.parametrize("words", ["", "   ", "x" * 301])
def test_a_prompt_without_words_or_with_too_many_is_refused(words: str) -> None:
    with pytest.raises(RestorationError, match="1 to 300 characters"):
        text_key(words)


def test_photos_of_rain_and_haze_have_an_up_and_a_down() -> None:
    assert [entry.key for entry in DEGRADATIONS if not entry.turns] == ["rain", "haze"]
    assert [passes(key, "standard") for key in KEYS] == [1] * 7
    assert passes("text:remove the fog", "best") == 2
