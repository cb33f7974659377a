"""The text encoder's weight file: its folder, its download and its verification."""

import logging
import zipfile
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from core.errors import PromptError, TextEncoderMissing
from core.io.atomic import replace
from core.io.regular_files import file_sha256
from core.io.temp_files import temporary_file
from core.messages import message
from core.progress import CancelToken, ProgressCallback, no_progress

_log = logging.getLogger(__name__)
_APP = "dfpir-studio"
_CHUNK = 2**20
_TIMEOUT_S = 30.0
_SHA256_DIGITS = 64


class WeightsSource(NamedTuple):
    """URL of a weight file published by OpenAI, and its SHA-256."""

    url: str
    sha256: str

    @property
    def name(self) -> str:
        """The file's name, e.g. ``"ViT-B-32.pt"``."""
        return self.url.rsplit("/", 1)[-1]


def official_weights(open_clip: ModuleType, model: str, pretrained: str) -> WeightsSource | None:
    """Return OpenAI's file for an architecture and a tag of open_clip, or None if the weights are not OpenAI's."""
    url = open_clip.get_pretrained_url(model, pretrained)  # .../clip/models/<sha256>/ViT-B-32.pt
    parts = url.split("/")
    return WeightsSource(url, parts[-2]) if len(parts) > 1 and len(parts[-2]) == _SHA256_DIGITS else None


def encoder_folder() -> Path:
    """Return the folder of text encoder weights: ``encoders`` in the user's data folder.

    Raises:
        PromptError: platformdirs is not installed.
    """
    return Path(_platformdirs().user_data_dir(_APP, appauthor=False)) / "encoders"


def cache_folder() -> Path:
    """Return the folder of cached embeddings: ``embeddings`` in the user's cache folder.

    Raises:
        PromptError: platformdirs is not installed.
    """
    return Path(_platformdirs().user_cache_dir(_APP, appauthor=False)) / "embeddings"


def _platformdirs() -> ModuleType:
    try:
        import platformdirs
    except ImportError as error:
        raise PromptError(
            message(
                "platformdirs is not installed, so there is no folder for the text encoder's files. Run: pip install "
                "platformdirs"
            )
        ) from error
    return platformdirs


def fetch_weights(
    source: WeightsSource,
    progress: ProgressCallback = no_progress,
    cancel: CancelToken | None = None,
    *,
    download: bool = False,
) -> Path:
    """Return OpenAI's file in :func:`encoder_folder`, downloading it (minutes) if it is missing and that is allowed.

    open_clip can download as well, but it prints, leaves partial files behind and retries for a minute without a
    network.

    Args:
        source: the file.
        progress: called with the downloaded share.
        cancel: stops the download; no partial file is left.
        download: whether the network may be used.

    Raises:
        OSError: there is no network, or the folder cannot be written.
        PromptError: the downloaded file is not the published one.
        TextEncoderMissing: the file is missing and may not be downloaded.
        Cancelled: ``cancel`` was set.
    """
    path = encoder_folder() / source.name
    if path.is_file():
        return path
    if not download:
        raise TextEncoderMissing(
            message(
                "This model's prompts need the text encoder CLIP ({file}), which is not on this computer yet. Allow "
                "the download, or put the file into {folder}.",
                file=source.name,
                folder=encoder_folder(),
            )
        )
    from urllib.request import urlopen  # brings all of HTTP and TLS

    path.parent.mkdir(parents=True, exist_ok=True)
    _log.info("Downloading %s to %s", source.url, path)
    with temporary_file(path.parent) as partial:
        with urlopen(source.url, timeout=_TIMEOUT_S) as response, partial.open("wb") as file:
            size, received = int(response.headers.get("Content-Length") or 0), 0
            while chunk := response.read(_CHUNK):
                if cancel is not None:
                    cancel.check()
                file.write(chunk)
                received += len(chunk)
                progress(min(received / size, 1.0) if size else 0.0)
        if file_sha256(partial) != source.sha256:
            raise PromptError(
                message(
                    "The download from {address} is not the file that OpenAI published. Try again later.",
                    address=source.url,
                )
            )
        replace(partial, path)
    return path


def is_torchscript(path: Path) -> bool:
    """Whether a file is a TorchScript program, which runs when it is loaded."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return any(name.endswith("/constants.pkl") for name in archive.namelist())
