"""Names of blocks and prompts in charts."""

from core.messages import Message, message, verbatim

_BLOCKS = {
    "level 1": message("level {number}", number=1),
    "level 2": message("level {number}", number=2),
    "level 3": message("level {number}", number=3),
    "latent": message("latent"),
}
_PROMPTS = {
    "noise15": message("noise15"),
    "noise25": message("noise25"),
    "noise50": message("noise50"),
    "rain": message("rain"),
    "haze": message("haze"),
    "blur": message("blur"),
    "low-light": message("low-light"),
}


def block_label(block: str) -> Message:
    """Name of a block, one of :data:`core.inspection.BLOCKS`."""
    return _BLOCKS.get(block) or verbatim(block)


def prompt_label(prompt: str) -> Message:
    """Name of a prompt by its key."""
    return _PROMPTS.get(prompt) or verbatim(prompt)
