"""Numbers as text."""

from core.batch import Row
from core.steps import Step
from dfpir_gui.batch import texts
from dfpir_gui.batch.controls import Controls


def test_percentages_of_steps_have_the_form_that_they_have_elsewhere() -> None:
    assert texts.steps_text(Row("a.png", steps=(Step("haze", 0.4), Step("rain")))) == "Haze 40 %, Rain"


def test_the_space_that_small_results_need_is_told(qapp: object) -> None:
    controls = Controls()
    controls.show_counts("3 photos", "", 14_200)
    assert controls.space.text() == "needs about 15 kB"
