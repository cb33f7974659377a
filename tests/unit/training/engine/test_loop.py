"""The training loop: steps, averages, interruptions, and resuming."""

import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch._dynamo.utils
import torch._inductor.config
from torch import Tensor

from tests.hostile.models import nested_key
from training.engine.config import Optimiser, Stage
from training.engine.distributed import ALONE
from training.engine.loader import Loader
from training.engine.loop import LAST, Trainer, TrainingError, stop_signals
from training.engine.state import ResumeError, load_state


def same(a: Any, b: Any) -> bool:
    """Whether two saved states are bit-identical."""
    if isinstance(a, Tensor):
        return a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list | tuple):
        return len(a) == len(b) and all(map(same, a, b))
    return bool(a == b)


def seed_everything(number: int) -> None:
    random.seed(number)
    np.random.seed(number)
    torch.manual_seed(number)


RUN = f"""
import sys
from pathlib import Path
sys.path.insert(0, {str(Path(__file__).parent)!r})
import random, numpy, torch
from conftest import Toy
from training.engine.loop import Trainer
random.seed(7), numpy.random.seed(7), torch.manual_seed(7)
Trainer(Toy({{13: "kill"}}), Path(sys.argv[1])).run()
"""


def test_twenty_steps_are_bit_identical_after_a_kill(toy: Any, tmp_path: Path) -> None:
    seed_everything(7)
    Trainer(toy(), tmp_path / "whole").run()
    killed = subprocess.run([sys.executable, "-c", RUN, str(tmp_path / "parts")], capture_output=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()
    seed_everything(999)  # the resumed run must not lean on what the generators held before
    resumed = Trainer(toy(), tmp_path / "parts")
    assert resumed.step == 10
    resumed.run()
    whole, parts = load_state(tmp_path / "whole" / LAST), load_state(tmp_path / "parts" / LAST)
    assert whole["step"] == 20 and whole.keys() == parts.keys()
    for key in whole:
        assert same(whole[key], parts[key]), key
    for name in ("validation.jsonl", "last.safetensors", "best.safetensors"):
        assert (tmp_path / "whole" / name).read_bytes() == (tmp_path / "parts" / name).read_bytes()


def test_batches_come_in_order_whichever_thread_is_first(toy: Any) -> None:
    one, second_is_ready = toy(workers=3), threading.Event()
    make = one.batch

    def batch(step: int, rank: int, ranks: int) -> tuple[np.ndarray, ...]:
        if step == 0:
            assert second_is_ready.wait(60)
        if step == 1:
            second_is_ready.set()
        return make(step, rank, ranks)

    one.batch = batch  # type: ignore[method-assign, assignment]
    with Loader(one, 0, 6, torch.device("cpu"), ALONE) as loader:
        got = [loader.take() for _ in range(6)]
    for step, (pictures,) in enumerate(got):
        np.testing.assert_array_equal(pictures.numpy(), make(step)[0])


def test_number_of_loading_threads_changes_nothing(toy: Any, tmp_path: Path) -> None:
    for workers in (1, 4):
        seed_everything(1)
        Trainer(toy(workers=workers), tmp_path / str(workers)).run()
    one, four = (load_state(tmp_path / name / LAST) for name in ("1", "4"))
    assert same(one["model"], four["model"]) and same(one["optimisers"], four["optimisers"])
    Trainer(toy(workers=2), tmp_path / "1")  # and may change when a run goes on


def test_average_follows_the_weights_and_copies_buffers(toy: Any, tmp_path: Path) -> None:
    trainer = Trainer(toy(), tmp_path)
    expected = {name: value.clone() for name, value in trainer.model.named_parameters()}
    with Loader(trainer.objective, 0, 3, trainer.device, trainer.ranks) as loader:
        for step in range(3):
            trainer.train_step(loader.take())
            decay = min(0.9, (1 + step) / (10 + step))
            for name, value in trainer.model.named_parameters():
                expected[name] = decay * expected[name] + (1 - decay) * value.detach()
    for name, value in trainer.ema.named_parameters():
        torch.testing.assert_close(value, expected[name])
        assert not value.requires_grad and not torch.equal(value, trainer.model.get_parameter(name))
    for name, value in trainer.ema.named_buffers():
        assert torch.equal(value, trainer.model.get_buffer(name))


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT"])
def test_signal_finishes_the_step_and_saves_a_resumable_state(toy: Any, name: str, tmp_path: Path) -> None:
    handlers = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    assert Trainer(toy({5: name}), tmp_path).run() == signal.Signals[name]
    assert load_state(tmp_path / LAST)["step"] == 6
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == handlers
    resumed = Trainer(toy(), tmp_path)
    assert resumed.run() is None and resumed.step == 20


def test_second_interrupt_stops_at_once() -> None:
    with pytest.raises(KeyboardInterrupt), stop_signals() as received:
        signal.raise_signal(signal.SIGINT)
        assert received == [signal.SIGINT]
        signal.raise_signal(signal.SIGINT)


@pytest.mark.parametrize("trouble", ["nan", "steep"])
def test_loss_that_is_not_finite_stops_and_can_be_resumed(toy: Any, trouble: str, tmp_path: Path) -> None:
    trainer = Trainer(toy({12: trouble}), tmp_path)
    with pytest.raises(TrainingError, match=r"not finite at step 13.*last\.pt.*--init"):
        trainer.run()
    assert all(torch.isfinite(weight).all() for weight in trainer.model.parameters())
    assert load_state(tmp_path / LAST)["step"] == 10
    resumed = Trainer(toy(), tmp_path)
    resumed.run()
    assert resumed.step == 20


def test_weights_that_are_not_finite_are_never_saved(toy: Any, tmp_path: Path) -> None:
    trainer = Trainer(toy(), tmp_path)
    trainer.run(until=2)
    before = {name: (tmp_path / name).read_bytes() for name in (LAST, "last.safetensors")}
    with torch.no_grad():
        trainer.model.get_parameter("head.weight").fill_(float("inf"))
    with pytest.raises(TrainingError, match="not finite after step 2"):
        trainer.save()
    assert {name: (tmp_path / name).read_bytes() for name in before} == before


def test_state_of_another_configuration_or_damaged_state_is_rejected(toy: Any, tmp_path: Path) -> None:
    Trainer(toy(), tmp_path).run(until=1)
    Trainer(toy(validate_every=5, save_every=3, card={"a": 1}), tmp_path)  # how often it reports is free
    with pytest.raises(ResumeError, match="another configuration"):
        Trainer(toy(seed=6), tmp_path)
    (tmp_path / LAST).write_bytes((tmp_path / LAST).read_bytes()[:1000])
    with pytest.raises(ResumeError, match=r"last\.pt"):
        Trainer(toy(), tmp_path)
    torch.save({"weights": 1}, tmp_path / LAST)
    with pytest.raises(ResumeError, match="not a training state"):
        Trainer(toy(), tmp_path)


@pytest.mark.parametrize("missing", ["model", "optimisers", "random", "config"])
def test_incomplete_state_is_rejected_with_the_missing_part(toy: Any, missing: str, tmp_path: Path) -> None:
    Trainer(toy(), tmp_path).run(until=1)
    state = load_state(tmp_path / LAST)
    torch.save({name: part for name, part in state.items() if name != missing}, tmp_path / LAST)
    with pytest.raises(ResumeError, match=rf"last\.pt: incomplete training state: {missing} is missing"):
        Trainer(toy(), tmp_path)


@pytest.mark.parametrize(
    "change",
    [{"model": {}}, {"random": []}, {"objective": {}}, {"optimisers": None}, {"config": "{"}, {"ema": {"a": 1}}],
)
def test_state_with_other_shapes_is_rejected(toy: Any, change: dict[str, Any], tmp_path: Path) -> None:
    Trainer(toy(), tmp_path).run(until=1)
    torch.save({**load_state(tmp_path / LAST), **change}, tmp_path / LAST)
    with pytest.raises(ResumeError, match=r"last\.pt: does not fit this training"):
        Trainer(toy(), tmp_path)


def test_a_flipped_bit_in_a_state_is_detected(toy: Any, tmp_path: Path) -> None:
    Trainer(toy(), tmp_path).run(until=1)
    whole = (tmp_path / LAST).read_bytes()
    weight = load_state(tmp_path / LAST)["model"]["stem.bias"].numpy().tobytes()
    turned = bytearray(whole)
    turned[whole.index(weight) + 5] ^= 1  # the lowest bits of a weight: nobody would see it
    (tmp_path / LAST).write_bytes(turned)
    with pytest.raises(ResumeError, match=r"last\.pt: not a usable training state \(.*damaged"):
        Trainer(toy(), tmp_path)


def test_state_of_an_earlier_version_is_resumed(toy: Any, tmp_path: Path) -> None:
    Trainer(toy(), tmp_path).run(until=6)
    state = torch.load(tmp_path / LAST, weights_only=True)  # as they read it, too
    torch.save(state, tmp_path / LAST)
    resumed = Trainer(toy(), tmp_path)
    assert resumed.step == 6
    for name, weight in resumed.model.state_dict().items():
        assert torch.equal(weight, state["model"][name])


def test_malicious_state_is_rejected_in_time(toy: Any, tmp_path: Path) -> None:
    (tmp_path / LAST).write_bytes(nested_key(40))
    with pytest.raises(ResumeError, match=r"last\.pt"):
        Trainer(toy(), tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_as_state_is_rejected_without_blocking(toy: Any, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / LAST)
    with pytest.raises(ResumeError, match=r"last\.pt.*a pipe or a device"):
        Trainer(toy(), tmp_path)


HOLD = """
import sys, time
from pathlib import Path
from training.engine.state import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_run_folder_is_locked_until_the_training_ends_or_is_killed(toy: Any, tmp_path: Path) -> None:
    waiting = Trainer(toy(), tmp_path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, tmp_path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as first:
        assert first.stdout is not None and first.stdout.readline() == "held\n"
        for attempt in (waiting.run, lambda: Trainer(toy(), tmp_path)):
            with pytest.raises(ResumeError, match=r"another training is running.*--run"):
                attempt()
        assert not (tmp_path / LAST).exists()
        first.kill()
        first.wait()
        waiting.run(until=2)
    assert load_state(tmp_path / LAST)["step"] == 2


def test_training_with_a_replaced_state_is_rejected(toy: Any, tmp_path: Path) -> None:
    late = Trainer(toy(), tmp_path)
    Trainer(toy(), tmp_path).run(until=3)
    with pytest.raises(ResumeError, match=r"last\.pt: another training has written it meanwhile"):
        late.run()
    assert load_state(tmp_path / LAST)["step"] == 3


def test_future_stages_may_change_but_not_past_ones(toy: Any, tmp_path: Path) -> None:
    constant = Optimiser(lr=1e-3, muon_lr=0.02, warmup=3, ema=0.9, schedule="constant")
    first = Stage(14, 8, 4)
    seed_everything(1)
    Trainer(toy(optimiser=constant, stages=(first,)), tmp_path).run(until=6)
    last = Stage(4, 16, 2, lr=1e-3, schedule="cosine")
    for stages in ((Stage(14, 8, 2),), (Stage(14, 16, 4),), (Stage(5, 8, 4), last), (Stage(5, 8, 4),)):
        with pytest.raises(ResumeError, match="another configuration"):
            Trainer(toy(optimiser=constant, stages=stages), tmp_path)
    longer = Trainer(toy(optimiser=constant, stages=(Stage(8, 8, 4), last)), tmp_path)
    assert longer.step == 6
    longer.run()

    seed_everything(1)
    whole = Trainer(toy(optimiser=constant, stages=(Stage(8, 8, 4), last)), tmp_path / "whole")
    whole.run()
    for name, weight in whole.model.state_dict().items():
        assert torch.equal(weight, longer.model.state_dict()[name]), name


def test_a_running_cosine_keeps_its_length(toy: Any, tmp_path: Path) -> None:
    Trainer(toy(stages=(Stage(14, 8, 4),)), tmp_path).run(until=6)
    with pytest.raises(ResumeError, match="another configuration"):
        Trainer(toy(stages=(Stage(15, 8, 4),)), tmp_path)


def test_state_of_the_objective_is_restored(toy: Any, tmp_path: Path) -> None:
    one = toy()
    one.secret = torch.tensor([5.0])
    Trainer(one, tmp_path).run(until=1)
    other = toy()
    Trainer(other, tmp_path)
    assert other.secret.item() == 5.0


@pytest.mark.skipif(not (shutil.which("g++") or shutil.which("cl")), reason="no C++ compiler on this machine")
def test_compiled_network_learns_the_same(toy: Any, tmp_path: Path) -> None:
    torch._dynamo.utils.counters.clear()
    losses = []
    for compiled in (False, True):
        seed_everything(7)
        trainer = Trainer(toy(compile=compiled), tmp_path / str(compiled))
        batches = [tuple(map(torch.from_numpy, trainer.objective.batch(step))) for step in range(4)]
        # Not by monkeypatch, which leaves this module without the entry; threads for compiling would stay.
        with torch._inductor.config.patch(compile_threads=1):
            losses.append([trainer.train_step(batch).loss for batch in batches])
    calls = torch._dynamo.utils.counters["stats"]["unique_graphs"]
    assert calls > 0  # the network was compiled
    assert losses[1] == pytest.approx(losses[0], rel=0.05)  # dropout draws otherwise


def test_without_compiler_the_reason_is_given(toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TORCHINDUCTOR_CACHE_DIR", str(tmp_path / "cache"))
    torch._dynamo.reset()
    trainer = Trainer(toy(compile=True), tmp_path / "run")
    before = [weight.clone() for weight in trainer.model.parameters()]
    # In this process alone, and without tables of earlier work: a pool of processes may have a compiler still, or be
    # too slow to answer on a busy machine, and what torch then says is something else.
    none = {"cpp.cxx": (None, str(tmp_path / "missing-compiler"))}
    alone = torch._inductor.config.patch({"compile_threads": 1, "force_disable_caches": True, **none})
    with alone, pytest.raises(TrainingError, match=r"cannot be compiled \(.+\).*a C\+\+ compiler.*compile = true"):
        trainer.run()
    assert all(torch.equal(a, b) for a, b in zip(trainer.model.parameters(), before, strict=True))
