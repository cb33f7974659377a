"""One source of training samples: a table ``[task.NAME]`` of a configuration file."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from core.degradations import DEGRADATIONS, KEYS, degradation
from training.synthesis import NOISE_SOURCES

TaskKind = Literal["pairs", "noise", "rain", "haze", "blur", "low-light", "mixed", "clean"]

FAMILIES = tuple(dict.fromkeys(entry.family for entry in DEGRADATIONS))

_ANY_FOLDER = {"recursive", "longest", "exclude"}
_KERNELS = {"kernels", "names"}
_ANY_ORIENTATION = {"turns", "vivid", "graphics"}  # for degradations without a preferred direction or colour
_MOTION = {"extent", "paths", "gyro"}
_SELECTIONS = ("low_contrast", "sky", "daylight")
_OPTIONS: dict[str, set[str]] = {
    "pairs": {"jpeg", "quality", "zoom", "turns", "exclude"},
    "noise": {"sigma", "log_share", "sources", "jpeg", "quality", "zoom"} | _ANY_ORIENTATION | _ANY_FOLDER,
    "rain": {"strength", "jpeg", "quality", "zoom"} | _ANY_FOLDER,
    "haze": {"depth", "jpeg", "quality", "zoom", "augment_scene", "outdoor", "camera", "lit"} | _ANY_FOLDER,
    "blur": {"jpeg", "quality", "zoom"} | _MOTION | _KERNELS | _ANY_ORIENTATION | _ANY_FOLDER,
    "low-light": {"measured", "jpeg", "quality", "zoom"} | _ANY_ORIENTATION | _ANY_FOLDER,
    "mixed": {"families", "depth", "jpeg"} | _KERNELS | _ANY_FOLDER,
    "clean": {"zoom", "jpeg", "quality", "prompts", "slight", "flat", *_SELECTIONS} | _ANY_ORIENTATION | _ANY_FOLDER,
}
"""The options that each kind knows; see :class:`Task`."""


RENAMED_OPTIONS = {"pale": "low_contrast", "varied": "augment_scene"}
"""Options of earlier versions: old name to new one. Configuration files may use either."""


@dataclass(frozen=True)
class Task:
    """One source of training samples.

    Attributes:
        kind: ``"pairs"`` for degraded pictures with their clean originals, ``"clean"`` for clean pictures that must
            come out unchanged, ``"mixed"`` for several degradations in one picture, otherwise the degradation that is
            synthesised on clean pictures.
        folders: folders below the data folder that hold the pictures themselves; for pairs, folders that hold sets in
            any layout that :mod:`training.data.layouts` knows.
        share: how often this task is drawn, relative to the other tasks' shares.
        degradation: key of the prompt of the samples; for ``"mixed"`` that of the main degradation. Empty for noise of
            a random level, whose prompt is the nearest one. For ``"clean"`` it may be empty: a random prompt.
        options: further settings of a kind.

            All kinds:

            - ``jpeg``: share of the samples that are stored as JPEG at the end; of clean tasks, both sides;
            - ``exclude``: patterns of file stems that are not drawn, e.g. ``["gopro_4", "reds_test001_*"]``; each must
              match a picture. See :mod:`training.evaluation.held_out`.

            All but ``mixed``:

            - ``quality`` (with jpeg): lowest and highest JPEG quality, 1 to 100;
            - ``zoom``: two factors from 0 to 1 between which each sample's is drawn: a crop 1 / factor times as large
              is reduced to the patch, so that it shows more of the scene, as whole pictures do.

            All but ``pairs``:

            - ``recursive``: true to take the pictures in subfolders too;
            - ``longest``: pictures with a longer side are reduced to it, in pixels.

            ``pairs``, ``noise``, ``blur``, ``low-light`` and ``clean``:

            - ``turns``: true to rotate pictures by quarter turns besides mirroring; not for rain and haze, which have
              an up and a down.

            ``noise``, ``blur``, ``low-light`` and ``clean``:

            - ``vivid``: share of the samples whose colours are changed by :func:`training.synthesis.vivid_colours`;
            - ``graphics``: share of the samples that are drawn pictures instead of photographs, see
              :func:`training.synthesis.drawn_graphic`.

            ``noise``:

            - ``sigma``: two standard deviations on the 0-255 scale between which each sample's is drawn;
            - ``log_share`` (with sigma): share of these that are uniform on a logarithmic instead of a linear scale;
            - ``sources`` (with sigma): relative frequency of each of :data:`training.synthesis.NOISE_SOURCES`, e.g.
              ``{white = 0.6, camera = 0.4}``, instead of white noise alone; the prompt is then chosen by
              :func:`training.restoration.degrading.shared_noise_prompt`.

            ``rain``:

            - ``strength``: two strengths from 0 to 1 between which each sample's is drawn, for rain with streaks as
              measured in photographs; see :mod:`training.synthesis.photographed_rain`.

            ``haze``:

            - ``depth`` (also mixed): folder of depth pictures, 255 = far, with the names of the clean ones;
            - ``augment_scene``: true to change colours and depths of the clean pictures at random, so that the network
              does not memorise a few rooms; see :mod:`training.synthesis.scene_augmentation`;
            - ``outdoor``: true for the haze of outdoor photographs: the sky of each picture is detected, or taken from
              where ``depth`` is 255; see :mod:`training.synthesis.outdoor_haze`. Such pictures are mirrored
              horizontally only;
            - ``camera``: share of the samples whose hazy side is exposed as a camera would expose it, so that the
              restorer learns to restore brightness;
            - ``lit``: minimum mean of the clean sides; darker ones are brightened, see
              :func:`training.synthesis.well_lit`.

            ``blur``:

            - ``extent``: smallest and largest extent of the motion in pixels, uniform on a logarithmic scale; the
              camera rotates and translates and objects move, see :mod:`training.synthesis.motion`;
            - ``paths`` (with extent and kernels): share of the samples blurred that way; the others use kernels;
            - ``gyro`` (with extent): file of a measured gyro trace;
            - ``kernels`` and ``names`` (also mixed): ``.npz`` file of measured kernels, and which of them, by name or
              by patterns such as ``"real_*"``.

            ``low-light``:

            - ``measured``: true for exposures and tone curves as measured on pairs of photographs; see
              :func:`training.synthesis.measured_low_light`.

            ``mixed``:

            - ``families``: the degradations, e.g. ``["low-light", "noise"]``.

            ``clean``:

            - ``low_contrast``: true to draw two crops and take the one of less contrast, which is most easily mistaken
              for haze; ``sky``: true to draw up to four crops and take the first of which a fifth is sky, else the one
              with the largest share; ``daylight``: likewise with a mean of 0.3. Only one of the three;
            - ``slight``: share of the samples with a trace of the prompt's degradation, so that slight degradation is
              corrected slightly; see :func:`training.synthesis.slight`;
            - ``flat``: share of the samples that are one colour, see :func:`training.synthesis.flat_colour`;
            - ``prompts`` (instead of a degradation): keys of which one is drawn for each sample.
        repeats: how often each picture is drawn in an epoch, instead of ``share``.
    """

    kind: TaskKind
    folders: tuple[str, ...]
    share: float = 0.0
    degradation: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    repeats: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(TaskKind):
            raise ValueError(f"task kind {self.kind!r} is unknown; expected one of {', '.join(get_args(TaskKind))}")
        if unknown := sorted(self.options.keys() - _OPTIONS[self.kind]):
            known = ", ".join(sorted(_OPTIONS[self.kind]))
            raise ValueError(f"a {self.kind} task has no option {unknown[0]!r}; its options are {known}")
        _check_amount(self)
        _check_options(self)
        _check_degradation(self)

    @property
    def name(self) -> str:
        """Short name in reports: the prompt, what is mixed, or the kind."""
        if self.kind == "mixed":
            return "+".join(self.options["families"])
        return self.kind if self.kind == "clean" else self.degradation or self.kind

    @property
    def families(self) -> tuple[str, ...]:
        """Degradations that are synthesised on the clean picture; empty for pairs and clean pictures."""
        if self.kind == "mixed":
            return tuple(self.options["families"])
        return () if self.kind in ("pairs", "clean") else (self.kind,)

    @property
    def wants_scene(self) -> bool:
        """Whether sky and ground of its pictures must be detected; see :func:`training.synthesis.sky.scene_map`."""
        return bool(("depth" not in self.options and self.options.get("outdoor")) or self.options.get("sky"))

    @classmethod
    def from_dict(cls, entry: dict[str, Any]) -> "Task":
        """Read one entry of a configuration; keys that are not fields become options.

        Raises:
            KeyError: a field is missing.
            ValueError: a value is out of range, or an option unknown; the message names it.
        """
        fields = {"share", "degradation", "repeats"}
        return cls(
            kind=entry["kind"],
            folders=tuple(entry["folders"]),
            options=renamed({key: value for key, value in entry.items() if key not in fields | {"kind", "folders"}}),
            **{key: value for key, value in entry.items() if key in fields},
        )


def renamed(options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with the names of earlier versions (:data:`RENAMED_OPTIONS`) replaced by today's.

    Raises:
        ValueError: an option is given under both names.
    """
    for old, new in RENAMED_OPTIONS.items():
        if old in options and new in options:
            raise ValueError(f"a task takes either {old} or {new}, its new name, not both")
    return {RENAMED_OPTIONS.get(name, name): value for name, value in options.items()}


