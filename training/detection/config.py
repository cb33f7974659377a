"""The configuration of a detector's training: the table ``[detector]`` of a TOML file and the settings of a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from core.detection.detection import FAMILIES
from core.detection.network import DetectorConfig
from training.engine.config import RunSettings, naming_errors, run_fields
from training.engine.toml import read_toml


@dataclass(frozen=True)
class Source:
    """A folder of pictures.

    Attributes:
        folder: below the data folder; with clean pictures, or ``degraded/`` and ``clean/`` if ``family`` is given.
        family: degradation of the degraded pictures; empty for a folder of clean pictures.
        depth: folder of depth pictures with the same names, for haze.
        share: share of the samples of ``family``, or of haze if ``depth`` is given, that use the degraded pictures or
            depths of this source. The others are synthesised on clean pictures of all sources.
    """

    folder: str
    family: str = ""
    depth: str = ""
    share: float = 0.0

    def __post_init__(self) -> None:
        if self.family and self.family not in FAMILIES:
            raise ValueError(f"source family {self.family!r} is unknown; expected one of {', '.join(FAMILIES)}")
        if not 0.0 <= self.share <= 1.0 or (self.share and not (self.family or self.depth)):
            raise ValueError(f"source {self.folder!r}: expected a share from 0 to 1, and only with a family or depth")


@dataclass(frozen=True)
class Refit:
    """Settings of :mod:`training.detection.refit`.

    Attributes:
        samples: number of synthetic samples; a quarter as many are held out for the calibration.
        crops: native and reduced crops of a synthetic sample.
        variants: random variants of each photograph, in addition to itself.
        synthetic: weight of all synthetic samples relative to all photographs.
        pull: weight of the squared distance from the weights before.
        folds: parts of the photographs for the figures.
        thresholds: probability from which a family counts as found; 0.5 for others.
    """

    samples: int = 1200
    crops: tuple[int, int] = (8, 8)
    variants: int = 1
    synthetic: float = 1.0
    pull: float = 3e-3
    folds: int = 8
    thresholds: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "crops", tuple(self.crops))
        if min(self.samples, *self.crops, self.folds - 1) < 1 or min(self.variants, self.synthetic, self.pull) < 0:
            raise ValueError(f"{self}: expected positive numbers, and at least two folds")
        if set(self.thresholds) - set(FAMILIES):
            raise ValueError(f"thresholds: expected families among {', '.join(FAMILIES)}")


@dataclass(frozen=True)
class RealPhotographs:
    """Training on labelled photographs (:mod:`training.detection.photographs`) together with synthetic samples.

    Attributes:
        batch: photographs in every batch; the others are synthetic.
        variants: random variants of each photograph, in addition to itself.
        samples: number of synthetic samples, computed once.
        crops: native and reduced crops that are kept of each; a batch takes some of them at random.
        held_out: every n-th photograph is held out for validation and calibration.
        left_out: sources (:attr:`training.detection.photographs.Photograph.source`) whose photographs are held out
            instead; none by default.
    """

    batch: int
    variants: int = 1
    samples: int = 1200
    crops: tuple[int, int] = (8, 8)
    held_out: int = 4
    left_out: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "crops", tuple(self.crops))
        object.__setattr__(self, "left_out", tuple(self.left_out))
        if min(self.batch, self.samples, *self.crops, self.held_out - 1) < 1 or self.variants < 0:
            raise ValueError(f"{self}: expected positive numbers, and held_out from 2")


@dataclass(frozen=True, kw_only=True)
class DetectorTraining(RunSettings):
    """Everything that the training of a detector needs apart from the data folder.

    The patch of a stage is ignored: the network determines the size of crops.

    Attributes:
        network: sizes of the network and its inputs.
        sources: folders with pictures.
        shares: relative frequency of each kind of degraded sample. A kind is a family, or several joined by ``+``.
            Clean samples need no share: every scene is also shown clean.
        photographic: for each family, the share of its synthetic samples that
            :func:`training.detection.photographic.photographic` degrades; 0 by default.
        kernels: file of measured blur kernels, relative to the data folder.
        kernel_names: the kernels that are used for training.
        holdout: share of every folder's pictures that is held out for validation and calibration.
        native_crops: crops in full resolution per training sample.
        reduced_crops: crops of the reduced picture per training sample.
        validation: number of held-out samples, the same in every validation.
        refit: settings of a refit of the head.
        photographs: training on photographs as well; None for synthetic samples only.
    """

    network: DetectorConfig
    sources: tuple[Source, ...]
    shares: Mapping[str, float]
    photographic: Mapping[str, float] = field(default_factory=dict)
    kernels: str = ""
    kernel_names: tuple[str, ...] = ()
    holdout: float = 0.12
    native_crops: int = 4
    reduced_crops: int = 3
    validation: int = 480
    refit: Refit = field(default_factory=Refit)
    photographs: RealPhotographs | None = None
    card: dict[str, object] = field(default_factory=dict)

    def __post_init__(self) -> None:
        super().__post_init__()
        object.__setattr__(self, "kernel_names", tuple(self.kernel_names))
        for kind, share in self.shares.items():
            if set(kind.split("+")) - set(FAMILIES) or not share > 0:
                raise ValueError(f"shares: unknown kind of sample {kind!r}, or its share {share!r} is not positive")
        if not self.sources or not self.shares:
            raise ValueError("expected at least one [[detector.source]] and one entry of [detector.shares]")
        if not 0.0 < self.holdout < 1.0 or min(self.native_crops, self.reduced_crops, self.validation) < 1:
            raise ValueError("expected holdout between 0 and 1, and positive counts of crops and validation samples")
        photographs = self.photographs
        if photographs is not None and any(stage.batch <= photographs.batch for stage in self.stages):
            raise ValueError("photographs: expected a smaller batch than that of every stage")

    @property
    def loss_text(self) -> str:
        """Description of the loss for the model card."""
        return "binary cross-entropy per family + 3 x smooth L1 of log σ; 0.3 x the same for single crops"


def families_of(kind: str) -> tuple[str, ...]:
    """The families of a kind of sample: none for ``"clean"``."""
    return () if kind == "clean" else tuple(kind.split("+"))


def load_detector_config(file: Path) -> DetectorTraining:
    """Read a configuration.

    Raises:
        ConfigError: the file is missing, is not TOML, or an entry is missing, unknown or out of range.
    """
    values = read_toml(file)
    with naming_errors(file):
        entries = values.pop("detector")
        photographs = entries.pop("photographs", None)
        return DetectorTraining(
            network=DetectorConfig.from_dict(entries.pop("network", {})),
            sources=tuple(Source(**entry) for entry in entries.pop("source")),
            refit=Refit(**entries.pop("refit", {})),
            photographs=photographs and RealPhotographs(**photographs),
            **entries,
            **run_fields(values, file),
        )
