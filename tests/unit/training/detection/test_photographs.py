"""Labels and sources of real photographs."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.detection import FAMILIES
from training.data.data_errors import DataError
from training.detection.photographs import (
    Photograph,
    leave_sources_out,
    list_photographs,
    read_labels,
    vary,
)
from training.detection.samples import Labels
from training.engine.toml import ConfigError

TABLE = """
[[folder]]
path = "rain"
present = ["rain"]
open = ["haze"]

[[folder]]
path = "clean"
weight = 2.0

[[exception]]
path = "rain"
present = ["rain", "haze"]
files = ["b_2"]
"""


@pytest.fixture
def table(tmp_path: Path) -> Path:
    file = tmp_path / "labels.toml"
    file.write_text(TABLE)
    for name in ("rain/a_1.png", "rain/b_2.png", "clean/_C__3.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(cv2.imencode(".png", np.zeros((4, 5, 3), np.uint8))[1].tobytes())
    return file


def test_photographs_have_the_labels_of_their_folder_or_their_own(tmp_path: Path, table: Path) -> None:
    first, second, clean = list_photographs(tmp_path, table)
    rain, haze = FAMILIES.index("rain"), FAMILIES.index("haze")
    assert first.labels.present[rain] == 1 and first.labels.counts[haze] == 0
    assert second.labels.present[haze] == second.labels.counts[haze] == 1
    assert clean.labels.present.sum() == 0 and clean.weight == 2.0
    assert [photograph.source for photograph in (first, second, clean)] == ["a", "b", "c"]


def test_a_file_with_labels_of_its_own_must_exist(tmp_path: Path, table: Path) -> None:
    (tmp_path / "rain" / "b_2.png").unlink()
    with pytest.raises(DataError, match="b_2"):
        list_photographs(tmp_path, table)


@pytest.mark.parametrize("change", ['present = ["fog"]', "weight = 0"])
def test_unknown_labels_are_refused(table: Path, change: str) -> None:
    table.write_text(TABLE.replace("weight = 2.0", change))
    with pytest.raises(ConfigError, match="labels"):
        read_labels(table)


def test_the_shipped_labels_are_valid_and_without_doubles() -> None:
    folders, exceptions = read_labels()
    paths = [entry.path for entry in folders]
    assert len(set(paths)) == len(paths) and {entry.path for entry in exceptions} <= set(paths)
    names = [(entry.path, name) for entry in exceptions for name in entry.files]
    assert len(set(names)) == len(names) > 0


def test_sources_are_left_out_as_a_whole() -> None:
    sources = ["a"] * 7 + ["b"] * 3 + ["c"] * 3 + ["d", "e"]
    parts = list(leave_sources_out(sources, 3))
    assert np.array_equal(np.sum(parts, 0), np.ones(len(sources)))
    for part in parts:
        inside = {source for source, chosen in zip(sources, part, strict=True) if chosen}
        outside = {source for source, chosen in zip(sources, part, strict=True) if not chosen}
        assert inside and not inside & outside
    assert sorted(int(part.sum()) for part in parts) == [4, 4, 7]
    with pytest.raises(ValueError, match="5 sources"):
        list(leave_sources_out(sources, 6))


def test_variants_show_a_part_at_most_at_full_size(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).random((120, 150, 3)).astype(np.float32)
    sizes = set()
    for seed in range(12):
        variant = vary(picture, np.random.default_rng(seed), reduced=seed % 2 == 0)
        assert variant.dtype == np.float32 and variant.min() >= 0 and variant.max() <= 1
        assert min(variant.shape[:2]) >= 64 and variant.shape[0] <= 120 and variant.shape[1] <= 150
        sizes.add(variant.shape)
    assert len(sizes) > 6
    tiny = vary(picture[:20, :30], np.random.default_rng(1), reduced=True)
    assert tiny.shape == (20, 30, 3)


def test_the_source_does_not_depend_on_the_folder() -> None:
    names = {"sirr_106.jpg": "sirr", "_DICM__01.jpg": "dicm", "dicm_DICM__45.jpg": "dicm", "crop1.jpg": "crop1"}
    for name, source in names.items():
        assert Photograph(Path("x") / name, "x", Labels.from_families([]), 1.0).source == source