def weights(tasks: Sequence[Task], pictures: Sequence[int]) -> list[float]:
    """Relative frequency of each task: its share, or its repeats times its number of pictures.

    Raises:
        ValueError: some tasks give a share and others repeats.
    """
    if len({bool(task.repeats) for task in tasks}) > 1:
        raise ValueError("some tasks give a share and others repeats; give one or the other in all of them")
    return [task.repeats * count if task.repeats else task.share for task, count in zip(tasks, pictures, strict=True)]


def _check_amount(task: Task) -> None:
    if bool(task.share) == bool(task.repeats):
        raise ValueError(f"a {task.kind} task needs either a share or repeats greater than 0")
    if task.share < 0:
        raise ValueError(f"task share {task.share!r} must be positive")
    if task.repeats < 0:
        raise ValueError(f"task repeats {task.repeats!r} must be positive")


def _check_options(task: Task) -> None:
    options = task.options
    if "sigma" in options:
        sigma = options["sigma"]
        if not (isinstance(sigma, list | tuple) and len(sigma) == 2 and 0 < sigma[0] < sigma[1] <= 255):
            raise ValueError(f"task sigma {sigma!r} must be two numbers, 0 < lowest < highest <= 255")
    if not 0 <= options.get("jpeg", 0) <= 1:
        raise ValueError(f"task jpeg {options['jpeg']!r} must be a share from 0 to 1")
    _check_variety(task)
    if "zoom" in options:
        zoom = options["zoom"]
        if not (isinstance(zoom, list | tuple) and len(zoom) == 2 and 0 < zoom[0] <= zoom[1] <= 1):
            raise ValueError(f"task zoom {zoom!r} must be two factors, 0 < smallest <= largest <= 1")
    _check_appearance(task)
    for name in ("recursive", "augment_scene", "outdoor", "measured", "turns", *_SELECTIONS):
        if not isinstance(options.get(name, False), bool):
            raise ValueError(f"task {name} {options[name]!r} must be true or false")
    longest = options.get("longest", 0)
    if not (isinstance(longest, int) and longest >= 0):
        raise ValueError(f"task longest {longest!r} must be a number of pixels")
    if longest and "depth" in options:
        raise ValueError("a task with depth pictures cannot use longest: sizes would no longer match")
    if ("kernels" in options) != ("names" in options):
        raise ValueError("a task needs both kernels (the file) and names (of its kernels), or neither")
    if task.kind == "mixed":
        families = options.get("families", [])
        if len(families) < 2 or len(set(families)) < len(families) or not set(families) <= set(FAMILIES):
            raise ValueError(f"task families {families!r} must be two or more different ones of {', '.join(FAMILIES)}")


