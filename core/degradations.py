"""The one table of degradations: their names, labels, order and prompts.

Prompts are those that the published checkpoints were trained with (Tian et al., CVPR 2025; the detailed
ones belong to the 5-task checkpoint, and its first five to the detailed 3-task one; the simple ones to
the simple 3-task checkpoint, which knows neither blur nor low light).
"""

from dataclasses import dataclass
from typing import Literal, get_args

from core.errors import RestorationError


@dataclass(frozen=True)
class Degradation:
    """One kind of damage that the network can be told to remove.

    Attributes:
        key: name on the command line, in prompt banks and in recipes, e.g. ``"noise25"``.
        label: English label for people.
        family: what it is, without its strength: ``"noise"``, ``"rain"``, ``"haze"``, ``"blur"``, ``"low-light"``.
        prompt: the detailed prompt.
        simple_prompt: the prompt of the simple 3-task checkpoint, or None if that checkpoint does not know it.
        sigma: standard deviation of the noise on the 0-255 scale, or None.
        turns: whether it looks alike in a photo that is turned or stands on its head; if not, only the left-right
            reflection leaves it as it is. Unknown for other prompts, so that it is False there.
    """

    key: str
    label: str
    family: str
    prompt: str
    simple_prompt: str | None = None
    sigma: float | None = None
    turns: bool = False


def _noise(sigma: int) -> Degradation:
    return Degradation(
        key=f"noise{sigma}",
        label=f"Noise (σ {sigma})",
        family="noise",
        prompt=f"Gaussian noise with a standard deviation of {sigma}",
        simple_prompt="Noise",
        sigma=float(sigma),
        turns=True,
    )


DEGRADATIONS: tuple[Degradation, ...] = (
    _noise(15),
    _noise(25),
    _noise(50),
    Degradation("rain", "Rain", "rain", "Rain degradation with rain lines", "Rain"),
    Degradation("haze", "Haze", "haze", "Hazy degradation with normal haze", "Haze"),
    Degradation("blur", "Motion blur", "blur", "Blur degradation with motion blur", turns=True),
    Degradation("low-light", "Low light", "low-light", "Lowlight degradation", turns=True),
)
"""All degradations, in the order of the published training."""

KEYS: tuple[str, ...] = tuple(d.key for d in DEGRADATIONS)
"""The keys of :data:`DEGRADATIONS`, in the same order."""


FREE_TEXT = "text"
"""Family of prompts in the user's own words. Their key is ``"text:"`` and the words."""

LONGEST_TEXT = 300
"""Characters of such a prompt. CLIP reads 77 tokens, about as many words as fit in here."""


def text_key(words: str) -> str:
    """The key of a prompt in the user's own words.

    Raises:
        RestorationError: there are no words, or too many.
    """
    key = f"{FREE_TEXT}:{' '.join(words.split())}"
    degradation(key)
    return key


def degradation(key: str) -> Degradation:
    """Return the degradation called ``key``, or for ``"text:..."`` the one that these words describe.

    Raises:
        RestorationError: there is no such degradation; the message lists those there are. Or the words are too few or
            too many.
    """
    for entry in DEGRADATIONS:
        if entry.key == key:
            return entry
    family, colon, words = key.partition(":")
    if family == FREE_TEXT and colon:
        if not 0 < len(words.strip()) <= LONGEST_TEXT:
            raise RestorationError(f"A prompt needs 1 to {LONGEST_TEXT} characters, not {len(words.strip())}.")
        return Degradation(key, f"“{words}”", FREE_TEXT, words)
    raise RestorationError(f"There is no degradation called {key!r}. Choose one of: {', '.join(KEYS)}.")


QualityMode = Literal["standard", "best"]
"""``"standard"`` runs the network once for each step; ``"best"`` takes the mean over turns and reflections."""

QUALITY_MODES: tuple[QualityMode, ...] = get_args(QualityMode)


def passes(key: str, quality_mode: QualityMode) -> int:
    """How often the network runs to remove a degradation: its price in time.

    Returns:
        1 for ``"standard"``; for ``"best"`` 8 where the photo may be turned, otherwise 2.

    Raises:
        RestorationError: there is no such degradation.
    """
    if quality_mode == "standard":
        return 1
    return 8 if degradation(key).turns else 2


def checked_quality_mode(name: str) -> QualityMode:
    """The quality mode called ``name``.

    Raises:
        RestorationError: there is none.
    """
    for mode in QUALITY_MODES:
        if name == mode:
            return mode
    raise RestorationError(f"There is no quality mode {name!r}. Choose {' or '.join(QUALITY_MODES)}.")
