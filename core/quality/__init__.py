"""What a restoration has changed in a photo, whether it may have done harm, and what helps."""

from core.quality.changes import Changes, compare
from core.quality.limits import HARDLY_CHANGED, LIMITS
from core.quality.measures import Comparison, Measures, measure
from core.quality.need import propose_strengths, strength_note
from core.quality.report import PROBLEMS, Harm, QualityReport, Remedy, harms_of, quality_report

__all__ = [
    "HARDLY_CHANGED",
    "LIMITS",
    "PROBLEMS",
    "Changes",
    "Comparison",
    "Harm",
    "Measures",
    "QualityReport",
    "Remedy",
    "compare",
    "harms_of",
    "measure",
    "propose_strengths",
    "quality_report",
    "strength_note",
]
