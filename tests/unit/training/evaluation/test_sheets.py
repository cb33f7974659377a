from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from core.evaluation import PAPER, PROTOCOLS
from training.data.data_errors import DataError
from training.data.pictures import read_picture, to_bytes
from training.evaluation.scoring import Method, Outcome, measure
from training.evaluation.sheets import (
    CELL,
    GAP,
    LINE,
    WorstCases,
    caption,
    centre_crop,
    fit,
    make_sheets,
    side_by_side,
    write_picture,
)

Write = Callable[..., None]


def _grey(value: int, height: int = 10, width: int = 20) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def test_pictures_are_scaled_down_to_fit_and_never_up() -> None:
    cell = fit(_grey(200, 100, 400), 100, 80)
    assert cell.shape == (80, 100, 3)
    assert (cell[28:52] == 200).all() and not (cell[:27] == 200).any()
    small = fit(_grey(200), 100, 80)
    assert (small == 200).all(axis=2).sum() == 10 * 20


def test_centre_crop_keeps_the_scale() -> None:
    picture = np.arange(30 * 50 * 3, dtype=np.uint8).reshape(30, 50, 3)
    np.testing.assert_array_equal(centre_crop(picture, 20, 10), picture[10:20, 15:35])
    np.testing.assert_array_equal(centre_crop(picture, 99, 99), picture)


def test_captions_are_above_and_keep_the_picture() -> None:
    captioned = caption(_grey(90, 40, 300), "night – ß.png  30.00 dB")
    assert captioned.shape == (40 + LINE, 300, 3)
    assert (captioned[LINE:] == 90).all() and captioned[:LINE].max() > 150
    row = side_by_side([_grey(1), _grey(2)])
    assert row.shape == (10, 40 + GAP, 3) and (row[:, :20] == 1).all() and (row[:, -20:] == 2).all()


def test_pictures_are_written_atomically(tmp_path: Path) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    write_picture(tmp_path / "new" / "a.png", picture)
    np.testing.assert_array_equal(read_picture(tmp_path / "new" / "a.png"), picture)
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="file"):
        write_picture(tmp_path / "file" / "a.png", picture)


def test_the_worst_five_are_written_with_their_scores(tmp_path: Path, grey_set: Callable[..., Any]) -> None:
    worst = WorstCases(tmp_path / "worst")
    errors = (0.1, 0.01, 0.2, 0.05, 0.02, 0.03, 0.04)
    shift = Method("m", lambda sample: Outcome(sample.degraded + np.float32(0.005)))
    (result,) = measure(grey_set(errors, name="a/b c"), [shift], PROTOCOLS[PAPER], seen=worst)
    files = worst.write()
    ranked = result.summary()["worst"]
    wanted = [
        f"a_b_c-{rank}-gain{entry['gain']:+.2f}-psnr{entry['psnr']:.2f}-{entry['picture']}"
        for rank, entry in enumerate(ranked, 1)
    ]
    assert [file.name for file in files] == wanted and sorted(tmp_path.glob("worst/*")) == sorted(files)
    strip = read_picture(files[0])  # degraded 0.3, restored 0.305, clean 0.5
    assert strip.shape == (16 + LINE, 3 * 24 + 2 * GAP, 3)
    values = [strip[LINE + 5, 12 + part * (24 + GAP), 0] for part in range(3)]
    assert values == [to_bytes(np.array(value)) for value in (0.3, 0.305, 0.5)]


def test_a_sheet_shows_each_photograph_before_and_after(
    tmp_path: Path, write_picture: Write, fake_restorer: Any
) -> None:
    photos = tmp_path / "real"
    for kind, count in (("haze", 2), ("low_light", 1)):
        for index in range(count):
            file = photos / kind / f"{index}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(cv2.imencode(".png", _grey(100, 300, 420))[1].tobytes())
    restorer = fake_restorer({"haze": 0.2, "low-light": 0.4})
    files = make_sheets(photos, tmp_path / "sheets", restorer)
    assert [file.name for file in files] == ["haze.png", "low_light.png"]
    assert restorer.asked == [("haze",), ("haze",), ("low-light",)]
    haze, dark = (read_picture(file).astype(int) for file in files)
    width, height = CELL
    assert haze.shape == (2 * (height + LINE) + GAP + LINE, 4 * width + 3 * GAP, 3)
    assert dark.shape[0] == height + 2 * LINE
    middles = [width // 2 + part * (width + GAP) for part in range(4)]
    for sheet, added in ((haze, 51), (dark, 102)):
        row = sheet[2 * LINE + height // 2, middles, 0]
        np.testing.assert_allclose(row, [100, 100 + added, 100, 100 + added], atol=3)


def test_the_prompt_of_a_sheet_can_be_given_or_detected(
    tmp_path: Path, write_picture: Write, fake_restorer: Any
) -> None:
    write_picture(tmp_path / "holiday" / "1.png", 1)
    write_picture(tmp_path / "holiday" / "2.png", 2)
    with pytest.raises(DataError, match=r"holiday.*--prompt"):
        make_sheets(tmp_path / "holiday", tmp_path / "out", fake_restorer())
    restorer = fake_restorer()
    make_sheets(tmp_path / "holiday", tmp_path / "out", restorer, prompt="blur")
    assert restorer.asked == [("blur",)] * 2
    restorer, answers = fake_restorer({"haze": 0.3}), iter([("haze", "noise15"), ()])
    (file,) = make_sheets(tmp_path / "holiday", tmp_path / "out", restorer, detect=lambda photo: next(answers))
    assert restorer.asked == [("haze", "noise15")] and file == tmp_path / "out" / "holiday.png"


def test_a_folder_without_photographs_is_named(tmp_path: Path, fake_restorer: Any) -> None:
    with pytest.raises(DataError, match="folder not found"):
        make_sheets(tmp_path / "nowhere", tmp_path / "out", fake_restorer())
    with pytest.raises(DataError, match="contains no pictures"):
        make_sheets(tmp_path, tmp_path / "out", fake_restorer())
