"""Export and recipes: options, names, files, and what is never overwritten."""

import math
import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, PngImagePlugin
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog, QLineEdit
from pytestqt.qtbot import QtBot

from core.geometry import UNCHANGED, Geometry
from core.inference import RestorationResult, Step
from core.masks import Component, LinearGradient, Mask
from core.photo import Photo
from core.recipes import Recipe, read_recipe
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.dialogs.standard_dialogs import suggested_path
from dfpir_gui.session import State
from dfpir_gui.session.notices import Severity
from dfpir_gui.settings.export_options import ExportOptions, format_name, output_path, template_error
from dfpir_gui.settings.settings import Settings
from dfpir_gui.studio.export import ExportDialog


@pytest.fixture
def result(photo_path: Path) -> RestorationResult:
    steps = (Step("noise25"), Step("rain", 0.0), Step("haze", 0.5))
    return RestorationResult(Photo.open(photo_path), steps, "tiny", "cpu", "float32", "full", 1.0)


def test_names_by_template_format_and_folder(result: RestorationResult, photo_path: Path, tmp_path: Path) -> None:
    default = photo_path.with_name("beach-restored.png")
    assert output_path(default, result, ExportOptions()) == default
    options = ExportOptions(format="jpeg", template="{name} {steps} {model}", folder=str(tmp_path / "out"))
    assert output_path(default, result, options) == tmp_path / "out" / "beach noise25+haze tiny.jpg"


def test_a_name_that_exists_or_is_reserved_gets_a_number(result: RestorationResult, photo_path: Path) -> None:
    default = photo_path.with_name("beach-restored.png")
    default.touch()
    second, third = photo_path.with_name("beach-restored-2.png"), photo_path.with_name("beach-restored-3.png")
    assert output_path(default, result, ExportOptions()) == second
    assert output_path(default, result, ExportOptions(), {second}) == third
    assert output_path(default, result, ExportOptions(template="{name}")) == photo_path.with_name("beach-2.png")


@pytest.mark.parametrize(
    ("template", "fault"),
    [
        ("{name}-x", ""),
        ("fixed", ""),
        ("{{{name}}}", ""),
        ("{day}", "Unknown field"),
        ("{date} {counter}", ""),
        ("{name", "Unmatched"),
        ("{}", "Unknown field"),
        ("{name.stem}", "Unknown field"),
        ("{name!r}", "only a name"),
        ("{name:>9}", "only a name"),
        ("../{name}", "cannot contain"),
        ("  ", "empty"),
    ],
)
def test_invalid_templates_are_reported(template: str, fault: str) -> None:
    found = template_error(template)
    assert (fault in found) if fault else found == ""


def test_options_are_stored_and_invalid_values_ignored() -> None:
    options = ExportOptions("webp", 80, 8, "none", "{name}", "/tmp", True, True)
    Settings().export = options
    assert Settings().export == options
    assert ExportOptions.from_json("[]") == ExportOptions.from_json("{") == ExportOptions()
    assert ExportOptions.from_json('{"quality": "high", "recipe": true}') == ExportOptions(recipe=True)
    assert ExportOptions.from_json('{"format": "gif"}') == ExportOptions()


def dialog_of(window: MainWindow) -> ExportDialog:
    window.actions_.export.trigger()
    return next(dialog for dialog in window.findChildren(ExportDialog) if dialog.isVisible())


def choose(combo, data: object) -> None:
    combo.setCurrentIndex(combo.findData(data))


def test_a_jpeg_of_lower_quality_is_smaller_and_has_a_recipe(
    qtbot: QtBot, hand, restored: MainWindow, tmp_path: Path
) -> None:
    sizes = {}
    for quality in (95, 40):
        restored.activateWindow()
        dialog = dialog_of(restored)
        assert "beach-restored" in dialog.path_preview.text()
        choose(dialog.file_format, "jpeg")
        dialog.quality.setValue(quality)
        dialog.recipe.setChecked(True)
        name = "beach-restored.jpg" if quality == 95 else "beach-restored-2.jpg"
        assert name in dialog.path_preview.text()
        assert ("number was added" in dialog.path_preview.text()) == (quality == 40)
        qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
        sizes[quality] = (tmp_path / name).stat().st_size
        recipe = read_recipe(tmp_path / f"{name}.recipe.json")
        assert recipe.steps == (Step("haze"),)
        assert (recipe.model, recipe.model_sha256) == ("fake", "5a" * 32)
    assert sizes[40] < 0.7 * sizes[95]
    assert Settings().export.quality == 40