def _check_variety(task: Task) -> None:
    options = task.options
    for name in ("log_share", "vivid", "graphics", "paths"):
        value = options.get(name, 0)
        if not (isinstance(value, int | float) and 0 <= value <= 1):
            raise ValueError(f"task {name} {value!r} must be a share from 0 to 1")
    for name, among in (("log_share", "sigma"), ("sources", "sigma"), ("paths", "extent"), ("gyro", "extent")):
        if name in options and among not in options:
            raise ValueError(f"a task with {name} also needs {among}")
    sources = options.get("sources", {"white": 1})
    if not (
        isinstance(sources, dict) and sources and all(isinstance(share, int | float) for share in sources.values())
    ):
        raise ValueError(f"task sources {sources!r} must be a table of shares")
    if not set(sources) <= set(NOISE_SOURCES) or min(sources.values()) < 0 or not sum(sources.values()):
        raise ValueError(f"task sources {sources!r} must be shares of {', '.join(NOISE_SOURCES)}")
    extent = options.get("extent", [1, 1])
    if not (isinstance(extent, list | tuple) and len(extent) == 2 and 0 < extent[0] <= extent[1] <= 100):
        raise ValueError(f"task extent {extent!r} must be two numbers of pixels, 0 < smallest <= largest <= 100")


