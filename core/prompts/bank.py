"""The prompt bank: the embeddings that a checkpoint carries, so that it needs no text encoder to run."""

import math
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from core.errors import PromptError

CLIP_MODEL = "ViT-B-32-quickgelu"
"""open_clip's name of the text encoder that published checkpoints were trained with."""

CLIP_PRETRAINED = "openai"
"""open_clip's tag of its weights."""

CLIP = f"open_clip {CLIP_MODEL}/{CLIP_PRETRAINED}"
"""What banks call that encoder."""

RANDOM_CODES = "fixed random codes, not CLIP embeddings"
"""How the encoder's name begins in a bank that no text encoder made."""


class Prompt(NamedTuple):
    """One prompt: its text, and its embedding (width,) float32."""

    text: str
    embedding: np.ndarray


@dataclass(frozen=True, eq=False)
class PromptBank:
    """Embeddings by name, all of one width and made by one encoder. Read-only; :meth:`with_prompts` gives a larger one.

    Attributes:
        encoder: what made the embeddings, e.g. ``"open_clip ViT-B-32-quickgelu/openai"``. An empty bank names the
            encoder that it needs.
        prompts: key, e.g. ``"noise25"``, to text and embedding (width,) float32, finite.

    Raises:
        PromptError: an embedding has a wrong shape or is not finite; the message names the prompt.
    """

    encoder: str
    prompts: Mapping[str, Prompt]

    def __post_init__(self) -> None:
        checked: dict[str, Prompt] = {}
        for key, (text, embedding) in self.prompts.items():
            vector = np.array(embedding, dtype=np.float32)  # a copy, which the caller cannot change
            if vector.ndim != 1 or vector.size == 0:
                raise PromptError(f"The embedding of {key!r} has shape {vector.shape}; wanted one row of numbers.")
            if not np.isfinite(vector).all():
                raise PromptError(f"The embedding of {key!r} holds values that are not finite.")
            vector.setflags(write=False)
            checked[key] = Prompt(text, vector)
        widths = {prompt.embedding.size for prompt in checked.values()}
        if len(widths) > 1:
            raise PromptError(f"The embeddings of one prompt bank have different widths: {sorted(widths)}.")
        object.__setattr__(self, "prompts", MappingProxyType(checked))

    @property
    def names(self) -> tuple[str, ...]:
        """The keys, in the order they were added."""
        return tuple(self.prompts)

    @property
    def width(self) -> int | None:
        """Numbers per embedding, or None for an empty bank."""
        return next((prompt.embedding.size for prompt in self.prompts.values()), None)

    @property
    def is_random(self) -> bool:
        """Whether the embeddings are fixed random codes, to which no text encoder can add."""
        return self.encoder.startswith(RANDOM_CODES)

    def embedding(self, key: str) -> np.ndarray:
        """The embedding of ``key``: (width,) float32, read-only.

        Raises:
            PromptError: there is none; the message lists those there are.
        """
        if key not in self.prompts:
            known = f"It knows: {', '.join(self.names)}." if self.prompts else "Its prompt bank is empty."
            raise PromptError(f"This model has no embedding for {key!r}. {known}")
        return self.prompts[key].embedding

    def with_prompts(self, prompts: Mapping[str, tuple[str, np.ndarray]]) -> "PromptBank":
        """A bank with these as well; a key that is there already gets its new text and embedding.

        The caller answers for their having been made by ``encoder``; :func:`core.prompts.resolve` sees to it.

        Raises:
            PromptError: as for the class.
        """
        added = {key: Prompt(*value) for key, value in prompts.items()}
        return PromptBank(self.encoder, {**self.prompts, **added})

    def to_arrays(self) -> tuple[dict[str, Any], np.ndarray]:
        """The bank as something that JSON can hold and the embeddings, (n, width) float32, in the order of names."""
        texts = {"encoder": self.encoder, "prompts": [[key, prompt.text] for key, prompt in self.prompts.items()]}
        rows = [prompt.embedding for prompt in self.prompts.values()]
        return texts, np.stack(rows) if rows else np.zeros((0, 0), np.float32)

    @classmethod
    def from_arrays(cls, texts: Mapping[str, Any], embeddings: np.ndarray) -> "PromptBank":
        """Inverse of :meth:`to_arrays`.

        Raises:
            PromptError: the two do not fit together.
        """
        try:
            encoder, pairs = texts["encoder"], [(key, text) for key, text in texts["prompts"]]
        except (KeyError, TypeError, ValueError) as error:
            raise PromptError("The prompt bank's list of names is damaged.") from error
        if not isinstance(encoder, str) or not all(isinstance(part, str) for pair in pairs for part in pair):
            raise PromptError("The prompt bank's list of names is damaged.")
        if len({key for key, _ in pairs}) != len(pairs):
            raise PromptError("The prompt bank names a prompt twice.")
        if embeddings.ndim != 2 or len(embeddings) != len(pairs):
            raise PromptError(
                f"The prompt bank names {len(pairs)} prompts, but its embeddings have shape {embeddings.shape}."
            )
        return cls(encoder, {key: Prompt(text, row) for (key, text), row in zip(pairs, embeddings, strict=True)})


def random_codes(names: Iterable[str], seed: int, width: int = 512, norm: float = 10.0) -> PromptBank:
    """A bank of fixed random codes, for models trained without CLIP.

    Each code depends on ``seed`` and its own name only, so a name added later changes none of the others.

    Args:
        names: keys; they serve as texts too, since no text was encoded.
        seed: not negative.
        width: numbers per code.
        norm: Euclidean length of each code; CLIP's text features have about 10.
    """
    prompts = {}
    for name in names:
        source = np.random.default_rng(np.random.SeedSequence([seed, zlib.crc32(name.encode())]))
        code = source.standard_normal(width)
        # fsum, since numpy's sums depend on the machine's vector width.
        prompts[name] = Prompt(name, code * (norm / math.sqrt(math.fsum(code * code))))
    return PromptBank(f"{RANDOM_CODES} (seed {seed}, norm {norm:g})", prompts)
