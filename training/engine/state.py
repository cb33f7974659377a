"""The state of a training run on disk: enough to go on as if nothing had happened."""

import io
import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from filelock import FileLock, Timeout

from core.errors import DFPIRError
from core.io.atomic import publish
from core.io.regular_files import open_regular
from core.io.torch_files import TorchFile
from core.system.memory import check_free

log = logging.getLogger(__name__)

LOCK = ".dfpir-training.lock"
"""File in a run folder that the training in it holds."""


class ResumeError(DFPIRError):
    """A saved training state cannot be used."""


def save_state(file: Path, state: dict[str, Any]) -> None:
    """Write a state so that ``file`` always is either the old or the new one, whole, also after a power cut.

    PyTorch's archives carry a checksum of each of their parts, which :func:`load_state` compares.

    Raises:
        OSError: the disk is full or not writable; the old file is untouched.
    """
    packed = io.BytesIO()  # torch turns what a stream raises into errors that no longer say why
    torch.save(state, packed)
    publish(packed.getbuffer(), file, overwrite=True)


def load_state(file: Path) -> dict[str, Any]:
    """Read what :func:`save_state` wrote; nothing in the file is executed, and a single wrong bit is found.

    Raises:
        ResumeError: the file is damaged or is no training state.
    """
    try:
        with open_regular(file) as stream:
            check_free(file.stat().st_size)
            state = TorchFile(stream).read_all()
    except (OSError, DFPIRError, MemoryError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ResumeError(f"{file}: is no usable training state ({reason}). Move it away to start anew.") from error
    if not isinstance(state, dict) or "step" not in state:
        raise ResumeError(f"{file}: is no training state. Move it away to start anew.")
    return state


@contextmanager
def held(run_dir: Path) -> Iterator[None]:
    """Keep other trainings out of a run folder meanwhile. The hold of a program that was killed is over.

    Raises:
        ResumeError: another training has it.
    """
    lock = FileLock(run_dir / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ResumeError(
            f"{run_dir}: another training is running in this folder. Wait until it ends, stop it, or choose another "
            "folder by --run."
        ) from error
    except (OSError, NotImplementedError) as error:  # some network disks know no locks
        log.warning("%s cannot be kept for this training alone (%s): start no other one in it", run_dir, error)
    try:
        yield
    finally:
        lock.release()


def signature(file: Path) -> tuple[int, ...] | None:
    """What differs after another training has written ``file``; None if there is none."""
    try:
        told = file.stat()
    except FileNotFoundError:
        return None
    return told.st_ino, told.st_size, told.st_mtime_ns


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
