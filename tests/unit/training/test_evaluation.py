import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.checkpoints import Checkpoint, save_checkpoint
from core.evaluation import score
from core.inference import Restorer
from training import cli
from training.evaluation import evaluate, find_sets, markdown
from training.pictures import DataError


@pytest.fixture
def sets(tmp_path: Path, write_picture: Callable[..., None]) -> Path:
    root = tmp_path / "eval"
    for index in range(4):
        write_picture(root / "cbsd68" / "clean" / f"{index}.png", index)
    for index in range(2):
        write_picture(root / "rain100l" / "degraded" / f"{index}.png", index)
        write_picture(root / "rain100l" / "clean" / f"{index}.png", 10 + index)
    np.savez(root / "kernels.npz", levin4=np.eye(5), levin8=np.ones((3, 3)))
    return root


def test_sets_are_found_by_their_names(sets: Path, tmp_path: Path) -> None:
    names = [entry.name for entry in find_sets(sets, sets / "kernels.npz")]
    assert names == ["cbsd68 noise15", "cbsd68 noise25", "cbsd68 noise50", "cbsd68 blur", "rain100l"]
    assert len(find_sets(sets)) == 4
    with pytest.raises(DataError, match="cbsd68"):
        find_sets(tmp_path)


def test_protocol_noise_is_the_same_every_time_and_for_any_subset(sets: Path, tiny_checkpoint: Checkpoint) -> None:
    test_set = find_sets(sets)[1]
    np.testing.assert_array_equal(test_set.load(2)[0], test_set.load(2)[0])
    degraded, clean = test_set.load(2)
    assert clean.shape == (64, 80, 3)
    assert (degraded - clean).std() * 255 == pytest.approx(25, rel=0.15)  # clipped at black and white
    restorer = Restorer(tiny_checkpoint, device="cpu")
    whole, part = evaluate(restorer, test_set), evaluate(restorer, test_set, limit=2)
    assert part.names == ("0.png", "3.png") and whole.after[3] == part.after[1]


def test_scores_are_of_the_restored_and_of_the_degraded_picture(sets: Path, tiny_checkpoint: Checkpoint) -> None:
    test_set = find_sets(sets)[3]
    restorer = Restorer(tiny_checkpoint, device="cpu")
    result = evaluate(restorer, test_set)
    degraded, clean = test_set.load(1)
    assert result.before[1] == score(degraded, clean) and result.after[1] != result.before[1]
    assert evaluate(restorer, test_set, prompt="haze").after[1] != result.after[1]
    summary = result.summary()
    assert summary["psnr"] == pytest.approx(np.mean([entry.psnr for entry in result.after]))
    gains = {name: a.psnr - b.psnr for a, b, name in zip(result.after, result.before, result.names, strict=True)}
    assert summary["worst"][0] == {"picture": min(gains, key=gains.__getitem__), "gain": min(gains.values())}
    assert "| rain100l | 2 |" in markdown([result])


def test_command_prints_a_table_and_writes_every_score(
    sets: Path, tiny_checkpoint: Checkpoint, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A network whose last layer is silent gives the input back, so its gain is known: none.
    silent = replace(
        tiny_checkpoint, state={**tiny_checkpoint.state, "head.weight": tiny_checkpoint.state["head.weight"] * 0}
    )
    model, out = save_checkpoint(tmp_path / "silent.safetensors", silent), tmp_path / "scores.json"
    arguments = ["--data", sets, "--model", model, "--kernels", sets / "kernels.npz", "--json", out, "--device", "cpu"]
    assert cli.evaluate(list(map(str, arguments))) == 0
    table = capsys.readouterr().out
    assert table.count("+0.00") == 5 and "cbsd68 noise50" in table
    content = json.loads(out.read_text())
    assert content["protocol"] == "rgb-crop16" and [entry["pictures"] for entry in content["sets"]] == [4, 4, 4, 4, 2]
    scores = content["sets"][0]["scores"]
    assert len(scores) == 4 and scores[0]["input"]["psnr"] == pytest.approx(scores[0]["output"]["psnr"], abs=1e-3)


def test_command_names_what_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.evaluate(["--data", str(tmp_path / "nowhere")]) == 1
    assert "nowhere" in capsys.readouterr().err
