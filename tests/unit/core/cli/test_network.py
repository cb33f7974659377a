"""Nothing is downloaded without the option: commands with a model that needs the text encoder, sockets blocked."""

import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from core.checkpoints import Checkpoint, save_checkpoint
from core.cli import main
from core.prompts import CLIP, PromptBank


@pytest.fixture
def bare(tiny_checkpoint: Checkpoint, tmp_path: Path) -> Path:
    """A model without prompts, as the authors' checkpoints are."""
    empty = Checkpoint(tiny_checkpoint.config, tiny_checkpoint.state, PromptBank(CLIP, {}), {"name": "bare"})
    return save_checkpoint(tmp_path / "bare.safetensors", empty)


@pytest.fixture
def attempts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """Every attempt to use the network; all fail."""
    calls: list[tuple[object, ...]] = []

    def refuse(*arguments: object, **_: object) -> None:
        calls.append(arguments)
        raise OSError("there is no network here")

    for name in ("getaddrinfo", "create_connection", "gethostbyname"):
        monkeypatch.setattr(socket, name, refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    return calls


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
def test_no_command_uses_the_network(
    command: list[str],
    bare: Path,
    attempts: list[tuple[object, ...]],
    picture: Callable[[str], Path],
    verdicts: object,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    photo = picture("a.png")
    words = {"photo": photo, "out": tmp_path / "out", "folder": photo.parent}
    assert main([*(word.format(**words) for word in command), "--model", str(bare)]) == 2
    captured = capsys.readouterr().err
    assert attempts == []
    assert "ViT-B-32.pt" in captured and "--download-text-encoder" in captured and "--text-encoder FILE" in captured


def test_the_option_allows_the_download(
    bare: Path, attempts: list[tuple[object, ...]], picture: Callable[[str], Path], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["restore", str(picture("a.png")), "-d", "haze", "--model", str(bare), "--download-text-encoder"]) == 2
    assert attempts and "could not be loaded" in capsys.readouterr().err
