"""The tabs: results of core.inspection, mouse and export."""

import csv
import dataclasses
import re
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QFileDialog, QLineEdit

from core.inspection import Inspector, region_of
from core.photo import Photo
from dfpir_gui.inspector.attention_panel import NO_OTHER_PHOTO
from dfpir_gui.inspector.features_panel import COMPONENTS


def inspector_of(driver) -> Inspector:
    return Inspector(driver.session.restorer().checkpoint, device="cpu")


class TestOrder:
    @staticmethod
    def at(panel, row: int, place: int) -> QPointF:
        """Where a channel of the strips is painted, in the scene."""
        return panel.strips.plots.getItem(0, 0).view.mapViewToScene(QPointF(place, row))

    def test_pointing_shows_the_channel_and_its_position(self, make_page: Callable) -> None:
        driver = make_page()
        panel = driver.show("Order")
        orders = driver.page.model_info.orders_of("latent")
        driver.point(panel.strips.plots, self.at(panel, 2, 5))
        assert panel.strips.note.text() == f"Channel {orders.orders[1, 5]} → position 5 under haze"

    def test_click_marks_a_channel_in_all_prompts(self, make_page: Callable) -> None:
        driver = make_page()
        panel = driver.show("Order")
        orders = driver.page.model_info.orders_of("latent")
        plots, left = panel.strips.plots, Qt.MouseButton.LeftButton
        at = plots.mapFromScene(self.at(panel, 0, 9))
        driver.qtbot.mouseClick(plots.viewport(), left, pos=at)
        assert panel.followed == 9
        x, y = panel._trail.getData()
        assert list(x) == [9, *orders.positions[:, 9]] and list(y) == [0, 1, 2]
        assert list(panel._bend.getData()[1]) == [*orders.positions[:, 9]]
        driver.qtbot.mouseClick(plots.viewport(), left, pos=at)
        assert panel.followed is None

    def test_block_and_prompts_can_be_chosen(self, make_page: Callable) -> None:
        driver = make_page(prompts=("rain", "haze", "blur"))
        panel = driver.show("Order")
        driver.page.block.setCurrentIndex(0)
        driver.page.second.setCurrentIndex(2)
        driver.settle()
        assert panel.strips.heading.text() == "Channel order by prompt: level 1, 8 channels"
        assert "rain → blur" in panel.slopes.heading.text()
        assert "not learned" in panel.strips.caption.text()

    def test_text_of_the_model_card_is_quoted(self, make_page: Callable) -> None:
        driver = make_page(card={"order": "Learned by soft sort."})
        assert driver.show("Order").strips.caption.text().endswith("From the model card: Learned by soft sort.")


class TestAttention:
    def test_maps_are_those_of_the_trace(self, make_page: Callable, put: Callable) -> None:
        driver = make_page()
        path = put("one.png")
        driver.open(path)
        panel = driver.show("Attention")
        region = region_of(Photo.open(path).pixels)
        rain, haze = (inspector_of(driver).trace(region, key).blocks["latent"].attention for key in ("rain", "haze"))
        np.testing.assert_array_equal(panel.maps.chart.arrays["kept"], rain.kept)
        np.testing.assert_array_equal(panel.between_prompts.chart.arrays["logits"], haze.logits - rain.logits)
        assert panel.head.count() == 2
        for card in (panel.maps, panel.between_prompts):
            assert "not places in the photo" in card.caption.text()
        assert panel.photos.empty.text() == NO_OTHER_PHOTO

    def test_two_photos_are_compared(self, make_page: Callable, put: Callable) -> None:
        driver = make_page()
        driver.open(put("one.png"))
        driver.session.open(put("two.png", seed=1))
        driver.qtbot.waitUntil(lambda: len(driver.session.documents) == 2 and driver.session.photo is not None)
        driver.settle()
        panel = driver.show("Attention")
        assert panel.photos.chart is not None and panel.other.currentText() in panel.photos.heading.text()

    def test_wheel_changes_no_control(self, make_page: Callable, put: Callable) -> None:
        driver = make_page()
        driver.open(put("rain.png"))
        panel = driver.show("Attention")
        driver.page.show()
        driver.settle()
        for control, value in ((panel.gamma, panel.gamma.value), (panel.head, panel.head.currentIndex)):
            before, at = value(), QPointF(control.rect().center())
            none, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
            event = QWheelEvent(
                at, control.mapToGlobal(at), QPoint(), QPoint(0, -360), none, keys, Qt.ScrollPhase.NoScrollPhase, False
            )
            QApplication.sendEvent(control, event)
            assert value() == before

    def test_result_with_another_gamma(self, make_page: Callable, put: Callable) -> None:
        driver = make_page()
        path = put("one.png")
        driver.open(path)
        panel = driver.show("Attention")
        driver.qtbot.waitUntil(lambda: panel.live.chart is not None, timeout=60_000)
        panel.gamma.setValue(20)
        driver.qtbot.waitUntil(lambda: "γ 0.2" in panel.live.chart.arrays["labels"], timeout=60_000)
        assert panel.gamma_text.text() == "0.20"
        assert list(panel.live.chart.arrays["labels"]) == ["unchanged", "γ 0.2"]
        plain = inspector_of(driver).restore(region_of(Photo.open(path).pixels), "rain")
        np.testing.assert_array_equal(panel.live.chart.arrays["results"][0], plain)

    def test_drop_rates_over_a_folder(self, make_page: Callable, put: Callable, tmp_path: Path) -> None:
        driver = make_page()
        driver.open(put("one.png"))
        panel = driver.show("Attention")
        for number in range(2):
            put(f"many/{number}.png", number)
        panel.count_drops(tmp_path / "many")
        assert panel.stop.isEnabled()
        driver.settle()
        assert not panel.stop.isEnabled()
        assert "2 photos" in panel.drops.heading.text()
        assert set(np.unique(panel.drops.chart.arrays["rates"])) <= {0, 0.5, 1}
        assert panel.drops.origin.text() == "folder many, model unnamed"
        counted_with = driver.page.target
        panel.fill(driver.page.model_info, dataclasses.replace(counted_with, model="another"))
        assert panel.drops.chart is None and "not counted" in panel.drops.empty.text()
        panel.fill(driver.page.model_info, counted_with)
        assert panel.drops.chart is not None


