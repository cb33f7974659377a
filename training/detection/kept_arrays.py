"""Dataclasses of arrays that take long to compute, kept in files."""

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from core.io import atomic

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

ArraysT = TypeVar("ArraysT", bound="DataclassInstance")


def kept(file: Path | None, kind: type[ArraysT], compute: Callable[[], ArraysT]) -> ArraysT:
    """The arrays in ``file``; computed and written there if it does not exist, or if it is None only computed.

    Args:
        file: an .npz file; it is complete or absent, even if the program is killed.
        kind: a dataclass of which every field is an array.
        compute: makes an instance of it.
    """
    names = [field.name for field in fields(kind)]
    if file is not None and file.exists():
        with np.load(file) as arrays:
            return kind(*(arrays[name] for name in names))
    made = compute()
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        part = file.with_name(f"{file.stem}.part.npz")
        np.savez(part, **{name: getattr(made, name) for name in names})
        atomic.replace(part, file)
    return made
