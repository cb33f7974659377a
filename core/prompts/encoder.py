"""Text encoders: prompt -> embedding. Needed only for prompts that are not in the checkpoint's bank."""

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from core.errors import PromptError, TextEncoderMissing
from core.io.regular_files import file_sha256, open_regular
from core.messages import Message, message
from core.prompts.bank import CLIP_MODEL, CLIP_PRETRAINED
from core.prompts.cache import EmbeddingCache
from core.prompts.weights import (
    cache_folder,
    encoder_folder,
    fetch_weights,
    is_torchscript,
    official_weights,
)

if TYPE_CHECKING:
    from torch import nn


class TextEncoder(Protocol):
    """Encodes texts to embeddings."""

    @property
    def identity(self) -> str:
        """Name of the encoder and its weights; embeddings of different identities must not be mixed."""

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts to (n, width) float32, one row per text.

        Raises:
            PromptError: the encoder is not available.
        """


class OpenClipEncoder:
    """CLIP's text encoder through open_clip. Nothing is imported, read or downloaded before it is needed.

    The text features are those of CLIP: not normalised, float32. Embeddings are cached on disk.

    Args:
        model: open_clip's name of the architecture.
        pretrained: open_clip's tag of the weights. With ``"openai"`` the architecture must use QuickGELU, as OpenAI's
            does; another one is refused when it is loaded, since it would silently give other embeddings.
        weights: a local file with these weights: OpenAI's own ``ViT-B-32.pt``, or a state dict (``.safetensors``,
            ``.pt``, ``.bin``). OpenAI's file is recognised by its hash; whether a state dict has the weights of the
            tag is not checked. None: the file in :func:`core.prompts.encoder_folder`.
        cache: folder for embeddings; None for the user's cache folder.
        download: whether missing weights may be downloaded. By default the network is not used, and texts that are
            not cached are refused.
    """

    def __init__(
        self,
        model: str = CLIP_MODEL,
        pretrained: str = CLIP_PRETRAINED,
        *,
        weights: str | Path | None = None,
        cache: str | Path | None = None,
        download: bool = False,
    ) -> None:
        self.model = model
        self.pretrained = pretrained
        self.weights = Path(weights) if weights is not None else None
        self.cache = Path(cache) if cache is not None else None
        self.download = download

    @property
    def identity(self) -> str:
        """E.g. ``"open_clip ViT-B-32-quickgelu/openai"``."""
        return f"open_clip {self.model}/{self.pretrained}"

    def encode(self, texts: Sequence[str]) -> np.ndarray:
        """Encode texts, or read them from the cache; texts longer than CLIP's 77 tokens are truncated.

        Args:
            texts: at least one word each.

        Returns:
            (n, width) float32, not normalised.

        Raises:
            PromptError: a text is empty, or open_clip or its weights are missing or unusable. The message says what
                to download and where to put it.
            TextEncoderMissing: the weights would have to be downloaded, and ``download`` is false.
        """
        if not texts or not all(text.strip() for text in texts):
            raise PromptError(message("A prompt needs at least one word."))
        cache = EmbeddingCache(self.cache or cache_folder())
        known = {text: row for text in texts if (row := cache.get(self._scope, text)) is not None}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            for text, row in zip(missing, self._encode(missing), strict=True):
                cache.put(self._scope, text, row)
                known[text] = row
        return np.stack([known[text] for text in texts])

    @cached_property
    def _scope(self) -> str:
        if self.weights is None:
            return self.identity
        if not self.weights.is_file():
            raise PromptError(message("There is no weight file {file} for the text encoder.", file=self.weights))
        # Embeddings of a wrong file must not be cached under the name of the right one.
        return f"{self.identity} from {file_sha256(self.weights)}"

    def _encode(self, texts: list[str]) -> NDArray[np.float32]:
        import torch

        tokens = self.open_clip.get_tokenizer(self.model)(texts)
        with torch.no_grad():
            features = self._clip.encode_text(tokens, normalize=False)
        embeddings: NDArray[np.float32] = features.float().cpu().numpy()
        return embeddings

    @cached_property
    def open_clip(self) -> ModuleType:
        """The module ``open_clip``.

        Raises:
            PromptError: it is not installed; the message says what to install.
        """
        try:
            import open_clip
        except ImportError as error:
            raise PromptError(
                message(
                    "This model has no embedding for the prompt, and open_clip, which would make one, is not "
                    "installed. Run: pip install open_clip_torch"
                )
            ) from error
        module: ModuleType = open_clip
        return module

    @cached_property
    def _clip(self) -> Any:
        open_clip = self.open_clip
        source = official_weights(open_clip, self.model, self.pretrained)
        weights = self.weights
        try:
            if weights is None and source is not None:
                weights = fetch_weights(source, download=self.download)
            if weights is None and not self.download:  # open_clip would download them
                raise TextEncoderMissing(
                    message(
                        "The weights of the text encoder (open_clip's {model}) are not on this computer. Allow the "
                        "download, or name a file with these weights.",
                        model=f"{self.model}, {self.pretrained}",
                    )
                )
            if weights is not None and is_torchscript(weights):
                # Loading a program runs it: only the one published by OpenAI is accepted.
                if source is None or file_sha256(weights) != source.sha256:
                    raise PromptError(
                        message(
                            "{file} is a TorchScript program, but not the one that OpenAI published for {model}. "
                            "Delete it and download it again, or use a state dict (.safetensors).",
                            file=weights,
                            model=self.model,
                        )
                    )
                clip = open_clip.load_openai_model(str(weights), precision="fp32", device="cpu")
            else:
                # open_clip reads state dicts with weights_only=True, which trusts the sizes in the file.
                if weights is not None:
                    _check_torch_file(weights)
                clip = open_clip.create_model(self.model, pretrained=str(weights or self.pretrained), precision="fp32")
        except PromptError:
            raise
        except Exception as error:  # errors of open_clip, its download client and the network
            raise PromptError(self._failure(weights, error)) from error
        if self.pretrained == CLIP_PRETRAINED:
            _require_quick_gelu(clip, open_clip, self.model)
        return clip.eval()

    def _failure(self, weights: Path | None, error: Exception) -> Message:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        if weights is not None:
            return message(
                "The text encoder's weight file {file} does not fit open_clip's {model}: {reason}. Delete it and "
                "download it again.",
                file=weights,
                model=self.model,
                reason=reason,
            )
        source = official_weights(self.open_clip, self.model, self.pretrained)
        model = f"{self.model}, {self.pretrained}"
        if source is None:
            return message(
                "The text encoder (open_clip's {model}) could not be loaded: {reason}. With a network connection it is "
                "downloaded automatically.",
                model=model,
                reason=reason,
            )
        return message(
            "The text encoder (open_clip's {model}) could not be loaded: {reason}. With a network connection it is "
            "downloaded automatically. Or download {file} from {address} and put it into {folder}.",
            model=model,
            reason=reason,
            file=source.name,
            address=source.url,
            folder=encoder_folder(),
        )


def _check_torch_file(weights: Path) -> None:
    from core.io.torch_files import TorchFile, is_torch_file

    with open_regular(weights) as file:
        if is_torch_file(file.read(16)):
            TorchFile(file)


def _require_quick_gelu(clip: "nn.Module", open_clip: ModuleType, model: str) -> None:
    import torch

    text_tower = [module for name, module in clip.named_modules() if not name.startswith("visual")]
    quick = any(isinstance(module, open_clip.transformer.QuickGELU) for module in text_tower)
    if not quick or any(isinstance(module, torch.nn.GELU) for module in text_tower):
        raise PromptError(
            message(
                "OpenAI's weights need an architecture with QuickGELU, and open_clip's {model} has none: its "
                "embeddings would differ from those the model was trained with. Use {other}.",
                model=model,
                other=CLIP_MODEL,
            )
        )