class TestFeatures:
    def test_stages_next_to_the_photo(self, make_page: Callable, put: Callable) -> None:
        driver = make_page()
        path = put("one.png")
        driver.open(path)
        panel = driver.show("Features")
        plots = panel.overview.plots
        titles = [plots.getItem(row, column).title for row, column in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1))]
        assert titles[0] == "photo" and [title[:3] for title in titles[1:]] == ["F_n", "Q: ", "F_a", "F_b"]
        assert "mean magnitude" in panel.overview.caption.text() and "16×16" in panel.overview.caption.text()
        trace = inspector_of(driver).trace(region_of(Photo.open(path).pixels), "rain").blocks["latent"]
        np.testing.assert_allclose(panel.overview.chart.arrays["F_b"], trace.features["F_b"], atol=2e-3)
        panel.view.setCurrentText(COMPONENTS)
        driver.settle()
        assert plots.getItem(0, 1).contents[0].image.shape == (4, 6, 3)
        assert "principal components" in panel.overview.caption.text()
        channel, deviation = panel.strongest.plots.getItem(0, 0).title.removeprefix("F_n").split()
        assert float(deviation.strip("()")) == pytest.approx(trace.features["F_n"][int(channel)].std(), rel=0.1)


class TestAblations:
    def test_one_ablation_with_its_difference(self, make_page: Callable, put: Callable) -> None:
        driver = make_page()
        driver.open(put("one.png"))
        panel = driver.show("Ablations")
        assert panel.status.text() == "This is the result of the unchanged model."
        (only,) = panel.one.plots.ci.items  # not the same picture twice, and no empty difference
        assert only.title == "unchanged" and panel.one.heading.text() == "Result of the unchanged model"
        panel.caapm.setChecked(False)
        panel.order_choice.setCurrentText("Random")
        panel.seed.setValue(3)
        driver.settle()
        assert panel.status.text().startswith("order random (seed 3), CAAPM off: mean change of the result ")
        assert "it is unknown whether" in panel.status.text()
        assert panel.seed.isEnabled() and not panel.gamma.isEnabled()

    def test_all_ablations_with_a_clean_reference(self, make_page: Callable, put: Callable) -> None:
        driver = make_page()
        driver.open(put("one.png"))
        panel = driver.show("Ablations")
        panel.load_reference(put("clean.png", seed=5))
        driver.settle()
        assert re.fullmatch(r"This is the result of the unchanged model\. PSNR \d+\.\d\d dB\.", panel.status.text())
        panel.run_all.click()
        driver.settle()
        rows = list(csv.reader(panel.all.chart.render(".csv")[".csv"].decode().splitlines()))
        assert len(rows) == 13 and rows[2][0] == "order of haze"
        assert float(rows[1][3]) == 0

    def test_reference_of_another_size_is_refused(self, make_page: Callable, put: Callable, write_png) -> None:
        driver = make_page()
        driver.open(put("one.png"))
        panel = driver.show("Ablations")
        panel.load_reference(write_png("other.png", np.zeros((10, 10, 3), np.uint8)))
        driver.settle()
        assert "10×10 pixels, the photo 96×64" in driver.session.notice.what


