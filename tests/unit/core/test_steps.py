import pytest

from core.degradations import KEYS, text_key
from core.errors import RestorationError
from core.inference import Step, parse_steps


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("haze", (Step("haze", 0.7),)),
        ("haze,noise25:0.5", (Step("haze", 0.7), Step("noise25", 0.5))),
        (" rain , blur ", (Step("rain", 0.7), Step("blur", 0.7))),
        (Step("haze", 0.2), (Step("haze", 0.2),)),
        ("text:soft light: a little, haze", (Step("text:soft light: a little, haze", 0.7),)),
        (["text:0.5", "rain"], (Step("text:0.5", 0.7), Step("rain", 0.7))),
        ([Step("haze", 0.2), "rain", "blur:0"], (Step("haze", 0.2), Step("rain", 0.7), Step("blur", 0.0))),
    ],
)
def test_every_way_of_writing_steps(given: object, expected: tuple[Step, ...]) -> None:
    assert parse_steps(given, strength=0.7) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["", " , ", [], "snow", "haze:", "haze:much", "haze:1.1", "haze:-0.1", "haze:nan"])
def test_what_cannot_be_done_is_refused(given: object) -> None:
    with pytest.raises(RestorationError):
        parse_steps(given)  # type: ignore[arg-type]


def test_the_key_of_every_step_is_read_again() -> None:
    for key in (*KEYS, text_key("grain, as of old film: much of it"), text_key("haze:0.5")):
        assert parse_steps(key) == (Step(key),)


def test_a_text_of_no_words_is_refused() -> None:
    with pytest.raises(RestorationError, match="characters"):
        parse_steps("text: ")


def test_common_strength_is_checked_too() -> None:
    with pytest.raises(RestorationError, match=r"1\.5"):
        parse_steps("haze", strength=1.5)
