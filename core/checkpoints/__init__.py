"""Checkpoint files: the native format, and the authors' published one."""

from core.checkpoints.checkpoint import Checkpoint
from core.checkpoints.files import load_checkpoint, save_checkpoint

__all__ = ["Checkpoint", "load_checkpoint", "save_checkpoint"]
