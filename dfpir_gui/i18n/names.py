"""The names of degradations in the user's language."""

from core.degradations import DEGRADATIONS, degradation
from core.detection import Detection
from dfpir_gui.i18n.language import tr, translate, translated

LABELS = (
    tr("Noise (σ 15)"),
    tr("Noise (σ 25)"),
    tr("Noise (σ 50)"),
    tr("Noise"),
    tr("Rain"),
    tr("Haze"),
    tr("Motion blur"),
    tr("Low light"),
)
"""The labels of :data:`core.degradations.DEGRADATIONS` and of their families, listed for the translation."""


def label(key: str) -> str:
    """Return the name of the degradation called ``key``, e.g. ``"Noise (σ 25)"``."""
    return translated(degradation(key).label)


def family_label(family: str) -> str:
    """Return the name of a family of degradations, e.g. ``"Noise"``."""
    first = next(entry.label for entry in DEGRADATIONS if entry.family == family)
    return translated(first.partition(" (")[0])


def detection_text(detection: Detection) -> str:
    """Return the detected or most probable degradations, e.g. ``"noise (σ 23) and low light"``; empty if clean."""
    families = detection.found or ((detection.likeliest,) if detection.likeliest != "clean" else ())
    texts = []
    for family in families:
        name = family_label(family).lower()
        if family == "noise" and detection.sigma is not None:
            name = translate("Names", "{name} (σ {sigma})").format(name=name, sigma=f"{detection.sigma:.0f}")
        texts.append(name)
    return translate("Names", " and ").join(texts)
