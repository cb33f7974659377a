"""Names of blocks and prompts in charts."""

from core.degradations import DEGRADATIONS, FAMILY_NOUNS, FREE_TEXT, Degradation
from core.messages import Message, message, verbatim

_BLOCKS = {
    "level 1": message("level {number}", number=1),
    "level 2": message("level {number}", number=2),
    "level 3": message("level {number}", number=3),
    "latent": message("latent"),
}


def block_label(block: str) -> Message:
    """Name of a block, one of :data:`core.inspection.BLOCKS`."""
    return _BLOCKS.get(block) or verbatim(block)


def prompt_label(prompt: str) -> Message:
    """Name of a prompt by its key, within a sentence: ``"noise σ 15"``, ``"low light"``."""
    family, _, text = prompt.partition(":")
    if family == FREE_TEXT and text:
        return message("“{prompt}”", prompt=text)
    return _PROMPTS.get(prompt) or verbatim(prompt)


def _label(entry: Degradation) -> Message:
    if entry.sigma is not None:
        return message("noise σ {sigma:g}", sigma=entry.sigma)
    return FAMILY_NOUNS[entry.family]


_PROMPTS = {entry.key: _label(entry) for entry in DEGRADATIONS}
