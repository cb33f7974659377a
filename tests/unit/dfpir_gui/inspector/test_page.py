"""The Inspector page: photo, prompts and model, and its texts if there is nothing to show."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from PySide6.QtCore import QPointF

from core.checkpoints.published import published_name
from core.degradations import KEYS
from core.errors import CheckpointError
from core.inference import Restorer
from core.models import DFPIR, DFPIRConfig
from core.prompts import CLIP
from dfpir_gui.app.pages import PAGES
from dfpir_gui.inspector import inspection_runner
from dfpir_gui.inspector.attention_panel import NO_CAAPM
from dfpir_gui.inspector.clusters_panel import NO_FOLDER
from dfpir_gui.inspector.order_panel import NO_DGCPM
from dfpir_gui.inspector.panel import FAILED, NO_DGPB, NO_PHOTO, ONE_PROMPT


def test_inspector_is_a_page_of_the_window() -> None:
    (page,) = (page for page in PAGES if page.key == "inspector")
    assert page.title == "Ins&pector"


class TestEmptyStates:
    def test_tabs_that_need_no_photo_are_shown_without_one(self, make_page: Callable) -> None:
        driver = make_page()
        assert driver.show("Order").cards[0].chart is not None
        for title in ("Attention", "Features", "Ablations"):
            assert driver.show(title).reason == NO_PHOTO
        clusters = driver.show("Clusters")
        assert clusters.reason == "" and clusters.card.empty.text() == NO_FOLDER
        assert driver.page.photo.crop is None

    def test_model_without_dgpb(self, make_page: Callable, put: Callable) -> None:
        driver = make_page(perturbation="none")
        driver.open(put("one.png"))
        for title in driver.page.panels:
            assert driver.show(title).reason == NO_DGPB

    @pytest.mark.parametrize(("half", "title", "why"), [("caapm", "Order", NO_DGCPM), ("dgcpm", "Attention", NO_CAAPM)])
    def test_model_without_dgcpm_or_caapm(
        self, make_page: Callable, put: Callable, half: str, title: str, why: str
    ) -> None:
        driver = make_page(perturbation=half)
        driver.open(put("one.png"))
        assert driver.show(title).reason == why
        assert driver.show("Features").overview.chart is not None

    def test_model_with_one_prompt(self, make_page: Callable, put: Callable) -> None:
        driver = make_page(prompts=("rain",))
        driver.open(put("one.png"))
        order = driver.show("Order")
        assert order.strips.chart is not None
        assert {card.empty.text() for card in (order.slopes, order.similarity, order.matrix)} == {ONE_PROMPT}
        assert not driver.page.second.isEnabled() and driver.page.target.second is None
        attention = driver.show("Attention")
        assert attention.maps.chart is not None and attention.between_prompts.empty.text() == ONE_PROMPT
        ablations = driver.show("Ablations")
        assert not ablations.order_choice.model().item(1).isEnabled()
        ablations.run_all.click()
        driver.settle()
        assert "order of" not in ablations.all.chart.render(".csv")[".csv"].decode()


def test_frame_chooses_the_inspected_region(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    features = driver.show("Features")
    assert driver.page.photo.crop == (0, 0, 96, 64)
    assert "whole photo 96×64, at full size" in driver.page.photo.description.text()
    before = features.overview.chart
    driver.page.photo.set_crop((10, 20, 32, 32))
    driver.settle()
    assert "crop 32×32 at (10, 20), at full size" in driver.page.photo.description.text()
    assert features.overview.chart is not before
    assert "crop 32×32 at (10, 20)" in features.overview.chart.subtitle


def test_frame_stays_within_the_photo(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    frame = driver.page.photo.frame
    frame.setSize(QPointF(4, 4))
    frame.setPos(QPointF(200, -50))
    x, y, width, height = driver.page.photo.crop
    assert (width, height) == (16, 16)
    assert 0 <= x <= 80 and 0 <= y <= 48


def test_detected_degradation_is_the_first_prompt(make_page: Callable, put: Callable, detector) -> None:
    driver = make_page()
    assert (driver.page.target.first, driver.page.target.second) == ("rain", "haze")
    detector.find("haze")
    driver.open(put("one.png"))
    assert (driver.page.target.first, driver.page.target.second) == ("haze", "rain")


def test_default_comparison_is_another_degradation(make_page: Callable, put: Callable, detector) -> None:
    driver = make_page(prompts=("noise15", "noise25", "haze"))
    assert (driver.page.target.first, driver.page.target.second) == ("noise15", "haze")
    driver.page.second.setCurrentIndex(1)
    assert driver.page.target.second == "noise25"


def test_only_the_visible_tab_holds_data(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    features = driver.show("Features")
    assert features.overview.chart is not None
    driver.show("Order")
    assert features.overview.chart is None and features._features is None
    driver.qtbot.waitUntil(lambda: not any(card.plots.ci.items for card in features.cards))
    driver.show("Features")
    assert features.overview.chart is not None


@pytest.mark.parametrize("hidden", [True, False])
def test_change_of_the_model(make_page: Callable, tiny_checkpoint, hidden: bool) -> None:
    driver = make_page()
    assert driver.page.model_info.prompts == ("rain", "haze")
    driver.page.setVisible(not hidden)
    driver.session.use_restorer(lambda: Restorer(tiny_checkpoint, device="cpu", precision="float32"))
    driver.page.show()
    driver.qtbot.waitUntil(lambda: driver.page.model_info.model == "tiny", timeout=60_000)
    driver.settle()
    assert driver.page.first.count() == 7
    assert driver.page.panels["Order"].strips.chart.arrays["orders"].shape == (7, 128)


def test_model_that_cannot_be_loaded(make_page: Callable) -> None:
    driver = make_page()  # with another model before
    driver.page.hide()

    def broken() -> Restorer:
        raise CheckpointError("model.safetensors is damaged. Choose another model.")

    driver.session.use_restorer(broken)
    driver.page.show()
    driver.qtbot.waitUntil(lambda: not driver.session.busy, timeout=60_000)
    for panel in driver.page.panels.values():
        driver.page.tabs.setCurrentWidget(panel)
        assert panel.reason == FAILED
    assert "model.safetensors" in driver.session.notice.what


def test_published_checkpoint_with_its_text_encoder(
    make_page: Callable, put: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Encoder:
        identity = CLIP

        def encode(self, texts: list[str]) -> np.ndarray:
            return np.random.default_rng(len(texts)).standard_normal((len(texts), 512)).astype(np.float32)

    torch.manual_seed(0)
    network = DFPIR(DFPIRConfig(dim=16, blocks=(1, 1, 1, 1), refinement_blocks=1, heads=(1, 2, 4, 8), expansion=2.0))
    file = tmp_path / "published.pth.tar"
    weights = {f"module.{published_name(key)}": value for key, value in network.state_dict().items()}
    torch.save({"epoch": 79, "state_dict": weights}, file)
    monkeypatch.setattr(inspection_runner, "OpenClipEncoder", lambda **options: Encoder())
    driver = make_page()
    driver.session.use_restorer(lambda: Restorer(file, device="cpu", precision="float32", text_encoder=Encoder))
    driver.qtbot.waitUntil(lambda: driver.page.model_info.model == "published", timeout=60_000)
    driver.open(put("one.png"))
    assert (driver.page.model_info.prompts, driver.page.block.count()) == (KEYS, 4)
    assert driver.show("Order").strips.chart.arrays["orders"].shape == (7, 256)
    assert "not learned" in driver.page.model_info.origin
    for title, name in (("Attention", "maps"), ("Features", "overview"), ("Ablations", "one")):
        assert getattr(driver.show(title), name).chart is not None, title


def test_errors_reach_the_error_bar(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.page.panels["Ablations"].runner.run(
        "trial", lambda *_: (_ for _ in ()).throw(RuntimeError("of the test")), lambda value: None
    )
    driver.settle()
    assert driver.session.notice is not None and "inspecting the model" in driver.session.notice.what


def test_closing_asks_while_clusters_are_computed(make_page: Callable, put: Callable, tmp_path) -> None:
    driver = make_page()
    put("many/a.png")
    clusters = driver.show("Clusters")
    assert driver.page.unfinished == ""
    clusters.find_clusters(tmp_path / "many")
    assert "clusters" in driver.page.unfinished
    driver.page.end()
    assert driver.page.unfinished == ""
    driver.settle()
    assert clusters.card.chart is None and driver.session.notice is None
