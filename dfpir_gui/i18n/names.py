"""The names of degradations in the user's language."""

from core.degradations import FAMILY_LABELS, degradation
from core.detection import Detection
from dfpir_gui.i18n.language import listed_with_and, translate
from dfpir_gui.i18n.messages import translated_message


def label(key: str) -> str:
    """Return what the degradation called ``key`` is called, e.g. ``"Noise (σ 25)"``."""
    return translated_message(degradation(key).label)


def family_label(family: str) -> str:
    """Return what a family of degradations is called, e.g. ``"Noise"``."""
    return translated_message(FAMILY_LABELS[family])


def detection_text(detection: Detection) -> str:
    """Return the detected or most probable degradations, e.g. ``"noise (σ 23) and low light"``; empty if clean."""
    families = detection.found or ((detection.likeliest,) if detection.likeliest != "clean" else ())
    texts = []
    for family in families:
        name = family_label(family).lower()
        if family == "noise" and detection.sigma is not None:
            name = translate("Names", "{name} (σ {sigma})").format(name=name, sigma=f"{detection.sigma:.0f}")
        texts.append(name)
    return listed_with_and(texts)
