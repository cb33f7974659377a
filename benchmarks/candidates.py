"""Comparison of compact networks in a given training time: ``python benchmarks/candidates.py --data DATA/train``.

Each candidate is trained from scratch with the trainer of this repository on the mixture of ``ablations.toml`` for as
many steps as fit into ``--seconds``, with the whole schedule down to zero. All times are processor seconds of one
thread, so that other programs hardly matter. Prints a Markdown table: size, GFLOP and seconds per
megapixel, steps, and the mean PSNR of held-out crops per task.
"""

import argparse
import json
import statistics
import tempfile
import time
from dataclasses import replace
from pathlib import Path

import torch
from torch.utils.flop_counter import FlopCounterMode
from tqdm import tqdm

from core.models import DFPIR, DFPIRConfig
from training.engine.config import Stage
from training.engine.loop import Trainer
from training.engine.throughput import seconds_per_step
from training.engine.toml import config_file
from training.restoration.config import TrainingConfig, load_config
from training.restoration.objective import RestorationObjective

PACE_STEPS = 6
"""Number of steps for the median time of a step."""


def candidates(base: TrainingConfig) -> dict[str, TrainingConfig]:
    """Name -> configuration: the base and its one-change variants."""

    def network(**changes: object) -> TrainingConfig:
        return replace(base, model=replace(base.model, **changes))

    return {
        "A: stem 2, dim 32, [1,2,2,2]+1": base,
        "B: more blocks, [2,2,3,4]+2": network(blocks=(2, 2, 3, 4), refinement_blocks=2),
        "C: wider, dim 48, [1,1,1,2]+1": network(dim=48, blocks=(1, 1, 1, 2)),
        "D: full resolution, stem 1, dim 16": network(stem=1, dim=16),
        "E: A without the DGPB residual": network(dgpb_residual=False),
        "F: A with AdamW alone": replace(base, optimiser=replace(base.optimiser, muon_lr=0.0)),
        "G: A with the L1 loss": replace(base, loss="l1"),
    }


def gigaflop_per_megapixel(config: DFPIRConfig) -> float:
    """Multiply-adds of one forward pass counted as two, per million pixels."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        DFPIR(config)(torch.rand(1, 3, 256, 256), torch.randn(1, config.prompt_dim))
    return counter.get_total_flops() / 256**2 / 1e3


@torch.inference_mode()
def seconds_per_megapixel(config: DFPIRConfig) -> float:
    """Processor time of the plain forward in float32 at 1024 x 1024 on one thread, the better of two."""
    model = DFPIR(config).eval().to(memory_format=torch.channels_last)
    image = torch.rand(1, 3, 1024, 1024).to(memory_format=torch.channels_last)
    times = []
    for _ in range(2):
        started = time.process_time()
        model(image, torch.randn(1, config.prompt_dim))
        times.append(time.process_time() - started)
    return min(times) / 1.048576


def costs(config: TrainingConfig, data: Path) -> dict[str, float]:
    """The first columns of a row: cost of the candidate, in processor seconds of one thread."""
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(RestorationObjective(config, data), Path(folder))
        pace = seconds_per_step(trainer, PACE_STEPS, time.process_time)
    return {
        "M": sum(p.numel() for p in trainer.model.parameters()) / 1e6,
        "GFLOP/MP": gigaflop_per_megapixel(config.model),
        "s/MP": seconds_per_megapixel(config.model),
        "s/step": pace,
    }


def gains(config: TrainingConfig, data: Path, seconds: float, pace: float) -> dict[str, float]:
    """The other columns: train for ``seconds / pace`` steps and measure."""
    steps = max(round(seconds / pace), 2)
    stage = config.stages[0]
    config = replace(
        config,
        stages=(Stage(steps, stage.patch, stage.batch),),
        optimiser=replace(config.optimiser, warmup=min(config.optimiser.warmup, steps // 5), ema=0.98),
        validate_every=steps + 1,
        save_every=steps + 1,
    )
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(RestorationObjective(config, data), Path(folder))
        if trainer.run() is not None:
            raise KeyboardInterrupt  # an interrupted training is not comparable
        scores = trainer.validate()
    return {"steps": steps, **scores, "mean": statistics.mean(scores.values())}


def row(name: str, values: dict[str, float]) -> str:
    """One line of the Markdown table."""
    cells = [str(value) if isinstance(value, int) else f"{value:.2f}" for value in values.values()]
    return "| " + " | ".join([name, *cells]) + " |"


def main() -> None:
    """Measure all or selected candidates, and print the table row by row."""
    parser = argparse.ArgumentParser(description="Compare compact networks in a given training time.")
    parser.add_argument("--data", type=Path, required=True, help="the training data, as for dfpir-train")
    parser.add_argument("--config", default="ablations", help="base configuration (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=200, help="training time of each (default: %(default)s)")
    parser.add_argument("--only", default="", help="letters of the candidates to measure (default: all)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the rows to FILE")
    options = parser.parse_args()

    torch.set_num_threads(1)
    chosen = candidates(load_config(config_file(options.config)))
    chosen = {name: config for name, config in chosen.items() if name[0] in (options.only or name)}
    rows: dict[str, dict[str, float]] = {}
    if options.json and options.json.exists():  # what an interrupted run has measured need not be measured again
        rows = json.loads(options.json.read_text(encoding="utf-8"))

    def keep(name: str, values: dict[str, float]) -> None:
        rows[name] = values
        if options.json:
            options.json.write_text(json.dumps(rows, indent=1), encoding="utf-8")

    for name, config in tqdm(chosen.items(), desc="paces", disable=None):
        if name not in rows:
            keep(name, costs(config, options.data))
    for name, config in tqdm(chosen.items(), desc="trainings", disable=None):
        if "steps" not in rows[name]:
            keep(name, rows[name] | gains(config, options.data, options.seconds, rows[name]["s/step"]))
    titles = ["candidate", *rows[next(iter(chosen))]]
    print("| " + " | ".join(titles) + " |\n|" + "---|" * len(titles))
    for name in chosen:
        print(row(name, rows[name]))


if __name__ == "__main__":
    main()
