"""The native format: one safetensors file with weights, configuration, prompt bank and model card.

The header's metadata, all JSON but the first:

- ``format``: ``"dfpir-studio checkpoint, format 1"``
- ``config``: the fields of :class:`core.models.DFPIRConfig`
- ``prompts``: the encoder, and key and text of each prompt; their embeddings are the tensor
  ``prompt_bank.embeddings``, (n, width) float32
- ``card``: the model card

All other tensors are weights.
"""

import json
import re
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from core.checkpoints.checkpoint import Checkpoint, check_fit
from core.errors import CheckpointError, PromptError
from core.model_files import DAMAGED, MOST_TENSORS
from core.models import DFPIRConfig
from core.prompts import PromptBank

FORMAT = "dfpir-studio checkpoint, format 1"
_FORMAT = re.compile(r"dfpir-studio checkpoint, format (\d+)")
_EMBEDDINGS = "prompt_bank.embeddings"
_PREFIX = 8  # bytes of the header's length, little-endian
HEADER_LIMIT = 16 * 2**20
"""No header of ours is longer than this, in bytes."""


def pack(checkpoint: Checkpoint, dtype: torch.dtype = torch.float16) -> bytes:
    """The file's bytes; the same content always gives the same bytes.

    Weights are rounded to ``dtype``, except those of the DGM, which stay float32: rounding them would change the
    order of channels that a prompt stands for.

    Raises:
        CheckpointError: a weight is not finite or too large for ``dtype``, the weights do not fit the configuration,
            or the card cannot be written as JSON.
    """
    check_fit(checkpoint.state, checkpoint.config)
    texts, embeddings = checkpoint.prompts.to_arrays()
    tensors = {name: _rounded(name, tensor, dtype) for name, tensor in checkpoint.state.items()}
    tensors[_EMBEDDINGS] = torch.from_numpy(embeddings)
    try:
        metadata = {
            "format": FORMAT,
            "config": _dumps(checkpoint.config.to_dict()),
            "prompts": _dumps(texts),
            "card": _dumps(dict(checkpoint.card)),
        }
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"The model card cannot be written as JSON: {error}.") from error
    return _canonical(safetensors.torch.save(tensors, metadata))


def _rounded(name: str, tensor: Tensor, dtype: torch.dtype) -> Tensor:
    if not torch.isfinite(tensor).all():
        raise CheckpointError(f"The tensor {name} holds values that are not finite; the training has diverged.")
    result = tensor.detach().to("cpu", torch.float32 if ".dgm." in name else dtype).contiguous()
    if not torch.isfinite(result).all():
        raise CheckpointError(
            f"The tensor {name} holds values up to {tensor.abs().max().item():.3g}, too large for {dtype}. "
            "Save with float32 instead."
        )
    return result


def _dumps(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _canonical(data: bytes) -> bytes:
    # safetensors writes the metadata in the random order of a hash table. Offsets count from the header's end, so
    # the header can be replaced by a sorted one.
    end = _PREFIX + int.from_bytes(data[:_PREFIX], "little")
    header = _dumps(json.loads(data[_PREFIX:end])).encode()
    header += b" " * (-len(header) % 8)  # the format wants the tensors aligned
    return len(header).to_bytes(_PREFIX, "little") + header + data[end:]


def read_metadata(head: bytes, size: int) -> dict[str, str]:
    """The metadata of a native file, from its beginning alone.

    Args:
        head: the file's first bytes, at least the header (or all there are).
        size: length of the whole file in bytes.

    Raises:
        CheckpointError: the header is damaged, the file shorter than its header says, or it is of another format.
    """
    length = int.from_bytes(head[:_PREFIX], "little")
    if _PREFIX + length > size or length > HEADER_LIMIT:
        raise CheckpointError(DAMAGED)
    try:
        header = json.loads(head[_PREFIX : _PREFIX + length])
        metadata = header.get("__metadata__", {})
        end = max((entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"), default=0)
        short = _PREFIX + length + end - size
        stated = metadata.get("format", "")
        version = _FORMAT.fullmatch(stated)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(DAMAGED) from error
    if version is None:
        raise CheckpointError(
            "It is a safetensors file, but not one of DFPIR Studio's. Choose a DFPIR checkpoint, "
            "or the authors' .pth.tar file."
        )
    if stated != FORMAT:
        raise CheckpointError(
            f"It is written in format {version[1]}, which this program does not know. Update DFPIR Studio."
        )
    if len(header) > MOST_TENSORS:
        raise CheckpointError(f"It claims to hold {len(header)} tensors, far more than any DFPIR. {DAMAGED}")
    if short > 0:
        raise CheckpointError(f"Its last {short} bytes are missing. Download or copy it again.")
    return metadata


def unpack(data: bytes) -> Checkpoint:
    """The checkpoint in a native file's bytes; weights in the precision they were stored in.

    Raises:
        CheckpointError: the file is damaged, of another format, or its parts do not fit together.
    """
    metadata = read_metadata(data, len(data))
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, KeyError, RuntimeError, ValueError) as error:
        raise CheckpointError(f"{DAMAGED} ({error})") from error
    try:
        config = DFPIRConfig.from_dict(_object(metadata["config"]))
        embeddings = tensors.pop(_EMBEDDINGS)
        prompts = PromptBank.from_arrays(_object(metadata["prompts"]), embeddings.float().numpy())
        card = _object(metadata["card"])
    except (LookupError, ValueError, TypeError, OverflowError, RecursionError, PromptError) as error:
        raise CheckpointError(f"Its header cannot be used: {error}. {DAMAGED}") from error
    check_fit(tensors, config)
    return Checkpoint(config, tensors, prompts, card)


def _object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("a JSON object was expected")
    return value
