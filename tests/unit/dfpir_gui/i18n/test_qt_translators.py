"""The translation into Simplified Chinese: complete, consistent, and shown in the window."""

import re
import runpy
import subprocess
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import PySide6
import pytest
from PySide6.QtCore import QTranslator
from PySide6.QtWidgets import QAbstractButton, QApplication, QFileDialog, QLabel, QMenu, QPushButton
from pytestqt.qtbot import QtBot

import dfpir_gui
from core.checkpoints.builtin import built_in_models
from core.degradations import KEYS
from core.detection import Detection
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs.settings_dialog import SettingsDialog
from dfpir_gui.i18n import names
from dfpir_gui.i18n.qt_translators import LANGUAGES, translation_file, use_language
from dfpir_gui.session import Session
from dfpir_gui.session.model_registry import ModelEntry, read_model_entry

CHINESE = "zh_CN"
SOURCE = translation_file(CHINESE).with_suffix(".ts")
CHINESE_CHARACTER = re.compile(r"[一-鿿]")


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    use_language(qapp, CHINESE)
    yield
    use_language(qapp, "en")


def tool(name: str) -> str:
    """Path of a program of Qt Linguist in the installed PySide6."""
    folder = Path(PySide6.__file__).parent
    found = next((path for path in (folder / name, folder / f"{name}.exe") if path.is_file()), None)
    if found is None:
        pytest.skip(f"this PySide6 comes without {name}")
    return str(found)


def messages(path: Path) -> dict[tuple[str, str], tuple[str, bool]]:
    """Translation and whether it is finished, by context and source text."""
    found = {}
    for context in ElementTree.parse(path).iter("context"):
        for message in context.iter("message"):
            text = message.find("translation")
            key = (context.findtext("name") or "", message.findtext("source") or "")
            found[key] = (text.text or "", text.get("type") is None)
    return found


def test_every_text_is_translated(tmp_path: Path) -> None:
    tool("lupdate")
    root = Path(dfpir_gui.__file__).parents[1]
    copy = tmp_path / SOURCE.name
    copy.write_bytes(SOURCE.read_bytes())
    update = runpy.run_path(str(root / "packaging" / "translations.py"))["update"]
    assert update(root / "core", root / "dfpir_gui", copy) == []
    existing, expected = messages(SOURCE), messages(copy)
    assert len(expected) > 300
    assert existing == expected, "the texts have changed: run packaging/translations.py"
    assert [key for key, (text, finished) in existing.items() if not (finished and text)] == []


def test_translations_have_the_same_fields_and_mnemonics_as_their_sources() -> None:
    for (_, source), (text, _) in messages(SOURCE).items():
        assert sorted(re.findall(r"\{[^}]*\}", source)) == sorted(re.findall(r"\{[^}]*\}", text)), source
        assert source.count("&") == text.count("&"), source
        assert source.endswith("…") == text.endswith("…"), source


def test_the_compiled_catalogue_matches_its_source(tmp_path: Path) -> None:
    made = tmp_path / "made.qm"
    subprocess.run([tool("lrelease"), "-silent", str(SOURCE), "-qm", str(made)], check=True)
    assert made.read_bytes() == translation_file(CHINESE).read_bytes()


def test_the_window_speaks_chinese(qtbot: QtBot, chinese: None, session: Session) -> None:
    window = MainWindow(session, ())
    qtbot.addWidget(window)
    window.show()
    titles = [action.text() for action in window.menuBar().actions()]
    assert titles[0] == "文件(&F)"
    menus = [menu for menu in window.menuBar().findChildren(QMenu) if menu.title() in titles]
    texts = [action.text() for menu in menus for action in menu.actions() if action.text()]
    allowed = {"&100 %", "&200 %"}
    assert [text for text in texts if not CHINESE_CHARACTER.search(text) and text not in allowed] == []
    shown = [b.text() for b in window.findChildren(QAbstractButton) if b.isVisible()]
    shown += [label.text() for label in window.findChildren(QLabel) if label.isVisible()]
    words = [text for text in shown if re.search(r"[A-Za-z]{3}", text)]
    engine = window.preferences.engine_summary  # names of devices and precisions are the same in all languages
    assert [text for text in words if not CHINESE_CHARACTER.search(text) and text != engine] == []
    assert window.actions_.fit.iconText() == "适合窗口"


def test_numbers_and_names_are_inserted(chinese: None) -> None:
    assert names.label("noise25") == "噪点（σ 25）"
    detection = Detection({"noise": 0.9, "haze": 0.8, "rain": 0.0, "clean": 0.0}, ("noise", "haze"), 23.4, False)
    assert names.detection_text(detection) == "噪点（σ 23）和雾霾"
    assert all(CHINESE_CHARACTER.search(names.label(key)) for key in KEYS)


def test_the_card_of_the_built_in_model_is_translated(chinese: None) -> None:
    [(name, path)] = built_in_models().items()
    entry = read_model_entry(ModelEntry(name, path, True, name))
    texts = (entry.about, *entry.data, entry.licence)
    assert len(texts) > 4 and [text for text in texts if not CHINESE_CHARACTER.search(text)] == []


def test_english_installs_no_translator(qapp: QApplication) -> None:
    use_language(qapp, "en")
    assert names.label("haze") == "Haze"
    assert not qapp.findChildren(QTranslator)


def test_languages_are_listed_by_their_own_names(qtbot: QtBot, chinese: None, session: Session) -> None:
    window = MainWindow(session, ())
    qtbot.addWidget(window)
    dialog = SettingsDialog(window.preferences, window)
    entries = [dialog.language.itemText(index) for index in range(dialog.language.count())]
    assert entries[1:] == list(LANGUAGES.values())


def test_file_dialog_of_qt_is_chinese_throughout(qtbot: QtBot, chinese: None) -> None:
    dialog = QFileDialog()
    qtbot.addWidget(dialog)
    dialog.setOption(QFileDialog.Option.DontUseNativeDialog)
    texts = [part.text() for part in (*dialog.findChildren(QLabel), *dialog.findChildren(QPushButton))]
    assert len(texts) >= 5 and all(CHINESE_CHARACTER.search(text) for text in texts if text), texts
