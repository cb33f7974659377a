"""Lists the licences of everything that an installation brings along: ``python packaging/licences.py``.

Writes ``THIRD-PARTY-NOTICES.md`` from what is installed beside this program: the packages that ``pip install .`` needs,
with all that they need in turn, and those of the extras where they are installed. ``--check`` only tells whether a
package states no licence.
"""

import argparse
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
INTRODUCTION = """# Third-party notices

DFPIR Studio is under the MIT licence. It uses the packages below, each under its own licence; none of them is changed,
and their licence texts are installed with them. Qt and PySide6 are used under the LGPL 3: they are separate libraries
that can be exchanged. libvips (LGPL 2.1 or later) comes in the package `pyvips-binary` together with the libraries that
it decodes with. On Linux the usual build of PyTorch brings NVIDIA's CUDA libraries, under NVIDIA's licence; builds
without them exist. The sample photographs have [credits of their own](resources/samples/CREDITS.md), the weights
[cards](resources/models/dfpir-compact.md).

BM3D (extra `baselines`) allows non-commercial use alone, and AlexNet's weights (extra `lpips`) are downloaded when
first used; neither is part of this project. The package `pillow_heif` (extra `heic`) brings x265, which is under the
GPL 2: nothing of it is part of this project or of its standalone bundle.

Made by `python packaging/licences.py`.
"""


def needed(extras: tuple[str, ...] = ()) -> list[metadata.Distribution]:
    """The distributions that the project needs with these extras, with all that those need, by name."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    optional = [line for extra in extras for line in project["optional-dependencies"][extra]]
    waiting = [Requirement(line) for line in (*project["dependencies"], *optional)]
    found: dict[str, metadata.Distribution] = {}
    while waiting:
        wanted = waiting.pop()
        name = canonicalize_name(wanted.name)
        try:
            distribution = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # of another system, or an extra that is not installed
        if name in found and not wanted.extras:
            continue
        found[name] = distribution
        for line in distribution.requires or ():
            below = Requirement(line)
            environments: list[dict[str, str]] = [{"extra": extra} for extra in ("", *wanted.extras)]
            if below.marker is None or any(below.marker.evaluate(environment) for environment in environments):
                waiting.append(below)
    return [found[name] for name in sorted(found)]


def licence(distribution: metadata.Distribution) -> str:
    """The licence that a package states, in a few words; ``""`` if it states none."""
    told = distribution.metadata
    expression = told.get("License-Expression") or ""
    classifiers = [line.rsplit(" :: ", 1)[-1] for line in told.get_all("Classifier") or () if "License ::" in line]
    text = (told.get("License") or "").strip().splitlines()
    short = text[0].strip() if text and len(text[0]) < 80 else ""
    return expression or ", ".join(dict.fromkeys(classifiers)) or short


def page(extras: str) -> str:
    """The whole list as Markdown."""
    required = {distribution.name for distribution in needed()}
    lines = [INTRODUCTION, "| package | licence | needed for |", "|---|---|---|"]
    for distribution in needed(tuple(extras.split(","))):
        purpose = "the program" if distribution.name in required else "an extra"
        lines.append(f"| {distribution.name} | {licence(distribution) or 'see the package'} | {purpose} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Write the list, or check it; returns the exit code."""
    parser = argparse.ArgumentParser(description="Licences of everything that an installation brings along.")
    parser.add_argument(
        "--extras", default="training,raw,heic,tiff,spandrel,cluster,lpips", help="extras to include, with commas"
    )
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a package states no licence")
    options = parser.parse_args()
    if options.check:
        silent = [distribution.name for distribution in needed() if not licence(distribution)]
        print("\n".join(f"{name} states no licence" for name in silent) or "every package states its licence")
        return 1 if silent else 0
    (ROOT / "THIRD-PARTY-NOTICES.md").write_text(page(options.extras), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
