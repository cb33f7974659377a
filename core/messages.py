"""Texts for people as a template and its parameters, so that the window can translate them.

The library has no translations. An error, a note or a caption is a :class:`Message`: an English ``str`` that keeps the
template and the parameters it was made of. The window looks the template up in its catalogue and formats the
translation with the same parameters. ``packaging/translations.py`` collects the templates, so the first
argument of :func:`message` must be a literal.
"""

from collections.abc import Mapping
from typing import Any

Parameter = "str | int | float | Message | Sequence[Message | str]"
"""What a template may be filled with. Messages are translated in their turn; sequences are joined by commas."""


class Message(str):
    """A text in English that remembers its template and its parameters.

    Attributes:
        template: with the names of parameters in curly braces, as :meth:`str.format` takes it.
        parameters: by name; see :data:`Parameter`.
    """

    template: str
    parameters: Mapping[str, Any]

    def __new__(cls, template: str, parameters: Mapping[str, Any] | None = None) -> "Message":
        """Make the message.

        Raises:
            KeyError: a parameter of the template is missing.
        """
        parameters = dict(parameters or {})
        made = super().__new__(cls, template.format(**{name: english(value) for name, value in parameters.items()}))
        made.template, made.parameters = template, parameters
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Message, (self.template, dict(self.parameters))

    def to_dict(self) -> dict[str, Any]:
        """The message as plain values for JSON: ``{"template": ..., "parameters": {...}}``."""
        return {
            "template": self.template,
            "parameters": {name: _plain(value) for name, value in self.parameters.items()},
        }


def message(template: str, **parameters: Any) -> Message:
    """Make a message of a literal template, e.g. ``message("{file} is empty.", file=name)``."""
    return Message(template, parameters)


def verbatim(text: str) -> Message:
    """A text that is not translated: the words of another program, or those of an earlier version's file."""
    return text if isinstance(text, Message) else Message("{text}", {"text": text})


def from_dict(values: Any) -> Message:
    """Inverse of :meth:`Message.to_dict`; a plain text, as earlier versions wrote it, becomes a verbatim message.

    Raises:
        ValueError: it is neither.
    """
    if isinstance(values, str):
        return verbatim(values)
    try:
        parameters = {str(name): _parameter(value) for name, value in values["parameters"].items()}
        return Message(values["template"], parameters)
    except (KeyError, TypeError, AttributeError, IndexError, ValueError) as error:
        raise ValueError(f"not a message: {error}") from error


def english(value: Any) -> Any:
    """A parameter as the English template takes it: sequences joined by commas, everything else as it is."""
    return ", ".join(map(str, value)) if isinstance(value, list | tuple) else value


def _plain(value: Any) -> Any:
    if isinstance(value, Message):
        return value.to_dict()
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value if isinstance(value, str | int | float) else str(value)


def _parameter(value: Any) -> Any:
    if isinstance(value, dict):
        return from_dict(value)
    return [_parameter(item) for item in value] if isinstance(value, list) else value
