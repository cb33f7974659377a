"""The state of a training run on disk: enough to go on as if nothing had happened."""

import io
import os
import random
from pathlib import Path
from typing import Any

import numpy as np
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
    packed = io.BytesIO()  # torch turns what a stream raises into errors that no longer say why
    torch.save(state, packed)
    try:
        with temporary.open("wb") as stream:
            stream.write(packed.getbuffer())
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


def random_state(device: torch.device) -> dict[str, Any]:
    """Where the random generators of Python, NumPy, torch and ``device`` are, as tensors and plain values."""
    legacy: Any = np.random.get_state()
    name, keys, *rest = legacy
    return {
        "python": random.getstate(),
        "numpy": (name, torch.from_numpy(keys.astype(np.int64)), *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
    }


def set_random_state(state: dict[str, Any], device: torch.device) -> None:
    """Put the generators where :func:`random_state` found them; CUDA's only if both times ``device`` is CUDA."""
    random.setstate(state["python"])
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if state["cuda"] is not None and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)
