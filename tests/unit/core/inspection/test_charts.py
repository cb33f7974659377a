"""Charts: drawing, data, captions, and the album."""

import csv
import dataclasses
import functools
import io
import re
import stat
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from xml.etree import ElementTree

import cv2
import numpy as np
import pytest
from matplotlib import font_manager, rcParams
from matplotlib.figure import Figure
from matplotlib.text import Text

from core.errors import PhotoError
from core.inspection import (
    Ablation,
    Clusters,
    Inspector,
    Sample,
    clusters_of,
    difference,
    drop_rates,
    mean_magnitude,
    region_of,
    standard_ablations,
)
from core.inspection import Pooled as PooledFeatures
from core.inspection.charts import (
    CHANNELS_NOT_PLACES,
    FIGURE_SIZES,
    FORMATS,
    Album,
    Chart,
    FigureSize,
    ablation_bars,
    ablation_pictures,
    attention_difference,
    attention_maps,
    cluster_clouds,
    correlations,
    drop_rate_maps,
    feature_overview,
    folded,
    number_text,
    order_strips,
    shown_stages,
    slopes,
    strongest_grid,
    subtitle,
)
from core.inspection.charts import chart as chart_module
from core.messages import Message, message

PNG = b"\x89PNG"
PHOTO = message("a photo")


def table(chart: Chart) -> list[list[str]]:
    return list(csv.reader(io.StringIO(chart.render(".csv")[".csv"].decode())))


def arrays(chart: Chart) -> dict[str, np.ndarray]:
    with np.load(io.BytesIO(chart.render(".npz")[".npz"])) as file:
        return dict(file)


def assert_draws(chart: Chart) -> None:
    drawing = chart.render(".svg")[".svg"]
    ElementTree.fromstring(drawing)
    assert chart.title.encode() in drawing.replace(b"&gt;", b">")
    assert drawing.count(b"<path") + drawing.count(b"<image") > 5  # more than an empty page


def test_subtitle_names_photo_region_and_prompt(picture: Callable) -> None:
    text = subtitle("beach", region_of(picture(30, 40)), "low-light")
    assert text == "beach, whole photo 40×30, at full size, prompt low light"
    assert text.template == "{name}, {region}, prompt {prompt}"
    assert text.parameters["region"].parameters == {"size": "40×30"}


def test_titles_and_captions_are_messages(inspector: Inspector) -> None:
    chart = order_strips(inspector.orders(["rain", "haze"])[0], inspector.origin_of_order)
    assert chart.title.template == "Channel order by prompt: {block}, {count} channels"
    assert chart.title.parameters["block"] == Message("level {number}", {"number": 1})
    assert chart.caption.parameters["origin"] is inspector.origin_of_order
    assert chart.heading == chart.title


def test_order_charts(inspector: Inspector) -> None:
    orders = inspector.orders(["rain", "haze"])[0]
    strips = order_strips(orders, inspector.origin_of_order)
    assert_draws(strips)
    assert "not learned" in strips.caption
    rows = table(strips)
    assert rows[0] == ["position", "channel for rain", "channel for haze"]
    np.testing.assert_array_equal(np.array(rows[1:], int)[:, 1:].T, orders.orders)
    np.testing.assert_array_equal(arrays(strips)["positions"], orders.positions)

    lines = slopes(orders, "haze", "rain")
    assert_draws(lines)
    np.testing.assert_array_equal(np.array(table(lines)[1:], int)[:, 1], orders.positions[1])
    assert number_text(orders.kendall[0, 1], "+.3f") in lines.title

    alike = correlations(orders)
    assert_draws(alike)
    assert [float(row[2]) for row in table(alike)[1:]] == pytest.approx(orders.kendall.ravel())

    matrix = folded(orders, "rain", "haze")
    assert_draws(matrix)
    np.testing.assert_array_equal(arrays(matrix)["matrices"], orders.matrices)
    assert [float(row[2]) for row in table(matrix)[1:]] == pytest.approx(orders.distances.ravel())


