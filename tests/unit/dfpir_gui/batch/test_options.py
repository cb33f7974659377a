"""The options panel, and the report that is written with it."""

import json
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint
from PySide6.QtWidgets import QApplication, QComboBox, QScrollArea
from pytestqt.qtbot import QtBot

from core.batch import Layout, Row, State, Summary, Why
from core.batch.pipeline import IdleTime
from core.batch.report import write_report
from core.errors import BatchError
from core.geometry import Geometry
from core.messages import verbatim
from core.photo.output_options import OutputOptions
from core.photo.resizing import Resize
from core.presets import Presets, preset_recipe
from core.recipes import Recipe, write_recipe
from core.steps import Step
from dfpir_gui.batch.options import AUTOMATIC, Options
from dfpir_gui.batch.worker import Listing, report_from
from dfpir_gui.i18n.qt_translators import use_language
from dfpir_gui.settings.export_options import ExportOptions
from dfpir_gui.settings.theme import apply_theme


@pytest.fixture
def options(qtbot: QtBot, tmp_path: Path) -> Options:
    made = Options()
    qtbot.addWidget(made)
    (tmp_path / "photos").mkdir()
    made.set_source(tmp_path / "photos")
    return made


def test_report_counts_every_photo_of_the_folder_once(options: Options, tmp_path: Path) -> None:
    rows = [
        Row("a.jpg", state=State.RESTORED),
        Row("b.jpg", state=State.FAILED, error=verbatim("b.jpg is empty.")),
        Row("c.jpg"),
    ]
    run = Summary(1, seconds=12.0, idle=IdleTime(12.0, 3.0))
    listing = Listing(tuple(rows), {row.path: Why.DONE for row in rows}, 0, (), run)
    report = report_from(options.batch_layout(), listing)
    assert report.summary.lines == [("restored", 1), ("failed", 1), ("not reached", 1)] and report.summary.adds_up
    write_report(report, tmp_path / "report.html")
    text = (tmp_path / "report.html").read_text("utf-8")
    assert "12.0 s, of which the device waited for the disk 25%" in text and "b.jpg is empty." in text


def test_options_become_layout_and_settings(options: Options, tmp_path: Path) -> None:
    options.include.setText("*.jpg 2024/")
    options.exclude.setText("raw/")
    options.format.setCurrentIndex(options.format.findData("png"))
    options.threshold.setValue(75)
    options.clean.setCurrentIndex(1)
    options.collision.setCurrentIndex(2)
    photos = tmp_path / "photos"
    assert options.batch_layout() == Layout(
        photos,
        tmp_path / "photos-restored",
        include=("*.jpg", "2024/"),
        exclude=("raw/",),
        collision="replace",
        format="png",
    )
    treatment = options.batch_settings()
    assert (treatment.steps, treatment.threshold, treatment.clean) == (None, 0.75, "leave")
    options.what.setCurrentIndex(options.what.findData("rain"))
    options.strength.setValue(40)
    assert options.batch_settings().steps == (Step("rain", 0.4),) and not options.threshold.isEnabled()


def test_recipe_sets_the_steps_until_another_choice_is_made(options: Options, tmp_path: Path) -> None:
    file = write_recipe(Recipe((Step("rain", 0.5), Step("haze")), "tiny", "", "float32", "1"), tmp_path / "beach.jpg")
    options.use_recipe(file)
    assert options.batch_settings().steps == (Step("rain", 0.5), Step("haze"))
    assert options.what.currentText() == "Recipe beach.jpg" and not options.strength.isEnabled()
    options.what.setCurrentIndex(options.what.findData(AUTOMATIC))
    assert options.batch_settings().steps is None


def test_the_choice_to_review_harmful_results_is_among_what_is_done(options: Options) -> None:
    options.resize(options.width(), 800)
    options.show()
    top, other = (widget.mapTo(options, QPoint(0, 0)).y() for widget in (options.review_harm, options.include))
    assert options.clean.mapTo(options, QPoint(0, 0)).y() < top < other and top + options.review_harm.height() < 600


def test_source_as_target_is_refused(options: Options) -> None:
    options.target.setText(options.source.text())
    with pytest.raises(BatchError, match="never changed"):
        options.batch_layout()


def test_output_options_become_settings(options: Options) -> None:
    options.mode.setCurrentIndex(options.mode.findData("best"))
    options.quality.setValue(80)
    options.bit_depth.setCurrentIndex(options.bit_depth.findData(16))
    options.resize_field.set_text("2048px")
    options.colour_space.setCurrentIndex(options.colour_space.findData("srgb"))
    options.kept_metadata.setCurrentIndex(options.kept_metadata.findData("no-position"))
    settings = options.batch_settings()
    assert (settings.quality_mode, settings.quality) == ("best", 80)
    assert settings.output == OutputOptions(Resize("side", 2048), "srgb", 16, "no-location")
    options.resize_field.set_text("")
    assert options.batch_settings().output.resize is None


