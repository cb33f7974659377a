"""The tabs: that they show what core.inspection finds, and that the mouse and the export work."""

import csv
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


def inspector_of(bench) -> Inspector:
    return Inspector(bench.session.restorer().checkpoint, device="cpu")


class TestOrder:
    @staticmethod
    def at(panel, row: int, place: int) -> QPointF:
        """Where a channel of the strips is painted, in the scene."""
        return panel.strips.plots.getItem(0, 0).getViewBox().mapViewToScene(QPointF(place, row))

    def test_pointing_tells_the_channel_and_its_position(self, make_page: Callable) -> None:
        bench = make_page()
        panel = bench.show("Order")
        orders = bench.page.facts.orders_of("latent")
        bench.point(panel.strips.plots, self.at(panel, 2, 5))
        assert panel.strips.note.text() == f"Channel {orders.orders[1, 5]} → position 5 under haze"

    def test_a_click_follows_a_channel_through_the_prompts(self, make_page: Callable) -> None:
        bench = make_page()
        panel = bench.show("Order")
        orders = bench.page.facts.orders_of("latent")
        plots, left = panel.strips.plots, Qt.MouseButton.LeftButton
        at = plots.mapFromScene(self.at(panel, 0, 9))
        bench.qtbot.mouseClick(plots.viewport(), left, pos=at)
        assert panel.followed == 9
        x, y = panel._trail.getData()
        assert list(x) == [9, *orders.positions[:, 9]] and list(y) == [0, 1, 2]
        assert list(panel._bend.getData()[1]) == [*orders.positions[:, 9]]
        bench.qtbot.mouseClick(plots.viewport(), left, pos=at)
        assert panel.followed is None

    def test_block_and_prompts_are_chosen_above(self, make_page: Callable) -> None:
        bench = make_page(prompts=("rain", "haze", "blur"))
        panel = bench.show("Order")
        bench.page.block.setCurrentIndex(0)
        bench.page.second.setCurrentIndex(2)
        assert panel.strips.heading.text() == "Channel order by prompt: level 1, 8 channels"
        assert "rain → blur" in panel.slopes.heading.text()
        assert "not learned" in panel.origin.text()

    def test_the_card_is_quoted(self, make_page: Callable) -> None:
        bench = make_page(card={"order": "Learned by soft sort."})
        assert bench.show("Order").origin.text() == "The model's card says: Learned by soft sort."


