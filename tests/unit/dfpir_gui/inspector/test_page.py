"""The Inspector page: what it looks at, and what it says when there is nothing to see."""

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


def test_it_is_one_of_the_windows_pages() -> None:
    (page,) = (page for page in PAGES if page.key == "inspector")
    assert page.title == "Ins&pector"


class TestEmptyStates:
    def test_without_a_photo_only_what_needs_none_is_shown(self, make_page: Callable) -> None:
        bench = make_page()
        assert bench.show("Order").cards[0].chart is not None
        for title in ("Attention", "Features", "What matters"):
            assert bench.show(title).reason == NO_PHOTO
        clusters = bench.show("Clusters")
        assert clusters.reason == "" and clusters.card.empty.text() == NO_FOLDER
        assert bench.page.photo.crop is None

    def test_a_model_without_dgpb(self, make_page: Callable, put: Callable) -> None:
        bench = make_page(perturbation="none")
        bench.open(put("one.png"))
        for title in bench.page.panels:
            assert bench.show(title).reason == NO_DGPB

    @pytest.mark.parametrize(("half", "title", "why"), [("caapm", "Order", NO_DGCPM), ("dgcpm", "Attention", NO_CAAPM)])
    def test_a_model_with_half_a_dgpb(
        self, make_page: Callable, put: Callable, half: str, title: str, why: str
    ) -> None:
        bench = make_page(perturbation=half)
        bench.open(put("one.png"))
        assert bench.show(title).reason == why
        assert bench.show("Features").overview.chart is not None

    def test_one_prompt_only(self, make_page: Callable, put: Callable) -> None:
        bench = make_page(prompts=("rain",))
        bench.open(put("one.png"))
        order = bench.show("Order")
        assert order.strips.chart is not None
        assert {card.empty.text() for card in (order.slopes, order.alike, order.matrix)} == {ONE_PROMPT}
        assert not bench.page.second.isEnabled() and bench.page.look.second is None
        attention = bench.show("Attention")
        assert attention.maps.chart is not None and attention.apart.empty.text() == ONE_PROMPT
        matters = bench.show("What matters")
        assert not matters.order.model().item(1).isEnabled()
        matters.run_all.click()
        bench.settle()
        assert "order of" not in matters.all.chart.render(".csv")[".csv"].decode()


def test_the_frame_chooses_what_is_traced(make_page: Callable, put: Callable) -> None:
    bench = make_page()
    bench.open(put("one.png"))
    features = bench.show("Features")
    assert bench.page.photo.crop == (0, 0, 96, 64)
    assert "whole photo 96×64, at full size" in bench.page.photo.words.text()
    before = features.overview.chart
    bench.page.photo.set_crop((10, 20, 32, 32))
    bench.settle()
    assert "crop 32×32 at (10, 20), at full size" in bench.page.photo.words.text()
    assert features.overview.chart is not before
    assert "crop 32×32 at (10, 20)" in features.overview.chart.title


def test_the_frame_stays_within_the_photo(make_page: Callable, put: Callable) -> None:
    bench = make_page()
    bench.open(put("one.png"))
    frame = bench.page.photo.frame
    frame.setSize(QPointF(4, 4))
    frame.setPos(QPointF(200, -50))
    x, y, width, height = bench.page.photo.crop
    assert (width, height) == (16, 16)
    assert 0 <= x <= 80 and 0 <= y <= 48


def test_what_was_found_is_the_first_prompt(make_page: Callable, put: Callable, detector) -> None:
    bench = make_page()
    assert (bench.page.look.first, bench.page.look.second) == ("rain", "haze")
    detector.find("haze")
    bench.open(put("one.png"))
    assert (bench.page.look.first, bench.page.look.second) == ("haze", "rain")


def test_a_prompt_is_compared_with_one_for_another_damage(make_page: Callable, put: Callable, detector) -> None:
    bench = make_page(prompts=("noise15", "noise25", "haze"))
    assert (bench.page.look.first, bench.page.look.second) == ("noise15", "haze")
    bench.page.second.setCurrentIndex(1)
    assert bench.page.look.second == "noise25"  # as the user wants it


def test_only_the_tab_in_sight_holds_anything(make_page: Callable, put: Callable) -> None:
    bench = make_page()
    bench.open(put("one.png"))
    features = bench.show("Features")
    assert features.overview.chart is not None
    bench.show("Order")
    assert features.overview.chart is None and features._seen is None
    bench.show("Features")
    assert features.overview.chart is not None


@pytest.mark.parametrize("hidden", [True, False])
def test_another_model_is_looked_into(make_page: Callable, tiny_checkpoint, hidden: bool) -> None:
    bench = make_page()
    assert bench.page.facts.prompts == ("rain", "haze")
    bench.page.setVisible(not hidden)
    bench.session.use_restorer(lambda: Restorer(tiny_checkpoint, device="cpu", precision="float32"))
    bench.page.show()
    bench.qtbot.waitUntil(lambda: bench.page.facts.model == "tiny", timeout=60_000)
    bench.settle()
    assert bench.page.first.count() == 7
    assert bench.page.panels["Order"].strips.chart.arrays["orders"].shape == (7, 128)


def test_a_model_that_cannot_be_loaded(make_page: Callable) -> None:
    bench = make_page()  # of another model, which is forgotten
    bench.page.hide()

    def broken() -> Restorer:
        raise CheckpointError("model.safetensors is damaged. Choose another model.")

    bench.session.use_restorer(broken)
    bench.page.show()
    bench.qtbot.waitUntil(lambda: not bench.session.busy, timeout=60_000)
    for panel in bench.page.panels.values():
        bench.page.tabs.setCurrentWidget(panel)
        assert panel.reason == FAILED
    assert "model.safetensors" in bench.session.notice.what


def test_published_checkpoint_is_looked_into_where_its_text_encoder_is_at_hand(
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
    bench = make_page()
    bench.session.use_restorer(lambda: Restorer(file, device="cpu", precision="float32", text_encoder=Encoder))
    bench.qtbot.waitUntil(lambda: bench.page.facts.model == "published", timeout=60_000)
    bench.open(put("one.png"))
    assert (bench.page.facts.prompts, bench.page.block.count()) == (KEYS, 4)
    assert bench.show("Order").strips.chart.arrays["orders"].shape == (7, 256)
    assert "not learned" in bench.page.facts.origin
    for title, name in (("Attention", "maps"), ("Features", "overview"), ("What matters", "one")):
        assert getattr(bench.show(title), name).chart is not None, title


def test_errors_reach_the_error_bar(make_page: Callable, put: Callable) -> None:
    bench = make_page()
    bench.page.panels["What matters"].bench.ask(
        "trial", lambda *_: (_ for _ in ()).throw(RuntimeError("of the test")), lambda value: None
    )
    bench.settle()
    assert bench.session.notice is not None and "looking inside" in bench.session.notice.what


def test_closing_asks_while_clusters_are_looked_for(make_page: Callable, put: Callable, tmp_path) -> None:
    bench = make_page()
    put("many/a.png")
    clusters = bench.show("Clusters")
    assert bench.page.unfinished == ""
    clusters.look_into(tmp_path / "many")
    assert "clusters" in bench.page.unfinished
    bench.page.end()
    assert bench.page.unfinished == ""
    bench.settle()
    assert clusters.card.chart is None and bench.session.notice is None
