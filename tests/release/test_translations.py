"""``packaging/translations.py``: which texts it collects, keeps, adds and reports."""

import importlib.util
import json
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from types import ModuleType

import pytest
from PySide6.QtCore import QTranslator

EMPTY = '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n<TS version="2.1" language="zh_CN"/>\n'
LIBRARY = """
from core import messages
from core.messages import message

raise ValueError(message("{file} is empty.", file="a.jpg"))
note = messages.message(
    "The second of "
    "two parts."
)
other = log.message("not a message of the library")
"""
WINDOW = """
class Page:
    def titles(self):
        return self.tr("Restore"), self.tr("Cancel")
"""


@pytest.fixture(scope="module")
def translations() -> ModuleType:
    file = Path(__file__).parents[2] / "packaging" / "translations.py"
    spec = importlib.util.spec_from_file_location("packaging_translations", file)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small repository: ``core``, ``window`` and an empty catalogue."""
    for folder, text in (("core/deep", LIBRARY), ("window", WINDOW)):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "texts.py").write_text(text, encoding="utf-8")
    (tmp_path / "zh.ts").write_text(EMPTY, encoding="utf-8")
    return tmp_path


def update(translations: ModuleType, tree: Path, *new: object) -> list[tuple[str, str]]:
    files = []
    for number, entries in enumerate(new):
        files.append(tree / f"new{number}.json")
        files[-1].write_text(entries if isinstance(entries, str) else json.dumps(entries), encoding="utf-8")
    return sorted(translations.update(tree / "core", tree / "window", tree / "zh.ts", files))


def entries(tree: Path) -> dict[tuple[str, str], str]:
    contexts = ElementTree.parse(tree / "zh.ts").iter("context")
    return {
        (context.findtext("name") or "", entry.findtext("source") or ""): entry.findtext("translation") or ""
        for context in contexts
        for entry in context.iter("message")
    }


ALL = [("Page", "Cancel"), ("Page", "Restore"), ("core", "The second of two parts."), ("core", "{file} is empty.")]


def test_texts_of_library_and_window_are_collected_and_reported_without_a_translation(
    translations: ModuleType, tree: Path
) -> None:
    assert update(translations, tree) == ALL
    assert sorted(entries(tree)) == ALL and set(entries(tree).values()) == {""}


def test_added_translations_are_written_compiled_and_kept(translations: ModuleType, tree: Path) -> None:
    first = [
        {"source": "Restore", "translation": "修复"},
        {"source": "{file} is empty.", "translation": "{file} 为空。"},
    ]
    assert update(translations, tree, first) == [ALL[0], ALL[2]]
    lines = '{"context": "Page", "source": "Cancel", "translation": "取消"}\n'
    assert update(translations, tree, lines) == [ALL[2]]
    assert entries(tree)["Page", "Restore"] == "修复" and entries(tree)["Page", "Cancel"] == "取消"
    translator = QTranslator()
    assert translator.load(str(tree / "zh.qm"))
    assert translator.translate("core", "{file} is empty.") == "{file} 为空。"


def test_a_moved_text_keeps_its_translation_and_a_removed_one_disappears(translations: ModuleType, tree: Path) -> None:
    update(translations, tree, [{"source": source, "translation": source.upper()} for _, source in ALL])
    moved = WINDOW.replace("class Page", "class Panel").replace(', self.tr("Cancel")', "")
    (tree / "window" / "texts.py").write_text(moved, encoding="utf-8")
    assert update(translations, tree) == []
    assert entries(tree)["Panel", "Restore"] == "RESTORE"
    assert [key for key in entries(tree) if key[0] == "Page" or key[1] == "Cancel"] == []


def test_a_translation_for_one_context_does_not_change_others(translations: ModuleType, tree: Path) -> None:
    (tree / "window" / "more.py").write_text(WINDOW.replace("Page", "Dialog"), encoding="utf-8")
    update(translations, tree, [{"source": "Cancel", "translation": "取消"}])
    update(translations, tree, [{"context": "Dialog", "source": "Cancel", "translation": "停止"}])
    assert entries(tree)["Page", "Cancel"] == "取消" and entries(tree)["Dialog", "Cancel"] == "停止"
    update(translations, tree, [{"source": "Cancel", "translation": "撤消"}])
    assert entries(tree)["Page", "Cancel"] == entries(tree)["Dialog", "Cancel"] == "撤消"


def test_a_template_that_is_not_a_literal_is_named_with_its_line(translations: ModuleType, tree: Path) -> None:
    (tree / "core" / "wrong.py").write_text('x = 1\nmessage(f"{x} is wrong")\n', encoding="utf-8")
    with pytest.raises(translations.CatalogueError, match=r"wrong\.py:2: .*literal"):
        update(translations, tree)
    assert (tree / "zh.ts").read_text(encoding="utf-8") == EMPTY


@pytest.mark.parametrize("content", ["[1]", "{", '[{"source": "Restore"}]', '{"translation": "x"}'])
def test_a_file_of_another_form_is_named(translations: ModuleType, tree: Path, content: str) -> None:
    with pytest.raises(translations.CatalogueError, match=r"new0\.json"):
        update(translations, tree, content)


def test_the_command_prints_what_is_missing(
    translations: ModuleType, tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(translations, "ROOT", tree)
    monkeypatch.setattr(translations, "CATALOGUE", tree / "zh.ts")
    (tree / "window").rename(tree / "dfpir_gui")
    assert translations.main([]) == 1
    printed = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert sorted((entry["context"], entry["source"]) for entry in printed) == ALL
    new = tree / "new.json"
    new.write_text(json.dumps([{**entry, "translation": "译"} for entry in printed]), encoding="utf-8")
    assert translations.main([str(new)]) == 0 and capsys.readouterr().out == ""
    new.write_text("{", encoding="utf-8")
    assert translations.main([str(new)]) == 2 and "new.json" in capsys.readouterr().err
    assert "packaging_translations" not in sys.modules
