"""``dfpir inspect`` with a tiny model."""

import csv
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.checkpoints import Checkpoint, save_checkpoint
from core.cli import main
from core.models import DFPIR, DFPIRConfig
from core.photo import Photo
from core.prompts import random_codes

if TYPE_CHECKING:
    from tests.unit.core.cli.conftest import Verdicts

Make = Callable[[str], Path]


@pytest.fixture
def model(tmp_path: Path) -> Callable[..., str]:
    """Writes a tiny model with the given changes of its configuration."""

    def write(prompts: tuple[str, ...] = ("rain", "haze"), **changes: object) -> str:
        config = {
            "dim": 4, "blocks": (0, 0, 0, 1), "refinement_blocks": 0, "heads": (1, 1, 1, 2), "expansion": 1.0,
            "prompt_dim": 8, "stem": 2,
        }  # fmt: skip
        network = DFPIR(DFPIRConfig(**{**config, **changes}))
        return str(
            save_checkpoint(tmp_path / "tiny.safetensors", Checkpoint.from_model(network, random_codes(prompts, 1, 8)))
        )

    return write


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Names of the charts that are drawn, at first none, since drawing is slow; of the others the data is written."""
    from core.inspection.charts import Chart

    render, names = Chart.render, set()

    def data_only(chart: Chart, *suffixes: str, **size: object) -> dict[str, bytes]:
        if chart.name in names:
            return render(chart, *suffixes, **size)
        return dict.fromkeys((".png", ".svg"), b"drawn") | render(chart, ".csv", ".npz", **size)

    monkeypatch.setattr(Chart, "render", data_only)
    return names


@pytest.fixture
def undrawn(drawn: set[str]) -> None:
    """No chart is drawn."""


@pytest.mark.usefixtures("undrawn")
def test_folder_of_charts_with_a_page(
    model: Callable, verdicts: "Verdicts", picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found = {"one.png": ("haze",)}
    out = tmp_path / "out"
    assert main(["inspect", str(picture("one.png")), "--model", model(), "-o", str(out)]) == 0
    printed = capsys.readouterr().out
    assert "Prompt: haze, compared with rain." in printed and "whole photo 30×20, at full size" in printed
    assert "not learned" in printed
    page = (out / "index.html").read_text()
    charts = sorted(file.relative_to(out).as_posix() for file in out.rglob("*.png"))
    assert len(charts) == 4 * 4 + 4 * 4 + 2
    assert page.count("<figure>") == len(charts)
    for name in ("orders/latent-slopes", "one/level1-attention", "one/latent-features", "one/ablations"):
        for suffix in (".png", ".svg", ".csv", ".npz"):
            assert (out / f"{name}{suffix}").stat().st_size > 0
        assert name in page


@pytest.mark.usefixtures("undrawn")
def test_reference_crop_and_pair(
    model: Callable, picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, clean = picture("photo.png"), picture("the clean one.png")
    out, pair = tmp_path / "out", ["--prompt-pair", "rain", "haze"]
    more = ["--reference", str(clean), "--crop", "4,2,20,16", "--model", model(), "-o", str(out)]
    assert main(["inspect", str(photo), *pair, *more]) == 0
    assert "crop 20×16 at (4, 2)" in capsys.readouterr().out
    with (out / "photo" / "ablations.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert rows[1]["switch"] == "order of haze"
    with np.load(out / "photo" / "ablation-pictures.npz") as data:
        result = data["results"][0]
    reference = Photo.open(clean).pixels[2:18, 4:24]
    expected = -10 * np.log10(np.mean((result.astype(float) - reference) ** 2))
    assert float(rows[0]["PSNR (dB)"]) == pytest.approx(expected)


@pytest.mark.usefixtures("undrawn")
def test_two_photos_are_compared_despite_a_damaged_one(
    model: Callable, verdicts: "Verdicts", picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n")
    (tmp_path / "sub").mkdir()
    second = picture("longer.png").rename(tmp_path / "sub" / "one.png")  # of the same name as the first
    out = tmp_path / "out"
    files = [str(picture("one.png")), str(broken), str(second)]
    assert main(["inspect", *files, "--model", model(), "-o", str(out)]) == 1
    assert "broken.png" in capsys.readouterr().err
    with np.load(out / "one-and-one-2" / "latent-attention-difference.npz") as between:
        assert np.abs(between["logits"]).max() > 0
    assert (out / "one-2" / "ablations.csv").exists()


@pytest.mark.usefixtures("undrawn")
def test_clusters_and_drop_rates_of_a_folder(
    model: Callable, verdicts: "Verdicts", picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tmp_path / "many"
    for number in range(6):
        kind = ("rain", "haze")[number % 2]
        (folder / kind).mkdir(parents=True, exist_ok=True)
        picture(f"{'x' * (number + 1)}.png").rename(folder / kind / f"{number}.png")
    picture("clean.png").rename(folder / "clean.png")
    out = tmp_path / "out"
    command = ["inspect", str(picture("one.png")), "--folder", str(folder), "--model", model(), "-o", str(out)]
    assert main(command) == 0
    assert capsys.readouterr().err.count("clean.png was left out") == 1
    with (out / "folder" / "clusters.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["haze"] * 3 + ["rain"] * 3
    with np.load(out / "folder" / "latent-drops.npz") as drops:
        assert set(np.round(drops["rates"] * 6, 3).ravel() % 1) == {0}


@pytest.mark.usefixtures("undrawn")
def test_model_with_one_prompt_has_no_comparisons(
    model: Callable, verdicts: "Verdicts", picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    assert main(["inspect", str(picture("one.png")), "--model", model(("rain",)), "-o", str(out)]) == 0
    assert "it is the only one of this model" in capsys.readouterr().out
    assert not list(out.rglob("*slopes*")) and not list(out.rglob("*difference*"))
    assert (out / "orders" / "latent-order.png").exists()


def test_page_of_a_model_without_dgpb(model: Callable, verdicts: "Verdicts", picture: Make, tmp_path: Path) -> None:
    out = tmp_path / "out"
    command = ["inspect", str(picture("one.png")), "--model", model(perturbation="none"), "-o", str(out)]
    assert main([*command, "--folder", str(tmp_path)]) == 0
    assert "built without DGPBs" in (out / "index.html").read_text()
    assert not list(out.rglob("*.png"))


def test_only_some_blocks(
    model: Callable, verdicts: "Verdicts", picture: Make, tmp_path: Path, drawn: set[str]
) -> None:
    drawn.add("latent-features")
    out = tmp_path / "out"
    command = ["inspect", str(picture("one.png")), "--blocks", "latent", "--model", model(), "-o", str(out)]
    assert main(command) == 0
    assert {file.name.split("-")[0] for file in out.rglob("*.png")} == {"latent", "ablations.png", "ablation"}
    assert (out / "one" / "latent-features.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.usefixtures("undrawn")
def test_invalid_options_are_reported_first(
    model: Callable, verdicts: "Verdicts", picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo, out = str(picture("one.png")), str(tmp_path / "out")
    base = ["--model", model(), "-o", out]
    assert main(["inspect", photo, photo, "--reference", photo, *base]) == 2
    assert main(["inspect", photo, "--prompt-pair", "rain", "rain", *base]) == 2
    assert main(["inspect", photo, "--reference", str(picture("small.png")), "--crop", "90,90,5,5", *base]) == 1
    assert main(["inspect", photo, *base]) == 2
    errors = capsys.readouterr().err.splitlines()
    for part, line in zip(
        ("one by one", "two different", "is outside the photo", "already exists"), errors, strict=True
    ):
        assert part in line
    for crop in ("1,2,3", "a,b,c,d"):
        with pytest.raises(SystemExit):
            main(["inspect", photo, "--crop", crop, *base])


@pytest.mark.usefixtures("undrawn")
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere names are text")
def test_file_names_that_are_not_valid_text(
    model: Callable, verdicts: "Verdicts", picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    photo = picture("one.png").rename(tmp_path / os.fsdecode(b"bad\xff\x1b[1m.png"))
    out = tmp_path / "out"
    options = ["--model", model(), "-o", str(out), "--prompt-pair", "haze", "rain", "--blocks", "latent"]
    assert main(["inspect", str(photo), *options]) == 0
    assert "bad\ufffd\\x1b[1m" in (out / "index.html").read_text("utf-8")
    assert capsys.readouterr().out.replace("\n", "").isprintable()