def test_presets_are_offered_and_used(options: Options, tmp_path: Path, qtbot: QtBot) -> None:
    presets = options._presets = Presets(tmp_path / "presets")
    steps = (Step("noise25", 0.5), Step("blur"))
    presets.save("my scanner", preset_recipe(steps, "best"))
    options.offer_presets()
    with qtbot.waitSignal(options.changed):
        options.what.setCurrentIndex(options.what.findText("Preset my scanner"))
    assert options.batch_settings().steps == steps and options.batch_settings().quality_mode == "best"
    assert not options.strength.isEnabled()
    presets.save("other", preset_recipe((Step("haze"),)))
    options.offer_presets()
    assert options.what.currentText() == "Preset my scanner" and options.what.findText("Preset other") > 0
    presets.delete("my scanner")
    options.offer_presets()
    assert options.what.currentData() == AUTOMATIC and options.batch_settings().steps is None


def test_a_broken_preset_is_told(options: Options, tmp_path: Path, qtbot: QtBot) -> None:
    options._presets = Presets(tmp_path / "presets")
    (tmp_path / "presets").mkdir()
    (tmp_path / "presets" / "broken.recipe.json").write_text("{")
    options.offer_presets()
    with qtbot.waitSignal(options.failed) as failed:
        options.what.setCurrentIndex(options.what.findText("Preset broken"))
    assert "broken.recipe.json" in str(failed.args[0]) and options.what.currentData() == AUTOMATIC


def test_everything_is_taken_from_the_studio(options: Options, tmp_path: Path) -> None:
    steps, geometry = (Step("haze", 0.7),), Geometry(1, (10, 20, 30, 40))
    recipe = Recipe(steps, "", "", "float32", "1", "best", geometry, (200, 100))
    export = ExportOptions(
        format="tiff", quality=80, bit_depth=16, metadata="no-position", resize="2048px", colour_space="srgb"
    )
    changes: list[int] = []
    options.changed.connect(lambda: changes.append(1))
    options.use_studio("beach.jpg", recipe, export)
    assert changes == [1] and options.what.currentText() == "As beach.jpg in the Studio"
    options.set_folders(tmp_path / "in", tmp_path / "out")

    def check(options: Options) -> None:
        settings = options.batch_settings()
        assert (settings.steps, settings.geometry, settings.geometry_size) == (steps, geometry, (200, 100))
        assert (settings.quality_mode, settings.quality) == ("best", 80)
        output = settings.output
        assert (str(output.resize), output.colour_space, output.bit_depth) == ("2048px", "srgb", 16)
        assert output.metadata == "no-location" and not options.strength.isEnabled()
        assert options.format.currentData() == "tiff"

    check(options)
    remembered = json.loads(json.dumps(options.to_dict()))
    again = Options()
    again.set_from_dict(remembered)
    check(again)
    assert again.what.currentText() == "As beach.jpg in the Studio"
    again.set_from_dict({"what": {"studio": {"recipe": 1}, "name": "damaged"}})
    assert again.what.currentText() == "As beach.jpg in the Studio"


def test_lists_of_drop_downs_show_their_entries_in_full(
    qapp: QApplication, qtbot: QtBot, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: qapp.setStyleSheet(""))
    apply_theme(qapp)  # indents the entries
    options = Options()
    qtbot.addWidget(options)
    options._presets = Presets(tmp_path / "presets")
    options._presets.save("the long name of a preset for my scanner", preset_recipe((Step("haze"),)))
    options.resize(options.width(), 800)
    options.show()
    options.resize_field.kind.setCurrentIndex(1)  # the number beside it takes room
    for box in options.findChildren(QComboBox):
        box.showPopup()
        view = box.view()
        longest = max(view.fontMetrics().horizontalAdvance(box.itemText(number)) for number in range(box.count()))
        assert longest + 36 <= view.viewport().width(), box.accessibleName()
        box.hidePopup()
    options.what.setCurrentIndex(options.what.count() - 1)
    assert options.what.toolTip() == "Preset the long name of a preset for my scanner"


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_nothing_is_cut_at_the_side_of_the_panel(
    qapp: QApplication, qtbot: QtBot, request: pytest.FixtureRequest, language: str
) -> None:
    request.addfinalizer(lambda: (qapp.setStyleSheet(""), use_language(qapp, "en")))
    use_language(qapp, language)
    apply_theme(qapp)
    options = Options()
    qtbot.addWidget(options)
    options.resize(options.width(), 800)
    options.show()
    scroll = options.findChild(QScrollArea)
    for kind in range(options.resize_field.kind.count()):
        options.resize_field.kind.setCurrentIndex(kind)
        assert scroll.widget().minimumSizeHint().width() <= scroll.viewport().width()
