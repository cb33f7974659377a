"""Update the Chinese catalogue from the sources: ``python packaging/translations.py [FILE.json ...]``.

The texts of the window are collected by Qt's lupdate, those of the library (:mod:`core.messages`) from the calls of
``message``. A text keeps its translation when it moves to another context; texts that no longer exist are removed. A
JSON file adds translations: a list of objects, or one object per line, with ``source``, ``translation`` and optionally
``context``.

Texts without a translation are printed, one JSON object per line, and the exit code is 1 if there are any. The compiled
catalogue is written in any case.
"""

import argparse
import ast
import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TypeAlias

import PySide6

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "resources" / "translations" / "dfpir_zh_CN.ts"

CONTEXT = "core"
"""Context of the texts of the library in the catalogue."""

Tree: TypeAlias = "ElementTree.ElementTree[ElementTree.Element]"
Key = tuple[str, str]
"""Context and source of a text."""


class CatalogueError(Exception):
    """The sources or a file of translations cannot be used; the message names the place."""


def templates(folder: Path) -> Iterator[tuple[Path, int, str | None]]:
    """File, line and template of every call of ``message`` below a folder; None if the template is not a literal."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _is_message(node.func) and node.args:
                template = node.args[0]
                is_literal = isinstance(template, ast.Constant) and isinstance(template.value, str)
                yield path, node.lineno, str(template.value) if is_literal else None  # type: ignore[attr-defined]


def _is_message(function: ast.expr) -> bool:
    return (isinstance(function, ast.Name) and function.id == "message") or (
        isinstance(function, ast.Attribute)
        and function.attr == "message"
        and isinstance(function.value, ast.Name)
        and function.value.id == "messages"
    )


def update(core: Path, window: Path, catalogue: Path, new: Sequence[Path] = ()) -> list[Key]:
    """Write the catalogue and its compiled form, and return the texts that have no translation.

    Args:
        core: folder of the library.
        window: folder of the window.
        catalogue: the ``.ts`` file, which is replaced; it must exist.
        new: JSON files with translations to add.

    Raises:
        CatalogueError: a template is not a literal, or a JSON file has another form.
    """
    known = dict(_read(catalogue))
    by_source: dict[str, str] = {}
    for (_, source), text in known.items():
        by_source.setdefault(source, text)
    for context, source, text in (entry for file in new for entry in _entries(file)):
        if context is None:  # in every context
            known = {key: old for key, old in known.items() if key[1] != source}
            by_source[source] = text
        else:
            known[context, source] = text
            by_source.setdefault(source, text)
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "fresh.ts"
        _collect(core, window, fresh)
        tree: Tree = ElementTree.parse(fresh)
    missing = list(_fill(tree, known, by_source))
    _write(tree, catalogue)
    compiled = catalogue.with_suffix(".qm")
    temporary = catalogue.with_suffix(".qm.new")  # a running program has mapped the old file
    subprocess.run([_tool("lrelease"), "-silent", str(catalogue), "-qm", str(temporary)], check=True)
    temporary.replace(compiled)
    return missing


def main(arguments: list[str] | None = None) -> int:
    """Update the catalogue of the repository and return the exit code."""
    parser = argparse.ArgumentParser(description="Update the Chinese catalogue from the sources.")
    parser.add_argument("new", nargs="*", type=Path, metavar="FILE.json", help="translations to add")
    options = parser.parse_args(arguments)
    try:
        missing = update(ROOT / "core", ROOT / "dfpir_gui", CATALOGUE, options.new)
    except CatalogueError as error:
        sys.stderr.write(f"translations: {error}\n")
        return 2
    for context, source in missing:
        sys.stdout.write(json.dumps({"context": context, "source": source}, ensure_ascii=False) + "\n")
    return 1 if missing else 0


def _collect(core: Path, window: Path, file: Path) -> None:
    """Write a catalogue with every text of the sources and no translation."""
    texts: set[str] = set()
    for path, line, template in templates(core):
        if template is None:
            raise CatalogueError(f"{path}:{line}: the template of a message must be a literal.")
        texts.add(template)
    listed = file.with_name("core_messages.py")
    listed.write_text("".join(f"QT_TRANSLATE_NOOP({CONTEXT!r}, {text!r})\n" for text in sorted(texts)), "utf-8")
    sources = [str(listed), *map(str, sorted(window.rglob("*.py")))]
    command = [_tool("lupdate"), *sources, "-silent", "-locations", "none", "-source-language", "en"]
    subprocess.run([*command, "-target-language", "zh_CN", "-ts", str(file)], check=True)


def _tool(name: str) -> str:
    """A program of Qt Linguist, from the installed PySide6."""
    folder = Path(PySide6.__file__).parent
    return str(next(path for path in (folder / name, folder / f"{name}.exe") if path.is_file()))


def _entries(file: Path) -> Iterator[tuple[str | None, str, str]]:
    """Context (None for every one), source and translation of the entries of a JSON file."""
    text = file.read_text("utf-8")
    try:
        entries = json.loads(text) if text.lstrip().startswith("[") else map(json.loads, text.splitlines())
        for entry in entries:
            yield entry.get("context"), entry["source"], entry["translation"]
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise CatalogueError(f"{file}: expected objects with source and translation ({error!r}).") from error


def _read(file: Path) -> Iterator[tuple[Key, str]]:
    for context in ElementTree.parse(file).iter("context"):
        for entry in context.iter("message"):
            if text := entry.findtext("translation"):
                yield (context.findtext("name") or "", entry.findtext("source") or ""), text


def _fill(tree: Tree, known: dict[Key, str], by_source: dict[str, str]) -> Iterator[Key]:
    """Add the known translations to the tree; yields the texts without one."""
    for context in tree.iter("context"):
        name = context.findtext("name") or ""
        for entry in context.iter("message"):
            source, translation = entry.findtext("source") or "", entry.find("translation")
            if translation is None:
                continue
            if text := known.get((name, source)) or by_source.get(source):
                translation.text = text
                translation.attrib.pop("type", None)
            else:
                yield name, source


def _write(tree: Tree, file: Path) -> None:
    root = tree.getroot()
    contexts = sorted(root.iter("context"), key=lambda context: context.findtext("name") or "")
    for context in contexts:  # sorted, to avoid merge conflicts
        context[1:] = sorted(context.iter("message"), key=lambda entry: entry.findtext("source") or "")
    root[:] = contexts
    ElementTree.indent(tree, " " * 4)
    body = ElementTree.tostring(root, encoding="unicode")
    file.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', "utf-8")


if __name__ == "__main__":
    sys.exit(main())
