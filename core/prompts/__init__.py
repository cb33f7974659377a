"""Prompt embeddings: the bank stored in a checkpoint, and the text encoder that adds to it."""

from core.prompts.bank import CLIP, Prompt, PromptBank, random_codes
from core.prompts.encoder import OpenClipEncoder, TextEncoder
from core.prompts.resolve import prompt_texts, resolve
from core.prompts.weights import encoder_folder

__all__ = [
    "CLIP",
    "OpenClipEncoder",
    "Prompt",
    "PromptBank",
    "TextEncoder",
    "encoder_folder",
    "prompt_texts",
    "random_codes",
    "resolve",
]
