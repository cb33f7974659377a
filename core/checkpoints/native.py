"""The native format: one safetensors file with weights, configuration, prompt bank and model card.

The header's metadata; all values except the first are JSON:

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
    unusable_header,
)
from core.errors import CheckpointError, PromptError
from core.messages import message
from core.models import DFPIRConfig
from core.prompts import PromptBank

FORMAT = "dfpir-studio checkpoint, format 1"
_FORMAT = re.compile(r"dfpir-studio checkpoint, format (\d+)")
_EMBEDDINGS = "prompt_bank.embeddings"
_PREFIX = 8  # bytes of the header's length, little-endian
_MAX_PROMPTS_JSON = 2 * 2**20  # characters
_MAX_PROMPT_LENGTH = 1000  # characters
_MAX_PROMPTS = 1000

__all__ = ["FORMAT", "HEADER_LIMIT", "check_head", "pack", "read_metadata", "unpack"]


def pack(checkpoint: Checkpoint, dtype: torch.dtype = torch.float16) -> bytes:
    """Return the bytes of a native file; the same content always gives the same bytes.

    Weights are rounded to ``dtype``, except those of the DGM, which stay float32: rounding them would change the
    order of channels of a prompt.

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
        raise CheckpointError(
            message("The model card cannot be written as JSON: {reason}.", reason=str(error))
        ) from error
    return _canonical(safetensors.torch.save(tensors, metadata))


def _rounded(name: str, tensor: Tensor, dtype: torch.dtype) -> Tensor:
    if not torch.isfinite(tensor).all():
        raise CheckpointError(
            message("The tensor {name} has values that are not finite; the training has diverged.", name=name)
        )
    result = tensor.detach().to("cpu", torch.float32 if ".dgm." in name else dtype).contiguous()
    if not torch.isfinite(result).all():
        raise CheckpointError(
            message(
                "The tensor {name} has values up to {largest:.3g}, too large for {dtype}. Save with float32 instead.",
                name=name,
                largest=tensor.abs().max().item(),
                dtype=str(dtype),
            )
        )
    return result


def _dumps(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _canonical(data: bytes) -> bytes:
    # safetensors writes the metadata in random order. Offsets are relative to the header's end, so the header can be
    # replaced by a sorted one.
    end = _PREFIX + int.from_bytes(data[:_PREFIX], "little")
    header = _dumps(json.loads(data[_PREFIX:end])).encode()
    header += b" " * (-len(header) % 8)  # tensors must be aligned
    return len(header).to_bytes(_PREFIX, "little") + header + data[end:]


def read_metadata(head: bytes, size: int) -> dict[str, str]:
    """Return the metadata of a native file from its first bytes; see :func:`read_header`.

    Raises:
        CheckpointError: the header is damaged, the file shorter than its header says, or it is of another format.
    """
    return dict(_checked(read_header(head, size), size).metadata)


def check_head(head: bytes, size: int) -> None:
    """Check a native file by its header, before its weights are read.

    Args:
        head: the first bytes of the file; at least the header, or the whole file if it is shorter.
        size: length of the whole file in bytes.

    Raises:
        CheckpointError: as for :func:`unpack`.
    """
    header = _checked(read_header(head, size), size)
    config, _, _ = _parsed(header.metadata)
    outlines = header.outlines()
    outlines.pop(_EMBEDDINGS, None)
    check_fit(outlines, config)


def _checked(header: Header, size: int) -> Header:
    name = header.metadata.get("format", "")
    version = _FORMAT.fullmatch(name)
    if version is None:
        raise CheckpointError(
            message(
                "It is a safetensors file, but not a DFPIR Studio model. Choose a DFPIR checkpoint, or the authors' "
                ".pth.tar file."
            )
        )
    if name != FORMAT:
        raise CheckpointError(
            message(
                "The file has format {version}, which this program does not support. Update DFPIR Studio.",
                version=version[1],
            )
        )
    check_header(header, size)
    return header


def _parsed(metadata: Mapping[str, str]) -> tuple[DFPIRConfig, dict[str, Any], dict[str, Any]]:
    # Configuration, prompt texts, card.
    try:
        config = DFPIRConfig.from_dict(json_object(metadata["config"]))
        prompts = json_object(metadata["prompts"], _MAX_PROMPTS_JSON)
        card = json_object(metadata["card"])
    except (LookupError, ValueError, TypeError, OverflowError, RecursionError) as error:
        raise unusable_header(error) from error
    check_card(card)
    return config, prompts, card


def unpack(data: bytes) -> Checkpoint:
    """Read a checkpoint from the bytes of a native file; weights keep their stored precision.

    Raises:
        CheckpointError: the file is damaged, of another format, or its parts do not fit together.
    """
    config, texts, card = _parsed(read_metadata(data, len(data)))
    try:
        tensors = safetensors.torch.load(data)
    except (safetensors.SafetensorError, KeyError, RuntimeError, ValueError) as error:
        raise CheckpointError(message("{advice} ({reason})", advice=DAMAGED, reason=brief(str(error), 200))) from error
    try:
        embeddings = tensors.pop(_EMBEDDINGS)
        prompts = PromptBank.from_arrays(texts, embeddings.float().numpy())
        check_prompts(prompts)
    except (LookupError, ValueError, TypeError, PromptError) as error:
        raise unusable_header(error) from error
    check_fit(tensors, config)
    return Checkpoint(config, tensors, prompts, card)


def check_prompts(bank: PromptBank) -> None:
    """Check the number of prompts and the length of their names and texts.

    Raises:
        PromptError: there are too many, or one is too long.
    """
    longest = max([len(bank.encoder), *(max(len(key), len(prompt.text)) for key, prompt in bank.prompts.items())])
    if longest > _MAX_PROMPT_LENGTH or len(bank.prompts) > _MAX_PROMPTS:
        raise PromptError(
            message(
                "The prompt bank is too long: at most {count} prompts of at most {characters} characters.",
                count=_MAX_PROMPTS,
                characters=_MAX_PROMPT_LENGTH,
            )
        )
