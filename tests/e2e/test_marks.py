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
    # Of 10 s: at 5 % too early to count, at 10 % unknown, at 20 % 5 s in all are expected, at 50 % 12 s.
    report = marks.streaming.Report
    seen = [report(0.05, 5.0, 5.0, 95.0), report(0.1, 0.9, 0.9), report(0.2, 1.0, 1.0, 4.0), report(0.5, 6.0, 6.0, 6.0)]
    seen.append(report(1.0, 10.0, 10.0, 0.0))
    assert marks.streaming.worst_estimate(seen) == pytest.approx(-0.5)
    assert marks.streaming.worst_estimate(seen, first=0.3) == pytest.approx(0.2)


def test_remaining_times_are_compared_with_the_rest_under_the_present_load(marks: ModuleType) -> None:
    # 2 cores for 10 s, then 1 for 20 s: 40 s of processor time. After 6 s, 14 s are left if nothing changes.
    report = marks.streaming.Report
    begin = [report(0.0, 0.0, 0.0), report(0.3, 6.0, 12.0, 14.0), report(0.4, 8.0, 16.0, 13.2)]
    rest = [report(0.5, 10.0, 20.0, 10.0), report(0.6, 14.0, 24.0, 17.6), report(1.0, 30.0, 40.0, 0.0)]
    worst = marks.streaming.worst_remaining
    assert worst([*begin, *rest], [10.0], 1.0) == pytest.approx(0.1)
    assert worst([*begin, report(0.4, 8.5, 17.0, 8.0), *rest], [10.0], 1.0) == pytest.approx(8.0 / 11.5 - 1)
    assert worst([*begin, *rest], [10.0], 0.0) == pytest.approx(-0.5)  # at 10 s it still assumes 2 cores


def test_progress_is_recorded_to_its_end(marks: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)  # it would last
    options: argparse.Namespace = marks.options("64", 1, 1)
    watched: list[tuple[float, ...]] = []
    seen = marks.streaming.record_progress(options, "compact", "64", "float32", watched.append)
    assert seen[-2].share == pytest.approx(1.0)
    assert [report[:3] for report in seen] == sorted(report[:3] for report in seen)
    assert watched == seen[:-1]


def test_a_dry_run_has_figures_and_no_marks() -> None:
    environment = {**os.environ, "PYTHONPATH": str(FOLDER.parent)}
    command = [sys.executable, FOLDER / "marks.py", "--dry-run", "--only", "floors"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "float32: times the matrix floor" in done.stdout
    assert "MISSED" not in done.stdout
