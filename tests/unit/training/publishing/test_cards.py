from pathlib import Path
from typing import Any

import pytest

import resources
from core.checkpoints import load_checkpoint
from core.detection.files import DetectorFile, load_detector, save_detector
from core.detection.network import DetectorConfig, DetectorNetwork
from training.detection import measure
from training.publishing import cards, detector, restorer

SMALL = DetectorConfig(widths=(4, 4, 4), features=4, hidden=4, crop=16, view=16, native_crops=2, reduced_crops=2)
ROOT = Path(resources.__file__).parent


@pytest.mark.parametrize("name", ["dfpir-compact", "größer_2.1+x", "a" * 100])
def test_plain_names_become_file_names(name: str) -> None:
    assert cards.file_name(name) == name


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../up", "a/b", "a\\b", "/etc/x", ".hidden", "-o", "a:b", "a\0", "a\n", "a b", "a" * 101, 3, None],
)
def test_other_names_are_rejected(name: object) -> None:
    with pytest.raises(cards.PublishError, match="cannot be the name"):
        cards.file_name(name)


@pytest.mark.parametrize("name", ["../outside", "/tmp/outside", ["a"], "con\0"])
def test_a_detector_with_an_unsafe_name_is_not_written(
    tmp_path: Path, name: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    network = DetectorNetwork(SMALL)
    file = save_detector(tmp_path / "run.safetensors", DetectorFile(SMALL, network.state_dict(), card={"name": name}))
    (tmp_path / "scores.json").write_text("{}")
    before = sorted(tmp_path.rglob("*"))
    arguments = [str(file), "--scores", str(tmp_path / "scores.json"), "--out", str(tmp_path / "out")]
    assert detector.main(arguments) == 1
    assert "cannot be the name" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("content", [None, "no json", "[]", "{}", '{"synthetic": 3}', '{"sigma": null}'])
def test_invalid_score_files_are_named(tmp_path: Path, content: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    card = {"name": "tiny"}
    file = save_detector(
        tmp_path / "run.safetensors", DetectorFile(SMALL, DetectorNetwork(SMALL).state_dict(), card=card)
    )
    if content is not None:
        (tmp_path / "scores.json").write_text(content)
    arguments = [str(file), "--scores", str(tmp_path / "scores.json"), "--out", str(tmp_path / "out")]
    assert detector.main(arguments) == 1
    assert "scores.json: not a file of scores as training.detection.measure writes" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_bundled_cards_agree_with_their_models() -> None:
    """The Markdown card has the content of the header, whose entries may have another order."""

    def words(text: str) -> list[list[str]]:
        return sorted(sorted(line.replace(",", " ").replace(".", " ").split()) for line in text.splitlines())

    card = load_checkpoint(ROOT / "models" / "dfpir-compact.safetensors").card
    text = cards.render(card, restorer.table(card["figures"]))
    assert words((ROOT / "models" / "dfpir-compact.md").read_text(encoding="utf-8")) == words(text)
    card = load_detector(ROOT / "detector" / "dfpir-detector.safetensors").card
    text = cards.render(card, measure.markdown(card["figures"]))
    assert words((ROOT / "detector" / "dfpir-detector.md").read_text(encoding="utf-8")) == words(text)
