"""Output to a terminal: no foreign lines, no control sequences and no traceback, for all names and streams."""

import errno
import io
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from core.cli import main
from core.cli.output import is_lost, json_line, prepared, print_json, print_line, printable, time_left, warn


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
def test_control_sequences_are_escaped(text: str, expected: str) -> None:
    assert printable(text) == expected


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "cp1252"])
def test_json_preserves_every_name(encoding: str, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["Föto 照片.jpg", "a\x1b\x9b\u202e\n.jpg", os.fsdecode(b"bad\xff.jpg")]
    buffer = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(buffer, encoding))
    with prepared():
        for name in names:
            print_json({"source": name})
    lines = buffer.getvalue().decode(encoding).splitlines()
    assert [json.loads(line)["source"] for line in lines] == names
    assert all(line.isprintable() for line in lines)


def test_json_keeps_printable_characters() -> None:
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
def test_an_unwritable_stream_is_not_an_error(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(number))
    with prepared():
        assert not is_lost()
        print_line("one")
        assert is_lost()
        print_line("two")
        warn("three")
    captured = capsys.readouterr().err
    assert "dfpir: three" in captured
    assert ("could not be written" in captured) == (number != errno.EPIPE)


def test_closed_streams_accept_text(monkeypatch: pytest.MonkeyPatch) -> None:
    stdout = io.StringIO()
    monkeypatch.setattr(sys, "stdout", stdout)
    monkeypatch.setattr(sys, "stderr", None)
    with prepared():
        print_line("one")
        warn("discarded")
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


def test_lost_output_of_a_command_without_other_results_has_its_own_exit_code(
    picture: Callable[[str], Path], verdicts: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdout", Broken(errno.ENOSPC))
    assert main(["detect", str(picture("a.png"))]) == 141


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="file names are text on other systems")
def test_hostile_file_names_are_escaped_by_every_command(
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
    captured = capsys.readouterr()
    for text in (captured.out, captured.err):
        assert text.replace("\n", "").isprintable()
        assert not any(line.startswith("out/two.png") for line in text.splitlines())
    assert "bad\\xff\\xfe.png" in captured.out
    assert len(list((tmp_path / "out").iterdir())) == len(names)


def test_invalid_options_are_escaped(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["restore", "a.jpg", "--no\x1b[31m"])
    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0.4, "0:00 left"), (65.2, "1:05 left"), (3725.0, "1:02:05 left")]
)
def test_remaining_times_are_written_like_clocks(seconds: float | None, text: str) -> None:
    assert time_left(seconds) == text