class TestClusters:
    def test_embeddings_with_thumbnails(self, make_page: Callable, many: Path) -> None:
        driver = make_page()
        panel = driver.show("Clusters")
        panel.find_clusters(many)
        assert panel.stop.isEnabled() and not panel.bar.isHidden()
        driver.settle()
        assert panel.bar.isHidden()
        assert panel.status.text() == "Left out – blur.png: the model has no prompt for blur"
        assert "the prompt alone separates pictures" in panel.card.caption.text()
        assert panel.legend.isVisible() and "■</span> haze" in panel.legend.text()
        plots = panel.card.plots
        box = plots.getItem(0, 1).view
        dot = panel._result.clusters.clouds["after"].points[4].astype(float)
        driver.point(plots, box.mapViewToScene(QPointF(*dot)))
        assert not panel.thumbnail.pixmap().isNull()
        sample = panel._result.clusters.samples[4]
        assert panel.card.note.text() == f"{sample.name}: {sample.label}"

    def test_cancel(self, make_page: Callable, put: Callable, tmp_path: Path) -> None:
        driver = make_page()
        panel = driver.show("Clusters")
        put("many/rain.png")
        panel.find_clusters(tmp_path / "many")
        panel.stop.click()
        driver.settle()
        assert panel.card.chart is None and not panel.stop.isEnabled() and driver.session.notice is None

    def test_too_few_pictures_are_reported(self, make_page: Callable, put: Callable, tmp_path: Path) -> None:
        driver = make_page()
        panel = driver.show("Clusters")
        put("many/rain.png")
        panel.find_clusters(tmp_path / "many")
        driver.settle()
        assert "too few" in driver.session.notice.what


def test_chart_never_replaces_the_open_photo(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    path = put("rain.png")
    before = path.read_bytes()
    driver.session.open(path)
    driver.settle()
    card = driver.show("Order").similarity
    card.export_requested.emit(path)  # the dialog asked whether to replace it
    driver.settle()
    assert path.read_bytes() == before
    assert "is the original photo" in driver.session.notice.what


@pytest.mark.parametrize("suffix", [".csv", ".svg"])
def test_chart_is_exported(make_page: Callable, tmp_path: Path, suffix: str) -> None:
    driver = make_page()
    card = driver.show("Order").similarity
    action = next(action for action in card.export.menu().actions() if action.text() == f"{suffix[1:].upper()}…")
    action.trigger()
    dialog = card.findChild(QFileDialog)
    dialog.findChild(QLineEdit).setText(str(tmp_path / f"out{suffix}"))
    dialog.accept()
    driver.qtbot.waitUntil(lambda: card.status.text() == f"Saved as out{suffix}", timeout=60_000)
    assert card.origin.text() == "model unnamed"  # what it was computed of is still said
    assert (tmp_path / f"out{suffix}").read_bytes() == card.chart.render(suffix)[suffix]


def test_a_failed_export_is_not_said_to_be_written(make_page: Callable, tmp_path: Path) -> None:
    driver = make_page()
    card = driver.show("Order").similarity
    card.export_requested.emit(tmp_path / "no such folder" / "out.csv")
    driver.settle()
    assert driver.session.notice is not None and not card.status.text()


def test_charts_say_of_what_they_were_computed(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    assert {card.origin.text() for card in driver.show("Order").cards} == {"model unnamed"}
    region = "one, whole photo 96×64, at full size"
    panel = driver.show("Attention")
    assert panel.maps.origin.text() == f"{region}, prompt rain, model unnamed"
    assert panel.between_prompts.origin.text() == f"{region}, model unnamed"
    driver.session.open(put("two.png", seed=1))
    driver.qtbot.waitUntil(lambda: len(driver.session.documents) == 2 and driver.session.photo is not None)
    driver.settle()
    assert panel.photos.heading.text() == "Attention, one.png minus two.png: latent"
    assert panel.photos.origin.text() == (
        "two.png, whole photo 96×64, at full size; one.png, whole photo 96×64, at full size; prompt rain, model unnamed"
    )


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_chart_of_a_private_photo_has_its_permissions(make_page: Callable, put: Callable, tmp_path: Path) -> None:
    driver = make_page()
    path = put("rain.png")
    path.chmod(0o600)
    driver.session.open(path)
    driver.settle()
    card = driver.show("Order").similarity
    card.export_requested.emit(tmp_path / "out.csv")
    driver.settle()
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600
