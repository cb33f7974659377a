"""The state of a training run on disk: enough to go on as if nothing had happened."""

import os
from pathlib import Path
from typing import Any

import torch

from core.errors import DFPIRError


class ResumeError(DFPIRError):
    """A saved training state cannot be used."""


def save_state(file: Path, state: dict[str, Any]) -> None:
    """Write a state so that ``file`` always is either the old or the new one, whole.

    Raises:
        OSError: the disk is full or not writable; the old file is untouched.
    """
    temporary = file.with_suffix(".partial")
    try:
        with temporary.open("wb") as stream:
            torch.save(state, stream)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(file)
    finally:
        temporary.unlink(missing_ok=True)


def load_state(file: Path) -> dict[str, Any]:
    """Read what :func:`save_state` wrote; nothing in the file is executed.

    Raises:
        ResumeError: the file is damaged or is no training state.
    """
    try:
        state = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a damaged file
        raise ResumeError(f"{file}: is no usable training state ({error}). Move it away to start anew.") from error
    if not isinstance(state, dict) or "step" not in state:
        raise ResumeError(f"{file}: is no training state. Move it away to start anew.")
    return state
