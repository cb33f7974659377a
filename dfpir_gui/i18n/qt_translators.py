"""The languages of the window, and the translators that speak them."""

from importlib import resources
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QTranslator

from dfpir_gui.i18n.language import use_translator

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""What can be chosen, by the code in the names of the translation files."""


def system_language() -> str:
    """Return the language of the system, as far as the window speaks it; else English."""
    for name in QLocale.system().uiLanguages():
        parts = name.replace("_", "-").split("-")
        if parts[0] == "zh" and not {"TW", "HK", "MO", "Hant"} & set(parts[1:]):
            return "zh_CN"
        if parts[0] == "en":
            return "en"
    return "en"


def translation_file(language: str) -> Path:
    """Return the compiled translation of the window; there is none for English."""
    return Path(str(resources.files("resources") / "translations" / f"dfpir_{language}.qm"))


def use_language(app: QCoreApplication, language: str) -> None:
    """Let everything that is made from now on speak ``language``: the window, and Qt's own dialogs.

    Args:
        app: the application; it keeps the translators.
        language: a key of :data:`LANGUAGES`, or anything else for the system's.
    """
    for translator in app.findChildren(QTranslator):
        app.removeTranslator(translator)
        translator.setParent(None)
        translator.deleteLater()
    chosen = language if language in LANGUAGES else system_language()
    QLocale.setDefault(QLocale(chosen))
    if chosen != "en":
        folder = QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath)
        for file in (str(Path(folder) / f"qtbase_{chosen}.qm"), str(translation_file(chosen))):
            translator = QTranslator(app)
            if translator.load(file):
                app.installTranslator(translator)
    use_translator(None if chosen == "en" else _translated)


def _translated(context: str, text: str) -> str:
    return QCoreApplication.translate(context, text)
