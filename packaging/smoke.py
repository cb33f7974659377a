"""Smoke test of release files: ``smoke.py wheel dist``, or ``sdist dist``, ``core dist``, ``bundle FOLDER``.

A wheel or sdist is installed in a fresh environment outside the repository; ``core`` is the wheel without Qt, to test
that library and commands do not need it; a bundle is used directly. The test prints the version, restores photos
individually and with two processes, inspects one, runs the doctor, and opens and closes the window. It uses only the
standard library.
"""

import argparse
import os
import struct
import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

PATTERNS = {"wheel": "*.whl", "sdist": "*.tar.gz", "core": "*.whl"}
QT = ("pyside6", "shiboken6", "qdarkstyle", "qtpy", "pyqtgraph")
"""Name prefixes of the packages that only the window needs."""


def run(*command: object) -> str:
    """Run a command outside the repository, print it and its output, and return the output; it must succeed."""
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


def installed(file: Path, folder: Path, reuse: Path | None, *, qt: bool) -> Path:
    """Create an environment with ``file`` installed, and return the folder of its programs."""
    venv.create(folder, with_pip=True)
    programs = folder / ("Scripts" if os.name == "nt" else "bin")
    install = [programs / "python", "-m", "pip", "install", "--quiet"]
    options = [] if qt and reuse is None else ["--no-deps"]
    if reuse is not None:
        packages = run(programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))").strip()
        reused = reuse.resolve() if qt else without_qt(reuse.resolve(), folder / "reused")
        Path(packages, "reused.pth").write_text(f"{reused}\n", encoding="utf-8")
        options += [] if file.suffix == ".whl" else ["--no-build-isolation"]
    elif not qt:
        run(*install, *(need for need in needs(file) if not need.lower().startswith(QT)))
    run(*install, *options, file.resolve())
    return programs


def needs(wheel: Path) -> list[str]:
    """Requirements of a wheel, without its extras."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        head = archive.read(name).decode("utf-8").partition("\n\n")[0]
    lines = [line.partition(": ")[2] for line in head.splitlines() if line.startswith("Requires-Dist: ")]
    return [line for line in lines if "extra ==" not in line]


def without_qt(packages: Path, folder: Path) -> Path:
    """A folder of links to all packages except those of the window."""
    folder.mkdir()
    for entry in packages.iterdir():
        if not entry.name.lower().startswith(QT):
            (folder / entry.name).symlink_to(entry, target_is_directory=entry.is_dir())
    return folder


def picture(file: Path, width: int = 160, height: int = 120) -> Path:
    """A small photo in a format that needs no library: BMP, 24 bits."""
    rows = b"".join(bytes((x, y, (x * y) % 256)) for y in range(height) for x in range(width))
    start = 14 + 40
    head = struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start)
    file.write_bytes(head + struct.pack("<IiiHHIIiiII", 40, width, height, 1, 24, 0, len(rows), 0, 0, 0, 0) + rows)
    return file


def try_out(programs: Path, folder: Path, *, qt: bool) -> None:
    """Use the installed programs."""
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
    if qt:
        run(window, "--smoke-test")
    else:
        run(programs / "python", "-c", "import importlib.util as u; assert u.find_spec('PySide6') is None")


def main() -> None:
    """Find the release file and test it."""
    parser = argparse.ArgumentParser(description="Smoke test of release files.")
    parser.add_argument("kind", choices=("wheel", "sdist", "core", "bundle"))
    parser.add_argument("place", type=Path, help="folder with the packages, or the bundle")
    parser.add_argument(
        "--reuse", type=Path, metavar="DIR", help="site-packages with the dependencies, to avoid downloads"
    )
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if options.kind == "bundle":
            programs = options.place.resolve()
        else:
            file = max(options.place.glob(PATTERNS[options.kind]), key=lambda path: path.stat().st_mtime)
            programs = installed(file, folder / "venv", options.reuse, qt=options.kind != "core")
        try_out(programs, folder, qt=options.kind != "core")
    print(f"The {options.kind} works.")


if __name__ == "__main__":
    sys.exit(main())
