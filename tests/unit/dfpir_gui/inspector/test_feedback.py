"""What the Inspector says while it works, where there is nothing to show, and how its charts share their space."""

import threading
from collections.abc import Callable

import pytest

from core.inference import Step
from core.inspection import Inspector
from dfpir_gui.inspector import features_panel, inspection_target
from dfpir_gui.inspector.card import COMPUTING, NOT_COMPUTED
from dfpir_gui.inspector.panel import LOADING, SAME_PROMPT
from dfpir_gui.inspector.plots import Plot, sparse_ticks


def plots_of(card) -> list[Plot]:
    return [item for item in card.plots.ci.items if isinstance(item, Plot)]


@pytest.mark.parametrize(("count", "ticks"), [(4, [0, 1, 2, 3]), (32, [0, 10, 20, 30]), (256, [0, 100, 200])])
def test_ticks_are_sparse(count: int, ticks: list[int]) -> None:
    assert list(sparse_ticks(count)) == ticks


def test_matrices_side_by_side_have_one_size_and_numbers_on_each_bar(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.page.resize(1208, 700)
    driver.open(put("one.png"))
    panel = driver.show("Attention")
    for card in (panel.maps, panel.between_prompts):
        plots = plots_of(card)
        assert len({round(plot.view.width()) for plot in plots}) == 1
        assert len({round(plot.view.height()) for plot in plots}) == 1
        right = card.plots.viewport().width()
        for plot in plots:
            assert plot.sceneBoundingRect().right() <= right
            bar = plot.colour_bar
            assert len(bar.numbers) == (2 if plot.title.startswith("kept entries") else 3)  # kept or not
            assert bar.sceneBoundingRect().right() <= right
            assert bar.size().height() == pytest.approx(plot.view.height())


def test_old_charts_are_dimmed_while_new_ones_are_computed(
    qtbot, make_page: Callable, put: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    panel = driver.show("Features")
    card, whole, go_on = panel.overview, Inspector.trace, threading.Event()
    old = card.chart

    def slow(self, *arguments, **options):
        assert go_on.wait(60)
        return whole(self, *arguments, **options)

    monkeypatch.setattr(Inspector, "trace", slow)
    driver.page.first.setCurrentIndex(1)
    qtbot.waitUntil(lambda: card.status.text() == COMPUTING, timeout=60_000)
    assert card.chart is old and card.busy and card._dimmed.isEnabled() and not card.export.isEnabled()
    go_on.set()
    driver.settle()
    assert card.chart is not old and not card.busy and not card._dimmed.isEnabled() and card.export.isEnabled()


def test_a_chart_that_fails_does_not_stay_from_before(
    make_page: Callable, put: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    panel = driver.show("Features")

    def fails(self, *arguments, **options):
        raise MemoryError

    monkeypatch.setattr(Inspector, "trace", fails)
    driver.page.first.setCurrentIndex(1)
    driver.settle()
    assert panel.overview.chart is None and panel.overview.empty.text() == NOT_COMPUTED
    assert driver.session.notice is not None


def test_the_same_prompt_twice_has_no_difference(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    panel = driver.show("Attention")
    driver.page.second.setCurrentIndex(driver.page.first.currentIndex())
    driver.settle()
    assert panel.between_prompts.empty.text() == SAME_PROMPT and panel.between_prompts.chart is None
    driver.page.second.setCurrentIndex(1 - driver.page.first.currentIndex())
    driver.settle()
    assert panel.between_prompts.chart is not None


def test_the_photo_says_what_is_going_on(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    assert driver.page.photo.description.text() == "No photo is open."
    driver.session.open(put("one.png"))
    assert driver.page.photo.description.text() == "Opening the photo…"
    driver.qtbot.waitUntil(lambda: driver.session.photo is not None, timeout=60_000)
    driver.page.model_info = None
    driver.page._load_model_info()
    driver.page._update_panels()
    assert driver.page.photo.description.text() == LOADING
    driver.settle()
    assert driver.page.photo.description.text().startswith("Inspected:")


def test_the_prompt_follows_the_steps_of_the_studio_until_the_user_chooses(
    make_page: Callable, put: Callable, detector
) -> None:
    driver = make_page(prompts=("rain", "haze", "blur"))
    detector.find("rain")
    driver.open(put("one.png"))
    assert driver.page.target.first == "rain"
    driver.session.choose("blur")  # instead of what was detected
    driver.settle()
    assert driver.page.target.first == "blur" and driver.page.target.second != "blur"
    box = driver.page.first
    box.setCurrentIndex(1)
    box.activated.emit(1)
    driver.session.choose("rain")
    driver.settle()
    assert driver.page.target.first == "haze"
    driver.session.open(put("two.png", 1))
    driver.qtbot.waitUntil(
        lambda: driver.session.photo is not None and driver.session.photo.source.name == "two.png", timeout=60_000
    )
    driver.settle()
    assert driver.page.target.first == "rain"


def test_prompt_that_changes_with_the_photo_waits_for_its_frame(
    make_page: Callable, put: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    driver.show("Attention")
    driver.session.remove(driver.session.current)
    assert driver.page.photo.crop is None
    asked = []
    monkeypatch.setattr(driver.page.photo.description, "setText", asked.append)
    driver.session.open(put("two.png", 1), (Step("haze"),))
    driver.qtbot.waitUntil(lambda: driver.session.photo is not None, timeout=60_000)
    driver.settle()
    assert driver.page.target.first == "haze" and driver.page.target.crop == (0, 0, 96, 64)
    assert driver.session.notice is None


def test_target_never_has_the_frame_of_another_photo(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    driver.page.photo.show_photo(None)
    assert driver.page.target.pixels is None
    driver.page._update_panels()
    assert driver.session.notice is None


@pytest.mark.parametrize("title", ["Order", "Attention", "Features", "Ablations"])
def test_charts_are_kept_while_nothing_changes(make_page: Callable, put: Callable, title: str) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    panel = driver.show(title)
    charts = [card.chart for card in panel.cards]
    driver.page.hide()
    driver.page.show()
    driver.settle()
    assert [card.chart for card in panel.cards] == charts and any(charts)
    driver.page.hide()
    driver.page.first.setCurrentIndex(1)
    driver.page.show()
    driver.settle()
    assert [card.chart for card in panel.cards] != charts


def test_failed_chart_is_tried_again_when_the_page_is_shown(
    make_page: Callable, put: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    with monkeypatch.context() as patch:
        patch.setattr(Inspector, "trace", lambda *_, **__: (_ for _ in ()).throw(MemoryError()))
        panel = driver.show("Features")
        assert panel.overview.empty.text() == NOT_COMPUTED
    driver.page.hide()
    driver.page.show()
    driver.settle()
    assert panel.overview.chart is not None


def test_half_drawn_chart_is_invisible(make_page: Callable, put: Callable) -> None:
    driver = make_page()
    driver.open(put("one.png"))
    panel = driver.show("Attention")
    drawing = panel._drawn(driver.page.target, 1)
    next(drawing)
    assert panel.maps._dimmed.isEnabled() and panel.maps._dimmed.opacity() == 0 and not panel.maps.export.isEnabled()
    next(drawing)
    assert panel.maps._dimmed.opacity() == 0
    for _ in drawing:
        pass
    assert not panel.maps._dimmed.isEnabled() and panel.maps.export.isEnabled()


def test_first_charts_say_at_once_that_they_are_computed(make_page: Callable) -> None:
    driver = make_page()
    driver.page.hide()
    panel = driver.show("Order")
    for card in panel.cards:
        card.show_message("")
        card.show_busy()
        assert card.empty.text() == COMPUTING and not card.empty.isHidden()


def test_regions_and_decompositions_are_not_computed_on_the_main_thread(
    make_page: Callable, put: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, seen = threading.get_ident(), []
    for module, name in ((inspection_target, "region_of"), (features_panel, "principal_components")):
        whole = getattr(module, name)

        def noted(*arguments, name=name, whole=whole):
            seen.append((name, threading.get_ident() == main))
            return whole(*arguments)

        monkeypatch.setattr(module, name, noted)
    driver = make_page()
    driver.open(put("one.png"))
    panel = driver.show("Features")
    assert panel.overview.chart is not None and panel.strongest.chart is not None
    assert set(seen) == {("region_of", False), ("principal_components", False)}
    assert "96×64" in driver.page.photo.description.text()
