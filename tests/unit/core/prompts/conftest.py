"""A tiny text encoder, and no network access."""

import json
import socket
from pathlib import Path

import open_clip
import pytest
import torch

TINY = "tiny-clip-quickgelu"
PLAIN = "tiny-clip"
OTHER = "other-clip-quickgelu"


@pytest.fixture(autouse=True)
def _no_network(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError("there is no network here")

    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    # Whatever this machine has downloaded before does not count either.
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))


@pytest.fixture(scope="session")
def tiny_clips(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of three tiny architectures, one of them without QuickGELU, which open_clip now knows by name."""
    folder = tmp_path_factory.mktemp("architectures")
    towers = {
        "embed_dim": 24,
        "vision_cfg": {"image_size": 16, "layers": 1, "width": 64, "patch_size": 8},
        "text_cfg": {"context_length": 77, "vocab_size": 49408, "width": 64, "heads": 1, "layers": 2},
    }
    (folder / f"{TINY}.json").write_text(json.dumps({**towers, "quick_gelu": True}))
    (folder / f"{PLAIN}.json").write_text(json.dumps(towers))
    (folder / f"{OTHER}.json").write_text(json.dumps({**towers, "embed_dim": 16, "quick_gelu": True}))
    open_clip.add_model_config(folder)
    return folder


@pytest.fixture(scope="session")
def clip(tiny_clips: Path) -> torch.nn.Module:
    """The tiny CLIP with random weights; what the encoder's embeddings are compared with."""
    torch.manual_seed(0)
    return open_clip.create_model(TINY).eval()


@pytest.fixture(scope="session")
def weights(clip: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its weights as a state dict."""
    path = tmp_path_factory.mktemp("weights") / "tiny.pt"
    torch.save(clip.state_dict(), path)
    return path
