"""Checkpoint files: the native format, and the authors' published one."""

from typing import TYPE_CHECKING

from core.lazily import importer

if TYPE_CHECKING:
    from core.checkpoints.checkpoint import Checkpoint
    from core.checkpoints.files import load_checkpoint, save_checkpoint

__all__ = ["Checkpoint", "load_checkpoint", "save_checkpoint"]

_HOMES = {
    "Checkpoint": "core.checkpoints.checkpoint",
    "load_checkpoint": "core.checkpoints.files",
    "save_checkpoint": "core.checkpoints.files",
}

__getattr__ = importer(__name__, _HOMES)
