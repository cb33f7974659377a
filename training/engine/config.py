"""A training run as a TOML file: what is trained, on what, and how."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args

from core.models import DFPIRConfig
from training.engine.toml import ConfigError, read_toml
from training.restoration.losses import PSNR_CEILING, LossName
from training.restoration.task import FAMILIES, Task

Schedule = Literal["cosine", "constant"]
OptimiserKind = Literal["adamw", "adam"]
Precision = Literal["bfloat16", "float16", "float32"]


@dataclass(frozen=True)
class Stage:
    """A stretch of the run with one size of crops: ``batch`` crops of ``patch`` x ``patch`` pixels a step.

    Attributes:
        steps: its length; 0 if ``epochs`` gives it.
        patch: side of the crops in pixels.
        batch: crops in a step, over all processes together.
        epochs: its length in passes over the training samples, turned into steps by :meth:`RunSettings.resolved`.
        lr: a peak learning rate of its own, with which the schedule begins anew (without warm-up) and reaches over the
            stages behind it that name none; None goes on with the schedule before.
        schedule: with ``lr``: another form of schedule than the optimiser's.
    """

    steps: int
    patch: int
    batch: int
    epochs: float = 0
    lr: float | None = None
    schedule: Schedule | None = None

    def __post_init__(self) -> None:
        _require(
            min(self.steps, self.epochs) == 0 < max(self.steps, self.epochs),
            f"stage {self}: wanted a positive number of either steps or epochs",
        )
        _require(min(self.patch, self.batch) >= 1, f"stage {self}: wanted a positive patch and batch")
        _require(self.lr is None or self.lr > 0, f"stage {self}: wanted a positive lr")
        _require(self.schedule is None or self.lr is not None, f"stage {self}: a schedule needs an lr to begin with")
        _require_one_of("stage schedule", self.schedule or "cosine", Schedule)


@dataclass(frozen=True)
class Optimiser:
    """Learning rates and their schedule.

    Attributes:
        kind: ``"adamw"`` with decoupled weight decay, or ``"adam"`` as in the paper.
        lr: its peak learning rate.
        muon_lr: peak learning rate of Muon on the convolutions' matrices; 0 gives those to ``kind`` as well.
        betas: decay of the averages of the gradient and of its square; the defaults are the paper's.
        schedule: after the warm-up: ``"cosine"`` down to ``min_lr`` at the last step, or ``"constant"``.
        warmup: steps of linear warm-up at the beginning of the run.
        min_lr: where the cosine ends, as a rate of ``kind``; Muon's falls to the same share of its own.
        weight_decay: of all optimisers.
        clip: largest norm of the whole gradient; 0 for no clipping.
        ema: decay of the moving average of weights that is validated and exported; 0 for none.
    """

    kind: OptimiserKind = "adamw"
    lr: float = 1e-3
    muon_lr: float = 0.0
    betas: tuple[float, float] = (0.9, 0.999)
    schedule: Schedule = "cosine"
    warmup: int = 100
    min_lr: float = 0.0
    weight_decay: float = 0.0
    clip: float = 1.0
    ema: float = 0.998

    def __post_init__(self) -> None:
        object.__setattr__(self, "betas", tuple(self.betas))
        _require_one_of("optimiser kind", self.kind, OptimiserKind)
        _require_one_of("optimiser schedule", self.schedule, Schedule)
        _require(self.lr > 0 and 0 <= self.min_lr <= self.lr, "optimiser: wanted lr > 0 and min_lr from 0 to lr")
        for name in ("muon_lr", "warmup", "weight_decay", "clip"):
            _require(getattr(self, name) >= 0, f"optimiser: {name} must not be negative")
        _require(len(self.betas) == 2 and all(0 <= b < 1 for b in self.betas), "optimiser: wanted two betas in [0, 1)")
        _require(0 <= self.ema < 1, "optimiser: wanted ema in [0, 1)")


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """How a run goes, whatever it trains; the base of every configuration.

    Attributes:
        name: of the model.
        stages: in their order.
        source: the configuration file's name without its ending, for the model card.
        seed: of weights and samples.
        validate_every: steps between two validations.
        save_every: steps between two saved states.
        autocast: precision of the network's large operations; ``"float32"`` for none lower. ``"float16"`` scales the
            loss and needs CUDA.
        compile: let ``torch.compile`` fuse the operations. On a CPU a step of the compact network takes 0.6 of
            its time then; the first one takes a minute longer, and a C++ compiler has to be at hand. The weights come
            out otherwise by rounding only.
        workers: threads that prepare batches ahead.
        card: what the model card says besides what the run itself knows.
    """

    name: str
    stages: tuple[Stage, ...]
    optimiser: Optimiser = field(default_factory=Optimiser)
    source: str = ""
    seed: int = 0
    validate_every: int = 500
    save_every: int = 100
    autocast: Precision = "bfloat16"
    compile: bool = False
    workers: int = 1
    card: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        _require(len(self.stages) > 0, "wanted at least one [[stage]]")
        for name in ("validate_every", "save_every", "workers"):
            _require(getattr(self, name) >= 1, f"{name} must be positive")
        _require_one_of("autocast", self.autocast, Precision)
        _require(isinstance(self.compile, bool), f"compile = {self.compile!r}: wanted true or false")

    @property
    def steps(self) -> int:
        """Steps of all stages together; those given in epochs count once they are resolved."""
        return sum(stage.steps for stage in self.stages)

    @property
    def loss_text(self) -> str:
        """The loss in words, for the model card."""
        return ""

    def stage_at(self, step: int) -> Stage:
        """The stage that step number ``step`` (from 0) belongs to; behind the end, the last one."""
        for stage in self.stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        return self.stages[-1]

    def fingerprint(self) -> str:
        """What decides the weights: all but how the run reports, saves and loads. See also training/engine/resuming.py.

        Fields at their defaults are left out, so that a later version of the program may have more of them.
        """
        values = _told(self)
        for free in ("name", "source", "validate_every", "save_every", "workers", "card"):
            values.pop(free, None)
        return json.dumps(values, sort_keys=True, default=str)

    def resolved(self, samples_per_epoch: int) -> Self:
        """With every stage's length in steps, as many as see ``samples_per_epoch`` samples an epoch, rounded up."""
        stages = (
            replace(stage, steps=math.ceil(stage.epochs * samples_per_epoch / stage.batch), epochs=0)
            if stage.epochs
            else stage
            for stage in self.stages
        )
        return replace(self, stages=tuple(stages))


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(RunSettings):
    """Everything that the training of a restorer needs besides the data folder.

    Attributes:
        model: the network.
        tasks: where samples come from.
        prompt_seed: of the random codes that stand for the prompts.
        holdout: pictures of every folder that are kept for validation.
        loss: see :func:`training.restoration.losses.restoration_loss`.
        frequency_loss: factor of the spectral term; 0 leaves it out.
        frequency_families: families of degradations (see :data:`training.restoration.task.FAMILIES`) whose
            samples the spectral term counts, by their prompt; empty for all.
        frequency_bound: distance of one sample's spectra beyond which the term grows with the logarithm; 0 for none.
        psnr_ceiling: dB that the loss ``"psnr"`` counts a faultless output for.
    """

    model: DFPIRConfig
    tasks: tuple[Task, ...]
    prompt_seed: int = 0
    holdout: int = 2
    loss: LossName = "l1"
    frequency_loss: float = 0.0
    frequency_families: tuple[str, ...] = ()
    frequency_bound: float = 0.0
    psnr_ceiling: float = PSNR_CEILING

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "frequency_families", tuple(self.frequency_families))
        _require_one_of("loss", self.loss, LossName)
        for family in self.frequency_families:
            known = ", ".join(FAMILIES)
            _require(family in FAMILIES, f"frequency_families {family!r} is unknown; wanted one of {known}")
        _require(self.psnr_ceiling > 0, "psnr_ceiling must be positive")
        _require(self.frequency_bound >= 0, "frequency_bound must not be negative")
        _require(len(self.tasks) > 0, "wanted at least one [task.NAME]")
        for stage in self.stages:
            _require(
                stage.patch % self.model.multiple == 0,
                f"stage {stage}: wanted a patch divisible by {self.model.multiple}",
            )

    @property
    def loss_text(self) -> str:
        """The loss in words, for the model card."""
        bounded = self.loss == "psnr" and self.psnr_ceiling != PSNR_CEILING
        ceiling = f" up to {self.psnr_ceiling:g} dB" if bounded else ""
        spectra = f" + {self.frequency_loss:g} x L1 of spectra" if self.frequency_loss else ""
        if spectra and self.frequency_families:
            spectra += f" ({', '.join(self.frequency_families)} only)"
        return self.loss.upper() + ceiling + spectra


