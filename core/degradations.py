"""The table of degradations: their keys, labels, order and prompts.

The prompts are those that the published checkpoints were trained with (Tian et al., CVPR 2025). The detailed prompts
belong to the 5-task checkpoint, the first five of them also to the detailed 3-task checkpoint. The simple prompts
belong to the simple 3-task checkpoint, which knows neither blur nor low light.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from core.errors import RestorationError
from core.messages import Message, message


@dataclass(frozen=True)
class Degradation:
    """One kind of degradation that the network can be prompted to remove.

    Attributes:
        key: name on the command line, in prompt banks and in recipes, e.g. ``"noise25"``.
        label: name shown to users.
        family: the kind without its strength: ``"noise"``, ``"rain"``, ``"haze"``, ``"blur"``, ``"low-light"``.
        prompt: the detailed prompt.
        simple_prompt: the prompt of the simple 3-task checkpoint, or None if that checkpoint does not know it.
        sigma: standard deviation of the noise on the 0-255 scale, or None.
        turns: whether it looks the same in a photo that is rotated or upside down; if not, only the left-right
            reflection preserves it. False for free-text prompts, for which it is unknown.
    """

    key: str
    label: Message
    family: str
    prompt: str
    simple_prompt: str | None = None
    sigma: float | None = None
    turns: bool = False


def _noise(sigma: int) -> Degradation:
    return Degradation(
        key=f"noise{sigma}",
        label=message("Noise (σ {sigma})", sigma=sigma),
        family="noise",
        prompt=f"Gaussian noise with a standard deviation of {sigma}",
        simple_prompt="Noise",
        sigma=float(sigma),
        turns=True,
    )


FAMILY_LABELS: Mapping[str, Message] = {
    "noise": message("Noise"),
    "rain": message("Rain"),
    "haze": message("Haze"),
    "blur": message("Motion blur"),
    "low-light": message("Low light"),
}
"""Names of the families of :data:`DEGRADATIONS`, shown to users."""

FAMILY_NOUNS: Mapping[str, Message] = {
    "noise": message("noise"),
    "rain": message("rain"),
    "haze": message("haze"),
    "blur": message("blur"),
    "low-light": message("low light"),
}
"""The same for use within a sentence."""

DEGRADATIONS: tuple[Degradation, ...] = (
    _noise(15),
    _noise(25),
    _noise(50),
    Degradation("rain", FAMILY_LABELS["rain"], "rain", "Rain degradation with rain lines", "Rain"),
    Degradation("haze", FAMILY_LABELS["haze"], "haze", "Hazy degradation with normal haze", "Haze"),
    Degradation("blur", FAMILY_LABELS["blur"], "blur", "Blur degradation with motion blur", turns=True),
    Degradation("low-light", FAMILY_LABELS["low-light"], "low-light", "Lowlight degradation", turns=True),
)
"""All degradations, in the order of the published training."""

KEYS: tuple[str, ...] = tuple(d.key for d in DEGRADATIONS)
"""The keys of :data:`DEGRADATIONS`, in the same order."""

FREE_TEXT = "text"
"""Family of free-text prompts, written by the user. Their key is ``"text:"`` followed by the prompt."""

MAX_TEXT_LENGTH = 300
"""Characters of a free-text prompt. CLIP reads 77 tokens, about as many words as fit into these."""


def text_key(prompt: str) -> str:
    """The key of a free-text prompt.

    Raises:
        RestorationError: the prompt is empty or too long.
    """
    key = f"{FREE_TEXT}:{' '.join(prompt.split())}"
    degradation(key)
    return key


def degradation(key: str) -> Degradation:
    """The degradation called ``key``; for ``"text:..."``, one with this free-text prompt.

    Raises:
        RestorationError: there is no such degradation, or the free-text prompt is empty or too long.
    """
    for entry in DEGRADATIONS:
        if entry.key == key:
            return entry
    family, colon, prompt = key.partition(":")
    if family == FREE_TEXT and colon:
        if not 0 < len(prompt.strip()) <= MAX_TEXT_LENGTH:
            raise RestorationError(
                message(
                    "A prompt needs 1 to {limit} characters, not {count}.",
                    limit=MAX_TEXT_LENGTH,
                    count=len(prompt.strip()),
                )
            )
        return Degradation(key, message("“{prompt}”", prompt=prompt), FREE_TEXT, prompt)
    raise RestorationError(
        message("There is no degradation called {name!r}. Choose one of: {known}.", name=key, known=list(KEYS))
    )


QualityMode = Literal["standard", "best"]
"""``"standard"`` runs the network once per step; ``"best"`` takes the mean over rotations and reflections."""

QUALITY_MODES: tuple[QualityMode, ...] = get_args(QualityMode)


def network_runs(key: str, quality_mode: QualityMode) -> int:
    """Number of network runs that removing a degradation takes.

    Returns:
        1 for ``"standard"``; for ``"best"`` 8 where the photo may be rotated, otherwise 2.

    Raises:
        RestorationError: there is no such degradation.
    """
    if quality_mode == "standard":
        return 1
    return 8 if degradation(key).turns else 2


def checked_quality_mode(name: str) -> QualityMode:
    """``name`` as a quality mode.

    Raises:
        RestorationError: there is no such quality mode.
    """
    for mode in QUALITY_MODES:
        if name == mode:
            return mode
    raise RestorationError(message("There is no quality mode {name!r}. Choose standard or best.", name=name))
