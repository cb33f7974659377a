"""A training run as a TOML file: what is trained, on what, and how."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from core.degradations import KEYS
from core.errors import DFPIRError
from core.models import DFPIRConfig
from training.losses import LossName

TaskKind = Literal["pairs", "noise", "rain", "haze", "blur", "low-light", "clean"]


class ConfigError(DFPIRError):
    """The configuration file cannot be used; the message names the file and the entry."""


@dataclass(frozen=True)
class Task:
    """One source of training samples.

    Attributes:
        kind: ``"pairs"`` for a folder with ``degraded/`` and ``clean/``, ``"clean"`` for clean pictures that must come
            out unchanged, otherwise the synthesis applied to clean pictures.
        folders: folders below the data folder, ending in the pictures themselves (for pairs: their parent).
        share: how often this task is drawn, relative to the other tasks' shares.
        degradation: key of the prompt that goes with the samples; empty for ``"clean"``, where it is drawn at random.
        options: what a kind needs besides: ``depth`` (folder) for haze, ``kernels`` (file) and ``names`` for blur.
    """

    kind: TaskKind
    folders: tuple[str, ...]
    share: float
    degradation: str = ""
    options: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """A stretch of the run with one size of crops: ``batch`` crops of ``patch`` x ``patch`` pixels a step."""

    steps: int
    patch: int
    batch: int


@dataclass(frozen=True)
class Optimiser:
    """Learning rates and their schedule.

    Attributes:
        lr: peak learning rate of AdamW.
        muon_lr: peak learning rate of Muon on the convolutions' matrices; 0 gives those to AdamW as well.
        warmup: steps of linear warm-up; after it both rates follow a cosine to zero at the last step.
        weight_decay: decoupled weight decay of both.
        clip: largest norm of the whole gradient; 0 for no clipping.
        ema: decay of the moving average of weights that is validated and exported; 0 for none.
    """

    lr: float = 1e-3
    muon_lr: float = 0.0
    warmup: int = 100
    weight_decay: float = 0.0
    clip: float = 1.0
    ema: float = 0.998


@dataclass(frozen=True)
class TrainingConfig:
    """Everything :func:`training.engine.train` needs besides the data folder."""

    name: str
    model: DFPIRConfig
    tasks: tuple[Task, ...]
    stages: tuple[Stage, ...]
    optimiser: Optimiser = Optimiser()
    seed: int = 0
    prompt_seed: int = 0
    holdout: int = 2
    validate_every: int = 500
    save_every: int = 100
    loss: LossName = "l1"
    frequency_loss: float = 0.0
    autocast: bool = True
    card: dict[str, Any] = field(default_factory=dict)

    @property
    def steps(self) -> int:
        """Steps of all stages together."""
        return sum(stage.steps for stage in self.stages)

    def stage_at(self, step: int) -> Stage:
        """The stage that step number ``step`` (from 0) belongs to."""
        for stage in self.stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        return self.stages[-1]


def load_config(file: Path) -> TrainingConfig:
    """Read a configuration.

    Raises:
        ConfigError: the file is missing, is not TOML, or an entry is unknown or out of range.
    """
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read as a training configuration: {error}.") from error
    try:
        tasks = tuple(_task(entry) for entry in values.pop("task"))
        stages = tuple(Stage(**entry) for entry in values.pop("stage"))
        config = TrainingConfig(
            name=values.pop("name", file.stem),
            model=DFPIRConfig.from_dict(values.pop("model", {})),
            optimiser=Optimiser(**values.pop("optimiser", {})),
            tasks=tasks,
            stages=stages,
            **values,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise ConfigError(f"{file}: {error}.") from error
    if config.loss not in get_args(LossName):
        raise ConfigError(f"{file}: loss {config.loss!r} is unknown; wanted one of {', '.join(get_args(LossName))}.")
    for stage in config.stages:
        if stage.patch % config.model.multiple or min(stage.steps, stage.batch, stage.patch) < 1:
            raise ConfigError(
                f"{file}: stage {stage}: wanted positive counts and a patch divisible by {config.model.multiple}."
            )
    return config


def _task(entry: dict[str, Any]) -> Task:
    known = {"kind", "folders", "share", "degradation"}
    task = Task(
        **{key: value for key, value in entry.items() if key in known and key != "folders"},
        folders=tuple(entry["folders"]),
        options={key: value for key, value in entry.items() if key not in known},
    )
    if task.kind not in get_args(TaskKind):
        raise ValueError(f"task kind {task.kind!r} is unknown; wanted one of {', '.join(get_args(TaskKind))}")
    if task.kind == "clean" and task.degradation:
        raise ValueError("a clean task takes no degradation: its prompts are drawn at random")
    if task.kind != "clean" and task.degradation not in KEYS:
        raise ValueError(f"task degradation {task.degradation!r} is unknown; wanted one of {', '.join(KEYS)}")
    if not task.share > 0:
        raise ValueError(f"task share {task.share!r} must be positive")
    return task
