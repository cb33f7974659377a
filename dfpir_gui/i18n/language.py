"""How the window's words are turned into the user's language; no toolkit, so that the session can use it too.

Widgets call their own ``tr()``. Whatever is no QObject calls :func:`translate`, whose name Qt's ``lupdate`` looks for.
"""

from collections.abc import Callable

Translator = Callable[[str, str], str]

_translator: Translator | None = None


def translate(context: str, text: str) -> str:
    """Return ``text`` in the user's language, or as it is while there is no translation.

    Args:
        context: names the place, as the class does for ``tr()``.
        text: in English, literally in the call; values are put in afterwards by ``.format()``.
    """
    return text if _translator is None else _translator(context, text)


def tr(text: str) -> str:
    """Mark a text in a table for translation, and return it as it is; :func:`translated` answers when it is shown."""
    return text


def translated(text: str) -> str:
    """Return a text that was marked by :func:`tr`, in the user's language."""
    return translate("", text)


def use_translator(translator: Translator | None) -> None:
    """Let ``translator`` answer :func:`translate` from now on; None gives English."""
    global _translator
    _translator = translator
