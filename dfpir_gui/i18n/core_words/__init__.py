"""Sentences that the library says, in the user's language.

The library knows no translations: its errors, notes and captions are English sentences with values in them. They are
listed here as templates, one module for each part of the library; a sentence that fits one is said in the user's
language, any other stays as it is. A test sees to it that every error fits.
"""

import re
from functools import cache
from itertools import chain

from core.messages import Message
from dfpir_gui.i18n.core_words import batches, charts, models, photos, restoring
from dfpir_gui.i18n.language import translate, translated
from dfpir_gui.i18n.messages import translated_message

_TABLES = (photos.TEMPLATES, photos.SYSTEM, models.TEMPLATES, restoring.TEMPLATES, batches.TEMPLATES, charts.TEMPLATES)
TEMPLATES = tuple(dict.fromkeys(chain.from_iterable(_TABLES)))

_OWN = frozenset({"file", "folder", "model", "name", "names", "template"})
"""Values that people have named, which are never translated."""


def translated_sentence(sentence: str) -> str:
    """Return ``sentence`` in the user's language if it fits one of :data:`TEMPLATES`, else as it is.

    Where several fit, the one with most words of its own counts.
    """
    if isinstance(sentence, Message):
        found_message = translated_message(sentence)
        if found_message != sentence:
            return found_message
    for template in _ordered():
        found = fitted(template, sentence)
        if found is not None:
            return translated(template).format(**{key: _value(key, value) for key, value in found.items()})
    return sentence


def translated_verdict(label: str) -> str:
    """Return :attr:`core.detection.Detection.label` in the user's language."""
    found = translated_sentence(label)
    return found if found != label else translate("Names", " and ").join(map(translated_sentence, label.split(" and ")))


def translated_list(words: str, separator: str = ", ") -> str:
    """Return each part of an enumeration as :func:`translated_sentence` does."""
    return separator.join(map(translated_sentence, words.split(separator)))


def fitted(template: str, sentence: str) -> dict[str, str] | None:
    """The values in ``sentence`` by their names in ``template``, or None if it does not fit."""
    if not all(part in sentence for part in _fixed(template)):
        return None  # quicker than to try, for a template that begins with a value
    found = _pattern(template).fullmatch(sentence)
    return None if found is None else found.groupdict()


def _value(key: str, value: str) -> str:
    if key in _OWN:
        return value
    return translated_verdict(value) if key == "verdict" else translated_sentence(value)


@cache
def _ordered() -> tuple[str, ...]:
    return tuple(sorted(TEMPLATES, key=lambda template: -len("".join(_fixed(template)))))


@cache
def _fixed(template: str) -> tuple[str, ...]:
    return tuple(part for part in _split(template)[::2] if part)


def _split(template: str) -> list[str]:
    """Words and names of values in turn, the words first."""
    return re.split(r"\{(\w+)\}", template)


@cache
def _pattern(template: str) -> re.Pattern[str]:
    parts = [re.escape(part) if at % 2 == 0 else _group(part) for at, part in enumerate(_split(template))]
    return re.compile("".join(parts), re.DOTALL)


def _group(name: str) -> str:
    return f"(?P<{name}>[^()]+?)" if name == "share" else f"(?P<{name}>.+?)"  # a verdict before it may have brackets
