"""Messages as JSON: they come back whole, and a file cannot make a template do more than insert parameters."""

import json
import pickle

import pytest

from core.messages import Message, from_dict, message, verbatim

NESTED = message(
    "{file}: {found} ({share:.0%}).",
    file="a {b}.jpg",
    found=[message("noise (σ {sigma:.0f})", sigma=23.4), "rain"],
    share=0.7,
)


def test_message_is_its_english_text() -> None:
    assert NESTED == "a {b}.jpg: noise (σ 23), rain (70%)."


@pytest.mark.parametrize("text", [NESTED, verbatim("100 {sure}"), message("{quality}", quality=5)])
def test_message_survives_json_and_pickle(text: Message) -> None:
    for copy in (from_dict(json.loads(json.dumps(text.to_dict()))), pickle.loads(pickle.dumps(text))):
        assert copy == text and copy.template == text.template
        assert copy.to_dict() == text.to_dict()


def test_plain_text_of_an_earlier_version_is_kept() -> None:
    assert from_dict("{not} a template") == "{not} a template"


@pytest.mark.parametrize(
    "values",
    [
        {"template": "{name:>999999999}", "parameters": {"name": "x"}},
        {"template": "{name.__class__}", "parameters": {"name": "x"}},
        {"template": "{name[0]}", "parameters": {"name": "x"}},
        {"template": "{}", "parameters": {"": "x"}},
        {"template": "{other}", "parameters": {"name": "x"}},
        {"template": "{name", "parameters": {"name": "x"}},
        {"template": "{name}"},
        {"template": 5, "parameters": {}},
        ["{name}"],
        None,
    ],
)
def test_anything_else_is_refused(values: object) -> None:
    with pytest.raises(ValueError):
        from_dict(values)
