"""Examines the installation: what ``dfpir doctor`` tells."""

import importlib.util
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

from core.errors import DFPIRError
from core.system.memory import free_memory
from core.system.version import program_version

_PACKAGES = ("torch", "torchvision", "numpy", "pyvips", "opencv-python-headless", "safetensors", "einops")
_EXTRAS = {
    "window": ("PySide6_Essentials", "the window (dfpir-gui)"),
    "text encoder": ("open_clip_torch", "models without prompt embeddings"),
    "tiff": ("imagecodecs", "TIFF files of rare kinds"),
    "training": ("tensorboard", "curves of a training run"),
    "lpips": ("lpips", "measuring with LPIPS"),
    "baselines": ("bm3d", "comparing with BM3D"),
}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: what group it belongs to: ``"versions"``, ``"devices"``, ``"models"``, ``"extras"``, ``"folders"`` or
            ``"self-test"``.
        name: what was looked at.
        told: what was found, in words.
        well: whether that is as it should be; a missing extra is no fault.
        advice: what to do if it is not, else ``""``.
    """

    topic: str
    name: str
    told: str
    well: bool = True
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Look at everything, one finding after the other as they come. Nothing is changed, and no network is used.

    An examination that fails is itself a finding, and the others go on.
    """
    for topic, look in _TOPICS.items():
        try:
            yield from look()
        except (DFPIRError, ImportError, OSError, MemoryError, RuntimeError) as error:
            yield Finding(topic, topic, str(error), False, "Install the program again, or ask with this text.")


def _versions() -> Iterator[Finding]:
    yield Finding("versions", "DFPIR Studio", program_version())
    yield Finding(
        "versions", "Python", f"{platform.python_version()} in {shown(Path(sys.executable))}, on {platform.platform()}"
    )
    for name in _PACKAGES:
        version = _version(name)
        yield Finding(
            "versions", name, version or "missing", version is not None, "" if version else f"pip install {name}"
        )
    from core.photo.libvips import vips

    yield Finding("versions", "libvips", ".".join(str(vips().version(part)) for part in range(3)))


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _devices() -> Iterator[Finding]:
    import torch

    from core.inference.devices import choose_device, choose_precision, explain_precision, usual_threads

    yield Finding("devices", "memory", f"{free_memory() / 2**30:.1f} GB free")
    yield Finding("devices", "cpu", f"{os.cpu_count()} cores, {usual_threads()} threads used")
    for index in range(torch.cuda.device_count()):
        told = torch.cuda.get_device_properties(index)
        yield Finding("devices", f"cuda:{index}", f"{told.name}, {told.total_memory / 2**30:.0f} GB")
    if torch.version.cuda and not torch.cuda.is_available():
        yield Finding("devices", "cuda", "none: no GPU of NVIDIA with a driver that this torch can use")
    device = choose_device()
    yield Finding("devices", "chosen", f"{device}, {choose_precision('auto', device)} ({explain_precision(device)})")


def _models() -> Iterator[Finding]:
    from core.evaluation import golden

    hashes = golden.expected()["models"]
    for name, file in golden.shipped().items():
        same = hashes.get(name) == golden.sha256(file)
        size = f"{file.stat().st_size / 1e6:.1f} MB"
        if same:
            yield Finding("models", name, f"{size}, hash verified")
        else:
            yield Finding("models", name, f"{size}, not the file that was shipped", False, "Install the program again.")
    for name in hashes.keys() - golden.shipped().keys():
        yield Finding("models", name, "missing", False, "Install the program again.")


def _extras() -> Iterator[Finding]:
    for name, (package, purpose) in _EXTRAS.items():
        yield Finding("extras", name, f"{_version(package) or 'not installed'}: {purpose}")
    if importlib.util.find_spec("open_clip"):
        from core.prompts.weights import encoder_folder

        found = sorted(encoder_folder().glob("*")) if encoder_folder().is_dir() else []
        names = ", ".join(file.name for file in found) or "none; downloaded when first needed"
        yield Finding("extras", "encoder weights", names)


def _folders() -> Iterator[Finding]:
    import platformdirs

    wanted: dict[str, Callable[[], str]] = {
        name: lambda get=get: get("dfpir-studio", appauthor=False)
        for name, get in (
            ("settings", platformdirs.user_config_dir),
            ("models and encoders", platformdirs.user_data_dir),
            ("caches", platformdirs.user_cache_dir),
            ("logs", platformdirs.user_state_dir),
        )
    } | {"temporary files": tempfile.gettempdir}
    for name, get in wanted.items():
        yield _folder(name, get)


def _folder(name: str, get: Callable[[], str]) -> Finding:
    try:
        folder = Path(get())
        place = next(path for path in (folder, *folder.parents) if path.exists())
        with tempfile.TemporaryFile(dir=place):
            pass
    except (OSError, RuntimeError, StopIteration) as error:
        reason = getattr(error, "strerror", None) or str(error)
        advice = "Make it writable; until then nothing is remembered there."
        return Finding("folders", name, f"cannot be written: {reason}", False, advice)
    return Finding("folders", name, shown(folder))


def shown(path: Path) -> str:
    """The path with ``~`` for the user's home: reports are shown to others."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):  # elsewhere, or no home at all
        return str(path)


def _self_test() -> Iterator[Finding]:
    from core import Detector, Restorer
    from core.evaluation import golden

    restorer, detector = Restorer(), Detector()
    for key in golden.samples():
        started = time.monotonic()
        apart = golden.difference(golden.restored(restorer, key), key)
        told = f"{apart.mean * 255:.3f} of 255 from the golden result on {restorer.device}, {restorer.precision}"
        told += f", {time.monotonic() - started:.1f} s"
        advice = "Try another device (--device cpu); if it stays so, install the program again."
        well = apart.within(restorer.precision)
        yield Finding("self-test", f"restore {key}", told, well, "" if well else advice)
    wanted = golden.expected()["detected"]
    worst = max(
        abs(value - wanted[key][name])
        for key in golden.samples()
        for name, value in golden.detected(detector, key).items()
    )
    well = worst <= golden.VERDICT_TOLERANCE
    told = f"probabilities within {worst:.4f} of the golden verdicts"
    yield Finding("self-test", "detect", told, well, "" if well else "Install the program again.")


_TOPICS: dict[str, Callable[[], Iterator[Finding]]] = {
    "versions": _versions,
    "devices": _devices,
    "models": _models,
    "extras": _extras,
    "folders": _folders,
    "self-test": _self_test,
}
