"""How numbers and results are put into words; no toolkit."""

from core.degradations import degradation
from core.inference import RestorationResult, Step
from core.photo import Photo

SEPARATOR = " · "


def photo_line(photo: Photo) -> str:
    """Return name, size and bit depth of a photo, e.g. ``"beach.jpg   6000×4000 px   16-bit"``."""
    name = [photo.source.name] if photo.source else []
    return "   ".join([*name, f"{photo.width}×{photo.height} px", f"{photo.bit_depth}-bit"])


def result_line(result: RestorationResult) -> str:
    """Return how a result came about, e.g. ``"CPU · bfloat16 · full frame · 7.9 s"``."""
    path = "full frame" if result.path == "full" else "tiles"
    return SEPARATOR.join([device_name(result.device), result.precision, path, f"{result.seconds:.1f} s"])


def steps_line(steps: tuple[Step, ...]) -> str:
    """Return what was done, e.g. ``"Haze 100 %, Noise (σ 25) 70 %"``."""
    return ", ".join(f"{degradation(step.degradation).label} {percent(step.strength)}" for step in steps)


def percent(fraction: float) -> str:
    """Return a share of 0.0 to 1.0 as a whole percentage."""
    return f"{round(fraction * 100)} %"


def device_name(device: str) -> str:
    """Return a torch device as people write it: ``"CPU"``, ``"GPU 0"``."""
    kind, _, index = device.partition(":")
    name = {"cpu": "CPU", "cuda": "GPU", "mps": "GPU"}.get(kind, kind)
    return f"{name} {index}" if index else name
