"""Preparing embeddings ahead of use, for checkpoints without a prompt bank."""

from collections.abc import Iterable
from typing import Literal

from core.degradations import DEGRADATIONS, KEYS
from core.errors import PromptError
from core.messages import Message, message
from core.progress import CancelToken, ProgressCallback, no_progress
from core.prompts.bank import CLIP, PromptBank
from core.prompts.cache import EmbeddingCache
from core.prompts.encoder import OpenClipEncoder
from core.prompts.resolve import prompt_texts
from core.prompts.weights import cache_folder, encoder_folder, fetch_weights, official_weights

DOWNLOAD_MB = 354
"""Size of OpenAI's ViT-B-32.pt."""

_DOWNLOAD_SHARE = 0.95


def prompts_ready(encoder: OpenClipEncoder | None = None) -> bool:
    """Whether the embeddings of all prompts are cached and the text encoder's weights are not needed."""
    encoder = encoder or OpenClipEncoder()
    cache = EmbeddingCache(encoder.cache or cache_folder())
    return all(cache.get(encoder.identity, text) is not None for text in _texts())


def encoder_file_there() -> bool:
    """Whether CLIP's weight file is on this computer and no download is needed."""
    return (encoder_folder() / "ViT-B-32.pt").is_file()


def download_needed(bank: PromptBank, keys: Iterable[str] = KEYS) -> bool:
    """Whether the text encoder must be downloaded before a model can remove degradations. Loads nothing.

    Args:
        bank: the model's prompt bank.
        keys: keys of the degradations.
    """
    missing = prompt_texts(key for key in keys if key not in bank.prompts)
    if not missing or bank.encoder != CLIP or encoder_file_there():
        return False
    encoder = OpenClipEncoder()
    cache = EmbeddingCache(encoder.cache or cache_folder())
    return any(cache.get(encoder.identity, text) is None for text in missing.values())


def why_no_text(bank: PromptBank) -> Message | Literal[""]:
    """Why a model with this bank accepts no custom prompt; empty if it accepts them.

    The encoder of its prompts must be available with its weights: nothing is downloaded for a custom prompt.
    """
    if bank.is_random:
        return message(
            "This model was trained without a text encoder: its prompts are fixed codes, and no others can be added."
        )
    if bank.encoder != CLIP:
        return message("This model's prompts were made by {encoder}, which is not available.", encoder=bank.encoder)
    if not encoder_file_there():
        return message(
            "The text encoder's weights are not on this computer. Preparing a model's prompts downloads them."
        )
    return ""


def prepare_prompts(
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    encoder: OpenClipEncoder | None = None,
) -> None:
    """Download CLIP's weights if necessary, and cache the embeddings of all prompts.

    Args:
        progress: called with the finished share.
        cancel: stops the download.
        encoder: encoder of the embeddings; None for that of the published checkpoints.

    Raises:
        PromptError: open_clip is not installed, there is no network, or the downloaded file is not the expected one.
        Cancelled: ``cancel`` was set.
    """
    encoder = encoder or OpenClipEncoder()
    source = official_weights(encoder.open_clip, encoder.model, encoder.pretrained)
    if source is not None:
        try:
            fetch_weights(source, lambda share: progress(share * _DOWNLOAD_SHARE), cancel, download=True)
        except OSError as error:
            raise PromptError(
                message(
                    "{file} could not be downloaded: {reason}. Check the network connection, or download it from "
                    "{address} and put it into {folder}.",
                    file=source.name,
                    reason=str(error),
                    address=source.url,
                    folder=encoder_folder(),
                )
            ) from error
    if cancel is not None:
        cancel.check()
    encoder.encode(_texts())
    progress(1.0)


def _texts() -> list[str]:
    texts = prompt_texts(KEYS)
    simple = {entry.simple_prompt for entry in DEGRADATIONS if entry.simple_prompt}
    return [*texts.values(), *sorted(simple - set(texts.values()))]
