"""Texts for users as a template and its parameters, so that the window can translate them.

The library itself contains no translations. An error, a note or a caption is a :class:`Message`: an English ``str``
that keeps its template and parameters. The window looks the template up in its catalogue and formats the
translation with the same parameters. ``packaging/translations.py`` collects the templates, so the first
argument of :func:`message` must be a literal.
"""

import re
from collections.abc import Mapping, Sequence
from pathlib import PurePath
from string import Formatter
from typing import Union

Parameter = Union[str, int, float, "Message", Sequence[Union[str, int, float, "Message"]]]
"""The value of a placeholder. Messages are translated as well; sequences are joined by commas."""

Json = Union[str, int, float, "list[Json]", "dict[str, Json]"]
"""Plain values as JSON holds them."""


_SPEC = re.compile(r"[+,]?(\.\d)?[defg%]?")
"""Format specifications in templates: no widths, which could make texts of any length."""


class Message(str):
    """A text in English that keeps the template and the parameters it was made of.

    Attributes:
        template: with the names of parameters in curly braces, as :meth:`str.format` takes it.
        parameters: by name; see :data:`Parameter`.
    """

    template: str
    parameters: Mapping[str, Parameter]

    def __new__(cls, template: str, parameters: Mapping[str, Parameter] | None = None) -> "Message":
        """Format the template.

        Raises:
            KeyError: a parameter of the template is missing.
        """
        parameters = dict(parameters or {})
        text = template.format(**{name: _in_english(value) for name, value in parameters.items()})
        made = super().__new__(cls, text)
        made.template, made.parameters = template, parameters
        return made

    def __reduce__(self) -> tuple[type["Message"], tuple[str, dict[str, Parameter]]]:
        return Message, (self.template, dict(self.parameters))

    def to_dict(self) -> dict[str, Json]:
        """The message as plain values for JSON: ``{"template": ..., "parameters": {...}}``."""
        parameters: dict[str, Json] = {name: _to_json(value) for name, value in self.parameters.items()}
        return {"template": self.template, "parameters": parameters}


def message(template: str, **parameters: "Parameter | PurePath") -> Message:
    """Make a message of a literal template, e.g. ``message("{file} is empty.", file=name)``."""
    texts = {name: str(value) if isinstance(value, PurePath) else value for name, value in parameters.items()}
    return Message(template, texts)


def verbatim(text: str) -> Message:
    """A text that is not translated: another program's output, or a text from a file of an earlier version."""
    return text if isinstance(text, Message) else Message("{text}", {"text": text})


def with_advice_once(warnings: Sequence[Message]) -> tuple[Message, ...]:
    """The same warnings, to be shown one after the other: advice that the next one gives, too, is left out.

    Only warnings with the parameters ``problem`` and ``advice`` change, as :class:`core.quality.QualityReport` makes
    them; the texts of earlier versions stay as they are.
    """
    texts: list[Message] = []
    for number, text in enumerate(warnings):
        following = warnings[number + 1].parameters if number + 1 < len(warnings) else {}
        advice = text.parameters.get("advice")
        same = set(text.parameters) == {"problem", "advice"} and following.get("advice") == advice
        texts.append(message("{problem}.", problem=text.parameters["problem"]) if same else text)
    return tuple(texts)


def from_dict(values: object) -> Message:
    """Inverse of :meth:`Message.to_dict`; a plain text, as earlier versions wrote it, becomes a verbatim message.

    Raises:
        ValueError: it is neither, or its template asks for more than to put in values: files may be forged.
    """
    if isinstance(values, str):
        return verbatim(values)
    if not isinstance(values, dict) or not isinstance(values.get("parameters"), dict):
        raise ValueError(f"not a message: {values!r}")
    try:
        _check(values["template"])
        parameters = {str(name): _from_json(value) for name, value in values["parameters"].items()}
        return Message(values["template"], parameters)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ValueError(f"not a message: {error}") from error


def _check(template: str) -> None:
    for _, name, spec, conversion in Formatter().parse(template):
        if name is not None and not (name.isidentifier() and _SPEC.fullmatch(spec or "") and conversion in (None, "r")):
            raise ValueError(f"field {name!r}")


def _in_english(value: Parameter) -> object:
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _to_json(value: Parameter) -> Json:
    if isinstance(value, Message):
        return value.to_dict()
    if isinstance(value, list | tuple):
        return [_to_json(item) for item in value]
    return value if isinstance(value, str | int | float) else str(value)


def _from_json(value: object) -> Parameter:
    return [_single_from_json(item) for item in value] if isinstance(value, list) else _single_from_json(value)


def _single_from_json(value: object) -> str | int | float:
    if isinstance(value, dict):
        return from_dict(value)
    if isinstance(value, str | int | float):
        return value
    raise ValueError(f"not a parameter: {value!r}")
