"""``dfpir detect``."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.cli import main
from core.detection import CLASSES
from core.detection.detection import ProposedStrength

if TYPE_CHECKING:
    from tests.unit.core.cli.conftest import Verdicts

Make = Callable[[str], Path]


def test_every_photo_gets_a_line_with_its_degradations(
    verdicts: "Verdicts", picture: Make, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found = {"night.png": ("noise", "low-light")}
    assert main(["detect", str(picture("night.png")), str(picture("day.png"))]) == 0
    night, day = capsys.readouterr().out.splitlines()
    assert "night.png: noise (σ 24) and low light  (noise 90%, low light 90%)" in night
    assert "day.png: clean  (clean 90%)" in day


def test_json_is_complete_and_a_broken_photo_does_not_stop_the_rest(
    verdicts: "Verdicts", picture: Make, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    verdicts.found = {"hazy.png": ("haze",)}
    broken = tmp_path / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff\xe0 not much of a photo")
    assert main(["detect", "--json", str(broken), str(picture("hazy.png"))]) == 1
    captured = capsys.readouterr()
    bad, good = (json.loads(line) for line in captured.out.splitlines())
    assert bad["detection"] is None and "broken.jpg" in bad["error"] and "broken.jpg" in captured.err
    assert good["error"] is None and set(good["detection"].pop("probabilities")) == set(CLASSES)
    assert good["detection"] == {"label": "haze", "found": ["haze"], "sigma": None, "unsure": False, "steps": ["haze"]}


def test_a_smaller_strength_for_haze_is_told_with_its_reason(
    verdicts: "Verdicts", picture: Make, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    verdicts.found = {"hazy.png": ("haze",)}
    needed = {"haze": ProposedStrength(0.6, "bright_halos")}
    monkeypatch.setattr("core.quality.propose_strengths", lambda found, *_: replace(found, strengths=needed))
    photo = str(picture("hazy.png"))
    assert main(["detect", photo]) == 0
    assert "Haze: 60 % is proposed, since more may do harm (Bright halos along edges)." in capsys.readouterr().out
    assert main(["detect", "--json", photo]) == 0
    values = json.loads(capsys.readouterr().out)["detection"]
    assert values["strengths"] == {"haze": {"strength": 0.6, "problem": "bright_halos"}}


def test_detector_and_device_can_be_chosen(verdicts: "Verdicts", picture: Make) -> None:
    assert main(["detect", str(picture("a.png")), "--detector", "mine.safetensors", "--device", "cuda:1"]) == 0
    assert verdicts.asked == [(Path("mine.safetensors"), "cuda:1")]


def test_an_unusable_detector_stops_the_command(picture: Make, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["detect", str(picture("a.png")), "--detector", "nowhere.safetensors"]) == 2
    assert "nowhere.safetensors" in capsys.readouterr().err