def test_options_that_a_format_lacks_are_disabled(restored: MainWindow) -> None:
    dialog = dialog_of(restored)
    choose(dialog.file_format, "png")
    assert not dialog.quality.isEnabled() and dialog.quality_text.text() == "–"
    assert dialog.bit_depth.isEnabled()
    choose(dialog.file_format, "jpeg")
    assert dialog.quality.isEnabled()
    assert not dialog.bit_depth.isEnabled()
    dialog.template.setText("{nam}")
    assert not dialog.accept_button.isEnabled()
    assert "Unknown field" in dialog.path_preview.text()
    dialog.close()


def test_sixteen_bits_and_another_folder(qtbot: QtBot, restored: MainWindow, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    dialog = dialog_of(restored)
    choose(dialog.file_format, "tiff")
    choose(dialog.bit_depth, 16)
    dialog.browse.click()
    chooser = dialog.findChild(QFileDialog)
    chooser.findChild(QLineEdit).setText(str(tmp_path / "out"))
    chooser.accept()
    qtbot.mouseClick(dialog.accept_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
    assert Photo.open(tmp_path / "out" / "beach-restored.tif").bit_depth == 16


@pytest.mark.parametrize(("metadata", "artist", "position"), [("all", 1, 1), ("no-position", 1, 0), ("none", 0, 0)])
def test_metadata_is_kept_as_selected(
    qtbot: QtBot, window: MainWindow, restorer, tmp_path: Path, metadata: str, artist: int, position: int
) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = "Somebody"
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSLatitude] = (52.0, 31.0, 12.0)
    Image.fromarray(np.full((30, 40, 3), 90, np.uint8)).save(tmp_path / "here.jpg", exif=exif)
    window.open_photo(tmp_path / "here.jpg", "haze")
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    dialog = dialog_of(window)
    choose(dialog.kept_metadata, metadata)
    dialog.accept()
    qtbot.waitUntil(lambda: window.session.state is State.SAVED)
    with Image.open(tmp_path / "here-restored.jpg") as image:
        written = image.getexif()
        assert (ExifTags.Base.Artist in written) == bool(artist)
        assert bool(written.get_ifd(ExifTags.IFD.GPSInfo)) == bool(position)


def test_a_preview_is_embedded_if_the_format_supports_it(qtbot: QtBot, restored: MainWindow, tmp_path: Path) -> None:
    dialog = dialog_of(restored)
    assert not dialog.embed_preview.isChecked()
    choose(dialog.file_format, "tiff")
    assert not dialog.embed_preview.isEnabled()
    choose(dialog.file_format, "jpeg")
    assert dialog.embed_preview.isEnabled()
    dialog.embed_preview.setChecked(True)
    dialog.accept()
    qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
    with Image.open(tmp_path / "beach-restored.jpg") as image:
        assert image.getexif().get_ifd(ExifTags.IFD.IFD1)
    assert Settings().export.embed_preview


def test_all_results_are_exported_under_different_names(
    qtbot: QtBot, restored: MainWindow, restorer, write_png, tmp_path: Path
) -> None:
    session = restored.session
    session.open(write_png("other.png", np.full((30, 40, 3), 9, np.uint8)), (Step("rain"),))
    qtbot.waitUntil(lambda: session.current.name == "other.png" and session.state is State.READY)
    session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: session.state is State.RESTORED)
    dialog = dialog_of(restored)
    dialog.scope.setCurrentIndex(1)
    dialog.template.setText("same")
    dialog.accept()
    qtbot.waitUntil(lambda: all(document.state is State.SAVED for document in session.documents))
    assert {document.saved_as.name for document in session.documents} == {"same.png", "same-2.png"}


