"""Two processes on the CPU, started by torchrun, compared with one process with the same batches."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from training.engine.config import Stage
from training.engine.distributed import ALONE, DistributedError, Ranks, joined
from training.engine.loop import LAST, Trainer
from training.engine.state import LOCK, load_state
from training.restoration.config import TrainingConfig, load_config
from training.restoration.objective import RestorationObjective

SCRIPT = """
import json, os, signal, sys
from pathlib import Path
from training.engine import loop as engine
from training.cli import train

losses, rank = [], os.environ["RANK"]
step = engine.Trainer.train_step

def recorded(trainer, batch, signals=()):
    if os.environ.get("TERMINATE") == f"{rank} {trainer.step}":
        signal.raise_signal(signal.SIGTERM)
    result = step(trainer, batch, signals)
    losses.append(result.loss)
    return result

engine.Trainer.train_step = recorded
code = train(sys.argv[2:])
Path(sys.argv[1], f"losses{rank}.json").write_text(json.dumps(losses))
sys.exit(code)
"""


@pytest.fixture
def even(config_file: Path) -> Path:
    """A configuration whose batches two processes can share, in full precision and without Muon's half precision."""
    text = config_file.read_text(encoding="utf-8").replace("batch = 3", "batch = 4").replace("muon_lr = 0.02", "")
    config_file.write_text('autocast = "float32"\n' + text, encoding="utf-8")
    return config_file


def torchrun(folder: Path, config: Path, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    script = folder / "script.py"
    script.write_text(SCRIPT, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
        "--",
        str(script),
    ]
    arguments = [str(folder), str(config), "--data", str(data), "--run", str(folder / "run"), "--device", "cpu"]
    root = Path(__file__).parents[4]
    paths = {"PYTHONPATH": str(root), "OMP_NUM_THREADS": "1", **environment}
    return subprocess.run(
        command + arguments, env={**os.environ, **paths}, capture_output=True, text=True, check=False, timeout=550
    )


def test_two_processes_learn_the_same_as_one(even: Path, data: Path, tmp_path: Path) -> None:
    done = torchrun(tmp_path, even, data)
    assert done.returncode == 0, done.stderr
    losses = [json.loads((tmp_path / f"losses{rank}.json").read_text()) for rank in (0, 1)]
    assert losses[0] == losses[1] and len(losses[0]) == 6  # the mean over both, known to both

    alone = Trainer(RestorationObjective(load_config(even), data), tmp_path / "alone")
    expected = []
    for step in range(6):
        batch = tuple(torch.from_numpy(array) for array in alone.objective.batch(step))
        expected.append(alone.train_step(batch).loss)
    assert losses[0] == pytest.approx(expected, rel=1e-6)
    shared = load_state(tmp_path / "run" / LAST)
    assert shared["step"] == 6 and len(shared["random"]) == 2
    for name, value in alone.model.state_dict().items():
        torch.testing.assert_close(shared["model"][name], value, rtol=1e-4, atol=1e-5)
    files = sorted(file.name for file in (tmp_path / "run").iterdir() if file.name not in ("tensorboard", LOCK))
    assert files == ["best.safetensors", "last.pt", "last.safetensors", "validation.jsonl"]
    lines = (tmp_path / "run" / "validation.jsonl").read_text().splitlines()
    assert [json.loads(line)["step"] for line in lines] == [2, 4, 6]


def test_signal_to_one_process_stops_both_after_the_same_step(even: Path, data: Path, tmp_path: Path) -> None:
    stopped = torchrun(tmp_path, even, data, TERMINATE="1 2")  # at rank 1, which does not write
    assert stopped.returncode == 0, stopped.stderr
    counts = [len(json.loads((tmp_path / f"losses{rank}.json").read_text())) for rank in (0, 1)]
    saved = load_state(tmp_path / "run" / LAST)["step"]
    assert counts == [saved, saved] == [3, 3]
    resumed = Trainer(RestorationObjective(load_config(even), data), tmp_path / "run")  # one process may go on for two
    assert resumed.step == saved
    resumed.run()
    assert load_state(tmp_path / "run" / LAST)["step"] == 6


def test_batch_that_cannot_be_divided_is_named(config: TrainingConfig) -> None:
    with pytest.raises(DistributedError, match=r"batch of 3.*2 processes"):
        Ranks(0, 2).check(config)
    Ranks(1, 2).check(replace(config, stages=(Stage(1, 32, 4),)))


def test_processes_get_every_second_sample(config: TrainingConfig, data: Path) -> None:
    objective = RestorationObjective(replace(config, stages=(Stage(1, 32, 4),)), data)
    whole, parts = objective.batch(0), [objective.batch(0, rank, 2) for rank in (0, 1)]
    for number, array in enumerate(whole):
        for rank in (0, 1):
            assert (parts[rank][number] == array[rank::2]).all()


def test_single_process_and_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    monkeypatch.setattr("torch.cuda.is_available", lambda: False)
    monkeypatch.setattr("torch.cuda.device_count", lambda: 1)
    with joined("auto") as (ranks, device):
        assert ranks == ALONE and ranks.writes and device == torch.device("cpu")
        assert ranks.mean(torch.tensor([2.0, 3.0])) == [2.0, 3.0] and ranks.gathered("x") == ["x"]
    for name, message in (("toaster", "toaster"), ("cuda:1", "finds 1 CUDA")):
        with pytest.raises(DistributedError, match=message), joined(name):
            pass
    monkeypatch.setenv("WORLD_SIZE", "2")
    monkeypatch.setenv("LOCAL_RANK", "1")
    with pytest.raises(DistributedError, match=r"cuda:1.*finds 1 CUDA.*one process per device"), joined("cuda"):
        pass
