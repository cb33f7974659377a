"""Hostile model files are refused with a reason; no code is executed, memory is bounded, built-in models are intact."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from core import Detector, load_checkpoint
from core.checkpoints.builtin import built_in_models
from core.detection.files import built_in_detector
from tests.hostile import models

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the limits on memory are those of POSIX")

ROOT = Path(__file__).parents[2]
TIMEOUT_S = 60.0  # for one file, on a busy machine


def loaded(folder: Path) -> dict[str, dict]:
    """Load each file of ``folder`` in a process with limits; returns the outcomes by name."""
    done = subprocess.run(
        [sys.executable, Path(__file__).with_name("loading.py"), folder],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0, f"exit code {done.returncode} at {lines[-1:]}: {done.stderr[-2000:]}"
    return {line["name"]: line for line in lines if "opening" not in line}


def built_in_hashes() -> dict[Path, str]:
    files = [*built_in_models().values(), built_in_detector()]
    return {file: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_valid_files_load(tmp_path: Path) -> None:
    for name, data in models.seeds().items():
        (tmp_path / name).write_bytes(data)
    assert {line["restorer"] for line in loaded(tmp_path).values()} == {"loaded"}


def test_hostile_files_are_refused_by_name_and_nothing_is_executed_or_changed(tmp_path: Path) -> None:
    folder, trace = tmp_path / "models", tmp_path / "trace"
    folder.mkdir()
    before = built_in_hashes()
    for name, data in models.hostile(trace):
        (folder / name).write_bytes(data)
    for name, start in (("sparse.pth", b"PK\x03\x04"), ("sparse.safetensors", models.native())):
        with (folder / name).open("wb") as file:  # sparse
            file.write(start)
            file.truncate(models.GIGABYTES_10)
    names = {path.name for path in folder.iterdir()}
    outcomes = loaded(folder)
    assert set(outcomes) == names == {path.name for path in folder.iterdir()}
    assert [line for line in outcomes.values() if "escaped" in line] == []
    assert [line["name"] for line in outcomes.values() if "loaded" in (line["restorer"], line["detector"])] == []
    for kind in ("restorer", "detector"):
        assert [line for line in outcomes.values() if line["name"] not in line[kind]] == []
        assert [line for line in outcomes.values() if len(line[kind]) > 600] == []  # a message, not a listing
    assert [line for line in outcomes.values() if line["seconds"] > TIMEOUT_S] == []
    assert not trace.exists() and list(tmp_path.iterdir()) == [folder]
    assert built_in_hashes() == before
    for file in built_in_models().values():
        load_checkpoint(file).build()
    Detector()
