"""What is written to a terminal: no line but ours, no effect, no traceback, whatever names and streams are like."""

import errno
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.cli import main
from core.cli.output import is_lost, json_line, prepared, print_json, print_line, printable, warn


class Broken(io.StringIO):
    """A stream that cannot be written."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number

    def write(self, text: str) -> int:
        raise OSError(self.number, os.strerror(self.number))

    def fileno(self) -> int:
        raise io.UnsupportedOperation


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Föto 照片 👩‍🎨.jpg", "Föto 照片 👩‍🎨.jpg"),
        ("a\x1b[31mb\x07", "a\\x1b[31mb\\x07"),
        ("a\nout/b.png  (0.1 s)", "a\\x0aout/b.png  (0.1 s)"),
        ("\x9b31m\x7f\r", "\\x9b31m\\x7f\\x0d"),
        ("gpj.\u202eexe\u2066\u2028", "gpj.\\u202eexe\\u2066\\u2028"),
        (os.fsdecode(b"bad\xff\xfe.jpg"), "bad\\xff\\xfe.jpg"),
    ],
)
def test_what_has_an_effect_on_a_terminal_is_escaped(text: str, expected: str) -> None:
    assert printable(text) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_json_gives_every_name_back(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["Föto 照片.jpg", "a\x1b\x9b\u202e\n.jpg", os.fsdecode(b"bad\xff.jpg")]
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding))
    with prepared():
        for name in names:
            print_json({"source": name})
    lines = buffer.getvalue().decode(encoding).splitlines()
    assert [json.loads(line)["source"] for line in lines] == names
    assert all(line.isprintable() for line in lines)


def test_a_line_of_json_stays_readable() -> None:
    assert json_line({"a": "é"}) == '{"a": "é"}'


@pytest.mark.parametrize("encoding", ["ascii", "cp1252"])
def test_characters_that_the_encoding_lacks_are_escaped(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding))
    with prepared():
        print_line("照片.jpg")
        print("照片.jpg")  # as argparse does
    assert buffer.getvalue().decode(encoding).splitlines() == ["\\u7167\\u7247.jpg"] * 2


@pytest.mark.parametrize("number", [errno.EPIPE, errno.ENOSPC, errno.EIO])
def test_a_stream_that_cannot_be_written_is_lost_and_no_error(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(number))
    with prepared():
        assert not is_lost()
        print_line("one")
        assert is_lost()
        print_line("two")
        warn("three")
    told = capsys.readouterr().err
    assert "dfpir: three" in told
    assert ("could not be written" in told) == (number != errno.EPIPE)


def test_streams_that_are_closed_take_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "stderr", None)
    with prepared():
        print_line("one")
        warn("nobody hears this")
    assert stdout.getvalue() == "one\n"
    stdout.close()
    with prepared():
        print_line("two")
        assert is_lost()


def test_photos_are_restored_without_an_output(
    tiny_model_file: Path, picture: Callable[[str], Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = [str(picture(name)) for name in ("a.png", "bb.png")]
    options = ["-d", "haze", "--model", str(tiny_model_file), "--device", "cpu"]
    for number, stream in enumerate((Broken(errno.EPIPE), Broken(errno.ENOSPC), None)):
        with monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", stream)
            patch.setattr(sys, "stderr", stream)
            assert main(["restore", *photos, *options, "--output-dir", str(tmp_path / str(number))]) == 0
        assert len(list((tmp_path / str(number)).iterdir())) == 2


def test_a_result_that_is_the_output_is_told_to_be_lost(
    picture: Callable[[str], Path], verdicts: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(errno.ENOSPC))
    assert main(["detect", str(picture("a.png"))]) == 141


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere names are text")
def test_names_of_all_kinds(
    tiny_model_file: Path,
    picture: Callable[[str], Path],
    verdicts: object,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    names = [os.fsdecode(b"bad\xff\xfe.png"), "a\x1b[2Jb.png", "one\nout/two.png  (0.1 s).png", "gnp.\u202eexe.png"]
    photos = [picture(f"{number}.png") for number in range(len(names))]
    hostile = []
    for name, photo in zip(names, photos, strict=True):
        target = tmp_path / "in" / name
        target.parent.mkdir(parents=True, exist_ok=True)
        hostile.append(photo.rename(target))
    broken = tmp_path / "in" / "\x1b]0;owned\x07.png"
    broken.write_bytes(b"no photo")
    files = [str(file) for file in [*hostile, broken]]
    model = ["--model", str(tiny_model_file), "--device", "cpu"]
    assert main(["restore", *files, "-d", "haze", *model, "--output-dir", str(tmp_path / "out")]) == 1
    assert main(["detect", *files]) == 1
    assert main(["batch", str(tmp_path / "in"), str(tmp_path / "dst"), "-d", "haze", "--dry-run", *model]) == 0
    told = capsys.readouterr()
    for text in (told.out, told.err):
        assert text.replace("\n", "").isprintable()
        assert not any(line.startswith("out/two.png") for line in text.splitlines())
    assert "bad\\xff\\xfe.png" in told.out
    assert len(list((tmp_path / "out").iterdir())) == len(names)


def test_a_wrong_option_is_no_way_to_the_terminal_either(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["restore", "a.jpg", "--no\x1b[31m"])
    assert "\x1b" not in capsys.readouterr().err
