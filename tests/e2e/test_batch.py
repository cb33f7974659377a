"""The guarantees of ``dfpir batch`` at a small size; ``benchmarks/batch.py`` checks them at full size."""

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
    guarantees = {line.split()[1]: line for line in done.stdout.splitlines()}
    assert set(guarantees) == {"plan", "broken", "memory", "kills"}, done.stdout + done.stderr
    # Memory is checked only at full size: a run this short has no steady state.
    for name in ("plan", "broken", "kills"):
        assert guarantees[name].startswith("kept"), guarantees[name]
