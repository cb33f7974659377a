"""Ablations of the perturbation block at a small scale.

``python benchmarks/ablations.py --data DATA/train`` trains one small network per variant and seed with the trainer of
this repository: the same steps and samples, one change at a time. It prints a Markdown table of the PSNR on held-out
crops, and writes it to a document with ``--document docs/ablations.md``. Finished runs are saved in ``--rows``; the
same command resumes after the last one.
"""

import argparse
import json
import math
import statistics
import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import torch

from core.evaluation.metrics import psnr
from core.io.atomic import publish
from core.models import DFPIR, DFPIRConfig
from training.engine.config import Optimiser, Stage
from training.engine.loop import Trainer
from training.engine.toml import config_file
from training.restoration.config import TrainingConfig, load_config
from training.restoration.objective import VALIDATION_PATCH, RestorationObjective

NETWORK = DFPIRConfig(dim=16, blocks=(1, 1, 1, 1), refinement_blocks=1, expansion=2.0, stem=2, dgpb_residual=True)
PATCH, BATCH = 64, 8
HELD_OUT = 3
"""Held-out pictures of each folder."""
REFERENCE = "full"
BEGIN, END = "<!-- table: begin -->", "<!-- table: end -->"

VARIANTS: Mapping[str, tuple[str, dict[str, Any]]] = {
    REFERENCE: ("**full**: DGCPM and CAAPM, γ 0.9, order by the prompt", {}),
    "none": ("no DGPB", {"perturbation": "none"}),
    "dgcpm": ("DGCPM only", {"perturbation": "dgcpm"}),
    "caapm": ("CAAPM only", {"perturbation": "caapm"}),
    "keep-0.5": ("γ 0.5", {"keep": 0.5}),
    "keep-0.7": ("γ 0.7", {"keep": 0.7}),
    "keep-1.0": ("γ 1.0: nothing masked", {"keep": 1.0}),
    "random": ("order random, the same for all prompts", {"order": "random"}),
    "identity": ("order identity", {"order": "identity"}),
    "learned": ("order learned", {"order": "learned"}),
    "published": ("published form: no residual around the DGPB", {"dgpb_residual": False}),
}
"""Key -> label in the table, and changed fields of the network."""


