"""What importing the library exports, and which packages it does not import."""

import subprocess
import sys
from pathlib import Path

import core


def test_every_exported_name_exists() -> None:
    for name in core.__all__:
        assert getattr(core, name) is not None


def test_core_and_training_import_without_the_window_and_without_heavy_extras() -> None:
    code = (
        "import sys\n"
        "for name in ('PySide6', 'qtpy', 'qdarkstyle', 'open_clip', 'pyvips', 'skimage', 'tqdm', 'psutil',"
        " 'platformdirs', 'rawpy', 'pillow_heif'):\n"
        "    sys.modules[name] = None\n"  # importing any of these now raises ImportError
        "import core.checkpoints, core.cli.restore, core.evaluation, core.inference, core.models, core.photo\n"
        "import core.prompts, training.cli, training.engine.loop, training.evaluation, training.publishing.samples\n"
        "from core import Photo, Restorer\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def imported_of(packages: set[str], statement: str) -> set[str]:
    """Those of ``packages`` that a new process has imported after a statement."""
    code = f"import sys\n{statement}\nprint('\\n', *({packages!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.splitlines()[-1].split())


def test_help_does_not_import_torch() -> None:
    statement = (
        "import contextlib, core.cli\nwith contextlib.suppress(SystemExit): core.cli.main(['restore', '--help'])"
    )
    assert not imported_of({"torch", "numpy", "cv2", "PySide6"}, statement)


def test_restoring_imports_only_what_it_needs() -> None:
    unneeded = {"torch._dynamo", "torch._inductor", "torchvision", "open_clip", "matplotlib", "scipy", "skimage"}
    statement = "import core.detection.detector, core.inference.restorer, core.photo.photo, core.cli.restore"
    assert imported_of({"torch", *unneeded}, statement) == {"torch"}


def test_the_window_imports_neither_torch_nor_what_only_its_pages_need() -> None:
    unneeded = {"torch", "torchvision", "open_clip", "matplotlib", "scipy", "skimage", "sklearn", "pyqtgraph", "ssl"}
    assert imported_of({"PySide6", *unneeded}, "import dfpir_gui.app.application") == {"PySide6"}


def test_the_dry_run_of_a_batch_does_not_import_torch(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "a.jpg").write_bytes(b"?")
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"  # torch alone takes more memory than planning may
        "from core.cli import main\n"
        "sys.exit(main(['batch', *sys.argv[1:], '--steps', 'haze:0.5', '--group', 'rain=noise15', '--dry-run']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "photos", tmp_path / "out"], capture_output=True, text=True, check=True
    )
    assert "a.jpg → a.jpg" in done.stdout
