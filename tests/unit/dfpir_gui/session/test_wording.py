"""Numbers as text."""

import pytest

from core.batch import Row
from core.steps import Step
from dfpir_gui.batch import texts
from dfpir_gui.batch.controls import Controls
from dfpir_gui.session import wording


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (1, "1 kB"),
        (999, "1 kB"),
        (14_200, "15 kB"),
        (100_000, "0.10 MB"),
        (2_440_000, "2.4 MB"),
        (3_200_000_000, "3200.0 MB"),
    ],
)
def test_sizes_are_never_nothing(count: int, text: str) -> None:
    assert wording.size(count) == text


def test_percentages_of_steps_have_the_form_that_they_have_elsewhere() -> None:
    assert texts.steps_text(Row("a.png", steps=(Step("haze", 0.4), Step("rain")))) == "Haze 40 %, Rain"


def test_the_space_that_small_results_need_is_told(qapp: object) -> None:
    controls = Controls()
    controls.show_counts("3 photos", "", 14_200)
    assert controls.space.text() == "needs about 15 kB"