def load_config(file: Path) -> TrainingConfig:
    """Read a configuration.

    Raises:
        ConfigError: the file is missing, is not TOML, or an entry is unknown or out of range.
    """
    values = read_toml(file)
    with mistakes_of(file):
        return TrainingConfig(
            model=DFPIRConfig.from_dict(values.pop("model", {})),
            tasks=_tasks(values.pop("task")),
            **run_fields(values, file),
        )


def _tasks(tables: dict[str, dict[str, Any]]) -> tuple[Task, ...]:
    are_tables = isinstance(tables, dict) and all(isinstance(entry, dict) for entry in tables.values())
    _require(are_tables, "wanted each task as a table of its own name, such as [task.rain]")
    tasks = []
    for name, entry in tables.items():
        if entry.get("share") == 0:
            continue  # how a file leaves out a task of its base
        try:
            tasks.append(Task.from_dict(entry))
        except KeyError as error:
            raise ValueError(f"task.{name}: {error} is missing") from error
        except (TypeError, ValueError) as error:
            raise ValueError(f"task.{name}: {error}") from error
    return tuple(tasks)


def run_fields(values: dict[str, Any], file: Path) -> dict[str, Any]:
    """Keyword arguments of :class:`RunSettings` and its kin: ``values`` with stages and optimiser as objects.

    Raises:
        KeyError, TypeError, ValueError: an entry is missing, unknown or out of range.
    """
    stages = tuple(Stage(**{"steps": 0, **entry}) for entry in values.pop("stage"))
    optimiser = Optimiser(**values.pop("optimiser", {}))
    return {"name": file.stem, **values, "stages": stages, "optimiser": optimiser, "source": file.stem}


@contextmanager
def mistakes_of(file: Path) -> Iterator[None]:
    """Turn what a wrong entry raises inside into a ConfigError that names ``file``."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        raise ConfigError(f"{file}: {what}.") from error


def _told(value: Any) -> Any:
    """A configuration as plain values, without the fields that are at their defaults."""
    if isinstance(value, tuple | list):
        return [_told(item) for item in value]
    if isinstance(value, dict):
        return {key: _told(item) for key, item in value.items()}
    if not is_dataclass(value):
        return value
    return {
        entry.name: _told(getattr(value, entry.name))
        for entry in fields(value)
        if getattr(value, entry.name)
        != (entry.default if entry.default_factory is MISSING else entry.default_factory())
    }


def _require(condition: bool, wanted: str) -> None:
    if not condition:
        raise ValueError(wanted)


def _require_one_of(name: str, value: str, names: Any) -> None:
    known = get_args(names)
    _require(value in known, f"{name} {value!r} is unknown; wanted one of {', '.join(known)}")
