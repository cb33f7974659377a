"""How numbers and results are put into words; no toolkit."""

from core.changes import Changes
from core.degradations import degradation
from core.inference import RestorationResult, Step
from core.inference.devices import DeviceInfo
from core.photo import Photo
from dfpir_gui.language import translate
from dfpir_gui.session import Document, State
from dfpir_gui.tasks import Progress

SEPARATOR = " · "

_PATHS = {"full": "full frame", "bands": "exact bands", "tiled": "tiles"}


def photo_line(photo: Photo) -> str:
    """Return name, size and bit depth of a photo, e.g. ``"beach.jpg   6000×4000 px   16-bit"``."""
    name = [photo.source.name] if photo.source else []
    return "   ".join([*name, f"{photo.width}×{photo.height} px", f"{photo.bit_depth}-bit"])


def result_line(result: RestorationResult) -> str:
    """Return how a result came about, e.g. ``"CPU · bfloat16 · full frame · 7.9 s"``."""
    path = _PATHS.get(result.path, result.path)
    return SEPARATOR.join([device_name(result.device), result.precision, path, f"{result.seconds:.1f} s"])


def changes_lines(changes: Changes) -> list[str]:
    """Return what a restoration has done, e.g. ``["Colour shift 0.4 ΔE · 97 % of pixels changed", ...]``."""
    return [
        f"Colour shift {changes.colour_shift:.1f} ΔE{SEPARATOR}{percent(changes.changed)} of pixels changed",
        f"Clipped {changes.clipped_after:.1%} (before {changes.clipped_before:.1%})".replace("%", " %"),
    ]


def steps_line(steps: tuple[Step, ...]) -> str:
    """Return what was done, e.g. ``"Haze 100 %, Noise (σ 25) 70 %"``."""
    return ", ".join(f"{degradation(step.degradation).label} {percent(step.strength)}" for step in steps)


def progress_line(progress: Progress) -> str:
    """Return how far something is, e.g. ``"Restoring 62 %, 5 s left"``; it has a fraction."""
    said = f"{progress.phase} {percent(progress.fraction or 0.0)}"
    left = progress.seconds_left
    if left is None:
        return said
    return f"{said}, {left:.0f} s left" if left < 90 else f"{said}, {left / 60:.0f} min left"


def changes_short(changes: Changes) -> list[str]:
    """Return the same in shorter lines, e.g. ``["Colour shift 0.4 ΔE", "97 % changed, 0.0 % clipped"]``."""
    clipped = f"{changes.clipped_after:.1%}".replace("%", " %")
    return [f"Colour shift {changes.colour_shift:.1f} ΔE", f"{percent(changes.changed)} changed, {clipped} clipped"]


def state_words(document: Document, *, short: bool = False) -> str:
    """Return what a photo is doing, e.g. ``"running, 62 %"``, ``"failed: there is not enough memory"``.

    Args:
        document: the open photo.
        short: leave out the reason of a failure and what is not saved.
    """
    state = document.state
    if state is State.RUNNING and document.progress and document.progress.fraction is not None:
        return f"{state}, {percent(document.progress.fraction)}"
    if short:
        return str(state)
    if state is State.FAILED:
        return f"{state}: {document.failure}"
    if state is State.RESTORED:
        return f"{state}, not saved yet"
    return f"{state} as {document.saved_as.name}" if state is State.SAVED and document.saved_as else str(state)


def percent(fraction: float) -> str:
    """Return a share of 0.0 to 1.0 as a whole percentage."""
    return f"{round(fraction * 100)} %"


def device_line(device: DeviceInfo) -> str:
    """Return a device with its maker's name and free memory, e.g. ``"GPU 0 · NVIDIA H200 · 120.3 GB free"``."""
    free = translate("Wording", "{size} GB free").format(size=f"{device.free / 2**30:.1f}")
    return SEPARATOR.join(filter(None, (device_name(device.key), device.name, free)))


def device_name(device: str) -> str:
    """Return a torch device as people write it: ``"CPU"``, ``"GPU 0"``."""
    kind, _, index = device.partition(":")
    name = {"cpu": "CPU", "cuda": "GPU", "mps": "GPU"}.get(kind, kind)
    return f"{name} {index}" if index else name
