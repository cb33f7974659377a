"""Embeddings of all prompts made ahead, for checkpoints that carry none."""

from collections.abc import Iterable

from core.degradations import DEGRADATIONS, KEYS
from core.errors import PromptError
from core.progress import CancelToken, ProgressCallback, no_progress
from core.prompts.bank import CLIP, PromptBank
from core.prompts.cache import EmbeddingCache
from core.prompts.encoder import OpenClipEncoder
from core.prompts.resolve import prompt_texts
from core.prompts.weights import cache_folder, encoder_folder, fetched, official

DOWNLOAD_MB = 354
"""Size of OpenAI's ViT-B-32.pt."""

_DOWNLOAD_SHARE = 0.95


def prompts_ready(encoder: OpenClipEncoder | None = None) -> bool:
    """Whether the embeddings of all prompts are cached, so that the text encoder's weights are not needed."""
    encoder = encoder or OpenClipEncoder()
    cache = EmbeddingCache(encoder.cache or cache_folder())
    return all(cache.get(encoder.identity, text) is not None for text in _texts())


def encoder_file_there() -> bool:
    """Whether CLIP's weight file is on this computer, so that nothing has to be downloaded."""
    return (encoder_folder() / "ViT-B-32.pt").is_file()


def download_needed(bank: PromptBank, keys: Iterable[str] = KEYS) -> bool:
    """Whether the text encoder has to be downloaded before a model can be told to remove something. Loads nothing.

    Args:
        bank: what the model carries.
        keys: of degradations.
    """
    missing = prompt_texts(key for key in keys if key not in bank.prompts)
    if not missing or bank.encoder != CLIP or encoder_file_there():
        return False
    encoder = OpenClipEncoder()
    cache = EmbeddingCache(encoder.cache or cache_folder())
    return any(cache.get(encoder.identity, text) is None for text in missing.values())


def prepare_prompts(
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    encoder: OpenClipEncoder | None = None,
) -> None:
    """Download CLIP's weights if they are not there, and cache the embeddings of all prompts.

    Args:
        progress: told of the finished share.
        cancel: ends the download.
        encoder: whose embeddings are wanted; None for the one that published checkpoints were trained with.

    Raises:
        PromptError: open_clip is missing, there is no network, or what came is another file.
        Cancelled: ``cancel`` was set.
    """
    encoder = encoder or OpenClipEncoder()
    source = official(encoder.open_clip, encoder.model, encoder.pretrained)
    if source is not None:
        try:
            fetched(source, lambda share: progress(share * _DOWNLOAD_SHARE), cancel, download=True)
        except OSError as error:
            raise PromptError(
                f"{source.name} could not be downloaded: {error}. Check the network connection, or download it from "
                f"{source.url} and put it into {encoder_folder()}."
            ) from error
    if cancel is not None:
        cancel.check()
    encoder.encode(_texts())
    progress(1.0)


def _texts() -> list[str]:
    texts = prompt_texts(KEYS)
    simple = {entry.simple_prompt for entry in DEGRADATIONS if entry.simple_prompt}
    return [*texts.values(), *sorted(simple - set(texts.values()))]
