"""The settings that every training run has: stages, optimiser, precision and intervals."""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
from pathlib import Path
from typing import Any, Literal, Self, get_args

from training.engine.toml import ConfigError

Schedule = Literal["cosine", "constant"]
OptimiserKind = Literal["adamw", "adam"]
Precision = Literal["bfloat16", "float16", "float32"]


@dataclass(frozen=True)
class Stage:
    """A part of the run with constant sizes: ``batch`` crops of ``patch`` x ``patch`` pixels a step.

    Attributes:
        steps: its length; 0 if given by ``epochs``.
        patch: side of the crops in pixels.
        batch: crops in a step, over all processes together.
        epochs: its length in passes over the training samples; :meth:`RunSettings.resolved` converts it to steps.
        lr: peak learning rate at which the schedule restarts (without warm-up), for this stage and the following ones
            that have none; None continues the schedule of the stage before.
        schedule: with ``lr``: a schedule other than the optimiser's.
    """

    steps: int
    patch: int
    batch: int
    epochs: float = 0
    lr: float | None = None
    schedule: Schedule | None = None

    def __post_init__(self) -> None:
        require(
            min(self.steps, self.epochs) == 0 < max(self.steps, self.epochs),
            f"stage {self}: expected a positive number of either steps or epochs",
        )
        require(min(self.patch, self.batch) >= 1, f"stage {self}: expected a positive patch and batch")
        require(self.lr is None or self.lr > 0, f"stage {self}: expected a positive lr")
        require(self.schedule is None or self.lr is not None, f"stage {self}: a schedule needs an lr to begin with")
        require_one_of("stage schedule", self.schedule or "cosine", Schedule)


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
        min_lr: rate of ``kind`` at the end of the cosine; Muon's falls by the same factor.
        weight_decay: of all optimisers.
        clip: largest norm of the whole gradient; 0 for no clipping.
        ema: decay of the moving average of the weights, which is validated and exported; 0 for none.
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
        require_one_of("optimiser kind", self.kind, OptimiserKind)
        require_one_of("optimiser schedule", self.schedule, Schedule)
        require(self.lr > 0 and 0 <= self.min_lr <= self.lr, "optimiser: expected lr > 0 and min_lr from 0 to lr")
        for name in ("muon_lr", "warmup", "weight_decay", "clip"):
            require(getattr(self, name) >= 0, f"optimiser: {name} must not be negative")
        require(len(self.betas) == 2 and all(0 <= b < 1 for b in self.betas), "optimiser: expected two betas in [0, 1)")
        require(0 <= self.ema < 1, "optimiser: expected ema in [0, 1)")


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """Settings of a run that do not depend on what is trained; the base of every configuration.

    Attributes:
        name: of the model.
        stages: in their order.
        source: the configuration file's name without its ending, for the model card.
        seed: of weights and samples.
        validate_every: steps between two validations.
        save_every: steps between two saved states.
        autocast: precision of the network's large operations; ``"float32"`` for none lower. ``"float16"`` scales the
            loss and needs CUDA.
        compile: use ``torch.compile``. On a CPU this reduces the time of a step of the compact network to 0.6; the
            first step takes a minute longer, and a C++ compiler is needed. Weights differ by rounding only.
        workers: threads that prepare batches in advance.
        card: entries of the model card besides those that the run adds.
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
        require(len(self.stages) > 0, "expected at least one [[stage]]")
        for name in ("validate_every", "save_every", "workers"):
            require(getattr(self, name) >= 1, f"{name} must be positive")
        require_one_of("autocast", self.autocast, Precision)
        require(isinstance(self.compile, bool), f"compile = {self.compile!r}: expected true or false")

    @property
    def steps(self) -> int:
        """Steps of all stages together; those given in epochs count once they are resolved."""
        return sum(stage.steps for stage in self.stages)

    @property
    def loss_text(self) -> str:
        """Description of the loss for the model card."""
        return ""

    def stage_at(self, step: int) -> Stage:
        """The stage that contains step ``step`` (from 0); after the end, the last stage."""
        for stage in self.stages:
            if step < stage.steps:
                return stage
            step -= stage.steps
        return self.stages[-1]

    def fingerprint(self) -> str:
        """Everything that determines the weights, as JSON: all settings but those of logging, saving and loading.

        Fields at their defaults are left out, so that states of a version with fewer fields can be resumed. See also
        :func:`training.engine.state.same_until`.
        """
        values = _non_default(self)
        for name in ("name", "source", "validate_every", "save_every", "workers", "card"):
            values.pop(name, None)
        return json.dumps(values, sort_keys=True, default=str)

    @staticmethod
    def migrated(fingerprint: dict[str, Any]) -> dict[str, Any]:
        """The values of a fingerprint that an earlier version wrote, under today's names."""
        return fingerprint

    def resolved(self, samples_per_epoch: int) -> Self:
        """The settings with every stage's length in steps, for ``samples_per_epoch`` samples an epoch, rounded up."""
        stages = (
            replace(stage, steps=math.ceil(stage.epochs * samples_per_epoch / stage.batch), epochs=0)
            if stage.epochs
            else stage
            for stage in self.stages
        )
        return replace(self, stages=tuple(stages))


def run_fields(values: dict[str, Any], file: Path) -> dict[str, Any]:
    """Keyword arguments of :class:`RunSettings` and its subclasses: ``values`` with stages and optimiser as objects.

    Raises:
        KeyError, TypeError, ValueError: an entry is missing, unknown or out of range.
    """
    stages = tuple(Stage(**{"steps": 0, **entry}) for entry in values.pop("stage"))
    optimiser = Optimiser(**values.pop("optimiser", {}))
    return {"name": file.stem, **values, "stages": stages, "optimiser": optimiser, "source": file.stem}


@contextmanager
def naming_errors(file: Path) -> Iterator[None]:
    """Turn the errors that a wrong entry raises into a ConfigError that names ``file``."""
    try:
        yield
    except (KeyError, TypeError, ValueError) as error:
        what = f"{error} is missing" if isinstance(error, KeyError) else error
        raise ConfigError(f"{file}: {what}.") from error


def _non_default(value: Any) -> Any:
    """A configuration as plain values, without the fields that are at their defaults."""
    if isinstance(value, tuple | list):
        return [_non_default(item) for item in value]
    if isinstance(value, dict):
        return {key: _non_default(item) for key, item in value.items()}
    if not is_dataclass(value):
        return value
    return {
        entry.name: _non_default(getattr(value, entry.name))
        for entry in fields(value)
        if getattr(value, entry.name)
        != (entry.default if entry.default_factory is MISSING else entry.default_factory())
    }


def require(condition: bool, problem: str) -> None:
    """Raise a ValueError with the text ``problem`` unless the condition is true."""
    if not condition:
        raise ValueError(problem)


def require_one_of(name: str, value: str, names: object) -> None:
    """Raise a ValueError unless ``value`` is one of the strings of the Literal type ``names``."""
    known = get_args(names)
    require(value in known, f"{name} {value!r} is unknown; expected one of {', '.join(known)}")
