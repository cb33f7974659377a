"""One source of training samples, as a table ``[task.NAME]`` of a configuration says it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

from core.degradations import DEGRADATIONS, KEYS, degradation
from training.synthesis import NOISE_SOURCES

TaskKind = Literal["pairs", "noise", "rain", "haze", "blur", "low-light", "mixed", "clean"]

FAMILIES = tuple(dict.fromkeys(entry.family for entry in DEGRADATIONS))

_ANY_FOLDER = {"recursive", "longest", "exclude"}
_KERNELS = {"kernels", "names"}
_ANY_WAY = {"turns", "vivid", "graphics"}  # where up may be any side, and colours any colours
_MOTION = {"extent", "paths", "gyro"}
_PICKS = ("pale", "sky", "daylight")
_OPTIONS: dict[str, set[str]] = {
    "pairs": {"jpeg", "quality", "zoom", "turns", "exclude"},
    "noise": {"sigma", "log_share", "sources", "jpeg", "quality", "zoom"} | _ANY_WAY | _ANY_FOLDER,
    "rain": {"strength", "jpeg", "quality", "zoom"} | _ANY_FOLDER,
    "haze": {"depth", "jpeg", "quality", "zoom", "varied", "outdoor", "camera", "lit"} | _ANY_FOLDER,
    "blur": {"jpeg", "quality", "zoom"} | _MOTION | _KERNELS | _ANY_WAY | _ANY_FOLDER,
    "low-light": {"measured", "jpeg", "quality", "zoom"} | _ANY_WAY | _ANY_FOLDER,
    "mixed": {"families", "depth", "jpeg"} | _KERNELS | _ANY_FOLDER,
    "clean": {"zoom", "jpeg", "quality", "prompts", "slight", "flat", *_PICKS} | _ANY_WAY | _ANY_FOLDER,
}
"""The options that each kind knows; see :class:`Task`."""


@dataclass(frozen=True)
class Task:
    """One source of training samples.

    Attributes:
        kind: ``"pairs"`` for sets of degraded and clean pictures, ``"clean"`` for clean pictures that must come out
            unchanged, ``"mixed"`` for several degradations in one picture, otherwise the synthesis applied to clean
            pictures.
        folders: folders below the data folder, ending in the pictures themselves; for pairs a folder in which sets
            lie in any layout that :mod:`training.data.layouts` knows.
        share: how often this task is drawn, relative to the other tasks' shares.
        degradation: key of the prompt that goes with the samples: the one of the main degradation for ``"mixed"``;
            empty for noise of any strength, where it is the nearest. For ``"clean"`` it may be empty: any, at random.
        options: what a kind takes besides:

            - ``sigma`` (noise): two standard deviations on the 0-255 scale between which each sample's is drawn;
            - ``log_share`` (noise): share of these drawn evenly on a logarithmic scale instead of a linear one;
            - ``sources`` (noise): how often each of :data:`training.synthesis.NOISE_SOURCES` is drawn, e.g.
              ``{white = 0.6, camera = 0.4}``, in place of white noise alone; the prompt is then that of the level whose
              ratio to the measured deviation is nearest to 1, near the border of two levels either, see
              :func:`training.restoration.degrading.shared_noise_prompt`;
            - ``extent`` (blur): smallest and largest extent of the motion in pixels, drawn evenly in its logarithm; the
              camera then turns and shifts, and things move by themselves, see :mod:`training.synthesis.motion`;
            - ``paths`` (blur, with extent and kernels): share of the samples blurred so, the others by kernels;
            - ``gyro`` (blur, with extent): file of a measured gyro trace;
            - ``families`` (mixed): the degradations, e.g. ``["low-light", "noise"]``;
            - ``depth`` (haze, mixed): folder of depth pictures, 255 = far, named as the clean ones;
            - ``kernels`` and ``names`` (blur, mixed): ``.npz`` file of measured kernels, and which of them, by name or
              by patterns such as ``"real_*"``;
            - ``jpeg`` (all): share of the samples that are stored as JPEG at the end; of clean tasks, on both sides;
            - ``quality`` (all but mixed; with jpeg): lowest and highest quality of these, 1 to 100;
            - ``zoom`` (all but mixed): two factors from 0 to 1 between which each sample's is drawn; a crop that many
              times larger is reduced to the patch, so that it shows more of the scene, as whole pictures do;
            - ``varied`` (haze): true to let the clean pictures and their depths vary beyond what they are, so that a
              few rooms are not learned by heart; see :mod:`training.synthesis.scene_augmentation`;
            - ``pale`` (clean): true to draw two crops and take the one of less contrast, which is taken for haze most
              easily; ``sky`` (clean): true to draw up to four and take the first with a fifth of sky or more, else that
              with most; ``daylight`` (clean): true to do so with a mean of 0.3 or more;
            - ``turns`` (pairs, noise, blur, low-light, clean): true to turn pictures by quarters besides mirroring;
              not for rain and haze, which know up and down;
            - ``vivid`` (noise, blur, low-light, clean): share of the pictures whose colours are varied, see
              :func:`training.synthesis.vivid_colours`;
            - ``graphics`` (noise, blur, low-light, clean): share of the samples that are drawn pictures in place of
              photographs, see :func:`training.synthesis.drawn_graphic`;
            - ``flat`` (clean): share of the samples that are one colour, see :func:`training.synthesis.flat_colour`;
            - ``exclude`` (all): patterns of file stems that are not drawn, e.g. ``["gopro_4", "reds_test001_*"]``; each
              must fit a picture. See :mod:`training.evaluation.held_out`;
            - ``strength`` (rain): two strengths from 0 to 1 between which each sample's is drawn, for rain with streaks
              as measured in photographs; see :mod:`training.synthesis.photographed_rain`;
            - ``measured`` (low-light): true for exposures and tones as measured on pairs of photographs; see
              :func:`training.synthesis.measured_low_light`;
            - ``outdoor`` (haze): true for haze as photographs of the outdoors show it: the sky of each picture is
              found, or taken from where ``depth`` is 255; see :mod:`training.synthesis.outdoor_haze`. Such pictures are
              mirrored from side to side only;
            - ``camera`` (haze): share of the samples whose hazy side is exposed as a camera would, so that the restorer
              learns to give brightness back;
            - ``lit`` (haze): mean that clean sides have at least; darker ones are lightened, see
              :func:`training.synthesis.well_lit`;
            - ``slight`` (clean): share of the samples with a trace of what their prompt names, so that little damage is
              mended by little; see :func:`training.synthesis.slight`;
            - ``prompts`` (clean, in place of a degradation): keys of which one is drawn for each sample;
            - ``recursive`` (not pairs): true to take the pictures in subfolders too;
            - ``longest`` (not pairs): pictures with a longer side are reduced to it, in pixels.
        repeats: how often each picture is drawn in an epoch, in place of ``share``.
    """

    kind: TaskKind
    folders: tuple[str, ...]
    share: float = 0.0
    degradation: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    repeats: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in get_args(TaskKind):
            raise ValueError(f"task kind {self.kind!r} is unknown; wanted one of {', '.join(get_args(TaskKind))}")
        if unknown := sorted(self.options.keys() - _OPTIONS[self.kind]):
            wanted = ", ".join(sorted(_OPTIONS[self.kind]))
            raise ValueError(f"a {self.kind} task takes no {unknown[0]!r}; its options are {wanted}")
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
        """What the synthesis puts into a clean picture; empty for pairs and clean pictures."""
        if self.kind == "mixed":
            return tuple(self.options["families"])
        return () if self.kind in ("pairs", "clean") else (self.kind,)

    @property
    def wants_scene(self) -> bool:
        """Whether sky and ground of its pictures have to be found; see :func:`training.synthesis.sky.scene_map`."""
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
            options={key: value for key, value in entry.items() if key not in fields | {"kind", "folders"}},
            **{key: value for key, value in entry.items() if key in fields},
        )


def weights(tasks: Sequence[Task], pictures: Sequence[int]) -> list[float]:
    """How often each task is drawn, relative to the others: its share, or its repeats times its pictures.

    Raises:
        ValueError: some tasks give a share and others repeats.
    """
    if len({bool(task.repeats) for task in tasks}) > 1:
        raise ValueError("some tasks give a share and others repeats; give one or the other in all of them")
    return [task.repeats * count if task.repeats else task.share for task, count in zip(tasks, pictures, strict=True)]


def _check_amount(task: Task) -> None:
    if bool(task.share) == bool(task.repeats):
        raise ValueError(f"a {task.kind} task wants either a share or repeats, greater than 0")
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
    _check_shown(task)
    for name in ("recursive", "varied", "outdoor", "measured", "turns", *_PICKS):
        if not isinstance(options.get(name, False), bool):
            raise ValueError(f"task {name} {options[name]!r} must be true or false")
    longest = options.get("longest", 0)
    if not (isinstance(longest, int) and longest >= 0):
        raise ValueError(f"task longest {longest!r} must be a number of pixels")
    if longest and "depth" in options:
        raise ValueError("a task with depth pictures takes no longest: they would no longer fit")
    if ("kernels" in options) != ("names" in options):
        raise ValueError("a task wants both kernels (the file) and names (of kernels in it), or neither")
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
            raise ValueError(f"a task with {name} wants {among} as well")
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


def _check_shown(task: Task) -> None:
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
        raise ValueError(f"a task of {task.degradation} takes no turns: it knows up and down")
    if options.get("outdoor") and options.get("varied"):
        raise ValueError("a task takes either outdoor or varied")
    if sum(bool(options.get(name)) for name in _PICKS) > 1:
        raise ValueError(f"a task takes one of {', '.join(_PICKS)} at most")
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
        raise ValueError(f"task degradation {task.degradation!r} is unknown; wanted one of {', '.join(KEYS)}")
    if task.kind == "noise" and not free and degradation(task.degradation).sigma is None:
        raise ValueError(f"a noise task wants a noise degradation or sigma, not {task.degradation!r}")
    if task.kind == "mixed" and degradation(task.degradation).family not in task.families:
        raise ValueError(f"task degradation {task.degradation!r} must be of one of its families")
