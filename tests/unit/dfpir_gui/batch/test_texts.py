"""Texts of rows; messages from a journal are translated with their parameters."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.batch import BatchSettings, Row, State
from core.batch.journal import Journal, known_rows
from core.batch.scan import PassedOver
from core.batch.verdict import verdict_to_json
from core.detection import CLASSES, Detection
from core.masks import Brush, Mask, Sky, Stroke
from core.messages import message, verbatim
from core.steps import Step
from dfpir_gui.batch import texts
from dfpir_gui.i18n import language

ERROR = message("{file} cannot be read: {reason}.", file="a.jpg", reason=message("it is empty"))
GERMAN = {
    "{file} cannot be read: {reason}.": "{reason}, daher kann {file} nicht gelesen werden.",
    "it is empty": "sie ist leer",
    "The earlier result {name} is out of date.": "Das frühere Ergebnis {name} ist veraltet.",
}


@pytest.fixture
def german() -> Iterator[None]:
    language.use_translator(lambda context, text: GERMAN.get(text, text))
    yield
    language.use_translator(None)


def haze(confidence: float) -> str:
    found = {name: confidence if name == "haze" else 0.01 for name in CLASSES}
    return verdict_to_json(Detection(found, ("haze",), None, False))


def test_reason_from_a_journal_is_translated_with_its_parameters(german: None, tmp_path: Path) -> None:
    row = Row("a.jpg", state=State.FAILED, error=ERROR, outdated=("b.jpg",)).with_notes((ERROR, "an older note"))
    with Journal(tmp_path) as journal:
        journal.put([row])
    translated = "sie ist leer, daher kann a.jpg nicht gelesen werden."
    expected = f"Das frühere Ergebnis b.jpg ist veraltet. {translated} {translated} an older note"
    assert texts.reason_text(known_rows(tmp_path)["a.jpg"]) == expected
    assert texts.passed_over_text([PassedOver("a.jpg", ERROR)]) == f"a.jpg: {translated}"


def test_failures_name_each_photo_and_leave_out_its_folder() -> None:
    rows = [
        Row("sub/a.jpg", state=State.FAILED, error=verbatim("/photos/sub/a.jpg is empty.")),
        Row("b.jpg", state=State.LEFT, error=verbatim("The name is taken.")),
        Row("c.jpg", state=State.LEFT),
        Row("d.jpg", state=State.REVIEW, error=verbatim("unsure")),
    ]
    assert texts.failure_lines(rows, Path("/photos")) == ["sub/a.jpg is empty.", "b.jpg: The name is taken."]


def test_steps_are_those_done_or_set_or_planned() -> None:
    settings = BatchSettings(threshold=0.8, strength=0.5)
    assert texts.steps_text(Row("a", steps=(Step("haze"), Step("noise25", 0.25)))) == "Haze, Noise (σ 25) 25 %"
    assert texts.steps_text(Row("a", override=())) == "set: leave unchanged"
    painted = Mask.from_shape(Brush((Stroke(((0.2, 0.2), (0.8, 0.8)), 0.1),)))
    other = Row("a", override=(Step("haze", mask=painted), Step("rain", mask=Mask.from_shape(Sky()))))
    assert texts.steps_text(other) == "set: Haze, Rain (masked)"  # a painted mask belongs to one photo
    assert texts.steps_text(Row("a", verdict=haze(0.9)), settings) == "planned: Haze 50 %"
    assert texts.steps_text(Row("a", verdict=haze(0.7)), settings) == "planned: to review"
    assert texts.steps_text(Row("a", verdict=haze(0.9))) == ""


def test_groups_have_names() -> None:
    assert texts.group_text("noise+low-light") == "Noise and low light"
    assert (texts.group_text("clean"), texts.group_text("")) == ("Clean", "Not analysed")


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(None, ""), (12.4, "12 s left"), (200.0, "about 3 min left"), (9000.0, "about 2.5 h left")],
)
def test_remaining_time_is_given_in_a_suitable_unit(seconds: float | None, text: str) -> None:
    assert texts.time_left_text(seconds) == text


def test_lists_and_sentences_are_joined_as_the_language_does() -> None:
    patterns = {
        ", ": "、",
        " and ": "和",
        "{count} photos:  {states}": "{count} 张照片：{states}",
        "{count} {state}": "{state} {count}",
        "{name}: {reason}": "{name}：{reason}",
    }
    language.use_translator(lambda context, text: patterns.get(text, text))
    try:
        assert texts.step_list((Step("rain"), Step("haze"), Step("blur"))) == "Rain、Haze、Motion blur"
        assert texts.group_text("rain+haze+noise") == "Rain、haze和noise"
        assert texts.counts_text([Row("a"), Row("b", state=State.RESTORED)]) == "2 张照片：restored 1 · waiting 1"
        assert texts.passed_over_text([PassedOver("a.jpg", ERROR)]).startswith("a.jpg：")
        failed = [Row("b.jpg", state=State.LEFT, error=verbatim("The name is taken."))]
        assert texts.failure_lines(failed, Path("/photos")) == ["b.jpg：The name is taken."]
    finally:
        language.use_translator(None)
    assert texts.group_text("rain+haze+noise") == "Rain, haze and noise"
