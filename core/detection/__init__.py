"""What is wrong with a photograph: calibrated probabilities for the degradations that the restorer can remove."""

from core.detection.detection import CLASSES, FAMILIES, REMOVAL, Detection
from core.detection.detector import Detector

__all__ = ["CLASSES", "FAMILIES", "REMOVAL", "Detection", "Detector"]