class TestAttention:
    def test_it_shows_what_the_trace_finds(self, make_page: Callable, put: Callable) -> None:
        bench = make_page()
        path = put("one.png")
        bench.open(path)
        panel = bench.show("Attention")
        region = region_of(Photo.open(path).pixels)
        seen = [inspector_of(bench).trace(region, key).blocks["latent"].attention for key in ("rain", "haze")]
        np.testing.assert_array_equal(panel.maps.chart.arrays["kept"], seen[0].kept)
        np.testing.assert_array_equal(panel.apart.chart.arrays["logits"], seen[1].logits - seen[0].logits)
        assert panel.head.count() == 2
        for card in (panel.maps, panel.apart):
            assert "not places in the photo" in card.words.text()
        assert panel.photos.empty.text() == NO_OTHER_PHOTO

    def test_two_photos_are_compared(self, make_page: Callable, put: Callable) -> None:
        bench = make_page()
        bench.open(put("one.png"))
        bench.session.open(put("two.png", seed=1))
        bench.qtbot.waitUntil(lambda: len(bench.session.documents) == 2 and bench.session.photo is not None)
        bench.settle()
        panel = bench.show("Attention")
        assert panel.photos.chart is not None and panel.other.currentText() in panel.photos.heading.text()

    def test_the_wheel_changes_no_control(self, make_page: Callable, put: Callable) -> None:
        bench = make_page()
        bench.open(put("rain.png"))
        panel = bench.show("Attention")
        bench.page.show()
        bench.settle()
        for control, value in ((panel.gamma, panel.gamma.value), (panel.head, panel.head.currentIndex)):
            before, at = value(), QPointF(control.rect().center())
            none, keys = Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier
            event = QWheelEvent(
                at, control.mapToGlobal(at), QPoint(), QPoint(0, -360), none, keys, Qt.ScrollPhase.NoScrollPhase, False
            )
            QApplication.sendEvent(control, event)
            assert value() == before

    def test_gamma_by_hand(self, make_page: Callable, put: Callable) -> None:
        bench = make_page()
        path = put("one.png")
        bench.open(path)
        panel = bench.show("Attention")
        bench.qtbot.waitUntil(lambda: panel.live.chart is not None, timeout=60_000)
        panel.gamma.setValue(20)
        bench.qtbot.waitUntil(lambda: "γ 0.2" in panel.live.chart.arrays["labels"], timeout=60_000)
        assert panel.gamma_text.text() == "0.20"
        assert list(panel.live.chart.arrays["labels"]) == ["as it is", "γ 0.2"]
        plain = inspector_of(bench).restore(region_of(Photo.open(path).pixels), "rain")
        np.testing.assert_array_equal(panel.live.chart.arrays["results"][0], plain)

    def test_drops_are_counted_over_a_folder(self, make_page: Callable, put: Callable, tmp_path: Path) -> None:
        bench = make_page()
        bench.open(put("one.png"))
        panel = bench.show("Attention")
        for number in range(2):
            put(f"many/{number}.png", number)
        panel.count_over(tmp_path / "many")
        assert panel.stop.isEnabled()
        bench.settle()
        assert not panel.stop.isEnabled()
        assert "2 photos" in panel.drops.heading.text()
        assert set(np.unique(panel.drops.chart.arrays["rates"])) <= {0, 0.5, 1}


class TestFeatures:
    def test_stages_beside_the_photo(self, make_page: Callable, put: Callable) -> None:
        bench = make_page()
        path = put("one.png")
        bench.open(path)
        panel = bench.show("Features")
        plots = panel.overview.plots
        titles = [
            plots.getItem(row, column).titleLabel.text for row, column in ((0, 0), (0, 1), (0, 2), (1, 0), (1, 1))
        ]
        assert titles[0] == "the photo" and [title[:3] for title in titles[1:]] == ["F_n", "Q: ", "F_a", "F_b"]
        assert "mean magnitude" in panel.overview.words.text() and "16×16" in panel.overview.words.text()
        seen = inspector_of(bench).trace(region_of(Photo.open(path).pixels), "rain").blocks["latent"]
        np.testing.assert_allclose(panel.overview.chart.arrays["F_b"], seen.features["F_b"], atol=2e-3)
        panel.view.setCurrentText(COMPONENTS)
        assert plots.getItem(0, 1).items[0].image.shape == (4, 6, 3)
        assert "principal components" in panel.overview.words.text()
        channel, deviation = panel.strongest.plots.getItem(0, 0).titleLabel.text.removeprefix("F_n").split()
        assert float(deviation.strip("()")) == pytest.approx(seen.features["F_n"][int(channel)].std(), rel=0.1)


class TestWhatMatters:
    def test_a_switch_with_its_difference(self, make_page: Callable, put: Callable) -> None:
        bench = make_page()
        bench.open(put("one.png"))
        panel = bench.show("What matters")
        assert panel.told.text() == "Nothing is switched: this is the model's own result."
        panel.caapm.setChecked(False)
        panel.order.setCurrentText("random")
        panel.seed.setValue(3)
        bench.settle()
        assert panel.told.text().startswith("order random (seed 3), CAAPM off: changes the result by ")
        assert "cannot be said" in panel.told.text()
        assert panel.seed.isEnabled() and not panel.gamma.isEnabled()

    def test_all_switches_with_a_clean_reference(self, make_page: Callable, put: Callable) -> None:
        bench = make_page()
        bench.open(put("one.png"))
        panel = bench.show("What matters")
        panel.take_reference(put("clean.png", seed=5))
        bench.settle()
        assert "dB against" in panel.told.text() or "PSNR" in panel.told.text()
        panel.run_all.click()
        bench.settle()
        rows = list(csv.reader(panel.all.chart.render(".csv")[".csv"].decode().splitlines()))
        assert len(rows) == 13 and rows[2][0] == "order of haze"
        assert float(rows[1][3]) == 0

    def test_a_reference_of_another_size_is_refused(self, make_page: Callable, put: Callable, write_png) -> None:
        bench = make_page()
        bench.open(put("one.png"))
        panel = bench.show("What matters")
        panel.take_reference(write_png("other.png", np.zeros((10, 10, 3), np.uint8)))
        bench.settle()
        assert "10×10 pixels, the photo 96×64" in bench.session.notice.what


