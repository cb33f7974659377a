"""DFPIR Studio's restoration library, usable without the window.

The names here are those that a notebook needs. They are imported on first use, so that ``import core`` is fast::

    from core import Photo, Restorer

    result = Restorer().restore(Photo.open("beach.jpg"), "haze")
    result.photo.save("beach-restored.jpg")
"""

from typing import TYPE_CHECKING

from core.system.lazy_imports import importer

if TYPE_CHECKING:
    from core.checkpoints import Checkpoint, load_checkpoint
    from core.degradations import DEGRADATIONS
    from core.detection import Detection, Detector
    from core.errors import DFPIRError
    from core.inference import RestorationResult, Restorer, Step
    from core.photo import Photo
    from core.progress import CancelToken

_MODULES = {
    "CancelToken": "core.progress",
    "Checkpoint": "core.checkpoints",
    "DEGRADATIONS": "core.degradations",
    "DFPIRError": "core.errors",
    "Detection": "core.detection",
    "Detector": "core.detection",
    "Photo": "core.photo",
    "RestorationResult": "core.inference",
    "Restorer": "core.inference",
    "Step": "core.inference",
    "load_checkpoint": "core.checkpoints",
}

__all__ = [
    "DEGRADATIONS",
    "CancelToken",
    "Checkpoint",
    "DFPIRError",
    "Detection",
    "Detector",
    "Photo",
    "RestorationResult",
    "Restorer",
    "Step",
    "load_checkpoint",
]


__getattr__ = importer(__name__, _MODULES)
