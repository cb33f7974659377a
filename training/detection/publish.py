"""Turn a finished run into the detector that ships: ``python -m training.detection.publish FILE --scores F --out D``.

Writes the detector with its card in the header, and the same card as Markdown beside it.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.atomic import publish as write
from core.detection.files import load_detector, save_detector
from training.detection.measure import markdown


def publish(detector_file: Path, scores_file: Path, out: Path) -> Path:
    """Write detector and card into ``out`` and return the detector's file.

    Args:
        detector_file: ``last.safetensors`` or ``best.safetensors`` of a run.
        scores_file: JSON file that :mod:`training.detection.measure` wrote.
        out: folder, made if need be.

    Raises:
        CheckpointError: the detector cannot be read or written.
        OSError: the scores cannot be read, or the card not be written.
    """
    detector = load_detector(detector_file)
    figures = json.loads(scores_file.read_text(encoding="utf-8"))
    parameters = sum(tensor.numel() for tensor in detector.state.values())
    card = {**detector.card, "parameters": parameters, "figures": figures}
    out.mkdir(parents=True, exist_ok=True)
    file = save_detector(out / f"{card.get('name', detector_file.stem)}.safetensors", replace(detector, card=card))
    write(render(card).encode(), file.with_suffix(".md"), overwrite=True)
    return file


def render(card: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    lines = [f"# {card['name']}", ""]
    for key, value in card.items():
        if key in ("name", "figures"):
            continue
        title = key.capitalize()
        if isinstance(value, list):
            lines += [f"**{title}**", "", *(f"- {_in_words(item)}" for item in value), ""]
        else:
            lines += [f"**{title}:** {value}", ""]
    return "\n".join(lines) + "\n" + markdown(card["figures"])


def _in_words(item: Any) -> str:
    return "; ".join(f"{key} {value}" for key, value in item.items()) if isinstance(item, dict) else str(item)


def main() -> None:
    """Publish a run from the command line."""
    parser = argparse.ArgumentParser(description="Turn a finished run into the detector that ships.")
    parser.add_argument("detector", type=Path, help="last.safetensors or best.safetensors of the run")
    parser.add_argument("--scores", type=Path, required=True, help="JSON file that training.detection.measure wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the detector, e.g. resources/detector")
    options = parser.parse_args()
    file = publish(options.detector, options.scores, options.out)
    print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
