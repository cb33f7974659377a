"""Turn a finished run into a model that ships: ``python -m training.publish CONFIG --checkpoint F --scores F --out D``.

Writes ``NAME.safetensors``, float16, with the model card in its header, and the same card as ``NAME.md``.
"""

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core import atomic
from core.checkpoints import load_checkpoint, save_checkpoint
from core.errors import DFPIRError
from training.cli import config_file
from training.config import TrainingConfig, load_config
from training.history import earlier_parts, sentence


class PublishError(DFPIRError):
    """The model cannot be published; the message names the file."""


def make_card(config: TrainingConfig, trained: Mapping[str, Any], scores: Mapping[str, Any]) -> dict[str, Any]:
    """The model card: what the configuration says of itself, how it was trained, and what was measured.

    Args:
        config: of the last run.
        trained: the card of the run's checkpoint: steps of all parts together, and what is known of each.
        scores: content of the JSON file that ``dfpir-evaluate`` wrote.
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


def render(card: Mapping[str, Any]) -> str:
    """The card as Markdown."""
    lines = [f"# {card['name']}", ""]
    for key, value in card.items():
        if key in ("name", "figures"):
            continue
        title = key.capitalize()
        if key == "history":
            value = [sentence(part) for part in value]
        lines += (
            [f"**{title}**", "", *(f"- {item}" for item in value)]
            if isinstance(value, list)
            else [f"**{title}:** {value}"]
        )
        lines.append("")
    lines += ["| set | pictures | input PSNR | PSNR | gain | input SSIM | SSIM |", "|---|---|---|---|---|---|---|"]
    for name, row in card["figures"].items():
        gain = row["psnr"] - row["input_psnr"]
        lines.append(
            f"| {name} | {row['pictures']} | {row['input_psnr']:.2f} | {row['psnr']:.2f} | {gain:+.2f} "
            f"| {row['input_ssim']:.3f} | {row['ssim']:.3f} |"
        )
    return "\n".join(lines) + "\n"


def publish(config: TrainingConfig, checkpoint_file: Path, scores_file: Path, out: Path) -> Path:
    """Write the model and its card into ``out`` and return the model's file.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the model not be written.
        PublishError: the scores cannot be read, or the card not be written.
    """
    checkpoint = load_checkpoint(checkpoint_file)
    try:
        card = make_card(config, checkpoint.card, json.loads(scores_file.read_text(encoding="utf-8")))
    except (OSError, ValueError, LookupError, TypeError) as error:
        raise PublishError(f"{scores_file}: are no scores that dfpir-evaluate wrote with --json ({error}).") from error
    try:
        out.mkdir(parents=True, exist_ok=True)
        file = save_checkpoint(out / f"{config.name}.safetensors", replace(checkpoint, card=card))
        atomic.publish(render(card).encode(), out / f"{config.name}.md", overwrite=True)
    except OSError as error:
        raise PublishError(f"{out}: the card cannot be written: {error.strerror}. Choose another folder.") from error
    return file


def main(arguments: list[str] | None = None) -> int:
    """Publish a run from the command line; returns the exit code."""
    parser = argparse.ArgumentParser(description="Turn a finished run into a model that ships.")
    parser.add_argument("config", help="the configuration that the run was made with")
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help="last.safetensors or best.safetensors of the run"
    )
    parser.add_argument("--scores", type=Path, required=True, help="JSON file that dfpir-evaluate wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model, e.g. resources/models")
    options = parser.parse_args(arguments)
    try:
        file = publish(load_config(config_file(options.config)), options.checkpoint, options.scores, options.out)
    except DFPIRError as error:
        print(f"publish: {error}", file=sys.stderr)
        return 1
    print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
