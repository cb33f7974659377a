"""Updates the catalogue of translations from the sources: ``python packaging/translations.py [FILE.json ...]``.

The texts of the window are found by Qt's lupdate, those of the library (:mod:`core.messages`) by their calls. A text
that only moved to another context keeps its translation. A JSON file brings new ones: a list of objects with
``source``, ``translation`` and, if it matters, ``context``. Texts that are gone are removed; texts without a
translation are listed, and the exit status is 1 if there are any. The compiled catalogue is written last.
"""

import argparse
import ast
import json
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Iterable, Iterator
from pathlib import Path

import PySide6

ROOT = Path(__file__).resolve().parents[1]
CATALOGUE = ROOT / "resources" / "translations" / "dfpir_zh_CN.ts"
CONTEXT = "core"


def templates(folder: Path) -> Iterator[tuple[Path, int, str | None]]:
    """File, line and template of every call of ``message`` below a folder; None where it is no literal."""
    for path in sorted(folder.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and _name(node.func) == "message" and node.args:
                yield path, node.lineno, node.args[0].value if isinstance(node.args[0], ast.Constant) else None


def _name(function: ast.expr) -> str:
    return function.id if isinstance(function, ast.Name) else ""


def tool(name: str) -> str:
    """A program of Qt Linguist, from the PySide6 that is installed."""
    folder = Path(PySide6.__file__).parent
    return str(next(path for path in (folder / name, folder / f"{name}.exe") if path.is_file()))


def fresh_catalogue(core: Path, window: Path, file: Path) -> None:
    """Write a catalogue with every text of the sources and no translation."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "core_messages.py"
        found = sorted({template for _, _, template in templates(core) if template is not None})
        listed.write_text("".join(f"QT_TRANSLATE_NOOP({CONTEXT!r}, {template!r})\n" for template in found), "utf-8")
        sources = [str(listed), *map(str, sorted(window.rglob("*.py")))]
        command = [tool("lupdate"), *sources, "-silent", "-locations", "none", "-source-language", "en"]
        subprocess.run([*command, "-target-language", "zh_CN", "-ts", str(file)], check=True)


def main() -> int:
    """Update the catalogue and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("new", nargs="*", type=Path, metavar="FILE.json", help="translations to add")
    options = parser.parse_args()
    known = dict(_read(CATALOGUE))
    anywhere: dict[str, str] = {}
    for (_, source), text in known.items():
        anywhere.setdefault(source, text)
    for path in options.new:
        for entry in json.loads(path.read_text("utf-8")):
            anywhere[entry["source"]] = entry["translation"]
            known = {key: text for key, text in known.items() if key[1] != entry["source"] or "context" in entry}
            known[entry.get("context", ""), entry["source"]] = entry["translation"]
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "fresh.ts"
        fresh_catalogue(ROOT / "core", ROOT / "dfpir_gui", fresh)
        tree = ElementTree.parse(fresh)
    missing = list(_fill(tree, known, anywhere))
    _write(tree, CATALOGUE)
    subprocess.run([tool("lrelease"), "-silent", str(CATALOGUE), "-qm", str(CATALOGUE.with_suffix(".qm"))], check=True)
    for context, source in missing:
        sys.stdout.write(json.dumps({"context": context, "source": source}, ensure_ascii=False) + "\n")
    return 1 if missing else 0


def _read(file: Path) -> Iterable[tuple[tuple[str, str], str]]:
    for context in ElementTree.parse(file).iter("context"):
        for entry in context.iter("message"):
            text = entry.findtext("translation")
            if text:
                yield (context.findtext("name") or "", entry.findtext("source") or ""), text


def _fill(
    tree: "ElementTree.ElementTree[ElementTree.Element]", known: dict[tuple[str, str], str], anywhere: dict[str, str]
) -> Iterator[tuple[str, str]]:
    for context in tree.iter("context"):
        name = context.findtext("name") or ""
        for entry in context.iter("message"):
            source = entry.findtext("source") or ""
            text = known.get((name, source)) or anywhere.get(source)
            translation = entry.find("translation")
            if translation is None:
                continue
            if text:
                translation.text = text
                translation.attrib.pop("type", None)
            else:
                yield name, source


def _write(tree: "ElementTree.ElementTree[ElementTree.Element]", file: Path) -> None:
    root = tree.getroot()
    contexts = sorted(root.iter("context"), key=lambda context: context.findtext("name") or "")
    for context in contexts:  # sorted, so that changes made side by side rarely meet
        entries = sorted(context.iter("message"), key=lambda entry: entry.findtext("source") or "")
        context[1:] = entries
    root[:] = contexts
    ElementTree.indent(tree, " " * 4)
    body = ElementTree.tostring(tree.getroot(), encoding="unicode")
    file.write_text(f'<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE TS>\n{body}\n', "utf-8")


if __name__ == "__main__":
    sys.exit(main())
