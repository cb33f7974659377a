"""The state of a training run on disk, and whether a configuration may resume it."""

import io
import json
import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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
from training.engine.config import RunSettings, Stage
from training.engine.optimiser import Rates

log = logging.getLogger(__name__)

LOCK = ".dfpir-training.lock"
"""Lock file in the folder of a run."""


class ResumeError(DFPIRError):
    """A saved training state cannot be used."""


def save_state(file: Path, state: dict[str, Any]) -> None:
    """Write a state atomically: ``file`` is either the old or the new one, even after a power failure.

    PyTorch's archives carry a checksum of each of their parts, which :func:`load_state` compares.

    Raises:
        OSError: the disk is full or not writable; the old file is untouched.
    """
    buffer = io.BytesIO()  # errors of a stream lose their reason inside torch.save
    torch.save(state, buffer)
    publish(buffer.getbuffer(), file, overwrite=True)


def load_state(file: Path) -> dict[str, Any]:
    """Read a state of :func:`save_state`; nothing in the file is executed, and a single flipped bit is detected.

    Raises:
        ResumeError: the file is damaged or not a training state.
    """
    try:
        with open_regular(file) as stream:
            check_free(file.stat().st_size)
            state = TorchFile(stream).read_all()
    except (OSError, DFPIRError, MemoryError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise ResumeError(
            f"{file}: not a usable training state ({reason}). Move it away to start from the beginning."
        ) from error
    if not isinstance(state, dict) or "step" not in state:
        raise ResumeError(f"{file}: not a training state. Move it away to start from the beginning.")
    return state


@contextmanager
def locked(run_dir: Path) -> Iterator[None]:
    """Lock the folder of a run against other processes. The lock of a killed process is released by the system.

    Raises:
        ResumeError: another process holds the lock.
    """
    lock = FileLock(run_dir / LOCK, timeout=0)
    try:
        lock.acquire()
    except Timeout as error:
        raise ResumeError(
            f"{run_dir}: another training is running in this folder. Wait until it ends, stop it, or choose another "
            "folder with --run."
        ) from error
    except (OSError, NotImplementedError) as error:  # some network file systems have no locks
        log.warning("%s cannot be locked (%s): do not start another training in it", run_dir, error)
    try:
        yield
    finally:
        lock.release()


def signature(file: Path) -> tuple[int, ...] | None:
    """Values that change when another process writes ``file``; None if it does not exist."""
    try:
        status = file.stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def random_state(device: torch.device) -> dict[str, Any]:
    """State of the random generators of Python, NumPy, torch and ``device``, as tensors and plain values."""
    legacy: Any = np.random.get_state()
    name, keys, *rest = legacy
    return {
        "python": random.getstate(),
        "numpy": (name, torch.from_numpy(keys.astype(np.int64)), *rest),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state(device) if device.type == "cuda" else None,
    }


def set_random_state(state: dict[str, Any], device: torch.device) -> None:
    """Restore the result of :func:`random_state`; CUDA's generator only if ``device`` was CUDA both times."""
    random.setstate(state["python"])
    name, keys, *rest = state["numpy"]
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if state["cuda"] is not None and device.type == "cuda":
        torch.cuda.set_rng_state(state["cuda"], device)


def same_until(settings: RunSettings, fingerprint: str, step: int) -> bool:
    """Whether ``settings`` would have produced the same first ``step`` steps.

    Stages may differ after that: a run at a constant rate can be extended or get another last stage. A cosine schedule
    depends on its own length, so its stages cannot change while it runs.

    Args:
        settings: the configuration to resume with.
        fingerprint: :meth:`RunSettings.fingerprint` of the configuration that produced the steps.
        step: number of steps done.
    """
    if fingerprint == settings.fingerprint():
        return True
    before, now = settings.migrated(json.loads(fingerprint)), json.loads(settings.fingerprint())
    stages = tuple(Stage(**{"steps": 0, **stage}) for stage in before.pop("stages"))
    now.pop("stages")
    return before == now and _schedule(replace(settings, stages=stages), step) == _schedule(settings, step)


def _schedule(settings: RunSettings, steps: int) -> list[tuple[int, int, float]]:
    """Patch, batch and share of the learning rate of the first ``steps`` steps."""
    rates = Rates(settings)
    stages = [settings.stage_at(step) for step in range(min(steps, settings.steps))]
    return [(stage.patch, stage.batch, rates.share(step)) for step, stage in enumerate(stages)]
