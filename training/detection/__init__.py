"""The training of the detector: what it is shown, how it is judged, and how its probabilities are calibrated."""

from training.detection.config import DetectorTraining, load_detector_config
from training.detection.objective import DetectionObjective

__all__ = ["DetectionObjective", "DetectorTraining", "load_detector_config"]
