import pytest

from core.errors import RestorationError
from core.inference import Step, parse_steps


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("haze", (Step("haze", 0.7),)),
        ("haze,noise25:0.5", (Step("haze", 0.7), Step("noise25", 0.5))),
        (" rain , blur ", (Step("rain", 0.7), Step("blur", 0.7))),
        (Step("haze", 0.2), (Step("haze", 0.2),)),
        ([Step("haze", 0.2), "rain", "blur:0"], (Step("haze", 0.2), Step("rain", 0.7), Step("blur", 0.0))),
    ],
)
def test_every_way_of_writing_steps(given: object, expected: tuple[Step, ...]) -> None:
    assert parse_steps(given, strength=0.7) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize("given", ["", " , ", [], "snow", "haze:", "haze:much", "haze:1.1", "haze:-0.1", "haze:nan"])
def test_what_cannot_be_done_is_refused(given: object) -> None:
    with pytest.raises(RestorationError):
        parse_steps(given)  # type: ignore[arg-type]


def test_common_strength_is_checked_too() -> None:
    with pytest.raises(RestorationError, match=r"1\.5"):
        parse_steps("haze", strength=1.5)
