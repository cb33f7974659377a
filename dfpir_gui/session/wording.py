"""Texts for numbers, results and states."""

from io import BytesIO

from core.degradations import QualityMode
from core.inference import RestorationResult, Step
from core.photo import Photo
from core.quality import Changes
from core.system.device_info import DeviceInfo
from dfpir_gui.i18n import names
from dfpir_gui.i18n.language import listed, retranslate, tr, translate, translated
from dfpir_gui.session.document import Document
from dfpir_gui.session.state import State
from dfpir_gui.workers.worker_thread import Progress

SEPARATOR = " · "

_MAX_SECONDS = 90
"""Longer remaining times are given in minutes."""

_MAX_PROFILE_NAME = 30

_PATHS = {"bands": tr("exact bands"), "tiled": tr("tiles"), "whole": tr("full frame")}

_STATES = {
    State.NEW: tr("new"),
    State.LOADING: tr("loading"),
    State.DETECTING: tr("detecting"),
    State.READY: tr("ready"),
    State.QUEUED: tr("queued"),
    State.RUNNING: tr("running"),
    State.RESTORED: tr("restored"),
    State.SAVING: tr("saving"),
    State.SAVED: tr("saved"),
    State.FAILED: tr("failed"),
}


def photo_line(photo: Photo) -> tuple[str, str]:
    """Return the name, and size, bit depth and profile of a photo, e.g. ``"   6000×4000 px   16-bit   Display P3"``."""
    size = f"{photo.width}×{photo.height} px"
    depth = translate("Wording", "{count}-bit").format(count=photo.bit_depth)
    facts = "   ".join([size, depth, profile_name(photo)])
    return (photo.source.name, f"   {facts}") if photo.source else ("", facts)


def profile_name(photo: Photo) -> str:
    """Return the name of a photo's colour profile; ``"sRGB"`` if it has none."""
    profile = photo.preserved.profile
    if profile is None:
        return "sRGB"
    from PIL import ImageCms

    try:
        name = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(BytesIO(profile))).strip()
    except (ImageCms.PyCMSError, OSError, ValueError):
        name = ""
    name = " ".join(name.split())
    if not name:
        return translate("Wording", "own profile")
    return name if len(name) <= _MAX_PROFILE_NAME else name[: _MAX_PROFILE_NAME - 1] + "…"


def result_line(result: RestorationResult) -> str:
    """Return how a result was computed, e.g. ``"CPU · bfloat16 · exact bands · 7.9 s"``."""
    path = translated(_PATHS[result.path])
    mode = quality_texts(result.quality_mode)
    return SEPARATOR.join([device_name(result.device), result.precision, path, *mode, f"{result.seconds:.1f} s"])


def quality_texts(mode: QualityMode) -> list[str]:
    """Return the name of a quality mode as a list: empty for the standard one."""
    return [translate("Wording", "best quality")] if mode == "best" else []


def changes_lines(changes: Changes) -> list[str]:
    """Return the measured changes, e.g. ``["Colour shift 0.4 ΔE · 97 % changed", ...]``."""
    shift = translate("Wording", "Colour shift {value} ΔE").format(value=f"{changes.colour_shift:.1f}")
    changed = translate("Wording", "{share} changed").format(share=percent(changes.changed))
    clipped = translate("Wording", "Clipped {now} (before {before})")
    return [
        shift + SEPARATOR + changed,
        clipped.format(now=_tenths(changes.clipped_after), before=_tenths(changes.clipped_before)),
    ]


def steps_line(steps: tuple[Step, ...]) -> str:
    """Return the steps of a result, e.g. ``"Haze 100 % (masked), Noise (σ 25) 70 %"``."""
    return listed(map(_step_text, steps))


def _step_text(step: Step) -> str:
    text = f"{names.label(step.degradation)} {percent(step.strength)}"
    return text if step.mask is None else translate("Wording", "{step} (masked)").format(step=text)


def progress_line(progress: Progress, queued: int = 0) -> str:
    """Return a progress, e.g. ``"Restoring 62 %, 5 s left · queued: 2"``; without a fraction ``"Opening…"``.

    Args:
        progress: of what runs.
        queued: how many photos wait.
    """
    waiting = [translate("Wording", "queued: {count}").format(count=queued)] if queued else []
    return SEPARATOR.join([_progress_text(progress), *waiting])


