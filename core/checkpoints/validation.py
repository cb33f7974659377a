"""Checks and errors common to all model files.

Everything that a file contains is bounded when it is read, so that later code can rely on it: the number, names and
shapes of tensors, the model card, the texts of prompts. Error messages are bounded as well, since they quote files.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
from torch import Tensor

from core.errors import CheckpointError
from core.messages import Message, message, verbatim

DAMAGED = message("The file is damaged: download or copy it again.")
MOST_TENSORS = 20_000
"""Limit on the number of tensors; the published network has 353."""
HEADER_LIMIT = 4 * 2**20
"""Limit on a safetensors header in bytes; that of the built-in model has 34,000."""

MAX_NAME_LENGTH = 300
"""Limit on the name of a tensor in characters; the longest of a DFPIR has 40."""

_MAX_LISTED = 4  # names in a message
_PREFIX = 8  # bytes of a safetensors header's length, little-endian
_MAX_REASON_LENGTH = 1000  # characters
_MAX_CARD_LENGTH = 2**18  # characters of JSON; that of the built-in model has 6,000
_MAX_TEXT_LENGTH = 10_000  # characters of one text in a card
_MAX_CARD_ENTRIES = 200


@contextlib.contextmanager
def reading(path: Path, use: Literal["a model", "a detector"]) -> Iterator[None]:
    """Context in which a file is read: every failure becomes a CheckpointError that names the file.

    Args:
        path: the file.
        use: what the file is read as.
    """
    try:
        yield
    except CheckpointError as error:
        reason = _bounded(error.message)
        if use == "a model":
            unusable = message("{file} cannot be used as a model. {reason}", file=path, reason=reason)
        else:
            unusable = message("{file} cannot be used as a detector. {reason}", file=path, reason=reason)
        raise CheckpointError(unusable) from error
    except FileNotFoundError as error:
        raise CheckpointError(
            message("There is no file {file}. Check the name, or download the model again.", file=path)
        ) from error
    except IsADirectoryError as error:
        raise CheckpointError(message("{file} is a folder. Choose the model file in it.", file=path)) from error
    except OSError as error:
        raise CheckpointError(
            message("{file} cannot be read: {reason}.", file=path, reason=error.strerror or str(error))
        ) from error
    except MemoryError as error:
        raise CheckpointError(
            message(
                "There is not enough memory to read {file}. Close some programs, or check that it is a model.",
                file=path,
            )
        ) from error


def _bounded(text: Message) -> Message:
    return text if len(text) <= _MAX_REASON_LENGTH else verbatim(brief(text, _MAX_REASON_LENGTH))


def brief(text: str, limit: int = 60) -> str:
    """Shorten a text for quotation in a message to ``limit`` characters and an ellipsis."""
    return text if len(text) <= limit else f"{text[:limit]}…"


def listed(names: Sequence[str], limit: int) -> Message | list[str]:
    """The first ``limit`` names as a parameter of a message, and how many more there are."""
    if len(names) <= limit:
        return list(names)
    return message("{names} and {count} more", names=list(names[:limit]), count=len(names) - limit)


def unusable_header(error: Exception) -> CheckpointError:
    """The error for a header whose entries cannot be used, because of ``error``."""
    return CheckpointError(
        message("Its header cannot be used: {reason}. {advice}", reason=brief(str(error), 200), advice=DAMAGED)
    )


@dataclass(frozen=True)
class Header:
    """The header of a safetensors file.

    Attributes:
        metadata: texts by name.
        shapes: shapes of its tensors by name.
        end: size of the complete file in bytes.
    """

    metadata: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    end: int

    def outlines(self) -> dict[str, Tensor]:
        """Tensors of the same shapes without memory, on the device ``meta``.

        Raises:
            CheckpointError: a shape is too large.
        """
        try:
            return {name: torch.empty(shape, device="meta") for name, shape in self.shapes.items()}
        except (RuntimeError, TypeError) as error:
            raise CheckpointError(DAMAGED) from error


def read_header(head: bytes, size: int) -> Header:
    """Read the header of a safetensors file.

    Args:
        head: the first bytes of the file; at least the header, or the whole file if it is shorter.
        size: length of the whole file in bytes.

    Raises:
        CheckpointError: the header is damaged, too long, or longer than the file.
    """
    length = int.from_bytes(head[:_PREFIX], "little")
    if _PREFIX + length > size or length > HEADER_LIMIT:
        raise CheckpointError(DAMAGED)
    try:
        header = json.loads(head[_PREFIX : _PREFIX + length])
        metadata = header.pop("__metadata__", {})
        shapes = {name: tuple(entry["shape"]) for name, entry in header.items()}
        end = max((entry["data_offsets"][1] for entry in header.values()), default=0)
        valid = all(isinstance(text, str) for text in metadata.values())
        valid &= all(type(side) is int and 0 <= side < 2**63 for shape in shapes.values() for side in shape)
        result = Header(metadata, shapes, _PREFIX + length + end)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(DAMAGED) from error
    if not valid:
        raise CheckpointError(DAMAGED)
    return result


def check_header(header: Header, size: int) -> None:
    """Check the number and names of tensors, and that the file has all its bytes.

    Args:
        header: of the file.
        size: length of the whole file in bytes.

    Raises:
        CheckpointError: there are too many tensors, a name is too long, or the file is incomplete.
    """
    if len(header.shapes) > MOST_TENSORS:
        raise CheckpointError(
            message(
                "It claims to contain {count} tensors, far more than any network of DFPIR. {advice}",
                count=len(header.shapes),
                advice=DAMAGED,
            )
        )
    if header.end > size:
        raise CheckpointError(
            message("Its last {count} bytes are missing. Download or copy it again.", count=header.end - size)
        )
    check_names(header.shapes)


def check_names(names: Iterable[str]) -> None:
    """Check the length of tensor names.

    Raises:
        CheckpointError: one is too long.
    """
    for name in names:
        if len(name) > MAX_NAME_LENGTH:
            raise CheckpointError(
                message(
                    "A tensor's name has {count} characters ({name}). {advice}",
                    count=len(name),
                    name=brief(name),
                    advice=DAMAGED,
                )
            )


def check_card(card: Mapping[str, Any]) -> None:
    """Check that a model card is short enough to be shown.

    Raises:
        CheckpointError: the card or a text in it is too long.
    """
    longest, pending = 0, list[Any](card.items())
    while pending:
        part = pending.pop()
        if isinstance(part, str):
            longest = max(longest, len(part))
        elif isinstance(part, Mapping):
            pending.extend(part.items())
        elif isinstance(part, tuple | list):
            pending.extend(part)
    if len(card) > _MAX_CARD_ENTRIES or longest > _MAX_TEXT_LENGTH or len(repr(card)) > _MAX_CARD_LENGTH:
        raise CheckpointError(
            message(
                "Its model card is too long: at most {entries} entries, {characters} characters each, and {total} in "
                "all. Shorten it.",
                entries=_MAX_CARD_ENTRIES,
                characters=_MAX_TEXT_LENGTH,
                total=_MAX_CARD_LENGTH,
            )
        )


def json_object(text: str, limit: int = _MAX_CARD_LENGTH) -> dict[str, Any]:
    """Parse a JSON object in a header.

    Raises:
        ValueError: it is not a JSON object, or has more than ``limit`` characters.
    """
    if len(text) > limit:
        raise ValueError(f"{len(text)} characters; the maximum is {limit}")
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("a JSON object was expected")
    return value


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Context in which a file is written: every failure becomes a CheckpointError that names the unchanged file."""
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(message("{file} was not written. {reason}", file=path, reason=error.message)) from error
    except OSError as error:
        raise CheckpointError(
            message(
                "{file} cannot be written: {reason}. Choose another folder.",
                file=path,
                reason=error.strerror or str(error),
            )
        ) from error


