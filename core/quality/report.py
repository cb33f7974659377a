"""The report on a restoration: what it changed, the harm that it may have done, and what helps."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from core.degradations import DEGRADATIONS, degradation
from core.messages import Message, message
from core.photo import Photo
from core.quality.changes import Changes, compare
from core.quality.limits import HARDLY_CHANGED, LIMITS
from core.quality.measures import Comparison, Measures
from core.steps import Step

PROBLEMS: Mapping[str, Message] = {
    "darkening": message("Darker than before"),
    "dulled_lights": message("Dull: nothing is bright any more"),
    "dark_areas": message("Sky or other even areas have become dark"),
    "bright_halos": message("Bright halos along edges"),
    "dark_halos": message("Dark halos along edges"),
    "border_band": message("A band along the border of the photo"),
    "blotches": message("Light and dark blotches in even areas"),
    "colour_blotches": message("Blotches of colour in even areas"),
    "blocks": message("Blocks and noise where the photo was nearly black"),
    "new_colour": message("Grey areas have become coloured"),
    "skin": message("Unnatural skin colours"),
    "clipped_lights": message("Bright areas have lost their detail to white"),
    "clipped_shadows": message("Dark areas have lost their detail to black"),
    "texture_lost": message("Fine detail was lost"),
    "texture_invented": message("Detail that was not in the photo"),
    "noise": message("More noise than before"),
}
"""Name of a measure -> what is wrong if it exceeds its limit."""

SHARES = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3)
"""Shares of the strength that are tried. A smaller strength is hardly better than none."""

_STRENGTH_STEP = 0.05
"""Proposed strengths are multiples of this."""

_MARGIN = 0.97
"""A proposed strength must bring every measure below this share of its limit."""

_NEARLY_BLACK = 0.25
"""Share of the lightness. A darkened result with less is nearly black: mixed with the photo, it only dims it."""

_DARKER = frozenset({"darkening", "dulled_lights", "clipped_shadows"})

_LOSES_DETAIL = "texture_lost"


@dataclass(frozen=True)
class Harm:
    """Something that may be wrong with a result.

    Attributes:
        kind: the measure that exceeds its limit, one of :data:`PROBLEMS`.
        value: of the measure.
        limit: of the measure.
    """

    kind: str
    value: float
    limit: float

    @property
    def problem(self) -> Message:
        """What is wrong, in plain words, without a full stop."""
        return PROBLEMS[self.kind]


@dataclass(frozen=True)
class Remedy:
    """What helps against the harm of a result.

    Attributes:
        kind: ``"strength"``: the same with less strength; ``"degradation"``: a weaker one of the same kind;
            ``"leave"``: to leave the photo as it is.
        steps: what to do instead; none to leave the photo as it is.
        advice: the same for people, e.g. ``"try 60 %"``: the end of a sentence.
    """

    kind: Literal["strength", "degradation", "leave"]
    steps: tuple[Step, ...]
    advice: Message


@dataclass(frozen=True)
class QualityReport:
    """What a restoration has changed, and whether that may have done harm.

    Attributes:
        changes: from the source to the result, in numbers.
        measures: of the harm; see :class:`Measures`.
        harms: the measures that exceed their limits, the worst first; empty if nothing indicates harm.
        remedy: what helps; None without harm.
    """

    changes: Changes
    measures: Measures
    harms: tuple[Harm, ...] = ()
    remedy: Remedy | None = None

    @property
    def warnings(self) -> tuple[Message, ...]:
        """Why the result may be worse than its source, and what helps: a sentence each."""
        if self.remedy is None:
            return ()
        advice = self.remedy.advice
        return tuple(message("{problem}: {advice}.", problem=harm.problem, advice=advice) for harm in self.harms)

    @property
    def hardly_changed(self) -> bool:
        """Whether the restoration changes so little of the photo that it may as well be left out."""
        return not self.harms and self.measures.change < HARDLY_CHANGED

    def to_dict(self) -> dict[str, object]:
        """The report as plain values for JSON: measures, harms, warnings and the steps that help."""
        return {
            "warnings": [
                {"kind": harm.kind, "value": round(harm.value, 4), "limit": harm.limit, "text": str(text)}
                for harm, text in zip(self.harms, self.warnings, strict=True)
            ],
            "remedy": None
            if self.remedy is None
            else {"kind": self.remedy.kind, "steps": [step.to_dict() for step in self.remedy.steps]},
            "hardly_changed": self.hardly_changed,
            "measures": {name: round(getattr(self.measures, name), 4) for name in Measures.names()},
        }


def quality_report(source: Photo, result: Photo, steps: Iterable[Step]) -> QualityReport:
    """Compare a result with its source, as both are shown; colours beneath transparent parts do not matter.

    Args:
        source: what was restored.
        result: of the same size and colour space, after strength and mask.
        steps: what was done; the remedy is made of them. None if the model takes no prompts.
    """
    to_srgb = source.space.to_srgb
    before, after = source.visible_part().pixels, result.visible_part().pixels
    comparison = Comparison(before, after, to_srgb)
    measures = comparison.measures()
    harms = harms_of(measures)
    remedy = _remedy(comparison, tuple(steps), harms) if harms else None
    return QualityReport(compare(before, after, to_srgb), measures, harms, remedy)


def harms_of(measures: Measures, limits: Mapping[str, float] = LIMITS) -> tuple[Harm, ...]:
    """The measures that exceed their limits, the worst first."""
    found = [Harm(kind, getattr(measures, kind), limit) for kind, limit in limits.items()]
    return tuple(sorted((harm for harm in found if harm.value > harm.limit), key=lambda harm: -harm.value / harm.limit))


def _remedy(comparison: Comparison, steps: tuple[Step, ...], harms: tuple[Harm, ...]) -> Remedy:
    used = tuple(step for step in steps if step.strength > 0)
    darker = any(harm.kind in _DARKER for harm in harms)
    if not used or (darker and comparison.lightness_kept() < _NEARLY_BLACK):
        return Remedy("leave", (), message("better leave the photo as it is"))
    weaker = _weaker_noise(steps) if harms[0].kind == _LOSES_DETAIL else None
    if weaker is not None:
        return weaker
    for share in _harmless_shares(comparison):
        weakened = tuple(replace(step, strength=_rounded(step.strength * share)) for step in used)
        if any(step.strength == 0 for step in weakened):
            break
        # What is suggested is checked itself: rounding may have weakened it further, and harm need not grow evenly.
        exact = weakened[0].strength / used[0].strength if len(used) == 1 else share
        if exact != share and not _is_harmless(comparison, exact):
            continue
        if len(used) == 1:
            return Remedy("strength", weakened, message("try {percent:.0f} %", percent=100 * weakened[0].strength))
        return Remedy(
            "strength", weakened, message("try {percent:.0f} % of the strength of all steps", percent=100 * share)
        )
    return Remedy("leave", (), message("better leave the photo as it is"))


def _harmless_shares(comparison: Comparison) -> Iterator[float]:
    """The shares of the strength that do no harm, from the largest; harm mostly grows with the strength."""
    low, high = 0, len(SHARES)
    while low < high:
        middle = (low + high) // 2
        if _is_harmless(comparison, SHARES[middle]):
            high = middle
        else:
            low = middle + 1
    for place, share in enumerate(SHARES[low:]):
        if not place or _is_harmless(comparison, share):
            yield share


def _is_harmless(comparison: Comparison, share: float) -> bool:
    return not harms_of(comparison.measures(share), {kind: limit * _MARGIN for kind, limit in LIMITS.items()})


def _rounded(strength: float) -> float:
    return round(int(strength / _STRENGTH_STEP + 1e-6) * _STRENGTH_STEP, 2)


def _weaker_noise(steps: tuple[Step, ...]) -> Remedy | None:
    """The same steps with the next smaller σ for the strongest noise step, if there is one."""
    sigmas = {entry.key: entry.sigma for entry in DEGRADATIONS if entry.sigma is not None}
    noise = [index for index, step in enumerate(steps) if step.degradation in sigmas and step.strength > 0]
    if not noise:
        return None
    index = max(noise, key=lambda place: sigmas[steps[place].degradation])
    smaller = [key for key, sigma in sigmas.items() if sigma < sigmas[steps[index].degradation]]
    if not smaller:
        return None
    key = max(smaller, key=lambda name: sigmas[name])
    changed = (*steps[:index], replace(steps[index], degradation=key), *steps[index + 1 :])
    return Remedy("degradation", changed, message("try {name} instead", name=degradation(key).label))
