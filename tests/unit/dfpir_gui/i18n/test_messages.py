"""Messages of the library in the user's language: every one is in the catalogue, and parameters are translated too."""

import ast
import runpy
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

import core
import dfpir_gui
from core import errors
from core.inference import Step
from core.messages import Message, message, verbatim
from dfpir_gui.i18n.language import listed, translate
from dfpir_gui.i18n.messages import CONTEXT, translated_message
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session.wording import steps_line

CORE = Path(core.__file__).parent
TOOL = runpy.run_path(str(CORE.parent / "packaging" / "translations.py"))
ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.DFPIRError)}
COMMAND_LINE = CORE / "cli"


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    use_language(qapp, "zh_CN")
    yield
    use_language(qapp, "en")


def test_every_message_of_the_library_is_translated(chinese: None) -> None:
    templates = {template for _, _, template in TOOL["templates"](CORE)}
    assert len(templates) > 200 and None not in templates  # None: a template that is no literal
    assert [
        template for template in templates if translate(CONTEXT, template) == template and _has_words(template)
    ] == []


def _has_words(template: str) -> bool:
    return any(len(word) > 2 and word.isalpha() for word in template.split() if "{" not in word)


def test_every_error_is_a_message() -> None:
    plain = []
    for path in CORE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ERRORS and node.args:
                is_text = isinstance(node.args[0], ast.Constant | ast.JoinedStr | ast.BinOp)
                if is_text and not path.is_relative_to(COMMAND_LINE):
                    plain.append(f"{path.relative_to(CORE)}:{node.lineno}")
    assert plain == []


def test_lists_are_separated_as_in_the_language_of_the_user(chinese: None) -> None:
    assert listed(["a", "b", "c"]) == "a、b、c"
    assert steps_line((Step("haze"), Step("rain"))).count("、") == 1


def test_no_list_is_separated_as_in_english() -> None:
    window = Path(dfpir_gui.__file__).parent
    found = [
        f"{path.relative_to(window)}:{node.lineno}"
        for path in window.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute)
        and node.attr == "join"
        and isinstance(node.value, ast.Constant)
        and str(node.value.value).strip() in (",", ";")
    ]
    assert found == []


def test_parameters_and_sequences_are_translated(chinese: None) -> None:
    inner = message("{file} is empty (0 bytes). Copy it again from its source.", file="a.png")
    assert translated_message(inner) != inner and "a.png" in translated_message(inner)
    outer = Message("{first}|{rest}", {"first": inner, "rest": [inner, "b"]})
    assert translated_message(outer) == f"{translated_message(inner)}|{translated_message(inner)}、b"


def test_names_are_never_translated(chinese: None) -> None:
    assert translated_message(verbatim("haze")) == "haze"
    assert translated_message("{plain} text") == "{plain} text"


def test_english_is_the_message_itself() -> None:
    said = message("{file} is empty (0 bytes). Copy it again from its source.", file="{a}.png")
    assert translated_message(said) == said == "{a}.png is empty (0 bytes). Copy it again from its source."
