"""Turn a finished run into a model that ships: ``python -m training.publish CONFIG --checkpoint F --scores F --out D``.

Writes ``NAME.safetensors``, float16, with the model card in its header, and the same card as ``NAME.md``.
"""

import argparse
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from core.checkpoints import load_checkpoint, save_checkpoint
from training.cli import config_file
from training.config import TrainingConfig, load_config


def make_card(config: TrainingConfig, steps: int, scores: Mapping[str, Any]) -> dict[str, Any]:
    """The model card: what the configuration says of itself, how long it was trained, and what was measured.

    Args:
        config: of the run.
        steps: that were done.
        scores: content of the JSON file that ``dfpir-evaluate`` wrote.
    """
    return {
        "name": config.name,
        **config.card,
        "steps": steps,
        "batches": [f"{s.steps} steps of {s.batch} crops of {s.patch}x{s.patch}" for s in config.stages],
        "loss": config.loss.upper()
        + (f" + {config.frequency_loss:g} x L1 of spectra" if config.frequency_loss else ""),
        "protocol": scores["protocol"],
        "figures": {
            entry["set"]: {key: round(entry[key], 3) for key in ("input_psnr", "psnr", "input_ssim", "ssim")}
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
        lines += (
            [f"**{title}**", "", *(f"- {item}" for item in value)]
            if isinstance(value, list)
            else [f"**{title}:** {value}"]
        )
        lines.append("")
    lines += ["| set | input PSNR | PSNR | gain | input SSIM | SSIM |", "|---|---|---|---|---|---|"]
    for name, row in card["figures"].items():
        gain = row["psnr"] - row["input_psnr"]
        lines.append(
            f"| {name} | {row['input_psnr']:.2f} | {row['psnr']:.2f} | {gain:+.2f} | {row['input_ssim']:.3f} "
            f"| {row['ssim']:.3f} |"
        )
    return "\n".join(lines) + "\n"


def publish(config: TrainingConfig, checkpoint_file: Path, scores_file: Path, out: Path) -> Path:
    """Write the model and its card into ``out`` and return the model's file.

    Raises:
        CheckpointError: the checkpoint cannot be read, or the model not be written.
        OSError: the scores cannot be read, or the card not be written.
    """
    checkpoint = load_checkpoint(checkpoint_file)
    scores = json.loads(scores_file.read_text(encoding="utf-8"))
    card = make_card(config, int(checkpoint.card["steps"]), scores)
    out.mkdir(parents=True, exist_ok=True)
    file = save_checkpoint(out / f"{config.name}.safetensors", replace(checkpoint, card=card))
    (out / f"{config.name}.md").write_text(render(card), encoding="utf-8")
    return file


def main() -> None:
    """Publish a run from the command line."""
    parser = argparse.ArgumentParser(description="Turn a finished run into a model that ships.")
    parser.add_argument("config", help="the configuration that the run was made with")
    parser.add_argument(
        "--checkpoint", type=Path, required=True, help="last.safetensors or best.safetensors of the run"
    )
    parser.add_argument("--scores", type=Path, required=True, help="JSON file that dfpir-evaluate wrote")
    parser.add_argument("--out", type=Path, required=True, help="folder for the model, e.g. resources/models")
    options = parser.parse_args()
    file = publish(load_config(config_file(options.config)), options.checkpoint, options.scores, options.out)
    print(f"{file}  {file.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
