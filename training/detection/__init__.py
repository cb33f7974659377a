"""Training of the detector: samples, loss, validation, calibration, and evaluation."""

from training.detection.config import DetectorTraining, load_detector_config
from training.detection.objective import DetectionObjective

__all__ = ["DetectionObjective", "DetectorTraining", "load_detector_config"]
