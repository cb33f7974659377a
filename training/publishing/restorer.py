"""Publish the restorer of a finished run.

``python -m training.publishing.restorer CONFIG --checkpoint F --scores F --out D``

Writes ``NAME.safetensors``, float16, with the model card in its header, and the same card as ``NAME.md``.
"""

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.checkpoints import load_checkpoint, save_checkpoint
from training.engine.history import earlier_parts
from training.engine.toml import config_file
from training.publishing import cards
from training.restoration.config import TrainingConfig, load_config


def make_card(config: TrainingConfig, trained: Mapping[str, Any], scores: Mapping[str, Any]) -> dict[str, Any]:
    """The model card: entries of the configuration, training history, and scores.

    Args:
        config: of the last run.
        trained: card of the run's checkpoint, with the history of all parts.
        scores: content of a JSON file of ``dfpir-evaluate``.
    """
    parts = earlier_parts(trained)
    return {
        "name": config.name,
        **config.card,
        **{key: trained[key] for key in ("device", "precision") if key in trained and key not in config.card},
        "steps": sum(part["steps"] for part in parts),
        **({"samples": trained["samples"]} if trained.get("samples") else {}),
        "history": parts,
        "protocol": scores["protocol"],
        "figures": {
            entry["set"]: {"pictures": entry["pictures"]}
            | {key: round(entry[key], 3) for key in ("input_psnr", "psnr", "input_ssim", "ssim")}
            for entry in scores["sets"]
        },
    }


def table(figures: Mapping[str, Mapping[str, float]]) -> str:
    """The scores of the card as a Markdown table."""
    lines = ["| set | pictures | input PSNR | PSNR | gain | input SSIM | SSIM |", "|---|---|---|---|---|---|---|"]
    for name, row in figures.items():
        gain = row["psnr"] - row["input_psnr"]
        lines.append(
            f"| {name} | {row['pictures']} | {row['input_psnr']:.2f} | {row['psnr']:.2f} | {gain:+.2f} "
            f"| {row['input_ssim']:.3f} | {row['ssim']:.3f} |"
        )
    return "\n".join(lines) + "\n"


def publish(config: TrainingConfig, checkpoint_file: Path, scores_file: Path, out: Path) -> Path:
    """Write the model and its card to ``out``; returns the model's file.

    Raises:
        CheckpointError: the checkpoint cannot be read or the model cannot be written.
        PublishError: the scores cannot be read, the card cannot be written, or the name is not a valid file name.
    """
    name = cards.file_name(config.name)
    checkpoint = load_checkpoint(checkpoint_file)
    with cards.scores(scores_file, "dfpir-evaluate") as scores:
        card = make_card(config, checkpoint.card, scores)
        text = cards.render(card, table(card["figures"]))
    published = replace(checkpoint, card=card)
    return cards.write(out, name, lambda file: save_checkpoint(file, published), text)


def main(arguments: list[str] | None = None) -> int:
    """Publish a run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Publish the restorer of a finished run.")
    parser.add_argument("config", help="configuration of the run")
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help="last.safetensors or best.safetensors of the run"
    )

    def work(options: argparse.Namespace) -> Path:
        config = load_config(config_file(options.config))
        return publish(config, options.checkpoint, options.scores, options.out)

    return cards.command(parser, work, arguments)


if __name__ == "__main__":
    sys.exit(main())
