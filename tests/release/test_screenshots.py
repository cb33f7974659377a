"""The script that saves screenshots, in its own process since it changes settings and language."""

import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SCRIPT = Path(__file__).parents[2] / "packaging" / "screenshots.py"


def test_screenshots_differ_by_theme(tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    options = ["--states", "empty", "--themes", "light", "dark", "--languages", "zh_CN"]
    done = subprocess.run(
        [sys.executable, str(SCRIPT), str(folder), *options],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
        check=True,
    )
    names = {f"empty-{theme}-zh_CN.png" for theme in ("light", "dark")}
    assert {path.name for path in folder.iterdir()} == names
    assert len(done.stdout.split()) == 2
    lightness = {}
    for name in names:
        with Image.open(folder / name) as picture:
            assert picture.size == (1280, 800)
            lightness[name] = float(np.asarray(picture.convert("L")).mean())
    assert lightness["empty-light-zh_CN.png"] > 150 > 90 > lightness["empty-dark-zh_CN.png"]


def test_the_help_lists_the_choices(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(SCRIPT))["main"](["--help"])
    assert ended.value.code == 0
    assert "zh_CN" in capsys.readouterr().out
    assert {"empty", "split", "difference", "models", "batch"} <= set(runpy.run_path(str(SCRIPT))["STATES"])
