import pytest

from core.degradations import DEGRADATIONS, FAMILY_LABELS, FAMILY_NOUNS, KEYS, degradation, network_runs, text_key
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


def test_the_error_of_an_unknown_key_lists_the_known_ones() -> None:
    with pytest.raises(RestorationError, match=r"'snow'.*noise15, .*low-light"):
        degradation("snow")


def test_a_free_text_prompt_is_a_degradation_of_its_own() -> None:
    key = text_key("  remove the   fog ")
    entry = degradation(key)
    assert (entry.key, entry.family, entry.prompt) == ("text:remove the fog", "text", "remove the fog")
    assert "remove the fog" in entry.label


@pytest.mark.parametrize("words", ["", "   ", "x" * 301])
def test_an_empty_or_too_long_prompt_is_refused(words: str) -> None:
    with pytest.raises(RestorationError, match="1 to 300 characters"):
        text_key(words)


def test_rain_and_haze_are_not_rotated() -> None:
    assert [entry.key for entry in DEGRADATIONS if not entry.turns] == ["rain", "haze"]
    assert [network_runs(key, "standard") for key in KEYS] == [1] * 7
    assert network_runs("text:remove the fog", "best") == 2


def test_every_family_has_names_for_the_window() -> None:
    families = {entry.family for entry in DEGRADATIONS}
    assert set(FAMILY_LABELS) == set(FAMILY_NOUNS) == families
    assert [str(entry.label) for entry in DEGRADATIONS[:4]] == ["Noise (σ 15)", "Noise (σ 25)", "Noise (σ 50)", "Rain"]
    assert DEGRADATIONS[0].label.template == "Noise (σ {sigma})"
