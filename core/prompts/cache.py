"""Embeddings cached on disk, so that the text encoder is loaded once per prompt and not once per run."""

import hashlib
import io
import logging
from pathlib import Path

import numpy as np

from core.io.atomic import publish

_log = logging.getLogger(__name__)


class EmbeddingCache:
    """A folder with one file per embedding, keyed by encoder and text.

    A file that is damaged, or of another encoder or text, is ignored and replaced. A folder that cannot be written
    costs only time: that is logged and not raised.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, encoder: str, text: str) -> Path:
        """Return the file of an embedding."""
        return self.folder / f"{hashlib.sha256(_key(encoder, text)).hexdigest()[:32]}.npz"

    def get(self, encoder: str, text: str) -> np.ndarray | None:
        """Return the stored embedding, (width,) float32, or None."""
        path = self.path(encoder, text)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as entry:
                embedding = entry["embedding"]
                matches = entry["key"].tobytes() == _key(encoder, text)
        except FileNotFoundError:
            return None
        except Exception as error:  # zipfile and NumPy raise many types for a damaged file
            _log.warning("Ignoring the damaged cache file %s: %s", path, error)
            return None
        usable = matches and embedding.ndim == 1 and embedding.dtype == np.float32 and np.isfinite(embedding).all()
        return embedding if usable else None

    def put(self, encoder: str, text: str, embedding: np.ndarray) -> None:
        """Store an embedding, (width,) float32."""
        content = io.BytesIO()
        np.savez(content, key=np.frombuffer(_key(encoder, text), np.uint8), embedding=embedding)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            publish(content.getvalue(), self.path(encoder, text), overwrite=True)
        except OSError as error:
            _log.warning("The embedding of %r could not be cached in %s: %s", text, self.folder, error)


def _key(encoder: str, text: str) -> bytes:
    return f"{encoder}\0{text}".encode()
