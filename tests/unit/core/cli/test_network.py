"""Nothing is downloaded unasked: the commands with a model whose prompts only a text encoder makes, sockets blocked."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from core.checkpoints import Checkpoint, save_checkpoint
from core.cli import main
from core.prompts import CLIP, PromptBank


@pytest.fixture
def bare(tiny_checkpoint: Checkpoint, tmp_path: Path) -> Path:
    """A model without prompts, as the authors publish theirs."""
    empty = Checkpoint(tiny_checkpoint.config, tiny_checkpoint.state, PromptBank(CLIP, {}), {"name": "bare"})
    return save_checkpoint(tmp_path / "bare.safetensors", empty)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Every attempt to use the network; all fail."""
    attempts: list[tuple[object, ...]] = []

    def refuse(*arguments: object, **_: object) -> None:
        attempts.append(arguments)
        raise OSError("there is no network here")

    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return attempts


@pytest.mark.parametrize(
    "command",
    [
        ["restore", "{photo}", "-d", "haze", "-o", "{out}.png"],
        ["restore", "{photo}", "-o", "{out}.png"],
        ["inspect", "{photo}", "-o", "{out}", "--prompt-pair", "haze", "rain"],
        ["batch", "{folder}", "{out}", "-d", "haze", "--device", "cpu"],
        ["batch", "{folder}", "{out}", "--device", "cpu"],
    ],
)
def test_no_command_looks_for_a_host(
    command: list[str],
    bare: Path,
    asked: list[tuple[object, ...]],
    picture: Callable[[str], Path],
    verdicts: object,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    photo = picture("a.png")
    words = {"photo": photo, "out": tmp_path / "out", "folder": photo.parent}
    assert main([*(word.format(**words) for word in command), "--model", str(bare)]) == 2
    told = capsys.readouterr().err
    assert asked == []
    assert "ViT-B-32.pt" in told and "--download-text-encoder" in told and "--text-encoder FILE" in told


def test_with_the_option_it_does(
    bare: Path, asked: list[tuple[object, ...]], picture: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(picture("a.png")), "-d", "haze", "--model", str(bare), "--download-text-encoder"]) == 2
    assert asked and "could not be loaded" in capsys.readouterr().err