class TestClusters:
    def test_clouds_with_thumbnails(self, make_page: Callable, many: Path) -> None:
        bench = make_page()
        panel = bench.show("Clusters")
        panel.look_into(many)
        assert panel.stop.isEnabled() and not panel.bar.isHidden()
        bench.settle()
        assert panel.bar.isHidden()
        assert "blur.png: the model has no prompt for blur" in panel.told.text()
        assert "prompt itself moves pictures apart" in panel.card.words.text()
        assert panel.legend.isVisible() and "■</span> haze" in panel.legend.text()
        plots = panel.card.plots
        box = plots.getItem(0, 1).getViewBox()
        dot = panel._found.clusters.clouds["after"].points[4].astype(float)
        bench.point(plots, box.mapViewToScene(QPointF(*dot)))
        assert not panel.thumbnail.pixmap().isNull()
        sample = panel._found.clusters.samples[4]
        assert panel.card.note.text() == f"{sample.name}: {sample.label}"

    def test_cancel(self, make_page: Callable, put: Callable, tmp_path: Path) -> None:
        bench = make_page()
        panel = bench.show("Clusters")
        put("many/rain.png")
        panel.look_into(tmp_path / "many")
        panel.stop.click()
        bench.settle()
        assert panel.card.chart is None and not panel.stop.isEnabled() and bench.session.notice is None

    def test_too_few_pictures_are_told(self, make_page: Callable, put: Callable, tmp_path: Path) -> None:
        bench = make_page()
        panel = bench.show("Clusters")
        put("many/rain.png")
        panel.look_into(tmp_path / "many")
        bench.settle()
        assert "too few" in bench.session.notice.what


def test_a_chart_never_replaces_the_open_photo(make_page: Callable, put: Callable) -> None:
    bench = make_page()
    path = put("rain.png")
    before = path.read_bytes()
    bench.session.open(path)
    bench.settle()
    card = bench.show("Order").alike
    card.wanted.emit(path)  # the dialog has asked whether to replace it
    bench.settle()
    assert path.read_bytes() == before
    assert "is the original photo" in bench.session.notice.what


@pytest.mark.parametrize("suffix", [".csv", ".svg"])
def test_a_chart_is_exported(make_page: Callable, tmp_path: Path, suffix: str) -> None:
    bench = make_page()
    card = bench.show("Order").alike
    action = next(action for action in card.export.menu().actions() if action.text() == f"{suffix[1:].upper()}…")
    action.trigger()
    dialog = card.findChild(QFileDialog)
    dialog.findChild(QLineEdit).setText(str(tmp_path / f"out{suffix}"))
    dialog.accept()
    bench.qtbot.waitUntil(lambda: card.note.text() == f"Saved as out{suffix}", timeout=60_000)
    assert (tmp_path / f"out{suffix}").read_bytes() == card.chart.render(suffix)[suffix]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
def test_a_chart_of_a_private_photo_is_private(make_page: Callable, put: Callable, tmp_path: Path) -> None:
    bench = make_page()
    path = put("rain.png")
    path.chmod(0o600)
    bench.session.open(path)
    bench.settle()
    card = bench.show("Order").alike
    card.wanted.emit(tmp_path / "out.csv")
    bench.settle()
    assert stat.S_IMODE((tmp_path / "out.csv").stat().st_mode) == 0o600
