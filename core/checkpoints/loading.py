"""Reading and writing checkpoint files. What a file is, is told by its content and not by its name."""

import dataclasses
import hashlib
from pathlib import Path

import torch

from core.checkpoints import native, pickled
from core.checkpoints.checkpoint import Checkpoint
from core.checkpoints.torch_zip import looks_like
from core.checkpoints.validation import finite, reading, writing
from core.errors import CheckpointError
from core.io.atomic import publish
from core.io.regular_files import open_regular
from core.system.memory import check_free

_HEAD = 16


def load_checkpoint(path: str | Path) -> Checkpoint:
    """Read a checkpoint: a native file, or one in the authors' format (``.pth.tar``, ``.pth``). Executes nothing.

    Args:
        path: the file; its name may end in anything.

    Returns:
        The checkpoint, with weights in float32 that fit its configuration.

    Raises:
        CheckpointError: the file cannot be read, is empty, truncated, damaged or unsafe, belongs to another network,
            or holds weights that are not finite. The message names the file and says what to do.
    """
    path = Path(path)
    with reading(path, "a model"):
        return _load(path)


def _load(path: Path) -> Checkpoint:
    with open_regular(path) as file:
        head = file.read(_HEAD)
        size = file.seek(0, 2)
        if not size:
            raise CheckpointError("The file is empty (0 bytes). Download or copy it again.")
        file.seek(0)
        # In either case what the file says of itself comes first, so that another program's file of many gigabytes is
        # not read just to be refused.
        if head[8:9] == b"{":
            native.check_head(file.read(native.HEADER_LIMIT + 8), size)
            file.seek(0)
            check_free(size)
            data = file.read(size)
            checkpoint, digest = native.unpack(data), hashlib.sha256(data)
        elif looks_like(head):
            checkpoint = pickled.read(file)
            file.seek(0)
            digest = hashlib.file_digest(file, "sha256")
        else:
            raise CheckpointError("It is no model file. Choose a .safetensors, .pth or .pth.tar file of DFPIR.")
    return dataclasses.replace(checkpoint, state=finite(checkpoint.state), source=path, sha256=digest.hexdigest())


def save_checkpoint(path: str | Path, checkpoint: Checkpoint, *, dtype: torch.dtype = torch.float16) -> Path:
    """Write a checkpoint in the native format, or leave a file that is there already as it was.

    Args:
        path: the file; an existing one is replaced once the new one is complete.
        checkpoint: its weights must fit its configuration.
        dtype: precision of the stored weights: float16, bfloat16 or float32. The DGM's stay float32 in any case.

    Returns:
        ``path``.

    Raises:
        CheckpointError: the weights do not fit, are not finite or too large for ``dtype``, or the file cannot be
            written.
    """
    path = Path(path)
    with writing(path):
        publish(native.pack(checkpoint, dtype), path, overwrite=True)
    return path
