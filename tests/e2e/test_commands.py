"""The installed commands, started as a user does."""

import json
import subprocess
import sys
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

SCRIPTS = Path(sys.executable).parent


def start(command: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPTS / command, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_restore_with_the_built_in_model(tmp_path: Path) -> None:
    sample = Path(str(resources.files("resources") / "samples" / "noise25.jpg"))
    small = tmp_path / "small.jpg"
    picture = cv2.imdecode(np.frombuffer(sample.read_bytes(), np.uint8), cv2.IMREAD_COLOR)[:160, 720:]
    small.write_bytes(cv2.imencode(".jpg", picture)[1].tobytes())
    done = start("dfpir", "restore", small, "-d", "noise25", "-o", tmp_path / "restored.png", "--json")
    assert done.returncode == 0, done.stderr
    record = json.loads(done.stdout)
    assert record["model"] == "dfpir-compact" and record["error"] is None
    restored = cv2.imdecode(np.fromfile(tmp_path / "restored.png", np.uint8), cv2.IMREAD_COLOR)
    assert restored.shape == picture.shape
    flat = (slice(40, 90), slice(150, 200))  # out of focus: variation there is noise
    assert restored[flat].std(axis=(0, 1)).mean() < 0.6 * picture[flat].std(axis=(0, 1)).mean()


@pytest.mark.parametrize("command", ["dfpir", "dfpir-train", "dfpir-evaluate", "dfpir-gui"])
def test_every_command_has_a_help_text(command: str) -> None:
    done = start(command, "--help")
    assert done.returncode == 0 and command in done.stdout


def test_invalid_use_exits_with_2() -> None:
    assert start("dfpir", "restore", "x.jpg", "-d", "snow").returncode == 2
    assert start("dfpir").returncode == 2
