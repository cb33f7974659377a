"""Translation of the window's texts. Needs no Qt, so that the session can use it too.

Widgets call their own ``tr()``. Everything that is no QObject calls :func:`translate`, which Qt's ``lupdate`` finds by
its name. :mod:`dfpir_gui.i18n.qt_translators` installs the translator; :mod:`dfpir_gui.i18n.messages` translates the
messages of the library.
"""

from collections.abc import Callable, Iterable

Translator = Callable[[str, str], str]
"""Returns the translation of a text in a context, or the text itself."""

_translator: Translator | None = None


def translate(context: str, text: str) -> str:
    """Return ``text`` in the user's language, or unchanged if there is no translation.

    Args:
        context: names the part of the window, as the class does for ``tr()``.
        text: in English; a literal in the call. Values are put in afterwards by ``.format()``.
    """
    return text if _translator is None else _translator(context, text)


def listed(texts: Iterable[str]) -> str:
    """Return texts as one list in the user's language, e.g. ``"a.jpg, b.jpg"``."""
    return translate("Messages", ", ").join(texts)


def listed_with_and(texts: Iterable[str]) -> str:
    """Return texts as one list with "and" before the last one, e.g. ``"blur, rain and haze"``."""
    *others, last = [*texts] or [""]
    return translate("Names", " and ").join((listed(others), last)) if others else last


def listed_clauses(texts: Iterable[str]) -> str:
    """Join clauses that may contain commas, with the semicolon of the user's language."""
    return translate("Messages", "; ").join(texts)


def tr(text: str) -> str:
    """Mark a literal in a table for ``lupdate``, and return it unchanged; :func:`translated` translates it later."""
    return text


def translated(text: str) -> str:
    """Return a text that was marked by :func:`tr`, in the user's language."""
    return translate("", text)


def use_translator(translator: Translator | None) -> None:
    """Make :func:`translate` call ``translator`` from now on; None gives English."""
    global _translator
    _translator = translator


class Retranslatable(str):
    """A text in the user's language that can be made again after the language was switched; see :func:`retranslate`."""

    make: Callable[[], str]

    def __new__(cls, make: Callable[[], str]) -> "Retranslatable":
        """Make the text with ``make``, which calls :func:`translate`."""
        made = super().__new__(cls, make())
        made.make = make
        return made


def retranslate(text: str) -> str:
    """Return a :class:`Retranslatable` in the present language; a plain text is returned unchanged."""
    return text.make() if isinstance(text, Retranslatable) else text
