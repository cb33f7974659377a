"""The languages of the window, and Qt's translators for them."""

from importlib import resources
from pathlib import Path

from PySide6.QtCore import QT_TRANSLATE_NOOP, QCoreApplication, QLibraryInfo, QLocale, QTranslator

from dfpir_gui.i18n.language import use_translator

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
"""Names of the languages, by the code in the names of the translation files."""

QT_TEXTS = (
    QT_TRANSLATE_NOOP("QFileDialog", "&Look in:"),
    QT_TRANSLATE_NOOP("QFileDialog", "Files of &type:"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "Folder"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "File"),
    QT_TRANSLATE_NOOP("QAbstractFileIconProvider", "%1 File"),
)
"""Texts of Qt's own file dialog that Qt's catalogues lack; those of this program have them."""


def system_language() -> str:
    """Return the code of the system's language if the window is translated to it, else that of English."""
    for name in QLocale.system().uiLanguages():
        parts = name.replace("_", "-").split("-")
        if parts[0] == "zh" and not {"TW", "HK", "MO", "Hant"} & set(parts[1:]):
            return "zh_CN"
        if parts[0] == "en":
            return "en"
    return "en"


def translation_file(language: str) -> Path:
    """Return the path of the compiled translation; English has no such file."""
    return Path(str(resources.files("resources") / "translations" / f"dfpir_{language}.qm"))


def use_language(app: QCoreApplication, language: str) -> None:
    """Translate everything that is created from now on: the window, and Qt's own dialogs.

    Args:
        app: the application; it owns the translators.
        language: a key of :data:`LANGUAGES`; any other text selects the system's language.
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
