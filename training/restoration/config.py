"""The configuration of a restorer's training: network, tasks and loss, read from a TOML file."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.models import DFPIRConfig
from training.engine.config import RunSettings, naming_errors, require, require_one_of, run_fields
from training.engine.toml import read_toml
from training.restoration.losses import PSNR_CEILING, LossName
from training.restoration.task import FAMILIES, Task, renamed


@dataclass(frozen=True, kw_only=True)
class TrainingConfig(RunSettings):
    """Everything that the training of a restorer needs apart from the data folder.

    Attributes:
        model: the network.
        tasks: the sources of samples.
        prompt_seed: seed of the random codes that represent the prompts.
        holdout: pictures of every folder that are held out for validation.
        loss: see :func:`training.restoration.losses.restoration_loss`.
        frequency_loss: weight of the spectral term; 0 for none.
        frequency_families: families of degradations (see :data:`training.restoration.task.FAMILIES`) to whose samples,
            by their prompt, the spectral term applies; empty for all.
        frequency_bound: distance of one sample's spectra beyond which the term grows with the logarithm; 0 for none.
        psnr_ceiling: upper bound in dB of the loss ``"psnr"``, reached by a perfect output.
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
        require_one_of("loss", self.loss, LossName)
        for family in self.frequency_families:
            known = ", ".join(FAMILIES)
            require(family in FAMILIES, f"frequency_families {family!r} is unknown; expected one of {known}")
        require(self.psnr_ceiling > 0, "psnr_ceiling must be positive")
        require(self.frequency_bound >= 0, "frequency_bound must not be negative")
        require(len(self.tasks) > 0, "expected at least one [task.NAME]")
        for stage in self.stages:
            require(
                stage.patch % self.model.multiple == 0,
                f"stage {stage}: expected a patch divisible by {self.model.multiple}",
            )

    @staticmethod
    def migrated(fingerprint: dict[str, Any]) -> dict[str, Any]:
        """The values of a fingerprint that an earlier version wrote, with the options of tasks under today's names."""
        tasks = [
            {**task, "options": renamed(task["options"])} if "options" in task else task
            for task in fingerprint.get("tasks", [])
        ]
        return {**fingerprint, "tasks": tasks} if tasks else fingerprint

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
    with naming_errors(file):
        return TrainingConfig(
            model=DFPIRConfig.from_dict(values.pop("model", {})),
            tasks=_tasks(values.pop("task")),
            **run_fields(values, file),
        )


def _tasks(tables: dict[str, dict[str, Any]]) -> tuple[Task, ...]:
    are_tables = isinstance(tables, dict) and all(isinstance(entry, dict) for entry in tables.values())
    require(are_tables, "expected each task as a named table, such as [task.rain]")
    tasks = []
    for name, entry in tables.items():
        if entry.get("share") == 0:
            continue  # a file removes a task of its base this way
        try:
            tasks.append(Task.from_dict(entry))
        except KeyError as error:
            raise ValueError(f"task.{name}: {error} is missing") from error
        except (TypeError, ValueError) as error:
            raise ValueError(f"task.{name}: {error}") from error
    return tuple(tasks)