def training_config(base: TrainingConfig, changes: Mapping[str, Any], steps: int, seed: int) -> TrainingConfig:
    """One run: a small network on the mixture of ``base``.

    Blur is omitted, as it is not learned in this time, as are clean pictures, which have no prompt of their own, and
    pairs with real noise, which would be averaged with σ 15.
    """
    tasks = tuple(
        task
        for task in base.tasks
        if task.kind not in ("blur", "clean") and not (task.kind == "pairs" and task.degradation.startswith("noise"))
    )
    return TrainingConfig(
        name="ablation",
        model=replace(NETWORK, **changes),
        tasks=tasks,
        stages=(Stage(steps, PATCH, BATCH),),
        optimiser=Optimiser(lr=1e-3, muon_lr=0.02, warmup=max(steps // 10, 1), ema=0.98),
        seed=seed,
        prompt_seed=base.prompt_seed,
        holdout=HELD_OUT,
        validate_every=steps + 1,
        save_every=steps + 1,
        loss="psnr",
    )


def score_of_the_input(judge: RestorationObjective) -> dict[str, float]:
    """Mean PSNR in dB per degradation of the degraded crops themselves."""
    scores: dict[str, list[float]] = {}
    for name, batch in judge.data.validation(VALIDATION_PATCH):
        scores.setdefault(name, []).extend(map(psnr, batch.degraded, batch.clean))
    return {name: statistics.mean(values) for name, values in scores.items()}


def train(objective: RestorationObjective, judge: RestorationObjective) -> dict[str, Any]:
    """Train one network and return its row; ``judge`` has the common validation crops."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(objective, Path(folder))
        before = orders(trainer.model, objective)
        if trainer.run() is not None:
            raise SystemExit("Interrupted. Finished runs are saved; the same command resumes.")
    with torch.inference_mode():
        scores = judge.validate(trainer.ema)
    return {
        "parameters": sum(parameter.numel() for parameter in trainer.model.parameters()),
        "scores": scores,
        "moved": statistics.fmean((orders(trainer.model, objective) != before).tolist() or [0]),
        "seconds": time.monotonic() - started,
    }


@torch.no_grad()
def orders(model: DFPIR, objective: RestorationObjective) -> torch.Tensor:
    """The channel orders of all blocks and prompts in one row, (n,) int64; empty without a DGCPM."""
    prompts = torch.stack([torch.tensor(objective.bank.embedding(key)) for key in objective.bank.names])
    found = [block.dgcpm.dgm(prompts).flatten() for block in model.dgpb if block.dgcpm is not None]
    return torch.cat(found) if found else torch.zeros(0, dtype=torch.int64)


def measure(config: str, data: Path, runs: list[tuple[str, int]], steps: int, file: Path) -> str:
    """Train the ``runs`` (variant and seed) that are not in ``file`` yet, and return the table of all."""
    base = load_config(config_file(config))
    kept: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)  # decoded once for all runs
        judge = RestorationObjective(training_config(base, {}, 1, seed=0), data, cache=cache)
        for key, seed in runs:
            settings = training_config(base, VARIANTS[key][1], steps, seed)
            name, made_by = f"{key}, seed {seed}", json.dumps(asdict(settings), sort_keys=True, default=str)
            if kept.get(name, {}).get("made_by") != made_by:
                row = train(RestorationObjective(settings, data, cache=cache), judge)
                kept[name] = {"variant": key, "seed": seed, **row, "made_by": made_by}
                publish(json.dumps(kept, indent=1).encode(), file, overwrite=True)
            rows.append(kept[name])
            print(f"{name}: {statistics.mean(rows[-1]['scores'].values()):.2f} dB", flush=True)
        return table(rows, score_of_the_input(judge))


def table(rows: list[dict[str, Any]], before: Mapping[str, float]) -> str:
    """Markdown of all rows: means over the seeds, and differences from the reference for each seed."""
    runs = {key: [row for row in rows if row["variant"] == key] for key in VARIANTS}
    differences = {key: _differences(found, runs[REFERENCE]) for key, found in runs.items() if key != REFERENCE}
    error = _standard_error(differences.values())
    titles = ["variant", "M", *before, "mean", "mean against full", "seed by seed"]
    lines = ["| " + " | ".join(titles) + " |", "|---" + "|---:" * (len(titles) - 1) + "|"]
    lines.append(_line("the degraded crops", "", before, []))
    for key, found in runs.items():
        if found:
            scores = {name: statistics.mean(row["scores"][name] for row in found) for name in before}
            size = f"{found[0]['parameters'] / 1e6:.2f}"
            lines.append(_line(VARIANTS[key][0], size, scores, differences.get(key, []), 2 * error))
    if not math.isnan(error):
        lines += ["", f"\\*: more than twice the standard error of these means, which is {error:.3f} dB by the spread"]
        lines[-1] += " between the seeds, pooled over the variants."
    if found := [row["moved"] for row in runs["learned"] if "moved" in row]:
        moved = statistics.mean(found)
        lines += ["", f"Training changed the channel at {moved:.0%} of the positions of the learned orders."]
    return "\n".join(lines)


def _line(label: str, size: str, scores: Mapping[str, float], against: list[float], beyond: float = math.nan) -> str:
    difference = f"{statistics.mean(against):+.2f}" if against else ""
    mark = " \\*" if against and abs(statistics.mean(against)) > beyond else ""
    numbers = [f"{value:.2f}" for value in [*scores.values(), statistics.mean(scores.values())]]
    return "| " + " | ".join([label, size, *numbers, difference + mark, ", ".join(f"{d:+.2f}" for d in against)]) + " |"


def _differences(runs: list[dict[str, Any]], reference: list[dict[str, Any]]) -> list[float]:
    # Samples and initial weights depend on the seed; differences within a seed exclude this common variation.
    means = {row["seed"]: statistics.mean(row["scores"].values()) for row in reference}
    return [statistics.mean(row["scores"].values()) - means[row["seed"]] for row in runs if row["seed"] in means]


def _standard_error(differences: Iterable[list[float]]) -> float:
    # Pooled over the variants, since two or three seeds of a single one are too few.
    spread = [statistics.variance(values) / len(values) for values in differences if len(values) > 1]
    return math.sqrt(statistics.mean(spread)) if spread else math.nan


def put_into(document: Path, text: str) -> None:
    """Replace the text between the two marks of a Markdown file."""
    before, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if not end:
        raise SystemExit(f"{document}: the marks of the table are missing. Add the lines {BEGIN} and {END}.")
    publish(f"{before}{BEGIN}\n{text}\n{END}{after}".encode(), document, overwrite=True)


def main() -> None:
    """Train missing runs, then print the table."""
    parser = argparse.ArgumentParser(description="Ablations of the perturbation block at a small scale.")
    parser.add_argument("--data", type=Path, required=True, help="the training data, as for dfpir-train")
    parser.add_argument("--config", default="ablations", help="configuration with the mixture (default: %(default)s)")
    parser.add_argument("--steps", type=int, default=200, help="steps of each run (default: %(default)s)")
    parser.add_argument("--seeds", type=int, nargs="+", default=[1, 2], help="one run of each variant (default: 1 2)")
    parser.add_argument(
        "--only", nargs="+", choices=VARIANTS, default=VARIANTS, metavar="VARIANT", help="of " + ", ".join(VARIANTS)
    )
    parser.add_argument("--rows", type=Path, default=Path("runs/ablations.json"), help="file of finished runs")
    parser.add_argument("--document", type=Path, help="Markdown file for the table")
    options = parser.parse_args()

    runs = [(key, seed) for seed in options.seeds for key in VARIANTS if key in options.only]
    text = measure(options.config, options.data, runs, options.steps, options.rows)
    print(text)
    if options.document:
        put_into(options.document, text)


if __name__ == "__main__":
    main()
