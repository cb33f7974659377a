"""Messages of the library in the user's language."""

from typing import Any

from core.messages import Message
from dfpir_gui.i18n.language import translate

CONTEXT = "core"
"""Context of the library's templates in the catalogue."""


def translated_message(text: str) -> str:
    """Return a :class:`core.messages.Message` in the user's language, with its parameters; other text as it is."""
    if not isinstance(text, Message):
        return text
    parameters = {name: _parameter(value) for name, value in text.parameters.items()}
    return translate(CONTEXT, text.template).format(**parameters)


def _parameter(value: Any) -> Any:
    if isinstance(value, Message):
        return translated_message(value)
    if isinstance(value, list | tuple):
        return translate("Messages", ", ").join(str(_parameter(item)) for item in value)
    return value
