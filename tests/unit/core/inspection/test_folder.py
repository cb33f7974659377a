"""The pictures of a folder and their labels."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.degradations import KEYS
from core.errors import Cancelled, PhotoError
from core.inspection.folder import label_by_name, labelled, pictures_in
from core.photo import Photo
from core.progress import CancelToken


def put(file: Path, side: int = 20) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(0).integers(0, 256, (side, side, 3), np.uint8)
    file.write_bytes(cv2.imencode(file.suffix, pixels)[1].tobytes())
    return file


def test_photos_are_found_in_all_folders(tmp_path: Path) -> None:
    put(tmp_path / "b.png")
    put(tmp_path / "haze" / "a.jpg")
    (tmp_path / "notes.txt").write_text("no photo")
    assert [file.name for file in pictures_in(tmp_path)] == ["b.png", "a.jpg"]


def test_folders_without_photos_are_refused(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no photos"):
        pictures_in(tmp_path)
    with pytest.raises(PhotoError, match="not a folder"):
        pictures_in(tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("file", "label"),
    [
        ("haze.jpg", "haze"),
        ("noise25/one.png", "noise25"),
        ("rain/haze.png", "haze"),
        ("trip/one.png", None),
        ("low_light/one.png", "low-light"),
        ("Low Light/one.png", "low-light"),
        ("lowlight.jpg", "low-light"),
        ("Noise_25/one.png", "noise25"),
        ("-/one.png", None),
    ],
)
def test_label_by_the_name_of_file_or_folder(file: str, label: str | None) -> None:
    assert label_by_name(Path(file)) == label


def test_pictures_without_a_label_in_their_name_are_detected(tmp_path: Path) -> None:
    files = [
        put(tmp_path / "haze.png"),
        put(tmp_path / "one.png", 40),
        put(tmp_path / "clean.png", 21),
        put(tmp_path / "blur.png"),
    ]
    files.append(tmp_path / "broken.png")
    files[-1].write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    left_out: dict[str, str] = {}

    def detect(photo: Photo) -> list[str]:
        return [] if photo.width == 21 else ["rain", "noise15"]

    found = list(
        labelled(
            files,
            detect,
            known=[key for key in KEYS if key != "blur"],
            longest=32,
            left_out=lambda file, reason: left_out.update({file.name: reason}),
        )
    )

    assert [(sample.name, sample.label) for sample, _ in found] == [("haze.png", "haze"), ("one.png", "rain")]
    assert found[1][1].pixels.shape == (32, 32, 3)
    assert set(left_out) == {"clean.png", "blur.png", "broken.png"}
    assert "no degradation" in left_out["clean.png"] and "no prompt for blur" in left_out["blur.png"]


def test_cancel(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        next(labelled([put(tmp_path / "haze.png")], lambda photo: (), known=KEYS, cancel=token))
