"""Records of a run: cards, log, TensorBoard, speeds, exit codes."""

import json
import logging
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn

from core.io import atomic
from training import cli
from training.engine.loop import LAST, Trainer, TrainingError, device_name
from training.engine.throughput import measure


@pytest.mark.parametrize("full", [LAST, "validation.jsonl", "best.safetensors"])
def test_full_disk_stops_with_a_message_and_leaves_the_earlier_state(
    toy: Any, full: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Trainer(toy(), tmp_path).run(until=2)
    before = (tmp_path / LAST).read_bytes()
    one = toy()
    validate = one.validate

    def fill_the_disk(network: nn.Module) -> dict[str, float]:
        if full == LAST:  # it is written under another name first
            monkeypatch.setattr(atomic, "_write", lambda *_: Path("/dev/full").write_bytes(b"x"))
        else:
            (tmp_path / full).symlink_to("/dev/full")  # every write to it fails as on a full disk
        return validate(network)

    one.validate = fill_the_disk  # type: ignore[method-assign]
    with pytest.raises(TrainingError, match=r"No space left on device.*same command"):
        Trainer(one, tmp_path).run(until=5)
    assert (tmp_path / LAST).read_bytes() == before
    monkeypatch.undo()
    if full != LAST:
        (tmp_path / full).unlink()
    resumed = Trainer(toy(), tmp_path)
    resumed.run()
    assert resumed.step == 20 and not list(tmp_path.glob(".dfpir-*.part"))


def test_card_lists_every_part_and_the_total(toy: Any, tmp_path: Path) -> None:
    one = toy(source="second", card={"licence": "free"})
    one.init, one.earlier = tmp_path / "first" / "last.safetensors", [{"config": "first", "steps": 100, "samples": 800}]
    Trainer(one, tmp_path / "run").run(until=16)
    Trainer(toy(source="second", card={"licence": "free"}), tmp_path / "run").run(until=17)  # resumed without init
    card = json.loads((tmp_path / "run" / "last.safetensors").read_text())
    assert card["steps"] == 117 and card["samples"] == 800 + 14 * 4 + 3 * 2
    assert card["name"] == "toy" and card["licence"] == "free" and card["precision"] == "float32"
    assert card["device"] == device_name(torch.device("cpu"))
    first, second = card["history"]
    assert first == {"config": "first", "steps": 100, "samples": 800}
    assert second["config"] == "second" and second["steps"] == 17 and second["init"] == "first/last.safetensors"
    assert second["batches"] == ["14 steps of 4 crops of 8x8", "3 steps of 2 crops of 8x8"]


def test_log_has_speed_waiting_and_remaining_time(
    toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("training.engine.run_log.REPORT_EVERY", 5)
    with caplog.at_level(logging.INFO):
        Trainer(toy(), tmp_path).run()
    lines = [record.getMessage() for record in caplog.records if record.getMessage().startswith("step 15/20  loss")]
    assert len(lines) == 1
    for part in ("s/step", "images/s", "% waiting for data", "min left"):
        assert part in lines[0]


def test_tensorboard_gets_scalars_and_pictures(toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.setattr("training.engine.run_log.REPORT_EVERY", 5)
    Trainer(toy(), tmp_path).run(until=12)
    Trainer(toy(), tmp_path).run()
    records = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"images": 0})
    records.Reload()
    scalars = {tag: {event.step: event.value for event in records.Scalars(tag)} for tag in records.Tags()["scalars"]}
    assert list(scalars["train/loss"]) == [5, 10, 15, 20]
    assert {"train/gradient_norm", "speed/images_per_second", "speed/loader_wait_share"} <= scalars.keys()
    assert scalars["train/lr"][5] == pytest.approx(1e-3 * 0.5 * (1 + np.cos(np.pi / 17)), rel=1e-6)
    logged = [json.loads(line) for line in (tmp_path / "validation.jsonl").read_text().splitlines()]
    assert scalars["validation/closeness"] == {x["step"]: pytest.approx(x["closeness"], rel=1e-6) for x in logged}
    assert [event.step for event in records.Images("validation/grey")] == [4, 8, 12, 16, 20]


def test_training_works_without_tensorboard(
    toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)  # as if it could not be imported
    with caplog.at_level(logging.INFO):
        Trainer(toy(), tmp_path).run(until=4)
    assert sum("dfpir-studio[training]" in record.getMessage() for record in caplog.records) == 1
    assert (tmp_path / "validation.jsonl").exists() and not (tmp_path / "tensorboard").exists()


def test_half_precision_needs_its_device(toy: Any, tmp_path: Path) -> None:
    with pytest.raises(TrainingError, match=r"float16.*CUDA"):
        Trainer(toy(autocast="float16"), tmp_path)


def test_speeds_are_measured_without_leaving_files(toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    one = toy()
    speed = measure(one, torch.device("cpu"), 3)
    assert speed.loader > 0 and speed.step > 0 and one.calls == 5  # two steps to warm up
    assert f"{speed.loader:.1f} images/s" in str(speed) and f"{speed.step:.1f} images/s" in str(speed)
    assert not list(tmp_path.iterdir())


def test_exit_codes(toy: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def run(trouble: dict[int, str], name: str) -> int:
        monkeypatch.setattr("training.launch.make_objective", lambda *_: toy(trouble))
        return cli.train(["x.toml", "--data", str(tmp_path), "--run", str(tmp_path / name), "--device", "cpu"])

    assert [run({}, "a"), run({5: "SIGTERM"}, "b"), run({5: "SIGINT"}, "c"), run({5: "nan"}, "d")] == [0, 0, 130, 1]


def test_device_names_include_their_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "Card")
    cpu, cuda = torch.device("cpu"), torch.device("cuda", 0)
    assert [device_name(cpu), device_name(cpu, 2)] == ["1 CPU core", "2 CPU cores"]
    assert [device_name(cuda), device_name(cuda, 2)] == ["Card", "2 x Card"]