def _progress_text(progress: Progress) -> str:
    if progress.fraction is None:
        return f"{progress.phase}…"
    done = f"{progress.phase} {percent(progress.fraction)}"
    left = progress.seconds_left
    if left is None:
        return done
    if left < _MAX_SECONDS:
        return translate("Wording", "{progress}, {seconds} s left").format(progress=done, seconds=f"{max(left, 1):.0f}")
    return translate("Wording", "{progress}, {minutes} min left").format(progress=done, minutes=f"{left / 60:.0f}")


_SHOWN_FROM_S = 10
_UNKNOWN_FROM_PIXELS = 3_000_000


def estimate_line(photo: Photo, seconds: float | None) -> str:
    """Return how long a restoration will take; empty if it is short.

    Args:
        photo: what is restored.
        seconds: the expected time; None if the engine was never measured: then a small photo is taken for short.
    """
    if seconds is None:
        if photo.width * photo.height < _UNKNOWN_FROM_PIXELS:
            return ""
        return translate(
            "Wording", "Time not known yet: nothing was restored with this model here. A preview measures it."
        )
    if seconds < _SHOWN_FROM_S:
        return ""
    if seconds < _MAX_SECONDS:
        return translate("Wording", "Takes about {seconds} s on this computer").format(seconds=_rounded(seconds))
    return translate("Wording", "Takes about {minutes} min on this computer").format(minutes=_rounded(seconds / 60))


def _rounded(value: float) -> int:
    """Two digits at most: more would pretend precision."""
    return round(value) if value < 20 else round(value / 5) * 5


def short_changes_lines(changes: Changes) -> list[str]:
    """Return the measured changes in shorter lines, e.g. ``["Colour shift 0.4 ΔE", "97 % changed, 0.0 % clipped"]``."""
    shift = translate("Wording", "Colour shift {value} ΔE").format(value=f"{changes.colour_shift:.1f}")
    rest = translate("Wording", "{changed} changed, {clipped} clipped")
    return [shift, rest.format(changed=percent(changes.changed), clipped=_tenths(changes.clipped_after))]


def _tenths(share: float) -> str:
    return f"{share:.1%}".replace("%", " %")


def state_text(document: Document, *, short: bool = False) -> str:
    """Return the state of a photo, e.g. ``"running, 62 %"``, ``"failed: there is not enough memory"``.

    Args:
        document: the open photo.
        short: leave out the reason of a failure, and whether the result is saved.
    """
    state, name = document.state, state_name(document.state)
    if state is State.RUNNING and document.progress and document.progress.fraction is not None:
        share = percent(document.progress.fraction)
        return translate("Wording", "{state}, {percent}").format(state=name, percent=share)
    if short:
        return name
    if state is State.FAILED:
        return translate("Wording", "{state}: {reason}").format(state=name, reason=retranslate(document.failure))
    if state is State.RESTORED:
        return translate("Wording", "{state}, not saved yet").format(state=name)
    if state is State.SAVED and document.saved_as:
        return translate("Wording", "{state} as {name}").format(state=name, name=document.saved_as.name)
    return name


def state_name(state: State) -> str:
    """Return a state in the user's language."""
    return translated(_STATES[state])


def percent(fraction: float) -> str:
    """Return a fraction of 0.0 to 1.0 as a whole percentage, e.g. ``"62 %"``."""
    return f"{round(fraction * 100)} %"


def device_line(device: DeviceInfo) -> str:
    """Return a device with its product name and free memory, e.g. ``"GPU 0 · NVIDIA H200 · 120.3 GB free"``."""
    free = translate("Wording", "{size} GB free").format(size=f"{device.free / 2**30:.1f}")
    return SEPARATOR.join(filter(None, (device_name(device.key), device.name, free)))


def device_name(device: str) -> str:
    """Return a torch device in plain words: ``"CPU"``, ``"GPU 0"``."""
    kind, _, index = device.partition(":")
    name = {"cpu": "CPU", "cuda": "GPU", "mps": "GPU"}.get(kind, kind)
    return f"{name} {index}" if index else name
