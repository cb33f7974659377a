"""The promises of ``dfpir batch`` at a small size; ``benchmarks/batch.py`` alone tries the full one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "batch.py"


@pytest.mark.skipif(sys.platform == "win32", reason="kills by SIGKILL and measures by wait4")
def test_batch_survives_broken_photos_and_crashes() -> None:
    size = ["--photos", "40", "--side", "24", "--kills", "3", "--files", "2000"]
    environment = {**os.environ, "PYTHONPATH": str(BENCHMARK.parents[1])}
    done = subprocess.run(
        [sys.executable, BENCHMARK, *size], env=environment, capture_output=True, text=True, check=False
    )
    promises = {line.split()[1]: line for line in done.stdout.splitlines()}
    assert set(promises) == {"plan", "broken", "memory", "kills"}, done.stdout + done.stderr
    # So short a run has no steady state: whether memory stays flat is for the full size to show.
    for name in ("plan", "broken", "kills"):
        assert promises[name].startswith("kept"), promises[name]
