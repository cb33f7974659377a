from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from training.data.data_errors import LISTED, DataError, Problem, describe
from training.data.pictures import read_picture
from training.restoration.inventory import Inventory, take_inventory
from training.restoration.task import Task


def clean(*folders: str, **fields: object) -> Task:
    return Task("clean", folders, **{"share": 1.0, **fields})  # type: ignore[arg-type]


def files_of(inventory: Inventory) -> list[tuple[int, int]]:
    return [(len(entry.training), len(entry.validation)) for entry in inventory.tasks]


def test_every_problem_of_every_task_is_in_one_message(data: Path, write_picture: Callable[..., None]) -> None:
    write_picture(data / "rain" / "degraded" / "7_a.png", 1)  # no partner
    write_picture(data / "rain" / "clean" / "1.png", 1, height=64)  # another size
    write_picture(data / "depth" / "0.png", 1, width=50, grey=True)
    (data / "depth" / "2.png").unlink()
    jpeg = data / "photos" / "a.jpg"
    write_picture(data / "photos" / "b.png", 2)
    jpeg.write_bytes(b"\xff\xd8\xff\xdb\x00\x43")
    (data / "empty").mkdir()
    tasks = [
        Task("pairs", ("rain",), 1.0, "rain"),
        Task("haze", ("clean",), 1.0, "haze", {"depth": "depth"}),
        clean("photos", "nowhere", "empty"),
        Task("blur", ("clean",), 1.0, "blur", {"kernels": "kernels.npz", "names": ["a", "z"]}),
        Task("blur", ("clean",), 1.0, "blur", {"kernels": "none.npz", "names": ["a"]}),
        Task("pairs", ("clean",), repeats=3, degradation="rain"),
    ]
    with pytest.raises(DataError) as caught:
        take_inventory(tasks, data, 3, 32)
    text = str(caught.value)
    for part in (
        "7_a.png: no clean picture",
        "1.png: differs in size from its clean picture",
        "(90 x 70 against 90 x 64)",
        "0.png: differs in size",
        "2.png: there is no depth picture",
        "a.jpg: the file is truncated",
        "nowhere: folder not found",
        "empty: contains no pictures",
        "no kernel named 'z'",
        "none.npz: the kernels cannot be read",
        "clean: contains no pairs",
        "clean: 3 pictures are too few with 3 held out",
        "some tasks give a share and others repeats",
    ):
        assert part in text


def test_long_lists_are_cut_and_counted() -> None:
    problems = [Problem("unreadable pictures", f"{n:03}.png: is empty.") for n in range(LISTED + 5)]
    text = describe([*problems, *problems, Problem("missing folders", "x: folder not found.")])
    assert f"unreadable pictures ({LISTED + 5}):" in text and "and 5 more" in text and "missing folders (1):" in text
    assert text.count(".png") == LISTED
    assert describe(problems[:1] * 3) == "000.png: is empty."


def test_no_picture_that_one_task_holds_out_is_trained_on_by_another(
    tmp_path: Path, write_picture: Callable[..., None]
) -> None:
    for scene in range(6):
        write_picture(tmp_path / "ots" / "clear" / f"{scene}.png", scene)
        for number in range(3):
            write_picture(tmp_path / "ots" / "hazy" / f"{scene}_{number}.png", 100 + 3 * scene + number)
    (tmp_path / "album").mkdir()
    (tmp_path / "album" / "link").symlink_to(tmp_path / "ots" / "clear")
    write_picture(tmp_path / "album" / "more.png", 200)
    tasks = [
        Task("pairs", ("ots",), 1.0, "haze"),
        clean("ots/clear"),
        clean("album", options={"recursive": True}),
    ]
    for holdout in (1, 2):
        inventory = take_inventory(tasks, tmp_path, holdout, 32)
        held = {pair.clean[:, :].tobytes() for entry in inventory.tasks for pair in entry.validation}
        trained = {pair.clean[:, :].tobytes() for entry in inventory.tasks for pair in entry.training}
        assert held and trained and not held & trained
        assert len(inventory.tasks[0].validation) == holdout
    assert len(inventory.tasks[0].training) % 3 == 0  # all hazy versions of a held-out scene are left out


def test_tasks_that_share_folders_hold_out_the_same_pictures(data: Path) -> None:
    tasks = [
        clean("clean"),
        Task("noise", ("clean",), 1.0, "noise25"),
        Task("rain", ("clean", "rain/clean"), 1.0, "rain"),
    ]
    assert files_of(take_inventory(tasks, data, 1, 32)) == [(2, 1), (2, 1), (4, 2)]
    assert files_of(take_inventory(tasks, data, 0, 32)) == [(3, 0), (3, 0), (6, 0)]


