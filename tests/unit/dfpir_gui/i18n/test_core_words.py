"""What the library says, in the user's language: every error, every chart, and nothing that it does not say."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication

import core
import core.errors as errors_of_core
from core.batch.job import decide
from core.batch.settings import BatchSettings
from core.degradations import KEYS
from core.detection import Detection
from core.errors import PhotoError
from core.inspection import Ablation, standard_ablations
from core.inspection.charts import STAGE_WORDS, WHERE_WORDS
from core.photo import Photo
from dfpir_gui.i18n import core_words
from dfpir_gui.i18n.core_words import (
    TEMPLATES,
    fitted,
    photos,
    translated_list,
    translated_sentence,
    translated_verdict,
)
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.session.notices import notice_from_error

CORE = Path(core.__file__).parent
KINDS = {kind.__name__ for kind in vars(errors_of_core).values() if isinstance(kind, type)}
SPOKEN = re.compile(r"[一-鿿]")

NEVER_IN_THE_WINDOW = ("cli", "evaluation", "messages.py")
"""Commands, benchmarks and the self-test."""


@pytest.fixture
def chinese(qapp: QApplication) -> Iterator[None]:
    use_language(qapp, "zh_CN")
    yield
    use_language(qapp, "en")


EITHER = {
    "batch/settings.py": {"name": ["Strength", "The threshold"]},
    "checkpoints/validation.py": {"what": ["a model", "a detector"]},
    "photo/files.py": {"verb": ["read", "written"]},
    "prompts/bank.py": {"known": ["It knows: a, b.", "Its prompt bank is empty."]},
}
"""Values that are words of the library, by module and name; all others are numbers and the names of things."""

Named = dict[str, list[str]]


def constants() -> Named:
    """Every text of the library that has a name of its own at the top of a module; some names occur twice."""
    found: Named = {}
    for path in CORE.rglob("*.py"):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                found.setdefault(node.targets[0].id, []).extend(texts(node.value, {}))
    return {name: said for name, said in found.items() if said}


def texts(node: ast.expr, named: Named) -> list[str]:
    """What an expression may say, with ``«…»`` for values; nothing if it is no text that stands there."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.Name(id=name):
            return named.get(name, [])
        case ast.JoinedStr(values=parts):
            return ["".join(chosen) for chosen in product(*(texts(part, named) for part in parts))]
        case ast.FormattedValue(value=value):
            return texts(value, named) if isinstance(value, ast.Name) and value.id in named else ["«some value»"]
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return [a + b for a, b in product(texts(left, named), texts(right, named))]
        case ast.IfExp(body=body, orelse=other):
            return texts(body, named) + texts(other, named)
        case ast.Call(func=ast.Attribute(value=text, attr="replace")):
            return texts(text, named)
    return []


def errors() -> Iterator[tuple[str, str]]:
    """Where an error is raised that users see, and what it says."""
    everywhere = constants()
    for path in sorted(CORE.rglob("*.py")):
        place = path.relative_to(CORE).as_posix()
        if place.startswith(NEVER_IN_THE_WINDOW):
            continue
        named = everywhere | EITHER.get(place, {})
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in KINDS:
                for text in texts(node.args[0], named) if node.args else ():
                    yield f"{place}:{node.lineno}", text


def test_every_error_of_the_library_is_translated(chinese: None) -> None:
    said = list(errors())
    assert len(said) > 150
    assert [(place, text) for place, text in said if not SPOKEN.search(translated_sentence(text))] == []


def test_in_english_the_library_is_quoted_to_the_letter() -> None:
    for _, text in errors():
        assert translated_sentence(text) == text


def test_templates_are_those_that_the_library_says() -> None:
    said = [text for _, text in errors()]
    look = Path(core_words.__file__).parents[2] / "inspector" / "inspection_target.py"
    files = [*CORE.rglob("*.py"), look, *(CORE.parent / "resources" / "models").glob("*.md")]
    sources = "\n".join(path.read_text(encoding="utf-8") for path in files)
    plain = re.sub(r"[\"']\s*\n\s*f?[\"']", "", sources).replace("\\'", "'")
    labels = {part for switch in standard_ablations("haze") for part in switch.label.split(", ")}
    for template in set(TEMPLATES) - set(photos.SYSTEM):
        longest = max(re.split(r"\{\w+\}", template), key=len).strip()
        stands_there = longest[:20] in plain or longest[-20:] in plain
        used = stands_there or template in KEYS
        assert used or any(fitted(template, text) is not None for text in (*said, *labels)), template


def test_an_error_is_translated_with_its_values_and_reasons(chinese: None) -> None:
    notice = notice_from_error(PhotoError("a {b}.jpg is empty (0 bytes). Copy it again from its source."), "x")
    assert notice.what == "a {b}.jpg 是空文件（0 字节）。请从来源处重新复制。"
    inner = (
        "m.pth cannot be used as a model. It is no model file. Choose a .safetensors, .pth or .pth.tar file of DFPIR."
    )
    assert "不是模型文件" in translated_sentence(inner)
    refused = (
        "/x/haze cannot be written: No space left on device. The disk is full; free some space, or choose another disk."
    )
    assert translated_sentence(refused) == "无法写入 /x/haze：设备上没有剩余空间。磁盘已满，请释放空间或换一个磁盘。"
    assert translated_sentence("Something nobody has listed.") == "Something nobody has listed."


def test_files_that_are_called_like_words_keep_their_names(chinese: None) -> None:
    assert translated_sentence("haze, crop 8×8 at (0, 0), at full size, prompt haze") == (
        "haze，裁剪 8×8，位于 (0, 0)，原尺寸，提示：雾霾"
    )
    assert translated_sentence("text is a folder. Choose a file name.").startswith("text ")


def test_notes_on_a_real_photo_are_translated(chinese: None, tmp_path: Path) -> None:
    from PIL import Image

    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "blue")]
    frames[0].save(tmp_path / "two.tif", save_all=True, append_images=frames[1:])
    (note,) = Photo.open(tmp_path / "two.tif").notes
    assert translated_sentence(note) == "共有 2 页（帧），只读取了第一页。"


@pytest.mark.parametrize(
    ("detection", "words"),
    [
        (Detection({"haze": 0.9, "noise": 0.8, "clean": 0.0}, ("noise", "haze"), 23.4, False), "噪点（σ 23）和雾霾"),
        (Detection({"haze": 0.4, "low-light": 0.3, "clean": 0.0}, ("low-light",), None, True), "不确定，可能是低光"),
        (Detection({"haze": 0.1, "clean": 0.9}, (), None, False), "干净"),
    ],
)
def test_verdicts_are_translated_alone_and_in_the_reason_for_a_review(
    chinese: None, detection: Detection, words: str
) -> None:
    assert translated_verdict(detection.label) == words
    reason = decide(detection.to_dict(), BatchSettings(threshold=1.0))
    assert isinstance(reason, str) and words in translated_sentence(reason)


def test_every_switch_and_stage_has_a_name(chinese: None) -> None:
    labels = [switch.label for switch in (*standard_ablations("rain"), Ablation(order="identity", caapm=False))]
    for words in (
        *map(translated_list, labels),
        *map(translated_sentence, (*STAGE_WORDS.values(), *WHERE_WORDS.values())),
    ):
        assert SPOKEN.search(words) or words.startswith("γ"), words
