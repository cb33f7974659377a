"""Tries what a release consists of: ``smoke.py wheel dist``, ``smoke.py sdist dist`` or ``smoke.py bundle FOLDER``.

A wheel or sdist is installed in a fresh environment outside the repository; a bundle is used as it is. Then the version
is asked for, photos are restored, one by one and by two processes, and inspected, the doctor is called, and the window
opened and closed. Uses the standard library alone.
"""

import argparse
import os
import struct
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

PATTERNS = {"wheel": "*.whl", "sdist": "*.tar.gz"}


def run(*command: object) -> str:
    """Run a command outside the repository, show it and what it says, and return that; it must succeed."""
    print("+", *command, flush=True)
    clean = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    if sys.platform.startswith("linux") and not clean.keys() & {"DISPLAY", "WAYLAND_DISPLAY"}:
        clean.setdefault("QT_QPA_PLATFORM", "offscreen")
    done = subprocess.run(
        list(map(str, command)), cwd=tempfile.gettempdir(), env=clean, text=True, stdout=subprocess.PIPE
    )
    print(done.stdout, flush=True)
    if done.returncode:
        raise SystemExit(f"exit code {done.returncode}")
    return done.stdout


def installed(file: Path, folder: Path, reuse: Path | None) -> Path:
    """Make an environment with ``file`` installed, and return the folder of its programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    options = []
    if reuse is not None:
        packages = run(programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        Path(packages, "reused.pth").write_text(f"{reuse.resolve()}\n", encoding="utf-8")
        options = ["--no-deps"] if file.suffix == ".whl" else ["--no-deps", "--no-build-isolation"]
    run(programs / "python", "-m", "pip", "install", "--quiet", *options, file.resolve())
    return programs


def picture(file: Path, width: int = 160, height: int = 120) -> Path:
    """A small photo in the one format that needs no library: BMP, 24 bits."""
    rows = b"".join(bytes((x, y, (x * y) % 256)) for y in range(height) for x in range(width))
    start = 14 + 40
    head = struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start)
    file.write_bytes(head + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(rows), 0, 0, 0, 0) + rows)
    return file


def try_out(programs: Path, folder: Path) -> None:
    """Use the programs in ``programs`` as somebody does who has just installed them."""
    ending = ".exe" if os.name == "nt" else ""
    command, window = programs / f"dfpir{ending}", programs / f"dfpir-gui{ending}"
    assert run(command, "--version").startswith("dfpir ")
    photo, result = picture(folder / "photo.bmp"), folder / "restored.png"
    run(command, "detect", photo)
    run(command, "restore", photo, "-d", "haze", "-o", result)
    assert result.read_bytes().startswith(b"\x89PNG")
    run(command, "inspect", photo, "-o", folder / "inside")
    assert list((folder / "inside").rglob("*.svg")) and list((folder / "inside").rglob("*.png"))
    (folder / "many").mkdir()
    picture(folder / "many" / "one.bmp"), picture(folder / "many" / "two.bmp", 96, 64)
    run(command, "batch", folder / "many", folder / "done", "-d", "haze", "--device", "cpu,cpu")
    assert {path.name for path in (folder / "done").glob("*.bmp")} == {"one.bmp", "two.bmp"}
    assert "All is well." in run(command, "doctor")
    run(window, "--smoke-test")


def main() -> None:
    """Find what is to be tried, try it, and say so."""
    parser = argparse.ArgumentParser(description="Try what a release consists of.")
    parser.add_argument("kind", choices=("wheel", "sdist", "bundle"))
    parser.add_argument("place", type=Path, help="folder with the packages, or the bundle")
    parser.add_argument(
        "--reuse", type=Path, metavar="DIR", help="site-packages with the dependencies, to download nothing"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if options.kind == "bundle":
            programs = options.place.resolve()
        else:
            file = max(options.place.glob(PATTERNS[options.kind]), key=lambda path: path.stat().st_mtime)
            programs = installed(file, folder / "venv", options.reuse)
        try_out(programs, folder)
    print(f"The {options.kind} works.")


if __name__ == "__main__":
    sys.exit(main())
