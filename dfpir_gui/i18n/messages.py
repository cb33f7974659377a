"""Translation of the library's messages, which keep their template and parameters."""

from collections.abc import Iterable

from core.messages import Message
from dfpir_gui.i18n.language import translate

CONTEXT = "core"
"""Context of the library's templates in the catalogue."""


def translated_message(text: str) -> str:
    """Return a :class:`core.messages.Message` in the user's language; a plain text is returned unchanged.

    Parameters that are messages are translated too; those of sequences are joined by commas.
    """
    if not isinstance(text, Message):
        return text
    parameters = {name: _translated_parameter(value) for name, value in text.parameters.items()}
    return translate(CONTEXT, text.template).format(**parameters)


def listed(texts: Iterable[str]) -> str:
    """Join words or short phrases, with the comma of the user's language."""
    return translate("Messages", ", ").join(texts)


def listed_clauses(texts: Iterable[str]) -> str:
    """Join clauses that may contain commas, with the semicolon of the user's language."""
    return translate("Messages", "; ").join(texts)


def _translated_parameter(value: object) -> object:
    if isinstance(value, Message):
        return translated_message(value)
    if isinstance(value, list | tuple):
        return listed(str(_translated_parameter(item)) for item in value)
    return value
