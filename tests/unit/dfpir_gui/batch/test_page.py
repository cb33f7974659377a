"""The Batch page as a user meets it, with a tiny network and real folders."""

import shutil
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from pytestqt.qtbot import QtBot

from core.batch import BackendConfig, State
from core.batch.journal import known_rows
from core.batch.limits import Limits
from core.batch.rows import Row
from core.geometry import Geometry
from core.masks import Mask, Sky
from core.messages import verbatim
from core.presets import Presets, preset_recipe
from core.recipes import Recipe
from core.steps import Step
from dfpir_gui.app.main_window import MainWindow
from dfpir_gui.batch.columns import Column
from dfpir_gui.batch.comparison import ComparisonDialog
from dfpir_gui.batch.page import BatchPage
from dfpir_gui.batch.worker import Request
from dfpir_gui.session import Session
from dfpir_gui.session import State as SessionState
from dfpir_gui.settings.settings import Settings
from dfpir_gui.widgets.page import Page

TIMEOUT_MS = 60_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Seven photos and a broken one, in two folders."""
    source = tmp_path / "photos"
    for number in range(7):
        file = source / f"roll {number % 2}" / f"{number}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (24, 32, 3), np.uint8)
        file.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())
    (source / "broken.jpg").write_bytes(b"?")
    return source


@pytest.fixture
def open_page(qtbot: QtBot, session: Session, tiny_model_file: Path) -> Iterator[Callable[[], BatchPage]]:
    """Makes pages, one at a time, like opening and closing the window."""
    pages: list[BatchPage] = []

    def make() -> BatchPage:
        page = BatchPage(session, lambda: BackendConfig(model=str(tiny_model_file), devices=("cpu",)))
        page.resize(1200, 700)
        pages.append(page)
        qtbot.addWidget(page)
        page.show()
        qtbot.waitExposed(page)
        return page

    yield make
    for page in pages:
        page.end()


@pytest.fixture
def page(open_page: Callable[[], BatchPage]) -> BatchPage:
    return open_page()


def rest(qtbot: QtBot, page: BatchPage) -> None:
    qtbot.waitUntil(lambda: not page.busy, timeout=TIMEOUT_MS)


def listed(qtbot: QtBot, page: BatchPage, folder: Path, what: str = "haze") -> None:
    page.options.what.setCurrentIndex(page.options.what.findData(what))
    page.open_folder(folder)
    rest(qtbot, page)


def column(page: BatchPage, number: Column) -> list[str]:
    model = page.view.rows
    return [model.index(row, number).data() for row in range(model.rowCount())]


def drop(page: BatchPage, path: Path) -> bool:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    at, keys = page.rect().center(), Qt.KeyboardModifier.NoModifier
    actions, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    enter = QDragEnterEvent(at, actions, data, button, keys)
    QGuiApplication.sendEvent(page, enter)
    event = QDropEvent(QPointF(at), actions, data, button, keys)
    if enter.isAccepted():
        QGuiApplication.sendEvent(page, event)
    return enter.isAccepted()


def test_dropped_folder_is_listed_and_nothing_is_written(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    assert drop(page, folder)
    rest(qtbot, page)
    assert len(column(page, Column.PHOTO)) == 8 and set(column(page, Column.STATE)) == {"waiting"}
    assert page.options.target.text() == str(folder.with_name("photos-restored"))
    assert not folder.with_name("photos-restored").exists()
    assert page.controls.start.isEnabled() and page.controls.start.text() == "Start (8)"
    assert not page.controls.stop.isEnabled()


@pytest.mark.parametrize("failing", [False, True])
def test_start_while_the_folder_is_read_again_takes_effect_afterwards(
    qtbot: QtBot, page: BatchPage, folder: Path, failing: bool
) -> None:
    listed(qtbot, page, folder)
    page.options.retry.setChecked(True)
    assert page.busy and page.controls.start.isEnabled()
    if failing:
        shutil.rmtree(folder)
    qtbot.mouseClick(page.controls.start, Qt.MouseButton.LeftButton)
    assert not page.controls.start.isEnabled() and not page.controls.analyse.isEnabled()
    target = folder.with_name("photos-restored")
    rest(qtbot, page)
    assert len(list(target.rglob("*.png"))) == (0 if failing else 7)


def test_dropped_photo_is_not_accepted(page: BatchPage, folder: Path) -> None:
    assert not drop(page, folder / "broken.jpg")


def test_start_restores_the_folder_and_the_counts_add_up(
    qtbot: QtBot, session: Session, page: BatchPage, folder: Path
) -> None:
    listed(qtbot, page, folder)
    qtbot.mouseClick(page.controls.start, Qt.MouseButton.LeftButton)
    assert page.busy and page.controls.stop.isEnabled() and not page.options.isEnabled()
    assert page.controls.start.text() == "Start"
    rest(qtbot, page)
    target = folder.with_name("photos-restored")
    assert len(list(target.rglob("*.png"))) == 7
    assert page.controls.counts.text() == "8 photos:  7 restored · 1 failed"
    reason = dict(zip(column(page, Column.PHOTO), column(page, Column.REASON), strict=True))["broken.jpg"]
    assert "broken.jpg" in reason
    text = session.notice.report  # also shown on the other pages, which have no table
    assert text.startswith("One photo failed. broken.jpg ") and "table" not in text
    assert not page.controls.start.isEnabled()  # nothing is left to do
    page.options.retry.setChecked(True)
    qtbot.waitUntil(lambda: page.controls.start.text() == "Start (1)", timeout=TIMEOUT_MS)


def test_earlier_result_of_a_changed_photo_that_fails_is_called_out_of_date(
    qtbot: QtBot, page: BatchPage, folder: Path
) -> None:
    listed(qtbot, page, folder)
    page.start()
    rest(qtbot, page)
    (folder / "roll 0" / "0.png").write_bytes(b"?")
    page.refresh()
    rest(qtbot, page)
    text = "The earlier result roll 0/0.png is out of date."
    reasons = dict(zip(column(page, Column.PHOTO), column(page, Column.REASON), strict=True))
    assert reasons["roll 0/0.png"] == text  # before the start as well
    page.start()
    rest(qtbot, page)
    reasons = dict(zip(column(page, Column.PHOTO), column(page, Column.REASON), strict=True))
    assert reasons["roll 0/0.png"].startswith(text) and "0.png" in reasons["roll 0/0.png"].removeprefix(text)
    assert page.controls.counts.text() == ("8 photos:  6 restored · 2 failed   (outdated earlier results: 1)")
    assert (folder.with_name("photos-restored") / "roll 0" / "0.png").is_file()


def test_cluster_address_reaches_the_request_and_is_remembered(
    qtbot: QtBot, open_page: Callable[[], BatchPage], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from dfpir_gui.batch import cluster_field

    monkeypatch.setattr(cluster_field, "dask_installed", lambda: True)
    page = open_page()
    assert page.options.cluster.scheduler is None
    listed(qtbot, page, folder)
    qtbot.keyClicks(page.options.cluster.address, " tcp://somewhere:8786 ")
    qtbot.keyClick(page.options.cluster.address, Qt.Key.Key_Return)
    rest(qtbot, page)
    asked: list[Request] = []
    monkeypatch.setattr(page._worker_thread, "submit", lambda request, *callbacks: asked.append(request))
    page.start()
    assert asked[0].config == replace(page._make_config(), scheduler="tcp://somewhere:8786")
    page.end()
    assert open_page().options.cluster.scheduler == "tcp://somewhere:8786"


def test_the_wish_to_review_harmful_results_is_remembered(
    qtbot: QtBot, open_page: Callable[[], BatchPage], folder: Path
) -> None:
    page = open_page()
    assert not page.options.review_harm.isChecked()
    page.options.review_harm.setChecked(True)
    listed(qtbot, page, folder)
    page.end()
    assert open_page().options.batch_settings().review_harm


def test_all_options_are_remembered(
    qtbot: QtBot, open_page: Callable[[], BatchPage], folder: Path, tmp_path: Path
) -> None:
    recipe = tmp_path / "old.jpg.recipe.json"
    made = Recipe((Step("rain", 0.5),), "m", "", "float32", "0.2.0", geometry=Geometry(1), full_size=(8, 6))
    recipe.write_text(made.to_json())
    page = open_page()
    options = page.options
    before = options.to_dict()
    options.use_recipe(recipe)
    for box in (options.clean, options.format, options.collision, options.mode, options.bit_depth):
        box.setCurrentIndex(box.count() - 1)
    for box in (options.colour_space, options.kept_metadata, options.resize_field.kind):
        box.setCurrentIndex(1)
    options.resize_field.value.setValue(1200)
    for check in (options.retry, options.watch, options.review_harm, options.keep_times, options.ratio):
        check.toggle()
    for number in (options.strength, options.threshold, options.quality, options.seconds, options.memory):
        number.setValue(33)
    for field, text in ((options.include, "*.png"), (options.exclude, "raw/"), (options.name, "{name}-new")):
        field.setText(text)
        field.editingFinished.emit()
    chosen, settings = options.to_dict(), options.batch_settings()
    assert all(chosen[name] != before[name] for name in before)
    assert settings.geometry == Geometry(1) and settings.geometry_size == (8, 6)
    page.end()
    again = open_page().options
    assert again.to_dict() == chosen and again.batch_settings() == settings


@pytest.mark.parametrize("stored", ["", "[1]", '{"what": {"recipe": "gone.recipe.json"}, "clean": 7, "quality": "x"}'])
def test_damaged_options_count_as_absent(open_page: Callable[[], BatchPage], stored: str) -> None:
    first = open_page().options.to_dict()
    Settings()._store.setValue("batch/options", stored)
    assert open_page().options.to_dict() == first


def test_a_folder_for_the_results_is_proposed_while_there_is_none(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    assert not page.options.propose_button.isVisible()
    qtbot.keyClicks(page.options.source, str(folder))
    qtbot.keyClick(page.options.source, Qt.Key.Key_Return)
    assert page.options.target_hint.isVisible() and page.options.propose_button.text() == "Use “photos-restored”"
    assert "folder for the results" in page.view.empty.text() and page.view.empty.isVisible()
    page.options.propose_button.click()
    rest(qtbot, page)
    assert page.options.target.text() == str(folder.with_name("photos-restored"))
    assert not page.options.propose_button.isVisible() and len(column(page, Column.PHOTO)) == 8


def test_decisions_stay_in_their_place_and_are_for_withheld_results_only(
    open_page: Callable[[], BatchPage], monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page()
    menu = page._steps_menu(page)
    decisions = menu.actions()[:4]
    warnings = (verbatim("halos"),)
    for row, enabled in (
        (Row("b.jpg", state=State.REVIEW), []),
        (Row("b.jpg", state=State.REVIEW, warnings=warnings), [0, 1, 2]),
        (Row("b.jpg", state=State.RESTORED), []),
        (Row("b.jpg", state=State.RESTORED, warnings=warnings), [1, 3]),
    ):
        monkeypatch.setattr(page.view, "selected", lambda row=row: [Row("a.jpg"), row])
        menu.aboutToShow.emit()
        assert [number for number, action in enumerate(decisions) if action.isEnabled()] == enabled
        assert all(action.isVisible() for action in decisions)


def test_cluster_field_names_the_missing_package(qtbot: QtBot, monkeypatch: pytest.MonkeyPatch) -> None:
    from dfpir_gui.batch import cluster_field

    monkeypatch.setattr(cluster_field, "dask_installed", lambda: False)
    field = cluster_field.ClusterField()
    qtbot.addWidget(field)
    assert not field.address.isEnabled() and "pip install 'dfpir-studio[cluster]'" in field.hint.text()
    field.address.setText("tcp://somewhere:8786")  # remembered from when it was installed
    assert field.scheduler is None


def test_stopped_run_continues_in_a_new_window(
    qtbot: QtBot, open_page: Callable[[], BatchPage], folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page()
    listed(qtbot, page, folder)
    from core.inference import Restorer

    whole, calls = Restorer.restore, []

    def stopped(self, photo, steps, **options):
        calls.append(photo.source)
        if len(calls) == 3:
            page.stop()
        return whole(self, photo, steps, **options)

    monkeypatch.setattr(Restorer, "restore", stopped)
    page.start()
    assert "resume it later" in page.unfinished
    rest(qtbot, page)
    states = [row.state for row in page.view.rows.rows]
    assert states.count(State.RESTORED) == 2 and states.count(State.WAITING) == 5
    page.end()

    again = open_page()  # remembers its folders, and reads the journal
    again.options.what.setCurrentIndex(again.options.what.findData("haze"))
    qtbot.waitUntil(lambda: again.controls.start.text() == "Start (5)", timeout=TIMEOUT_MS)
    again.start()
    rest(qtbot, again)
    assert again.controls.counts.text() == "8 photos:  7 restored · 1 failed"
    assert len(calls) == 8 and len(set(calls)) == 7  # the stopped one twice


def test_pause_and_resume(qtbot: QtBot, page: BatchPage, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed(qtbot, page, folder)
    from core.inference import Restorer

    whole = Restorer.restore

    def paused(self, photo, steps, **options):
        if photo.source.name == "2.png":
            page._main_thread.post(lambda: page.controls.pause.setChecked(True))
            options["cancel"].pause()
        return whole(self, photo, steps, **options)

    monkeypatch.setattr(Restorer, "restore", paused)
    page.start()
    qtbot.waitUntil(lambda: page.controls.status.text() == "Paused", timeout=TIMEOUT_MS)
    assert page.busy and page.controls.pause.text() == "Resume"
    page.controls.pause.click()
    rest(qtbot, page)
    assert [row.state for row in page.view.rows.rows].count(State.RESTORED) == 7


def test_analysis_groups_photos_and_steps_can_be_set_for_selected_ones(
    qtbot: QtBot, page: BatchPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from core.detection import CLASSES, Detection, Detector

    def detect(self, photo):
        found = ("haze",) if photo.source.name in ("1.png", "3.png") else ()
        return Detection({name: 0.9 if name in (found or ("clean",)) else 0.0 for name in CLASSES}, found, None, False)

    monkeypatch.setattr(Detector, "detect", detect)
    listed(qtbot, page, folder, "automatic")
    page.controls.analyse.click()
    rest(qtbot, page)
    groups = [page.view.group.itemText(number) for number in range(page.view.group.count())]
    assert groups == ["Any problem (8)", "Clean (5)", "Haze (2)", "Not analysed (1)"]
    states = dict(zip(column(page, Column.PHOTO), column(page, Column.STATE), strict=True))
    assert states.pop("broken.jpg") == "cannot be opened" and set(states.values()) == {"waiting"}
    assert page.controls.counts.text() == "8 photos:  1 cannot be opened · 7 waiting"
    planned = dict(zip(column(page, Column.PHOTO), column(page, Column.STEPS), strict=True))
    assert planned["roll 1/1.png"] == planned["roll 1/3.png"] == "planned: Haze"
    assert planned["roll 0/0.png"] == "planned: leave unchanged" and planned["broken.jpg"] == ""
    page.view.state.setCurrentIndex(page.view.state.findData("broken"))
    assert column(page, Column.PHOTO) == ["broken.jpg"]
    page.view.state.setCurrentIndex(0)
    page.view.group.setCurrentIndex(2)
    assert column(page, Column.PHOTO) == ["roll 1/1.png", "roll 1/3.png"]
    assert column(page, Column.FOUND) == ["0.90  Haze"] * 2

    page.view.table.selectAll()
    assert page.view.steps_button.isEnabled()
    page.set_steps((Step("rain", 0.5),))
    rest(qtbot, page)
    assert column(page, Column.STEPS) == ["set: Rain 50 %"] * 2
    page.start()
    rest(qtbot, page)
    assert column(page, Column.STEPS) == ["Rain 50 %"] * 2
    assert page.controls.counts.text() == "8 photos:  2 restored · 5 clean, copied · 1 failed"


def test_notice_of_failures_gives_reasons_until_another_folder_is_listed(
    qtbot: QtBot, session: Session, page: BatchPage, folder: Path, tmp_path: Path
) -> None:
    (folder / "roll 0" / "0.png").write_bytes(b"?")
    listed(qtbot, page, folder)
    page.start()
    rest(qtbot, page)
    notice = session.notice
    assert notice.what == "2 photos failed. See Details."
    lines = notice.details.splitlines()
    assert len(lines) == 2 and "broken.jpg" in lines[0] and "0.png" in lines[1]
    assert not any(str(folder) in line for line in lines)
    (tmp_path / "others").mkdir()
    page.open_folder(tmp_path / "others")
    rest(qtbot, page)
    assert session.notice is None


def test_filters_hide_other_photos(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    listed(qtbot, page, folder)
    page.start()
    rest(qtbot, page)
    page.view.state.setCurrentIndex(page.view.state.findData(State.FAILED))
    assert column(page, Column.PHOTO) == ["broken.jpg"]
    page.view.state.setCurrentIndex(0)
    page.view.search.setText("ROLL 1")
    assert column(page, Column.PHOTO) == ["roll 1/1.png", "roll 1/3.png", "roll 1/5.png"]


def test_thumbnails_appear_in_visible_rows(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    listed(qtbot, page, folder)
    index = page.view.rows.index(1, Column.PHOTO)

    def covered() -> int:
        image = index.data(Qt.ItemDataRole.DecorationRole).toImage()
        return sum(image.pixelColor(x, y).alpha() > 0 for x in range(image.width()) for y in range(image.height()))

    qtbot.waitUntil(lambda: covered() == 24 * 32, timeout=TIMEOUT_MS)
    assert index.data(Qt.ItemDataRole.DecorationRole).width() == 48  # all thumbnails are squares of the same size


def test_double_click_compares_and_one_more_click_opens_the_studio(
    qtbot: QtBot, session: Session, folder: Path, tiny_model_file: Path
) -> None:
    def make(session: Session) -> BatchPage:
        return BatchPage(session, lambda: BackendConfig(model=str(tiny_model_file), devices=("cpu",)))

    window = MainWindow(session, (), (Page("batch", "Batch", "Restore whole folders", "batch", make),))
    qtbot.addWidget(window)
    window.show()
    page = window.pages.show_page("batch")
    assert isinstance(page, BatchPage)
    listed(qtbot, page, folder)
    page.view.table.doubleClicked.emit(page.view.rows.index(1, 0))
    dialog = page.findChild(ComparisonDialog)
    assert dialog.isVisible() and dialog.title.text() == "roll 0/0.png"
    dialog.next.click()
    following = dialog.title.text()
    dialog.previous.click()
    assert dialog.title.text() == "roll 0/0.png" != following
    dialog.open_button.click()
    qtbot.waitUntil(lambda: session.photo is not None, timeout=TIMEOUT_MS)
    assert session.photo is not None and session.photo.source == folder / "roll 0" / "0.png"
    assert window.pages.current == "studio"
    window.pages.end()


def test_invalid_options_give_a_notice_and_keep_the_list(
    qtbot: QtBot, page: BatchPage, folder: Path, session: Session
) -> None:
    listed(qtbot, page, folder)
    page.options.name.setText("same")
    page.options.name.editingFinished.emit()
    assert session.notice is not None and "one name" in session.notice.what
    assert len(column(page, Column.PHOTO)) == 8


def test_folder_in_use_by_another_batch_gives_a_notice(
    qtbot: QtBot, page: BatchPage, folder: Path, session: Session
) -> None:
    from core.batch.batch import lock_target

    listed(qtbot, page, folder)
    lock = lock_target(folder.with_name("photos-restored"))
    page.start()
    rest(qtbot, page)
    lock.release()
    assert session.notice is not None and "Another batch" in session.notice.what
    assert not known_rows(folder.with_name("photos-restored"))


def test_watching_restores_new_photos_until_stopped(
    qtbot: QtBot, page: BatchPage, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed(qtbot, page, folder)
    page.options.watch.setChecked(True)
    page.start()
    qtbot.waitUntil(lambda: "7 restored · 1 failed" in page.controls.counts.text(), timeout=TIMEOUT_MS)
    (folder / "late.png").write_bytes((folder / "roll 0" / "0.png").read_bytes())
    qtbot.waitUntil(lambda: "8 restored" in page.controls.counts.text(), timeout=TIMEOUT_MS)
    assert page.busy and "late.png" in column(page, Column.PHOTO)
    page.stop()
    rest(qtbot, page)
    assert (folder.with_name("photos-restored") / "late.png").exists()
    assert page.controls.counts.text() == "9 photos:  8 restored · 1 failed"


def test_notes_and_passed_over_pictures_are_shown(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    from PIL import Image

    frames = [Image.new("RGB", (24, 24), colour) for colour in ("red", "green")]
    frames[0].save(folder / "pages.tif", save_all=True, append_images=frames[1:])
    (folder / "anim.gif").write_bytes(b"GIF89a" + bytes(20))
    listed(qtbot, page, folder)
    assert page.controls.counts.text().endswith("(other pictures passed over: 1)")
    assert "anim.gif: It is a GIF animation, which cannot be restored." in page.controls.counts.toolTip()
    page.start()
    rest(qtbot, page)
    text = dict(zip(column(page, Column.PHOTO), column(page, Column.REASON), strict=True))
    assert text["pages.tif"] == "Only the first of 2 pages or frames was read." and text["roll 0/0.png"] == ""


def test_report_is_written_by_the_worker_and_can_be_stopped(
    qtbot: QtBot, page: BatchPage, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from PySide6.QtGui import QDesktopServices
    from PySide6.QtWidgets import QFileDialog

    from core.batch import report

    opened, threads, whole = [], [], report.thumbnail
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    file = tmp_path / "report.html"
    listed(qtbot, page, folder)
    arrived, go_on = threading.Event(), threading.Event()

    def slowly(photo: Path, side: int) -> bytes | None:
        threads.append(threading.current_thread())
        arrived.set()
        assert go_on.wait(TIMEOUT_MS / 1000)
        return whole(photo, side)

    monkeypatch.setattr(report, "thumbnail", slowly)

    def ask() -> None:
        arrived.clear()
        go_on.clear()
        page.controls.report.click()
        dialog = page.findChildren(QFileDialog)[-1]
        dialog.fileSelected.emit(str(file))
        dialog.close()
        qtbot.waitUntil(arrived.is_set, timeout=TIMEOUT_MS)

    ask()
    assert page.busy and page.controls.status.text() == "Writing the report…" and page.controls.stop.isEnabled()
    assert not page.controls.pause.isEnabled() and threading.main_thread() not in threads
    page.controls.stop.click()
    go_on.set()
    rest(qtbot, page)
    assert not file.exists() and opened == [] and page.controls.report.isEnabled()
    ask()
    go_on.set()
    rest(qtbot, page)
    assert "8" in file.read_text("utf-8") and [url.toLocalFile() for url in opened] == [str(file)]


def test_limits_and_times_reach_the_worker(qtbot: QtBot, page: BatchPage, folder: Path) -> None:
    treatment = page.options.batch_settings()
    assert not treatment.keep_times and treatment.limits == Limits()
    page.options.keep_times.setChecked(True)
    page.options.seconds.setValue(90)
    page.options.memory.setValue(2)
    page.options.ratio.setChecked(False)
    treatment = page.options.batch_settings()
    assert treatment.keep_times and treatment.limits == Limits(memory=2 * 2**30, ratio=None, seconds=90)
    rest(qtbot, page)


def test_all_photos_are_treated_like_the_one_in_the_studio(
    qtbot: QtBot, page: BatchPage, folder: Path, session: Session, write_png, pattern: np.ndarray
) -> None:
    listed(qtbot, page, folder, "automatic")
    page.options.studio_button.click()
    assert "There are no steps in the Studio" in session.notice.what
    session.open(write_png("studio.png", pattern))
    qtbot.waitUntil(lambda: session.state is SessionState.READY)
    session.choose("haze", 0.4)
    session.set_geometry(Geometry(0, (0, 0, 100, 60)))
    qtbot.waitUntil(lambda: session.can_change_geometry)
    page.options.studio_button.click()
    rest(qtbot, page)
    settings = page.options.batch_settings()
    assert settings.steps == (Step("haze", 0.4),)
    assert (settings.geometry, settings.geometry_size) == (Geometry(0, (0, 0, 100, 60)), (200, 120))
    assert page.options.what.currentText() == "As studio.png in the Studio"


def test_steps_of_a_preset_are_set_for_selected_photos(
    qtbot: QtBot, session: Session, page: BatchPage, folder: Path
) -> None:
    listed(qtbot, page, folder)
    steps = (Step("noise25", 0.5), Step("haze", mask=Mask.from_shape(Sky(), inverted=True)))
    Presets().save("my scanner & co", preset_recipe(steps, "best"))
    page.view.table.selectRow(1)
    menu = page.view.steps_button.menu()
    menu.aboutToShow.emit()
    presets = next(action.menu() for action in menu.actions() if action.text() == "Presets")
    action = presets.actions()[0]
    assert action.text() == "my scanner && co" and action.toolTip().startswith("Noise (σ 25) 50 %")
    action.trigger()
    rest(qtbot, page)
    row = page.view.rows.index(1, 0).data(Qt.ItemDataRole.UserRole)
    assert row.override == steps
    assert column(page, Column.STEPS)[1] == "set: Noise (σ 25) 50 %, Haze (masked)"
    Presets().path("my scanner & co").write_text("{")
    page.view.table.selectRow(2)
    action.trigger()
    assert "recipe" in session.notice.report and page.view.selected()[0].override is None
    Presets().delete("my scanner & co")
    menu.aboutToShow.emit()
    assert not presets.menuAction().isEnabled()