def _check_appearance(task: Task) -> None:
    options = task.options
    for name in ("camera", "slight", "lit", "flat"):
        if not 0 <= options.get(name, 0) <= 1:
            raise ValueError(f"task {name} {options[name]!r} must be a share from 0 to 1")
    strength = options.get("strength", [0, 1])
    if not (isinstance(strength, list | tuple) and len(strength) == 2 and 0 <= strength[0] <= strength[1] <= 1):
        raise ValueError(f"task strength {strength!r} must be two numbers, 0 <= lowest <= highest <= 1")
    quality = options.get("quality", [1, 100])
    whole = isinstance(quality, list | tuple) and len(quality) == 2 and all(isinstance(one, int) for one in quality)
    if not (whole and 1 <= quality[0] <= quality[1] <= 100):
        raise ValueError(f"task quality {quality!r} must be two whole numbers, 1 <= lowest <= highest <= 100")
    exclude = options.get("exclude", [])
    if not (isinstance(exclude, list | tuple) and all(isinstance(pattern, str) for pattern in exclude)):
        raise ValueError(f"task exclude {exclude!r} must be a list of patterns")
    if options.get("turns", False) is True and task.degradation in ("rain", "haze"):
        raise ValueError(f"a task of {task.degradation} cannot use rotations: the degradation has a direction")
    if options.get("outdoor") and options.get("augment_scene"):
        raise ValueError("a task takes either outdoor or augment_scene")
    if sum(bool(options.get(name)) for name in _SELECTIONS) > 1:
        raise ValueError(f"a task takes one of {', '.join(_SELECTIONS)} at most")
    if "prompts" in options:
        prompts = options["prompts"]
        if not (isinstance(prompts, list | tuple) and prompts and set(prompts) <= set(KEYS)):
            raise ValueError(f"task prompts {prompts!r} must be some of {', '.join(KEYS)}")
        if task.degradation:
            raise ValueError("a task takes either prompts or a degradation")


def _check_degradation(task: Task) -> None:
    if task.kind == "clean" and not task.degradation:
        return
    free = "sigma" in task.options
    if free and task.degradation:
        raise ValueError(f"this {task.kind} task takes no degradation: its prompts follow from sigma")
    if not free and task.degradation not in KEYS:
        raise ValueError(f"task degradation {task.degradation!r} is unknown; expected one of {', '.join(KEYS)}")
    if task.kind == "noise" and not free and degradation(task.degradation).sigma is None:
        raise ValueError(f"a noise task needs a noise degradation or sigma, not {task.degradation!r}")
    if task.kind == "mixed" and degradation(task.degradation).family not in task.families:
        raise ValueError(f"task degradation {task.degradation!r} must be of one of its families")
