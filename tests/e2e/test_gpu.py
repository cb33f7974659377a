"""What has to be tried on a GPU runs on the CPU, with tiny networks and without what is not installed there."""

import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np

from core.checkpoints import load_checkpoint
from training.engine.loop import Trainer
from training.restoration.config import load_config
from training.restoration.objective import RestorationObjective

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "gpu.py"

CONFIG = """
name = "tiny"
seed = 5
holdout = 1
autocast = "float32"

[model]
dim = 8
blocks = [1, 1, 1, 1]
refinement_blocks = 1
heads = [1, 1, 2, 2]
expansion = 1.5
prompt_dim = 32
stem = 2

[optimiser]
muon_lr = 0.02
schedule = "constant"

[[stage]]
steps = 4
patch = 32
batch = 2

[task.noise]
kind = "noise"
degradation = "noise25"
folders = ["clean"]
share = 1.0
"""

_ABSENT = ("PySide6", "pyvips", "open_clip", "platformdirs", "watchdog", "qdarkstyle", "pyqtgraph", "tensorboard")
_START = f"import runpy, sys; sys.modules.update(dict.fromkeys({_ABSENT!r})); sys.argv = sys.argv[1:]; "
_START += "runpy.run_path(sys.argv[0], run_name='__main__')"


def run(*arguments: object) -> str:
    """What a command prints, in a process that lacks what the GPU's machine lacks."""
    environment = {**os.environ, "PYTHONPATH": str(SCRIPT.parents[1])}
    command = [sys.executable, "-c", _START, str(SCRIPT), *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_all_checks_run_on_the_cpu_and_a_training_comes_back_and_goes_on(tmp_path: Path) -> None:
    for number in range(3):
        file = tmp_path / "data" / "clean" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(file), np.random.default_rng(number).integers(0, 256, (40, 50, 3), np.uint8))
    config = tmp_path / "tiny.toml"
    config.write_text(CONFIG, encoding="utf-8")

    def trainer(run_dir: Path) -> Trainer:
        return Trainer(RestorationObjective(load_config(config), tmp_path / "data"), run_dir)

    # A state that is on its way: two steps here, one there, one here again.
    trainer(tmp_path / "run").run(2)
    sys.path.insert(0, str(SCRIPT.parent))
    try:
        import gpu
    finally:
        sys.path.remove(str(SCRIPT.parent))
    inputs, out = tmp_path / "inputs", tmp_path / "out"
    state = tmp_path / "run" / "last.pt"
    pack = ("pack", "--to", inputs, "--config", config, "--data", tmp_path / "data", "--state", state)
    assert gpu.main([*map(str, pack)]) == 0  # reads the sample photographs, which takes libvips
    told = run(
        *("check", "--small", "--device", "cpu", "--without-compile", "--inputs", inputs, "--out", out),
        *("--config", config, "--steps", 1),
    )
    report = json.loads((out / "report.json").read_text())
    assert {name: check["outcome"] for name, check in report["checks"].items()} == dict.fromkeys(
        [*gpu.CHECKS, "training"], "kept"
    ), told
    assert "steps 2 to 3" in told

    assert gpu.main(["join", str(out), "--run", str(tmp_path / "back")]) == 0
    back = trainer(tmp_path / "back")
    assert back.step == 3
    back.run()
    trainer(tmp_path / "whole").run()
    one, other = (load_checkpoint(tmp_path / name / "last.safetensors").state for name in ("back", "whole"))
    assert all(np.array_equal(one[key].numpy(), other[key].numpy()) for key in one)
