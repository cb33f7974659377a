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
from collections.abc import Mapping
from typing import Any

import safetensors
import safetensors.torch
import torch
from torch import Tensor

from core.checkpoints.checkpoint import Checkpoint, check_fit
from core.checkpoints.validation import (
    DAMAGED,
    HEADER_LIMIT,
    Header,
    brief,
    check_card,
    check_header,
    json_object,
    read_header,
)
from core.errors import CheckpointError, PromptError
from core.models import DFPIRConfig
from core.prompts import PromptBank

FORMAT = "dfpir-studio checkpoint, format 1"
_FORMAT = re.compile(r"dfpir-studio checkpoint, format (\d+)")
_EMBEDDINGS = "prompt_bank.embeddings"
_PREFIX = 8  # bytes of the header's length, little-endian
_LONGEST_PROMPTS = 2 * 2**20  # characters of JSON
_LONGEST_PROMPT = 1000  # characters
_MOST_PROMPTS = 1000

__all__ = ["FORMAT", "HEADER_LIMIT", "check_head", "pack", "read_metadata", "unpack"]


def pack(checkpoint: Checkpoint, dtype: torch.dtype = torch.float16) -> bytes:
    """The file's bytes; the same content always gives the same bytes.

    Weights are rounded to ``dtype``, except those of the DGM, which stay float32: rounding them would change the
    order of channels that a prompt stands for.

    Raises:
        CheckpointError: a weight is not finite or too large for ``dtype``, the weights do not fit the configuration,
            or the card cannot be written as JSON.
    """
    check_fit(checkpoint.state, checkpoint.config)
    check_card(checkpoint.card)
    check_prompts(checkpoint.prompts)
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
    """The metadata of a native file, from its beginning alone; see :func:`read_header`.

    Raises:
        CheckpointError: the header is damaged, the file shorter than its header says, or it is of another format.
    """
    return dict(_checked(read_header(head, size), size).metadata)


def check_head(head: bytes, size: int) -> None:
    """Check a native file by its beginning: whether the weights are worth reading.

    Args:
        head: the file's first bytes, at least the header (or all there are).
        size: length of the whole file in bytes.

    Raises:
        CheckpointError: as for :func:`unpack`.
    """
    header = _checked(read_header(head, size), size)
    config, _, _ = _told(header.metadata)
    outlines = header.outlines()
    outlines.pop(_EMBEDDINGS, None)
    check_fit(outlines, config)


def _checked(header: Header, size: int) -> Header:
    stated = header.metadata.get("format", "")
    version = _FORMAT.fullmatch(stated)
    if version is None:
        raise CheckpointError(
            "It is a safetensors file, but not one of DFPIR Studio's. Choose a DFPIR checkpoint, "
            "or the authors' .pth.tar file."
        )
    if stated != FORMAT:
        raise CheckpointError(
            f"It is written in format {version[1]}, which this program does not know. Update DFPIR Studio."
        )
    check_header(header, size)
    return header


def _told(metadata: Mapping[str, str]) -> tuple[DFPIRConfig, dict[str, Any], dict[str, Any]]:
    # Configuration, texts of the prompts, card.
    try:
        config = DFPIRConfig.from_dict(json_object(metadata["config"]))
        prompts = json_object(metadata["prompts"], _LONGEST_PROMPTS)
        card = json_object(metadata["card"])
    except (LookupError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise CheckpointError(f"Its header cannot be used: {brief(str(error), 200)}. {DAMAGED}") from error
    check_card(card)
    return config, prompts, card


def unpack(data: bytes) -> Checkpoint:
    """The checkpoint in a native file's bytes; weights in the precision they were stored in.

    Raises:
        CheckpointError: the file is damaged, of another format, or its parts do not fit together.
    """
    config, texts, card = _told(read_metadata(data, len(data)))
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, KeyError, RuntimeError, ValueError) as error:
        raise CheckpointError(f"{DAMAGED} ({brief(str(error), 200)})") from error
    try:
        embeddings = tensors.pop(_EMBEDDINGS)
        prompts = PromptBank.from_arrays(texts, embeddings.float().numpy())
        check_prompts(prompts)
    except (LookupError, ValueError, TypeError, PromptError) as error:
        raise CheckpointError(f"Its header cannot be used: {brief(str(error), 200)}. {DAMAGED}") from error
    check_fit(tensors, config)
    return Checkpoint(config, tensors, prompts, card)


def check_prompts(bank: PromptBank) -> None:
    """Check that the names and texts of prompts can be shown.

    Raises:
        PromptError: there are too many, or one is too long.
    """
    longest = max([len(bank.encoder), *(max(len(key), len(prompt.text)) for key, prompt in bank.prompts.items())])
    if longest > _LONGEST_PROMPT or len(bank.prompts) > _MOST_PROMPTS:
        raise PromptError(
            f"The prompt bank is too long: at most {_MOST_PROMPTS} prompts of at most {_LONGEST_PROMPT} characters."
        )