def test_a_task_without_pictures_is_an_error(tmp_path: Path, write_picture: Callable[..., None]) -> None:
    for number in range(2):
        write_picture(tmp_path / "all" / f"{number}.png", number)
    (tmp_path / "turned").mkdir()
    for number in range(2):  # so that the other one is held out here
        (tmp_path / "turned" / f"{number}.png").symlink_to(tmp_path / "all" / f"{1 - number}.png")
    assert files_of(take_inventory([clean("turned")], tmp_path, 1, 32)) == [(1, 1)]
    with pytest.raises(DataError, match="turned: every picture is held out"):
        take_inventory([clean("all"), clean("turned")], tmp_path, 1, 32)


def test_an_epoch_repeats_pictures_as_often_as_its_tasks_say(data: Path) -> None:
    tasks = [
        Task("noise", ("clean",), degradation="noise15", repeats=3),
        Task("pairs", ("rain",), degradation="rain", repeats=120),
    ]
    inventory = take_inventory(tasks, data, 1, 32)
    assert inventory.weights == (6, 240) and inventory.samples_per_epoch == 246
    shared = take_inventory([clean("clean"), Task("pairs", ("rain",), 9.0, "rain")], data, 1, 32)
    assert shared.weights == (1, 9) and shared.samples_per_epoch == 4


def test_the_table_lists_all_tasks(data: Path) -> None:
    tasks = [
        Task("noise", ("clean",), 3.0, options={"sigma": [5, 50]}),
        Task("mixed", ("clean", "rain/clean"), 1.0, "haze", {"families": ["rain", "haze"]}),
    ]
    lines = take_inventory(tasks, data, 1, 96).table().splitlines()
    assert lines[0].split("  ")[0] == "task" and "held out" in lines[0]
    assert lines[1].split() == ["noise", "nearest", "75.0", "%", "2", "1", "clean"]
    assert lines[2].split() == ["mixed", "rain+haze", "haze", "25.0", "%", "4", "2", "clean,", "rain/clean"]
    assert lines[3].startswith("6 picture files, 0.00 GB decoded; 6 samples an epoch")
    assert lines[4].startswith("3 pictures of noise in clean are smaller") and lines[5].startswith("6 pictures")
    assert len(take_inventory(tasks, data, 1, 70).table().splitlines()) == 4


def test_the_border_of_reside_indoor_ground_truth_is_removed(
    tmp_path: Path, write_picture: Callable[..., None]
) -> None:
    write_picture(tmp_path / "its" / "clear" / "1400.png", 1, height=480, width=640)
    write_picture(tmp_path / "its" / "hazy" / "1400_1.png", 2, height=460, width=620)
    for cache in (None, tmp_path / "cache"):
        pair = take_inventory([Task("pairs", ("its",), 1.0, "haze")], tmp_path, 0, 32, cache).tasks[0].training[0]
        assert pair.clean.shape == (460, 620, 3)
        np.testing.assert_array_equal(
            pair.clean[:, :], read_picture(tmp_path / "its" / "clear" / "1400.png")[10:470, 10:630]
        )


def test_excluded_pictures_are_neither_trained_on_nor_validated(data: Path, write_picture: Callable[..., None]) -> None:
    for number in range(4):
        for half in ("degraded", "clean"):
            write_picture(data / "pairs" / half / f"scene{number // 2}_{number}.png", 40 + number)
    pairs = Task("pairs", ("pairs",), 1.0, "blur", {"exclude": ["scene1_*"]})
    photos = Task("clean", ("clean",), 1.0, options={"exclude": ["0", "[1x]"]})
    inventory = take_inventory([pairs, photos], data, 0, 32)
    assert files_of(inventory) == [(2, 0), (1, 0)]
    kept = [read_picture(data / "pairs" / "clean" / f"scene0_{number}.png") for number in range(2)]
    for pair, picture in zip(inventory.tasks[0].training, kept, strict=True):
        np.testing.assert_array_equal(pair.clean[:, :], picture)
    assert files_of(take_inventory([pairs], data, 1, 32)) == [(1, 1)]


def test_a_pattern_without_a_match_is_an_error(data: Path) -> None:
    task = Task("clean", ("clean",), 1.0, options={"exclude": ["0", "sceen1_*"]})
    with pytest.raises(DataError, match=r"exclude 'sceen1_\*' matches no picture"):
        take_inventory([task], data, 0, 32)