def test_the_expected_size_is_that_of_the_file(qtbot: QtBot, restored: MainWindow, tmp_path: Path) -> None:
    dialog = dialog_of(restored)
    choose(dialog.file_format, "jpeg")
    dialog.resize_field.set_text("100px")
    choose(dialog.colour_space, "display-p3")
    qtbot.waitUntil(lambda: "100×60" in dialog.size_label.text(), timeout=30_000)
    shown = dialog.size_label.text()
    dialog.accept()
    qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
    file = tmp_path / "beach-restored.jpg"
    assert shown == f"{math.ceil(file.stat().st_size / 1e3)} kB, 100×60 px."
    with Image.open(file) as image:
        assert image.size == (100, 60) and b"Display P3" in image.info["icc_profile"].replace(b"\0", b"")
    assert (Settings().export.resize, Settings().export.colour_space) == ("100px", "display-p3")


def test_a_closed_dialog_estimates_nothing(qtbot: QtBot, restored: MainWindow) -> None:
    dialog = dialog_of(restored)
    assert "Estimating" in dialog.size_label.text()
    dialog.reject()
    assert not dialog.size_label._timer.isActive()


def test_names_with_the_day_and_a_counter(result: RestorationResult, photo_path: Path) -> None:
    moment = datetime(2022, 5, 6, 12).timestamp()
    os.utime(photo_path, (moment, moment))
    default = photo_path.with_name("beach-restored.png")
    options = ExportOptions(template="{date} trip {counter}")
    first = output_path(default, result, options)
    assert first.name == "2022-05-06 trip 0001.png"
    first.touch()
    second = output_path(default, result, options)
    assert second.name == "2022-05-06 trip 0002.png"
    assert output_path(default, result, options, {second}).name == "2022-05-06 trip 0003.png"


def test_the_day_is_that_of_the_exif(result: RestorationResult, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif.get_ifd(ExifTags.IFD.Exif)[36867] = "2019:07:14 10:20:30"
    Image.new("RGB", (20, 10)).save(tmp_path / "a.jpg", exif=exif)
    taken = replace(result, photo=Photo.open(tmp_path / "a.jpg"))
    assert format_name(taken, ExportOptions(template="{date}")) == "2019-07-14"


@pytest.mark.parametrize("stored", ['{"resize": "huge"}', '{"colour_space": "rec2020"}'])
def test_stored_options_that_are_unknown_are_dropped(stored: str) -> None:
    assert ExportOptions.from_json(stored) == ExportOptions()


def test_the_result_is_copied(qtbot: QtBot, hand, restored: MainWindow, pattern: np.ndarray) -> None:
    hand.press(restored, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    image = QGuiApplication.clipboard().image().convertToFormat(QImage.Format.Format_RGB888)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), -1)[:, : 3 * image.width()]
    assert (pixels.reshape(pattern.shape) == 255 - pattern).all()


def test_a_recipe_is_applied_and_can_be_undone(qtbot: QtBot, hand, restored: MainWindow, tmp_path: Path) -> None:
    dialog = dialog_of(restored)
    dialog.recipe.setChecked(True)
    dialog.accept()
    qtbot.waitUntil(lambda: restored.session.state is State.SAVED)
    restored.activateWindow()
    restored.session.choose("rain", 0.3)
    restored.actions_.apply_recipe.trigger()
    hand.answer(hand.file_dialog(restored), tmp_path / "beach-restored.png.recipe.json")
    assert restored.session.steps == (Step("haze"),)
    qtbot.waitUntil(lambda: not restored.session.busy)
    assert restored.session.notice is None
    restored.actions_.undo.trigger()
    assert restored.session.steps == (Step("rain", 0.3),)


