"""What degradations are called, in the user's language; no toolkit."""

from core.degradations import FAMILY_LABELS, degradation
from core.detection import Detection
from dfpir_gui.i18n.language import translate
from dfpir_gui.i18n.messages import translated_message


def label(key: str) -> str:
    """Return what the degradation called ``key`` is called, e.g. ``"Noise (σ 25)"``."""
    return translated_message(degradation(key).label)


def family_label(family: str) -> str:
    """Return what a family of degradations is called, e.g. ``"Noise"``."""
    return translated_message(FAMILY_LABELS[family])


def detection_text(detection: Detection) -> str:
    """Return what was found or is most probable, e.g. ``"noise (σ 23) and low light"``; empty for a clean photo."""
    families = detection.found or ((detection.likeliest,) if detection.likeliest != "clean" else ())
    named = []
    for family in families:
        name = family_label(family).lower()
        if family == "noise" and detection.sigma is not None:
            name = translate("Names", "{name} (σ {sigma})").format(name=name, sigma=f"{detection.sigma:.0f}")
        named.append(name)
    return translate("Names", " and ").join(named)
