from pathlib import Path

import pytest

from training.data.data_errors import DataError
from training.data.layouts import LAYOUTS, list_pairs, list_pictures


def make(root: Path, *names: str) -> Path:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    return root


def names(folder: Path) -> list[tuple[str, str]]:
    return [tuple(file.relative_to(folder).as_posix() for file in pair) for pair in list_pairs(folder)]  # type: ignore[misc]


@pytest.mark.parametrize(
    ("degraded", "clean"),
    [
        ("degraded/7.webp", "clean/7.jpg"),
        ("degraded/7_a.png", "clean/7.png"),
        ("input/a.png", "target/a.png"),  # Restormer, MPRNet
        ("train/input/a.png", "train/gt/a.png"),
        ("LQ/a.png", "GT/a.png"),  # DA-CLIP
        ("rainy/rain-12.png", "gt/norain-12.png"),  # AirNet, PromptIR
        ("rain_data_train_Light/rain/norain-3x2.png", "rain_data_train_Light/norain/norain-3.png"),  # as published
        ("rain/X2/norain-012x2.png", "norain/norain-012.png"),
        ("rainy/rain-001.png", "norain-001.png"),  # PReNet, testing
        ("rain-1.png", "norain-1.png"),  # PReNet, training
        ("outdoor/hazy/0025_0.8_0.04.jpg", "outdoor/gt/0025.png"),  # SOTS
        ("hazy/part1/0025_0.8_0.04.jpg", "clear/0025.jpg"),  # OTS
        ("haze/OTS/0025_1_0.2.jpg", "clear/clear_images/0025.jpg"),
        ("synthetic/part4/0025_1_0.2.jpg", "original/0025.jpg"),
        ("GOPR0372_07_00/blur/000047.png", "GOPR0372_07_00/sharp/000047.png"),
        ("blur/GOPR0372_07_00/000047.png", "sharp/GOPR0372_07_00/000047.png"),
        ("our485/low/10.png", "our485/high/10.png"),  # LOL v1
        ("Real_captured/Low/low00010.png", "Real_captured/Normal/normal00010.png"),  # LOL v2
    ],
)
def test_a_set_is_found_by_its_layout(tmp_path: Path, degraded: str, clean: str) -> None:
    make(tmp_path, degraded, clean, "readme.txt", ".hidden/degraded/x.png")
    assert names(tmp_path) == [(degraded, clean)]


def test_every_layout_of_the_table_is_found(tmp_path: Path) -> None:
    for layout in LAYOUTS:
        for clean in layout.clean:
            folder = tmp_path / f"{layout.degraded}-{clean}"
            make(folder, f"{layout.degraded}/5.png", f"{clean}/5.png")
            assert names(folder) == [(f"{layout.degraded}/5.png", f"{clean}/5.png")]
    assert len(list_pairs(tmp_path)) == sum(len(layout.clean) for layout in LAYOUTS)


def test_many_hazy_pictures_share_one_clear_one(tmp_path: Path) -> None:
    hazy = [
        f"hazy/part{part}/{scene}_{a}_{b}.jpg"
        for part, scene in ((1, "0025"), (2, "1001"))
        for a in (0.8, 1)
        for b in (0.04, 0.2)
    ]
    make(tmp_path, *hazy, "clear/0025.jpg", "clear/1001.jpg", "clear/1002.jpg")
    found = names(tmp_path)
    assert [degraded for degraded, _ in found] == sorted(hazy)
    assert all(degraded.split("/")[-1][:4] == clean[6:10] for degraded, clean in found)


def test_scenes_are_separate_and_blur_gamma_is_ignored(tmp_path: Path) -> None:
    for scene in ("A", "B"):
        make(tmp_path, *(f"{scene}/{half}/1.png" for half in ("blur", "blur_gamma", "sharp")))
    assert names(tmp_path) == [(f"{scene}/blur/1.png", f"{scene}/sharp/1.png") for scene in "AB"]
    other = make(tmp_path / "other", "blur/A/1.png", "blur/B/2.png", "sharp/A/1.png", "sharp/B/3.png", "sharp/A/2.png")
    with pytest.raises(DataError, match=r"blur.B.2\.png"):  # A has a picture of that name, but it is another scene
        list_pairs(other)


def test_a_full_name_takes_precedence(tmp_path: Path) -> None:
    make(tmp_path, "degraded/a_1.png", "degraded/a_2_x.png", "clean/a_1.png", "clean/a.png", "clean/a_2.png")
    assert dict(names(tmp_path)) == {"degraded/a_1.png": "clean/a_1.png", "degraded/a_2_x.png": "clean/a_2.png"}


def test_all_pictures_without_a_partner_are_named(tmp_path: Path) -> None:
    make(tmp_path, "degraded/1.png", "degraded/2.png", "degraded/3.png", "clean/2.png", "set/low/1.png")
    with pytest.raises(DataError) as caught:
        list_pairs(tmp_path)
    text = str(caught.value)
    assert "1.png" in text and "3.png" in text and "2.png" not in text
    assert "high/ or normal/ or gt/" in text
    with pytest.raises(DataError, match=r"hazy/ \+ clear/"):
        list_pairs(make(tmp_path / "set" / "none", "x/1.png"))
    with pytest.raises(DataError, match="folder not found"):
        list_pairs(tmp_path / "nowhere")


def test_linked_folders_are_followed_once(tmp_path: Path) -> None:
    make(tmp_path / "elsewhere", "low/1.png", "high/1.png")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "lol").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere" / "up").symlink_to(tmp_path / "data")
    assert names(tmp_path / "data") == [("lol/low/1.png", "lol/high/1.png")]


def test_pictures_of_subfolders_are_listed_on_request(tmp_path: Path) -> None:
    make(tmp_path, "b.JPG", "a.png", "2019/c.tif", "2019/x/d.webp", ".thumbs/e.png", ".f.png", "notes.txt")
    assert [file.name for file in list_pictures(tmp_path)] == ["a.png", "b.JPG"]
    deep = [file.relative_to(tmp_path).as_posix() for file in list_pictures(tmp_path, recursive=True)]
    assert deep == ["2019/c.tif", "2019/x/d.webp", "a.png", "b.JPG"]
    with pytest.raises(DataError, match=r"contain 2.*recursive = true"):
        list_pictures(make(tmp_path / "album", "x/1.png", "y/2.png"))
