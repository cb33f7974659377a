"""Reading and writing checkpoint files. What a file is, is told by its content and not by its name."""

import dataclasses
import hashlib
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor

from core.atomic import publish
from core.checkpoints import native, pickled
from core.checkpoints.checkpoint import Checkpoint
from core.errors import CheckpointError

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
    try:
        return _load(path)
    except CheckpointError as error:
        raise CheckpointError(f"{path} cannot be used as a model. {error}") from error
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no file {path}. Check the name, or download the model again.") from error
    except IsADirectoryError as error:
        raise CheckpointError(f"{path} is a folder. Choose the model file in it.") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error


def _load(path: Path) -> Checkpoint:
    with path.open("rb") as file:
        head = file.read(_HEAD)
        size = file.seek(0, 2)
        if not size:
            raise CheckpointError("The file is empty (0 bytes). Download or copy it again.")
        file.seek(0)
        if head[8:9] == b"{":
            # The header first, so that another program's file of many gigabytes is not read just to be refused.
            native.read_metadata(file.read(native.HEADER_LIMIT), size)
            file.seek(0)
        elif not pickled.looks_like(head):
            raise CheckpointError("It is no model file. Choose a .safetensors, .pth or .pth.tar file of DFPIR.")
        data = file.read()
    checkpoint = native.unpack(data) if head[8:9] == b"{" else pickled.unpack(data)
    return dataclasses.replace(
        checkpoint,
        state=_usable(checkpoint.state),
        source=path,
        sha256=hashlib.sha256(data).hexdigest(),
    )


def _usable(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    usable = {}
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            raise CheckpointError(f"The tensor {name} holds {tensor.dtype} and not floating-point numbers.")
        usable[name] = tensor.detach().to(torch.float32)
        if not torch.isfinite(usable[name]).all():
            raise CheckpointError(
                f"The tensor {name} holds values that are not finite: the training of this model has diverged. "
                "Use another checkpoint of it."
            )
    return usable


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
    try:
        publish(native.pack(checkpoint, dtype), path, overwrite=True)
    except CheckpointError as error:
        raise CheckpointError(f"{path} was not written. {error}") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written: {error.strerror or error}. Choose another folder.") from error
    return path
