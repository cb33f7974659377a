"""Detection of degradations in photos: calibrated probabilities for those that the restorer can remove."""

from typing import TYPE_CHECKING

from core.detection.detection import CLASSES, FAMILIES, REMOVAL, Detection
from core.system.lazy_imports import importer

if TYPE_CHECKING:
    from core.detection.detector import Detector

__all__ = ["CLASSES", "FAMILIES", "REMOVAL", "Detection", "Detector"]

__getattr__ = importer(__name__, {"Detector": "core.detection.detector"})
