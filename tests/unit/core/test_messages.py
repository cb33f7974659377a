"""Messages: English texts that keep their template and parameters."""

import json
import pickle

import pytest

from core.errors import DFPIRError
from core.messages import Message, from_dict, message, verbatim


def test_text_is_the_filled_template() -> None:
    text = message("{file} has {count} pages of {share:.0%}.", file="a.tif", count=3, share=0.5)
    assert text == "a.tif has 3 pages of 50%."
    assert text.template == "{file} has {count} pages of {share:.0%}."
    assert text.parameters == {"file": "a.tif", "count": 3, "share": 0.5}


def test_sequences_are_joined_and_messages_nest() -> None:
    inner = message("noise (σ {sigma:.0f})", sigma=23.4)
    assert message("Found: {names}.", names=[inner, "haze"]) == "Found: noise (σ 23), haze."


def test_missing_parameter_is_an_error() -> None:
    with pytest.raises(KeyError):
        message("{file} is empty.")


@pytest.mark.parametrize("text", ["100 % {", "{x}", "plain"])
def test_text_of_others_is_kept_to_the_letter(text: str) -> None:
    assert verbatim(text) == text


def test_json_and_pickle_round_trips() -> None:
    nested = message("{first} and {rest}", first=message("rain"), rest=[message("σ {s:.1f}", s=2.25), "b"])
    for copy in (from_dict(json.loads(json.dumps(nested.to_dict()))), pickle.loads(pickle.dumps(nested))):
        assert isinstance(copy, Message)
        assert copy == nested == "rain and σ 2.2, b"
        assert copy.template == nested.template
        assert copy.parameters["first"].template == "rain"


def test_plain_text_of_earlier_versions_is_read() -> None:
    assert from_dict("No {room}.") == "No {room}."


@pytest.mark.parametrize("template", ["{a:99999999d}", "{a.__class__}", "{a[0]}", "{a!r}", "{}", "{0}", "{a:{a}}"])
def test_templates_of_forged_files_only_put_in_values(template: str) -> None:
    with pytest.raises(ValueError, match="not a message"):
        from_dict({"template": template, "parameters": {"a": 1}})


@pytest.mark.parametrize(
    "values", [None, 3, {}, {"template": "{a}", "parameters": {}}, {"template": 5, "parameters": {}}, {"template": "{"}]
)
def test_what_is_no_message_is_refused(values: object) -> None:
    with pytest.raises(ValueError, match="not a message"):
        from_dict(values)


def test_errors_give_their_message() -> None:
    said = message("{file} is empty.", file="a.png")
    assert DFPIRError(said).message is said
    assert str(DFPIRError(said)) == "a.png is empty."
    assert DFPIRError("{plain}").message == "{plain}"
