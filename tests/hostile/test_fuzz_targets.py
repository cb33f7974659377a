"""The targets of benchmarks/fuzz.py, without the fuzzer: each gets its valid inputs and cut ones."""

import importlib
import sys
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

TARGETS = ("photo", "model", "detector", "pickle", "recipe", "journal", "report", "name")


@pytest.fixture
def fuzz(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """The module, with a substitute for atheris, which is no requirement of the tests."""
    substitute = SimpleNamespace(instrument_imports=lambda **_: nullcontext())
    monkeypatch.setitem(sys.modules, "atheris", substitute)
    monkeypatch.delitem(sys.modules, "benchmarks.fuzz", raising=False)
    return importlib.import_module("benchmarks.fuzz")


@pytest.mark.parametrize("target", TARGETS)
def test_targets_accept_their_valid_inputs_and_refuse_cut_ones_plainly(
    fuzz: ModuleType, target: str, tmp_path: Path
) -> None:
    one, seeds = fuzz.TARGETS[target]
    made = seeds()
    assert made
    for data in made.values():
        for content in (data, data[: len(data) // 2], b""):
            file = tmp_path / "input.bin"
            file.write_bytes(content)
            one(file)  # raises at anything but a result or a DFPIRError


def test_every_target_is_tried(fuzz: ModuleType) -> None:
    assert set(fuzz.TARGETS) == set(TARGETS)
