"""Messages: an English text with its template and parameters."""

import json
import pickle

import pytest

from core.errors import DFPIRError
from core.messages import Message, from_dict, message, verbatim, with_advice_once

NESTED = message(
    "{file}: {part} lacks {names}.", file="a.json", part=message("step {number}", number=2), names=["x", "y"]
)


def test_a_message_is_its_english_text() -> None:
    assert NESTED == "a.json: step 2 lacks x, y."
    assert message("σ {sigma:.0f} of {total:.1%}", sigma=22.6, total=0.125) == "σ 23 of 12.5%"
    assert message("braces {name!r}", name="{odd}") == "braces '{odd}'"


def test_template_and_parameters_are_kept() -> None:
    assert NESTED.template == "{file}: {part} lacks {names}."
    assert NESTED.parameters["part"] == message("step {number}", number=2)


def test_a_missing_parameter_is_an_error() -> None:
    with pytest.raises(KeyError, match="file"):
        Message("{file} is empty.", {})


@pytest.mark.parametrize("original", [NESTED, message("no parameters"), message("{value}", value=0.5), verbatim("{x}")])
def test_messages_survive_json_and_pickle(original: Message) -> None:
    for copy in (from_dict(json.loads(json.dumps(original.to_dict()))), pickle.loads(pickle.dumps(original))):
        assert copy == original
        assert copy.template == original.template
        assert dict(copy.parameters) == dict(original.parameters)


def test_plain_texts_of_earlier_versions_become_verbatim_messages() -> None:
    text = from_dict("a {text} of an earlier version")
    assert text == "a {text} of an earlier version"
    assert text.template == "{text}"
    assert verbatim(NESTED) is NESTED


@pytest.mark.parametrize(
    "values",
    [
        None,
        3,
        [],
        {},
        {"template": "{x}", "parameters": {}},
        {"template": "{", "parameters": {}},
        {"template": 3, "parameters": {}},
        {"template": "x", "parameters": [1]},
        {"template": "{x}", "parameters": {"x": None}},
        {"template": "{x:d}", "parameters": {"x": "text"}},
    ],
)
def test_other_values_are_refused(values: object) -> None:
    with pytest.raises(ValueError, match="not a"):
        from_dict(values)


def test_an_error_has_its_message() -> None:
    assert DFPIRError(NESTED).message is NESTED
    assert DFPIRError("plain").message == "plain"
    assert DFPIRError("plain").message.template == "{text}"


@pytest.mark.parametrize("template", ["{a:99999999d}", "{a.__class__}", "{a[0]}", "{a!s}", "{}", "{0}", "{a:{a}}"])
def test_templates_of_forged_files_only_put_in_values(template: str) -> None:
    with pytest.raises(ValueError, match="not a message"):
        from_dict({"template": template, "parameters": {"a": 1}})


def test_several_warnings_together_give_the_same_advice_once() -> None:
    def warning(problem: str, advice: str) -> Message:
        return message("{problem}: {advice}.", problem=message(problem), advice=message(advice))

    same = [warning("Dull", "try 40 %"), warning("Dark", "try 40 %"), warning("Blotches", "try 40 %")]
    assert " ".join(with_advice_once(same)) == "Dull. Dark. Blotches: try 40 %."
    assert with_advice_once(same[:1]) == tuple(same[:1])
    other = (warning("Dull", "try 40 %"), warning("Dark", "leave it"), verbatim("An earlier text."))
    assert with_advice_once(other) == other
    assert with_advice_once([]) == ()
