"""Model files: the native format and the authors' published one, read without executing anything in them."""

from typing import TYPE_CHECKING

from core.system.lazy_imports import importer

if TYPE_CHECKING:
    from core.checkpoints.checkpoint import Checkpoint
    from core.checkpoints.loading import load_checkpoint, save_checkpoint

__all__ = ["Checkpoint", "load_checkpoint", "save_checkpoint"]

_HOMES = {
    "Checkpoint": "core.checkpoints.checkpoint",
    "load_checkpoint": "core.checkpoints.loading",
    "save_checkpoint": "core.checkpoints.loading",
}

__getattr__ = importer(__name__, _HOMES)