def test_a_recipe_of_another_model_is_reported_and_an_invalid_one_rejected(
    qtbot: QtBot, hand, opened: MainWindow, tmp_path: Path
) -> None:
    file = tmp_path / "x.recipe.json"
    text = (
        '{"recipe": 1, "program": "1", "model": {"name": "theirs", "sha256": ""}, "precision": "float32", '
        '"steps": [{"degradation": "haze", "strength": 0.5}]}'
    )
    file.write_text(text)
    opened.photo_commands.apply_recipe(file)
    qtbot.waitUntil(lambda: opened.session.notice is not None)
    assert "another model, theirs" in opened.session.notice.what
    assert opened.session.steps == (Step("haze", 0.5),)
    file.write_text(text.replace("haze", "snow"))
    opened.photo_commands.apply_recipe(file)
    assert "'snow', which is not known" in opened.session.notice.what
    assert opened.session.steps == (Step("haze", 0.5),)


def write_recipe_file(path: Path, geometry: Geometry, mode: str = "standard") -> Path:
    mask = Mask((Component(LinearGradient((0.5, 0.2), (0.5, 0.6))),))
    recipe = Recipe((Step("haze", 0.5, mask),), "fake", "", "float32", "1", mode, geometry)
    path.write_text(recipe.to_json())
    return path


def test_rotation_and_crop_of_a_recipe_are_applied_as_one_change(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path
) -> None:
    session, geometry = opened.session, Geometry(1, (10, 20, 60, 90))
    session.choose("rain", 0.3)
    path = write_recipe_file(tmp_path / "a.recipe.json", geometry, "best")
    opened.photo_commands.apply_recipe(path)
    qtbot.waitUntil(lambda: not session.busy and session.photo.width == 60)
    (step,) = session.steps
    assert step == read_recipe(path).steps[0] and session.geometry == geometry  # masks are those of the cropped photo
    assert session.notice.what.startswith("a.recipe.json: It was made with quality “Best”")
    opened.actions_.undo.trigger()
    qtbot.waitUntil(lambda: not session.busy and session.photo.width == 200)
    assert session.steps == (Step("rain", 0.3),)
    session.rotate(2)
    qtbot.waitUntil(lambda: not session.busy)
    opened.photo_commands.apply_recipe(write_recipe_file(tmp_path / "b.recipe.json", UNCHANGED))
    assert session.geometry == Geometry(2)  # it has none to apply


def test_a_crop_of_a_recipe_that_does_not_fit_is_left_out_with_a_notice(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path
) -> None:
    path = write_recipe_file(tmp_path / "a.recipe.json", Geometry(0, (150, 0, 100, 100)))
    opened.photo_commands.apply_recipe(path)
    assert "Rotation and crop were left out: the crop lies outside this photo." in opened.session.notice.what
    qtbot.waitUntil(lambda: not opened.session.busy)
    assert opened.session.geometry == UNCHANGED and opened.session.steps == read_recipe(path).steps


@pytest.mark.parametrize(
    ("made_for", "geometry", "note"),
    [
        ((400, 240), Geometry(1, (10, 20, 60, 90)), ""),  # the photo has 200 x 120 pixels
        ((240, 400), Geometry(1), "The crop was left out: it was made for a photo of another shape"),
    ],
)
def test_the_crop_of_a_recipe_keeps_its_shares_of_a_photo_of_another_size(
    qtbot: QtBot, opened: MainWindow, tmp_path: Path, made_for, geometry: Geometry, note: str
) -> None:
    path, crop = tmp_path / "a.recipe.json", Geometry(1, (20, 40, 120, 180))
    recipe = Recipe((Step("haze", 0.5),), "fake", "", "float32", "1", geometry=crop, full_size=made_for)
    path.write_text(recipe.to_json())
    opened.photo_commands.apply_recipe(path)
    qtbot.waitUntil(lambda: not opened.session.busy)
    assert opened.session.geometry == geometry
    assert note in opened.session.notice.what