def test_charts_name_prompts_as_the_window_does(inspector: Inspector) -> None:
    orders = inspector.orders(["noise15", "low-light"])[0]
    for chart in (
        order_strips(orders, inspector.origin_of_order),
        slopes(orders, "noise15", "low-light"),
        correlations(orders),
        folded(orders, "noise15", "low-light"),
    ):
        drawing = chart.render(".svg")[".svg"].decode()
        assert ">noise σ 15<" in drawing and ">low light<" in drawing
        assert "noise15" not in drawing and "low-light" not in drawing
    assert table(correlations(orders))[1][:2] == ["noise15", "noise15"]  # data have the keys


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [(-0.05, "+.2f", "−0.05"), (0.05, "+.2f", "+0.05"), (-0.001, "+.2f", "0.00"), (0.001, "+.2f", "0.00")],
)
def test_numbers_have_a_true_minus_and_zero_has_no_sign(value: float, form: str, text: str) -> None:
    assert number_text(value, form) == text


def test_kept_entries_have_two_colours(inspector: Inspector, picture: Callable) -> None:
    attention = inspector.trace(region_of(picture(32, 32)), "rain", stages=()).blocks["latent"].attention
    figure = Figure()
    attention_maps(attention, PHOTO).draw(figure)
    bar = next(axes for axes in figure.axes if axes.get_ylabel() == "kept entries (dark)")
    assert [label.get_text() for label in bar.get_yticklabels()] == ["0", "1"]


def test_attention_charts_state_that_rows_and_columns_are_channels(inspector: Inspector, picture: Callable) -> None:
    region = region_of(picture(32, 32))
    rain, haze = (inspector.trace(region, key, stages=()).blocks["latent"].attention for key in ("rain", "haze"))
    maps = attention_maps(rain, PHOTO)
    between = attention_difference(difference(rain, haze), "rain", "haze")
    (rates,) = drop_rates([[rain], [haze]])
    drops = drop_rate_maps(rates, "rain")
    for chart in (maps, between, drops):
        assert_draws(chart)
        assert chart.caption.startswith(CHANNELS_NOT_PLACES)
    np.testing.assert_array_equal(arrays(maps)["kept"], rain.kept)
    head, query, key, logit, kept, weight = table(maps)[1 + 5 * 32 + 7]
    assert (head, query, key) == ("1", "5", "7")
    assert float(logit) == pytest.approx(rain.logits[0, 5, 7])
    assert (float(kept), float(weight)) == (rain.kept[0, 5, 7], pytest.approx(rain.weights[0, 5, 7]))
    assert "19 largest" in maps.caption  # int(0.6 * 32)
    np.testing.assert_allclose(arrays(drops)["rates"], rates.rates)


@pytest.mark.parametrize("residual", [False, True])
def test_feature_charts(make_inspector: Callable, picture: Callable, residual: bool) -> None:
    inspector = make_inspector(dgpb_residual=residual)
    trace = inspector.trace(region_of(picture(32, 48)), "rain").blocks["level 2"]
    # The output is shown if it differs from F_b.
    assert ("out" in shown_stages(trace)) == residual
    overview = feature_overview(trace, PHOTO)
    assert_draws(overview)
    for row in table(overview)[1:]:
        assert float(row[1]) == pytest.approx(mean_magnitude(trace.features[row[0]]).mean(), rel=1e-5)
    np.testing.assert_allclose(arrays(overview)["Q"], trace.features["Q"], rtol=2e-3, atol=1e-3)
    grid = strongest_grid(trace, PHOTO, count=6)
    assert_draws(grid)
    assert len(table(grid)) == 1 + 2 * 6
    assert {"F_n_maps", "F_b_channels"} <= set(arrays(grid))


def test_ablation_charts(inspector: Inspector, picture: Callable) -> None:
    region, ablations = region_of(picture(32, 32)), [Ablation(), Ablation(keep=1.0), Ablation(caapm=False)]
    blind = inspector.ablations(region, "rain", ablations)
    judged = inspector.ablations(region, "rain", ablations, picture(32, 32, seed=2))
    assert "unknown whether" in ablation_bars(blind, PHOTO).caption
    assert f"{judged[0].psnr:.2f} dB" in ablation_bars(judged, PHOTO).caption
    assert_draws(ablation_bars(blind, PHOTO))
    assert_draws(ablation_bars(judged, PHOTO))
    assert table(ablation_bars(blind, PHOTO))[2][0] == "mask off"
    assert float(table(ablation_bars(judged, PHOTO))[3][3]) == pytest.approx(judged[2].gain)
    pictures = ablation_pictures(judged, PHOTO)
    assert_draws(pictures)
    np.testing.assert_array_equal(arrays(pictures)["results"][2], judged[2].result)


