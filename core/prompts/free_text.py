"""Whether a model can be prompted in the user's own words."""

from core.prompts.bank import CLIP, PromptBank
from core.prompts.preparing import encoder_file_there


def why_no_text(bank: PromptBank) -> str:
    """Why no prompt in other words can be given to a model with this bank, in a sentence; empty if one can.

    The encoder that made its prompts must be at hand, with its weights: nothing is downloaded for this.
    """
    if bank.is_random:
        return "This model was trained without a text encoder: its prompts are fixed codes, and no others can be made."
    if bank.encoder != CLIP:
        return f"This model's prompts were made by {bank.encoder}, which is not at hand."
    if not encoder_file_there():
        return "The text encoder's weights are not on this computer. Preparing a model's prompts fetches them."
    return ""