def test_a_photo_is_saved_even_without_its_recipe(qtbot: QtBot, restored: MainWindow, tmp_path: Path) -> None:
    existing = tmp_path / "beach-restored.png.recipe.json"
    existing.write_text("not ours")
    dialog = dialog_of(restored)
    dialog.recipe.setChecked(True)
    dialog.accept()
    qtbot.waitUntil(lambda: restored.session.state is not State.SAVING)
    assert restored.session.state is State.SAVED
    assert restored.session.saved_as == tmp_path / "beach-restored.png"
    assert Photo.open(tmp_path / "beach-restored.png").width == 200
    notice = restored.session.notice
    assert notice.severity is Severity.WARNING
    assert "saved as beach-restored.png, but without its recipe" in notice.what
    assert "beach-restored.png.recipe.json already exists" in notice.advice
    assert existing.read_text() == "not ours"
    assert not restored.isWindowModified()


def test_dropped_metadata_is_reported_for_every_photo(
    qtbot: QtBot, window: MainWindow, restorer, tmp_path: Path
) -> None:
    session = window.session

    def is_ready(name: str) -> bool:
        return session.current is not None and session.current.name == name and session.state is State.READY

    info = PngImagePlugin.PngInfo()
    info.add_text("Place", "A beach")
    for name in ("one.png", "two.png"):
        Image.fromarray(np.full((30, 40, 3), 90, np.uint8)).save(tmp_path / name, pnginfo=info)
        window.open_photo(tmp_path / name, "haze")
        qtbot.waitUntil(lambda name=name: is_ready(name))
        window.session.restore()
        restorer.finish()
        qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    dialog = dialog_of(window)
    dialog.scope.setCurrentIndex(1)
    choose(dialog.file_format, "bmp")
    dialog.accept()
    qtbot.waitUntil(lambda: all(document.state is State.SAVED for document in session.documents))
    assert session.notice.severity is Severity.WARNING
    for name in ("one-restored.bmp", "two-restored.bmp"):
        assert f"Saved as {name}. The metadata was left out: BMP files cannot hold it." in session.notice.report
    assert window.error_bar.isVisible()
    assert "one-restored.bmp" in window.error_bar.text.text() and "two-restored.bmp" in window.error_bar.text.text()
    dialog = dialog_of(window)
    choose(dialog.file_format, "png")
    dialog.accept()
    qtbot.waitUntil(lambda: (tmp_path / "two-restored.png").exists() and session.state is State.SAVED)
    assert session.notice is None


@pytest.mark.parametrize(
    ("name", "format", "expected"),
    [
        ("cutout.jpg", "png", "cutout-restored.png"),
        ("scan.JPG", "tiff", "scan-restored.tif"),
        ("beach.JPEG", "jpeg", "beach-restored.JPEG"),
        ("beach", "webp", "beach-restored.webp"),
        ("picture.png", "jpeg", "picture-restored.jpg"),
    ],
)
def test_the_suggested_suffix_is_that_of_the_real_format(tmp_path: Path, name: str, format: str, expected: str) -> None:
    pixels = np.zeros((6, 8, 3), np.uint8)
    Photo.from_array(pixels).save(tmp_path / f"made.{format}")
    (tmp_path / f"made.{format}").rename(tmp_path / name)
    assert suggested_path(Photo.open(tmp_path / name)).name == expected


def test_a_png_named_jpg_keeps_its_transparency(
    qtbot: QtBot, hand, window: MainWindow, restorer, tmp_path: Path
) -> None:
    pixels = np.full((30, 40, 4), 90, np.uint8)
    pixels[:, :20, 3] = 0
    Image.fromarray(pixels).save(tmp_path / "cutout.png")
    (tmp_path / "cutout.png").rename(tmp_path / "cutout.jpg")
    window.open_photo(tmp_path / "cutout.jpg", "haze")
    qtbot.waitUntil(lambda: window.session.state is State.READY)
    window.session.restore()
    restorer.finish()
    qtbot.waitUntil(lambda: window.session.state is State.RESTORED)
    dialog = dialog_of(window)
    assert "cutout-restored.png" in dialog.path_preview.text()
    dialog.accept()
    qtbot.waitUntil(lambda: window.session.state is State.SAVED)
    with Image.open(tmp_path / "cutout-restored.png") as image:
        assert np.array_equal(np.asarray(image)[..., 3], pixels[..., 3])
