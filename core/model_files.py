"""What all model files have in common: how reading and writing them fails in words, and what their weights must be."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import torch
from torch import Tensor

from core.errors import CheckpointError

DAMAGED = "The file is damaged: download or copy it again."
MOST_TENSORS = 20_000
"""No network of ours has more tensors than this; the published one has 353."""
_SHOWN = 4


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
        raise CheckpointError(f"{path} cannot be used as {what}. {error}") from error
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
            raise CheckpointError(f"The tensor {name} holds {tensor.dtype} and not floating-point numbers.")
        usable[name] = tensor.detach().to(torch.float32)
        if not torch.isfinite(usable[name]).all():
            raise CheckpointError(
                f"The tensor {name} holds values that are not finite: the training of this model has diverged. "
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
    missing = [shown(name) for name in wanted if name not in state]
    unexpected = [shown(name) for name in state if name not in wanted]
    misshapen = [
        f"{shown(name)} is {tuple(state[name].shape)}, wanted {tuple(shape)}"
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
