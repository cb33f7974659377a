"""Publish the detector of a finished run: ``python -m training.publishing.detector FILE --scores F --out D``.

Writes the detector, with its card in the header, and the card as a Markdown file.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from core.detection.files import load_detector, save_detector
from training.detection.measure import markdown
from training.publishing import cards


def publish(detector_file: Path, scores_file: Path, out: Path) -> Path:
    """Write detector and card to ``out``; returns the detector's file.

    Args:
        detector_file: ``last.safetensors`` or ``best.safetensors`` of a run.
        scores_file: JSON file of :mod:`training.detection.measure`.
        out: folder, created if needed.

    Raises:
        CheckpointError: the detector cannot be read or written.
        PublishError: the scores cannot be read, the card cannot be written, or the name is not a valid file name.
    """
    detector = load_detector(detector_file)
    name = cards.file_name(detector.card.get("name", detector_file.stem))
    parameters = sum(tensor.numel() for tensor in detector.state.values())
    with cards.scores(scores_file, "training.detection.measure") as figures:
        card = {**detector.card, "name": name, "parameters": parameters, "figures": figures}
        text = cards.render(card, markdown(figures))
    published = replace(detector, card=card)
    return cards.write(out, name, lambda file: save_detector(file, published), text)


def main(arguments: list[str] | None = None) -> int:
    """Publish a run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Publish the detector of a finished run.")
    parser.add_argument("detector", type=Path, help="last.safetensors or best.safetensors of the run")
    return cards.command(parser, lambda options: publish(options.detector, options.scores, options.out), arguments)


if __name__ == "__main__":
    sys.exit(main())
