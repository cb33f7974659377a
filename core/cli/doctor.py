"""``dfpir doctor``: checks the installation."""

import argparse
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
from typing import Any

from core.cli.output import print_json, print_line
from core.errors import DFPIRError
from core.io.regular_files import file_sha256
from core.io.sizes import size_text
from core.system.memory import free_memory
from core.system.version import program_version

_PACKAGES = ("torch", "torchvision", "numpy", "pyvips", "opencv-python-headless", "safetensors", "einops")
_EXTRAS = {
    "window": ("PySide6_Essentials", "the window (dfpir-gui)"),
    "text encoder": ("open_clip_torch", "models without prompt embeddings"),
    "tiff": ("imagecodecs", "rare compressions of TIFF"),
    "training": ("tensorboard", "curves of a training run"),
    "lpips": ("lpips", "measuring with LPIPS"),
    "baselines": ("bm3d", "comparing with BM3D"),
}


@dataclass(frozen=True)
class Finding:
    """The result of one check.

    Attributes:
        topic: its group: ``"versions"``, ``"devices"``, ``"models"``, ``"extras"``, ``"folders"`` or ``"self-test"``.
        name: what was checked.
        detail: what was found, for the reader.
        passed: whether the check passed; a missing extra passes.
        advice: what to do if it did not pass, else ``""``.
    """

    topic: str
    name: str
    detail: str
    passed: bool = True
    advice: str = ""

    def to_dict(self) -> dict[str, str | bool]:
        """The finding as values for JSON, under the keys of the first version."""
        return {
            "topic": self.topic,
            "name": self.name,
            "told": self.detail,
            "well": self.passed,
            "advice": self.advice,
        }


def add_parser(commands: Any) -> None:
    """Add the command to ``dfpir``'s parser (an action made by ``ArgumentParser.add_subparsers``)."""
    parser = commands.add_parser(
        "doctor",
        help="check the installation",
        description="Check the installation: versions, devices, hashes of the models, extras, folders, and a self-test "
        "that restores crops of the sample photos and compares them with the expected results. Nothing is changed or "
        "sent.",
    )
    parser.add_argument("--json", action="store_true", help="one JSON object per finding on standard output")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> int:
    """Print the findings as they come. Returns 0 if all checks passed, else 1."""
    faults, topic = 0, ""
    for finding in examine():
        faults += not finding.passed
        if options.json:
            print_json(finding.to_dict())
            continue
        if finding.topic != topic:
            topic = finding.topic
            print_line(topic.capitalize())
        print_line(f"  {'' if finding.passed else 'FAULT '}{finding.name}: {finding.detail}")
        if finding.advice:
            print_line(f"    {finding.advice}")
    if not options.json:
        print_line(f"Faults: {faults}." if faults else "No faults found.")
    return 1 if faults else 0


def examine() -> Iterator[Finding]:
    """Run all checks and yield their findings as they come. Nothing is changed, and no network is used.

    A check that raises an error is itself a finding, and the others continue.
    """
    for topic, check in _CHECKS.items():
        try:
            yield from check()
        except (DFPIRError, ImportError, OSError, MemoryError, RuntimeError) as error:
            yield Finding(topic, topic, str(error), False, "Install the program again, or report this text.")


def _versions() -> Iterator[Finding]:
    yield Finding("versions", "DFPIR Studio", program_version())
    yield Finding(
        "versions",
        "Python",
        f"{platform.python_version()} in {without_home(Path(sys.executable))}, on {platform.platform()}",
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

    from core.system.devices import choose_device, choose_precision, default_threads, explain_precision

    yield Finding("devices", "memory", f"{free_memory() / 2**30:.1f} GB free")
    yield Finding("devices", "cpu", f"{os.cpu_count()} cores, {default_threads()} threads used")
    for index in range(torch.cuda.device_count()):
        gpu = torch.cuda.get_device_properties(index)
        yield Finding("devices", f"cuda:{index}", f"{gpu.name}, {gpu.total_memory / 2**30:.0f} GB")
    if torch.version.cuda and not torch.cuda.is_available():
        yield Finding("devices", "cuda", "none: no NVIDIA GPU with a driver that this version of torch supports")
    device = choose_device()
    yield Finding("devices", "chosen", f"{device}, {choose_precision('auto', device)} ({explain_precision(device)})")


def _models() -> Iterator[Finding]:
    from core.evaluation import golden

    hashes = golden.expected()["models"]
    for name, file in golden.bundled_models().items():
        same = hashes.get(name) == file_sha256(file)
        size = size_text(file.stat().st_size)
        if same:
            yield Finding("models", name, f"{size}, hash verified")
        else:
            yield Finding("models", name, f"{size}, differs from the shipped file", False, "Install the program again.")
    for name in hashes.keys() - golden.bundled_models().keys():
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

    folders: dict[str, Callable[[], str]] = {
        name: lambda get=get: get("dfpir-studio", appauthor=False)
        for name, get in (
            ("settings", platformdirs.user_config_dir),
            ("models and encoders", platformdirs.user_data_dir),
            ("caches", platformdirs.user_cache_dir),
            ("logs", platformdirs.user_state_dir),
        )
    } | {"temporary files": tempfile.gettempdir}
    for name, get in folders.items():
        yield _folder(name, get)


def _folder(name: str, get: Callable[[], str]) -> Finding:
    try:
        folder = Path(get())
        place = next(path for path in (folder, *folder.parents) if path.exists())
        with tempfile.TemporaryFile(dir=place):
            pass
    except (OSError, RuntimeError, StopIteration) as error:
        reason = getattr(error, "strerror", None) or str(error)
        advice = "Make it writable; until then nothing is saved there."
        return Finding("folders", name, f"cannot be written: {reason}", False, advice)
    return Finding("folders", name, without_home(folder))


def without_home(path: Path) -> str:
    """Replace the user's home folder in a path by ``~``: reports are shown to others."""
    try:
        return str(Path("~") / path.relative_to(Path.home()))
    except (ValueError, RuntimeError):  # outside the home folder, or there is none
        return str(path)


def _self_test() -> Iterator[Finding]:
    from core import Detector, Restorer
    from core.evaluation import golden

    restorer, detector = Restorer(), Detector()
    for key in golden.samples():
        started = time.monotonic()
        difference = golden.compare(golden.restore_sample(restorer, key), key)
        detail = f"mean difference to the expected result {difference.mean * 255:.3f} of 255, {restorer.device}, "
        detail += f"{restorer.precision}, {time.monotonic() - started:.1f} s"
        advice = "Try another device (--device cpu); if the result is the same, install the program again."
        passed = difference.within(restorer.precision)
        yield Finding("self-test", f"restore {key}", detail, passed, "" if passed else advice)
    expected = golden.expected()["detected"]
    worst = max(
        abs(value - expected[key][name])
        for key in golden.samples()
        for name, value in golden.detect_sample(detector, key).items()
    )
    passed = worst <= golden.PROBABILITY_TOLERANCE
    detail = f"probabilities within {worst:.4f} of the expected ones"
    yield Finding("self-test", "detect", detail, passed, "" if passed else "Install the program again.")


_CHECKS: dict[str, Callable[[], Iterator[Finding]]] = {
    "versions": _versions,
    "devices": _devices,
    "models": _models,
    "extras": _extras,
    "folders": _folders,
    "self-test": _self_test,
}
