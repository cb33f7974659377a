"""Names of results with the day of the photo and a counter."""

import os
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from core.batch import Batch, BatchSettings, Layout
from core.errors import BatchError
from core.photo.output_options import OutputOptions
from core.photo.resizing import Resize
from core.steps import Step

HAZE = BatchSettings(steps=(Step("haze"),))


def run(source: Path, target: Path, config, name: str, settings: BatchSettings = HAZE, **options) -> None:
    with Batch(Layout(source, target, name=name, **options), settings, config) as batch:
        assert batch.run(batch.plan()).exit_code == 0


def names(target: Path) -> list[str]:
    return sorted(path.relative_to(target).as_posix() for path in target.rglob("*.*") if ".dfpir" not in str(path))


def test_photos_are_numbered_in_their_order_and_keep_their_numbers(source, target, make, config, tree) -> None:
    make("b.png"), make("c.png")
    run(source, target, config, "holiday-{counter}")
    assert list(tree(target)) == ["holiday-0001.png", "holiday-0002.png"]
    before = tree(target)
    make("a.png")
    calls = len(config.calls)
    run(source, target, config, "holiday-{counter}")
    assert len(config.calls) == calls + 1
    after = tree(target)
    assert list(after) == ["holiday-0001.png", "holiday-0002.png", "holiday-0003.png"]
    assert {name: after[name] for name in before} == before


def test_a_file_of_somebody_else_is_never_replaced(source, target, make, config, tree) -> None:
    make("a.png")
    target.mkdir()
    (target / "0001.png").write_bytes(b"mine")
    run(source, target, config, "{counter}", collision="replace")
    assert (target / "0001.png").read_bytes() == b"mine" and (target / "0002.png").is_file()


def test_each_folder_counts_for_itself(source, target, make, config, tree) -> None:
    make("x/a.png"), make("x/b.png"), make("y/c.png")
    run(source, target, config, "{folder}/{counter}")
    assert list(tree(target)) == ["x/0001.png", "x/0002.png", "y/0001.png"]


def test_the_day_is_that_of_the_exif_else_that_of_the_file(source, target, make, config, tree) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[36867] = "2019:07:14 10:20:30"
    picture = Image.fromarray(np.random.default_rng(1).integers(0, 256, (20, 30, 3), np.uint8))
    picture.save(source / "camera.jpg", exif=exif)
    picture.save(source / "scan.tif", tiffinfo={306: "2019:07:14 10:20:30"})  # DateTime
    make("plain.png")
    moment = datetime(2021, 3, 4, 12).timestamp()
    os.utime(source / "plain.png", (moment, moment))
    run(source, target, config, "{date}/{name}")
    assert list(tree(target)) == ["2019-07-14/camera.jpg", "2019-07-14/scan.tif", "2021-03-04/plain.png"]


@pytest.mark.parametrize("name", ["{counter}-{counter}", "{counter:3}", "{date}", "{folder}/x"])
def test_templates_that_cannot_work_are_refused(source, target, name) -> None:
    with pytest.raises(BatchError):
        Layout(source, target, name=name)


def test_results_get_the_size_that_was_asked_for_also_clean_ones(source, target, make, config) -> None:
    make("noisy.png", 40), make("clean.png", 40)
    config.found = {"noisy.png": ("noise",), "clean.png": ()}
    settings = BatchSettings(output=OutputOptions(resize=Resize("side", 24)))
    run(source, target, config, "{name}", settings)
    for name in ("noisy.png", "clean.png"):
        with Image.open(target / name) as image:
            assert image.size == (24, 20)


def test_other_output_options_are_other_results() -> None:
    plain, small = BatchSettings(), BatchSettings(output=OutputOptions(resize=Resize("side", 100)))
    assert plain.fingerprint("m", "d") != small.fingerprint("m", "d")
    # As earlier versions have it: a folder of theirs is not done again.
    assert "output" not in plain.output.to_dict() and plain.output.to_dict() == {}
