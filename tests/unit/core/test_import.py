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


def test_help_does_not_import_torch() -> None:
    code = "import sys, core.cli\nsys.exit('torch' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


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