def finite(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Convert weights to float32.

    Raises:
        CheckpointError: a tensor is not floating-point or has values that are not finite; the message names it.
    """
    converted = {}
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            raise CheckpointError(
                message(
                    "The tensor {name} has the type {dtype} instead of a floating-point type.",
                    name=brief(name),
                    dtype=str(tensor.dtype),
                )
            )
        converted[name] = tensor.detach().to(torch.float32)
        if not torch.isfinite(converted[name]).all():
            raise CheckpointError(
                message(
                    "The tensor {name} has values that are not finite: the training of this model has diverged. Use "
                    "another checkpoint of it.",
                    name=brief(name),
                )
            )
    return converted


def check_shapes(
    state: Mapping[str, Tensor], shapes: Mapping[str, torch.Size], display_name: Callable[[str], str] = str
) -> None:
    """Check that names and shapes of ``state`` are those of a network.

    Args:
        state: weights by our names.
        shapes: the network's shapes by the same names.
        display_name: maps our names to those used in the error message.

    Raises:
        CheckpointError: they are not; the message names the first few and counts all.
    """
    missing = [brief(display_name(name)) for name in shapes if name not in state]
    unexpected = [brief(display_name(name)) for name in state if name not in shapes]
    misshapen = [
        message(
            "{name} is {shape}, expected {expected}",
            name=brief(display_name(name)),
            shape=str(tuple(state[name].shape)),
            expected=str(tuple(shape)),
        )
        for name, shape in shapes.items()
        if name in state and state[name].shape != shape
    ]
    faults = []
    if missing:
        faults.append(message("{count} missing ({names})", count=len(missing), names=listed(missing, _MAX_LISTED)))
    if unexpected:
        names = listed(unexpected, _MAX_LISTED)
        faults.append(message("{count} unexpected ({names})", count=len(unexpected), names=names))
    if misshapen:
        names = listed(misshapen, _MAX_LISTED)
        faults.append(message("{count} of a wrong shape ({names})", count=len(misshapen), names=names))
    if faults:
        raise CheckpointError(
            message(
                "The weights do not fit the network: {faults}. Use a complete checkpoint of one model.", faults=faults
            )
        )
