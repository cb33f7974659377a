"""Limits of the measures of harm, above which a result is warned of.

They are fitted to results that were looked at one by one: ``training/evaluation/quality_labels.csv``. The command
``python -m training.evaluation.quality`` fits them again and says how many of those results are warned of; the
documentation (``docs/quality.md``) has its figures.
"""

from collections.abc import Mapping

LIMITS: Mapping[str, float] = {
    "darkening": 13.3,
    "dulled_lights": 5.37,
    "dark_areas": 3.94,
    "bright_halos": 3.81,
    "dark_halos": 6.45,
    "border_band": 27.3,
    "blotches": 7.14,
    "colour_blotches": 7.97,
    "blocks": 0.121,
    "new_colour": 10.3,
    "skin": 9.71,
    "clipped_lights": 0.283,
    "clipped_shadows": 0.0128,
    "texture_lost": 0.673,
    "texture_invented": 0.0327,
    "noise": 0.999,
}
"""Name of a measure -> its limit. A result is warned of if any measure exceeds its limit."""

HARDLY_CHANGED = 0.5
"""Mean distance in L*a*b* below which a photo is hardly changed; differences of about 1 are just seen side by side."""
