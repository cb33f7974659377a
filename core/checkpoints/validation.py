"""What all model files have in common: how reading and writing them fails in words, and what they may hold.

Whatever a file says is bounded when it is read, so that nothing later has to fear it: names of tensors, the model card,
the texts of prompts. Messages are bounded too, since they quote files.
"""

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.errors import CheckpointError

DAMAGED = "The file is damaged: download or copy it again."
MOST_TENSORS = 20_000
"""No network of ours has more tensors than this; the published one has 353."""
HEADER_LIMIT = 4 * 2**20
"""No safetensors header of ours is longer than this, in bytes; that of the model that ships has 34,000."""

LONGEST_NAME = 300
"""No tensor of ours has a longer name, in characters; the longest has 40."""

_SHOWN = 4
_PREFIX = 8  # bytes of a safetensors header's length, little-endian
_LONGEST_MESSAGE = 1000  # characters
_LONGEST_CARD = 2**18  # characters of JSON; that of the model that ships has 6,000
_LONGEST_TEXT = 10_000  # characters of one text in a card
_MOST_ENTRIES = 200  # of a card


@contextlib.contextmanager
def reading(path: Path, what: str) -> Iterator[None]:
    """Turn whatever goes wrong inside into a CheckpointError that names the file.

    Args:
        path: the file that is read inside.
        what: the file is used as, e.g. ``"a model"``.
    """
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"{path} cannot be used as {what}. {brief(str(error), _LONGEST_MESSAGE)}") from error
    except FileNotFoundError as error:
        raise CheckpointError(f"There is no file {path}. Check the name, or download the model again.") from error
    except IsADirectoryError as error:
        raise CheckpointError(f"{path} is a folder. Choose the model file in it.") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be read: {error.strerror or error}.") from error
    except MemoryError as error:
        raise CheckpointError(
            f"There is not enough memory to read {path}. Close some programs, or check that it is a model."
        ) from error


def brief(text: str, most: int = 60) -> str:
    """``text`` as a message can quote it: its beginning, if it is long."""
    return text if len(text) <= most else f"{text[:most]}…"


@dataclass(frozen=True)
class Header:
    """What a safetensors file says of itself.

    Attributes:
        metadata: texts by name.
        shapes: of its tensors, by name.
        end: how many bytes the file has, if it is whole.
    """

    metadata: Mapping[str, str]
    shapes: Mapping[str, tuple[int, ...]]
    end: int

    def outlines(self) -> dict[str, Tensor]:
        """Tensors of the same shapes without memory, on the device ``meta``.

        Raises:
            CheckpointError: a shape is beyond numbers.
        """
        try:
            return {name: torch.empty(shape, device="meta") for name, shape in self.shapes.items()}
        except (RuntimeError, TypeError) as error:
            raise CheckpointError(DAMAGED) from error


def read_header(head: bytes, size: int) -> Header:
    """What a safetensors file says of itself, from its beginning alone.

    Args:
        head: the file's first bytes, at least the header (or all there are).
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
        whole = all(isinstance(text, str) for text in metadata.values())
        whole &= all(type(side) is int and 0 <= side < 2**63 for shape in shapes.values() for side in shape)
        result = Header(metadata, shapes, _PREFIX + length + end)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise CheckpointError(DAMAGED) from error
    if not whole:
        raise CheckpointError(DAMAGED)
    return result


def check_header(header: Header, size: int) -> None:
    """Check that a file of ours can be like this: so many tensors, with such names, and ``size`` bytes long.

    Raises:
        CheckpointError: it cannot.
    """
    if len(header.shapes) > MOST_TENSORS:
        raise CheckpointError(
            f"It claims to hold {len(header.shapes)} tensors, far more than any network of ours. {DAMAGED}"
        )
    if header.end > size:
        raise CheckpointError(f"Its last {header.end - size} bytes are missing. Download or copy it again.")
    check_names(header.shapes)


def check_names(names: Iterable[str]) -> None:
    """Check that tensors can have these names.

    Raises:
        CheckpointError: one is too long.
    """
    for name in names:
        if len(name) > LONGEST_NAME:
            raise CheckpointError(f"A tensor's name has {len(name)} characters ({brief(name)}). {DAMAGED}")


def check_card(card: Mapping[str, Any]) -> None:
    """Check that a model card can be shown: it is a person who reads it.

    Raises:
        CheckpointError: it is too long, or a text in it is.
    """
    longest, waiting = 0, list[Any](card.items())
    while waiting:
        part = waiting.pop()
        if isinstance(part, str):
            longest = max(longest, len(part))
        elif isinstance(part, Mapping):
            waiting.extend(part.items())
        elif isinstance(part, tuple | list):
            waiting.extend(part)
    if len(card) > _MOST_ENTRIES or longest > _LONGEST_TEXT or len(repr(card)) > _LONGEST_CARD:
        raise CheckpointError(
            f"Its model card is too long to be read: at most {_MOST_ENTRIES} entries, {_LONGEST_TEXT} characters each, "
            f"and {_LONGEST_CARD} in all. Shorten it."
        )


def json_object(text: str, most: int = _LONGEST_CARD) -> dict[str, Any]:
    """What a text of JSON in a header says.

    Raises:
        ValueError: it is no JSON object, or has more than ``most`` characters.
    """
    if len(text) > most:
        raise ValueError(f"{len(text)} characters where at most {most} were expected")
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("a JSON object was expected")
    return value


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Turn whatever goes wrong inside into a CheckpointError that names the file, which was left as it was."""
    try:
        yield
    except CheckpointError as error:
        raise CheckpointError(f"{path} was not written. {error}") from error
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written: {error.strerror or error}. Choose another folder.") from error


def finite(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The weights in float32.

    Raises:
        CheckpointError: one is not floating-point, or holds values that are not finite; the message names it.
    """
    usable = {}
    for name, tensor in state.items():
        if not tensor.is_floating_point():
            raise CheckpointError(f"The tensor {brief(name)} holds {tensor.dtype} and not floating-point numbers.")
        usable[name] = tensor.detach().to(torch.float32)
        if not torch.isfinite(usable[name]).all():
            raise CheckpointError(
                f"The tensor {brief(name)} holds values that are not finite: the training of this model has diverged. "
                "Use another checkpoint of it."
            )
    return usable


def check_shapes(
    state: Mapping[str, Tensor], wanted: Mapping[str, torch.Size], shown: Callable[[str], str] = str
) -> None:
    """Check that names and shapes of ``state`` are those of a network.

    Args:
        state: weights by our names.
        wanted: the network's shapes by the same names.
        shown: turns our names into those that the message should use.

    Raises:
        CheckpointError: they are not; the message names the first few and counts all.
    """
    missing = [brief(shown(name)) for name in wanted if name not in state]
    unexpected = [brief(shown(name)) for name in state if name not in wanted]
    misshapen = [
        f"{brief(shown(name))} is {tuple(state[name].shape)}, wanted {tuple(shape)}"
        for name, shape in wanted.items()
        if name in state and state[name].shape != shape
    ]
    faults = [
        _listed(names, kind)
        for kind, names in (("missing", missing), ("unexpected", unexpected), ("of a wrong shape", misshapen))
        if names
    ]
    if faults:
        listed = "; ".join(faults)
        raise CheckpointError(f"The weights do not fit the network: {listed}. Use a complete checkpoint of one model.")


def _listed(names: list[str], kind: str) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"{len(names)} {kind} ({', '.join(names[:_SHOWN])}{more})"
