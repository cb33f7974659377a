import json
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.evaluation import PAPER, PROTOCOLS, Score
from training.data.data_errors import DataError
from training.evaluation.report import Report, clean_summary, markdown, write_json
from training.evaluation.run import Request, run
from training.evaluation.scoring import Method, Outcome, SetResult, measure
from training.publishing.restorer import make_card
from training.restoration.config import TrainingConfig


def _result(method: str, psnr: list[float], degradation: str = "rain", name: str = "wet") -> SetResult:
    count = len(psnr)
    return SetResult(
        name,
        degradation,
        method,
        tuple(f"{i}.png" for i in range(count)),
        tuple(Score(20.0, 0.5) for _ in psnr),
        tuple(Score(value, 0.75) for value in psnr),
        ((),) * count,
        1.25,
    )


def _report(**parts: list[SetResult]) -> Report:
    return Report(PROTOCOLS[PAPER], "model", "cpu, float32", **parts)


def test_the_main_table_and_the_worst_pictures() -> None:
    text = markdown(_report(sets=[_result("true prompt", [25.0, 21.0, 26.0])]))
    assert "Protocol rgb-crop16" in text and "model, cpu, float32" in text
    assert "| wet | 3 | 20.00 | 24.00 | +4.00 | 25.00 | 0.500 | 0.750 |" in text
    assert "| wet | 1.png (+1.00), 0.png (+5.00), 2.png (+6.00) |" in text
    assert "LPIPS" not in text and "wrong" not in text


def test_lpips_has_separate_columns() -> None:
    result = SetResult("wet", "rain", "m", ("a",), (Score(20, 0.5, 0.4),), (Score(22, 0.6, 0.3),), ((),), 1.0)
    text = markdown(_report(sets=[result]))
    assert "| input LPIPS | LPIPS |" in text and "| 0.400 | 0.300 |" in text


def test_the_matrix_of_prompts_shows_differences() -> None:
    text = markdown(_report(prompts=[_result("noise25", [19.0]), _result("rain", [25.0]), _result("haze", [15.5])]))
    assert "| set | pictures | input | noise25 | rain | haze |" in text
    assert "| wet | 1 | 20.00 | 19.00 (-6.00) | **25.00** | 15.50 (-9.50) |" in text


def test_the_table_of_detected_prompts() -> None:
    true, found = _result("true prompt", [25.0, 27.0]), _result("detected prompt", [25.0, 20.0])
    object.__setattr__(found, "steps", (("rain",), ()))
    text = markdown(_report(sets=[true], detected=[found]))
    assert "| wet | 2 | 26.00 | 22.50 | -3.50 | 50% |" in text


def test_the_table_of_baselines() -> None:
    text = markdown(_report(baselines=[_result("model", [25.0]), _result("median 3x3", [19.0])]))
    assert "| wet | 1 | median 3x3 | 19.00 | -1.00 | 19.00 | 0.750 | 1.25 |" in text


def test_unchanged_clean_pictures_do_not_hide_changed_ones() -> None:
    result = _result("haze", [math.inf, 30.0, 20.0, 31.0, 32.0, 33.0], degradation="", name="clean")
    summary = clean_summary(result)
    assert summary["unchanged"] == 1 and summary["psnr"] == pytest.approx(29.2) and summary["median_psnr"] == 31.0
    assert "| clean | haze | 6 | 1 | 29.20 | 31.00 | 20.00, 30.00, 31.00, 32.00, 33.00 |" in markdown(
        _report(clean=[result])
    )
    alone = _result("detected prompt", [math.inf], degradation="", name="clean")
    assert "| clean | detected prompt | 1 | 1 | ∞ | ∞ | ∞ |" in markdown(_report(clean=[alone]))


def test_the_file_contains_all_scores_and_suits_the_model_card(
    sets: Path, fake_restorer: Any, config: TrainingConfig, tmp_path: Path
) -> None:
    request = Request(sets, every=True, clean=True, detect=lambda photo: ("rain",), baselines=True, only=["rain*"])
    report = run(request, fake_restorer({"rain": 0.05}), "fake", "cpu, float32")
    write_json(tmp_path / "scores.json", report)
    text = (tmp_path / "scores.json").read_text()
    content = json.loads(text)
    assert content["protocol"] == "rgb-crop16" and content["model"] == "fake"
    (entry,) = content["sets"]
    assert (entry["set"], entry["degradation"], entry["pictures"]) == ("rain100l", "rain", 2)
    assert entry["psnr"] == pytest.approx(np.mean([score["output"]["psnr"] for score in entry["scores"]]))
    assert [score["picture"] for score in entry["scores"]] == ["0.png", "1.png"]
    assert [row["method"] for row in content["baselines"]] == ["fake", "median 3x3"]
    assert content["detected"][0]["found_right"] == 1.0 and len(content["prompts"]) == 7
    assert content["detected"][0]["scores"][0]["steps"] == ["rain"]
    # Six prompts leave the clean pictures as they are: infinite PSNR, which JSON has no number for.
    assert "Infinity" not in text
    assert [row["psnr"] for row in content["clean"]].count(None) == 6
    figures = make_card(config, {"steps": 1}, content)["figures"]
    assert figures["rain100l"]["psnr"] == round(entry["psnr"], 3)


def test_only_the_true_prompt_gives_no_empty_sections(grey_set: Callable[..., Any], tmp_path: Path) -> None:
    results = measure(grey_set([0.1]), [Method("true prompt", lambda s: Outcome(s.degraded))], PROTOCOLS[PAPER])
    write_json(tmp_path / "scores.json", _report(sets=results))
    assert list(json.loads((tmp_path / "scores.json").read_text())) == ["protocol", "model", "where", "sets"]


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"scores\.json"):
        write_json(tmp_path / "nowhere" / "scores.json", _report())
