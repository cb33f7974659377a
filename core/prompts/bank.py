"""The prompt bank: embeddings stored in a checkpoint, so that restoring needs no text encoder."""

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from core.errors import PromptError
from core.messages import message

CLIP_MODEL = "ViT-B-32-quickgelu"
"""open_clip's name of the text encoder of the published checkpoints."""

CLIP_PRETRAINED = "openai"
"""open_clip's tag of its weights."""

CLIP = f"open_clip {CLIP_MODEL}/{CLIP_PRETRAINED}"
"""Name of that encoder in prompt banks."""

RANDOM_CODES = "fixed random codes, not CLIP embeddings"
"""Start of the encoder's name in a bank that was not made by a text encoder."""


class Prompt(NamedTuple):
    """One prompt: its text, and its embedding (width,) float32."""

    text: str
    embedding: np.ndarray


@dataclass(frozen=True, eq=False)
class PromptBank:
    """Read-only embeddings by key, all of one width and made by one encoder.

    Attributes:
        encoder: the encoder of the embeddings, e.g. ``"open_clip ViT-B-32-quickgelu/openai"``. An empty bank names the
            encoder that it needs.
        prompts: text and embedding, (width,) float32 and finite, by key, e.g. ``"noise25"``.

    Raises:
        PromptError: an embedding has a wrong shape or is not finite; the message names the prompt.
    """

    encoder: str
    prompts: Mapping[str, Prompt]

    def __post_init__(self) -> None:
        checked: dict[str, Prompt] = {}
        for key, (text, embedding) in self.prompts.items():
            vector = np.array(embedding, dtype=np.float32)  # a copy
            if vector.ndim != 1 or vector.size == 0:
                raise PromptError(
                    message(
                        "The embedding of {prompt} has shape {shape}; expected one row of numbers.",
                        prompt=repr(key),
                        shape=str(vector.shape),
                    )
                )
            if not np.isfinite(vector).all():
                raise PromptError(
                    message("The embedding of {prompt} has values that are not finite.", prompt=repr(key))
                )
            vector.setflags(write=False)
            checked[key] = Prompt(text, vector)
        widths = {prompt.embedding.size for prompt in checked.values()}
        if len(widths) > 1:
            raise PromptError(
                message("The embeddings of one prompt bank have different widths: {widths}.", widths=sorted(widths))
            )
        object.__setattr__(self, "prompts", MappingProxyType(checked))

    @property
    def names(self) -> tuple[str, ...]:
        """The keys in the order in which they were added."""
        return tuple(self.prompts)

    @property
    def width(self) -> int | None:
        """Number of values per embedding, or None for an empty bank."""
        return next((prompt.embedding.size for prompt in self.prompts.values()), None)

    @property
    def is_random(self) -> bool:
        """Whether the embeddings are fixed random codes, to which a text encoder cannot add."""
        return self.encoder.startswith(RANDOM_CODES)

    def embedding(self, key: str) -> np.ndarray:
        """Return the embedding of ``key``: (width,) float32, read-only.

        Raises:
            PromptError: the bank does not have it; the message lists its keys.
        """
        if key not in self.prompts:
            if not self.prompts:
                raise PromptError(
                    message("This model has no embedding for {prompt}. Its prompt bank is empty.", prompt=repr(key))
                )
            raise PromptError(
                message(
                    "This model has no embedding for {prompt}. Its prompts: {names}.",
                    prompt=repr(key),
                    names=list(self.names),
                )
            )
        return self.prompts[key].embedding

    def with_prompts(self, prompts: Mapping[str, tuple[str, np.ndarray]]) -> "PromptBank":
        """Return a bank with these prompts added or replaced.

        The caller guarantees that they were made by ``encoder``, as :func:`core.prompts.resolve` does.

        Raises:
            PromptError: as for the class.
        """
        added = {key: Prompt(*value) for key, value in prompts.items()}
        return PromptBank(self.encoder, {**self.prompts, **added})

    def to_arrays(self) -> tuple[dict[str, Any], np.ndarray]:
        """Return the texts as values for JSON, and the embeddings (n, width) float32 in the order of :attr:`names`."""
        texts = {"encoder": self.encoder, "prompts": [[key, prompt.text] for key, prompt in self.prompts.items()]}
        rows = [prompt.embedding for prompt in self.prompts.values()]
        return texts, np.stack(rows) if rows else np.zeros((0, 0), np.float32)

    @classmethod
    def from_arrays(cls, texts: Mapping[str, Any], embeddings: np.ndarray) -> "PromptBank":
        """Inverse of :meth:`to_arrays`.

        Raises:
            PromptError: texts and embeddings do not match.
        """
        try:
            encoder, pairs = texts["encoder"], [(key, text) for key, text in texts["prompts"]]
        except (KeyError, TypeError, ValueError) as error:
            raise PromptError(message("The prompt bank's list of names is damaged.")) from error
        if not isinstance(encoder, str) or not all(isinstance(part, str) for pair in pairs for part in pair):
            raise PromptError(message("The prompt bank's list of names is damaged."))
        if len({key for key, _ in pairs}) != len(pairs):
            raise PromptError(message("The prompt bank names a prompt twice."))
        if embeddings.ndim != 2 or len(embeddings) != len(pairs):
            raise PromptError(
                message(
                    "The prompt bank names {count} prompts, but its embeddings have shape {shape}.",
                    count=len(pairs),
                    shape=str(embeddings.shape),
                )
            )
        return cls(encoder, {key: Prompt(text, row) for (key, text), row in zip(pairs, embeddings, strict=True)})


def random_codes(names: Iterable[str], seed: int, width: int = 512, norm: float = 10.0) -> PromptBank:
    """Make a bank of fixed random codes, for models trained without CLIP.

    Each code depends on ``seed`` and its own name only, so that adding a name does not change the others.

    Args:
        names: keys, also used as texts.
        seed: not negative.
        width: number of values per code.
        norm: Euclidean norm of each code; CLIP's text features have about 10.
    """
    prompts = {}
    for name in names:
        source = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))
        code = source.standard_normal(width)
        # fsum, because the sums of NumPy depend on the vector width of the processor.
        prompts[name] = Prompt(name, code * (norm / math.sqrt(math.fsum(code * code))))
    return PromptBank(f"{RANDOM_CODES} (seed {seed}, norm {norm:g})", prompts)
