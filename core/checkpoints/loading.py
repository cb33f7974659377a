"""Reading and writing checkpoint files. The format of a file is recognised by its content, not its name."""

import dataclasses
import hashlib
from pathlib import Path

import torch

from core.checkpoints import native, published
from core.checkpoints.checkpoint import Checkpoint
from core.checkpoints.validation import finite, reading, writing
from core.errors import CheckpointError
from core.io.atomic import publish
from core.io.regular_files import open_regular
from core.io.torch_files import is_torch_file
from core.messages import message
from core.system.memory import check_free

_HEAD_SIZE = 16  # bytes that distinguish the formats


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint: a native file, or one in the authors' format (``.pth.tar``, ``.pth``). No code is executed.

    Args:
        path: the file; its suffix does not matter.

    Returns:
        The checkpoint; its weights are float32 and fit its configuration.

    Raises:
        CheckpointError: the file cannot be read, is empty, truncated, damaged or unsafe, belongs to another network,
            or contains weights that are not finite. The message names the file and says what to do.
    """
    path = Path(path)
    with reading(path, "a model"):
        return _load(path)


def _load(path: Path) -> Checkpoint:
    with open_regular(path) as file:
        head = file.read(_HEAD_SIZE)
        size = file.seek(0, 2)
        if not size:
            raise CheckpointError(message("The file is empty (0 bytes). Download or copy it again."))
        file.seek(0)
        # The header or table of contents is checked first, so that a large file of another program is not read in full
        # only to be refused.
        if head[8:9] == b"{":
            native.check_head(file.read(native.HEADER_LIMIT + 8), size)
            file.seek(0)
            check_free(size)
            data = file.read(size)
            checkpoint, digest = native.unpack(data), hashlib.sha256(data)
        elif is_torch_file(head):
            checkpoint = published.read(file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256")
        else:
            raise CheckpointError(message("Not a model file. Choose a .safetensors, .pth or .pth.tar file of DFPIR."))
    return dataclasses.replace(checkpoint, state=finite(checkpoint.state), source=path, sha256=digest.hexdigest())


def save_checkpoint(path: str | Path, checkpoint: Checkpoint, *, dtype: torch.dtype = torch.float16) -> Path:
    """Write a checkpoint in the native format. If that fails, an existing file stays as it was.

    Args:
        path: the file; an existing one is replaced when the new one is complete.
        checkpoint: its weights must fit its configuration.
        dtype: precision of the stored weights: float16, bfloat16 or float32. Those of the DGM are always float32.

    Returns:
        ``path``.

    Raises:
        CheckpointError: the weights do not fit the configuration, are not finite or too large for ``dtype``, or the
            file cannot be written.
    """
    path = Path(path)
    with writing(path):
        publish(native.pack(checkpoint, dtype), path, overwrite=True)
    return path
