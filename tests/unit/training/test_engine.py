import json
import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from core.checkpoints import load_checkpoint
from core.degradations import KEYS
from core.evaluation import psnr
from core.inference import Restorer
from core.photo import Photo
from training.config import TrainingConfig
from training.engine import LAST, Trainer, TrainingError
from training.losses import restoration_loss
from training.pictures import read_picture
from training.state import ResumeError, load_state


def weights(run: Path) -> dict[str, torch.Tensor]:
    state = load_state(run / LAST)
    return {**state["model"], **{f"ema.{key}": value for key, value in state["ema"].items()}}


def test_six_steps_are_bit_for_bit_two_and_four_in_another_process_s_place(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    Trainer(config, data, tmp_path / "whole").run()
    Trainer(config, data, tmp_path / "parts").run(until=2)
    torch.manual_seed(999)  # the resumed run must not lean on global state
    resumed = Trainer(config, data, tmp_path / "parts")
    assert resumed.step == 2
    resumed.run()
    one, two = weights(tmp_path / "whole"), weights(tmp_path / "parts")
    assert one.keys() == two.keys()
    assert all(torch.equal(one[key], two[key]) for key in one)


def test_run_leaves_a_usable_checkpoint_and_a_log_of_validation(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    Trainer(replace(config, card={"licence": "test"}), data, run).run()
    checkpoint = load_checkpoint(run / "last.safetensors")
    assert checkpoint.card["name"] == "small" and checkpoint.card["steps"] == 6 and checkpoint.card["licence"] == "test"
    assert checkpoint.prompts.names == KEYS and checkpoint.prompts.is_random
    result = Restorer(checkpoint, device="cpu").restore(
        Photo.from_array(read_picture(data / "clean" / "0.png")), "haze"
    )
    assert result.photo.height == 70
    lines = [json.loads(line) for line in (run / "validation.jsonl").read_text().splitlines()]
    assert [line["step"] for line in lines] == [2, 4, 6] and set(lines[0]) == {
        "step",
        "noise25",
        "rain",
        "haze",
        "blur",
        "low-light",
        "clean",
    }
    assert (run / "best.safetensors").exists()


def test_training_learns(config: TrainingConfig, data: Path, tmp_path: Path) -> None:
    from training.config import Stage

    longer = replace(config, stages=(Stage(40, 32, 4),), validate_every=40, autocast=False, tasks=config.tasks[4:5])
    trainer = Trainer(longer, data, tmp_path / "run")
    before = trainer.validate()["low-light"]
    trainer.run()
    assert trainer.validate()["low-light"] > before + 1.0


def test_interrupt_finishes_the_step_saves_and_can_go_on(
    config: TrainingConfig, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(config, data, tmp_path / "run")
    step = trainer._train_step

    def interrupted(batch: object) -> float:
        if trainer.step == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return step(batch)  # type: ignore[arg-type]

    handler = signal.getsignal(signal.SIGTERM)
    monkeypatch.setattr(trainer, "_train_step", interrupted)
    trainer.run()
    assert load_state(tmp_path / "run" / LAST)["step"] == 3
    assert signal.getsignal(signal.SIGTERM) is handler
    resumed = Trainer(config, data, tmp_path / "run")
    resumed.run()
    assert resumed.step == 6


def test_loss_that_is_not_finite_stops_and_keeps_the_last_state(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    trainer = Trainer(config, data, tmp_path / "run")
    trainer.run(until=2)
    before = (tmp_path / "run" / LAST).read_bytes()
    with torch.no_grad():
        trainer.model.head.weight.fill_(float("nan"))
    with pytest.raises(TrainingError, match=r"not finite at step 3.*last\.pt"):
        trainer.run()
    assert (tmp_path / "run" / LAST).read_bytes() == before


def test_full_disk_leaves_the_earlier_state_whole(
    config: TrainingConfig, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = Trainer(config, data, tmp_path / "run")
    trainer.run(until=2)
    before = (tmp_path / "run" / LAST).read_bytes()

    def full(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("training.state.os.fsync", full)
    with pytest.raises(TrainingError, match="No space left"):
        trainer.run(until=3)
    assert (tmp_path / "run" / LAST).read_bytes() == before
    assert not list((tmp_path / "run").glob("*.partial"))


def test_state_of_another_configuration_or_a_damaged_one_is_refused(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    run = tmp_path / "run"
    Trainer(config, data, run).run(until=1)
    Trainer(replace(config, validate_every=5), data, run)  # how often it reports is free
    with pytest.raises(ResumeError, match="another configuration"):
        Trainer(replace(config, seed=6), data, run)
    (run / LAST).write_bytes((run / LAST).read_bytes()[:1000])
    with pytest.raises(ResumeError, match=r"last\.pt"):
        Trainer(config, data, run)
    torch.save({"weights": 1}, run / LAST)
    with pytest.raises(ResumeError, match="no training state"):
        Trainer(config, data, run)


def test_new_run_can_begin_with_a_checkpoint_of_the_same_network(
    config: TrainingConfig, data: Path, tmp_path: Path
) -> None:
    Trainer(config, data, tmp_path / "first").run(until=2)
    file = tmp_path / "first" / "last.safetensors"
    begun = Trainer(replace(config, seed=9, prompt_seed=9), data, tmp_path / "second", init=file)
    stored = load_checkpoint(file).state
    assert begun.step == 0
    for weights_of in (begun.model, begun.ema):
        assert all(torch.equal(value, stored[key]) for key, value in weights_of.state_dict().items())
    assert begun.bank.encoder == load_checkpoint(file).prompts.encoder
    begun.run(until=1)
    resumed = Trainer(
        replace(config, seed=9, prompt_seed=9), data, tmp_path / "second"
    )  # without init: the prompts are the run's own
    assert torch.equal(resumed.prompts, begun.prompts)
    wider = replace(config, model=replace(config.model, expansion=2.0))
    with pytest.raises(ResumeError, match=r"last\.safetensors"):
        Trainer(wider, data, tmp_path / "third", init=file)


def test_losses_are_l1_or_psnr_and_the_spectral_term_is_added() -> None:
    torch.manual_seed(0)
    a, b = torch.rand(2, 2, 3, 8, 8)
    plain = restoration_loss(a, b)
    assert plain.item() == pytest.approx((a - b).abs().mean().item(), rel=1e-6)
    spectrum = torch.fft.rfft2((a - b).double()) / 8
    expected = plain + 0.5 * (spectrum.real.abs() + spectrum.imag.abs()).mean()
    assert restoration_loss(a, b, 0.5).item() == pytest.approx(expected.item(), rel=1e-5)
    decibels = [psnr(x.numpy(), y.numpy()) for x, y in zip(a, b, strict=True)]
    assert -10 * restoration_loss(a, b, name="psnr").item() == pytest.approx(sum(decibels) / 2, abs=1e-3)
