"""Embeddings kept on disk, one small file each, so that the text encoder is loaded once per prompt and not per run."""

import hashlib
import io
import logging
from pathlib import Path

import numpy as np

from core.io.atomic import publish

_log = logging.getLogger(__name__)


class EmbeddingCache:
    """A folder of embeddings, keyed by encoder and text.

    A file that is damaged, or of another encoder or text, counts as absent and is written again. A folder that
    cannot be written costs only time, so it is logged and not raised.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, encoder: str, text: str) -> Path:
        """The file of one embedding."""
        return self.folder / f"{hashlib.sha256(_key(encoder, text)).hexdigest()[:32]}.npz"

    def get(self, encoder: str, text: str) -> np.ndarray | None:
        """The stored embedding, (width,) float32, or None."""
        path = self.path(encoder, text)
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as entry:
                embedding = entry["embedding"]
                matches = entry["key"].tobytes() == _key(encoder, text)
        except FileNotFoundError:
            return None
        except Exception as error:  # zipfile and NumPy raise many kinds for a damaged file
            _log.warning("Ignoring the damaged cache file %s: %s", path, error)
            return None
        usable = matches and embedding.ndim == 1 and embedding.dtype == np.float32 and np.isfinite(embedding).all()
        return embedding if usable else None

    def put(self, encoder: str, text: str, embedding: np.ndarray) -> None:
        """Store one embedding, (width,) float32."""
        content = io.BytesIO()
        np.savez(content, key=np.frombuffer(_key(encoder, text), np.uint8), embedding=embedding)
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            publish(content.getvalue(), self.path(encoder, text), overwrite=True)
        except OSError as error:
            _log.warning("The embedding of %r could not be cached in %s: %s", text, self.folder, error)


def _key(encoder: str, text: str) -> bytes:
    return f"{encoder}\0{text}".encode()
