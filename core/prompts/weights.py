"""The text encoder's weight file: where it lies, where it comes from, and whether it is the right one."""

import hashlib
import logging
import urllib.request
import zipfile
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import PromptError, TextEncoderMissing
from core.io.atomic import replace
from core.io.regular_files import open_regular
from core.io.temp_files import temporary_file
from core.progress import CancelToken, ProgressCallback, no_progress

_log = logging.getLogger(__name__)
_APP = "dfpir-studio"
_CHUNK = 2**20
_TIMEOUT_S = 30.0
_SHA256_DIGITS = 64


class Official(NamedTuple):
    """Where OpenAI publishes a weight file, and its SHA-256."""

    url: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name, e.g. ``"ViT-B-32.pt"``."""
        return self.url.rsplit("/", 1)[-1]


def official(open_clip: Any, model: str, pretrained: str) -> Official | None:
    """OpenAI's file for an architecture of open_clip and a tag, or None if the weights are somebody else's."""
    url = open_clip.get_pretrained_url(model, pretrained)  # .../clip/models/<sha256>/ViT-B-32.pt
    parts = url.split("/")
    return Official(url, parts[-2]) if len(parts) > 1 and len(parts[-2]) == _SHA256_DIGITS else None


def encoder_folder() -> Path:
    """Where weight files of text encoders are looked for and downloaded to: ``encoders`` in the user's data folder.

    Raises:
        PromptError: platformdirs is not installed.
    """
    return Path(_platformdirs().user_data_dir(_APP, appauthor=False)) / "encoders"


def cache_folder() -> Path:
    """Where embeddings are kept: ``embeddings`` in the user's cache folder.

    Raises:
        PromptError: platformdirs is not installed.
    """
    return Path(_platformdirs().user_cache_dir(_APP, appauthor=False)) / "embeddings"


def _platformdirs() -> Any:
    try:
        import platformdirs
    except ImportError as error:
        raise PromptError(
            "platformdirs is not installed, so there is no place for the text encoder's files. "
            "Run: pip install platformdirs"
        ) from error
    return platformdirs


def fetched(
    source: Official,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    *,
    download: bool = False,
) -> Path:
    """OpenAI's file in :func:`encoder_folder`; if it is not there yet and may be downloaded, that takes minutes.

    open_clip could download too, but it prints, leaves half a file when stopped, and tries for a minute to
    find a network that is not there.

    Args:
        source: the file.
        progress: told of the share that has come.
        cancel: ends the download between two pieces; nothing is left behind.
        download: whether the network may be used.

    Raises:
        OSError: there is no network, or the folder cannot be written.
        PromptError: what came is not the file that was published.
        TextEncoderMissing: there is none, and it may not be downloaded.
        Cancelled: ``cancel`` was set.
    """
    path = encoder_folder() / source.name
    if path.is_file():
        return path
    if not download:
        raise TextEncoderMissing(
            f"This model's prompts need the text encoder CLIP ({source.name}), which is not on this computer yet. "
            f"Let it be downloaded, or put it into {encoder_folder()}."
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    _log.info("Downloading %s to %s", source.url, path)
    with temporary_file(path.parent) as partial:
        with urllib.request.urlopen(source.url, timeout=_TIMEOUT_S) as response, partial.open("wb") as file:
            size, come = int(response.headers.get("Content-Length") or 0), 0
            while chunk := response.read(_CHUNK):
                if cancel is not None:
                    cancel.check()
                file.write(chunk)
                come += len(chunk)
                progress(min(come / size, 1.0) if size else 0.0)
        if sha256_of(partial) != source.sha256:
            raise PromptError(f"What came from {source.url} is not the file that OpenAI published. Try again later.")
        replace(partial, path)
    return path


def sha256_of(path: Path) -> str:
    """SHA-256 of a file, 64 hexadecimal digits."""
    with open_regular(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_torchscript(path: Path) -> bool:
    """Whether a file is a TorchScript program, which loading would run."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())
