"""The authors' files: PyTorch's own format, read without executing anything in them."""

import io
import pickle
import re
import zipfile
from collections.abc import Mapping

import torch
from torch import Tensor

from core.checkpoints.checkpoint import Checkpoint, check_fit
from core.checkpoints.published import config_from_shapes, from_published, published_name
from core.errors import CheckpointError
from core.prompts import CLIP, PromptBank

_ZIP = b"PK\x03\x04"
_PICKLE = b"\x80"
_GLOBAL = re.compile(r"GLOBAL (\S+)")
_DAMAGED = "The file is incomplete or damaged: download or copy it again."


def looks_like(head: bytes) -> bool:
    """Whether a file that begins so can be one of PyTorch's."""
    return head.startswith((_ZIP, _PICKLE))


def unpack(data: bytes) -> Checkpoint:
    """The checkpoint in the bytes of an authors' file. Its prompt bank is empty and names the encoder it needs.

    Raises:
        CheckpointError: the file is damaged, holds more than plain data, no weights, or those of another network.
    """
    state = from_published(_weights(_content(data), len(data)))
    config = config_from_shapes(state)
    check_fit(state, config, published_name)
    return Checkpoint(config, state, PromptBank(CLIP, {}), kind="published")


def _content(data: bytes) -> object:
    if data.startswith(_ZIP):
        _check_archive(data)
    try:
        return torch.load(io.BytesIO(data), map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        # PyTorch's own text recommends loading the file unsafely, so it is not shown.
        asked = _GLOBAL.search(str(error))
        if asked and not data.startswith(_ZIP) and not _names_whole(data, asked[1]):
            raise CheckpointError(_DAMAGED) from error
        raise CheckpointError(
            "The file holds more than plain weights"
            + (f" (it asks for {asked[1]})" if asked else "")
            + "; reading that could run a stranger's program, so it was not read. Get the weights from their authors, "
            "or, if you trust the file, save its state_dict by itself and choose that."
        ) from error
    except Exception as error:  # anything can go wrong in a damaged file
        raise CheckpointError(_DAMAGED) from error


def _names_whole(data: bytes, asked: str) -> bool:
    # The pickle opcode for "module.name" is "c", module, newline, name, newline: a file cut inside it asks for a stump.
    dots = [place for place, letter in enumerate(asked) if letter == "."]
    return any(f"c{asked[:dot]}\n{asked[dot + 1 :]}\n".encode() in data for dot in dots)


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as error:
        raise CheckpointError(_DAMAGED) from error
    names = [entry.filename for entry in entries]
    if any(name.endswith("/constants.pkl") for name in names):
        raise CheckpointError("It is a TorchScript program and not a checkpoint. Choose a DFPIR checkpoint.")
    if not any(name.endswith("/data.pkl") for name in names):
        raise CheckpointError("It is a zip archive and not a checkpoint. Unpack it, and choose a model file in it.")
    if sum(entry.file_size for entry in entries) > len(data):
        # PyTorch stores without compression; a forged archive could unfold until the memory is full.
        raise CheckpointError(f"Its contents claim to be larger than the file. {_DAMAGED}")


def _weights(content: object, size: int) -> dict[str, Tensor]:
    if not isinstance(content, Mapping):
        raise CheckpointError(f"It holds a {type(content).__name__} and not named weights. Choose a DFPIR checkpoint.")
    state = content.get("state_dict", content)
    if not isinstance(state, Mapping) or not all(isinstance(key, str) for key in state):
        raise CheckpointError("Its weights have no names. Choose a DFPIR checkpoint.")
    weights = {key: value for key, value in state.items() if isinstance(value, Tensor)}
    if not weights:
        raise CheckpointError(
            "It holds no weights: the file was saved empty, as some published ones are. Choose another checkpoint."
        )
    if len(weights) < len(state):
        other = next(key for key in state if key not in weights)
        raise CheckpointError(f"Its entry {other!r} is no tensor. Choose a DFPIR checkpoint.")
    claimed = sum(value.numel() * value.element_size() for value in weights.values())
    if claimed > size or any(value.layout != torch.strided or value.device.type != "cpu" for value in weights.values()):
        # A tensor can be a small one that claims to be huge; unfolding it would use up the memory.
        raise CheckpointError(f"Its tensors claim to be larger than the file. {_DAMAGED}")
    return weights
