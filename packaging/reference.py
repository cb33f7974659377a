"""Makes the reference of the library from its docstrings: ``python packaging/reference.py [FOLDER]``.

Needs ``pip install '.[docs]'``. Names that packages import when first asked for are asked for here, because pdoc looks
only at what a package holds already.
"""

import importlib
import pkgutil
import sys
import warnings
from pathlib import Path

import pdoc

LEFT_OUT = ("core.cli",)


def modules(package: str) -> list[str]:
    """The package and its public modules, all imported and with every exported name in place."""
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
    """Write the pages and say how many."""
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "build/reference")
    names = [*modules("core"), "training"]
    warnings.filterwarnings("ignore", "The module specification")  # some are found twice, by name and in their package
    pdoc.pdoc(*names, output_directory=folder)
    print(f"{len(list(folder.rglob('*.html')))} pages in {folder}")


if __name__ == "__main__":
    main()
