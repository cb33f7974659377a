"""Generate the API reference from docstrings: ``python packaging/reference.py [FOLDER]``.

Requires ``pip install '.[docs]'``. Lazily imported names of packages are imported first, because pdoc only documents
existing attributes.
"""

import importlib
import pkgutil
import sys
import warnings
from pathlib import Path

import pdoc

LEFT_OUT = ("core.cli",)


def modules(package: str) -> list[str]:
    """Names of the package and its public modules, all imported, with every exported name resolved."""
    root = importlib.import_module(package)
    found = [package, *(info.name for info in pkgutil.walk_packages(root.__path__, f"{package}."))]
    wanted = [name for name in found if "._" not in name and not name.endswith("__main__")]
    wanted = [name for name in wanted if not name.startswith(LEFT_OUT)]
    for name in wanted:
        module = importlib.import_module(name)
        for exported in getattr(module, "__all__", ()):
            vars(module)[exported] = getattr(module, exported)
    return wanted


def main() -> None:
    """Write the pages and print their number."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/reference")
    names = [*modules("core"), "training"]
    warnings.filterwarnings("ignore", "The module specification")  # some modules are found twice
    pdoc.pdoc(*names, output_directory=folder)
    print(f"{len(list(folder.rglob('*.html')))} pages in {folder}")


if __name__ == "__main__":
    main()
