"""Training on photographs together with synthetic samples."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import training.detection.photographs as labels_module
from core.detection import FAMILIES
from core.detection.sampling import extract_inputs
from training.data.pictures import read_picture, to_unit
from training.detection import DetectionObjective, DetectorTraining, load_detector_config, stored
from training.detection.config import RealPhotographs
from training.detection.kept_arrays import kept
from training.detection.photographs import Photograph
from training.detection.samples import Labels
from training.detection.stored import StoredInputs, chances, of_photographs
from training.engine.config import Stage
from training.engine.loop import Trainer
from training.engine.toml import ConfigError
from training.launch import make_objective

TABLE = """
exception = []

[[folder]]
path = "train_real/clean_hard"

[[folder]]
path = "train_real/rain"
present = ["rain"]
"""
RAIN = FAMILIES.index("rain")


@pytest.fixture
def mixed(config: DetectorTraining, data: Path, monkeypatch: pytest.MonkeyPatch) -> DetectorTraining:
    """A configuration whose photographs are half the batch, with eight of them beside the data."""
    for index in range(4):
        for name, source in ((f"clean_hard/c_{index}.png", "clean"), (f"rain/r_{index}.png", "rain/degraded")):
            file = data.parent / "train_real" / name
            file.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(data / source / f"{index}.png", file)
    table = data.parent / "labels.toml"
    table.write_text(TABLE, encoding="utf-8")
    monkeypatch.setattr(stored, "LABELS", table)
    monkeypatch.setattr(labels_module.list_photographs, "__defaults__", (table,))
    photographs = RealPhotographs(batch=2, samples=6, crops=(3, 2), held_out=4)
    return replace(config, photographs=photographs)


def test_a_batch_has_photographs_then_synthetic_samples(mixed: DetectorTraining, data: Path) -> None:
    objective = DetectionObjective(mixed, data)
    batches = [objective.batch(step) for step in range(12)]
    assert batches[0][0].shape == (4, 2, 3, 32, 32) and batches[0][1].shape == (4, 2, 3, 32, 32)
    others = [index for index in range(len(FAMILIES)) if index != RAIN]
    assert all(not batch[4][:2, others].any() and not batch[6][:2].any() for batch in batches)
    assert {float(batch[4][0, RAIN]) for batch in batches} == {0.0, 1.0}
    assert any(batch[4][2:, others].any() for batch in batches)
    for rank in range(2):
        for whole, part in zip(batches[3], objective.batch(3, rank, 2), strict=True):
            np.testing.assert_array_equal(whole[rank::2], part)
    assert not np.array_equal(batches[0][0], batches[1][0])


def test_photographs_held_out_are_never_drawn(mixed: DetectorTraining, data: Path) -> None:
    objective = DetectionObjective(mixed, data)
    mixture = objective._mixed
    assert mixture is not None
    assert [photograph.file.name for photograph in mixture.held_out] == ["c_0.png", "r_0.png"]
    held = {int(sample.view.astype(np.int64).sum()) for sample in mixture.held_out_samples()}
    drawn = {int(mixture.draw(step, 0).view.astype(np.int64).sum()) for step in range(60)}
    assert len(held) == 2 and len(drawn) > 6 and not held & drawn


def test_whole_sources_can_be_held_out_instead(mixed: DetectorTraining, data: Path) -> None:
    assert mixed.photographs is not None
    objective = DetectionObjective(replace(mixed, photographs=replace(mixed.photographs, left_out=["r"])), data)
    mixture = objective._mixed
    assert mixture is not None
    assert [photograph.file.name for photograph in mixture.held_out] == [f"r_{index}.png" for index in range(4)]
    assert not any(mixture.draw(step, 0).answer.present.any() for step in range(30))
    unknown = replace(mixed, photographs=replace(mixed.photographs, left_out=["r", "nobody"]))
    with pytest.raises(ConfigError, match="nobody"):
        DetectionObjective(unknown, data)


def test_validation_calibrates_on_photographs_as_well(mixed: DetectorTraining, data: Path) -> None:
    alone, both = DetectionObjective(replace(mixed, photographs=None), data), DetectionObjective(mixed, data)
    import torch

    torch.manual_seed(0)
    network = alone.network().eval()
    with torch.no_grad():
        before, after = alone.validate(network), both.validate(network)
    assert set(after) == {*before, "photographs named", "photographs left alone"}
    assert {name: after[name] for name in before}.keys() == before.keys()
    assert both.calibration != alone.calibration


def test_inputs_are_kept_and_the_run_is_resumed_exactly(
    mixed: DetectorTraining, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import torch

    cache = tmp_path / "cache"
    Trainer(DetectionObjective(mixed, data, cache=cache), tmp_path / "whole").run()
    assert sorted(file.name.split("-")[0] for file in cache.iterdir()) == ["photographs", "samples"]
    monkeypatch.setattr(stored, "of_photographs", lambda *_: pytest.fail("computed twice"))
    Trainer(DetectionObjective(mixed, data, cache=cache), tmp_path / "parts").run(until=2)
    trainer = Trainer(DetectionObjective(mixed, data, cache=cache), tmp_path / "parts")
    trainer.run()
    again = Trainer(DetectionObjective(mixed, data, cache=cache), tmp_path / "whole")
    weights = again.model.state_dict()
    assert all(torch.equal(weights[name], value) for name, value in trainer.model.state_dict().items())


def test_another_configuration_has_other_files(mixed: DetectorTraining, data: Path, tmp_path: Path) -> None:
    for seed in (4, 5):
        DetectionObjective(replace(mixed, seed=seed), data, cache=tmp_path)
    assert len(list(tmp_path.glob("photographs-*.npz"))) == 2


def test_photographs_are_stored_as_the_detector_sees_them(config: DetectorTraining, data: Path) -> None:
    files = sorted((data / "clean").iterdir())[:2]
    weights = (0.4, 1.0)
    photographs = [
        Photograph(file, "clean", Labels.from_families([]), weight) for file, weight in zip(files, weights, strict=True)
    ]
    rows = stored.stored(of_photographs(photographs, config.network, 2, seed=0))
    assert rows.picture.tolist() == [0, 1, 1, 1]  # variants only from a weight of 0.5
    expected = extract_inputs(to_unit(read_picture(files[1])), config.network)
    np.testing.assert_allclose(rows.native[1] / 255, expected.native, atol=0.5 / 255 + 1e-6)
    np.testing.assert_allclose(rows.numbers[1], expected.numbers)
    assert not np.array_equal(rows.view[2], rows.view[1])


def test_chances_follow_weights_and_favour_rare_families() -> None:
    def rows(present: list[int], picture: list[int]) -> StoredInputs:
        n = len(picture)
        table = np.zeros((n, 5), np.float32)
        table[np.array(present) >= 0, np.array(present)[np.array(present) >= 0]] = 1
        empty = np.zeros((n, 1), np.uint8)
        return StoredInputs(
            empty, empty, empty, np.zeros((n, 1), np.float32), table, table * 0 + 1, np.zeros(n), np.array(picture)
        )

    # 240 of haze, 20 of blur, 100 clean; the last clean one has two rows, and one of haze is held out.
    present = [2] * 240 + [3] * 20 + [-1] * 101
    picture = [*range(360), 359]
    used = np.ones(360, bool)
    used[0] = False
    chance = chances(rows(present, picture), [1.0] * 360, used)
    assert chance.sum() == pytest.approx(1) and chance[0] == 0
    clean = chance[300]
    assert chance[1] == pytest.approx(0.5 * clean)  # not below one half
    assert chance[245] == pytest.approx(3.0 * clean)  # 60 / 20
    assert chance[359] == chance[360] == pytest.approx(clean / 2)


def test_an_interrupted_file_is_not_used(tmp_path: Path, config: DetectorTraining, data: Path) -> None:
    file = tmp_path / "x" / "inputs.npz"
    photograph = Photograph(data / "clean" / "0.png", "clean", Labels.from_families([]), 1.0)
    kept(file, StoredInputs, lambda: stored.stored(of_photographs([photograph], config.network, 0, seed=0)))
    assert [path.name for path in file.parent.iterdir()] == ["inputs.npz"]
    assert len(kept(file, StoredInputs, lambda: pytest.fail("computed twice")).picture) == 1


def test_the_configuration_is_read_and_checked(config_file: Path, data: Path, tmp_path: Path) -> None:
    text = config_file.read_text(encoding="utf-8")
    config_file.write_text(text + "[detector.photographs]\nbatch = 3\ncrops = [2, 2]\n", encoding="utf-8")
    config = load_detector_config(config_file)
    assert config.photographs == RealPhotographs(batch=3, crops=(2, 2))
    assert replace(config, stages=(Stage(4, 32, 8),)).photographs is not None
    for wrong in ("batch = 4", "batch = 3\nheld_out = 1", "batch = 3\ncrops = [0, 2]"):
        config_file.write_text(text + f"[detector.photographs]\n{wrong}\n", encoding="utf-8")
        with pytest.raises(ConfigError, match=r"small-detector\.toml"):
            load_detector_config(config_file)
    config_file.write_text(text, encoding="utf-8")
    from core.errors import DFPIRError

    with pytest.raises(DFPIRError, match="--cache"):
        make_objective(config_file, data, None, tmp_path / "cache")
