"""The command that measures all marks of the engine works; its figures mean nothing at the smallest size."""

import argparse
import importlib
import os
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest
import torch

FOLDER = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def marks(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(FOLDER))
    monkeypatch.setenv("OMP_WAIT_POLICY", "PASSIVE")
    return importlib.import_module("marks")


def test_a_figure_is_met_on_the_right_side_of_its_mark(marks: ModuleType) -> None:
    assert marks.Figure("time", 2.0, 2.0).met
    assert not marks.Figure("time", 2.1, 2.0).met
    assert marks.Figure("speed-up", 1.9, 1.85, at_least=True).met
    assert not marks.Figure("speed-up", 1.8, 1.85, at_least=True).met
    assert marks.Figure("ceiling", 9.0, None).met
    assert "MISSED" in str(marks.Figure("time", 2.1, 2.0))


def test_the_worst_estimate_counts_from_a_tenth_on_and_keeps_its_sign(marks: ModuleType) -> None:
    # Of 10 s: at 5 % too early to count, at 20 % 1 s (5 s in all are expected), at 50 % 6 s (12 s).
    seen = [(0.05, 5.0), (0.2, 1.0), (0.5, 6.0), (1.0, 10.0)]
    assert marks.streaming.worst_estimate(seen, 10.0) == pytest.approx(-0.5)
    assert marks.streaming.worst_estimate(seen, 10.0, first=0.3) == pytest.approx(0.2)


def test_progress_is_recorded_to_its_end(marks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)  # it would last
    options: argparse.Namespace = marks.options("64", 1, 1)
    seen, total = marks.streaming.record_progress(options, "compact", "64", "float32")
    assert seen[-1][0] == pytest.approx(1.0)
    assert seen == sorted(seen)
    assert seen[-1][1] <= total


def test_a_dry_run_has_figures_and_no_marks() -> None:
    environment = {**os.environ, "PYTHONPATH": str(FOLDER.parent)}
    command = [sys.executable, FOLDER / "marks.py", "--dry-run", "--only", "floors"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "float32: times the matrix floor" in done.stdout
    assert "MISSED" not in done.stdout