def test_pictures_of_ablations_without_effect(make_inspector: Callable, picture: Callable) -> None:
    inspector = make_inspector(perturbation="none")
    results = inspector.ablations(region_of(picture(16, 16)), "rain", [Ablation(), Ablation(keep=0.5)])
    assert_draws(ablation_pictures(results, PHOTO))


def test_cluster_chart_names_its_control() -> None:
    noise = np.random.default_rng(1).standard_normal((8, 4)).astype(np.float32)
    samples = tuple(Sample(f"{n}.png", "rain" if n < 4 else "haze") for n in range(8))
    found = clusters_of(PooledFeatures(samples, "blur", {"before": noise, "after": noise + 1, "control": noise}))
    chart = cluster_clouds(found)
    assert_draws(chart)
    assert "the prompt alone separates pictures" in chart.caption and "the prompt blur" in chart.caption
    rows = table(chart)
    assert rows[1][:2] == ["0.png", "rain"]
    np.testing.assert_allclose(
        np.array([row[2:4] for row in rows[1:]], float), found.clouds["before"].points, rtol=1e-5
    )


class TestFiles:
    def test_chart_is_saved_in_the_format_of_its_suffix(self, inspector: Inspector, tmp_path: Path) -> None:
        chart = correlations(inspector.orders(["rain", "haze"])[0])
        assert chart.save(tmp_path / "a.PNG").read_bytes().startswith(PNG)
        assert chart.save(tmp_path / "a.csv").read_text().startswith("prompt,other prompt")
        with pytest.raises(PhotoError, match="already exists"):
            chart.save(tmp_path / "a.csv")
        chart.save(tmp_path / "a.csv", overwrite=True)
        with pytest.raises(ValueError, match="bmp"):
            chart.save(tmp_path / "a.bmp")

    def test_equal_charts_give_equal_files(self, inspector: Inspector) -> None:
        orders = inspector.orders(["rain", "haze"])[0]
        once, again = (correlations(orders).render(*FORMATS) for _ in range(2))
        assert set(once) == set(FORMATS)
        assert all(once[suffix] == again[suffix] for suffix in (".png", ".svg", ".csv"))
        picture = cv2.imdecode(np.frombuffer(once[".png"], np.uint8), cv2.IMREAD_COLOR)
        assert picture.std() > 5 and (picture[2:-2, 2:-2] != 255).any()

    def test_a_pdf_holds_vectors_and_text_at_the_width_that_was_asked_for(self, inspector: Inspector) -> None:
        chart = correlations(inspector.orders(["rain", "haze"])[0])
        for size, points in ((None, 72 * chart.size[0]), (FigureSize(180), 180 / 25.4 * 72)):
            pdf, again = (chart.render(".pdf", size=size)[".pdf"] for _ in range(2))
            assert pdf.startswith(b"%PDF") and pdf == again
            box = re.search(rb"/MediaBox \[ ?0 0 ([\d.]+) ([\d.]+)", pdf)
            assert float(box[1]) == pytest.approx(points, abs=0.5)
            assert b"/Font" in pdf and b"/FontFile2" in pdf

    @pytest.mark.parametrize("key", FIGURE_SIZES)
    def test_pictures_for_print_have_their_width_and_resolution(self, inspector: Inspector, key: str) -> None:
        chart, size = correlations(inspector.orders(["rain", "haze"])[0]), FIGURE_SIZES[key]
        small = FigureSize(size.width, 72)  # the width in pixels is proportional to the resolution
        picture = cv2.imdecode(np.frombuffer(chart.render(".png", size=small)[".png"], np.uint8), cv2.IMREAD_COLOR)
        assert picture.shape[1] == pytest.approx(size.width / 25.4 * 72, abs=1.5)
        width, height = chart.narrow[0].size if key == "column" else chart.size
        assert picture.shape[0] / picture.shape[1] == pytest.approx(height / width, rel=0.02)
        assert picture.std() > 5

    @pytest.mark.parametrize("values", [(10, 300), (180, 10), (5000, 300)])
    def test_impossible_sizes_are_refused(self, values: tuple[int, int]) -> None:
        with pytest.raises(ValueError):
            FigureSize(*values)

    def test_album_is_one_page_without_external_resources(self, inspector: Inspector, tmp_path: Path) -> None:
        album = Album(tmp_path / "out" / "deep")
        album.add("Orders & more", "orders", correlations(inspector.orders(["rain", "haze"])[0]))
        page = album.finish("Charts of <tiny>", ["One & only."]).read_text()
        assert "<h2>Orders &amp; more</h2>" in page and "Charts of &lt;tiny&gt;" in page and "One &amp; only." in page
        assert page.count("data:image/png;base64,") == 1
        assert "http" not in page and 'src="data:' in page
        files = sorted(file.name for file in (tmp_path / "out" / "deep" / "orders").iterdir())
        assert files == [f"level1-correlations.{suffix}" for suffix in ("csv", "npz", "pdf", "png", "svg")]

    def test_album_is_overwritten_only_on_request(self, tmp_path: Path) -> None:
        Album(tmp_path).finish("One", [])
        with pytest.raises(PhotoError, match=r"index\.html already exists"):
            Album(tmp_path)
        Album(tmp_path, overwrite=True).finish("Two", [])
        assert "Two" in (tmp_path / "index.html").read_text()

    @pytest.mark.skipif(sys.platform == "win32", reason="permissions are those of POSIX")
    def test_charts_of_private_photos_have_their_permissions(self, inspector: Inspector, tmp_path: Path) -> None:
        photos = [tmp_path / "one.png", tmp_path / "two.png"]
        for photo, mode in zip(photos, (0o644, 0o600), strict=True):
            photo.touch(mode)
        chart = correlations(inspector.orders(["rain", "haze"])[0])
        for sources, wanted in ((photos[:1], 0o644), (photos, 0o600)):
            album = Album(tmp_path / f"{wanted:o}", sources=sources)
            album.add("Orders", "orders", chart)
            album.finish("Orders", [])
            written = [file for file in album.folder.rglob("*") if file.is_file()]
            assert len(written) > 4 and {stat.S_IMODE(file.stat().st_mode) for file in written} == {wanted}
        saved = chart.save(tmp_path / "chart.csv", source=photos[1])
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600

    def test_album_in_a_folder_that_cannot_be_created(self, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("in the way")
        with pytest.raises(PhotoError, match="file"):
            Album(tmp_path / "file" / "charts")


def all_charts(inspector: Inspector, picture: Callable) -> Iterator[Chart]:
    """Every kind of chart, with all prompts and the latent block's heads."""
    place = subtitle("a photo with a rather long name (2026)", region_of(picture(48, 64)), "low-light")
    orders = inspector.orders()[-1]
    yield order_strips(orders, inspector.origin_of_order)
    yield slopes(orders, "noise15", "low-light")
    yield correlations(orders)
    yield folded(orders, "noise15", "low-light")
    region = region_of(picture(48, 64))
    one, two = (inspector.trace(region, key).blocks["latent"] for key in ("rain", "haze"))
    yield attention_maps(one.attention, place)
    yield attention_difference(difference(one.attention, two.attention), "noise15", "low-light")
    (rates,) = drop_rates([[one.attention], [two.attention]])
    yield drop_rate_maps(rates, "rain")
    yield feature_overview(one, place)
    yield strongest_grid(one, place)
    results = inspector.ablations(region, "rain", standard_ablations("haze")[:4], picture(48, 64, 2))
    yield ablation_bars(results, place)
    yield ablation_pictures(results, place)
    yield cluster_clouds(some_clusters(tuple(inspector.prompts)))


@functools.cache  # t-SNE takes a third of the time of all charts
def some_clusters(keys: tuple[str, ...]) -> Clusters:
    samples = tuple(Sample(f"{number}.png", keys[number % len(keys)]) for number in range(3 * len(keys)))
    random = np.random.default_rng(0)
    places = ("before", "after", "control")
    vectors = {place: random.standard_normal((len(samples), 8)).astype(np.float32) for place in places}
    return clusters_of(PooledFeatures(samples, "rain", vectors))


def test_no_chart_is_higher_than_its_page(charts_of: Callable, inspector: Inspector, picture: Callable) -> None:
    results = inspector.ablations(region_of(picture(48, 64)), "rain", standard_ablations("haze"))
    for chart in (*charts_of(8), ablation_pictures(results, PHOTO)):
        for key in ("column", "page"):
            layout, scale = chart.layout_for(FIGURE_SIZES[key])
            assert layout.size[1] * scale * 25.4 <= 257, (chart.name, key)  # an A4 page with margins of 2 cm


def test_names_of_photos_may_be_chinese(
    inspector: Inspector, picture: Callable, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The font of charts lacks these characters; another one that is installed has them."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    monkeypatch.setattr(chart_module, "_CHINESE_FONTS", ("No Such Font", "DejaVu Serif", "DejaVu Sans Mono"))
    assert {"DejaVu Serif", "DejaVu Sans Mono"} <= installed
    families: list[list[str]] = []
    chart = ablation_pictures(inspector.ablations(region_of(picture(16, 16)), "rain", [Ablation()]), PHOTO)
    seen = dataclasses.replace(chart, draw=lambda figure: families.append(list(rcParams["font.family"])))
    seen.render(".png")
    assert families == [["DejaVu Sans", "DejaVu Serif"]]


def faults_of(figure: Figure) -> Iterator[str]:
    """What is too small, cut off or overlapping in a figure that was drawn for the resolution of its file."""
    inches = figure.get_figwidth()
    for axes in figure.axes:
        box = axes.get_position()
        sides = box.width * inches * 25.4, box.height * figure.get_figheight() * 25.4
        if axes.get_label() != "<colorbar>" and min(sides) < 5:
            yield f"axes of {sides[0]:.1f}×{sides[1]:.1f} mm"
    texts = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    left_out = set(labels_left_out(figure))
    boxes = [(text, text.get_window_extent()) for text in texts if text not in left_out]
    for text, box in boxes:
        if box.x0 < -1 or box.y0 < -1 or box.x1 > figure.bbox.width + 1 or box.y1 > figure.bbox.height + 1:
            yield f"{text.get_text()!r} is cut off"
    for number, (text, box) in enumerate(boxes):
        for other, second in boxes[:number]:
            upright = not (text.get_rotation() % 90 or other.get_rotation() % 90)  # else boxes are larger than texts
            if upright and box.shrunk(0.98, 0.8).overlaps(second.shrunk(0.98, 0.8)):
                yield f"{text.get_text()!r} overlaps {other.get_text()!r}"


def labels_left_out(figure: Figure) -> Iterator[Text]:
    """The labels of ticks outside the ranges of their axes, which are not drawn."""
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-6 * (high - low)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not axes.axison or not low - slack <= tick.get_loc() <= high + slack:
                    yield from (tick.label1, tick.label2)


@pytest.fixture(scope="module")
def charts_of(make_inspector: Callable, picture: Callable) -> Callable[[int], tuple[Chart, ...]]:
    """Gives every kind of chart of a network with so many heads; computed once, they are drawn at several widths."""
    return functools.cache(lambda heads: tuple(all_charts(make_inspector(heads=(1, 1, 2, heads)), picture)))


@pytest.mark.parametrize(("key", "heads"), [*((key, 8) for key in ("", *FIGURE_SIZES)), ("page", 1)])
def test_every_chart_is_legible_at_every_width(
    charts_of: Callable, key: str, heads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    charts = charts_of(heads)
    size = FigureSize(FIGURE_SIZES[key].width, 100) if key else None
    faults: list[str] = []

    def check(figure: Figure, *arguments: object, **options: object) -> None:
        """Place everything as for the file, without its pixels."""
        figure.dpi = options["dpi"]  # texts are a little wider or narrower at other resolutions
        figure.draw_without_rendering()
        faults.extend(f"{chart.name}: {fault}" for fault in faults_of(figure))

    monkeypatch.setattr(Figure, "savefig", check)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for chart in charts:
            try:
                chart.render(".png", size=size)
            except UserWarning as warning:
                faults.append(f"{chart.name}: {warning}")
    assert not faults, "\n".join(faults)
